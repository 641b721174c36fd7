#include "base/json.h"
#include "store/queue.h"
#include "store/sql.h"

#include <string.h>

#define ROUND_COLUMNS                                                                          \
    "id, project_id, encoder_id, n_rows, strategy, seed, ledger_seq, n_pool, n_labels, "       \
    "batch, explore, model, held, created_at, recipes, reads"
#define PICK_COLUMNS                                                                           \
    "id, project_id, round_id, item_id, rank, strategy, score, pool_size, propensity, "        \
    "model, encoder, seed, reason, guess_class, guess_probability, state, receipt_hash, "      \
    "(SELECT r.reads FROM round r WHERE r.id = pick.round_id)"

/* Somebody has answered the item of a pick, or holds it, and it needs more answers. */
#define BEGUN                                                                                  \
    "EXISTS (SELECT 1 FROM item i WHERE i.id = pick.item_id AND i.state = 0 AND "              \
    "(i.n_answers > 0 OR EXISTS (SELECT 1 FROM lease l WHERE l.item_id = i.id "                \
    "AND l.ended_at IS NULL)))"

/* Begun items that outlive a round: what one person looks through before anything new. */
enum { BEGUN_MOST = 500 };

enum {
    ROUND_ADD,
    ROUND_GET,
    ROUND_LAST,
    ROUND_TAUGHT,
    PICK_ADD,
    PICK_GET,
    PICK_BRIEF,
    PICK_OF_ROUND,
    PICK_WAITING,
    PICK_COUNT_WAITING,
    PICK_HANDED,
    PICK_WANT,
    PICK_REMOVE_QUEUED,
    PICK_UNWANT,
    PICK_GUESSES,
    PICK_ORIGINS,
    PICK_FIRSTS,
    PICK_N
};

