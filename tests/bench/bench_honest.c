/* How often the honest set (sampler/honest.h) accuses picking falsely, and how often it notices.
 *
 *     bench_honest [cases]
 *
 * Each case is a pool of its own: 2 to 12 classes of unequal size that overlap more or less, so that
 * models are right between about half and nearly all of the time. So many labels are drawn at random,
 * as many are picked: by chance too (an alarm is false, and nothing that is no worse is accused more
 * often), by MaxHerding, the cold start (false as well, where it is no worse), or of half of the classes
 * only (an alarm is right). Prints the share of cases with an alarm. */
#include "sampler/honest.h"
#include "sampler/pick.h"
#include "sampler/rng.h"
#include "unit/sampler/made.h"

#include <stdio.h>
#include <stdlib.h>

enum { POOL = 800, D = 8, PICKED_MAX = 200 };
enum how { BY_CHANCE, HERDING, HALF_THE_CLASSES, HOWS };

static float z[POOL * D];
static int32_t truth[POOL];

static void must(enum smp_status e)
{
    if (!e) return;
    fprintf(stderr, "bench_honest: %s\n", smp_message());
    exit(1);
}

static size_t world_make(uint64_t seed)
{
    struct smp_rng rng;
    struct made_blobs blobs = {.n = POOL, .d = D, .seed = seed};

    smp_rng_seed(&rng, seed, 7);
    blobs.n_classes = 2 + smp_rng_below(&rng, 11);
    blobs.spread = 0.2f + 0.8f * (float)smp_rng_unit(&rng);
    made_blobs(&blobs, z, truth);
    return blobs.n_classes;
}

struct labels {
    size_t row[2 * PICKED_MAX];
    int32_t y[2 * PICKED_MAX];
    uint8_t drawn[2 * PICKED_MAX];
    size_t n;
};

static void add(struct labels *l, size_t row, uint8_t drawn)
{
    l->row[l->n] = row;
    l->y[l->n] = truth[row];
    l->drawn[l->n++] = drawn;
}

static void herd(struct labels *l, const struct smp_features *f, size_t n_classes, size_t m)
{
    const struct smp_question q = {.labels = {.n_classes = n_classes}};
    const struct smp_pick_in in = {.features = f,
                                   .question = &q,
                                   .n_questions = 1,
                                   .banned = l->row,
                                   .n_banned = l->n,
                                   .strategy = SMP_MAXHERD,
                                   .batch = m};
    static struct smp_pick picks[PICKED_MAX];
    size_t n;

    must(smp_pick(&in, picks, &n));
    for (size_t i = 0; i < n; i++)
        add(l, picks[i].row, 0);
}

static bool alarms(uint64_t seed, size_t m, enum how how)
{
    static size_t order[POOL];
    static struct labels l;
    const struct smp_features f = {.n = POOL, .n_parts = 1, .part = {z}, .d = {D}};
    const size_t n_classes = world_make(seed);
    struct smp_honest_in in = {.features = &f, .drawn = l.drawn, .seed = seed, .n_threads = 1};
    struct smp_rng rng;
    struct smp_honest h;

    for (size_t i = 0; i < POOL; i++)
        order[i] = i;
    smp_rng_seed(&rng, seed, 8);
    smp_rng_shuffle(&rng, order, POOL);
    l.n = 0;
    for (size_t i = 0; i < m; i++)
        add(&l, order[i], 1);
    if (how == HERDING) herd(&l, &f, n_classes, m);
    for (size_t i = m; i < POOL && l.n < 2 * m; i++)
        if (how == BY_CHANCE || truth[order[i]] < (int32_t)(n_classes + 1) / 2)
            add(&l, order[i], 0);
    in.labels = (struct smp_labels){.row = l.row, .y = l.y, .n = l.n, .n_classes = n_classes};
    must(smp_honest(&in, &h));
    return h.losing;
}

int main(int argc, char **argv)
{
    static const size_t DRAWN[4] = {20, 40, 80, 160};
    static const char *const NAME[HOWS] = {"by chance", "MaxHerding", "half the classes"};
    const size_t cases = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000;

    printf("alarms in %% of %zu cases\n%-18s", cases, "drawn labels");
    for (int i = 0; i < 4; i++)
        printf("  %6zu", DRAWN[i]);
    for (int how = 0; how < HOWS; how++) {
        printf("\n%-18s", NAME[how]);
        for (int i = 0; i < 4; i++) {
            size_t n = 0;

            for (size_t c = 0; c < cases; c++)
                n += alarms(c, DRAWN[i], (enum how)how);
            printf("  %6.2f", 100 * (double)n / (double)cases);
            fflush(stdout);
        }
    }
    printf("\n");
    return 0;
}
