#include "store/migrate.h"

#include "base/file.h"
#include "base/hash.h"
#include "check.h"
#include "store/encoder.h"
#include "store/queue.h"
#include "store/search.h"
#include "unit/store/folder.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

extern const struct embedded_file MIGRATIONS_FILES[];
extern const size_t MIGRATIONS_N;

/* A migration that was released is never changed: a database that ran it would differ from one
 * made afresh. Only ever add to this list. (BLAKE2b-256 of the file.) */
static const struct {
    const char *name, *hash;
} FROZEN[] = {
    {"001_initial.sql",           "7496372a29afa6e2820deb4dc6b04145e5c81cbfcfc9ab5bf02df3f45fb2fc74"},
    {"002_parts_and_recipes.sql",
     "8e0a7059dfef93bd43f75a46c0489c7e50acd8a7a1a8bc32136fee017cd973be"                             },
    {"003_members.sql",           "b3623302346c98dd1ea5989dad77587b678596d0daf2bf18b547fc7f8f808729"},
    {"004_judgements.sql",        "e41023fc94011dc98b375927feea615b84c801ae4d2c641862ce3da29bef58d9"},
    {"005_quarantine.sql",        "5b05fa7e22e90d351b8870e99c58e919a9ab5359386af953525f6beba1af3627"},
    {"006_queues.sql",            "87536aad0103f5695984104b75144dc751d76c932c86a6b277ef11f77bc77997"},
    {"007_groups.sql",            "197f57aae7296f1a17fbb189ee50c29943c71c427ecaa472b5d6c4bfb71a0aec"},
    {"008_review.sql",            "e91758632fe5377ace90bf4ea0770d7515592ff43794bccbd33459122edecb76"},
    {"009_audit.sql",             "59fdf1a46b522b4d33e9c0ff9450e7430719e24322b09b71bd5e36ef692ccd07"},
    {"010_quality.sql",           "e9c9c2445dda43188da258a382a0fb4948398c7ee1244de5e369c3964d68aa13"},
    {"011_search.sql",            "3d73c7da43ec57d36eb3703aa1ff0b992db8d70a76fb2e92a1890bec2718cffb"},
    {"012_datasets.sql",          "2bb4a9d44504409c92648f1426b4f54f3eaee8f8f4d25216fae73c7b21f23326"},
    {"013_steering.sql",          "dfc16e797943b74c75b061dc1124714005c910899c25dabf9d872e6024a214d2"},
    {"014_comments.sql",          "ee46679e71a1df5885505b8a240f1556988935c18a489d62ffdc4b3cc1e885cc"},
    {"015_identities.sql",        "0063813996f62a92f4a57328c7c922300ae38df5eb1a2c6f88e5a39282332e5a"},
    {"016_tokens.sql",            "483c8a3f1b2a69f6b3d7342a35276a19ee5ea716f28085a706995fd9b018be9a"},
    {"017_bulk.sql",              "9acef219a7f00fa2bf8aa51f1fda67dd0d3f5078ac5e02a5b3f703ffea18e659"},
    {"018_looks.sql",             "973bab93c0fc178614cffcb0b11df2ef9211e7f957de19166dc477735247dc34"},
    {"019_checks.sql",            "cf4fca703d4cdef7ab8b9b9a3dfa2125f26dd0a4bd0f128de94ca5564a9d9845"},
    {"020_models.sql",            "ed40331a0a6b3c408098fb52a97622117de819a5c7caf85da77b03b454e58ee8"},
    {"021_desk.sql",              "2166f59ad45fc5f85e1d8f85de168f088b7f4f653a02ab9cdd27a06cf3967644"},
    {"022_endpoints.sql",         "24879696258cd1b89ad91badcf0c71f7ae0fc730e1ad228d97e548bd1de4c30e"},
    {"023_purposes.sql",          "10f593b2515e6554503d5943bee903672090e6d29d2a95638e38cd1567f9baef"},
    {"024_advice.sql",            "a0916c12ba3a64fc7cba5d7077421b092a61e50187616bb01b469ac5179145ac"},
    {"025_watch.sql",             "a13501a32e6772496369a44191c61ca7aa2a580a9f17b000249f0da84f37d599"},
};
enum { FROZEN_N = sizeof FROZEN / sizeof *FROZEN };

