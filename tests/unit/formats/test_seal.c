#include "check.h"

#include "base/file.h"
#include "domain/ledger.h"
#include "formats/export.h"
#include "formats/export_check.h"
#include "unit/domain/world.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABELS = 150, LINES_MAX = 400 };

static struct world W;
static uint8_t KEY[32];
static char PATH[2][PATH_MAX]; /* .jsonl, .csv */
static struct buf EXPORTED[2];

/* What was found, a line each. */
struct found {
    struct buf text;
    int64_t n;
};

static void note(void *context, int64_t row, const char *sentence)
{
    struct found *f = context;

    (void)row;
    f->n++;
    CHECK_OK(buf_adds(&f->text, sentence));
    CHECK_OK(buf_adds(&f->text, "\n"));
}

static void pull(struct buf *b, enum export_format format)
{
    const struct export_options options = {.format = format};
    struct export *x;
    struct buf piece;

    buf_init(b, 16 * MIB);
    buf_init(&piece, 8 * MIB);
    CHECK_OK(export_open(&x, W.s, W.p.id, &options));
    do {
        buf_clear(&piece);
        CHECK_OK(export_next(x, &piece));
        if (piece.size) CHECK_OK(buf_add(b, piece.data, piece.size));
    } while (piece.size);
    export_close(x);
    buf_free(&piece);
}

static int up(void **state)
{
    (void)state;
    world_new(&W, LABELS, 1);
    for (int64_t i = 0; i < LABELS; i++)
        world_submit(&W, W.first + i, W.user[i % 3], ANSWER_ACCEPT, i % 2 ? "a" : "b");
    CHECK_OK(ledger_public_key(W.folder.path, KEY));
    for (int f = 0; f < 2; f++) {
        snprintf(PATH[f], PATH_MAX, "%s/x.%s", W.folder.path, f ? "csv" : "jsonl");
        pull(&EXPORTED[f], f ? EXPORT_CSV : EXPORT_JSONL);
    }
    return 0;
}

static int down(void **state)
{
    (void)state;
    buf_free(&EXPORTED[0]);
    buf_free(&EXPORTED[1]);
    world_free(&W);
    return 0;
}

/* The lines of a file, each with its line end; of a table line 0 is the header. */
struct lines {
    char *line[LINES_MAX];
    size_t n;
};

static void lines_of(struct lines *l, const struct buf *b)
{
    const char *at = b->data;

    l->n = 0;
    while (*at) {
        const size_t n = (size_t)(strchr(at, '\n') - at) + 1;
        l->line[l->n++] = strndup(at, n);
        at += n;
    }
}

static struct seal_sums check(int f, const struct lines *l, struct store *s,
                              const uint8_t key[32], struct found *found)
{
    const struct export_check_params p = {
        .public_half = key, .store = s, .problem = note, .context = found};
    struct seal_sums sums;
    struct buf b;

    buf_init(&b, 16 * MIB);
    for (size_t i = 0; i < l->n; i++)
        CHECK_OK(buf_adds(&b, l->line[i]));
    CHECK_OK(file_write(PATH[f], b.data, b.size));
    buf_free(&b);
    buf_init(&found->text, 16 * MIB);
    found->n = 0;
    CHECK_OK(export_check(PATH[f], &p, &sums));
    assert_int_equal(sums.n_problems, found->n);
    return sums;
}

static void lines_free(struct lines *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->line[i]);
}

typedef void (*change)(struct lines *l, size_t first);

/* Does the change, in either format, and expects these words among what is found. */
static void assert_named(change make, const char *by_key, const char *by_ledger)
{
    for (int f = 0; f < 2; f++) {
        struct lines l;
        struct found found;

        lines_of(&l, &EXPORTED[f]);
        make(&l, (size_t)f);
        check(f, &l, NULL, KEY, &found);
        if (!found.n || !strstr(found.text.data, by_key))
            fail_msg("by the key: %s", found.n ? found.text.data : "nothing was found");
        buf_free(&found.text);
        check(f, &l, W.s, KEY, &found);
        if (!found.n || !strstr(found.text.data, by_ledger))
            fail_msg("by the ledger: %s", found.n ? found.text.data : "nothing was found");
        buf_free(&found.text);
        lines_free(&l);
    }
}

