#include "base/file.h"
#include "cli/cli.h"
#include "domain/ledger.h"
#include "formats/export_check.h"
#include "store/store.h"

#include <stdio.h>
#include <unistd.h>

static void problem_print(void *context, int64_t seq, const char *sentence)
{
    struct cli *c = context;

    if (c->json) {
        if (cli_print_json(c,
                           json_pack("{s:o, s:s}", "seq", seq ? json_integer(seq) : json_null(),
                                     "problem", sentence)))
            fprintf(stderr, "exemplar: %s\n", err_message());
    } else if (seq) {
        printf("ledger no. %lld: %s\n", (long long)seq, sentence);
    } else {
        printf("%s\n", sentence);
    }
}

static void export_problem_print(void *context, int64_t row, const char *sentence)
{
    struct cli *c = context;

    if (!c->json)
        printf("%s\n", sentence);
    else if (cli_print_json(c, json_pack("{s:o, s:s}", "row",
                                         row ? json_integer(row) : json_null(), "problem",
                                         sentence)))
        fprintf(stderr, "exemplar: %s\n", err_message());
}

static void progress_draw(void *context, int64_t done, int64_t total)
{
    (void)context;
    fprintf(stderr, "\r\033[K%lld of %lld ledger rows%s", (long long)done, (long long)total,
            done == total ? "\r\033[K" : "");
}

static enum err sums_print(struct cli *c, const struct ledger_sums *n)
{
    if (c->json)
        return cli_print_json(
            c,
            json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "rows", (json_int_t)n->n_rows,
                      "heads", (json_int_t)n->n_heads, "labels", (json_int_t)n->n_labels,
                      "items", (json_int_t)n->n_items, "head", (json_int_t)n->head_seq, "audit",
                      (json_int_t)n->n_audit, "problems", (json_int_t)n->n_problems));
    printf("%lld ledger rows under %lld signatures, %lld audit rows, %lld labels, %lld items: ",
           (long long)n->n_rows, (long long)n->n_heads, (long long)n->n_audit,
           (long long)n->n_labels, (long long)n->n_items);
    printf(n->n_problems ? "%lld problems\n" : "all as it was written\n",
           (long long)n->n_problems);
    return OK;
}

/* The key of --key: 64 hexadecimal digits, or a file that holds them, as keys/ledger.pub does. */
static enum err key_read(struct cli *c, uint8_t public_half[32])
{
    const char *key = cli_value(c, "--key");
    struct buf text;
    enum err e;

    if (!hex_read(public_half, 32, key)) return OK;
    buf_init(&text, 200);
    e = file_read(&text, key);
    if (!e && text.size && text.data[text.size - 1] == '\n') text.data[text.size - 1] = '\0';
    if (e || hex_read(public_half, 32, text.data ? text.data : ""))
        e = cli_usage(c,
                      "--key: expected the 64 hexadecimal digits of keys/ledger.pub, or that "
                      "file");
    buf_free(&text);
    return e;
}

static enum err export_sums_print(struct cli *c, const struct seal_sums *n, bool with_ledger)
{
    if (c->json)
        return cli_print_json(
            c, json_pack("{s:I, s:I, s:I, s:I, s:b}", "rows", (json_int_t)n->n_rows, "proved",
                         (json_int_t)n->n_proved, "head", (json_int_t)n->head.seq, "problems",
                         (json_int_t)n->n_problems, "ledger", with_ledger));
    if (!n->n_rows) {
        printf("no rows, so nothing is sealed\n");
        return OK;
    }
    printf("%lld rows, %lld proved by the key, sealed at ledger no. %lld%s: ",
           (long long)n->n_rows, (long long)n->n_proved, (long long)n->head.seq,
           with_ledger ? ", compared with the ledger" : "");
    printf(n->n_problems ? "%lld problems\n" : "all as it was exported\n",
           (long long)n->n_problems);
    return OK;
}

static enum err export_verify(struct cli *c, const char *path)
{
    struct export_check_params p = {.problem = export_problem_print, .context = c};
    struct seal_sums sums;
    uint8_t key[32];
    enum err e;

    p.public_half = key;
    if (cli_value(c, "--key")) {
        TRY(key_read(c, key));
    } else {
        TRY(store_open(&p.store, c->data, STORE_READ));
        e = ledger_public_key(c->data, key);
        if (e) {
            store_close(p.store);
            return e;
        }
    }
    e = export_check(path, &p, &sums);
    if (!e) e = export_sums_print(c, &sums, p.store != NULL);
    store_close(p.store);
    if (!e && sums.n_problems)
        e = fail(ERR_CORRUPT, "%lld problems were found", (long long)sums.n_problems);
    return e;
}

enum err cmd_verify(struct cli *c)
{
    struct ledger_report report = {.problem = problem_print, .context = c};
    struct ledger_sums sums;
    struct store *s;
    enum err e;

    if (cli_value(c, "--export")) return export_verify(c, cli_value(c, "--export"));
    if (cli_value(c, "--key")) return cli_usage(c, "--key is for --export FILE");
    if (isatty(STDERR_FILENO)) report.progress = progress_draw;
    TRY(store_open(&s, c->data, STORE_READ));
    e = ledger_verify(s, &report, &sums);
    if (!e) e = sums_print(c, &sums);
    store_close(s);
    if (!e && sums.n_problems)
        e = fail(ERR_CORRUPT, "%lld problems were found", (long long)sums.n_problems);
    return e;
}
