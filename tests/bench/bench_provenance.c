/* bench_provenance - what provenance costs with many labels.
 *
 *     build/release/tests/bench/bench_provenance [labels, 1000000]
 *
 * Makes a project of so many texts, one label each by one of 20 people in turn, and then measures, one after
 * the other, each by the clock, by the processor and by the peak of memory that it adds: `verify`; freezing a data set, split by
 * metadata; freezing it anew (the hash must be equal); `verify` with the two data sets; the export as JSON
 * Lines; its check by the key alone; its check beside the ledger as well. */
#include "check.h"

#include "base/clock.h"
#include "base/file.h"
#include "domain/dataset.h"
#include "domain/ledger.h"
#include "formats/export.h"
#include "formats/export_check.h"
#include "jobs/run.h"
#include "store/writer.h"
#include "unit/domain/world.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 5000, CAMERAS = 5000 };

static struct world W;
static struct writer *Q;

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A field of /proc/self/status in MiB. */
static double memory_of(const char *field)
{
    FILE *f = fopen("/proc/self/status", "re");
    char line[200];
    double kib = 0;

    if (!f) abort();
    while (fgets(line, sizeof line, f))
        if (!strncmp(line, field, strlen(field))) kib = strtod(line + strlen(field), NULL);
    fclose(f);
    return kib / 1024;
}

static double cpu_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double BEGAN, USED, HELD;

static void begin(void)
{
    FILE *f = fopen("/proc/self/clear_refs", "we"); /* 5: the peak starts anew */

    if (f) {
        fputs("5", f);
        fclose(f);
    }
    HELD = memory_of("VmRSS:");
    USED = cpu_seconds();
    BEGAN = seconds();
}

static void end(const char *what)
{
    printf("%-40s %7.1f s %7.1f s of processor %7.0f MiB\n", what, seconds() - BEGAN,
           cpu_seconds() - USED, memory_of("VmHWM:") - HELD);
    fflush(stdout);
}

static enum err add_some(int64_t from, int64_t to)
{
    for (int64_t i = from; i < to; i++) {
        char text[60];
        char meta[60];
        enum item_added added;
        struct item item = {.project_id = W.p.id, .format = "text/plain", .path = "made.csv"};

        snprintf(text, sizeof text, "the text of item number %lld", (long long)i);
        snprintf(meta, sizeof meta, "{\"camera\":\"%lld\"}", (long long)(i % CAMERAS));
        item.meta = meta;
        item.n_bytes = item.n_chars = (int64_t)strlen(text);
        hash_of(&item.hash, text, strlen(text));
        TRY(item_add(W.s, &item, text, strlen(text), NOW, &added));
        if (!W.first) W.first = item.id;
    }
    return OK;
}

static enum err label_some(int64_t from, int64_t to)
{
    static const char *const NAMES[] = {"a", "a", "a", "b", "c"};

    for (int64_t i = from; i < to; i++) {
        struct label_new n =
            world_label(&W, W.first + i, W.user[i / 1000 % 20], ANSWER_ACCEPT, NAMES[i % 5]);
        struct label_result r;
        struct arena a;
        enum err e;

        arena_init(&a, MIB);
        e = label_submit(W.s, &a, &n, NOW + i * 1000, &r);
        arena_free(&a);
        TRY(e);
    }
    return OK;
}

static void fill(int64_t n)
{
    const double began = seconds();

    for (int64_t i = 0; i < n; i += BATCH) {
        const int64_t to = i + BATCH < n ? i + BATCH : n;
        CHECK_OK(store_begin(W.s));
        CHECK_OK(store_end(W.s, add_some(i, to)));
        CHECK_OK(store_begin(W.s));
        CHECK_OK(store_end(W.s, label_some(i, to)));
    }
    printf("%lld items with a label each, made in %.0f s\n", (long long)n, seconds() - began);
}

static void problem(void *context, int64_t seq, const char *sentence)
{
    (void)context;
    printf("no. %lld: %s\n", (long long)seq, sentence);
    abort();
}

