#include "check.h"
#include "domain/ledger.h"
#include "unit/domain/world.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OFF                                                                                    \
    "DROP TRIGGER ledger_keeps_rows; DROP TRIGGER ledger_keeps_all; "                          \
    "DROP TRIGGER ledger_head_keeps_rows; DROP TRIGGER ledger_head_keeps_all; "

static struct world W;

/* Two questions events and project events come first (no. 1, 2); then labels 3 to 8, one of
 * them replaced, one taken back. */
static int up(void **state)
{
    struct label_new n;
    struct label_result r;
    struct lease l;
    struct label_retraction x;

    (void)state;
    world_new(&W, 6, 1);
    for (int i = 0; i < 3; i++) {
        l = world_lease(&W, W.user[i], NOW);
        n = world_label(&W, l.item_id, W.user[i], ANSWER_ACCEPT, "a");
        n.lease_id = l.id;
        CHECK_OK(world_try(&W, &n));
    }
    world_submit(&W, n.item_id, W.user[2], ANSWER_ACCEPT, "b");
    l = world_lease(&W, W.user[4], NOW);
    n = world_label(&W, l.item_id, W.user[4], ANSWER_FLAG, NULL);
    CHECK_OK(world_try(&W, &n));
    x = (struct label_retraction){W.p.id, W.user[4], n.id, {{0}}};
    uuid_new(&x.id);
    CHECK_OK(label_retract(W.s, &W.a, &x, NOW, &r, &l));
    assert_int_equal(r.seq, 8);
    return 0;
}

static int down(void **state)
{
    (void)state;
    world_free(&W);
    return 0;
}

static void assert_found(const char *sql, const char *words)
{
    char first[400];

    assert_int_equal(world_verify(&W, first), 0);
    folder_sql(&W.folder, sql);
    if (!world_verify(&W, first)) fail_msg("not found: %s", sql);
    if (!strstr(first, words)) fail_msg("%s: the first problem is: %s", sql, first);
}

static void test_an_untouched_ledger_verifies(void **state)
{
    char first[400];

    (void)state;
    if (world_verify(&W, first)) fail_msg("%s", first);
}

static void test_the_table_refuses_changes_and_deletions(void **state)
{
    (void)state;
    assert_int_equal(folder_number(&W.folder, "SELECT count(*) FROM sqlite_schema WHERE type = "
                                              "'trigger' AND tbl_name LIKE 'ledger%'"),
                     4);
}

/* Every column of every row, one at a time, each in a world of its own. */
static void test_a_changed_byte_in_any_column_of_any_row_is_found(void **state)
{
    static const char *const CHANGES[] = {
        "at = at + 1",
        "kind = 'Label'",
        "project_id = coalesce(project_id, 0) + 1",
        "project_id = 0",
        "item_id = coalesce(item_id, 0) + 1",
        "item_id = coalesce(item_id, 0) - coalesce(item_id, 0)",
        "user_id = coalesce(user_id, 0) + 1",
        "user_id = CASE WHEN user_id IS NULL THEN 0 END",
        "client_id = CASE WHEN client_id IS NULL THEN zeroblob(16) END",
        "client_id = randomblob(16)",
        "body = body || ' '",
        "body = replace(body, ':', ': ')",
        "previous = randomblob(32)",
        "hash = randomblob(32)",
        "kind = kind || char(0) || 'x'",
    };
    char sql[400];

    (void)state;
    folder_sql(&W.folder, OFF "CREATE TABLE kept AS SELECT * FROM ledger");
    for (size_t c = 0; c < sizeof CHANGES / sizeof *CHANGES; c++) {
        for (int seq = 1; seq <= 8; seq++) {
            snprintf(sql, sizeof sql,
                     "PRAGMA foreign_keys = OFF; UPDATE ledger SET %s WHERE seq = %d",
                     CHANGES[c], seq);
            folder_sql(&W.folder, sql);
            if (!world_verify(&W, NULL)) fail_msg("not found: %s", sql);
            folder_sql(&W.folder, "DELETE FROM ledger; INSERT INTO ledger SELECT * FROM kept");
        }
    }
    assert_int_equal(world_verify(&W, NULL), 0);
}

static void test_a_changed_byte_is_named_by_its_number(void **state)
{
    (void)state;
    assert_found(OFF "UPDATE ledger SET body = replace(body, '1234', '1235') WHERE seq = 4",
                 "ledger no. 4 was changed");
}