static void
test_an_untouched_export_is_proved_whole_by_the_key_alone_and_by_the_ledger(void **state)
{
    (void)state;
    for (int f = 0; f < 2; f++)
        for (int with = 0; with < 2; with++) {
            struct lines l;
            struct found found;
            struct seal_sums sums;

            lines_of(&l, &EXPORTED[f]);
            sums = check(f, &l, with ? W.s : NULL, KEY, &found);
            if (found.n) fail_msg("%s", found.text.data);
            assert_int_equal(sums.n_rows, LABELS);
            assert_int_equal(sums.n_proved, LABELS);
            assert_int_equal(sums.head.seq, LABELS + 2);
            buf_free(&found.text);
            lines_free(&l);
        }
}

/* The first text "a" that is an answer becomes a "c": same length, another class. */
static void change_row_70(struct lines *l, size_t first)
{
    char *at = strstr(l->line[69 + first], first ? ",accept,a," : "\"class\":\"a\"");

    assert_non_null(at);
    at[first ? 8 : 9] = 'c';
}

static void test_a_changed_row_is_named(void **state)
{
    (void)state;
    assert_named(change_row_70, "row 70 (line 7", "'values' is not what ledger no. 72 says");
}

static void remove_row_70(struct lines *l, size_t first)
{
    free(l->line[69 + first]);
    memmove(&l->line[69 + first], &l->line[70 + first], (l->n - 70 - first) * sizeof *l->line);
    l->n--;
}

static void test_a_missing_row_is_named(void **state)
{
    (void)state;
    assert_named(remove_row_70, "row 70 is missing",
                 "the label of ledger no. 72 is missing in the file");
}

static void cut_the_end(struct lines *l, size_t first)
{
    while (l->n > 128 + first) /* where a run ends */
        free(l->line[--l->n]);
}

static void test_a_file_cut_where_a_signature_stands_is_seen_to_end_early(void **state)
{
    (void)state;
    assert_named(cut_the_end, "every row after row 128 is missing",
                 "ledger no. 131 is missing");
}

static void move_row_70(struct lines *l, size_t first)
{
    char *moved = l->line[69 + first];

    memmove(&l->line[69 + first], &l->line[70 + first], (l->n - 70 - first) * sizeof moved);
    l->line[l->n - 1] = moved;
}

static void test_a_moved_row_is_named_and_no_other(void **state)
{
    struct lines l;
    struct found found;

    (void)state;
    assert_named(move_row_70, "row 70 was moved: it stands on line 15",
                 "row 70 was moved: it stands on line 15");
    lines_of(&l, &EXPORTED[0]);
    move_row_70(&l, 0);
    check(0, &l, NULL, KEY, &found);
    assert_int_equal(found.n, 1);
    buf_free(&found.text);
    lines_free(&l);
}

static void repeat_row_70(struct lines *l, size_t first)
{
    l->line[l->n++] = strdup(l->line[69 + first]);
}

static void strip_a_seal(struct lines *l, size_t first)
{
    char *at = first ? strrchr(l->line[70], ',') + 1 : strstr(l->line[69], "\"seal\":\"") + 8;

    *at = 'x';
}

static void test_added_rows_are_named(void **state)
{
    (void)state;
    assert_named(repeat_row_70, "row 70 stands twice", "ledger no. 72 was no current label");
    assert_named(strip_a_seal, "the row has no seal of ours", "the row has no seal of ours");
}

