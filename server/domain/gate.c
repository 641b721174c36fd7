#include "domain/gate.h"

#include "domain/audit.h"
#include "domain/dataset.h"
#include "sampler/eval/gate.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* The verdict so far, over the comparison and the floors. */
struct judging {
    struct arena *a;
    const struct gate_ask *ask;
    struct smp_gate_rule rule;
    json_t *report; /* owned */
    json_t *floors; /* borrowed from it */
    enum smp_verdict verdict;
    size_t needs;
    const char *why;   /* of the verdict, when it is not go; the first of its kind */
    const char *noted; /* what was compared, when it is go */
};

static double percent(double share)
{
    return round(1000 * share) / 10;
}

static int is_right(const char *said, const char *truth)
{
    return said && !strcmp(said, truth);
}

/* A no-go weighs more than "more", that more than go; of two alike the first speaks. */
static void weigh(struct judging *j, enum smp_verdict verdict, size_t needs, const char *why)
{
    static const int WEIGHT[] = {[SMP_GO] = 0, [SMP_MORE] = 1, [SMP_NO_GO] = 2};

    if (verdict == SMP_MORE && needs > j->needs) j->needs = needs;
    if (WEIGHT[verdict] <= WEIGHT[j->verdict]) return;
    j->verdict = verdict;
    j->why = why;
}

static enum err count_pairs(const struct gate_ask *ask, struct arena *a, struct smp_paired *t)
{
    uint8_t *was = arena_array(a, ask->n + 1, 1);
    uint8_t *is = arena_array(a, ask->n + 1, 1);

    if (!was || !is) return fail_nomem();
    for (size_t i = 0; i < ask->n; i++) {
        was[i] = (uint8_t)(ask->live && is_right(ask->items[i].live, ask->items[i].truth));
        is[i] = (uint8_t)is_right(ask->items[i].candidate, ask->items[i].truth);
    }
    *t = smp_paired_count(was, is, ask->n);
    return OK;
}

static json_t *side(const struct model *m, size_t right)
{
    return json_pack("{s:I, s:I}", "version", (json_int_t)m->version, "right",
                     (json_int_t)right);
}

static const char *pair_words(const struct judging *j, const struct smp_paired *t,
                              const struct smp_gate *g)
{
    const double n = (double)j->ask->n;

    if (!j->ask->n) return "there is no honest item yet";
    return arena_printf(
        j->a,
        "on %zu honest items version %" PRId64 " has %.4g %% right and version %" PRId64
        ", which is live, %.4g %%; the difference is between %+.3g and %+.3g points",
        j->ask->n, j->ask->candidate->version, percent((double)(t->both + t->won) / n),
        j->ask->live->version, percent((double)(t->both + t->lost) / n), percent(g->low),
        percent(g->high));
}

static enum err compare(struct judging *j)
{
    struct smp_paired t;
    struct smp_gate g;
    json_t *more;

    TRY(count_pairs(j->ask, j->a, &t));
    json_object_set_new(j->report, "candidate", side(j->ask->candidate, t.both + t.won));
    if (!j->ask->live) return OK;
    g = smp_gate_decide(&t, &j->rule);
    more = json_pack("{s:I, s:I, s:f, s:f, s:f, s:f, s:f}", "won", (json_int_t)t.won, "lost",
                     (json_int_t)t.lost, "difference", g.difference, "low", g.low, "high",
                     g.high, "level", g.level, "p", g.test.p);
    json_object_set_new(j->report, "live", side(j->ask->live, t.both + t.lost));
    json_object_update(j->report, more);
    json_decref(more);
    j->noted = pair_words(j, &t, &g);
    NEED(j->noted);
    weigh(j, g.verdict, g.needs, j->noted);
    return OK;
}

/* Is the item one that the floor is about? */
static int is_of(const struct floor *f, const struct gate_item *i)
{
    json_t *meta;
    const char *value;
    int same;

    if (!f->key) return !strcmp(i->truth, f->value);
    if (!strcmp(f->key, "folder"))
        return i->path && !strncmp(i->path, f->value, strlen(f->value));
    if (!i->meta || json_read(&meta, i->meta, strlen(i->meta))) return 0;
    value = json_string_value(json_object_get(meta, f->key));
    same = value && !strcmp(value, f->value);
    json_decref(meta);
    return same;
}

static const char *floor_words(const struct judging *j, const struct floor *f, size_t right,
                               size_t n)
{
    if (!f->key)
        return arena_printf(j->a,
                            "of %zu honest items of %s it finds %zu, and the floor is %.4g %%",
                            n, f->value, right, percent(f->least));
    return arena_printf(
        j->a, "of %zu honest items with %s %s it has %zu right, and the floor is %.4g %%", n,
        f->key, f->value, right, percent(f->least));
}

/* How many labels at random hold so many of a slice: as common as it was so far. */
static size_t random_labels(size_t needs, size_t n_slice, size_t n)
{
    const double share = ((double)n_slice + 1) / ((double)n + 2);

    return (size_t)fmin((double)SMP_GATE_NEEDS_MAX, ceil((double)needs / share / 10) * 10);
}

static enum err hold_floor(struct judging *j, const struct floor *f)
{
    struct smp_gate g;
    const char *words;
    size_t right = 0;
    size_t n = 0;
    size_t needs;

