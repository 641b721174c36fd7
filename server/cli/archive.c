#include "cli/work.h"
#include "domain/project.h"
#include "formats/project_archive.h"

#include <stdio.h>
#include <unistd.h>

static void progress_draw(void *context, const char *what, int64_t done)
{
    (void)context;
    fprintf(stderr, "\r\033[K%s: %lld", what, (long long)done);
}

static struct archive_watch watch_of(void)
{
    return (struct archive_watch){.progress = isatty(STDERR_FILENO) ? progress_draw : NULL};
}

/* The same hash is told by both folders: so what was taken out of one and came into the other can be
 * compared for as long as both audit logs are there. */
static enum err tell(struct cli *c, const char *action, const struct archive_sums *sums)
{
    char hex[HASH_HEX];
    char *details;

    hash_hex(hex, &sums->hash);
    details = arena_printf(&c->arena, "{\"hash\":\"%s\"}", hex);
    NEED(details);
    return work_tell(c->data, &(struct audit_event){.action = action,
                                                    .project_id = sums->project_id,
                                                    .subject = "project",
                                                    .subject_id = sums->project_id,
                                                    .details = details});
}

static enum err sums_print(struct cli *c, const char *path, const struct archive_sums *n)
{
    char hex[HASH_HEX];

    hash_hex(hex, &n->hash);
    if (isatty(STDERR_FILENO)) fprintf(stderr, "\r\033[K");
    if (c->json)
        return cli_print_json(c, json_pack("{s:s, s:I, s:I, s:I, s:s}", "path", path, "project",
                                           (json_int_t)n->project_id, "rows",
                                           (json_int_t)n->n_rows, "files",
                                           (json_int_t)n->n_files, "hash", hex));
    printf("%s: %lld rows, %lld files, hash %s\n", path, (long long)n->n_rows,
           (long long)n->n_files, hex);
    return OK;
}

enum err cmd_project_archive(struct cli *c)
{
    struct archive_watch watch = watch_of();
    struct archive_sums sums;
    struct project p;
    struct store *s;
    enum err e;

    TRY(store_open(&s, c->data, STORE_READ));
    e = project_find(s, &c->arena, c->word[0], &p);
    if (!e) e = project_pack(s, p.id, c->word[1], &watch, &sums);
    store_close(s);
    if (!e) e = tell(c, "project.archived", &sums);
    return e ? e : sums_print(c, c->word[1], &sums);
}

enum err cmd_project_restore(struct cli *c)
{
    struct archive_watch watch = watch_of();
    struct archive_sums sums;

    TRY(project_unpack(c->word[0], c->data, &watch, &sums));
    TRY(tell(c, "project.restored", &sums));
    TRY(sums_print(c, c->data, &sums));
    if (!c->json)
        fprintf(stderr,
                "Nobody can sign in to it yet: exemplar user add NAME --role admin "
                "--data %s\n",
                c->data);
    return OK;
}
