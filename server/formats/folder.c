#include "formats/folder.h"

#include "formats/kind.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEPTH_MAX = 64 };

struct level {
    char **names; /* sorted */
    size_t n;
    size_t next;
    size_t path_length; /* of this folder's own path in folder.full */
};

struct folder {
    char root[PATH_MAX]; /* with every link in it followed */
    size_t root_length;
    char full[PATH_MAX]; /* of the entry last looked at */
    struct level levels[DEPTH_MAX];
    size_t depth;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void level_free(struct level *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->names[i]);
    free(l->names);
    *l = (struct level){0};
}

static enum err name_add(struct level *l, const char *name, size_t *room)
{
    if (l->n == *room) {
        size_t more = *room ? *room * 2 : 64;
        char **grown = reallocarray(l->names, more, sizeof *grown);

        NEED(grown);
        l->names = grown;
        *room = more;
    }
    l->names[l->n] = strdup(name);
    NEED(l->names[l->n]);
    l->n++;
    return OK;
}

static bool is_up_or_here(const char *name)
{
    return !strcmp(name, ".") || !strcmp(name, "..");
}

static enum err names_read(struct level *l, const char *path)
{
    DIR *d = opendir(path);
    const struct dirent *entry;
    size_t room = 0;
    enum err e = OK;

    if (!d) return fail(ERR_IO, "the folder cannot be read: %m");
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): this stream is nobody else's */
    while (!e && (entry = readdir(d)))
        if (!is_up_or_here(entry->d_name) && !kind_is_hidden(entry->d_name))
            e = name_add(l, entry->d_name, &room);
    closedir(d);
    if (!e && l->n) qsort(l->names, l->n, sizeof *l->names, by_name);
    return e;
}

/* Goes into the folder that `full` names. */
static enum err enter(struct folder *f)
{
    struct level *l = &f->levels[f->depth];
    enum err e;

    if (f->depth == DEPTH_MAX)
        return fail(ERR_TOO_LARGE, "folders nest deeper than the limit of %d", DEPTH_MAX);
    *l = (struct level){.path_length = strlen(f->full)};
    e = names_read(l, f->full);
    if (e)
        level_free(l);
    else
        f->depth++;
    return e;
}

enum err folder_open(struct folder **out, const char *root)
{
    struct folder *f = calloc(1, sizeof *f);
    enum err e;

    *out = NULL;
    NEED(f);
    if (!realpath(root, f->root)) {
        e = fail(errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %m", root);
    } else {
        f->root_length = strlen(f->root);
        memcpy(f->full, f->root, f->root_length + 1);
        e = enter(f);
        if (e) e = fail_in(e, "%s", root);
    }
    if (e)
        folder_close(f);
    else
        *out = f;
    return e;
}

void folder_close(struct folder *f)
{
    if (!f) return;
    while (f->depth)
        level_free(&f->levels[--f->depth]);
    free(f);
}

static bool leads_inside(const struct folder *f, const char *link)
{
    char target[PATH_MAX];

    return realpath(link, target) && !strncmp(target, f->root, f->root_length) &&
           target[f->root_length] == '/';
}

/* Sets *problem for what must not be read, and *is_folder. */
static void look(const struct folder *f, const char **problem, bool *is_folder)
{
    struct stat found;
    bool is_link;

    *problem = NULL;
    *is_folder = false;
    if (lstat(f->full, &found)) {
        *problem = "cannot be looked at";
        return;
    }
    is_link = S_ISLNK(found.st_mode);
    if (is_link && (stat(f->full, &found) || !leads_inside(f, f->full)))
        *problem = "a link that leads out of the folder is not followed";
    else if (is_link && S_ISDIR(found.st_mode))
        *problem = "a link to a folder is not followed";
    else if (S_ISDIR(found.st_mode))
        *is_folder = true;
    else if (!S_ISREG(found.st_mode))
        *problem = "neither a file nor a folder";
}

static bool full_set(struct folder *f, const struct level *l, const char *name)
{
    size_t room = sizeof f->full - l->path_length;
    int n = snprintf(f->full + l->path_length, room, "/%s", name);

    return n >= 0 && (size_t)n < room;
}

enum err folder_next(struct folder *f, struct folder_file *file)
{
    *file = (struct folder_file){0};
    while (f->depth) {
        struct level *l = &f->levels[f->depth - 1];
        bool is_folder = false;

        if (l->next == l->n) {
            level_free(l);
            f->depth--;
            continue;
        }
        if (!full_set(f, l, l->names[l->next++]))
            file->problem = "its path is too long";
        else
            look(f, &file->problem, &is_folder);
        if (is_folder) {
            enum err e = enter(f);

            if (!e) continue;
            if (e == ERR_NOMEM) return e;
            file->problem = "the folder cannot be read, or lies too deep";
        }
        file->full = f->full;
        file->path = f->full + f->root_length + 1;
        return OK;
    }
    return OK;
}
