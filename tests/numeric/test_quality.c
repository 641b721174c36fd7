/* The statistics of labels on real ones, where those are: EXEMPLAR_QUALITY names a folder with btc-crowd
 * (1,000 tweets, two people each, and what was adjudicated later) and cifar10-label-errors (out-of-fold
 * probabilities, and five people's verdict on 275 doubtful labels); EXEMPLAR_FASHION that of
 * Fashion-MNIST. */
#include "unit/sampler/check_smp.h"

#include "fashion.h"

#include "sampler/encoder.h"
#include "sampler/quality/crowd.h"
#include "sampler/quality/label_errors.h"
#include "sampler/quality/out_of_fold.h"
#include "sampler/quality/vote.h"
#include "sampler/rng.h"

#include <jansson.h>
#include <stdio.h>

static FILE *open_file(const char *variable, const char *name)
{
    const char *folder = getenv(variable);
    char path[1000];

    snprintf(path, sizeof path, "%s/%s", folder ? folder : "", name);
    return fopen(path, "rb");
}

/* -- a crowd against what was adjudicated ---------------------------------------------------------- */

enum { TWEETS = 1100, TOKENS_MAX = 200, ITEMS_MAX = 80000, KINDS = 3, PEOPLE_MAX = 16 };

static const char *const KIND[KINDS] = {"loc", "per", "org"};
static const char *const TAG[KINDS] = {"LOC", "PER", "ORG"};

/* A text's letters and digits: by them the crowd's tokens and the gold's are laid over each other, which
 * were cut in different ways. */
struct letters {
    char text[4000];
    size_t n;
    uint8_t tag[4000]; /* bit k: this byte is of KIND[k] */
};

struct crowd_data {
    struct letters *gold; /* (n_gold) */
    size_t n_gold;
    uint32_t item[2 * ITEMS_MAX], person[2 * ITEMS_MAX], answer[2 * ITEMS_MAX];
    uint8_t truth[ITEMS_MAX], kind[ITEMS_MAX];
    size_t n, n_items;
};

static void add_letters(struct letters *l, const char *text, uint8_t tag)
{
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        const bool kept =
            c >= 0x80 || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
        if (!kept) continue;
        assert_true(l->n < sizeof l->text);
        l->tag[l->n] = tag;
        l->text[l->n++] = *text;
    }
}

static void read_gold(FILE *f, struct crowd_data *d)
{
    char line[4000];

    d->gold = calloc(TWEETS, sizeof *d->gold);
    assert_non_null(d->gold);
    while (fgets(line, sizeof line, f)) {
        char *tab = strchr(line, '\t');
        uint8_t tag = 0;
        if (!tab) {
            d->n_gold += d->gold[d->n_gold].n > 0;
            assert_true(d->n_gold < TWEETS);
            continue;
        }
        *tab = 0;
        for (int k = 0; k < KINDS; k++)
            if (strstr(tab + 1, TAG[k])) tag = (uint8_t)(1 << k);
        add_letters(&d->gold[d->n_gold], line, tag);
    }
    d->n_gold += d->gold[d->n_gold].n > 0;
}

static const struct letters *find_gold(const struct crowd_data *d, const json_t *tokens)
{
    static struct letters all;
    size_t i;
    json_t *token;

    all.n = 0;
    json_array_foreach(tokens, i, token) add_letters(&all, json_string_value(token), 0);
    for (size_t g = 0; g < d->n_gold; g++)
        if (d->gold[g].n == all.n && !memcmp(d->gold[g].text, all.text, all.n))
            return &d->gold[g];
    return NULL;
}

static void read_clicks(const json_t *answer, uint8_t clicked[TOKENS_MAX])
{
    const char *key;
    json_t *value;

    memset(clicked, 0, TOKENS_MAX);
    json_object_foreach((json_t *)answer, key, value)
    {
        size_t i;
        json_t *place;
        if (strncmp(key, "click_to_mark", 13) != 0 || !json_is_array(value)) continue;
        json_array_foreach(value, i, place)
        {
            const long at = strtol(json_string_value(place), NULL, 10);
            if (at >= 0 && at < TOKENS_MAX) clicked[at] = 1;
        }
    }
}

