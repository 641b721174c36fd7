#include "formats/export.h"

#include "cli/work.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const size_t PIECE_MAX = 512 * MIB;

static enum err pieces_write(struct export *x, FILE *out, const char *name)
{
    struct buf piece;
    enum err e;

    buf_init(&piece, PIECE_MAX);
    do {
        buf_clear(&piece);
        e = export_next(x, &piece);
        if (!e && piece.size && fwrite(piece.data, 1, piece.size, out) != piece.size)
            e = fail(ERR_IO, "%s: %m", name);
    } while (!e && piece.size);
    buf_free(&piece);
    return e;
}

/* Under another name until it is whole. */
static enum err file_write_out(struct cli *c, struct export *x, const char *name)
{
    const char *part = arena_printf(&c->arena, "%s.part", name);
    FILE *out;
    enum err e;

    NEED(part);
    out = fopen(part, "we");
    if (!out) return fail(ERR_IO, "%s: %m", part);
    e = pieces_write(x, out, part);
    if (!e && (fflush(out) || fsync(fileno(out)))) e = fail(ERR_IO, "%s: %m", part);
    if (fclose(out) && !e) e = fail(ERR_IO, "%s: %m", part);
    if (!e && rename(part, name)) e = fail(ERR_IO, "%s: %m", name);
    if (e) unlink(part);
    return e;
}

enum err cli_export_write(struct cli *c, struct export *x, const char *out)
{
    return strcmp(out, "-") != 0 ? file_write_out(c, x, out)
                                 : pieces_write(x, stdout, "stdout");
}

static bool ends_in_zip(const char *name)
{
    size_t n = strlen(name);

    return n > 4 && !strcmp(name + n - 4, ".zip");
}

static enum err export_tell(struct cli *c, const struct export_options *options,
                            int64_t project_id)
{
    struct audit_event e = {.action = "labels.exported",
                            .project_id = project_id,
                            .subject = "project",
                            .subject_id = project_id,
                            .details = arena_printf(&c->arena, "{\"format\":\"%s\"}",
                                                    export_format_name(options->format))};

    NEED(e.details);
    return work_tell(c->data, &e);
}

static enum err export(struct cli *c, struct store *s, const struct export_options *options,
                       const char *out) {
    struct project p; struct export * x; enum err e;

    TRY(work_project(c, s, &p));
    TRY(export_tell(c, options, p.id));
    if (options->format == EXPORT_IMAGEFOLDER && strcmp(out, "-") != 0 &&
        !ends_in_zip(out)) return export_folder(s, p.id, options, out);
    TRY(export_open(&x, s, p.id, options));
    e = cli_export_write(c, x, out);
    export_close(x);
    return e;
}

enum err cmd_export(struct cli *c)
{
    struct export_options options = {.data_folder = c->data};
    const char *format = cli_value(c, "--format");
    const char *out = cli_value(c, "-o");
    struct store *s;
    enum err e;

    if (!out) return cli_usage(c, "-o is missing: a file, or '-' for stdout");
    if (format && export_format_parse(&options.format, format))
        return cli_usage(c, "--format: %s", err_message());
    options.cells = cli_value(c, "--spreadsheet") ? CSV_GUARDED : CSV_EXACT;
    TRY(store_open(&s, c->data, STORE_READ));
    e = export(c, s, &options, out);
    store_close(s);
    return e;
}