static struct folder F;

static int make_folder(void **state)
{
    (void)state;
    folder_new(&F);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    folder_remove(&F);
    return 0;
}

static void test_applied_migrations_are_frozen(void **state)
{
    (void)state;
    assert_int_equal(MIGRATIONS_N, FROZEN_N);
    for (size_t i = 0; i < FROZEN_N; i++) {
        struct hash h;
        char text[HASH_HEX];
        hash_of(&h, MIGRATIONS_FILES[i].bytes, MIGRATIONS_FILES[i].size);
        hash_hex(text, &h);
        assert_string_equal(MIGRATIONS_FILES[i].name, FROZEN[i].name);
        assert_string_equal(text, FROZEN[i].hash);
    }
}

static void test_a_fresh_database_has_the_last_version_and_whole_tables(void **state)
{
    struct store *s;

    (void)state;
    CHECK_OK(store_open(&s, F.path, STORE_WRITE));
    CHECK_OK(store_check(s));
    store_close(s);
    assert_int_equal(folder_number(&F, "PRAGMA user_version"), MIGRATIONS_N);
    assert_int_equal(folder_number(&F,
                                   "SELECT count(*) FROM sqlite_schema WHERE type = 'table' "
                                   "AND name NOT LIKE 'sqlite_%' AND name NOT LIKE "
                                   "'item_search%' AND sql NOT LIKE '%STRICT%'"),
                     0);
}

/* What a program of version 1 left: an encoder, and a round ranked by a linear head on its latents. */
static const char BEFORE_PARTS[] =
    "INSERT INTO project (id, name, kind, question_version, overlap, explore, seed, created_at) "
    "VALUES (1, 'Old', 'image', 1, 1, 0.1, 5, 1);"
    "INSERT INTO encoder (id, project_id, version, name, seed, settings, dim, n_trained, n_rows, "
    "state, created_at, activated_at) VALUES (3, 1, 1, 'photo-blocks', 5, '{}', 128, 9, 9, "
    "'active', 1, 1);"
    "INSERT INTO round (id, project_id, encoder_id, n_rows, strategy, seed, ledger_seq, n_pool, "
    "n_labels, batch, explore, model, held, created_at) VALUES (7, 1, 3, 9, 'auto', 5, 0, 9, 2, "
    "10, 0.1, 'logistic@2', '[]', 1)";

static void test_encoders_and_rounds_from_before_there_were_parts_go_on(void **state)
{
    struct store *s;
    struct arena a;
    struct encoder e;
    struct round r;

    (void)state;
    folder_sql(&F, (const char *)MIGRATIONS_FILES[0].bytes);
    folder_sql(&F, BEFORE_PARTS);
    CHECK_OK(store_open(&s, F.path, STORE_WRITE));
    arena_init(&a, MIB);
    CHECK_OK(store_encoder_active(s, &a, 1, &e));
    assert_int_equal(e.id, 3);
    assert_int_equal(e.dim, 128);
    assert_int_equal(e.n_parts, 0);
    CHECK_OK(store_encoder_update(s, &e)); /* which gives it no parts */
    CHECK_OK(store_encoder_get(s, &a, 3, &e));
    assert_int_equal(e.n_parts, 0);
    CHECK_OK(store_round_last(s, &a, 1, &r));
    assert_string_equal(r.model, "logistic@2");
    assert_null(r.recipes);
    assert_null(r.reads);
    arena_free(&a);
    store_close(s);
}

/* The shipped migrations and one more. */
static size_t with_another(struct embedded_file list[64], const char *sql)
{
    memcpy(list, MIGRATIONS_FILES, MIGRATIONS_N * sizeof *list);
    list[MIGRATIONS_N] =
        (struct embedded_file){"next.sql", (const unsigned char *)sql, strlen(sql)};
    return MIGRATIONS_N + 1;
}

