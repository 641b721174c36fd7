#include "store/queue.h"

#include "base/json.h"
#include "store/sql.h"

#define ROUND_COLUMNS                                                                          \
    "id, project_id, encoder_id, n_rows, strategy, seed, ledger_seq, n_pool, n_labels, "       \
    "batch, explore, model, held, created_at"
#define PICK_COLUMNS                                                                           \
    "id, project_id, round_id, item_id, rank, strategy, score, pool_size, propensity, "        \
    "model, encoder, seed, reason, guess_class, guess_probability, state, receipt_hash"
#define LEASE_COLUMNS                                                                          \
    "id, project_id, item_id, user_id, pick_id, created_at, expires_at, ended_at"

/* How many people an item `i` can still be given to, 0 if it cannot be given to this one. Leases
 * that expired count no more, and one of her own counts until it is ended. */
#define ROOM_OF_OTHERS                                                                         \
    "max(0, (SELECT p.overlap FROM project p WHERE p.id = i.project_id) - i.n_answers "        \
    "- (SELECT count(*) FROM lease l WHERE l.item_id = i.id AND l.ended_at IS NULL "           \
    "AND l.expires_at > :now))"
#define NOT_HELD                                                                               \
    "NOT EXISTS (SELECT 1 FROM lease l WHERE l.item_id = i.id AND l.user_id = :user "          \
    "AND l.ended_at IS NULL)"
#define ROOM                                                                                   \
    "CASE WHEN i.state = 0 AND NOT EXISTS (SELECT 1 FROM label l WHERE l.item_id = i.id "      \
    "AND l.user_id = :user) AND " NOT_HELD " THEN " ROOM_OF_OTHERS " ELSE 0 END"

enum {
    ROUND_ADD,
    ROUND_GET,
    ROUND_LAST,
    PICK_ADD,
    PICK_GET,
    PICK_RECEIPT_HASH,
    PICK_OF_ROUND,
    PICK_WAITING,
    PICK_COUNT_WAITING,
    PICK_HANDED,
    PICK_WANT,
    PICK_REMOVE_QUEUED,
    PICK_UNWANT,
    PICK_GUESSES,
    LEASE_ADD,
    LEASE_GET,
    LEASE_FIND,
    LEASE_COUNT_OTHERS,
    LEASE_RENEW,
    LEASE_END,
    LEASE_EXPIRED,
    LEASE_LIVE,
    SEARCH_PICKS,
    SEARCH_WALK,
    SEARCH_ITEM,
    WALK_GET,
    WALK_SET,
    QUEUE_N
};