/* Every token with a letter in it is an item; every person who saw the tweet answers yes or no. */
static void add_unit(struct crowd_data *d, const json_t *unit, int kind)
{
    const json_t *tokens = json_object_get(unit, "tokens");
    const struct letters *gold = find_gold(d, tokens);
    const json_t *judgments = json_object_get(unit, "judgments");
    const size_t first = d->n_items;
    size_t i, at = 0;
    json_t *token, *judgment;
    size_t item_of[TOKENS_MAX];

    if (!gold) return; /* one in 200 was corrected too much */
    json_array_foreach(tokens, i, token)
    {
        static struct letters own;
        uint8_t tags = 0;
        own.n = 0;
        add_letters(&own, json_string_value(token), 0);
        item_of[i] = own.n ? d->n_items : SIZE_MAX;
        for (size_t j = 0; j < own.n; j++)
            tags |= gold->tag[at++];
        if (!own.n) continue;
        d->kind[d->n_items] = (uint8_t)kind;
        d->truth[d->n_items++] = tags >> kind & 1;
    }
    assert_true(d->n_items < ITEMS_MAX && d->n_items >= first);
    json_array_foreach(judgments, i, judgment)
    {
        uint8_t clicked[TOKENS_MAX];
        const char *worker = json_string_value(json_object_get(judgment, "worker"));
        read_clicks(json_object_get(judgment, "answer"), clicked);
        for (size_t t = 0; t < json_array_size(tokens); t++) {
            if (item_of[t] == SIZE_MAX) continue;
            d->item[d->n] = (uint32_t)item_of[t];
            d->person[d->n] = (uint32_t)strtoul(worker + 1, NULL, 10);
            assert_true(d->person[d->n] < PEOPLE_MAX);
            d->answer[d->n++] = clicked[t];
        }
    }
}

static void read_crowd(FILE *f, struct crowd_data *d)
{
    static char line[100000];

    while (fgets(line, sizeof line, f)) {
        json_t *unit = json_loads(line, 0, NULL);
        assert_non_null(unit);
        for (int k = 0; k < KINDS; k++)
            if (!strcmp(json_string_value(json_object_get(unit, "type")), KIND[k]))
                add_unit(d, unit, k);
        json_decref(unit);
    }
}

struct hits {
    double yes_right, yes, truth;
};

static void count_hit(struct hits *h, int said, int truth)
{
    h->yes_right += said && truth;
    h->yes += said;
    h->truth += truth;
}

static double f1(const struct hits *h)
{
    return 2 * h->yes_right / (h->yes + h->truth);
}

static void test_consensus_beats_the_average_worker_on_tweets(void **state)
{
    (void)state;
    static struct crowd_data d;
    FILE *gold = open_file("EXEMPLAR_QUALITY", "btc-crowd/a.conll");
    FILE *crowd = open_file("EXEMPLAR_QUALITY", "btc-crowd/btc_a_crowd.jsonl");
    struct hits workers[KINDS + 1] = {{0}}, fitted[KINDS + 1] = {{0}};
    struct smp_crowd fit;

    if (!gold || !crowd) skip();
    read_gold(gold, &d);
    read_crowd(crowd, &d);
    fclose(gold);
    fclose(crowd);
    const struct smp_answers answers = {d.item,    d.person,   d.answer, d.n,
                                        d.n_items, PEOPLE_MAX, 2};
    CHECK_OK(smp_crowd_fit(
        &(struct smp_crowd_in){.answers = answers, .smoothing = 1, .n_threads = 2}, &fit));
    for (size_t i = 0; i < d.n; i++) {
        count_hit(&workers[KINDS], (int)d.answer[i], d.truth[d.item[i]]);
        count_hit(&workers[d.kind[d.item[i]]], (int)d.answer[i], d.truth[d.item[i]]);
    }
    for (size_t i = 0; i < d.n_items; i++) {
        const int said = fit.posterior[2 * i + 1] > 0.5;
        count_hit(&fitted[KINDS], said, d.truth[i]);
        count_hit(&fitted[d.kind[i]], said, d.truth[i]);
    }
    for (int k = 0; k <= KINDS; k++) {
        print_message("%s: average worker %.4f, Dawid & Skene %.4f\n",
                      k < KINDS ? KIND[k] : "all", f1(&workers[k]), f1(&fitted[k]));
        assert_true(f1(&fitted[k]) > f1(&workers[k]));
    }
    assert_in_range(d.n_items, 35000, ITEMS_MAX);
    smp_crowd_free(&fit);
    free(d.gold);
}

