/* The command line as scripts use it: words, exit codes, lines of JSON, and what goes wrong. */
#include "check.h"

#include "base/file.h"
#include "base/hash.h"
#include "fault/program.h"
#include "jobs/sample.h"
#include "unit/store/folder.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct folder F;
static char data[100], files[100];

static int set_up(void **state)
{
    (void)state;
    folder_new(&F);
    snprintf(data, sizeof data, "%s/data", F.path);
    snprintf(files, sizeof files, "%s/files", F.path);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(&F);
    return 0;
}

/* The n-th line of a command's output as JSON, a new reference. */
static json_t *json_line(const char *in, int n, const char *const *args)
{
    struct buf out;
    const char *line;
    json_t *o;

    buf_init(&out, 16 * MIB);
    assert_int_equal(program_run(&out, in, args), 0);
    line = out.data ? out.data : "";
    for (int i = 0; i < n; i++)
        line = strchr(line, '\n') + 1;
    CHECK_OK(json_read(&o, line, strcspn(line, "\n")));
    buf_free(&out);
    return o;
}
#define JSON(n, ...)                                                                           \
    json_line(NULL, (n), (const char *const[]){__VA_ARGS__, "--data", data, NULL})

static void expect_text(json_t *o, const char *key, const char *text)
{
    const char *got = json_string_value(json_object_get(o, key));

    if (!got || strcmp(got, text) != 0) fail_msg("%s is %s", key, got ? got : "missing");
}

static void test_wrong_usage_exits_2_and_failure_1(void **state)
{
    (void)state;
    assert_int_equal(RUN("no-such-command"), 2);
    assert_int_equal(RUN("train", "--data", data), 2);
    assert_int_equal(RUN("predict", "--data", data), 2);
    assert_int_equal(RUN("import", "--data", data), 2);
    assert_int_equal(RUN("project", "list", "--colour", "--data", data), 2);
    assert_int_equal(RUN("project", "create", "x", "--kind", "sound", "--classes", "a"), 2);
    assert_int_equal(RUN("pick", "--project", "p", "-n", "many", "--data", data), 2);
    assert_int_equal(RUN("serve", "--listen", "0.0.0.0:0", "--data", data), 2);
    assert_int_equal(RUN("project", "list", "--data", "/nowhere/at/all"), 1);
    assert_int_equal(RUN("verify", "--data", "/nowhere/at/all"), 1);
    assert_int_equal(RUN("--help"), 0);
    assert_int_equal(RUN("import", "--help"), 0);
    assert_int_equal(RUN("routes"), 0);
}

static void test_people_and_tokens(void **state)
{
    (void)state;
    json_t *o =
        json_line("a long password\n", 0,
                  (const char *const[]){"user", "add", "ada", "--role", "admin",
                                        "--password-stdin", "--json", "--data", data, NULL});

    expect_text(o, "name", "ada");
    expect_text(o, "role", "admin");
    json_decref(o);
    o = JSON(0, "user", "add", "bob", "--json");
    assert_int_equal(strncmp(json_string_value(json_object_get(o, "link")), "/#/setup/", 9), 0);
    json_decref(o);
    assert_int_equal(program_run(NULL, "short\n",
                                 (const char *const[]){"user", "add", "eve", "--password-stdin",
                                                       "--data", data, NULL}),
                     1);
    assert_int_equal(RUN("user", "add", "ada", "--data", data), 1);
    o = JSON(0, "token", "add", "ada");
    assert_int_equal(strlen(json_string_value(json_object_get(o, "token"))), 43);
    json_decref(o);
    o = JSON(1, "user", "list", "--json");
    expect_text(o, "name", "bob");
    json_decref(o);
    assert_int_equal(RUN("user", "disable", "bob", "--data", data), 0);
    assert_int_equal(RUN("user", "disable", "ada", "--data", data),
                     1); /* the last administrator */
}

static void test_a_person_is_erased_and_a_program_gets_its_own_tokens(void **state)
{
    json_t *o;

    (void)state;
    assert_int_equal(RUN("user", "add", "zoe", "--data", data), 0);
    assert_int_equal(RUN("user", "sign-out", "zoe", "--data", data), 0);
    o = JSON(0, "user", "erase", "zoe", "--json");
    assert_int_equal(strncmp(json_string_value(json_object_get(o, "name")), "erased ", 7), 0);
    json_decref(o);
    assert_int_equal(RUN("user", "sign-out", "zoe", "--data", data), 1);
    assert_int_equal(RUN("user", "add", "nightly", "--service", "--data", data), 0);
    assert_int_equal(RUN("user", "passwd", "nightly", "--data", data), 1);
    assert_int_equal(RUN("token", "add", "nightly", "--scopes", "read,fly", "--data", data), 2);
    o = JSON(0, "token", "add", "nightly", "--scopes", "read,export");
    assert_int_equal(strlen(json_string_value(json_object_get(o, "token"))), 43);
    json_decref(o);
}

