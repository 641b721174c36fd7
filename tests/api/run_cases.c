/* run_cases FILE.case: replays the cases of one file, in order, against a server of their own.
 *
 *     # a class of another project is refused with a sentence        the name of what follows
 *     as annotator  POST /projects/$p/labels {"id": "$uuid1", ...}    who, what, and the body
 *       Accept: text/plain                                            a header of the request
 *     422 {"code": "invalid", "detail": "~class"}                     status and pattern
 *       Allow: GET                                                    words of a header of the answer
 *
 * who: a role (with its token), "ROLE by cookie" (with X-Exemplar), or nobody. Paths lie below
 * /api/v1 unless they begin with two slashes. A body is sent as it stands, except:
 *     @files a.txt=words|b/c.txt=more    multipart/form-data
 *     @bytes 5000                        so many letters x
 * The pattern is that of pattern.h; "text WORDS" asks for words in a body of any type.
 *     wait $job                          until the job has ended
 *     project p 20                       $p becomes a text project of 20 items and classes a, b */
#include "harness.h"
#include "pattern.h"

#include "base/arena.h"
#include "base/file.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct run {
    struct harness h;
    struct names names;
    struct client client;
    const char *file;
    int line;
    char name[300];
    int n_cases;
    int n_failed;
    struct buf path, headers, body; /* of the request being read */
    char method[8];
    int has_body;
    int is_pending;    /* a request waits for its expectation */
    struct got answer; /* of the last one; its headers may still be asked for */
};

static void complain(struct run *r, const char *format, const char *what)
{
    fprintf(stderr, "%s:%d: %s: ", r->file, r->line, r->name);
    fprintf(stderr, "%s%s\n", format, what);
    if (r->answer.status)
        fprintf(stderr, "    got %d %.1000s\n", r->answer.status,
                r->answer.body.data ? r->answer.body.data : "");
    r->n_failed++;
}

static void must(struct run *r, enum err e)
{
    if (!e) return;
    complain(r, "", err_message());
    exit(1);
}

static void who_read(struct run *r, const char *who)
{
    enum role role;
    char word[20];
    size_t n = strcspn(who, " ");

    buf_clear(&r->headers);
    snprintf(word, sizeof word, "%.*s", (int)n, who);
    if (!strcmp(word, "nobody")) return;
    must(r, role_read(&role, word));
    must(r, buf_adds(&r->headers,
                     strstr(who, "by cookie") ? cookie(&r->h, role) : bearer(&r->h, role)));
}

static void files_write(struct run *r, char *list)
{
    static const char BOUNDARY[] = "----exemplar-cases";
    char *rest = NULL;

    must(r, buf_printf(&r->headers, "Content-Type: multipart/form-data; boundary=%s\r\n",
                       BOUNDARY));
    for (char *part = strtok_r(list, "|", &rest); part; part = strtok_r(NULL, "|", &rest)) {
        char *content = strchr(part, '=');
        *content++ = '\0';
        must(r, buf_printf(
                    &r->body,
                    "--%s\r\nContent-Disposition: form-data; name=\"f\"; filename=\"%s\"\r\n"
                    "Content-Type: text/plain\r\n\r\n%s\r\n",
                    BOUNDARY, part, content));
    }
    must(r, buf_printf(&r->body, "--%s--\r\n", BOUNDARY));
}

static void body_read(struct run *r, const char *text)
{
    struct buf filled;

    buf_init(&filled, MIB);
    must(r, names_fill(&r->names, &filled, text));
    buf_clear(&r->body);
    r->has_body = *text != '\0';
    if (!strncmp(text, "@files ", 7)) {
        files_write(r, filled.data + 7);
    } else if (!strncmp(text, "@bytes ", 7)) {
        for (int n = atoi(filled.data + 7); n > 0; n--)
            must(r, buf_adds(&r->body, "x"));
    } else if (filled.size) {
        must(r, buf_add(&r->body, filled.data, filled.size));
    }
    buf_free(&filled);
}

static void path_read(struct run *r, const char *at, size_t n)
{
    char path[500];
    bool is_whole = !strncmp(at, "//", 2);

    snprintf(path, sizeof path, "%.*s", (int)n - is_whole, at + is_whole);
    buf_clear(&r->path);
    must(r, buf_adds(&r->path, is_whole ? "" : "/api/v1"));
    must(r, names_fill(&r->names, &r->path, path));
}

/* as WHO  METHOD PATH [BODY] */
static void request_read(struct run *r, const char *line)
{
    char who[40];
    size_t n;
    const char *at = strstr(line, "  ");

    if (!at) must(r, fail(ERR_INVALID, "expected two spaces behind who asks"));
    snprintf(who, sizeof who, "%.*s", (int)(at - line), line);
    who_read(r, who);
    at += strspn(at, " ");
    n = strcspn(at, " ");
    snprintf(r->method, sizeof r->method, "%.*s", (int)n, at);
    at += n + strspn(at + n, " ");
    n = strcspn(at, " ");
    path_read(r, at, n);
    body_read(r, at + n + strspn(at + n, " "));
    r->is_pending = 1;
}

static void request_send(struct run *r)
{
    r->is_pending = 0;
    got_free(&r->answer);
    r->answer.status = 0;
    if (client_send(&r->client, r->method, r->path.data, r->headers.data ? r->headers.data : "",
                    r->has_body ? r->body.data : NULL, r->body.size) ||
        client_receive(&r->client, &r->answer))
        must(r, fail(ERR_IO, "the connection broke"));
}