static const char *const STATEMENTS[QUEUE_N] = {
    [ROUND_ADD] =
        "INSERT INTO round (project_id, encoder_id, n_rows, strategy, seed, ledger_seq, "
        "n_pool, n_labels, batch, explore, model, held, created_at) VALUES (:project, "
        ":encoder, :n_rows, :strategy, :seed, :ledger_seq, :n_pool, :n_labels, :batch, "
        ":explore, :model, :held, :created_at) RETURNING id",
    [ROUND_GET] = "SELECT " ROUND_COLUMNS " FROM round WHERE id = :id",
    [ROUND_LAST] = "SELECT " ROUND_COLUMNS " FROM round WHERE project_id = :project "
                   "ORDER BY id DESC LIMIT 1",
    [PICK_ADD] =
        "INSERT INTO pick (project_id, round_id, item_id, rank, strategy, score, "
        "pool_size, propensity, model, encoder, seed, reason, guess_class, "
        "guess_probability, receipt_hash, state, wanted) VALUES (:project, :round, :item, :rank, "
        ":strategy, :score, :pool_size, :propensity, :model, :encoder, :seed, :reason, "
        ":guess, :guess_probability, :receipt_hash, :handed, 1 - :handed) RETURNING id",
    [PICK_GET] = "SELECT " PICK_COLUMNS " FROM pick WHERE id = :id",
    [PICK_RECEIPT_HASH] = "SELECT receipt_hash FROM pick WHERE id = :id",
    [PICK_OF_ROUND] = "SELECT " PICK_COLUMNS " FROM pick WHERE round_id = :round ORDER BY rank",
    [PICK_WAITING] = "SELECT " PICK_COLUMNS " FROM pick WHERE project_id = :project "
                     "AND wanted = 1 ORDER BY id LIMIT :limit",
    [PICK_COUNT_WAITING] =
        "SELECT count(*) FROM (SELECT 1 FROM pick WHERE project_id = :project "
        "AND wanted = 1 LIMIT :most)",
    [PICK_HANDED] = "UPDATE pick SET state = 1, wanted = :wanted WHERE id = :id",
    [PICK_WANT] = "UPDATE pick SET wanted = 1 WHERE id = :id AND round_id = (SELECT max(r.id) "
                  "FROM round r WHERE r.project_id = pick.project_id)",
    [PICK_REMOVE_QUEUED] = "DELETE FROM pick WHERE project_id = :project AND wanted = 1 "
                           "AND state = 0",
    [PICK_UNWANT] = "UPDATE pick SET wanted = 0 WHERE project_id = :project AND wanted = 1",
    [PICK_GUESSES] =
        "SELECT p.id, p.guess_class, l.\"values\" FROM pick p INDEXED BY pick_guessed "
        "JOIN label l ON l.item_id = p.item_id AND l.pick_id = p.id "
        "WHERE p.project_id = :project AND p.strategy = 'random' "
        "AND p.guess_class IS NOT NULL AND l.answer = 'accept' "
        "ORDER BY p.id DESC LIMIT :limit",
    [LEASE_ADD] =
        "INSERT INTO lease (project_id, item_id, user_id, pick_id, created_at, "
        "expires_at) VALUES (:project, :item, :user, :pick, :created_at, :expires_at) "
        "RETURNING id",
    [LEASE_GET] = "SELECT " LEASE_COLUMNS " FROM lease WHERE id = :id",
    [LEASE_FIND] = "SELECT " LEASE_COLUMNS " FROM lease WHERE item_id = :item "
                   "AND user_id = :user AND ended_at IS NULL",
    [LEASE_COUNT_OTHERS] = "SELECT count(*) FROM lease WHERE item_id = :item "
                           "AND ended_at IS NULL AND user_id <> :user AND expires_at > :now",
    [LEASE_RENEW] = "UPDATE lease SET expires_at = :expires_at WHERE id = :id",
    [LEASE_END] = "UPDATE lease SET ended_at = :now WHERE id = :id",
    [LEASE_EXPIRED] = "SELECT " LEASE_COLUMNS " FROM lease WHERE ended_at IS NULL "
                      "AND expires_at <= :now ORDER BY expires_at LIMIT :limit",
    [LEASE_LIVE] = "SELECT " LEASE_COLUMNS " FROM lease WHERE ended_at IS NULL "
                   "AND expires_at > :now AND project_id = :project "
                   "AND (:user IS NULL OR user_id = :user) ORDER BY expires_at, id",
    [SEARCH_PICKS] =
        "SELECT k.id, k.item_id, " ROOM " FROM pick k JOIN item i ON i.id = k.item_id "
        "WHERE k.project_id = :project AND k.wanted = 1 AND k.id > :after "
        "ORDER BY k.id",
    [SEARCH_WALK] = "SELECT i.shuffle, i.id, " ROOM " FROM item i INDEXED BY item_open "
                    "WHERE i.project_id = :project AND i.state = 0 AND i.shuffle > :after "
                    "ORDER BY i.shuffle",
    [SEARCH_ITEM] = "SELECT CASE WHEN i.state = 0 AND " NOT_HELD " THEN " ROOM_OF_OTHERS
                    " ELSE 0 END FROM item i WHERE i.id = :item",
    [WALK_GET] = "SELECT position FROM walk WHERE project_id = :project AND user_id = :user",
    [WALK_SET] = "INSERT INTO walk (project_id, user_id, position) VALUES (:project, :user, "
                 ":position) ON CONFLICT (project_id, user_id) "
                 "DO UPDATE SET position = excluded.position",
};
const struct sql_statements QUEUE_STATEMENTS = {"store/queue.c", STATEMENTS, QUEUE_N};

