#include "check.h"

#include "base/clock.h"
#include "base/file.h"
#include "domain/dataset.h"
#include "domain/label.h"
#include "domain/ledger.h"
#include "formats/export.h"
#include "formats/export_check.h"
#include "store/item.h"
#include "store/user.h"
#include "unit/jobs/workshop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS = 200, CAMERAS = 20 };

static const char *const CLASSES[] = {"a", "b", "c", NULL};
static struct workshop W;
static struct item *ITEM;
static size_t N_ITEM;
static int64_t NOW_MS; /* of the next label */

struct labelling {
    int64_t item, user;
    enum answer answer;
    const char *class;
    int64_t seq;
};

static enum err label_task(struct store *s, void *context)
{
    struct labelling *l = context;
    struct label_new n = {.project_id = W.project.id,
                          .item_id = l->item,
                          .user_id = l->user,
                          .answer = l->answer};
    struct label_result r;
    json_t *values = l->answer == ANSWER_ACCEPT ? json_pack("{s:s}", "class", l->class) : NULL;
    enum err e;

    n.values = values;
    uuid_new(&n.id);
    e = label_submit(s, &W.arena, &n, NOW_MS, &r);
    json_decref(values);
    l->seq = r.seq;
    return e;
}

static int64_t label(size_t i, int64_t user, enum answer answer, const char *class)
{
    struct labelling l = {ITEM[i].id, user, answer, class, 0};

    CHECK_OK(writer_do(W.writer, label_task, &l));
    NOW_MS += 1000;
    return l.seq;
}

static enum err label_all_task(struct store *s, void *unused)
{
    (void)unused;
    for (size_t i = 0; i < ITEMS; i++) {
        struct labelling l = {ITEM[i].id, 1, ANSWER_ACCEPT,
                              i % 10 < 7   ? "a"
                              : i % 10 < 9 ? "b"
                                           : "c",
                              0};
        TRY(label_task(s, &l));
        NOW_MS += 1000;
    }
    return OK;
}

/* 200 texts of two tables and 20 cameras; seven in ten "a", two "b", one "c". */
static int up(void **state)
{
    struct buf b[2];

    (void)state;
    NOW_MS = clock_now_ms();
    workshop_new(&W, PROJECT_TEXT, CLASSES);
    for (int f = 0; f < 2; f++) {
        char name[20];
        buf_init(&b[f], MIB);
        CHECK_OK(buf_adds(&b[f], "text,camera\n"));
        for (int i = 0; i < ITEMS / 2; i++)
            CHECK_OK(buf_printf(&b[f], "text %d of table %d,cam%d\n", i, f, i % CAMERAS));
        snprintf(name, sizeof name, "t%d.csv", f);
        workshop_put(&W, name, b[f].data, b[f].size);
        buf_free(&b[f]);
    }
    CHECK_OK(workshop_import(&W, &(struct import_params){0}));
    CHECK_OK(store_item_list(W.store, &W.arena, W.project.id, 0, 1000, &ITEM, &N_ITEM));
    assert_int_equal(N_ITEM, ITEMS);
    CHECK_OK(writer_do(W.writer, label_all_task, NULL));
    return 0;
}

static int down(void **state)
{
    (void)state;
    workshop_free(&W);
    return 0;
}

struct beginning {
    struct dataset_new new;
    struct dataset d;
    struct job job;
};

static enum err begin_task(struct store *s, void *context)
{
    struct beginning *x = context;

    return dataset_begin(s, &W.arena, &x->new, NOW_MS, &x->d, &x->job);
}

static enum err try_begin(const char *spec, int64_t seq, struct beginning *x)
{
    struct dataset_spec *parsed = ARENA_NEW(&W.arena, struct dataset_spec);
    json_t *body;
    enum err e;

    CHECK_OK(json_read(&body, spec, strlen(spec)));
    e = dataset_spec_read(&W.arena, body, parsed);
    json_decref(body);
    *x = (struct beginning){
        .new = {.project_id = W.project.id, .spec = parsed, .ledger_seq = seq}
    };
    return e ? e : writer_do(W.writer, begin_task, x);
}

static struct dataset freeze(const char *spec, int64_t seq)
{
    struct beginning x;
    struct dataset d;
    char params[60];