static void test_an_older_database_is_copied_and_brought_up_to_date(void **state)
{
    struct embedded_file list[64];
    char sql[200], path[128];
    struct store *s;
    size_t n;

    (void)state;
    snprintf(sql, sizeof sql,
             "CREATE TABLE extra (id INTEGER PRIMARY KEY) STRICT; "
             "PRAGMA user_version = %zu",
             MIGRATIONS_N + 1);
    n = with_another(list, sql);
    CHECK_OK(store_open(&s, F.path, STORE_WRITE));
    CHECK_OK(migrate(s, list, n));
    CHECK_OK(migrate(s, list, n)); /* and once only */
    store_close(s);
    assert_int_equal(folder_number(&F, "SELECT count(*) FROM extra"), 0);
    snprintf(path, sizeof path, "%s/exemplar.db.before-%zu", F.path, n);
    assert_true(file_exists(path));
}

static void test_people_keep_the_projects_they_could_see(void **state)
{
    struct store *s;

    (void)state;
    for (size_t i = 0; i < 2; i++)
        folder_sql(&F, (const char *)MIGRATIONS_FILES[i].bytes);
    /* two projects and a person of each role */
    folder_sql(
        &F, "INSERT INTO user (id, name, role, created_at) VALUES (10, 'a', 'annotator', 0), "
            "(11, 'r', 'reviewer', 0), (12, 'm', 'manager', 0), (13, 'x', 'admin', 0); "
            "INSERT INTO project (id, name, kind, question_version, overlap, explore, seed, "
            "created_at) VALUES (1, 'p', 'text', 1, 1, 0.1, 1, 0), "
            "(2, 'q', 'text', 1, 1, 0.1, 1, 0)");
    CHECK_OK(store_open(&s, F.path, STORE_WRITE));
    store_close(s);
    assert_int_equal(folder_number(&F, "SELECT count(*) FROM member"), 6);
    assert_int_equal(folder_number(&F, "SELECT count(*) FROM member m JOIN user u "
                                       "ON u.id = m.user_id WHERE m.role <> u.role"),
                     0);
}

/* A database as it was before items could be searched: three items, one of them labelled. */
static const char BEFORE_SEARCH[] =
    "INSERT INTO project (id, name, kind, question_version, overlap, explore, seed, created_at) "
    "VALUES (1, 'p', 'text', 1, 1, 0.1, 1, 0);"
    "INSERT INTO item (id, project_id, hash, format, n_bytes, path, meta, shuffle, created_at) "
    "VALUES (5, 1, zeroblob(32), 'text/plain', 3, 'a/b/1.txt', '{\"site\":\"7\"}', 1, 0), "
    "(6, 1, randomblob(32), 'image/png', 3, 'a/Old boat.png', '{\"site\":\"8\"}', 2, 0), "
    "(7, 1, randomblob(32), 'text/plain', 3, '3.txt', '{}', 3, 0);"
    "INSERT INTO item_text VALUES (5, 'a red car'), (7, 'blue');"
    "INSERT INTO label (item_id, user_id, project_id, seq, client_id, answer, \"values\", "
    "question_version, elapsed_ms, at) VALUES (5, 1, 1, 1, zeroblob(16), 'accept', "
    "'{\"class\":[\"x\",\"y\"]}', 1, 0, 0)";

static void check_search(struct store *s, struct item_search q, int64_t id)
{
    struct arena a;
    struct found f;

    arena_init(&a, MIB);
    q.project_id = 1;
    q.state = ITEM_STATES;
    q.limit = 10;
    q.budget_us = 1000000;
    CHECK_OK(store_search(s, &a, &q, &f));
    assert_int_equal(f.n, 1);
    assert_int_equal(f.ids[0], id);
    arena_free(&a);
}

