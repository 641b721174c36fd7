#include "domain/find.h"

#include "domain/project.h"
#include "store/facet.h"

#include <string.h>

static const char *const STATES[] = {"open", "labelled", "flagged", "rejected", "all"};

static enum err state_read(const json_t *filter, enum item_state *state)
{
    const char *text;

    *state = ITEM_STATES;
    TRY(json_text_or(filter, "state", "all", 20, &text));
    for (int i = 0; i <= ITEM_STATES; i++)
        if (!strcmp(text, STATES[i])) {
            *state = (enum item_state)i;
            return OK;
        }
    return fail(ERR_INVALID,
                "state: '%.50s' is not one of open, labelled, flagged, rejected, all", text);
}

static enum err meta_read(const json_t *filter, struct item_search *q)
{
    json_t *meta = json_object_get(filter, "meta");
    const char *key;
    json_t *value;

    if (!meta || json_is_null(meta)) return OK;
    if (!json_is_object(meta)) return fail(ERR_INVALID, "meta: expected an object");
    if (json_object_size(meta) > SEARCH_META)
        return fail(ERR_INVALID, "meta: at most %d conditions at once", SEARCH_META);
    json_object_foreach(meta, key, value)
    {
        if (!json_is_string(value))
            return fail(ERR_INVALID, "meta.%.100s: expected a text", key);
        q->meta[q->n_meta++] = (struct search_meta){key, json_string_value(value)};
    }
    return OK;
}

/* The question that `class` is an answer to. A class that it no longer has may still be looked for. */
static enum err question_read(struct store *s, struct arena *a, const json_t *filter,
                              struct item_search *q)
{
    struct project p;
    struct questions *questions;

    TRY(json_text_or(filter, "question", NULL, CLASS_NAME_BYTES_MAX, &q->question));
    if (!q->class_name) {
        q->question = NULL;
        return OK;
    }
    TRY(store_project_get(s, a, q->project_id, &p));
    TRY(questions_parse(a, p.questions, &questions));
    if (!q->question) q->question = questions->question[0].name;
    if (question_find(questions, q->question)) return OK;
    return fail(ERR_INVALID, "question: this project does not ask '%.100s'", q->question);
}

enum err find_read(struct store *s, struct arena *a, int64_t project_id, const json_t *filter,
                   struct item_search *q)
{
    struct project_brief p;

    *q = (struct item_search){.project_id = project_id};
    TRY(store_project_brief(s, project_id, &p));
    TRY(json_only(filter, "state", "text", "folder", "meta", "class", "question", "person",
                  NULL));
    TRY(state_read(filter, &q->state));
    TRY(json_text_or(filter, "text", NULL, FIND_TEXT_BYTES_MAX, &q->text));
    TRY(json_text_or(filter, "folder", NULL, FACET_BYTES, &q->folder));
    TRY(meta_read(filter, q));
    TRY(json_text_or(filter, "class", NULL, CLASS_NAME_BYTES_MAX, &q->class_name));
    TRY(json_int_or(filter, "person", 0, 1, INT64_MAX, &q->user_id));
    return question_read(s, a, filter, q);
}

enum err find_admit(struct item_search *q, const struct user *u, enum role role)
{
    if (role >= ROLE_REVIEWER) return OK;
    if (q->user_id && q->user_id != u->id)
        return fail(ERR_DENIED, "person: only a reviewer may look for the labels of others");
    if (q->class_name) q->user_id = u->id;
    return OK;
}
