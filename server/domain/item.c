#include "domain/item.h"

#include "store/label.h"
#include "store/project.h"

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

static enum item_state state_of(const struct answer_counts *c, int64_t overlap)
{
    if (c->n_answers < overlap) return ITEM_OPEN;
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

enum err item_settle_for(struct store *s, const struct item_brief *i, int64_t overlap,
                         int before, int after)
{
    struct answer_counts c = {0};
    enum item_state state;

    if (i->n_answers) TRY(store_label_answers(s, i->id, &c)); /* else there are none to count */
    count(&c, before, -1);
    count(&c, after, 1);
    state = state_of(&c, overlap);
    if (state == i->state && c.n_answers == i->n_answers) return OK;
    return store_item_set_state(s, i->id, state, c.n_answers);
}
