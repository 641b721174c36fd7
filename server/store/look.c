#include "store/look.h"

#include "store/sql.h"

enum {
    LOOK_ADD,
    LOOK_LAST,
    LOOK_ITEMS_REMOVE,
    LOOK_ENTRIES_REMOVE,
    LOOK_REMOVE,
    ENTRY_ADD,
    ENTRY_ITEM_ADD,
    ENTRY_GET,
    ENTRY_WAITING,
    ENTRY_ITEMS,
    ENTRY_CLOSE,
    LOOK_KEEP,
    LOOK_UNKEEP,
    LOOK_KEPT_LIST,
    LOOK_N
};

#define ENTRY_COLUMNS                                                                          \
    "e.id, e.look_id, l.project_id, e.rank, e.kind, e.question, e.given, e.suggested, "        \
    "e.p_given, e.p_suggested, e.reason, e.near, e.outcome, e.user_id, e.at"
#define OTHER_LOOKS "(SELECT id FROM look WHERE project_id = :project AND id <> :keep)"

static const char *const STATEMENTS[LOOK_N] = {
    [LOOK_ADD] = "INSERT INTO look (project_id, encoder_id, ledger_seq, n_labels, n_wrong, "
                 "n_doubts, n_conflicts, created_at) VALUES (:project, :encoder, :ledger_seq, "
                 ":n_labels, :n_wrong, :n_doubts, :n_conflicts, :created_at) RETURNING id",
    [LOOK_LAST] = "SELECT id, project_id, encoder_id, ledger_seq, n_labels, n_wrong, n_doubts, "
                  "n_conflicts, created_at FROM look WHERE project_id = :project "
                  "ORDER BY id DESC LIMIT 1",
    [LOOK_ITEMS_REMOVE] = "DELETE FROM look_item WHERE entry_id IN "
                          "(SELECT id FROM look_entry WHERE look_id IN " OTHER_LOOKS ")",
    [LOOK_ENTRIES_REMOVE] = "DELETE FROM look_entry WHERE look_id IN " OTHER_LOOKS,
    [LOOK_REMOVE] = "DELETE FROM look WHERE project_id = :project AND id <> :keep",
    [ENTRY_ADD] =
        "INSERT INTO look_entry (look_id, rank, kind, question, given, suggested, p_given, "
        "p_suggested, reason, near) VALUES (:look, :rank, :kind, :question, :given, "
        ":suggested, :p_given, :p_suggested, :reason, :near) RETURNING id",
    [ENTRY_ITEM_ADD] =
        "INSERT INTO look_item (entry_id, item_id, seq) VALUES (:entry, :item, :seq)",
    [ENTRY_GET] = "SELECT " ENTRY_COLUMNS " FROM look_entry e JOIN look l ON l.id = e.look_id "
                  "WHERE e.id = :id",
    [ENTRY_WAITING] =
        "SELECT " ENTRY_COLUMNS " FROM look_entry e JOIN look l ON l.id = e.look_id "
        "WHERE e.look_id = :look AND e.rank > :after AND e.outcome IS NULL "
        "ORDER BY e.rank LIMIT :limit",
    [ENTRY_ITEMS] = "SELECT item_id, seq FROM look_item WHERE entry_id = :entry "
                    "ORDER BY item_id",
    [ENTRY_CLOSE] = "UPDATE look_entry SET outcome = :outcome, user_id = :user, at = :at "
                    "WHERE id = :id",
    [LOOK_KEEP] =
        "INSERT INTO look_kept (project_id, item_id, kind, question, seq, user_id, at) "
        "VALUES (:project, :item, :kind, :question, :seq, :user, :at) "
        "ON CONFLICT (project_id, item_id, kind, question) DO UPDATE SET "
        "seq = excluded.seq, user_id = excluded.user_id, at = excluded.at",
    [LOOK_UNKEEP] = "DELETE FROM look_kept WHERE project_id = :project AND item_id = :item "
                    "AND kind = :kind AND question = :question",
    [LOOK_KEPT_LIST] = "SELECT project_id, item_id, kind, question, seq, user_id, at "
                       "FROM look_kept WHERE project_id = :project ORDER BY item_id",
};
const struct sql_statements LOOK_STATEMENTS = {"store/look.c", STATEMENTS, LOOK_N};