    CHECK_OK(try_begin(spec, seq, &x));
    snprintf(params, sizeof params, "{\"dataset\":%lld}", (long long)x.d.id);
    CHECK_OK(workshop_job(&W, "freeze", params));
    CHECK_OK(store_dataset_get(W.store, &W.arena, x.d.id, &d));
    assert_int_equal(d.state, DATASET_FROZEN);
    return d;
}

static struct dataset_item *rows_of(const struct dataset *d, size_t *n)
{
    struct dataset_item *rows;

    CHECK_OK(store_dataset_items(W.store, &W.arena, d->id, ALL_PARTS, 0, 1000, &rows, n));
    assert_int_equal(*n, d->n_items);
    return rows;
}

static enum dataset_part part_of(const struct dataset *d, int64_t item)
{
    struct dataset_item i;

    CHECK_OK(store_dataset_item_find(W.store, &W.arena, d->id, item, &i));
    assert_int_equal(i.item_id, item);
    return i.part;
}

static json_t *sheet_of(const struct dataset *d)
{
    json_t *sheet;

    CHECK_OK(json_read(&sheet, d->sheet, strlen(d->sheet)));
    return sheet;
}

static int64_t sheet_number(const struct dataset *d, const char *object, const char *key)
{
    json_t *sheet = sheet_of(d);
    int64_t n = json_integer_value(json_object_get(json_object_get(sheet, object), key));

    json_decref(sheet);
    return n;
}

static void count_problem(void *context, int64_t seq, const char *sentence)
{
    (void)seq;
    snprintf(context, 400, "%s", sentence);
}

static int64_t verify(char first[400])
{
    const struct ledger_report report = {.problem = count_problem, .context = first};
    struct ledger_sums sums;

    first[0] = '\0';
    CHECK_OK(ledger_verify(W.store, &report, &sums));
    return sums.n_problems;
}

static void test_a_data_set_holds_every_answer_in_stratified_parts(void **state)
{
    (void)state;
    struct dataset d = freeze("{}", 0);
    size_t n;
    const struct dataset_item *rows = rows_of(&d, &n);
    int count[PARTS][3] = {{0}};
    char first[400];

    assert_int_equal(n, ITEMS);
    for (size_t i = 0; i < n; i++)
        count[rows[i].part][strstr(rows[i].values, "\"a\"")   ? 0
                            : strstr(rows[i].values, "\"b\"") ? 1
                                                              : 2]++;
    for (int p = 0; p < PARTS; p++) {
        const double share = p ? 0.1 : 0.8;
        assert_true(abs(count[p][0] - (int)(share * 140 + 0.5)) <= 1);
        assert_true(abs(count[p][1] - (int)(share * 40 + 0.5)) <= 1);
        assert_true(abs(count[p][2] - (int)(share * 20 + 0.5)) <= 1);
    }
    if (verify(first)) fail_msg("%s", first);
}

static void test_equal_inputs_give_an_equal_hash_whatever_was_labelled_since(void **state)
{
    (void)state;
    struct dataset one = freeze("{}", 0);
    struct dataset again;
    struct dataset now;
    struct dataset seeded;

    label(5, 1, ANSWER_ACCEPT, "c");
    again = freeze("{}", one.ledger_seq);
    now = freeze("{}", 0);
    seeded = freeze("{\"split\":{\"seed\":2}}", one.ledger_seq);
    assert_true(hash_equal(&one.hash, &again.hash));
    assert_false(hash_equal(&one.hash, &now.hash));
    assert_false(hash_equal(&one.hash, &seeded.hash));
    assert_int_equal(again.version, 2);
}

static void test_what_belongs_together_is_in_one_part(void **state)
{
    (void)state;
    struct dataset cameras = freeze("{\"split\":{\"keep_together\":[\"meta:camera\"]}}", 0);
    struct dataset folders = freeze(
        "{\"split\":{\"train\":0.5,\"validation\":0,\"test\":0.5,\"keep_together\":[\"folder\"]}}",
        0);

    for (size_t i = 0; i < ITEMS; i++) {
        const size_t other = i % (ITEMS / 2) % CAMERAS; /* of the same camera */
        assert_int_equal(part_of(&cameras, ITEM[i].id), part_of(&cameras, ITEM[other].id));
        assert_int_equal(part_of(&folders, ITEM[i].id),
                         part_of(&folders, ITEM[i / (ITEMS / 2) * (ITEMS / 2)].id));
    }
    assert_int_equal(sheet_number(&cameras, "groups", "n"), CAMERAS);
    assert_int_equal(sheet_number(&folders, "groups", "largest"), ITEMS / 2);
    assert_int_not_equal(part_of(&folders, ITEM[0].id), part_of(&folders, ITEM[ITEMS - 1].id));
}

