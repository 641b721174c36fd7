/* The statistics of labels at size: bench_quality [answers] [threads]
 *
 * Makes a crowd (three people an item of 200, ten classes, people right 60 to 95 % of the time) and
 * prints, for each measure, seconds of wall clock and of all threads' processor time, and the resident
 * memory at its highest so far. */
#include "sampler/quality/agreement.h"
#include "sampler/quality/crowd.h"
#include "sampler/quality/duplicates.h"
#include "sampler/quality/split.h"
#include "sampler/quality/vote.h"
#include "sampler/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum { PEOPLE = 200, CLASSES = 10, OVERLAP = 3, ROUNDS = 1000 };

struct made {
    uint32_t *item, *person, *answer, *truth;
    struct smp_answers answers;
};

struct times {
    double wall, cpu;
};

static double seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct times now(void)
{
    return (struct times){seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID)};
}

static void need(int ok)
{
    if (ok) return;
    fprintf(stderr, "bench_quality: %s\n", smp_message());
    exit(1);
}

/* What was used since `from`, and a new start. */
static struct times tell(const char *what, struct times from)
{
    const struct times to = now();
    struct rusage use;

    getrusage(RUSAGE_SELF, &use);
    printf("%-52s %7.2f s %7.2f s %5ld MiB\n", what, to.wall - from.wall, to.cpu - from.cpu,
           use.ru_maxrss / 1024);
    return now();
}

static void *room(size_t n)
{
    void *p = malloc(n);

    need(p != NULL);
    return p;
}

static void make(size_t n, struct made *m)
{
    struct smp_rng rng;
    size_t who[OVERLAP];

    m->item = room(n * sizeof *m->item);
    m->person = room(n * sizeof *m->person);
    m->answer = room(n * sizeof *m->answer);
    m->truth = room((n / OVERLAP + 1) * sizeof *m->truth);
    smp_rng_seed(&rng, 1, 0);
    for (size_t i = 0; i < n; i++) {
        const size_t item = i / OVERLAP;
        if (i % OVERLAP == 0) {
            smp_rng_subset(&rng, PEOPLE, OVERLAP, who);
            m->truth[item] = (uint32_t)smp_rng_below(&rng, CLASSES);
        }
        const double right = 0.6 + 0.35 * (double)who[i % OVERLAP] / PEOPLE;
        const bool is_right = smp_rng_unit(&rng) < right;
        m->item[i] = (uint32_t)item;
        m->person[i] = (uint32_t)who[i % OVERLAP];
        m->answer[i] = is_right ? m->truth[item] : (uint32_t)smp_rng_below(&rng, CLASSES);
    }
    m->answers = (struct smp_answers){m->item,         m->person, m->answer, n,
                                      n / OVERLAP + 1, PEOPLE,    CLASSES};
}

static void measure_agreement(const struct made *m, unsigned threads)
{
    struct smp_agreement_in in = {.answers = m->answers, .bootstrap = {.n_threads = threads}};
    struct smp_agreement all;
    struct smp_class_agreement classes[CLASSES];
    struct smp_pair *pairs;
    size_t n_pairs;
    struct times t = now();

    need(!smp_agreement(&in, &all, NULL));
    t = tell("percent, Fleiss, alpha", t);
    in.bootstrap.rounds = ROUNDS;
    need(!smp_agreement(&in, &all, classes));
    t = tell("the same and each class, 1,000 bootstrap rounds", t);
    in.scale = SMP_ORDINAL;
    need(!smp_agreement(&in, &all, NULL));
    t = tell("ordinal, 1,000 rounds", t);
    in.scale = SMP_NOMINAL;
    in.bootstrap.rounds = 0;
    need(!smp_agreement_pairs(&in, 10, &pairs, &n_pairs));
    t = tell("Cohen's kappa of all pairs", t);
    free(pairs);
    in.bootstrap.rounds = ROUNDS;
    need(!smp_agreement_pairs(&in, 10, &pairs, &n_pairs));
    tell("the same, 1,000 rounds", t);
    printf("  %zu kinds of items, %zu pairs; alpha %.4f [%.4f, %.4f]\n", all.n_kinds, n_pairs,
           all.alpha.value, all.alpha.low, all.alpha.high);
    free(pairs);
}

static void measure_consensus(const struct made *m, unsigned threads)
{
    const size_t n = m->answers.n_items;
    struct smp_vote *votes = room(n * sizeof *votes);
    struct smp_trusted people[PEOPLE];
    struct smp_crowd crowd;
    int32_t *winner = room(n * sizeof *winner);
    size_t right[2] = {0};
    struct times t = now();

    need(!smp_vote(&m->answers, NULL, votes));
    t = tell("majority", t);
    need(!smp_trust(&m->answers, people));
    t = tell("trust", t);
    need(!smp_crowd_fit(
        &(struct smp_crowd_in){.answers = m->answers, .smoothing = 1, .n_threads = threads},
        &crowd));
    tell("Dawid & Skene", t);
    smp_crowd_winners(&crowd, winner);
    for (size_t i = 0; i + 1 < n; i++) {
        right[0] += votes[i].winner == (int32_t)m->truth[i];
        right[1] += winner[i] == (int32_t)m->truth[i];
    }
    printf("  %zu rounds; right: majority %.4f, Dawid & Skene %.4f\n", crowd.rounds,
           (double)right[0] / (double)(n - 1), (double)right[1] / (double)(n - 1));
    smp_crowd_free(&crowd);
    free(votes);
    free(winner);
}

static void measure_hashes(size_t n, unsigned threads)
{
    uint64_t *hash = room(n * sizeof *hash);
    uint32_t *group = room(n * sizeof *group);
    const double share[3] = {0.8, 0.1, 0.1};
    size_t n_groups = 0;
    struct smp_rng rng;
    struct times t = now();

    smp_rng_seed(&rng, 2, 0);
    for (size_t i = 0; i < n; i++) {
        hash[i] = i && smp_rng_below(&rng, 10) == 0 ? hash[smp_rng_below(&rng, i)]
                                                    : smp_rng_u64(&rng);
        if (smp_rng_below(&rng, 2)) hash[i] ^= (uint64_t)1 << smp_rng_below(&rng, 64);
    }
    for (unsigned radius = 3; radius <= 8; radius += radius == 3 ? 3 : 2) {
        char what[60];
        t = now();
        need(!smp_near_hashes(
            &(struct smp_near_in){.hash = hash, .n = n, .radius = radius, .n_threads = threads},
            group, &n_groups));
        snprintf(what, sizeof what, "near hashes within %u bits", radius);
        t = tell(what, t);
    }
    for (size_t i = 0; i < n; i++)
        hash[i] = group[i];
    for (size_t i = 0; i < n; i++)
        group[i] = (uint32_t)smp_rng_below(&rng, CLASSES);
    t = now();
    need(!smp_split(&(struct smp_split_in){hash, group, n, CLASSES, share, 3, 1}, group));
    tell("split in three, groups whole", t);
    printf("  %zu groups\n", n_groups);
    free(hash);
    free(group);
}

int main(int argc, char **argv)
{
    const size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
    const unsigned threads = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 2;
    struct made made;

    if (n < OVERLAP) {
        fprintf(stderr, "usage: bench_quality [answers] [threads]\n");
        return 2;
    }
    printf("%zu answers, %d people, %d classes, %u threads\n", n, PEOPLE, CLASSES, threads);
    make(n, &made);
    tell("made", now());
    measure_agreement(&made, threads);
    measure_consensus(&made, threads);
    measure_hashes(n, threads);
    free(made.item);
    free(made.person);
    free(made.answer);
    free(made.truth);
    return 0;
}
