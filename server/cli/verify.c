#include "cli/cli.h"
#include "domain/ledger.h"
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
            c, json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "rows", (json_int_t)n->n_rows,
                         "heads", (json_int_t)n->n_heads, "labels", (json_int_t)n->n_labels,
                         "items", (json_int_t)n->n_items, "head", (json_int_t)n->head_seq,
                         "problems", (json_int_t)n->n_problems));
    printf("%lld ledger rows under %lld signatures, %lld labels, %lld items: ",
           (long long)n->n_rows, (long long)n->n_heads, (long long)n->n_labels,
           (long long)n->n_items);
    printf(n->n_problems ? "%lld problems\n" : "all as it was written\n",
           (long long)n->n_problems);
    return OK;
}

enum err cmd_verify(struct cli *c)
{
    struct ledger_report report = {.problem = problem_print, .context = c};
    struct ledger_sums sums;
    struct store *s;
    enum err e;

    if (isatty(STDERR_FILENO)) report.progress = progress_draw;
    TRY(store_open(&s, c->data, STORE_READ));
    e = ledger_verify(s, &report, &sums);
    if (!e) e = sums_print(c, &sums);
    store_close(s);
    if (!e && sums.n_problems)
        e = fail(ERR_CORRUPT, "%lld problems were found", (long long)sums.n_problems);
    return e;
}