static const char *const STATEMENTS[PICK_N] = {
    [ROUND_ADD] =
        "INSERT INTO round (project_id, encoder_id, n_rows, strategy, seed, ledger_seq, "
        "n_pool, n_labels, batch, explore, model, held, created_at, recipes, reads) VALUES "
        "(:project, :encoder, :n_rows, :strategy, :seed, :ledger_seq, :n_pool, :n_labels, "
        ":batch, :explore, :model, :held, :created_at, :recipes, :reads) RETURNING id",
    [ROUND_GET] = "SELECT " ROUND_COLUMNS " FROM round WHERE id = :id",
    [ROUND_TAUGHT] = "SELECT " ROUND_COLUMNS " FROM round WHERE project_id = :project "
                     "AND model IS NOT NULL AND ledger_seq >= :from AND ledger_seq < :until "
                     "ORDER BY id DESC",
    [ROUND_LAST] = "SELECT " ROUND_COLUMNS " FROM round WHERE project_id = :project "
                   "ORDER BY id DESC LIMIT 1",
    [PICK_ADD] =
        "INSERT INTO pick (project_id, round_id, item_id, rank, strategy, score, "
        "pool_size, propensity, model, encoder, seed, reason, guess_class, "
        "guess_probability, receipt_hash, state, wanted) VALUES (:project, :round, :item, :rank, "
        ":strategy, :score, :pool_size, :propensity, :model, :encoder, :seed, :reason, "
        ":guess, :guess_probability, :receipt_hash, :handed, 1 - :handed) RETURNING id",
    [PICK_GET] = "SELECT " PICK_COLUMNS " FROM pick WHERE id = :id",
    [PICK_BRIEF] =
        "SELECT receipt_hash, guess_class, guess_probability FROM pick WHERE id = :id",
    [PICK_OF_ROUND] = "SELECT " PICK_COLUMNS " FROM pick WHERE round_id = :round ORDER BY rank",
    [PICK_WAITING] = "SELECT " PICK_COLUMNS " FROM pick WHERE project_id = :project "
                     "AND wanted = 1 ORDER BY id LIMIT :limit",
    [PICK_COUNT_WAITING] =
        "SELECT count(*) FROM (SELECT 1 FROM pick WHERE project_id = :project "
        "AND wanted = 1 LIMIT :most)",
    [PICK_HANDED] = "UPDATE pick SET state = 1, wanted = :wanted WHERE id = :id",
    [PICK_WANT] = "UPDATE pick SET wanted = 1 WHERE id = :id "
                  "AND strategy NOT IN ('gold', 'again') AND (round_id = (SELECT max(r.id) "
                  "FROM round r WHERE r.project_id = pick.project_id) OR " BEGUN ")",
    [PICK_REMOVE_QUEUED] = "DELETE FROM pick WHERE project_id = :project AND wanted = 1 "
                           "AND state = 0",
    [PICK_UNWANT] =
        "UPDATE pick SET wanted = 0 WHERE project_id = :project AND wanted = 1 AND NOT (" BEGUN
        " AND id > coalesce((SELECT k.id FROM pick k WHERE k.project_id = :project "
        "AND k.wanted = 1 ORDER BY k.id DESC LIMIT 1 OFFSET :most), 0))",
    [PICK_GUESSES] =
        "SELECT p.id, p.guess_class, l.\"values\" FROM pick p INDEXED BY pick_guessed "
        "JOIN label l ON l.item_id = p.item_id AND l.pick_id = p.id "
        "WHERE p.project_id = :project AND p.strategy = 'random' "
        "AND p.guess_class IS NOT NULL AND l.answer = 'accept' AND NOT EXISTS (SELECT 1 "
        "FROM quarantine x WHERE x.project_id = p.project_id AND x.user_id = l.user_id "
        "AND x.is_on AND NOT EXISTS (SELECT 1 FROM quarantine y WHERE y.project_id = "
        "x.project_id AND y.user_id = x.user_id AND y.seq > x.seq)) "
        "ORDER BY p.id DESC LIMIT :limit",
    [PICK_ORIGINS] =
        "SELECT l.item_id, p.strategy = 'random' FROM label l INDEXED BY label_seq "
        "JOIN pick p ON p.id = l.pick_id WHERE l.project_id = :project AND l.answer <> 'skip' "
        "ORDER BY l.seq",
    [PICK_FIRSTS] =
        "SELECT i.id, p.strategy = 'random', coalesce(r.explore, 1), i.hash FROM item i "
        "CROSS JOIN ledger e ON e.seq = (SELECT min(x.seq) FROM ledger x WHERE "
        "x.item_id = i.id AND x.kind = 'label' AND x.seq <= :seq "
        "AND json_extract(x.body, '$.answer') <> 'skip') "
        "CROSS JOIN pick p ON p.id = json_extract(e.body, '$.pick') "
        "LEFT JOIN round r ON r.id = p.round_id WHERE i.project_id = :project ORDER BY i.id",
};
const struct sql_statements PICK_STATEMENTS = {"store/pick.c", STATEMENTS, PICK_N};

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

    query_begin(&q, s, SQL_PICK, ROUND_ADD);
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
    bind_text(&q, ":recipes", r->recipes);
    bind_text(&q, ":reads", r->reads);
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

    TRY(json_read(&list, text, strlen(text)));
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
                        .created_at = column_int(q, 13),
                        .recipes = column_text(q, a, 14),
                        .reads = column_text(q, a, 15)};
    if (!q->e) q->e = read_held(a, column_text_here(q, 12), r);
}

enum err store_round_get(struct store *s, struct arena *a, int64_t id, struct round *r)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_PICK, ROUND_GET);
    bind_int(&q, ":id", id);
    got = query_row(&q);
    if (got) read_round(&q, a, r);
    return query_end_one(&q, got, "round %" PRId64, id);
}

enum err store_round_last(struct store *s, struct arena *a, int64_t project_id, struct round *r)
{
    struct query q;

    *r = (struct round){.id = 0};
    query_begin(&q, s, SQL_PICK, ROUND_LAST);
    bind_int(&q, ":project", project_id);
    if (query_row(&q)) read_round(&q, a, r);
    return query_end(&q);
}

enum err store_round_taught(struct store *s, struct arena *a, const struct round_span *span,
                            struct round **rounds, size_t *n, int64_t *total)
{
    struct query q;
    struct round *all = NULL;

    *n = 0;
    *total = 0;
    query_begin(&q, s, SQL_PICK, ROUND_TAUGHT);
    bind_int(&q, ":project", span->project_id);
    bind_int(&q, ":from", span->from);
    bind_int(&q, ":until", span->until);
    for (; query_row(&q); (*total)++) {
        struct round *r = *n < span->limit ? LIST_ADD(&q, a, all, *n) : NULL;
        if (r) read_round(&q, a, r);
    }
    *rounds = all;
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