/* As somebody would who knows the format but not the key: the row and its tag are changed. */
static void test_a_row_with_a_new_tag_is_not_believed(void **state)
{
    struct lines l;
    struct found found;
    struct hash content;
    json_t *row;
    char *seal;
    char tag[33];

    (void)state;
    lines_of(&l, &EXPORTED[0]);
    change_row_70(&l, 0);
    CHECK_OK(json_read(&row, l.line[69], strlen(l.line[69])));
    CHECK_OK(seal_json(&content, &W.a, row));
    hex_of(tag, content.bytes, 16);
    seal = strstr(l.line[69], "\"seal\":\"70 ");
    assert_non_null(seal);
    memcpy(seal + 11, tag, 32);
    check(0, &l, NULL, KEY, &found);
    assert_int_equal(found.n, 1);
    assert_non_null(strstr(found.text.data, "rows 65 to 128 carry seals that the key did not"));
    buf_free(&found.text);
    check(0, &l, W.s, KEY, &found);
    assert_non_null(
        strstr(found.text.data, "line 70: 'values' is not what ledger no. 72 says"));
    buf_free(&found.text);
    json_decref(row);
    lines_free(&l);
}

static void test_another_key_a_changed_head_and_a_ledger_written_anew_are_told(void **state)
{
    struct lines l;
    struct found found;
    struct world other;
    uint8_t key[32] = {1};
    char *head;

    (void)state;
    lines_of(&l, &EXPORTED[0]);
    check(0, &l, NULL, key, &found);
    assert_int_equal(found.n, 1);
    assert_non_null(strstr(found.text.data, "another key"));
    buf_free(&found.text);
    world_new(&other, LABELS, 1);
    for (int64_t i = 0; i < LABELS; i++)
        world_submit(&other, other.first + i, other.user[i % 3], ANSWER_ACCEPT, "a");
    check(0, &l, other.s, KEY, &found);
    assert_non_null(strstr(found.text.data, "the ledger was written anew"));
    buf_free(&found.text);
    world_free(&other);
    head = strstr(l.line[0], " head 152 ");
    assert_non_null(head);
    head[8] = '1';
    check(0, &l, NULL, KEY, &found);
    assert_non_null(strstr(found.text.data, "head no. 151 does not fit"));
    buf_free(&found.text);
    lines_free(&l);
}

/* Other tools write the same values with other spaces, quotes and orders of keys. */
static void test_a_file_written_again_by_another_tool_is_still_proved(void **state)
{
    struct lines l;
    struct found found;
    struct seal_sums sums;

    (void)state;
    lines_of(&l, &EXPORTED[0]);
    for (size_t i = 0; i < l.n; i++) {
        json_t *row;
        char *text;

        CHECK_OK(json_read(&row, l.line[i], strlen(l.line[i])));
        text = json_dumps(row, 0);
        free(l.line[i]);
        l.line[i] = malloc(strlen(text) + 3);
        assert_non_null(l.line[i]);
        sprintf(l.line[i], "%s\r\n", text);
        free(text);
        json_decref(row);
    }
    sums = check(0, &l, W.s, KEY, &found);
    if (found.n) fail_msg("%s", found.text.data);
    assert_int_equal(sums.n_proved, LABELS);
    buf_free(&found.text);
    lines_free(&l);
}

static void test_an_export_without_labels_is_said_to_have_no_seal(void **state)
{
    (void)state;
    const struct export_check_params p = {.public_half = KEY, .problem = note};
    struct seal_sums sums;

    CHECK_OK(file_write(PATH[0], "", 0));
    CHECK_FAILS(export_check(PATH[0], &p, &sums), ERR_INVALID, "is empty");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_an_untouched_export_is_proved_whole_by_the_key_alone_and_by_the_ledger),
        cmocka_unit_test(test_a_changed_row_is_named),
        cmocka_unit_test(test_a_missing_row_is_named),
        cmocka_unit_test(test_a_file_cut_where_a_signature_stands_is_seen_to_end_early),
        cmocka_unit_test(test_a_moved_row_is_named_and_no_other),
        cmocka_unit_test(test_added_rows_are_named),
        cmocka_unit_test(test_a_row_with_a_new_tag_is_not_believed),
        cmocka_unit_test(test_another_key_a_changed_head_and_a_ledger_written_anew_are_told),
        cmocka_unit_test(test_a_file_written_again_by_another_tool_is_still_proved),
        cmocka_unit_test(test_an_export_without_labels_is_said_to_have_no_seal),
    };

    return cmocka_run_group_tests(tests, up, down);
}