/* The last row but n, of what the command line did. */
static void expect_deed(int n, const char *action)
{
    struct buf out;
    const char *at;
    json_t *o;

    buf_init(&out, 16 * MIB);
    assert_int_equal(
        program_run(&out, NULL, (const char *const[]){"audit", "--json", "--data", data, NULL}),
        0);
    at = out.data + out.size - 1; /* the last line end */
    for (int i = 0; i <= n; i++)
        at = memrchr(out.data, '\n', (size_t)(at - out.data));
    CHECK_OK(json_read(&o, at + 1, strcspn(at + 1, "\n")));
    expect_text(o, "action", action);
    expect_text(o, "via", "command");
    json_decref(o);
    buf_free(&out);
}

static void test_what_the_command_line_does_is_in_the_audit_log(void **state)
{
    (void)state;
    expect_deed(0, "token.made");
    expect_deed(1, "user.added");
    expect_deed(2, "user.erased");
    assert_int_equal(RUN("audit", "--data", data), 0);
    assert_int_equal(RUN("audit", "--project", "nowhere", "--data", data), 1);
    assert_int_equal(RUN("verify", "--data", data), 0);
}

static void test_people_join_and_leave_projects(void **state)
{
    json_t *o;

    (void)state;
    assert_int_equal(RUN("project", "create", "letters", "--kind", "text", "--classes", "a,b",
                         "--data", data),
                     0);
    assert_int_equal(RUN("user", "add", "eve", "--role", "reviewer", "--data", data), 0);
    o = JSON(1, "user", "list", "--project", "letters", "--json"); /* bob, eve; ada is admin */
    expect_text(o, "name", "eve");
    expect_text(o, "role", "reviewer");
    json_decref(o);
    assert_int_equal(RUN("user", "leave", "eve", "--project", "letters", "--data", data), 0);
    assert_int_equal(RUN("user", "leave", "eve", "--project", "letters", "--data", data), 1);
    o = JSON(0, "user", "join", "eve", "--project", "letters", "--role", "manager", "--json");
    expect_text(o, "role", "manager");
    json_decref(o);
    o = JSON(0, "user", "join", "eve", "--project", "letters", "--json"); /* the account's */
    expect_text(o, "role", "reviewer");
    json_decref(o);
    assert_int_equal(RUN("user", "join", "ada", "--project", "letters", "--data", data), 1);
    assert_int_equal(RUN("user", "join", "eve", "--data", data), 2);
    assert_int_equal(RUN("user", "join", "eve", "--project", "none", "--data", data), 1);
}

static void make_pictures(int n)
{
    struct buf jpeg;

    buf_init(&jpeg, MIB);
    CHECK_OK(folder_make(files));
    for (int i = 0; i < n; i++) {
        char path[200];
        int unused;

        buf_clear(&jpeg);
        CHECK_OK(sample_picture(&jpeg, 2, (size_t)i, &unused));
        snprintf(path, sizeof path, "%s/%d.jpg", files, i);
        CHECK_OK(file_write(path, jpeg.data, jpeg.size));
    }
    buf_free(&jpeg);
}

static void expect_same_bytes(const char *a, const char *b)
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

/* Pictures, renditions, model, latents and rounds: what was restored works as it did. */
static void a_project_moves(void)
{
    char packed[200];
    char again[200];
    char elsewhere[200];
    json_t *o;

    snprintf(packed, sizeof packed, "%s/p.exemplar", F.path);
    snprintf(again, sizeof again, "%s/again.exemplar", F.path);
    snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", F.path);
    o = JSON(0, "project", "archive", "p", packed, "--json");
    assert_true(json_integer_value(json_object_get(o, "files")) > 40);
    json_decref(o);
    assert_int_equal(RUN("project", "restore", packed, "--data", elsewhere), 0);
    assert_int_equal(RUN("project", "restore", packed, "--data", elsewhere), 1);
    assert_int_equal(RUN("verify", "--data", elsewhere), 0);
    assert_int_equal(RUN("pick", "--project", "p", "--replay", "1", "--data", elsewhere), 0);
    assert_int_equal(RUN("project", "archive", "p", again, "--data", elsewhere), 0);
    expect_same_bytes(packed, again);
}