static void test_a_row_changed_with_its_hash_breaks_the_chain(void **state)
{
    struct ledger_row r;
    char sql[300], hex[HASH_HEX];

    (void)state;
    CHECK_OK(store_ledger_get(W.s, &W.a, 4, &r));
    r.at++;
    ledger_row_hash(&r, &r.hash);
    hash_hex(hex, &r.hash);
    snprintf(sql, sizeof sql, OFF "UPDATE ledger SET at = at + 1, hash = x'%s' WHERE seq = 4",
             hex);
    assert_found(sql, "the signature of head no. 4 does not fit");
}

static void test_a_deleted_row_is_found(void **state)
{
    (void)state;
    assert_found("PRAGMA foreign_keys = OFF; " OFF "DELETE FROM ledger WHERE seq = 5",
                 "ledger no. 5 is missing");
}

static void test_a_deleted_first_row_is_found(void **state)
{
    (void)state;
    assert_found("PRAGMA foreign_keys = OFF; " OFF "DELETE FROM ledger WHERE seq = 1",
                 "ledger no. 1 is missing");
}

static void test_a_deleted_last_row_is_found(void **state)
{
    (void)state;
    assert_found("PRAGMA foreign_keys = OFF; " OFF "DELETE FROM ledger WHERE seq = 8",
                 "the ledger ends at no. 7, but no. 8 was signed");
}

static void test_a_last_row_deleted_with_its_head_shows_in_the_labels(void **state)
{
    (void)state;
    assert_found("PRAGMA foreign_keys = OFF; " OFF "DELETE FROM ledger WHERE seq = 8; "
                 "DELETE FROM ledger_head WHERE seq = 8",
                 "ledger no. 7");
}

static void test_two_rows_swapped_are_found(void **state)
{
    (void)state;
    assert_found("PRAGMA foreign_keys = OFF; " OFF "UPDATE ledger SET seq = 100 WHERE seq = 4; "
                 "UPDATE ledger SET seq = 4 WHERE seq = 5; "
                 "UPDATE ledger SET seq = 5 WHERE seq = 100",
                 "ledger no. 4");
}

/* A whole row as the program would write it, but without the key. */
static void forge_row(void)
{
    struct ledger_row last, r;
    char sql[1000], previous[HASH_HEX], hash[HASH_HEX];

    CHECK_OK(store_ledger_get(W.s, &W.a, 8, &last));
    r = (struct ledger_row){
        .seq = 9, .at = NOW, .kind = "note", .body = "{}", .n_body = 2, .previous = last.hash};
    ledger_row_hash(&r, &r.hash);
    hash_hex(previous, &r.previous);
    hash_hex(hash, &r.hash);
    snprintf(
        sql, sizeof sql,
        "INSERT INTO ledger (seq, at, kind, body, previous, hash) VALUES (9, %lld, 'note', "
        "'{}', x'%s', x'%s')",
        (long long)NOW, previous, hash);
    folder_sql(&W.folder, sql);
}

static void test_an_appended_row_without_a_head_is_found(void **state)
{
    char first[400];

    (void)state;
    forge_row();
    assert_int_equal(world_verify(&W, first), 1);
    assert_non_null(strstr(first, "are not signed"));
}

static void test_an_appended_row_with_a_head_of_another_key_is_found(void **state)
{
    struct sign_key key;
    struct ledger_row r;
    uint8_t text[64], signature[SIGNATURE_BYTES];
    char sql[600], hex[2 * SIGNATURE_BYTES + 1], key_hex[65], first[400];

    (void)state;
    forge_row();
    CHECK_OK(store_ledger_get(W.s, &W.a, 9, &r));
    sign_key_new(&key);
    memset(text, 0, sizeof text);
    memcpy(text, "exemplar head 1\n", 16);
    for (int i = 0; i < 8; i++) {
        text[16 + i] = (uint8_t)(9ULL >> (56 - 8 * i));
        text[24 + i] = (uint8_t)((uint64_t)NOW >> (56 - 8 * i));
    }
    memcpy(text + 32, r.hash.bytes, HASH_BYTES);
    sign(signature, &key, text, sizeof text);
    assert_true(sign_is_valid(signature, key.public_half, text, sizeof text));
    hex_of(hex, signature, sizeof signature);
    hex_of(key_hex, key.public_half, 32);
    snprintf(sql, sizeof sql, "INSERT INTO ledger_head VALUES (9, %lld, x'%s', x'%s')",
             (long long)NOW, hex, key_hex);
    folder_sql(&W.folder, sql);
    assert_int_equal(world_verify(&W, first), 1);
    assert_non_null(strstr(first, "the signature of head no. 9"));
}

