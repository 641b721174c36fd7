#include "harness.h"

#include "base/clock.h"
#include "base/log.h"
#include "domain/credential.h"
#include "domain/item.h"
#include "domain/project.h"
#include "domain/user.h"
#include "jobs/post.h"
#include "jobs/worker.h"
#include "store/writer.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ends the program with the sentence: nothing of a test means anything without its server. */
static void must(enum err e, const char *what)
{
    if (!e) return;
    fprintf(stderr, "%s: %s: %s\n", what, err_name(e), err_message());
    exit(2);
}

static enum err people_add(struct store *s, void *context)
{
    struct harness *h = context;
    char hashed[PASSWORD_TEXT];
    struct arena a;
    enum err e = password_hash(hashed, PASSWORD);

    arena_init(&a, MIB);
    for (enum role r = ROLE_ANNOTATOR; r <= ROLE_ADMIN && !e; r++) {
        struct person *p = &h->people[r];
        struct user u;
        int64_t token;
        e = user_add(s, &a, role_name(r), r, hashed, clock_now_ms(), &u);
        p->id = u.id;
        if (!e) e = session_new(s, u.id, clock_now_ms(), p->session);
        if (!e)
            e = token_new(s, u.id, &(struct token_wish){.name = "tests", .scopes = SCOPE_ALL},
                          clock_now_ms(), &token, p->token);
    }
    arena_free(&a);
    return e;
}

void harness_start_empty(struct harness *h, const struct http_config *config)
{
    struct http_config c = *config;

    memset(h, 0, sizeof *h);
    if (!getenv("EXEMPLAR_TEST_LOG")) log_threshold(LOG_ERROR);
    snprintf(h->folder, sizeof h->folder, "/tmp/exemplar-api-XXXXXX");
    if (!mkdtemp(h->folder)) exit(2);
    must(hash_start(), "hash_start");
    must(writer_start(&h->writer, h->folder, NULL, NULL), "writer_start");
    must(jobs_start(&h->jobs, h->folder, h->writer, 1), "jobs_start");
    must(post_start(&h->post,
                    &(struct post_config){h->folder, h->writer, h->jobs, SEND_ANYWHERE}),
         "post_start");
    c.webhooks_anywhere = true;
    c.data_folder = h->folder;
    c.listen = "127.0.0.1:0";
    c.writer = h->writer;
    c.jobs = h->jobs;
    must(http_start(&h->http, &c), "http_start");
    h->port = http_port(h->http);
}

void harness_start(struct harness *h, const struct http_config *config)
{
    harness_start_empty(h, config);
    must(writer_do(h->writer, people_add, h), "people");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

void harness_stop_http(struct harness *h)
{
    http_stop(h->http);
    h->http = NULL;
}

void harness_stop(struct harness *h)
{
    harness_stop_http(h);
    post_stop(h->post);
    jobs_stop(h->jobs);
    writer_stop(h->writer);
    if (!getenv("EXEMPLAR_TEST_KEEP")) nftw(h->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *bearer(const struct harness *h, enum role role)
{
    static _Thread_local char text[2][200];
    static _Thread_local unsigned turn;
    char *line = text[turn++ % 2];

    snprintf(line, sizeof text[0], "Authorization: Bearer %s\r\n", h->people[role].token);
    return line;
}

const char *cookie(const struct harness *h, enum role role)
{
    static _Thread_local char text[200];

    snprintf(text, sizeof text, "Cookie: exemplar_session=%s\r\nX-Exemplar: 1\r\n",
             h->people[role].session);
    return text;
}

int ask(const struct harness *h, enum role role, const char *method, const char *path,
        const char *body, struct got *a)
{
    struct client c;

    client_open(&c, h->port);
    if (client_ask(&c, method, path, bearer(h, role), body, a)) a->status = -1;
    client_close(&c);
    return a->status;
}

struct project_wanted {
    const char *name;
    int n_items;
    int64_t id;
};

static enum err text_add(struct store *s, int64_t project_id, int number)
{
    struct item i = {.project_id = project_id, .format = "text/plain", .meta = "{}"};
    enum item_added added;
    char body[64];
    char path[32];

    snprintf(body, sizeof body, "text number %d", number);
    snprintf(path, sizeof path, "texts/%d.txt", number);
    hash_of(&i.hash, body, strlen(body));
    i.n_bytes = (int64_t)strlen(body);
    i.n_chars = i.n_bytes;
    i.path = path;
    return item_add(s, &i, body, strlen(body), clock_now_ms(), &added);
}

static enum err project_add(struct store *s, void *context)
{
    static const char *const CLASSES[] = {"a", "b"};
    struct project_wanted *w = context;
    struct project_new n = {
        .name = w->name, .kind = PROJECT_TEXT, .overlap = 1, .explore = 0.1};
    struct questions *questions;
    struct project p;
    struct arena a;
    enum err e;

    arena_init(&a, MIB);
    e = questions_from_classes(&a, CLASSES, 2, &questions);
    n.questions = questions;
    if (!e) e = project_create(s, &a, &n, clock_now_ms(), &p);
    for (int i = 0; i < w->n_items && !e; i++)
        e = text_add(s, p.id, i);
    w->id = p.id;
    arena_free(&a);
    return e;
}

int64_t harness_project(struct harness *h, const char *name, int n_items)
{
    struct project_wanted w = {.name = name, .n_items = n_items};

    must(writer_do(h->writer, project_add, &w), "project");
    return w.id;
}