static void test_one_persons_sitting_stays_together(void **state)
{
    (void)state;
    struct dataset d;

    NOW_MS += 40 * 60 * 1000L;
    for (size_t i = 0; i < 30; i++)
        label(3 * i, 1, ANSWER_ACCEPT, "a");
    d = freeze("{\"split\":{\"keep_together\":[\"session\"]}}", 0);
    assert_int_equal(sheet_number(&d, "groups", "n"), 2);
    for (size_t i = 0; i < 30; i++)
        assert_int_equal(part_of(&d, ITEM[3 * i].id), part_of(&d, ITEM[0].id));
    assert_int_not_equal(part_of(&d, ITEM[0].id), part_of(&d, ITEM[1].id));
}

static void test_what_was_in_the_test_part_stays_there_in_the_next_version(void **state)
{
    (void)state;
    struct dataset one = freeze("{\"query\":{\"classes\":[\"a\"]}}", 0);
    struct dataset two = freeze("{\"split\":{\"like\":1,\"seed\":9}}", 0);
    size_t n;
    const struct dataset_item *rows = rows_of(&one, &n);

    assert_int_equal(n, 140);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(part_of(&two, rows[i].item_id), rows[i].part);
    assert_int_equal(two.n_items, ITEMS);
}

static void test_flagged_rejected_and_filtered_items_are_left_out_and_counted(void **state)
{
    (void)state;
    struct dataset d;

    label(0, 1, ANSWER_FLAG, NULL);
    label(1, 1, ANSWER_REJECT, NULL);
    label(2, 1, ANSWER_REJECT, NULL);
    d = freeze("{\"query\":{\"meta\":{\"camera\":\"cam1\"}}}", 0);
    assert_int_equal(d.n_items, ITEMS / CAMERAS - 1);
    assert_int_equal(sheet_number(&d, "left_out", "flagged"), 1);
    assert_int_equal(sheet_number(&d, "left_out", "rejected"), 2);
    assert_int_equal(sheet_number(&d, "left_out", "query"), ITEMS - 3 - d.n_items);
    d = freeze("{\"query\":{\"folder\":\"t1.csv\"}}", 0);
    assert_int_equal(d.n_items, ITEMS / 2);
}

#define OFF "DROP TRIGGER dataset_item_keeps; DROP TRIGGER dataset_keeps; "

static void test_a_frozen_row_cannot_be_changed_and_verify_sees_one_that_was(void **state)
{
    (void)state;
    struct dataset d = freeze("{}", 0);
    static const char *const CHANGES[] = {
        "UPDATE dataset_item SET part = (part + 1) % 3 WHERE item_id = 7",
        "UPDATE dataset_item SET \"values\" = '{\"class\":\"b\"}' WHERE item_id = 1",
        "UPDATE dataset SET hash = zeroblob(32)", "UPDATE dataset SET event_seq = 1"};
    char first[400];

    (void)d;
    assert_int_equal(folder_number(&W.folder, "SELECT count(*) FROM sqlite_schema WHERE type = "
                                              "'trigger' AND name LIKE 'dataset%'"),
                     7);
    for (size_t i = 0; i < sizeof CHANGES / sizeof *CHANGES; i++) {
        char sql[400];

        if (i) down(NULL), up(NULL), freeze("{}", 0);
        assert_int_equal(verify(first), 0);
        snprintf(sql, sizeof sql, OFF "%s", CHANGES[i]);
        folder_sql(&W.folder, sql);
        if (!verify(first)) fail_msg("not found: %s", CHANGES[i]);
        assert_non_null(strstr(first, "data set"));
    }
}

static enum err open_task(struct store *s, void *context)
{
    return dataset_open_test(s, *(int64_t *)context, 1, "the final figure", NOW_MS,
                             &(struct dataset_use){0});
}