static void test_nothing_is_signed_on_top_of_a_foreign_row(void **state)
{
    struct label_new n = world_label(&W, W.first, W.user[9], ANSWER_SKIP, NULL);
    struct store *fresh;
    struct label_result r;

    (void)state;
    forge_row();
    CHECK_FAILS(world_try(&W, &n), ERR_CORRUPT, "ledger no. 9 has no valid signature");
    CHECK_OK(store_open(&fresh, W.folder.path, STORE_WRITE));
    CHECK_FAILS(label_submit(fresh, &W.a, &n, NOW, &r), ERR_CORRUPT, "exemplar verify");
    store_close(fresh);
}

static void test_a_changed_head_is_found(void **state)
{
    (void)state;
    assert_found(OFF "UPDATE ledger_head SET signature = randomblob(64) "
                     "WHERE seq = 4",
                 "the signature of head no. 4");
}

static void test_a_changed_time_or_key_of_a_head_is_found(void **state)
{
    (void)state;
    assert_found(OFF "UPDATE ledger_head SET at = at + 1 WHERE seq = 5", "head no. 5");
    assert_true(world_verify(&W, NULL) > 0);
    folder_sql(&W.folder, "UPDATE ledger_head SET at = at - 1 WHERE seq = 5");
    assert_found("UPDATE ledger_head SET public_key = zeroblob(32) WHERE seq = 6",
                 "head no. 6");
}

static void test_a_deleted_last_head_is_found(void **state)
{
    (void)state;
    assert_found(OFF "DELETE FROM ledger_head WHERE seq = 8", "are not signed");
}

static void test_a_label_changed_by_hand_is_found(void **state)
{
    static const char *const CHANGES[] = {"\"values\" = '{\"class\":\"c\"}'",
                                          "answer = 'flag'",
                                          "elapsed_ms = 1",
                                          "at = at + 1",
                                          "seq = seq - 1",
                                          "question_version = 2",
                                          "pick_id = 77",
                                          "reason = 'forged'",
                                          "client_id = zeroblob(16)"};
    char sql[300];

    (void)state;
    for (size_t i = 0; i < sizeof CHANGES / sizeof *CHANGES; i++) {
        snprintf(sql, sizeof sql, "UPDATE label SET %s WHERE seq = 3", CHANGES[i]);
        assert_found(sql, "ledger no. 3");
        CHECK_OK(label_rebuild(W.s));
    }
}

static void test_a_label_removed_or_invented_by_hand_is_found(void **state)
{
    (void)state;
    assert_found("DELETE FROM label WHERE seq = 3", "is missing among the current labels");
    CHECK_OK(label_rebuild(W.s));
    assert_found(
        "INSERT INTO label SELECT item_id, 20, project_id, seq, client_id, answer, "
        "\"values\", question_version, pick_id, elapsed_ms, at, reason, doubted FROM label "
        "WHERE seq = 3",
        "that is not in the ledger");
    CHECK_OK(label_rebuild(W.s));
    assert_found("INSERT INTO label SELECT item_id, user_id, project_id, 7, client_id, 'flag', "
                 "'{}', 1, NULL, 1234, at, NULL, 0 FROM ledger WHERE seq = 7",
                 "that ledger no. 8 took back");
}

static void test_a_state_changed_by_hand_is_found(void **state)
{
    (void)state;
    assert_found(
        "UPDATE item SET state = 3 WHERE id = (SELECT item_id FROM label WHERE seq = 3)",
        "its labels make it labelled");
    CHECK_OK(label_rebuild(W.s));
    assert_found("UPDATE item SET n_answers = 2 WHERE id = (SELECT max(id) FROM item WHERE "
                 "state = 0)",
                 "its labels make it open with 0");
}

