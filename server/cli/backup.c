#include "base/file.h"
#include "cli/work.h"
#include "formats/folder.h"
#include "store/store.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How a folder's files come into the copy. Media and models are named by their content or id and
 * never change, so a second name for the same file is as good as a copy and costs nothing; the
 * others are appended to, or secret, and are copied. */
enum copying { LINK_OR_COPY, COPY };

static const struct {
    const char *name;
    enum copying how;
} FOLDERS[] = {
    {"media",   LINK_OR_COPY},
    {"models",  LINK_OR_COPY},
    {"latents", COPY        },
    {"keys",    COPY        }
};

static enum err bytes_copy(int from, int to, const char *path)
{
    ssize_t n;

    do
        n = copy_file_range(from, NULL, to, NULL, 1 << 30, 0);
    while (n > 0);
    return n < 0 ? fail(ERR_IO, "%s: %m", path) : OK;
}

static enum err file_copy(const char *from, const char *to)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out;
    enum err e;

    if (in < 0) return fail(ERR_IO, "%s: %m", from);
    out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (out < 0) {
        e = fail(ERR_IO, "%s: %m", to);
        close(in);
        return e;
    }
    e = bytes_copy(in, out, to);
    close(in);
    if (close(out) && !e) e = fail(ERR_IO, "%s: %m", to);
    return e;
}

/* A file that is being written has another name until it is whole. */
static bool is_passing(const char *name)
{
    size_t n = strlen(name);

    return n > 4 && !strcmp(name + n - 4, ".tmp");
}

static enum err file_bring(const char *from, const char *to, enum copying how)
{
    char folder[PATH_MAX];

    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(to, '/') - to), to);
    TRY(folder_make(folder));
    if (how == LINK_OR_COPY && !link(from, to)) return OK;
    return file_copy(from, to);
}

static enum err files_bring(struct folder *f, const char *out, enum copying how)
{
    for (;;) {
        struct folder_file file;
        char to[PATH_MAX];

        TRY(folder_next(f, &file));
        if (!file.path) return OK;
        if (is_passing(file.path)) continue;
        if (file.problem) return fail(ERR_IO, "%s: %s", file.full, file.problem);
        if ((size_t)snprintf(to, sizeof to, "%s/%s", out, file.path) >= sizeof to)
            return fail(ERR_INVALID, "%s: the path is too long", out);
        TRY(file_bring(file.full, to, how));
    }
}

static enum err folder_copy(const char *from, const char *to, enum copying how)
{
    struct folder *f;
    enum err e;

    if (!file_exists(from)) return OK;
    TRY(folder_make(to));
    TRY(folder_open(&f, from));
    e = files_bring(f, to, how);
    folder_close(f);
    return e;
}

/* The database first: whatever it names was on the disk before, so it is there to be copied. */
static enum err copy(struct cli *c, struct store *s, const char *out)
{
    char *database = arena_printf(&c->arena, "%s/exemplar.db", out);

    NEED(database);
    if (file_exists(database))
        return fail(ERR_CONFLICT, "%s holds a backup already; name a new folder", out);
    TRY(folder_make(out));
    TRY(store_backup(s, database));
    for (size_t i = 0; i < sizeof FOLDERS / sizeof *FOLDERS; i++) {
        char *from = arena_printf(&c->arena, "%s/%s", c->data, FOLDERS[i].name);
        char *to = arena_printf(&c->arena, "%s/%s", out, FOLDERS[i].name);

        if (!from || !to) return fail_nomem();
        TRY(folder_copy(from, to, FOLDERS[i].how));
    }
    return file_flush(out);
}

enum err cmd_backup(struct cli *c)
{
    struct store *s;
    enum err e;

    TRY(store_open(&s, c->data, STORE_READ));
    /* before, so that the copy tells of itself too */
    e = work_tell(c->data, &(struct audit_event){.action = "folder.backed_up"});
    if (!e) e = copy(c, s, c->word[0]);
    store_close(s);
    if (e) return e;
    if (c->json) return cli_print_json(c, json_pack("{s:s}", "backup", c->word[0]));
    fprintf(stderr, "%s is a copy of %s; to use it: exemplar serve --data %s\n", c->word[0],
            c->data, c->word[0]);
    return OK;
}