static enum err held_text(struct buf *b, const struct round *r)
{
    TRY(buf_adds(b, "["));
    for (size_t i = 0; i < r->n_held; i++)
        TRY(buf_printf(b, "%s%" PRId64, i ? "," : "", r->held[i]));
    return buf_adds(b, "]");
}

static enum err round_add(struct store *s, struct round *r, const char *held)
{
    struct query q;

    query_begin(&q, s, SQL_QUEUE, ROUND_ADD);
    bind_int(&q, ":project", r->project_id);
    bind_id(&q, ":encoder", r->encoder_id);
    bind_int(&q, ":n_rows", r->n_rows);
    bind_text(&q, ":strategy", r->strategy);
    bind_int(&q, ":seed", r->seed);
    bind_int(&q, ":ledger_seq", r->ledger_seq);
    bind_int(&q, ":n_pool", r->n_pool);
    bind_int(&q, ":n_labels", r->n_labels);
    bind_int(&q, ":batch", r->batch);
    bind_real(&q, ":explore", r->explore);
    bind_text(&q, ":model", r->model);
    bind_text(&q, ":held", held);
    bind_int(&q, ":created_at", r->created_at);
    while (query_row(&q))
        r->id = column_int(&q, 0);
    return query_end(&q);
}

enum err store_round_add(struct store *s, struct round *r)
{
    struct buf held;
    enum err e;

    buf_init(&held, 16 * MIB);
    e = held_text(&held, r);
    if (!e) e = round_add(s, r, held.data);
    buf_free(&held);
    return e;
}

static enum err read_held(struct arena *a, const char *text, struct round *r)
{
    json_t *list = NULL;
    int64_t *held;

    TRY(json_read(&list, text, __builtin_strlen(text)));
    r->n_held = json_array_size(list);
    held = arena_array(a, r->n_held + 1, sizeof *held);
    for (size_t i = 0; held && i < r->n_held; i++)
        held[i] = json_integer_value(json_array_get(list, i));
    json_decref(list);
    NEED(held);
    r->held = held;
    return OK;
}

static void read_round(struct query *q, struct arena *a, struct round *r)
{
    *r = (struct round){.id = column_int(q, 0),
                        .project_id = column_int(q, 1),
                        .encoder_id = column_int(q, 2),
                        .n_rows = column_int(q, 3),
                        .strategy = column_text(q, a, 4),
                        .seed = column_int(q, 5),
                        .ledger_seq = column_int(q, 6),
                        .n_pool = column_int(q, 7),
                        .n_labels = column_int(q, 8),
                        .batch = column_int(q, 9),
                        .explore = column_real(q, 10),
                        .model = column_text(q, a, 11),
                        .created_at = column_int(q, 13)};
    if (!q->e) q->e = read_held(a, column_text_here(q, 12), r);
}

enum err store_round_get(struct store *s, struct arena *a, int64_t id, struct round *r)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_QUEUE, ROUND_GET);
    bind_int(&q, ":id", id);
    got = query_row(&q);
    if (got) read_round(&q, a, r);
    return query_end_one(&q, got, "round %" PRId64, id);
}

enum err store_round_last(struct store *s, struct arena *a, int64_t project_id, struct round *r)
{
    struct query q;

    *r = (struct round){.id = 0};
    query_begin(&q, s, SQL_QUEUE, ROUND_LAST);
    bind_int(&q, ":project", project_id);
    if (query_row(&q)) read_round(&q, a, r);
    return query_end(&q);
}

static void bind_score_and_guess(struct query *q, const struct pick *p)
{
    if (p->has_score)
        bind_real(q, ":score", p->score);
    else
        bind_null(q, ":score");
    bind_text(q, ":guess", p->guess_class);
    if (p->guess_class)
        bind_real(q, ":guess_probability", p->guess_probability);
    else
        bind_null(q, ":guess_probability");
}

