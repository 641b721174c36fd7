#include "check.h"

#include "base/clock.h"
#include "domain/answer.h"
#include "domain/label.h"
#include "domain/look.h"
#include "domain/user.h"
#include "jobs/encode.h"
#include "jobs/sample.h"
#include "store/item.h"
#include "unit/jobs/workshop.h"

#include <stdio.h>
#include <string.h>

enum { N = 200, FLIPPED_EACH = 10 };

static const char *const TOPICS[] = {"weather", "food", "sport", "travel", NULL};

struct desk {
    struct workshop w;
    struct user ada, bob;
    int64_t item[N + 1]; /* by row, from 1 */
    int topic[N + 1];
};

static int by_name(const char *topic)
{
    int i = 0;

    while (strcmp(TOPICS[i], topic) != 0)
        i++;
    return i;
}

static enum err people_task(struct store *s, void *context)
{
    struct desk *d = context;

    TRY(user_add(s, &d->w.arena, "ada", ROLE_ANNOTATOR, "x", clock_now_ms(), &d->ada));
    return user_add(s, &d->w.arena, "bob", ROLE_REVIEWER, "x", clock_now_ms(), &d->bob);
}

static void put_rows(struct desk *d, const char *name, size_t from, size_t to)
{
    struct buf b;
    int topic;

    buf_init(&b, MIB);
    CHECK_OK(buf_adds(&b, "text\n"));
    for (size_t i = from; i < to; i++) {
        CHECK_OK(sample_sentence(&b, 9, i, &topic));
        CHECK_OK(buf_adds(&b, "\n"));
        d->topic[i + 1] = by_name(SAMPLE_TOPICS[topic]);
    }
    workshop_put(&d->w, name, b.data, b.size);
    buf_free(&b);
    CHECK_OK(workshop_import(&d->w, &(struct import_params){0}));
}

/* Without latents: for what needs none. */
static void desk_new(struct desk *d, size_t n)
{
    struct item *items;
    size_t n_items;

    memset(d, 0, sizeof *d);
    workshop_new(&d->w, PROJECT_TEXT, TOPICS);
    CHECK_OK(writer_do(d->w.writer, people_task, d));
    put_rows(d, "1.tsv", 0, n);
    CHECK_OK(store_item_list(d->w.store, &d->w.arena, d->w.project.id, 0, N, &items, &n_items));
    for (size_t i = 0; i < n_items; i++) /* equal sentences are one item */
        d->item[items[i].row] = items[i].id;
}

struct say {
    struct desk *d;
    int64_t item_id, user_id;
    int topic;
};

static enum err say_task(struct store *s, void *context)
{
    const struct say *x = context;
    struct label_new n = {.project_id = x->d->w.project.id,
                          .item_id = x->item_id,
                          .user_id = x->user_id,
                          .answer = ANSWER_ACCEPT};
    struct label_result r;
    json_t *values = json_pack("{s:s}", "class", TOPICS[x->topic]);
    enum err e;

    uuid_new(&n.id);
    n.values = values;
    e = label_submit(s, &x->d->w.arena, &n, clock_now_ms(), &r);
    json_decref(values);
    return e;
}

static void label(struct desk *d, int64_t item_id, int topic)
{
    struct say x = {d, item_id, d->ada.id, topic};

    CHECK_OK(writer_do(d->w.writer, say_task, &x));
}

static bool is_flipped(size_t row)
{
    return row % FLIPPED_EACH == 3;
}

static void label_all(struct desk *d)
{
    for (size_t row = 1; row <= N; row++)
        if (d->item[row]) label(d, d->item[row], (d->topic[row] + is_flipped(row)) % 4);
}

static void look(struct desk *d)
{
    CHECK_OK(workshop_job(&d->w, "second-look", "{}"));
    assert_int_equal(d->w.job.state, JOB_DONE);
}

static size_t waiting(struct desk *d, struct look_entry **list)
{
    struct look last;
    size_t n;

    CHECK_OK(look_waiting(d->w.store, &d->w.arena, d->w.project.id, 0, LOOK_ENTRIES_MAX, &last,
                          list, &n));
    return n;
}

static size_t row_of(const struct desk *d, int64_t item_id)
{
    for (size_t row = 1; row <= N; row++)
        if (d->item[row] == item_id) return row;
    fail_msg("item %lld has no row", (long long)item_id);
    return 0;
}

static struct item_answer answer_of(struct desk *d, int64_t item_id)
{
    const struct answers_ask ask = {.project_id = d->w.project.id};
    struct answers *now;
    struct item_answer answer;

    CHECK_OK(answers_open(d->w.store, &ask, &now));
    CHECK_OK(answers_of_item(now, &d->w.arena, item_id, &answer));
    answers_close(now);
    return answer;
}

