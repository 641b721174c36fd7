/* A project of many labels, measured and read as the program does it: bench_labels [items]
 *
 * Puts three labels of 200 people on each item straight into the tables (no ledger), then prints wall
 * clock, processor time and the highest resident memory so far of the quality job, and of reading every
 * item's answer page by page. */
#include "check.h"
#include "domain/answer.h"
#include "jobs/quality.h"
#include "store/quality.h"
#include "unit/jobs/workshop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static const char *const CLASSES[] = {"c0", "c1", "c2", "c3", "c4", "c5",
                                      "c6", "c7", "c8", "c9", NULL};

static double seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void tell(const char *what, double wall, double cpu)
{
    struct rusage use;

    getrusage(RUSAGE_SELF, &use);
    printf("%-44s %7.2f s %7.2f s %5ld MiB\n", what, seconds(CLOCK_MONOTONIC) - wall,
           seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu, use.ru_maxrss / 1024);
    fflush(stdout);
}

static void fill(struct workshop *w, long n_items)
{
    char sql[2000];

    snprintf(
        sql, sizeof sql,
        "BEGIN; WITH n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 299) INSERT INTO "
        "user (id, name, role, created_at) SELECT i, 'person ' || i, 'annotator', 1 FROM n;"
        "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %ld) INSERT INTO item "
        "(id, project_id, hash, format, n_bytes, path, shuffle, created_at) SELECT i, %lld, "
        "CAST(printf('%%032d', i) AS BLOB), 'text/plain', 1, 'x', i, 1 FROM n; COMMIT;",
        n_items, (long long)w->project.id);
    folder_sql(&w->folder, sql);
    /* Fifteen in a hundred say the next class. */
    snprintf(
        sql, sizeof sql,
        "WITH n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 3 * %ld - 1), "
        "l(item, person, seq, wrong) AS (SELECT i / 3 + 1, 100 + (i / 3 * 7 + i %% 3 * 61) "
        "%% 200, i + 1, (i * 2654435761 >> 9) %% 100 < 15 FROM n) INSERT INTO label (item_id, "
        "user_id, project_id, seq, client_id, answer, \"values\", question_version, "
        "elapsed_ms, at) SELECT item, person, %lld, seq, CAST(printf('%%016d', seq) AS BLOB), "
        "'accept', '{\"class\":\"c' || ((item + wrong) %% 10) || '\"}', 1, 1000 + seq %% "
        "5000, seq FROM l;",
        n_items, (long long)w->project.id);
    folder_sql(&w->folder, sql);
}

static size_t read_answers(struct workshop *w)
{
    const struct answers_ask ask = {.project_id = w->project.id};
    struct answers *x;
    struct item_answer *list;
    int64_t after = 0;
    size_t total = 0;
    size_t n;

    CHECK_OK(answers_open(w->store, &ask, &x));
    do {
        struct arena a;

        arena_init(&a, 64 * MIB);
        CHECK_OK(answers_page(x, &a, after, 500, &list, &n));
        if (n) after = list[n - 1].item_id;
        total += n;
        arena_free(&a);
    } while (n);
    answers_close(x);
    return total;
}

int main(int argc, char **argv)
{
    const long n_items = argc > 1 ? strtol(argv[1], NULL, 10) : 333334;
    struct workshop w;
    struct quality_result r;
    double wall;
    double cpu;

    workshop_new(&w, PROJECT_TEXT, CLASSES);
    fill(&w, n_items);
    printf("%ld labels: wall clock, processor time, memory at its highest\n", 3 * n_items);
    wall = seconds(CLOCK_MONOTONIC);
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    printf("  %zu items have an answer\n", read_answers(&w));
    tell("every item's answer, 500 a page", wall, cpu);
    wall = seconds(CLOCK_MONOTONIC);
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    CHECK_OK(workshop_job(&w, "quality", quality_params_write(&w.arena, QUALITY_AGREEMENT)));
    tell("the quality job, 1,000 bootstrap rounds", wall, cpu);
    CHECK_OK(store_quality_get(w.store, &w.arena, w.project.id, "agreement", &r));
    printf("  its result: %zu KiB\n", strlen(r.body) / 1024);
    workshop_free(&w);
    return 0;
}
