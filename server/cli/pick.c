#include "base/pool.h"
#include "cli/work.h"
#include "domain/queue.h"
#include "jobs/rank.h"
#include "jobs/weigh.h"

#include <stdio.h>

enum { MOST = 500 };

static enum err pick_print(struct cli *c, struct store *s, const struct pick *p)
{
    struct item i;
    json_t *receipt = pick_receipt(p);

    NEED(receipt);
    TRY(store_item_get(s, &c->arena, p->item_id, &i));
    return cli_print_json(c, json_pack("{s:I, s:s, s:s?, s:o}", "item", (json_int_t)p->item_id,
                                       "path", i.path, "guess", p->guess_class, "receipt",
                                       receipt));
}

static enum err waiting_get(struct work *w, struct cli *c, int64_t project_id, int64_t n,
                            struct pick **picks, size_t *n_picks)
{
    int64_t round;
    size_t n_chosen;

    TRY(store_pick_waiting(w->store, &c->arena, project_id, (size_t)n, picks, n_picks));
    if (*n_picks == (size_t)n) return OK;
    TRY(weigh_project(w->store, w->writer, project_id, pool_processors(), NULL, &n_chosen));
    TRY(rank_project(w->store, w->writer, project_id, (size_t)n, pool_processors(), NULL,
                     &round));
    return store_pick_waiting(w->store, &c->arena, project_id, (size_t)n, picks, n_picks);
}

static enum err pick(struct work *w, struct cli *c)
{
    struct project p;
    struct pick *picks;
    int64_t n;
    size_t n_picks;

    TRY(cli_number(c, "-n", 10, 1, MOST, &n));
    TRY(work_project(c, w->store, &p));
    TRY(waiting_get(w, c, p.id, n, &picks, &n_picks));
    if (!n_picks)
        fprintf(stderr,
                "nothing to pick from: no open item has a latent (exemplar encode makes "
                "them)\n");
    for (size_t i = 0; i < n_picks; i++)
        TRY(pick_print(c, w->store, &picks[i]));
    return OK;
}

static enum err replay(struct work *w, struct cli *c)
{
    int64_t round;

    TRY(cli_number(c, "--replay", 0, 1, INT64_MAX, &round));
    TRY(rank_replay(w->store, round));
    fprintf(stderr, "round %lld comes out the same\n", (long long)round);
    return OK;
}

enum err cmd_pick(struct cli *c)
{
    struct work w;
    enum err e;

    TRY(work_open(&w, c));
    e = cli_value(c, "--replay") ? replay(&w, c) : pick(&w, c);
    work_close(&w);
    return e;
}