    for (size_t i = 0; i < j->ask->n; i++) {
        const struct gate_item *item = &j->ask->items[i];

        if (!is_of(f, item)) continue;
        n++;
        right += (size_t)is_right(item->candidate, item->truth);
    }
    g = smp_gate_floor(right, n, f->least, &j->rule);
    needs = g.verdict == SMP_MORE ? random_labels(g.needs, n, j->ask->n) : 0;
    words = floor_words(j, f, right, n);
    NEED(words);
    weigh(j, g.verdict, needs, words);
    json_array_append_new(
        j->floors,
        json_pack("{s:s?, s:s, s:f, s:I, s:I, s:f, s:f, s:s, s:I}", "key", f->key, "value",
                  f->value, "floor", f->least, "n", (json_int_t)n, "right", (json_int_t)right,
                  "low", fmax(0, g.low + f->least), "high", fmin(1, g.high + f->least),
                  "verdict", smp_verdict_name(g.verdict), "needs", (json_int_t)needs));
    return OK;
}

static const char *sentence(const struct judging *j)
{
    const size_t n_floors = j->ask->settings->n_floors;

    if (j->verdict == SMP_NO_GO) return arena_printf(j->a, "No-go: %s.", j->why);
    if (j->verdict == SMP_MORE)
        return arena_printf(j->a, "It needs about %zu more random labels to tell: %s.",
                            j->needs, j->why);
    if (!j->ask->live)
        return n_floors ? arena_printf(j->a,
                                       "Go: nothing was live to compare version %" PRId64
                                       " with, and every floor holds.",
                                       j->ask->candidate->version)
                        : arena_printf(j->a,
                                       "Go: nothing was live to compare version %" PRId64
                                       " with, and no floor is set.",
                                       j->ask->candidate->version);
    return arena_printf(j->a, "Go: %s%s.", j->noted, n_floors ? ", and every floor holds" : "");
}

static enum err judge(struct judging *j, struct gate_row *g)
{
    const struct gate_ask *ask = j->ask;

    TRY(compare(j));
    for (size_t i = 0; i < ask->settings->n_floors; i++)
        TRY(hold_floor(j, &ask->settings->floors[i]));
    *g = (struct gate_row){.endpoint_id = ask->endpoint->id,
                           .model_id = ask->candidate->id,
                           .live_id = ask->live ? ask->live->id : 0,
                           .verdict = (enum verdict)j->verdict,
                           .sentence = sentence(j),
                           .needs = (int64_t)j->needs,
                           .n_items = (int64_t)ask->n,
                           .ledger_seq = ask->ledger_seq,
                           .report = json_write(j->a, j->report),
                           .user_id = ask->user_id};
    if (j->verdict != SMP_MORE) g->needs = 0;
    return g->sentence && g->report ? OK : fail_nomem();
}

enum err gate_judge(struct arena *a, const struct gate_ask *ask, struct gate_row *g)
{
    struct judging j = {
        .a = a,
        .ask = ask,
        .rule = {.margin = ask->settings->margin, .look = (size_t)ask->look},
        .floors = json_array()
    };
    enum err e;

    j.report = json_pack("{s:I, s:I, s:n, s:o}", "n", (json_int_t)ask->n, "look",
                         (json_int_t)ask->look, "live", "floors", j.floors);
    NEED(j.report);
    e = judge(&j, g);
    json_decref(j.report);
    return e;
}

/* The use is the gate's, not a person's: nobody may read the part for it afterwards. */
static enum err note_use(struct store *s, const struct model *m, const char *reason,
                         int64_t now_ms)
{
    struct dataset_use use;

    return dataset_open_test(s, m->dataset_id, 0, reason, now_ms, &use);
}

static enum err note_uses(struct store *s, struct arena *a, const struct gate_ask *ask,
                          int64_t now_ms)
{
    const char *reason;

    if (!ask->n) return OK;
    reason = arena_printf(
        a, "the gate of endpoint \"%s\" asked version %" PRId64 " about %zu honest items",
        ask->endpoint->name, ask->candidate->version, ask->n);
    NEED(reason);
    TRY(note_use(s, ask->candidate, reason, now_ms));
    if (!ask->live || ask->live->dataset_id == ask->candidate->dataset_id) return OK;
    return note_use(s, ask->live, reason, now_ms);
}

static enum err record(struct store *s, struct arena *a, const struct gate_ask *ask,
                       struct gate_row *g)
{
    struct audit_event event = {
        .action = "endpoint.gated",
        .user_id = g->user_id,
        .project_id = ask->endpoint->project_id,
        .subject = "endpoint",
        .subject_id = ask->endpoint->id,
        .details = arena_printf(a, "{\"verdict\":\"%s\",\"version\":%" PRId64 "}",
                                verdict_name(g->verdict), ask->candidate->version)};

    NEED(event.details);
    TRY(store_gate_add(s, g));
    TRY(note_uses(s, a, ask, g->at));
    return audit_append(s, &event);
}

enum err gate_record(struct store *s, struct arena *a, const struct gate_ask *ask,
                     int64_t now_ms, struct gate_row *g)
{
    g->at = now_ms;
    TRY(store_begin(s));
    return store_end(s, record(s, a, ask, g));
}