static const char *const KINDS[] = {[LOOK_DOUBT] = "doubt", [LOOK_CONFLICT] = "conflict"};
static const char *const OUTCOMES[] = {
    [LOOK_WAITS] = "", [LOOK_KEPT] = "kept", [LOOK_FIXED] = "fixed"};
enum { N_KINDS = 2, N_OUTCOMES = 3 };

const char *look_kind_name(enum look_kind kind)
{
    return KINDS[kind];
}

const char *look_outcome_name(enum look_outcome what)
{
    return what == LOOK_WAITS ? NULL : OUTCOMES[what];
}

enum err store_look_add(struct store *s, struct look *l)
{
    struct query q;

    query_begin(&q, s, SQL_LOOK, LOOK_ADD);
    bind_int(&q, ":project", l->project_id);
    bind_id(&q, ":encoder", l->encoder_id);
    bind_int(&q, ":ledger_seq", l->ledger_seq);
    bind_int(&q, ":n_labels", l->n_labels);
    bind_int(&q, ":n_wrong", l->n_wrong);
    bind_int(&q, ":n_doubts", l->n_doubts);
    bind_int(&q, ":n_conflicts", l->n_conflicts);
    bind_int(&q, ":created_at", l->created_at);
    while (query_row(&q))
        l->id = column_int(&q, 0);
    return query_end(&q);
}

enum err store_look_last(struct store *s, int64_t project_id, struct look *l)
{
    struct query q;

    *l = (struct look){.id = 0};
    query_begin(&q, s, SQL_LOOK, LOOK_LAST);
    bind_int(&q, ":project", project_id);
    if (query_row(&q))
        *l = (struct look){.id = column_int(&q, 0),
                           .project_id = column_int(&q, 1),
                           .encoder_id = column_int(&q, 2),
                           .ledger_seq = column_int(&q, 3),
                           .n_labels = column_int(&q, 4),
                           .n_wrong = column_int(&q, 5),
                           .n_doubts = column_int(&q, 6),
                           .n_conflicts = column_int(&q, 7),
                           .created_at = column_int(&q, 8)};
    return query_end(&q);
}

enum err store_look_remove_others(struct store *s, int64_t project_id, int64_t keep)
{
    static const int STEPS[] = {LOOK_ITEMS_REMOVE, LOOK_ENTRIES_REMOVE, LOOK_REMOVE};

    for (size_t i = 0; i < sizeof STEPS / sizeof *STEPS; i++) {
        struct query q;

        query_begin(&q, s, SQL_LOOK, STEPS[i]);
        bind_int(&q, ":project", project_id);
        bind_int(&q, ":keep", keep);
        TRY(query_run(&q, NULL));
    }
    return OK;
}

static enum err entry_item_add(struct store *s, int64_t entry_id, const struct look_item *i)
{
    struct query q;

    query_begin(&q, s, SQL_LOOK, ENTRY_ITEM_ADD);
    bind_int(&q, ":entry", entry_id);
    bind_int(&q, ":item", i->item_id);
    bind_int(&q, ":seq", i->seq);
    return query_run(&q, NULL);
}

enum err store_look_entry_add(struct store *s, struct look_entry *e)
{
    struct query q;

    query_begin(&q, s, SQL_LOOK, ENTRY_ADD);
    bind_int(&q, ":look", e->look_id);
    bind_int(&q, ":rank", e->rank);
    bind_text(&q, ":kind", KINDS[e->kind]);
    bind_text(&q, ":question", e->question);
    bind_text(&q, ":given", e->given);
    bind_text(&q, ":suggested", e->suggested);
    bind_real(&q, ":p_given", e->p_given);
    bind_real(&q, ":p_suggested", e->p_suggested);
    bind_text(&q, ":reason", e->reason);
    bind_text(&q, ":near", e->near);
    while (query_row(&q))
        e->id = column_int(&q, 0);
    TRY(query_end(&q));
    for (size_t i = 0; i < e->n_items; i++)
        TRY(entry_item_add(s, e->id, &e->items[i]));
    return OK;
}

