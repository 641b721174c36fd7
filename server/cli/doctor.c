#include "base/file.h"
#include "cli/cli.h"
#include "domain/encoder.h"
#include "domain/encoder_file.h"
#include "domain/ledger.h"
#include "domain/user.h"
#include "formats/media_file.h"
#include "store/item.h"
#include "store/project.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

enum { PAGE = 1000 };
static const uint64_t DISK_LOW = 1024 * MIB;

/* What was looked at, and how many faults were found. */
struct checkup {
    struct cli *cli;
    struct store *store;
    int64_t n_problems;
};

static enum err say(struct checkup *k, const char *check, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* One line: what was checked, and what is wrong with it; NULL: nothing. */
static enum err say(struct checkup *k, const char *check, const char *format, ...)
{
    char problem[600];
    va_list args;

    if (format) {
        va_start(args, format);
        vsnprintf(problem, sizeof problem, format, args);
        va_end(args);
        k->n_problems++;
    }
    if (k->cli->json)
        return cli_print_json(k->cli, json_pack("{s:s, s:b, s:s?}", "check", check, "ok",
                                                !format, "problem", format ? problem : NULL));
    printf("%-8s %s%s%s\n", format ? "PROBLEM" : "ok", check, format ? ": " : "",
           format ? problem : "");
    return OK;
}

static enum err say_result(struct checkup *k, const char *check, enum err e)
{
    return e ? say(k, check, "%s", err_message()) : say(k, check, NULL);
}

static enum err disk_check(struct checkup *k)
{
    struct statvfs v;
    uint64_t free_bytes;

    if (statvfs(k->cli->data, &v)) return say(k, "disk", "%m");
    free_bytes = (uint64_t)v.f_bavail * v.f_frsize;
    if (free_bytes < DISK_LOW)
        return say(k, "disk", "only %llu MiB are free", (unsigned long long)(free_bytes / MIB));
    return say(k, "disk", NULL);
}

static enum err people_check(struct checkup *k)
{
    int64_t n_persons;
    int64_t n_admins;
    enum err e = store_user_count(k->store, &n_persons, &n_admins);

    if (!e && n_persons && !n_admins)
        return say(k, "people", "no administrator can sign in; add one with exemplar user add");
    return say_result(k, "people", e);
}

static void problem_ignore(void *context, int64_t seq, const char *sentence)
{
    (void)context;
    (void)seq;
    (void)sentence;
}

static enum err ledger_check(struct checkup *k)
{
    const struct ledger_report report = {.problem = problem_ignore};
    struct ledger_sums sums;
    enum err e = ledger_verify(k->store, &report, &sums);

    if (!e && sums.n_problems)
        return say(k, "ledger", "%lld problems; exemplar verify tells each",
                   (long long)sums.n_problems);
    return say_result(k, "ledger", e);
}

static int64_t files_missing(const char *data, const struct item *i)
{
    static const struct {
        enum media_file file;
        int64_t bit;
    } FILES[] = {
        {MEDIA_256,  RENDITION_256 },
        {MEDIA_VIEW, RENDITION_VIEW}
    };
    char path[PATH_MAX];
    int64_t n;

    media_file_path(path, data, &i->hash, MEDIA_ORIGINAL);
    n = !file_exists(path);
    for (size_t f = 0; f < 2; f++) {
        media_file_path(path, data, &i->hash, FILES[f].file);
        n += (i->renditions & FILES[f].bit) && !file_exists(path);
    }
    return n;
}

static enum err media_count(struct checkup *k, int64_t project_id, int64_t *n_missing)
{
    int64_t after = 0;
    size_t n = PAGE;
    enum err e = OK;

    while (!e && n == PAGE) {
        struct item *items;
        struct arena a;

        arena_init(&a, 256 * MIB);
        e = store_item_list(k->store, &a, project_id, after, PAGE, &items, &n);
        for (size_t i = 0; !e && i < n; i++) {
            *n_missing += files_missing(k->cli->data, &items[i]);
            after = items[i].id;
        }
        arena_free(&a);
    }
    return e;
}

static enum err media_check(struct checkup *k, const struct project *p)
{
    const char *check = arena_printf(&k->cli->arena, "pictures of %s", p->name);
    int64_t n_missing = 0;
    enum err e;

    NEED(check);
    if (p->kind != PROJECT_IMAGE) return OK;
    e = media_count(k, p->id, &n_missing);
    if (!e && n_missing)
        return say(k, check, "%lld files are missing under media/", (long long)n_missing);
    return say_result(k, check, e);
}

static enum err latents_check(struct checkup *k, const struct project *p)
{
    const char *check = arena_printf(&k->cli->arena, "latents of %s", p->name);
    struct encoder_latents l;
    struct smp_encoder *enc = NULL;
    enum err e = encoder_active(k->store, &k->cli->arena, p->id, &l);

    NEED(check);
    if (!e && l.encoder.id) e = encoder_file_read(k->cli->data, l.encoder.id, &enc);
    smp_encoder_free(enc);
    encoder_close(&l);
    return say_result(k, check, e);
}

static enum err projects_check(struct checkup *k)
{
    struct project *projects;
    size_t n;

    TRY(store_project_list(k->store, &k->cli->arena, &projects, &n));
    for (size_t i = 0; i < n; i++) {
        const char *check = arena_printf(&k->cli->arena, "counts of %s", projects[i].name);

        NEED(check);
        TRY(say_result(k, check, store_counts_check(k->store, projects[i].id)));
        TRY(media_check(k, &projects[i]));
        TRY(latents_check(k, &projects[i]));
    }
    return OK;
}

static enum err check_all(struct checkup *k)
{
    TRY(say(k, "program " EXEMPLAR_VERSION ", schema", NULL)); /* store_open compared them */
    TRY(say_result(k, "database pages", store_check(k->store)));
    TRY(ledger_check(k));
    TRY(people_check(k));
    TRY(projects_check(k));
    return disk_check(k);
}

enum err cmd_doctor(struct cli *c)
{
    struct checkup k = {.cli = c};
    enum err e;

    TRY(store_open(&k.store, c->data, STORE_READ));
    e = check_all(&k);
    store_close(k.store);
    if (!e && k.n_problems)
        e = fail(ERR_CORRUPT, "%lld problems were found", (long long)k.n_problems);
    return e;
}