static void test_the_test_part_opens_for_an_hour_to_whom_said_why(void **state)
{
    (void)state;
    struct dataset d = freeze("{}", 0);
    struct dataset_use *uses;
    size_t n;
    const int64_t at = NOW_MS;

    CHECK_FAILS(dataset_test_is_open(W.store, &W.arena, d.id, 1, at), ERR_DENIED, "locked");
    CHECK_FAILS(dataset_open_test(W.store, d.id, 1, "", at, &(struct dataset_use){0}),
                ERR_INVALID, "reason");
    CHECK_OK(writer_do(W.writer, open_task, &d.id));
    CHECK_OK(dataset_test_is_open(W.store, &W.arena, d.id, 1, at + 59 * 60 * 1000L));
    CHECK_FAILS(dataset_test_is_open(W.store, &W.arena, d.id, 2, at), ERR_DENIED, "locked");
    CHECK_FAILS(dataset_test_is_open(W.store, &W.arena, d.id, 1, at + 61 * 60 * 1000L),
                ERR_DENIED, "locked");
    CHECK_OK(store_dataset_uses(W.store, &W.arena, d.id, &uses, &n));
    assert_int_equal(n, 1);
    assert_string_equal(uses[0].reason, "the final figure");
}

static void test_a_spec_that_makes_no_sense_is_refused_by_its_field(void **state)
{
    (void)state;
    static const char *const BAD[][2] = {
        {"{\"split\":{\"train\":0,\"validation\":0,\"test\":0}}", "must be more than 0"},
        {"{\"split\":{\"keep_together\":[\"luck\"]}}",            "keep_together"      },
        {"{\"split\":{\"like\":7}}",                              "split.like"         },
        {"{\"query\":{\"meta\":{\"a\":1}}}",                      "query.meta.a"       },
        {"{\"query\":{\"colour\":\"red\"}}",                      "colour"             },
        {"{\"query\":{\"support_min\":2}}",                       "support_min"        },
    };
    struct beginning x;

    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        CHECK_FAILS(try_begin(BAD[i][0], 0, &x), ERR_INVALID, BAD[i][1]);
    CHECK_FAILS(try_begin("{}", 1000000, &x), ERR_INVALID, "the ledger ends");
}

static void test_a_stopped_freezing_starts_anew_and_a_cancelled_one_leaves_nothing(void **state)
{
    (void)state;
    struct beginning x;
    struct dataset d;
    char params[60];

    CHECK_OK(try_begin("{}", 0, &x));
    snprintf(params, sizeof params, "{\"dataset\":%lld}", (long long)x.d.id);
    W.stop_after_done = 1;
    CHECK_FAILS(workshop_job(&W, "freeze", params), ERR_CANCELLED, "");
    assert_int_equal(W.job.state, JOB_QUEUED);
    W.stop_after_done = 0;
    CHECK_OK(workshop_job(&W, "freeze", params));
    CHECK_OK(store_dataset_get(W.store, &W.arena, x.d.id, &d));
    assert_int_equal(d.state, DATASET_FROZEN);
    assert_int_equal(d.n_items, ITEMS);
}

static enum err cancel_task(struct store *s, void *context)
{
    struct job *j = context;

    return job_cancel(s, &W.arena, j->id, NOW_MS, j);
}

static void test_a_freezing_that_is_cancelled_before_it_began_has_failed(void **state)
{
    (void)state;
    struct beginning x;
    struct dataset d;

    CHECK_OK(try_begin("{}", 0, &x));
    CHECK_OK(writer_do(W.writer, cancel_task, &x.job));
    assert_int_equal(x.job.state, JOB_CANCELLED);
    CHECK_OK(store_dataset_get(W.store, &W.arena, x.d.id, &d));
    assert_int_equal(d.state, DATASET_FAILED);
}