struct saying {
    struct desk *d;
    struct look_said said;
    const char *class_name; /* of a fix; NULL: keep */
    bool is_undo;
    struct look_entry entry;
};

static enum err saying_task(struct store *s, void *context)
{
    struct saying *x = context;
    struct arena *a = &x->d->w.arena;
    json_t *value;
    enum err e;

    if (x->is_undo) return look_undo(s, a, &x->said, clock_now_ms(), &x->entry);
    if (!x->class_name) return look_keep(s, a, &x->said, clock_now_ms(), &x->entry);
    value = json_string(x->class_name);
    e = look_fix(s, a, &x->said, value, clock_now_ms(), &x->entry);
    json_decref(value);
    return e;
}

static struct saying saying_of(struct desk *d, const struct look_entry *e,
                               const char *class_name)
{
    struct saying x = {
        .d = d,
        .said = {.project_id = d->w.project.id, .entry_id = e->id, .user_id = d->bob.id},
        .class_name = class_name
    };

    uuid_new(&x.said.id);
    return x;
}

static enum err act(struct saying *x)
{
    return writer_do(x->d->w.writer, saying_task, x);
}

static void keep(struct desk *d, const struct look_entry *e)
{
    struct saying x = saying_of(d, e, NULL);

    CHECK_OK(act(&x));
    assert_int_equal(x.entry.outcome, LOOK_KEPT);
}

static struct saying fix(struct desk *d, const struct look_entry *e, const char *class_name)
{
    struct saying x = saying_of(d, e, class_name);

    CHECK_OK(act(&x));
    assert_int_equal(x.entry.outcome, LOOK_FIXED);
    return x;
}

/* One for all tests that look at labels, every tenth of them flipped. */
static struct desk Labelled;

static int set_up(void **state)
{
    (void)state;
    desk_new(&Labelled, N);
    CHECK_OK(workshop_job(&Labelled.w, "encode",
                          encode_params_write(&Labelled.w.arena, ENCODE_WHEN_DUE)));
    label_all(&Labelled);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    workshop_free(&Labelled.w);
    return 0;
}

static void test_what_is_worth_a_look_was_mostly_flipped(void **state)
{
    (void)state;
    struct desk *d = &Labelled;
    struct look_entry *list;
    size_t n_flipped = 0;
    size_t n_found = 0;
    size_t n;

    for (size_t row = 1; row <= N; row++)
        n_flipped += d->item[row] && is_flipped(row);
    look(d);
    n = waiting(d, &list);
    for (size_t i = 0; i < n; i++)
        n_found += is_flipped(row_of(d, list[i].items[0].item_id));
    print_message("of %zu flipped labels %zu are among the %zu worth a look\n", n_flipped,
                  n_found, n);
    assert_true(5 * n_found >= 2 * n_flipped && 10 * n_found >= 7 * n);
    for (size_t i = 0; i < n; i++) {
        const size_t row = row_of(d, list[i].items[0].item_id);

        assert_int_equal(list[i].rank, i + 1);
        assert_string_equal(list[i].given, TOPICS[(d->topic[row] + is_flipped(row)) % 4]);
        assert_true(list[i].p_suggested > list[i].p_given);
        assert_non_null(strstr(list[i].reason, list[i].suggested));
        assert_non_null(strstr(list[i].near, "\"item\":"));
    }
}

static void test_what_was_kept_comes_back_only_when_its_label_changes(void **state)
{
    (void)state;
    struct desk *d = &Labelled;
    struct look_entry *list;
    struct look_entry first;
    struct look_entry *later;
    size_t n;
    size_t n_later;

    look(d);
    n = waiting(d, &list);
    first = list[0];
    keep(d, &first);
    keep(d, &first); /* once more is fine */
    assert_int_equal(waiting(d, &later), n - 1);
    assert_int_equal(later[0].id, list[1].id);
    look(d);
    n_later = waiting(d, &later);
    assert_int_equal(n_later, n - 1);
    for (size_t i = 0; i < n_later; i++)
        assert_int_not_equal(later[i].items[0].item_id, first.items[0].item_id);
    label(d, first.items[0].item_id, by_name(first.given)); /* the same again: a new event */
    look(d);
    assert_int_equal(waiting(d, &later), n);
    assert_int_equal(later[0].items[0].item_id, first.items[0].item_id);
}

