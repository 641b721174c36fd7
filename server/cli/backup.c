#include "base/file.h"
#include "cli/cli.h"
#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
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

static enum err entry_copy(const char *from, const char *to, enum copying how, bool *is_folder)
{
    struct stat found;

    *is_folder = false;
    if (lstat(from, &found)) return errno == ENOENT ? OK : fail(ERR_IO, "%s: %m", from);
    *is_folder = S_ISDIR(found.st_mode);
    if (*is_folder) return folder_make(to);
    if (!S_ISREG(found.st_mode)) return OK;
    if (how == LINK_OR_COPY && !link(from, to)) return OK;
    return file_copy(from, to);
}

/* One level of folders below each is all that a data folder has (media/ab/). */
static enum err folder_copy(struct cli *c, const char *from, const char *to, enum copying how,
                            int depth)
{
    DIR *d = opendir(from);
    const struct dirent *entry;
    enum err e;

    if (!d) return errno == ENOENT ? OK : fail(ERR_IO, "%s: %m", from);
    e = folder_make(to);
    while (!e && (entry = readdir(d))) {
        char *below = arena_printf(&c->arena, "%s/%s", from, entry->d_name);
        char *copied = arena_printf(&c->arena, "%s/%s", to, entry->d_name);
        bool is_folder = false;

        if (entry->d_name[0] == '.' || is_passing(entry->d_name)) continue;
        e = below && copied ? entry_copy(below, copied, how, &is_folder) : fail_nomem();
        if (!e && is_folder && depth) e = folder_copy(c, below, copied, how, depth - 1);
    }
    closedir(d);
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

        NEED(from);
        NEED(to);
        TRY(folder_copy(c, from, to, FOLDERS[i].how, 1));
    }
    return file_flush(out);
}

enum err cmd_backup(struct cli *c)
{
    struct store *s;
    enum err e;

    TRY(store_open(&s, c->data, STORE_READ));
    e = copy(c, s, c->word[0]);
    store_close(s);
    if (e) return e;
    if (c->json) return cli_print_json(c, json_pack("{s:s}", "backup", c->word[0]));
    fprintf(stderr, "%s is a copy of %s; to use it: exemplar serve --data %s\n", c->word[0],
            c->data, c->word[0]);
    return OK;
}
