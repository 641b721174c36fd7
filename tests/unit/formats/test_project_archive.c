/* A project that was packed, unpacked elsewhere and packed again is the same file; and an archive in
 * which anything was changed is refused, however well it is put together. */
#include "check.h"

#include "base/file.h"
#include "domain/comment.h"
#include "domain/ledger.h"
#include "domain/member.h"
#include "domain/review.h"
#include "domain/user.h"
#include "formats/project_archive.h"
#include "store/copy.h"
#include "unit/domain/world.h"

#include <archive.h>
#include <archive_entry.h>
#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

enum { ITEMS = 40, PATHS = 300 };

static struct world W;
static char OUT[PATHS], AGAIN[PATHS], ELSEWHERE[PATHS];
static const struct archive_watch QUIET;

static void second_project(void)
{
    static const char *const CLASSES[] = {"x", "y"};
    struct project_new n = {
        .name = "Other", .kind = PROJECT_TEXT, .overlap = 1, .explore = 0.1};
    struct questions *q;
    struct project p;

    CHECK_OK(questions_from_classes(&W.a, CLASSES, 2, &q));
    n.questions = q;
    CHECK_OK(project_create(W.s, &W.a, &n, NOW, &p));
}

static void people_differ(void)
{
    struct decide_new d = {.project_id = W.p.id,
                           .item_id = W.first + 1,
                           .user_id = W.user[9],
                           .answer = ANSWER_ACCEPT,
                           .values = json_pack("{s:s}", "class", "c")};
    struct comment c = {.project_id = W.p.id,
                        .item_id = W.first + 2,
                        .user_id = W.user[8],
                        .body = "is this \xc3\xa9 \"a\" or b?\n"};
    struct label_result r;
    int repeated;

    for (int64_t i = 0; i < ITEMS; i++) {
        world_submit(&W, W.first + i, W.user[i % 3], ANSWER_ACCEPT, i % 2 ? "a" : "b");
        if (i % 5 == 0) world_submit(&W, W.first + i, W.user[7], ANSWER_SKIP, NULL);
        if (i == 10) second_project(); /* an event in between that is none of ours */
    }
    uuid_new(&d.id);
    uuid_new(&c.client_id);
    CHECK_OK(review_decide(W.s, &W.a, &d, NOW, &r));
    CHECK_OK(comment_add(W.s, &W.a, &c, NULL, NOW, &repeated));
    CHECK_OK(member_set(W.s, &W.a, W.p.id, W.user[4], ROLE_REVIEWER));
    json_decref((json_t *)d.values);
}

static int up(void **state)
{
    int64_t picked[] = {0, 0, 0};
    struct user stranger;

    (void)state;
    world_new(&W, ITEMS, 2);
    for (int i = 0; i < 3; i++)
        picked[i] = W.first + 3 * i;
    world_round(&W, picked, 3);
    people_differ();
    CHECK_OK(user_add(W.s, &W.a, "stranger", ROLE_ADMIN, NULL, NOW, &stranger));
    snprintf(OUT, sizeof OUT, "%s/out.exemplar", W.folder.path);
    snprintf(AGAIN, sizeof AGAIN, "%s/again.exemplar", W.folder.path);
    snprintf(ELSEWHERE, sizeof ELSEWHERE, "%s/elsewhere", W.folder.path);
    return 0;
}

static int down(void **state)
{
    (void)state;
    world_free(&W);
    return 0;
}

static enum err unpack(void)
{
    struct archive_sums sums;
    return project_unpack(OUT, ELSEWHERE, &QUIET, &sums);
}

static void pack(void)
{
    struct archive_sums sums;

    CHECK_OK(project_pack(W.s, W.p.id, OUT, &QUIET, &sums));
    assert_int_equal(sums.project_id, W.p.id);
}

static void same_file(const char *a, const char *b)
{
    struct buf x;
    struct buf y;

    buf_init(&x, 64 * MIB);
    buf_init(&y, 64 * MIB);
    CHECK_OK(file_read(&x, a));
    CHECK_OK(file_read(&y, b));
    assert_int_equal(x.size, y.size);
    assert_memory_equal(x.data, y.data, x.size);
    buf_free(&x);
    buf_free(&y);
}

static void problem_print(void *context, int64_t seq, const char *sentence)
{
    (void)context;
    print_error("ledger no. %lld: %s\n", (long long)seq, sentence);
}