/* -- verified label errors ------------------------------------------------------------------------- */

enum { CIFAR = 10000, CLASSES = 10 };

/* The numbers behind a .npy file's header (format 1.0: two bytes of its length at 8). */
static bool read_npy(const char *name, void *out, size_t bytes)
{
    FILE *f = open_file("EXEMPLAR_QUALITY", name);
    unsigned char head[10];
    bool whole;

    if (!f) return false;
    whole = fread(head, 1, 10, f) == 10 && !fseek(f, 10 + head[8] + 256 * head[9], SEEK_SET) &&
            fread(out, 1, bytes, f) == bytes;
    fclose(f);
    return whole;
}

/* wrong (CIFAR): fewer than three of five people chose the given class alone, which makes the 54 of Northcutt,
 * Athalye & Mueller (NeurIPS 2021), table 2; asked (CIFAR): was shown to people. */
static size_t read_verdicts(uint8_t *wrong, uint8_t *asked)
{
    FILE *f = open_file("EXEMPLAR_QUALITY", "cifar10-label-errors/cifar10_mturk.json");
    static char text[200000];
    size_t n, i, found = 0;
    json_t *all, *one;

    assert_non_null(f);
    n = fread(text, 1, sizeof text, f);
    fclose(f);
    all = json_loadb(text, n, 0, NULL);
    assert_non_null(all);
    json_array_foreach(all, i, one)
    {
        const json_t *votes = json_object_get(one, "mturk");
        const json_int_t id = json_integer_value(json_object_get(one, "id"));
        assert_in_range(id, 0, CIFAR - 1);
        asked[id] = 1;
        wrong[id] = json_integer_value(json_object_get(votes, "given")) < 3;
        found += wrong[id];
    }
    json_decref(all);
    return found;
}

static void test_verified_errors_of_cifar_stand_at_the_front(void **state)
{
    (void)state;
    static double wide[CIFAR * CLASSES];
    static float p[CIFAR * CLASSES];
    static int16_t labels[CIFAR];
    static int32_t given[CIFAR];
    static uint8_t wrong[CIFAR], asked[CIFAR];
    struct smp_label_errors found;
    size_t n_asked = 0, confident = 0, confident_asked = 0;

    if (!read_npy("cifar10-label-errors/cifar10_test_set_pyx.npy", wide, sizeof wide)) skip();
    assert_true(read_npy("cifar10-label-errors/cifar10_test_set_original_labels.npy", labels,
                         sizeof labels));
    for (size_t i = 0; i < CIFAR * CLASSES; i++)
        p[i] = (float)wide[i];
    for (size_t i = 0; i < CIFAR; i++)
        given[i] = labels[i];
    const size_t n_wrong = read_verdicts(wrong, asked);
    assert_int_equal(n_wrong, 54);
    CHECK_OK(smp_label_errors(&(struct smp_labels_in){p, given, CIFAR, CLASSES}, &found));
    const struct smp_ranking r = smp_rank_figures(found.suspect, CIFAR, wrong);
    for (size_t i = 0; i < CIFAR; i++) {
        n_asked += asked[found.suspect[i].row];
        confident += found.suspect[i].confident;
        confident_asked += found.suspect[i].confident && asked[found.suspect[i].row];
    }
    size_t in_first = 0;
    for (size_t i = 0; i < 275; i++)
        in_first += wrong[found.suspect[i].row];
    print_message("asked %zu, wrong %zu, said %zu, off the diagonal %zu (%zu of those asked)\n",
                  n_asked, n_wrong, found.n_errors, confident, confident_asked);
    print_message(
        "of the first 275 %zu wrong; AUROC %.4f, average precision %.3f (chance %.4f)\n",
        in_first, r.auroc, r.average_precision, (double)n_wrong / CIFAR);
    assert_true(r.auroc > 0.97);
    assert_true(r.average_precision > 20 * (double)n_wrong / CIFAR);
    assert_true(2 * in_first > n_wrong);
    smp_label_errors_free(&found);
}