    query_begin(&q, s, SQL_PICK, PICK_ADD);
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
                       .handed = (int)column_int(q, 15),
                       .reads = column_text(q, a, 17)};
    column_bytes(q, 16, p->receipt_hash.bytes, HASH_BYTES);
}

enum err store_pick_get(struct store *s, struct arena *a, int64_t id, struct pick *p)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_PICK, PICK_GET);
    bind_int(&q, ":id", id);
    got = query_row(&q);
    if (got) read_pick(&q, a, p);
    return query_end_one(&q, got, "pick %" PRId64, id);
}

enum err store_pick_brief(struct store *s, struct arena *a, int64_t id, struct pick_brief *p)
{
    struct query q;
    int got;

    *p = (struct pick_brief){.guess_class = NULL};
    query_begin(&q, s, SQL_PICK, PICK_BRIEF);
    bind_int(&q, ":id", id);
    got = query_row(&q);
    if (got) {
        column_bytes(&q, 0, p->receipt_hash.bytes, HASH_BYTES);
        p->guess_class = column_text(&q, a, 1);
        p->guess_probability = column_real(&q, 2);
    }
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

    query_begin(&q, s, SQL_PICK, PICK_OF_ROUND);
    bind_int(&q, ":round", round_id);
    return list_picks(&q, a, picks, n);
}

enum err store_pick_waiting(struct store *s, struct arena *a, int64_t project_id, size_t limit,
                            struct pick **picks, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_PICK, PICK_WAITING);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":limit", (int64_t)limit);
    return list_picks(&q, a, picks, n);
}

enum err store_pick_count_waiting(struct store *s, int64_t project_id, int64_t most, int64_t *n)
{
    struct query q;

    *n = 0;
    query_begin(&q, s, SQL_PICK, PICK_COUNT_WAITING);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":most", most);
    if (query_row(&q)) *n = column_int(&q, 0);
    return query_end(&q);
}

enum err store_pick_handed(struct store *s, int64_t id, int wanted)
{
    struct query q;

    query_begin(&q, s, SQL_PICK, PICK_HANDED);
    bind_int(&q, ":id", id);
    bind_int(&q, ":wanted", wanted);
    return query_run(&q, NULL);
}

enum err store_pick_want(struct store *s, int64_t id)
{
    struct query q;

    query_begin(&q, s, SQL_PICK, PICK_WANT);
    bind_int(&q, ":id", id);
    return query_run(&q, NULL);
}

enum err store_pick_retire(struct store *s, int64_t project_id)
{
    struct query q;

    query_begin(&q, s, SQL_PICK, PICK_REMOVE_QUEUED);
    bind_int(&q, ":project", project_id);
    TRY(query_run(&q, NULL));
    query_begin(&q, s, SQL_PICK, PICK_UNWANT);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":most", BEGUN_MOST);
    return query_run(&q, NULL);
}

enum err store_pick_guesses(struct store *s, struct arena *a, int64_t project_id, size_t limit,
                            struct guess **guesses, size_t *n)
{
    struct query q;
    struct guess *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_PICK, PICK_GUESSES);
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

enum err store_pick_origins(struct store *s, struct arena *a, int64_t project_id,
                            struct pick_origin **origins, size_t *n)
{
    struct query q;
    struct pick_origin *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_PICK, PICK_ORIGINS);
    bind_int(&q, ":project", project_id);
    while (query_row(&q)) {
        struct pick_origin *o = LIST_ADD(&q, a, rows, *n);
        if (o) *o = (struct pick_origin){column_int(&q, 0), (int)column_int(&q, 1)};
    }
    *origins = rows;
    return query_end(&q);
}

enum err store_pick_firsts(struct store *s, struct arena *a, int64_t project_id, int64_t seq,
                           struct pick_first **firsts, size_t *n)
{
    struct query q;
    struct pick_first *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_PICK, PICK_FIRSTS);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":seq", seq);
    while (query_row(&q)) {
        struct pick_first *f = LIST_ADD(&q, a, rows, *n);
        if (!f) continue;
        *f = (struct pick_first){.item_id = column_int(&q, 0),
                                 .drawn = (int)column_int(&q, 1),
                                 .explore = column_real(&q, 2)};
        column_bytes(&q, 3, f->content.bytes, sizeof f->content.bytes);
    }
    *firsts = rows;
    return query_end(&q);
}