enum err store_pick_add(struct store *s, struct pick *p)
{
    struct query q;

    query_begin(&q, s, SQL_QUEUE, PICK_ADD);
    bind_int(&q, ":project", p->project_id);
    bind_id(&q, ":round", p->round_id);
    bind_int(&q, ":item", p->item_id);
    bind_int(&q, ":rank", p->rank);
    bind_text(&q, ":strategy", p->strategy);
    bind_score_and_guess(&q, p);
    bind_int(&q, ":pool_size", p->pool_size);
    bind_real(&q, ":propensity", p->propensity);
    bind_text(&q, ":model", p->model);
    bind_text(&q, ":encoder", p->encoder);
    bind_int(&q, ":seed", p->seed);
    bind_text(&q, ":reason", p->reason);
    bind_bytes(&q, ":receipt_hash", p->receipt_hash.bytes, HASH_BYTES);
    bind_int(&q, ":handed", p->handed);
    while (query_row(&q))
        p->id = column_int(&q, 0);
    return query_end(&q);
}

static void read_pick(struct query *q, struct arena *a, struct pick *p)
{
    *p = (struct pick){.id = column_int(q, 0),
                       .project_id = column_int(q, 1),
                       .round_id = column_int(q, 2),
                       .item_id = column_int(q, 3),
                       .rank = column_int(q, 4),
                       .strategy = column_text(q, a, 5),
                       .has_score = !column_is_null(q, 6),
                       .score = column_real(q, 6),
                       .pool_size = column_int(q, 7),
                       .propensity = column_real(q, 8),
                       .model = column_text(q, a, 9),
                       .encoder = column_text(q, a, 10),
                       .seed = column_int(q, 11),
                       .reason = column_text(q, a, 12),
                       .guess_class = column_text(q, a, 13),
                       .guess_probability = column_real(q, 14),
                       .handed = (int)column_int(q, 15)};
    column_bytes(q, 16, p->receipt_hash.bytes, HASH_BYTES);
}

enum err store_pick_get(struct store *s, struct arena *a, int64_t id, struct pick *p)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_QUEUE, PICK_GET);
    bind_int(&q, ":id", id);
    got = query_row(&q);
    if (got) read_pick(&q, a, p);
    return query_end_one(&q, got, "pick %" PRId64, id);
}

enum err store_pick_receipt_hash(struct store *s, int64_t id, struct hash *h)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_QUEUE, PICK_RECEIPT_HASH);
    bind_int(&q, ":id", id);
    got = query_row(&q);
    if (got) column_bytes(&q, 0, h->bytes, HASH_BYTES);
    return query_end_one(&q, got, "pick %" PRId64, id);
}

/* Takes a query that is bound, and ends it. */
static enum err list_picks(struct query *q, struct arena *a, struct pick **picks, size_t *n)
{
    struct pick *rows = NULL;

    *n = 0;
    while (query_row(q)) {
        struct pick *p = LIST_ADD(q, a, rows, *n);
        if (p) read_pick(q, a, p);
    }
    *picks = rows;
    return query_end(q);
}

enum err store_pick_of_round(struct store *s, struct arena *a, int64_t round_id,
                             struct pick **picks, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_QUEUE, PICK_OF_ROUND);
    bind_int(&q, ":round", round_id);
    return list_picks(&q, a, picks, n);
}

enum err store_pick_waiting(struct store *s, struct arena *a, int64_t project_id, size_t limit,
                            struct pick **picks, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_QUEUE, PICK_WAITING);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":limit", (int64_t)limit);
    return list_picks(&q, a, picks, n);
}

enum err store_pick_count_waiting(struct store *s, int64_t project_id, int64_t most, int64_t *n)
{
    struct query q;

    *n = 0;
    query_begin(&q, s, SQL_QUEUE, PICK_COUNT_WAITING);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":most", most);
    if (query_row(&q)) *n = column_int(&q, 0);
    return query_end(&q);
}

enum err store_pick_handed(struct store *s, int64_t id, int wanted)
{
    struct query q;