static void pattern_check(struct run *r, const char *text)
{
    char why[1000];
    json_t *pattern;
    json_t *value = NULL;

    must(r, json_read(&pattern, text, strlen(text)));
    if (json_read(&value, r->answer.body.data ? r->answer.body.data : "", r->answer.body.size))
        complain(r, "the answer is ", err_message());
    else if (!pattern_matches(&r->names, pattern, value, why, sizeof why))
        complain(r, "", why);
    json_decref(pattern);
    json_decref(value);
}

/* 200 {"pattern"}   or   200 text WORDS   or   204 */
static void answer_check(struct run *r, const char *line)
{
    const char *rest = line + 3 + strspn(line + 3, " ");

    if (r->is_pending) request_send(r);
    r->n_cases++;
    if (r->answer.status != atoi(line)) {
        complain(r, "expected ", line);
        return;
    }
    if (!strncmp(rest, "text ", 5)) {
        if (!r->answer.body.data || !strstr(r->answer.body.data, rest + 5))
            complain(r, "the answer does not hold ", rest + 5);
    } else if (*rest) {
        pattern_check(r, rest);
    }
}

/* An indented line: a header to be sent, or one to be found. */
static void header_line(struct run *r, const char *line)
{
    char name[60];
    const char *value = strchr(line, ':');
    struct buf filled;

    if (!value) must(r, fail(ERR_INVALID, "expected a header"));
    snprintf(name, sizeof name, "%.*s", (int)(value - line), line);
    value += 1 + strspn(value + 1, " ");
    buf_init(&filled, MIB);
    must(r, names_fill(&r->names, &filled, value));
    if (r->is_pending)
        must(r, buf_printf(&r->headers, "%s: %s\r\n", name, filled.data));
    else if (!strstr(header_of(&r->answer, name), filled.data))
        complain(r, name, ": the header does not hold what is expected");
    buf_free(&filled);
}

/* keep NAME HEADER: a header of the last answer for later */
static void keep(struct run *r, const char *line)
{
    char name[32];
    size_t n = strcspn(line, " ");

    snprintf(name, sizeof name, "%.*s", (int)n, line);
    names_set(&r->names, name, header_of(&r->answer, line + n + 1));
}

static void wait_for_job(struct run *r, const char *name)
{
    enum { TRIES = 1500, EACH_US = 40000 };
    struct buf path;

    buf_init(&path, KIB);
    must(r, names_fill(&r->names, &path, "/api/v1/jobs/"));
    must(r, names_fill(&r->names, &path, name));
    for (int i = 0; i < TRIES; i++) {
        struct got a;
        int is_over;
        ask(&r->h, ROLE_ADMIN, "GET", path.data, NULL, &a);
        is_over = a.body.data && !strstr(a.body.data, "\"queued\"") &&
                  !strstr(a.body.data, "\"running\"");
        got_free(&a);
        if (is_over) break;
        usleep(EACH_US);
    }
    buf_free(&path);
}

static void project_make(struct run *r, const char *line)
{
    char name[32];
    char id[24];
    size_t n = strcspn(line, " ");

    snprintf(name, sizeof name, "%.*s", (int)n, line);
    snprintf(id, sizeof id, "%lld", (long long)harness_project(&r->h, name, atoi(line + n)));
    names_set(&r->names, name, id);
}

static void line_run(struct run *r, const char *line)
{
    if (*line == '#')
        snprintf(r->name, sizeof r->name, "%s", line + 1 + (line[1] == ' '));
    else if (*line == ' ')
        header_line(r, line + strspn(line, " "));
    else if (!strncmp(line, "as ", 3))
        request_read(r, line + 3);
    else if (!strncmp(line, "wait ", 5))
        wait_for_job(r, line + 5);
    else if (!strncmp(line, "keep ", 5))
        keep(r, line + 5);
    else if (!strncmp(line, "project ", 8))
        project_make(r, line + 8);
    else if (*line >= '1' && *line <= '5')
        answer_check(r, line);
    else
        must(r, fail(ERR_INVALID, "not understood: %s", line));
}

static void file_run(struct run *r, char *text)
{
    char *rest = NULL;

    /* strtok_r would pass over empty lines without counting them */
    for (char *line = text; line; line = rest) {
        rest = strchr(line, '\n');
        if (rest) *rest++ = '\0';
        r->line++;
        if (*line) line_run(r, line);
    }
}

int main(int argc, char **argv)
{
    static struct run r;
    struct buf text;

    if (argc != 2) return 2;
    r.file = argv[1];
    buf_init(&text, MIB);
    buf_init(&r.path, 64 * KIB);
    buf_init(&r.headers, 64 * KIB);
    buf_init(&r.body, 64 * MIB);
    if (file_read(&text, argv[1])) {
        fprintf(stderr, "%s\n", err_message());
        return 2;
    }
    harness_start(&r.h, &(struct http_config){0});
    client_open(&r.client, r.h.port);
    file_run(&r, text.data);
    client_close(&r.client);
    harness_stop(&r.h);
    printf("%s: %d answers, %d wrong\n", argv[1], r.n_cases, r.n_failed);
    got_free(&r.answer);
    buf_free(&text);
    buf_free(&r.path);
    buf_free(&r.headers);
    buf_free(&r.body);
    return r.n_failed || !r.n_cases;
}