static void test_the_pipeline_by_hand(void **state)
{
    (void)state;
    json_t *o = JSON(0, "project", "create", "p", "--kind", "image", "--classes", "a, b,c");
    char path[200];

    expect_text(o, "name", "p");
    json_decref(o);
    make_pictures(40);
    o = JSON(39, "import", "--project", "p", files, "--json");
    expect_text(o, "outcome", "imported");
    assert_int_equal(json_integer_value(json_object_get(o, "row")), 40);
    json_decref(o);
    assert_int_equal(RUN("encode", "--project", "p", "--data", data), 0);
    o = JSON(4, "pick", "--project", "p", "-n", "5");
    assert_true(json_integer_value(json_object_get(o, "item")) > 0);
    expect_text(json_object_get(o, "receipt"), "strategy", "maxherd");
    json_decref(o);
    assert_int_equal(RUN("pick", "--project", "p", "--replay", "1", "--data", data), 0);
    a_project_moves();
    snprintf(path, sizeof path, "%s/out.csv", F.path);
    assert_int_equal(
        RUN("export", "--project", "p", "--format", "csv", "-o", path, "--data", data), 0);
    assert_true(file_exists(path));
    snprintf(path, sizeof path, "%s/no.txt", F.path);
    CHECK_OK(file_write(path, "not a picture", 13));
    assert_int_equal(RUN("import", "--project", "p", path, "--data", data), 1);
    assert_int_equal(RUN("import", "--project", "none", path, "--data", data), 1);
}

/* Sentences of two topics, a text file each, in a folder for each topic. */
static void make_texts(int n)
{
    for (int i = 0; i < n; i++) {
        char path[300];
        struct buf text;
        int topic;

        buf_init(&text, MIB);
        CHECK_OK(sample_sentence(&text, 2, (size_t)i, &topic));
        snprintf(path, sizeof path, "%s/texts/%s", F.path, topic % 2 ? "odd" : "even");
        CHECK_OK(folder_make(path));
        snprintf(path, sizeof path, "%s/texts/%s/%d.txt", F.path, topic % 2 ? "odd" : "even",
                 i);
        CHECK_OK(file_write(path, text.data, text.size));
        buf_free(&text);
    }
}

static void expect_traces(int64_t model)
{
    char named[30];
    char label[60];
    json_t *o;

    snprintf(named, sizeof named, "%lld", (long long)model);
    o = JSON(1, "trace", named); /* behind the version's own line */
    assert_true(json_is_true(json_object_get(o, "taught")));
    snprintf(label, sizeof label, "%s", json_string_value(json_object_get(o, "label")));
    json_decref(o);
    o = JSON(0, "trace", label);
    assert_int_equal(json_integer_value(json_object_get(
                         json_array_get(json_object_get(o, "models"), 0), "model")),
                     model);
    json_decref(o);
}

static void test_a_classifier_is_taught_asked_and_traced(void **state)
{
    char path[200];
    char packed[200];
    char elsewhere[200];
    json_t *o;
    json_t *there;

    (void)state;
    make_texts(60);
    snprintf(path, sizeof path, "%s/texts", F.path);
    json_decref(
        JSON(0, "project", "create", "topics", "--kind", "text", "--classes", "odd,even"));
    assert_int_equal(RUN("train", "--project", "topics", "--data", data),
                     1); /* nothing to teach */
    assert_int_equal(
        RUN("import", "--project", "topics", "--labels-from", "folder", path, "--data", data),
        0);
    o = JSON(0, "train", "--project", "topics", "--json");
    assert_int_equal(json_integer_value(json_object_get(o, "taught")), 60);
    assert_int_equal(json_array_size(json_object_get(o, "classes")), 2);
    assert_int_equal(json_array_size(json_object_get(o, "interval")), 2);
    assert_true(json_is_array(json_object_get(o, "alarms")));
    assert_true(json_number_value(json_object_get(o, "accuracy")) > 0.5);
    expect_traces(json_integer_value(json_object_get(o, "model")));
    json_decref(o);
    snprintf(path, sizeof path, "%s/new.csv", F.path);
    CHECK_OK(file_write(path, "text\nIt will rain\n", 18));
    o = JSON(0, "predict", "--model", "topics/1", path);
    assert_non_null(json_string_value(json_object_get(o, "class")));
    assert_true(json_is_boolean(json_object_get(o, "unknown")));
    snprintf(packed, sizeof packed, "%s/topics.exemplar", F.path);
    snprintf(elsewhere, sizeof elsewhere, "%s/topics-elsewhere", F.path);
    assert_int_equal(RUN("project", "archive", "topics", packed, "--data", data), 0);
    assert_int_equal(RUN("project", "restore", packed, "--data", elsewhere), 0);
    there = json_line(NULL, 0,
                      (const char *const[]){"predict", "--model", "topics/1", path, "--data",
                                            elsewhere, NULL});
    assert_true(json_equal(o, there)); /* the version has moved with its project */
    json_decref(o);
    json_decref(there);
    CHECK_OK(file_write(path, "\x89PNG\r\n\x1a\n", 8)); /* no table: its line says so */
    assert_int_equal(RUN("predict", "--model", "topics/1", path, "--data", data), 1);
    assert_int_equal(RUN("predict", "--model", "topics/2", path, "--data", data), 1);
    assert_int_equal(RUN("predict", path, "--data", data), 2);
}