    query_begin(&q, s, SQL_QUEUE, PICK_HANDED);
    bind_int(&q, ":id", id);
    bind_int(&q, ":wanted", wanted);
    return query_run(&q, NULL);
}

enum err store_pick_want(struct store *s, int64_t id)
{
    struct query q;

    query_begin(&q, s, SQL_QUEUE, PICK_WANT);
    bind_int(&q, ":id", id);
    return query_run(&q, NULL);
}

enum err store_pick_retire(struct store *s, int64_t project_id)
{
    struct query q;

    query_begin(&q, s, SQL_QUEUE, PICK_REMOVE_QUEUED);
    bind_int(&q, ":project", project_id);
    TRY(query_run(&q, NULL));
    query_begin(&q, s, SQL_QUEUE, PICK_UNWANT);
    bind_int(&q, ":project", project_id);
    return query_run(&q, NULL);
}

enum err store_pick_guesses(struct store *s, struct arena *a, int64_t project_id, size_t limit,
                            struct guess **guesses, size_t *n)
{
    struct query q;
    struct guess *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_QUEUE, PICK_GUESSES);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":limit", (int64_t)limit);
    while (query_row(&q)) {
        struct guess *g = LIST_ADD(&q, a, rows, *n);
        if (g)
            *g =
                (struct guess){column_int(&q, 0), column_text(&q, a, 1), column_text(&q, a, 2)};
    }
    *guesses = rows;
    return query_end(&q);
}

enum err store_lease_add(struct store *s, struct lease *l)
{
    struct query q;

    query_begin(&q, s, SQL_QUEUE, LEASE_ADD);
    bind_int(&q, ":project", l->project_id);
    bind_int(&q, ":item", l->item_id);
    bind_int(&q, ":user", l->user_id);
    bind_id(&q, ":pick", l->pick_id);
    bind_int(&q, ":created_at", l->created_at);
    bind_int(&q, ":expires_at", l->expires_at);
    while (query_row(&q))
        l->id = column_int(&q, 0);
    return query_end(&q);
}

static void read_lease(struct query *q, struct lease *l)
{
    *l = (struct lease){.id = column_int(q, 0),
                        .project_id = column_int(q, 1),
                        .item_id = column_int(q, 2),
                        .user_id = column_int(q, 3),
                        .pick_id = column_int(q, 4),
                        .created_at = column_int(q, 5),
                        .expires_at = column_int(q, 6),
                        .ended_at = column_int(q, 7)};
}

enum err store_lease_get(struct store *s, int64_t id, struct lease *l)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_QUEUE, LEASE_GET);
    bind_int(&q, ":id", id);
    got = query_row(&q);
    if (got) read_lease(&q, l);
    return query_end_one(&q, got, "lease %" PRId64, id);
}

enum err store_lease_find(struct store *s, int64_t item_id, int64_t user_id, struct lease *l)
{
    struct query q;

    *l = (struct lease){.id = 0};
    query_begin(&q, s, SQL_QUEUE, LEASE_FIND);
    bind_int(&q, ":item", item_id);
    bind_int(&q, ":user", user_id);
    if (query_row(&q)) read_lease(&q, l);
    return query_end(&q);
}

enum err store_lease_count_others(struct store *s, int64_t item_id, int64_t user_id,
                                  int64_t now_ms, int64_t *n)
{
    struct query q;

    *n = 0;
    query_begin(&q, s, SQL_QUEUE, LEASE_COUNT_OTHERS);
    bind_int(&q, ":item", item_id);
    bind_int(&q, ":user", user_id);
    bind_int(&q, ":now", now_ms);
    if (query_row(&q)) *n = column_int(&q, 0);
    return query_end(&q);
}

enum err store_lease_renew(struct store *s, int64_t id, int64_t expires_at)
{
    struct query q;

    query_begin(&q, s, SQL_QUEUE, LEASE_RENEW);
    bind_int(&q, ":id", id);
    bind_int(&q, ":expires_at", expires_at);
    return query_run(&q, NULL);
}

