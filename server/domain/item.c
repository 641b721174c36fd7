#include "domain/item.h"

#include "store/label.h"

#include <string.h>

int64_t item_shuffle(int64_t project_seed, const struct hash *item_hash)
{
    struct hash_state state;
    struct hash h;
    uint8_t seed[8];
    uint64_t value = 0;

    for (int i = 0; i < 8; i++)
        seed[i] = (uint8_t)((uint64_t)project_seed >> (56 - 8 * i));
    hash_init(&state);
    hash_add(&state, seed, sizeof seed);
    hash_add(&state, item_hash->bytes, HASH_BYTES);
    hash_end(&state, &h);
    for (int i = 0; i < 8; i++)
        value = value << 8 | h.bytes[i];
    return (int64_t)(value >> 1);
}

static enum err add(struct store *s, struct item *i, const char *body, size_t n,
                    enum item_added *added)
{
    struct project_brief p;
    int64_t id;

    TRY(store_project_brief(s, i->project_id, &p));
    TRY(store_item_by_hash(s, i->project_id, &i->hash, &id));
    if (id) {
        i->id = id;
        *added = ITEM_DUPLICATE;
        return OK;
    }
    i->shuffle = item_shuffle(p.seed, &i->hash);
    *added = ITEM_ADDED;
    return store_item_add(s, i, body, n);
}

enum err item_add(struct store *s, struct item *i, const char *body, size_t n, int64_t now_ms,
                  enum item_added *added)
{
    i->created_at = now_ms;
    if (!i->meta) i->meta = "{}";
    TRY(store_begin(s));
    return store_end(s, add(s, i, body, n, added));
}

static enum item_state closed_state(const struct answer_counts *c)
{
    if (c->n_flags) return ITEM_FLAGGED;
    return 2 * c->n_rejects > c->n_answers ? ITEM_REJECTED : ITEM_LABELLED;
}

/* Adds an answer `times` (1 or -1) to the counts; a skip, or none, is no answer. */
static void count(struct answer_counts *c, int answer, int64_t times)
{
    if (answer < 0 || answer == ANSWER_SKIP) return;
    c->n_answers += times;
    if (answer == ANSWER_REJECT) c->n_rejects += times;
    if (answer == ANSWER_FLAG) c->n_flags += times;
}

int64_t item_wants(const struct item_brief *i, const struct project_brief *p)
{
    return i->n_answers < p->overlap ? p->overlap : i->n_answers + 1;
}

static int in_dispute(const struct vote *votes, size_t n, int64_t overlap)
{
    size_t most = 0;
    int doubted = 0;

    for (size_t i = 0; i < n; i++) {
        size_t same = 0;
        for (size_t k = 0; k < n; k++)
            same += !strcmp(votes[i].says, votes[k].says);
        if (same > most) most = same;
        doubted |= votes[i].doubted;
    }
    return 2 * most <= n || (int64_t)most < overlap + doubted;
}

/* The votes of the others and this one. */
static enum err gather_votes(struct store *s, struct arena *a, int64_t item_id,
                             const struct answer_change *c, struct vote **votes, size_t *n)
{
    struct vote *others;

    TRY(store_label_votes(s, a, item_id, c->user_id, &others, n));
    *votes = arena_array(a, *n + 1, sizeof **votes);
    NEED(*votes);
    if (*n) memcpy(*votes, others, *n * sizeof *others);
    if (c->after < 0 || c->after == ANSWER_SKIP) return OK;
    (*votes)[(*n)++] = (struct vote){
        c->after == ANSWER_ACCEPT ? c->values : answer_name((enum answer)c->after), c->doubted};
    return OK;
}

static enum err dispute(struct store *s, const struct item_brief *i, int64_t overlap,
                        const struct answer_change *c, int *disputed)
{
    struct arena a;
    struct vote *votes;
    size_t n;
    enum err e;

    arena_init(&a, 16 * MIB);
    e = gather_votes(s, &a, i->id, c, &votes, &n);
    if (!e) *disputed = in_dispute(votes, n, overlap);
    arena_free(&a);
    return e;
}

enum err item_settle_for(struct store *s, struct item_brief *i, const struct project_brief *p,
                         const struct answer_change *c)
{
    struct answer_counts n = {0};
    enum item_state state = ITEM_OPEN;
    int disputed = 0;

    if (i->n_answers) TRY(store_label_answers(s, i->id, &n)); /* else there are none to count */
    count(&n, c->before, -1);
    count(&n, c->after, 1);
    if (!i->decided && n.n_answers >= p->overlap && n.n_answers < p->queue.overlap_max &&
        !n.n_flags)
        TRY(dispute(s, i, p->overlap, c, &disputed));
    if (n.n_answers >= p->overlap && !disputed) state = closed_state(&n);
    if (i->decided) state = i->state; /* a decision stands above labels */
    if (state == i->state && n.n_answers == i->n_answers) return OK;
    i->state = state;
    i->n_answers = n.n_answers;
    return store_item_set_state(s, i->id, state, n.n_answers);
}