static void test_a_backup_is_whole_and_a_changed_byte_is_found(void **state)
{
    (void)state;
    char copy[100];
    struct folder f;

    snprintf(copy, sizeof copy, "%s/copy", F.path);
    assert_int_equal(RUN("backup", copy, "--data", data), 0);
    assert_int_equal(RUN("backup", copy, "--data", data), 1);
    assert_int_equal(RUN("verify", "--data", copy), 0);
    assert_int_equal(RUN("doctor", "--data", copy), 0);
    snprintf(f.path, sizeof f.path, "%.60s", copy);
    folder_sql(&f, "DROP TRIGGER ledger_keeps_rows");
    folder_sql(&f, "UPDATE ledger SET at = at + 1 WHERE seq = 1");
    assert_int_equal(RUN("verify", "--data", copy), 1);
    assert_int_equal(RUN("doctor", "--data", copy), 1);
    assert_int_equal(RUN("verify", "--data", data), 0);
}

static void test_one_server_per_folder_and_it_stops_when_asked(void **state)
{
    (void)state;
    struct server s;
    char fresh[100];
    json_t *reply;

    snprintf(fresh, sizeof fresh, "%s/fresh", F.path);
    server_start(&s, fresh);
    assert_int_equal(strlen(s.link), 43);
    assert_int_equal(http_ask(s.port, NULL, "GET", "/healthz", NULL, NULL), 200);
    assert_int_equal(RUN("serve", "--data", fresh, "--listen", "127.0.0.1:0"), 1);
    assert_int_equal(
        RUN("project", "create", "beside", "--kind", "text", "--classes", "a", "--data", fresh),
        0);
    assert_int_equal(http_ask(s.port, NULL, "GET", "/api/v1/projects", NULL, &reply), 401);
    json_decref(reply);
    assert_int_equal(server_stop(&s), 0);
    server_start(&s, fresh);
    assert_int_equal(strlen(s.link), 43); /* nobody has used it yet: a new one */
    assert_int_equal(server_stop(&s), 0);
}

static void test_an_interrupted_import_is_gone_on_with_by_the_same_command(void **state)
{
    (void)state;
    const char *args[] = {"import", "--project", "long", NULL, "--data", data, NULL};
    char path[200];
    struct buf b;
    pid_t pid;
    int status;
    json_t *o;

    buf_init(&b, 16 * MIB);
    CHECK_OK(buf_adds(&b, "text\n"));
    for (int i = 0; i < 60000; i++)
        CHECK_OK(buf_printf(&b, "sentence %d of many\n", i));
    snprintf(path, sizeof path, "%s/long.csv", F.path);
    CHECK_OK(file_write(path, b.data, b.size));
    buf_free(&b);
    assert_int_equal(
        RUN("project", "create", "long", "--kind", "text", "--classes", "a", "--data", data),
        0);
    args[3] = path;
    pid = program_start(args, NULL);
    usleep(600 * 1000);
    kill(pid, SIGINT);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    assert_int_equal(program_run(NULL, NULL, args), 0);
    o = JSON(0, "project", "show", "long");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(o, "counts"), "items")),
                     60000);
    json_decref(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_usage_exits_2_and_failure_1),
        cmocka_unit_test(test_people_and_tokens),
        cmocka_unit_test(test_a_person_is_erased_and_a_program_gets_its_own_tokens),
        cmocka_unit_test(test_what_the_command_line_does_is_in_the_audit_log),
        cmocka_unit_test(test_people_join_and_leave_projects),
        cmocka_unit_test(test_the_pipeline_by_hand),
        cmocka_unit_test(test_a_classifier_is_taught_asked_and_traced),
        cmocka_unit_test(test_a_backup_is_whole_and_a_changed_byte_is_found),
        cmocka_unit_test(test_one_server_per_folder_and_it_stops_when_asked),
        cmocka_unit_test(test_an_interrupted_import_is_gone_on_with_by_the_same_command),
    };
    return hash_start() ? 1 : cmocka_run_group_tests(tests, set_up, tear_down);
}
