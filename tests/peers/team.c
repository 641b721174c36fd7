#include "peers/team.h"

#include "check.h"

#include "base/clock.h"
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *line_of(const char *const *args)
{
    struct buf out;
    json_t *o;

    buf_init(&out, MIB);
    assert_int_equal(program_run(&out, NULL, args), 0);
    CHECK_OK(json_read(&o, out.data, strcspn(out.data, "\n")));
    buf_free(&out);
    return o;
}

static void person_add(struct team *t, int i)
{
    const char *data = t->folder.path;
    char name[20];
    json_t *o;

    snprintf(name, sizeof name, "person%d", i);
    assert_int_equal(
        RUN("user", "add", name, "--role", i ? "annotator" : "manager", "--data", data), 0);
    o = line_of((const char *const[]){"token", "add", name, "--data", data, NULL});
    snprintf(t->person[i].token, sizeof t->person[i].token, "%s",
             json_string_value(json_object_get(o, "token")));
    t->person[i].team = t;
    json_decref(o);
}

void team_new(struct team *t)
{
    memset(t, 0, sizeof *t);
    folder_new(&t->folder);
    snprintf(t->files, sizeof t->files, "%s/files", t->folder.path);
    CHECK_OK(folder_make(t->files));
    for (int i = 0; i < PEOPLE; i++)
        person_add(t, i);
    team_start(t);
}

void team_free(struct team *t)
{
    if (t->server.pid) assert_int_equal(server_stop(&t->server), 0);
    folder_remove(&t->folder);
}

void team_kill(struct team *t)
{
    server_kill(&t->server);
    t->server.pid = 0;
}

void team_start(struct team *t)
{
    server_start(&t->server, t->folder.path);
}

int64_t team_import(struct team *t, const char *name, int from, int n, int n_bytes)
{
    struct buf b;
    char path[200];
    int64_t started = clock_ticks_ms();

    buf_init(&b, 64 * MIB);
    CHECK_OK(buf_adds(&b, "text\n"));
    for (int i = from; i < from + n; i++) {
        CHECK_OK(buf_printf(&b, "%s: sentence number %d", name, i));
        for (int k = 30; k + 8 < n_bytes; k += 8)
            CHECK_OK(buf_printf(&b, " %07x", (unsigned)(i * 7919 + k) & 0xfffffff));
        CHECK_OK(buf_adds(&b, "\n"));
    }
    snprintf(path, sizeof path, "%s/%s-%d.tsv", t->files, name, from);
    CHECK_OK(file_write(path, b.data, b.size));
    buf_free(&b);
    assert_int_equal(RUN("import", "--project", name, path, "--data", t->folder.path), 0);
    return clock_ticks_ms() - started;
}

int64_t team_project(struct team *t, const char *name, int n, int n_bytes)
{
    const char *data = t->folder.path;
    json_t *o;
    int64_t id;

    assert_int_equal(
        RUN("project", "create", name, "--kind", "text", "--classes", "a,b", "--data", data),
        0);
    if (n) team_import(t, name, 0, n, n_bytes);
    o = line_of((const char *const[]){"project", "show", name, "--data", data, NULL});
    id = json_integer_value(json_object_get(o, "id"));
    json_decref(o);
    return id;
}

int team_ask(const struct team *t, const struct person *who, const char *method,
             const char *path, json_t *body, json_t **reply)
{
    char whole[300];
    int status;

    snprintf(whole, sizeof whole, "/api/v1%s", path);
    status = http_ask(t->server.port, who->token, method, whole, body, reply);
    json_decref(body);
    return status;
}

int team_lease(const struct team *t, const struct person *who, int64_t project, int n,
               int64_t *items)
{
    char path[100];
    json_t *reply;
    const json_t *leases;
    int n_given;

    snprintf(path, sizeof path, "/projects/%lld/leases", (long long)project);
    assert_int_equal(team_ask(t, who, "POST", path, json_pack("{s:i}", "n", n), &reply), 200);
    leases = json_object_get(reply, "leases");
    n_given = (int)json_array_size(leases);
    for (int i = 0; i < n_given; i++)
        items[i] = json_integer_value(
            json_object_get(json_object_get(json_array_get(leases, (size_t)i), "item"), "id"));
    json_decref(reply);
    return n_given;
}

int team_label(const struct team *t, const struct person *who, int64_t project,
               struct told *told)
{
    char path[100];
    struct uuid id;
    json_t *reply;
    int status;

    if (!told->id[0]) {
        uuid_new(&id);
        uuid_write(told->id, &id);
    }
    snprintf(path, sizeof path, "/projects/%lld/labels", (long long)project);
    status = team_ask(t, who, "POST", path,
                      json_pack("{s:s, s:I, s:s, s:{s:s}}", "id", told->id, "item",
                                (json_int_t)told->item, "answer", "accept", "values", "class",
                                told->class),
                      &reply);
    if (status == 201 || status == 200)
        told->seq = json_integer_value(json_object_get(reply, "seq"));
    json_decref(reply);
    return status;
}

int64_t team_labels(const struct team *t, int64_t project)
{
    char sql[100];

    snprintf(sql, sizeof sql, "SELECT count(*) FROM label WHERE project_id = %lld",
             (long long)project);
    return folder_number(&t->folder, sql);
}

int64_t team_number(const struct team *t, const char *path, const char *a, const char *b)
{
    json_t *reply;
    int64_t n;

    assert_int_equal(team_ask(t, &t->person[0], "GET", path, NULL, &reply), 200);
    n = json_integer_value(json_object_get(json_object_get(reply, a), b));
    json_decref(reply);
    return n;
}