static void test_a_fix_is_a_decision_and_can_be_undone(void **state)
{
    (void)state;
    struct desk *d = &Labelled;
    struct look_entry *list;
    struct look_entry first;
    struct saying x;
    char wanted[100];
    size_t n;

    look(d);
    n = waiting(d, &list);
    first = list[0];
    x = fix(d, &first, first.suggested);
    snprintf(wanted, sizeof wanted, "{\"class\":\"%s\"}", first.suggested);
    assert_string_equal(answer_of(d, first.items[0].item_id).values, wanted);
    assert_int_equal(waiting(d, &list), n - 1);
    CHECK_OK(act(&x)); /* a retry */
    assert_int_equal(answer_of(d, first.items[0].item_id).seq,
                     answer_of(d, first.items[0].item_id).seq);
    x.class_name = NULL;
    CHECK_FAILS(act(&x), ERR_CONFLICT, "fixed already");
    x.is_undo = true;
    uuid_new(&x.said.id);
    CHECK_OK(act(&x));
    snprintf(wanted, sizeof wanted, "{\"class\":\"%s\"}", first.given);
    assert_string_equal(answer_of(d, first.items[0].item_id).values, wanted);
}

static void test_what_was_answered_anew_is_not_shown_and_cannot_be_kept(void **state)
{
    (void)state;
    struct desk *d = &Labelled;
    struct look_entry *list;
    struct look_entry first;
    struct saying x;
    size_t n;

    look(d);
    n = waiting(d, &list);
    first = list[0];
    label(d, first.items[0].item_id, by_name(first.suggested));
    assert_int_equal(waiting(d, &list), n - 1);
    x = saying_of(d, &first, NULL);
    CHECK_FAILS(act(&x), ERR_CONFLICT, "answered anew");
    x.said.project_id++;
    CHECK_FAILS(act(&x), ERR_NOT_FOUND, "no entry");
}

static void test_duplicates_that_were_answered_differently_are_fixed_alike(void **state)
{
    (void)state;
    static struct desk d;
    struct item *items;
    struct look_entry *list;
    struct look_entry conflict;
    size_t n_items;
    static const char ROWS[] =
        "text\nSunny spells this afternoon\nSUNNY spells, this afternoon!\nA bowl of soup\n";

    memset(&d, 0, sizeof d);
    workshop_new(&d.w, PROJECT_TEXT, TOPICS);
    CHECK_OK(writer_do(d.w.writer, people_task, &d));
    workshop_put(&d.w, "1.tsv", ROWS, sizeof ROWS - 1);
    CHECK_OK(workshop_import(&d.w, &(struct import_params){0}));
    CHECK_OK(workshop_job(&d.w, "duplicates", "{}"));
    CHECK_OK(store_item_list(d.w.store, &d.w.arena, d.w.project.id, 0, 10, &items, &n_items));
    assert_int_equal(n_items, 3);
    for (size_t i = 0; i < 3; i++)
        label(&d, items[i].id, (int)i);
    look(&d);
    assert_non_null(strstr(d.w.job.message, "1 groups of near duplicates"));
    assert_non_null(strstr(d.w.job.message, "need 30 labels"));
    assert_int_equal(waiting(&d, &list), 1);
    conflict = list[0];
    assert_int_equal(conflict.kind, LOOK_CONFLICT);
    assert_string_equal(conflict.reason,
                        "2 near duplicates were answered differently: 1 weather, 1 food.");
    assert_int_equal(conflict.n_items, 2);
    fix(&d, &conflict, "weather");
    for (size_t i = 0; i < 2; i++)
        assert_string_equal(answer_of(&d, items[i].id).values, "{\"class\":\"weather\"}");
    look(&d);
    assert_int_equal(waiting(&d, &list), 0);
    workshop_free(&d.w);
}

static void test_a_look_is_due_after_a_quarter_more_labels(void **state)
{
    (void)state;
    static struct desk d;
    int due;

    desk_new(&d, N);
    for (size_t row = 1; row <= 60; row++)
        if (d.item[row]) label(&d, d.item[row], d.topic[row]);
    CHECK_OK(look_is_due(d.w.store, d.w.project.id, &due));
    assert_true(due);
    look(&d);
    CHECK_OK(look_is_due(d.w.store, d.w.project.id, &due));
    assert_false(due);
    for (size_t row = 61; row <= 80; row++)
        if (d.item[row]) label(&d, d.item[row], d.topic[row]);
    CHECK_OK(look_is_due(d.w.store, d.w.project.id, &due));
    assert_true(due);
    workshop_free(&d.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_worth_a_look_was_mostly_flipped),
        cmocka_unit_test(test_what_was_kept_comes_back_only_when_its_label_changes),
        cmocka_unit_test(test_a_fix_is_a_decision_and_can_be_undone),
        cmocka_unit_test(test_what_was_answered_anew_is_not_shown_and_cannot_be_kept),
        cmocka_unit_test(test_duplicates_that_were_answered_differently_are_fixed_alike),
        cmocka_unit_test(test_a_look_is_due_after_a_quarter_more_labels),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