/* -- flipped labels of Fashion-MNIST --------------------------------------------------------------- */

enum { POOL = 10000, LABELS = 1000, FLIPS = 100, SEEDS = 3 };

/* Chooses labels, flips a tenth, and looks for them again. */
static struct smp_ranking find_flips(const float *z, size_t d, const uint8_t *y, uint64_t seed)
{
    static size_t row[LABELS], flipped[FLIPS];
    static int32_t given[LABELS];
    static uint8_t wrong[LABELS];
    static float p[LABELS * CLASSES];
    struct smp_label_errors found;
    struct smp_ranking r;
    struct smp_rng rng;

    smp_rng_seed(&rng, seed, 0);
    smp_rng_subset(&rng, POOL, LABELS, row);
    smp_rng_subset(&rng, LABELS, FLIPS, flipped);
    memset(wrong, 0, sizeof wrong);
    for (size_t i = 0; i < LABELS; i++)
        given[i] = y[row[i]];
    for (size_t i = 0; i < FLIPS; i++) {
        wrong[flipped[i]] = 1;
        given[flipped[i]] = (given[flipped[i]] + 1 + (int32_t)smp_rng_below(&rng, 9)) % 10;
    }
    const struct smp_folds_in in = {
        .labels = {row, given, NULL, LABELS, CLASSES},
        .seed = seed,
        .rounds = 3,
        .n_threads = 2
    };
    CHECK_OK(smp_head_out_of_fold(&in, z, POOL, d, p));
    CHECK_OK(smp_label_errors(&(struct smp_labels_in){p, given, LABELS, CLASSES}, &found));
    r = smp_rank_figures(found.suspect, LABELS, wrong);
    print_message("seed %d: precision %.3f, AUROC %.4f, said %zu wrong\n", (int)seed,
                  r.precision_at_n, r.auroc, found.n_errors);
    smp_label_errors_free(&found);
    return r;
}

static void test_seven_in_ten_flipped_fashion_labels_are_found(void **state)
{
    (void)state;
    uint8_t *pool = fashion_read("train-images-idx3-ubyte.gz", FASHION_IMAGES,
                                 (size_t)POOL * FASHION_PIXELS);
    uint8_t *y = fashion_read("train-labels-idx1-ubyte.gz", FASHION_LABELS, POOL);
    struct smp_encoder *enc;
    double precision = 0, auroc = 0;

    if (!pool || !y) skip();
    const struct smp_train_images in = {
        .spec = {28, 28, 1},
        .n = POOL,
        .fetch = fashion_fetch,
        .ctx = pool,
        .seed = 1,
        .n_threads = 2
    };
    CHECK_OK(smp_encoder_train_images(&in, &enc));
    const size_t d = smp_encoder_dim(enc);
    float *z = malloc(POOL * d * sizeof *z);
    assert_non_null(z);
    CHECK_OK(smp_encoder_encode_images(enc, pool, POOL, 2, &(struct smp_encoded){.part = {z}}));
    /* Other seeds than the head's strength was chosen with. */
    for (uint64_t seed = 11; seed < 11 + SEEDS; seed++) {
        const struct smp_ranking r = find_flips(z, d, y, seed);
        precision += r.precision_at_n / SEEDS;
        auroc += r.auroc / SEEDS;
    }
    print_message("precision at the number flipped %.3f, AUROC %.4f\n", precision, auroc);
    assert_true(precision >= 0.70 && auroc > 0.95);
    free(pool);
    free(y);
    free(z);
    smp_encoder_free(enc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_consensus_beats_the_average_worker_on_tweets),
        cmocka_unit_test(test_verified_errors_of_cifar_stand_at_the_front),
        cmocka_unit_test(test_seven_in_ten_flipped_fashion_labels_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