static void test_two_versions_differ_by_what_came_went_and_changed(void **state)
{
    (void)state;
    struct dataset one = freeze("{}", 0);
    struct dataset two;
    int64_t *items;
    int64_t total;
    size_t n;

    label(5, 1, ANSWER_ACCEPT, "c");
    label(6, 1, ANSWER_REJECT, NULL);
    two = freeze("{\"split\":{\"like\":1}}", 0);
    CHECK_OK(store_dataset_differ(W.store, &W.arena, one.id, two.id, DIFFER_ONLY_HERE, &items,
                                  &n, &total));
    assert_int_equal(total, 1);
    assert_int_equal(items[0], ITEM[6].id);
    CHECK_OK(store_dataset_differ(W.store, &W.arena, two.id, one.id, DIFFER_ONLY_HERE, &items,
                                  &n, &total));
    assert_int_equal(total, 0);
    CHECK_OK(store_dataset_differ(W.store, &W.arena, two.id, one.id, DIFFER_ANSWER, &items, &n,
                                  &total));
    assert_int_equal(total, 1);
    assert_int_equal(items[0], ITEM[5].id);
    CHECK_OK(store_dataset_differ(W.store, &W.arena, two.id, one.id, DIFFER_PART, &items, &n,
                                  &total));
    assert_int_equal(total, 0);
}

static void note(void *context, int64_t row, const char *sentence)
{
    (void)row;
    CHECK_OK(buf_printf(context, "%s\n", sentence));
}

/* Writes the parts out, with one text of it replaced, and returns what is found. */
static const char *found_in(const struct dataset *d, enum export_format format,
                            const char *from, const char *to)
{
    const struct export_options options = {.format = format, .dataset = d, .parts = ALL_PARTS};
    struct export_check_params p = {.store = W.store, .problem = note};
    struct seal_sums sums;
    struct export *x;
    struct buf b;
    struct buf found;
    uint8_t key[32];
    char path[200];
    char *at;
    size_t before;

    buf_init(&b, MIB);
    buf_init(&found, MIB);
    CHECK_OK(export_open(&x, W.store, W.project.id, &options));
    do {
        before = b.size;
        CHECK_OK(export_next(x, &b));
    } while (b.size > before);
    export_close(x);
    at = strstr(b.data, from);
    assert_non_null(at);
    memcpy(at, to, strlen(to));
    snprintf(path, sizeof path, "%s/d.%s", W.folder.path, export_extension(format));
    CHECK_OK(file_write(path, b.data, b.size));
    CHECK_OK(ledger_public_key(W.folder.path, key));
    p.public_half = key;
    p.context = &found;
    CHECK_OK(buf_adds(&found, ""));
    CHECK_OK(export_check(path, &p, &sums));
    assert_int_equal(sums.n_rows, d->n_items);
    at = arena_strdup(&W.arena, found.data);
    buf_free(&b);
    buf_free(&found);
    return at;
}

static void
test_an_exported_data_set_is_checked_by_the_key_and_beside_the_frozen_one(void **state)
{
    (void)state;
    struct dataset d = freeze("{}", 0);
    const char *found;

    for (int f = EXPORT_JSONL; f <= EXPORT_CSV; f++) {
        found = found_in(&d, (enum export_format)f, "train", "train");
        if (found[0]) fail_msg("%s", found);
        found = found_in(&d, (enum export_format)f, f == EXPORT_CSV ? ",a," : "\"a\"",
                         f == EXPORT_CSV ? ",c," : "\"c\"");
        assert_non_null(strstr(found, "row 1 (line"));
        assert_non_null(strstr(found, "another part, answer or hash in the data set"));
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_data_set_holds_every_answer_in_stratified_parts),
        CASE(test_equal_inputs_give_an_equal_hash_whatever_was_labelled_since),
        CASE(test_what_belongs_together_is_in_one_part),
        CASE(test_one_persons_sitting_stays_together),
        CASE(test_what_was_in_the_test_part_stays_there_in_the_next_version),
        CASE(test_flagged_rejected_and_filtered_items_are_left_out_and_counted),
        CASE(test_a_frozen_row_cannot_be_changed_and_verify_sees_one_that_was),
        CASE(test_the_test_part_opens_for_an_hour_to_whom_said_why),
        CASE(test_a_spec_that_makes_no_sense_is_refused_by_its_field),
        CASE(test_a_stopped_freezing_starts_anew_and_a_cancelled_one_leaves_nothing),
        CASE(test_an_exported_data_set_is_checked_by_the_key_and_beside_the_frozen_one),
        CASE(test_a_freezing_that_is_cancelled_before_it_began_has_failed),
        CASE(test_two_versions_differ_by_what_came_went_and_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