static void verify(const char *what)
{
    const struct ledger_report report = {.problem = problem};
    struct ledger_sums sums;

    begin();
    CHECK_OK(ledger_verify(W.s, &report, &sums));
    end(what);
}

struct beginning {
    struct dataset_new new;
    struct dataset d;
    struct job job;
};

static enum err begin_task(struct store *s, void *context)
{
    struct beginning *x = context;

    return dataset_begin(s, &W.a, &x->new, NOW, &x->d, &x->job);
}

static struct dataset freeze(int64_t seq, const char *what)
{
    static const char SPEC[] =
        "{\"split\":{\"keep_together\":[\"meta:camera\",\"duplicates\"]}}";
    struct dataset_spec spec;
    struct beginning x = {
        .new = {.project_id = W.p.id, .spec = &spec, .ledger_seq = seq}
    };
    struct job_run run = {.store = W.s, .writer = Q, .folder = W.folder.path, .threads = 2};
    json_t *body;

    CHECK_OK(json_read(&body, SPEC, strlen(SPEC)));
    CHECK_OK(dataset_spec_read(&W.a, body, &spec));
    json_decref(body);
    CHECK_OK(writer_do(Q, begin_task, &x));
    begin();
    CHECK_OK(run_claim_job(&run, x.job.id));
    CHECK_OK(run_work(&run));
    run_close(&run);
    end(what);
    CHECK_OK(store_dataset_get(W.s, &W.a, x.d.id, &x.d));
    return x.d;
}

static void write_out(const char *path, const struct dataset *d, const char *what)
{
    const struct export_options options = {
        .format = EXPORT_JSONL, .dataset = d, .parts = ALL_PARTS};
    struct export *x;
    struct buf piece;
    FILE *f = fopen(path, "we");
    struct stat size;

    if (!f) abort();
    buf_init(&piece, 64 * MIB);
    begin();
    CHECK_OK(export_open(&x, W.s, W.p.id, &options));
    do {
        buf_clear(&piece);
        CHECK_OK(export_next(x, &piece));
        if (fwrite(piece.data, 1, piece.size, f) != piece.size) abort();
    } while (piece.size);
    export_close(x);
    fclose(f);
    end(what);
    if (stat(path, &size)) abort();
    printf("    %.0f MB\n", (double)size.st_size / 1e6);
    buf_free(&piece);
}

static void check(const char *path, struct store *s, const char *what)
{
    struct export_check_params p = {.store = s, .problem = problem};
    struct seal_sums sums;
    uint8_t key[32];

    CHECK_OK(ledger_public_key(W.folder.path, key));
    p.public_half = key;
    begin();
    CHECK_OK(export_check(path, &p, &sums));
    end(what);
    assert_true(sums.n_proved == sums.n_rows);
}

int main(int argc, char **argv)
{
    const int64_t n = argc > 1 ? strtoll(argv[1], NULL, 10) : 1000000;
    struct dataset one;
    struct dataset two;
    char path[300];

    CHECK_OK(hash_start());
    world_new(&W, 0, 1);
    fill(n);
    CHECK_OK(writer_start(&Q, W.folder.path, ledger_attach, NULL));
    verify("verify");
    one = freeze(0, "freeze, current answers");
    two = freeze(one.ledger_seq, "freeze anew, answers of then");
    if (!hash_equal(&one.hash, &two.hash)) abort();
    verify("verify with two data sets");
    snprintf(path, sizeof path, "%s/x.jsonl", W.folder.path);
    write_out(path, NULL, "export of the labels");
    check(path, NULL, "check of the labels by the key");
    check(path, W.s, "check of the labels with the ledger");
    write_out(path, &one, "export of the data set");
    check(path, NULL, "check of the data set by the key");
    check(path, W.s, "check of the data set with the folder");
    writer_stop(Q);
    world_free(&W);
    return 0;
}