static void test_a_project_goes_elsewhere_and_comes_out_bit_for_bit_equal(void **state)
{
    struct ledger_report report = {.problem = problem_print};
    struct archive_sums sums;
    struct project_counts c;
    struct ledger_sums found;
    struct store *s;
    struct user u;

    (void)state;
    pack();
    CHECK_OK(unpack());
    CHECK_OK(store_open(&s, ELSEWHERE, STORE_WRITE));
    CHECK_OK(ledger_verify(s, &report, &found));
    assert_int_equal(found.n_problems, 0);
    CHECK_OK(store_project_counts(s, W.p.id, &c));
    assert_int_equal(c.items, ITEMS);
    assert_int_equal(c.labels, world_counts(&W).labels);
    CHECK_OK(store_user_by_name(s, &W.a, "person 7", &u));
    assert_int_equal(u.id, W.user[7]);
    assert_null(u.password);
    assert_int_equal(u.role, ROLE_ANNOTATOR);
    CHECK_FAILS(store_user_by_name(s, &W.a, "stranger", &u), ERR_NOT_FOUND, "");
    CHECK_OK(project_pack(s, W.p.id, AGAIN, &QUIET, &sums));
    store_close(s);
    same_file(OUT, AGAIN);
}

static void test_work_goes_on_in_the_new_folder(void **state)
{
    struct world there = {.p = W.p};
    struct label_new n = world_label(&W, W.first + 4, W.user[5], ANSWER_ACCEPT, "a");
    struct label_result r;
    struct user u;
    struct ledger_report report = {.problem = problem_print};
    struct ledger_sums found;

    (void)state;
    pack();
    CHECK_OK(unpack());
    CHECK_OK(store_open(&there.s, ELSEWHERE, STORE_WRITE));
    CHECK_OK(user_add(there.s, &W.a, "newcomer", ROLE_ADMIN, "x", NOW, &u));
    n.user_id = u.id;
    n.project_id = W.p.id;
    CHECK_OK(label_submit(there.s, &W.a, &n, NOW, &r));
    CHECK_OK(ledger_verify(there.s, &report, &found));
    assert_int_equal(found.n_problems, 0);
    store_close(there.s);
}

/* The archive anew, with one entry's bytes changed by `edit` and the end made to fit. */
struct change {
    const char *entry;
    const char *from, *to; /* of equal length; `to` NULL: the entry is left out */
};

static void put(struct archive *out, struct hash_state *all, const char *name,
                const struct buf *b)
{
    struct archive_entry *e = archive_entry_new();
    struct hash own;

    archive_entry_set_pathname(e, name);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_size(e, (la_int64_t)b->size);
    assert_int_equal(archive_write_header(out, e), ARCHIVE_OK);
    assert_int_equal(archive_write_data(out, b->data, b->size), b->size);
    archive_entry_free(e);
    hash_of(&own, b->data, b->size);
    archive_hash_entry(all, name, b->size, &own);
}

static void edit(struct buf *b, const struct change *c)
{
    char *at = memmem(b->data, b->size, c->from, strlen(c->from));

    assert_non_null(at);
    memcpy(at, c->to, strlen(c->to));
}

static void put_end(struct archive *out, struct hash_state *all)
{
    char hex[HASH_HEX];
    struct hash hash;
    struct buf b;

    hash_end(all, &hash);
    hash_hex(hex, &hash);
    buf_init(&b, KIB);
    CHECK_OK(buf_printf(&b, "{\"hash\":\"%s\"}\n", hex));
    put(out, all, "end.json", &b);
    buf_free(&b);
}

static void rewrite(const struct change *c)
{
    struct archive *in = archive_read_new();
    struct archive *out = archive_write_new();
    struct archive_entry *e;
    struct hash_state all;

    hash_init(&all);
    archive_read_support_format_tar(in);
    assert_int_equal(archive_read_open_filename(in, OUT, 65536), ARCHIVE_OK);
    archive_write_set_format_pax_restricted(out);
    assert_int_equal(archive_write_open_filename(out, AGAIN), ARCHIVE_OK);
    while (archive_read_next_header(in, &e) == ARCHIVE_OK) {
        const char *name = archive_entry_pathname(e);
        bool is_it = !strcmp(name, c->entry);
        struct buf b;
        if (!strcmp(name, "end.json") || (is_it && !c->to)) continue;
        buf_init(&b, 64 * MIB);
        CHECK_OK(buf_reserve(&b, (size_t)archive_entry_size(e) + 1));
        b.size = (size_t)archive_read_data(in, b.data, (size_t)archive_entry_size(e));
        if (is_it) edit(&b, c);
        put(out, &all, name, &b);
        buf_free(&b);
    }
    put_end(out, &all);
    archive_read_free(in);
    archive_write_close(out);
    archive_write_free(out);
    assert_int_equal(rename(AGAIN, OUT), 0);
}

static int is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