enum err store_lease_end(struct store *s, int64_t id, int64_t now_ms)
{
    struct query q;

    query_begin(&q, s, SQL_QUEUE, LEASE_END);
    bind_int(&q, ":id", id);
    bind_int(&q, ":now", now_ms);
    return query_run(&q, NULL);
}

/* Takes a query that is bound, and ends it. */
static enum err list_leases(struct query *q, struct arena *a, struct lease **leases, size_t *n)
{
    struct lease *rows = NULL;

    *n = 0;
    while (query_row(q)) {
        struct lease *l = LIST_ADD(q, a, rows, *n);
        if (l) read_lease(q, l);
    }
    *leases = rows;
    return query_end(q);
}

enum err store_lease_expired(struct store *s, struct arena *a, int64_t now_ms, size_t limit,
                             struct lease **leases, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_QUEUE, LEASE_EXPIRED);
    bind_int(&q, ":now", now_ms);
    bind_int(&q, ":limit", (int64_t)limit);
    return list_leases(&q, a, leases, n);
}

enum err store_lease_live(struct store *s, struct arena *a, int64_t project_id, int64_t user_id,
                          int64_t now_ms, struct lease **leases, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_QUEUE, LEASE_LIVE);
    bind_int(&q, ":project", project_id);
    bind_id(&q, ":user", user_id);
    bind_int(&q, ":now", now_ms);
    return list_leases(&q, a, leases, n);
}

enum place { ON_PICKS, ON_WALK };

static enum err search(struct store *s, enum place place, struct search *x, struct candidate *c,
                       size_t *n)
{
    struct query q;
    size_t most = x->seen + x->most;

    *n = 0;
    x->ended = 0;
    if (!x->want || !x->most) return OK;
    query_begin(&q, s, SQL_QUEUE, place == ON_PICKS ? SEARCH_PICKS : SEARCH_WALK);
    bind_int(&q, ":project", x->project_id);
    bind_int(&q, ":user", x->user_id);
    bind_int(&q, ":now", x->now_ms);
    bind_int(&q, ":after", x->after);
    while (*n < x->want && x->seen < most) {
        int64_t room;
        if (!query_row(&q)) {
            x->ended = 1;
            break;
        }
        x->seen++;
        x->after = column_int(&q, 0);
        room = column_int(&q, 2);
        if (room > 0)
            c[(*n)++] = (struct candidate){.item_id = column_int(&q, 1),
                                           .pick_id = place == ON_PICKS ? x->after : 0,
                                           .room = room};
    }
    return query_end(&q);
}

enum err store_search_picks(struct store *s, struct search *x, struct candidate *c, size_t *n)
{
    return search(s, ON_PICKS, x, c, n);
}

enum err store_search_walk(struct store *s, struct search *x, struct candidate *c, size_t *n)
{
    return search(s, ON_WALK, x, c, n);
}

enum err store_search_item(struct store *s, int64_t item_id, int64_t user_id, int64_t now_ms,
                           struct candidate *c)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_QUEUE, SEARCH_ITEM);
    bind_int(&q, ":item", item_id);
    bind_int(&q, ":user", user_id);
    bind_int(&q, ":now", now_ms);
    got = query_row(&q);
    if (got) *c = (struct candidate){.item_id = item_id, .room = column_int(&q, 0)};
    return query_end_one(&q, got, "item %" PRId64, item_id);
}

enum err store_walk_get(struct store *s, int64_t project_id, int64_t user_id, int64_t *position)
{
    struct query q;

    *position = -1;
    query_begin(&q, s, SQL_QUEUE, WALK_GET);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":user", user_id);
    if (query_row(&q)) *position = column_int(&q, 0);
    return query_end(&q);
}

enum err store_walk_set(struct store *s, int64_t project_id, int64_t user_id, int64_t position)
{
    struct query q;

    query_begin(&q, s, SQL_QUEUE, WALK_SET);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":user", user_id);
    bind_int(&q, ":position", position);
    return query_run(&q, NULL);
}