static void test_items_from_before_there_was_a_search_are_found(void **state)
{
    struct store *s;

    (void)state;
    for (size_t i = 0; i < 10; i++)
        folder_sql(&F, (const char *)MIGRATIONS_FILES[i].bytes);
    folder_sql(&F, BEFORE_SEARCH);
    CHECK_OK(store_open(&s, F.path, STORE_WRITE));
    check_search(s, (struct item_search){.text = "car"}, 5);
    check_search(s, (struct item_search){.text = "boat"}, 6);
    check_search(s, (struct item_search){.folder = "a/b"}, 5);
    check_search(s, (struct item_search){.meta = {{"site", "8"}}, .n_meta = 1}, 6);
    check_search(s, (struct item_search){.question = "class", .class_name = "y"}, 5);
    store_close(s);
    assert_int_equal(folder_number(&F, "SELECT items FROM facet WHERE value = 'a'"), 2);
    assert_int_equal(folder_number(&F, "SELECT n_values FROM facet_key WHERE key = 'site'"), 2);
    assert_int_equal(folder_number(&F, "SELECT items FROM class_count WHERE class = 'x'"), 1);
}

static void test_a_migration_that_fails_changes_nothing(void **state)
{
    struct embedded_file list[64];
    struct store *s;
    size_t n =
        with_another(list, "CREATE TABLE half (id INTEGER) STRICT; SELECT no_such_thing()");

    (void)state;
    CHECK_OK(store_open(&s, F.path, STORE_WRITE));
    assert_int_not_equal(migrate(s, list, n), OK);
    assert_non_null(strstr(err_message(), "next.sql"));
    store_close(s);
    assert_int_equal(folder_number(&F, "PRAGMA user_version"), MIGRATIONS_N);
    assert_int_equal(
        folder_number(&F, "SELECT count(*) FROM sqlite_schema WHERE name = 'half'"), 0);
}

static void test_a_migration_must_set_its_own_version(void **state)
{
    struct embedded_file list[64];
    struct store *s;
    size_t n = with_another(list, "CREATE TABLE extra (id INTEGER) STRICT");

    (void)state;
    CHECK_OK(store_open(&s, F.path, STORE_WRITE));
    CHECK_FAILS(migrate(s, list, n), ERR_CORRUPT, "next.sql left version");
    store_close(s);
}

static void test_a_newer_database_is_refused_with_a_sentence(void **state)
{
    struct store *s;

    (void)state;
    CHECK_OK(store_open(&s, F.path, STORE_WRITE));
    store_close(s);
    folder_sql(&F, "PRAGMA user_version = 9999");
    CHECK_FAILS(store_open(&s, F.path, STORE_WRITE), ERR_CONFLICT, "use the newer program");
    CHECK_FAILS(store_open(&s, F.path, STORE_READ), ERR_CONFLICT, "use the newer program");
}

static void test_a_reader_refuses_an_older_database(void **state)
{
    struct store *s;

    (void)state;
    CHECK_OK(store_open(&s, F.path, STORE_WRITE));
    store_close(s);
    folder_sql(&F, "PRAGMA user_version = 0");
    CHECK_FAILS(store_open(&s, F.path, STORE_READ), ERR_CONFLICT, "start the server once");
}

static void *open_one(void *context)
{
    struct store *s;

    *(enum err *)context = store_open(&s, F.path, STORE_WRITE);
    store_close(s);
    return NULL;
}

static void test_two_that_open_a_new_folder_at_once_both_succeed(void **state)
{
    pthread_t threads[4];
    enum err e[4];

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, open_one, &e[i]), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 4; i++)
        assert_int_equal(e[i], OK);
    assert_int_equal(folder_number(&F, "PRAGMA user_version"), MIGRATIONS_N);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_applied_migrations_are_frozen),
        CASE(test_a_fresh_database_has_the_last_version_and_whole_tables),
        CASE(test_encoders_and_rounds_from_before_there_were_parts_go_on),
        CASE(test_an_older_database_is_copied_and_brought_up_to_date),
        CASE(test_people_keep_the_projects_they_could_see),
        CASE(test_items_from_before_there_was_a_search_are_found),
        CASE(test_a_migration_that_fails_changes_nothing),
        CASE(test_a_migration_must_set_its_own_version),
        CASE(test_a_newer_database_is_refused_with_a_sentence),
        CASE(test_a_reader_refuses_an_older_database),
        CASE(test_two_that_open_a_new_folder_at_once_both_succeed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