static void read_entry(struct query *q, struct arena *a, struct look_entry *e)
{
    *e = (struct look_entry){.id = column_int(q, 0),
                             .look_id = column_int(q, 1),
                             .project_id = column_int(q, 2),
                             .rank = column_int(q, 3),
                             .kind = (enum look_kind)column_word(q, 4, KINDS, N_KINDS),
                             .question = column_text(q, a, 5),
                             .given = column_text(q, a, 6),
                             .suggested = column_text(q, a, 7),
                             .p_given = column_real(q, 8),
                             .p_suggested = column_real(q, 9),
                             .reason = column_text(q, a, 10),
                             .near = column_text(q, a, 11),
                             .user_id = column_int(q, 13),
                             .at = column_int(q, 14)};
    if (!column_is_null(q, 12))
        e->outcome = (enum look_outcome)column_word(q, 12, OUTCOMES, N_OUTCOMES);
}

static enum err read_items(struct store *s, struct arena *a, struct look_entry *e)
{
    struct query q;

    query_begin(&q, s, SQL_LOOK, ENTRY_ITEMS);
    bind_int(&q, ":entry", e->id);
    while (query_row(&q)) {
        struct look_item *i = LIST_ADD(&q, a, e->items, e->n_items);

        if (i) *i = (struct look_item){column_int(&q, 0), column_int(&q, 1)};
    }
    return query_end(&q);
}

enum err store_look_entry_get(struct store *s, struct arena *a, int64_t id,
                              struct look_entry *e)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_LOOK, ENTRY_GET);
    bind_int(&q, ":id", id);
    got = query_row(&q);
    if (got) read_entry(&q, a, e);
    TRY(query_end_one(&q, got, "entry %" PRId64 " of a second look", id));
    return read_items(s, a, e);
}

enum err store_look_waiting(struct store *s, struct arena *a, int64_t look_id, int64_t after,
                            size_t limit, struct look_entry **entries, size_t *n)
{
    struct query q;

    *entries = NULL;
    *n = 0;
    query_begin(&q, s, SQL_LOOK, ENTRY_WAITING);
    bind_int(&q, ":look", look_id);
    bind_int(&q, ":after", after);
    bind_int(&q, ":limit", (int64_t)limit);
    while (query_row(&q)) {
        struct look_entry *e = LIST_ADD(&q, a, *entries, *n);

        if (e) read_entry(&q, a, e);
    }
    TRY(query_end(&q));
    for (size_t i = 0; i < *n; i++)
        TRY(read_items(s, a, &(*entries)[i]));
    return OK;
}

enum err store_look_entry_close(struct store *s, const struct look_entry *e)
{
    struct query q;

    query_begin(&q, s, SQL_LOOK, ENTRY_CLOSE);
    bind_int(&q, ":id", e->id);
    bind_text(&q, ":outcome", look_outcome_name(e->outcome));
    bind_id(&q, ":user", e->user_id);
    bind_id(&q, ":at", e->at);
    return query_run(&q, NULL);
}

static void bind_kept(struct query *q, const struct look_kept *k)
{
    bind_int(q, ":project", k->project_id);
    bind_int(q, ":item", k->item_id);
    bind_text(q, ":kind", KINDS[k->kind]);
    bind_text(q, ":question", k->question);
}

enum err store_look_keep(struct store *s, const struct look_kept *k)
{
    struct query q;

    query_begin(&q, s, SQL_LOOK, LOOK_KEEP);
    bind_kept(&q, k);
    bind_int(&q, ":seq", k->seq);
    bind_int(&q, ":user", k->user_id);
    bind_int(&q, ":at", k->at);
    return query_run(&q, NULL);
}

enum err store_look_unkeep(struct store *s, const struct look_kept *k)
{
    struct query q;

    query_begin(&q, s, SQL_LOOK, LOOK_UNKEEP);
    bind_kept(&q, k);
    return query_run(&q, NULL);
}

enum err store_look_kept_list(struct store *s, struct arena *a, int64_t project_id,
                              struct look_kept **list, size_t *n)
{
    struct query q;

    *list = NULL;
    *n = 0;
    query_begin(&q, s, SQL_LOOK, LOOK_KEPT_LIST);
    bind_int(&q, ":project", project_id);
    while (query_row(&q)) {
        struct look_kept *k = LIST_ADD(&q, a, *list, *n);

        if (!k) break;
        *k = (struct look_kept){.project_id = column_int(&q, 0),
                                .item_id = column_int(&q, 1),
                                .kind = (enum look_kind)column_word(&q, 2, KINDS, N_KINDS),
                                .question = column_text(&q, a, 3),
                                .seq = column_int(&q, 4),
                                .user_id = column_int(&q, 5),
                                .at = column_int(&q, 6)};
    }
    return query_end(&q);
}