static void test_changed_counts_are_found(void **state)
{
    (void)state;
    assert_found("UPDATE project_count SET labelled = labelled + 1", "are kept as its count");
    folder_sql(&W.folder, "UPDATE project_count SET labelled = labelled - 1");
    assert_found("UPDATE member_count SET open_skipped = 1", "kept counts of user");
}

static void test_a_changed_item_is_found(void **state)
{
    (void)state;
    assert_found("UPDATE item SET hash = zeroblob(32) WHERE id = (SELECT item_id FROM ledger "
                 "WHERE seq = 3)",
                 "other content than its item now has");
}

static void test_a_changed_receipt_is_found(void **state)
{
    (void)state;
    assert_found("UPDATE pick SET reason = 'because I said so' WHERE id = (SELECT pick_id FROM "
                 "label WHERE seq = 3)",
                 "other content than its receipt now has");
}

static void test_a_changed_project_or_question_set_is_found(void **state)
{
    (void)state;
    assert_found("UPDATE question_set SET body = replace(body, '\"a\"', '\"d\"')",
                 "are not those of ledger no. 2");
    folder_sql(&W.folder, "UPDATE question_set SET body = replace(body, '\"d\"', '\"a\"')");
    assert_found("UPDATE project SET seed = seed - 1", "is not as ledger no. 1 set it");
}

static void test_a_lost_key_is_never_replaced_by_a_new_one(void **state)
{
    struct label_new n = world_label(&W, W.first, W.user[9], ANSWER_SKIP, NULL);
    struct store *fresh;
    struct label_result r;
    char path[128];

    (void)state;
    snprintf(path, sizeof path, "%s/keys/ledger.key", W.folder.path);
    assert_int_equal(unlink(path), 0);
    CHECK_OK(store_open(&fresh, W.folder.path, STORE_WRITE));
    CHECK_FAILS(label_submit(fresh, &W.a, &n, NOW, &r), ERR_CORRUPT,
                "put it back from a backup");
    CHECK_FAILS(ledger_attach(fresh, NULL), ERR_CORRUPT, "put it back");
    store_close(fresh);
}

static void test_a_row_of_the_documented_format_has_this_hash(void **state)
{
    struct ledger_row r = {.seq = 1,
                           .at = 2,
                           .kind = "label",
                           .project_id = 3,
                           .user_id = 5,
                           .has_client_id = 1,
                           .body = "{\"a\":1}",
                           .n_body = 7};
    struct hash h;
    char text[HASH_HEX];

    (void)state;
    for (int i = 0; i < 16; i++)
        r.client_id.bytes[i] = (uint8_t)i;
    ledger_row_hash(&r, &h);
    hash_hex(text, &h);
    /* By Python's hashlib.blake2b over the bytes that ledger.h describes. */
    assert_string_equal(text,
                        "7d288d92c7c40ea3eab394304b1f68ca4645d557d0648d23ed3c16d5007164e4");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_an_untouched_ledger_verifies),
        CASE(test_the_table_refuses_changes_and_deletions),
        CASE(test_a_changed_byte_in_any_column_of_any_row_is_found),
        CASE(test_a_changed_byte_is_named_by_its_number),
        CASE(test_a_row_changed_with_its_hash_breaks_the_chain),
        CASE(test_a_deleted_row_is_found),
        CASE(test_a_deleted_first_row_is_found),
        CASE(test_a_deleted_last_row_is_found),
        CASE(test_a_last_row_deleted_with_its_head_shows_in_the_labels),
        CASE(test_two_rows_swapped_are_found),
        CASE(test_an_appended_row_without_a_head_is_found),
        CASE(test_an_appended_row_with_a_head_of_another_key_is_found),
        CASE(test_nothing_is_signed_on_top_of_a_foreign_row),
        CASE(test_a_changed_head_is_found),
        CASE(test_a_changed_time_or_key_of_a_head_is_found),
        CASE(test_a_deleted_last_head_is_found),
        CASE(test_a_label_changed_by_hand_is_found),
        CASE(test_a_label_removed_or_invented_by_hand_is_found),
        CASE(test_a_state_changed_by_hand_is_found),
        CASE(test_changed_counts_are_found),
        CASE(test_a_changed_item_is_found),
        CASE(test_a_changed_receipt_is_found),
        CASE(test_a_changed_project_or_question_set_is_found),
        CASE(test_a_lost_key_is_never_replaced_by_a_new_one),
        CASE(test_a_row_of_the_documented_format_has_this_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