static void test_an_archive_that_was_changed_is_refused_and_leaves_nothing(void **state)
{
    static const struct {
        struct change change;
        const char *words;
    } CASES[] = {
        {{"tables/label/000001.jsonl", "{\\\"class\\\":\\\"a\\\"}",
          "{\\\"class\\\":\\\"c\\\"}"},
         "hold together"                                                                  },
        {{"tables/ledger/000001.jsonl", "\"accept\\\"", "\"reject\\\""},   "hold together"},
        {{"tables/item/000001.jsonl", "\"project_id\"", "\"project_ix\""}, "columns"      },
        {{"tables/item/000001.jsonl", "{\"hex\":\"", "{\"hey\":\""},       "line 2"       },
        {{"tables/member/000001.jsonl", "\"reviewer\"", "\"emperor!\""},   "member"       },
        {{"tables/user/000001.jsonl", "\"person 7\"", "\"person 1\""},     "user"         },
        {{"project.json", "project 1", "project 2"},                       "format"       },
        {{"project.json", "", NULL},                                       "project.json" },
    };
    char beside[PATHS + 20];

    (void)state;
    snprintf(beside, sizeof beside, "%s.restoring", ELSEWHERE);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        pack();
        rewrite(&CASES[i].change);
        CHECK_FAILS(unpack(), ERR_INVALID, CASES[i].words);
        assert_false(is_there(ELSEWHERE));
        assert_false(is_there(beside));
    }
}

static void test_an_archive_of_another_version_says_so(void **state)
{
    struct change c = {"project.json", "\"schema\":", NULL};
    char from[40];
    char to[40];
    int64_t schema;

    (void)state;
    CHECK_OK(copy_schema(W.s, &schema));
    snprintf(from, sizeof from, "\"schema\":%d", (int)schema);
    snprintf(to, sizeof to, "\"schema\":%0*d", (int)strlen(from) - 9, 7);
    to[9] = '9'; /* and not 07, which is no JSON */
    c.from = from;
    c.to = to;
    pack();
    rewrite(&c);
    CHECK_FAILS(unpack(), ERR_CONFLICT, "version");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st, (void)type, (void)walk;
    return remove(path);
}

/* A byte that says nothing (padding, an owner in a tar header) may change: then what comes out is
 * what went in. */
static void expect_unharmed(const struct buf *whole)
{
    struct archive_sums sums;
    struct store *s;
    struct buf b;

    CHECK_OK(store_open(&s, ELSEWHERE, STORE_READ));
    CHECK_OK(project_pack(s, W.p.id, AGAIN, &QUIET, &sums));
    store_close(s);
    buf_init(&b, 64 * MIB);
    CHECK_OK(file_read(&b, AGAIN));
    assert_int_equal(b.size, whole->size);
    assert_memory_equal(b.data, whole->data, b.size);
    buf_free(&b);
    nftw(ELSEWHERE, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void put_file(const char *bytes, size_t n)
{
    FILE *f = fopen(OUT, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

static void test_one_flipped_byte_or_a_cut_is_noticed(void **state)
{
    struct buf whole;
    int n_refused = 0;

    (void)state;
    pack();
    buf_init(&whole, 64 * MIB);
    CHECK_OK(file_read(&whole, OUT));
    for (size_t at = 600; at < whole.size; at += whole.size / 4) {
        whole.data[at] ^= 1;
        put_file(whole.data, whole.size);
        whole.data[at] ^= 1;
        if (unpack())
            n_refused++;
        else
            expect_unharmed(&whole);
    }
    assert_in_range(n_refused, 1, 6);
    put_file(whole.data, whole.size / 2);
    assert_int_not_equal(unpack(), OK);
    put_file(whole.data, 0);
    assert_int_not_equal(unpack(), OK);
    buf_free(&whole);
}

static void test_a_folder_that_is_there_is_left_alone(void **state)
{
    (void)state;
    pack();
    CHECK_OK(unpack());
    CHECK_FAILS(unpack(), ERR_CONFLICT, "data folder already");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_a_project_goes_elsewhere_and_comes_out_bit_for_bit_equal, up, down),
        cmocka_unit_test_setup_teardown(test_work_goes_on_in_the_new_folder, up, down),
        cmocka_unit_test_setup_teardown(
            test_an_archive_that_was_changed_is_refused_and_leaves_nothing, up, down),
        cmocka_unit_test_setup_teardown(test_an_archive_of_another_version_says_so, up, down),
        cmocka_unit_test_setup_teardown(test_one_flipped_byte_or_a_cut_is_noticed, up, down),
        cmocka_unit_test_setup_teardown(test_a_folder_that_is_there_is_left_alone, up, down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
