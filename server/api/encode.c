#include "api/encode.h"

#include "base/json.h"
#include "domain/check.h"
#include "domain/encoder.h"
#include "domain/label.h"
#include "domain/project.h"
#include "domain/recipe.h"
#include "store/judgement.h"
#include "store/member.h"
#include "store/returned.h"

#include <string.h>

void encode_user(struct out *o, const char *key, const struct user *u)
{
    out_object(o, key);
    out_int(o, "id", u->id);
    out_text(o, "name", u->name);
    out_text(o, "role", role_name(u->role));
    out_bool(o, "disabled", u->disabled != 0);
    out_bool(o, "service", u->kind == USER_SERVICE);
    out_time(o, "created_at", u->created_at);
    out_end(o);
}

void encode_person(struct out *o, const char *key, int64_t id, const char *name)
{
    if (!id) {
        out_null(o, key);
        return;
    }
    out_object(o, key);
    out_int(o, "id", id);
    out_text(o, "name", name ? name : "");
    out_end(o);
}

enum err encode_person_of(struct out *o, const char *key, struct store *s, struct arena *a,
                          int64_t id)
{
    struct user u = {.name = NULL};
    enum err e = id ? store_user_get(s, a, id, &u) : OK;

    if (e && e != ERR_NOT_FOUND) return e;
    encode_person(o, key, id, e ? NULL : u.name);
    return OK;
}

static void encode_uuid(struct out *o, const char *key, const struct uuid *id)
{
    char text[UUID_TEXT];

    uuid_write(text, id);
    out_text(o, key, text);
}

enum err encode_answer(struct out *o, struct store *s, struct arena *a, const struct label *l)
{
    out_object(o, NULL);
    encode_uuid(o, "id", &l->client_id);
    out_int(o, "seq", l->seq);
    TRY(encode_person_of(o, "user", s, a, l->user_id));
    out_text(o, "answer", answer_name(l->answer));
    out_json(o, "values", l->values);
    out_text(o, "reason", l->reason);
    out_time(o, "at", l->at);
    out_int(o, "elapsed_ms", l->elapsed_ms);
    out_end(o);
    return OK;
}

enum err encode_decision(struct out *o, const char *key, struct store *s, struct arena *a,
                         const struct decision *d)
{
    if (!d->seq) {
        out_null(o, key);
        return OK;
    }
    out_object(o, key);
    encode_uuid(o, "id", &d->client_id);
    out_int(o, "seq", d->seq);
    out_int(o, "item", d->item_id);
    TRY(encode_person_of(o, "user", s, a, d->user_id));
    out_text(o, "answer", answer_name(d->answer));
    out_json(o, "values", d->values);
    out_text(o, "note", d->note);
    out_id(o, "accepts", d->accepts);
    out_id(o, "restores", d->restores);
    out_time(o, "at", d->at);
    out_end(o);
    return OK;
}

/* Annotators are not to learn whether others agree with them. */
static void encode_review_counts(struct out *o, const struct project_counts *c, enum role role)
{
    if (role == ROLE_ANNOTATOR) {
        out_null(o, "to_review");
        out_null(o, "disputed");
        return;
    }
    out_int(o, "to_review", c->to_review);
    out_int(o, "disputed", c->disputed);
}

static enum err encode_counts(struct out *o, struct store *s, int64_t project_id,
                              int64_t user_id, enum role role)
{
    struct project_counts c;
    struct member_counts mine;
    int hidden;

    TRY(store_project_counts(s, project_id, &c));
    TRY(store_member_counts(s, project_id, user_id, &mine));
    TRY(check_is_hidden(s, project_id, user_id, &hidden));
    if (hidden) {
        c = (struct project_counts){.items = c.items,
                                    .labelled = check_round(c.labelled),
                                    .open = check_round(c.open),
                                    .flagged = check_round(c.flagged),
                                    .rejected = check_round(c.rejected),
                                    .labels = check_round(c.labels)};
        mine.labels = check_round(mine.labels);
    }
    out_object(o, "counts");
    out_int(o, "items", c.items);
    out_int(o, "labelled", c.labelled);
    out_int(o, "open", c.open);
    out_int(o, "flagged", c.flagged);
    out_int(o, "rejected", c.rejected);
    encode_review_counts(o, &c, role);
    out_int(o, "labels", c.labels);
    out_int(o, "mine", mine.labels);
    out_end(o);
    return OK;
}

static enum err encode_latents(struct out *o, struct store *s, struct arena *a,
                               int64_t project_id)
{
    struct latents_status l;

    TRY(encoder_status(s, a, project_id, &l));
    out_object(o, "latents");
    out_text(o, "encoder", l.encoder);
    out_int(o, "items_encoded", l.items_encoded);
    out_text(o, "state", latents_state_name(l.state));
    out_end(o);
    return OK;
}

static void encode_interval(struct out *o, const char *key, const struct accuracy *x)
{
    enum { TOO_FEW = 10 }; /* below it an interval says nothing: domain/project.h */

    if (x->n < TOO_FEW) {
        out_null(o, key);
        return;
    }
    out_object(o, key);
    out_number(o, "value", x->value);
    out_number(o, "low", x->low);
    out_number(o, "high", x->high);
    out_int(o, "n", x->n);
    out_end(o);
}

static enum err encode_accuracy(struct out *o, struct store *s, struct arena *a,
                                int64_t project_id)
{
    struct accuracy x;

    TRY(project_accuracy(s, a, project_id, &x));
    encode_interval(o, "accuracy", &x);
    return OK;
}

static enum err encode_model_question(struct out *o, struct arena *a, const struct encoder *e,
                                      const struct model_question *q)
{
    struct recipe_share shares[SMP_PARTS_MAX];
    const size_t n = recipe_shares(e, &q->recipe, shares);
    const char *why = recipe_why(a, e, &q->recipe);

    NEED(why);
    out_object(o, NULL);
    out_text(o, "question", q->question);
    out_bool(o, "chosen", q->recipe.n_labels > 0);
    out_text(o, "why", why);
    out_list(o, "parts");
    for (size_t i = 0; i < n; i++) {
        out_object(o, NULL);
        out_text(o, "name", shares[i].part->name);
        out_text(o, "sees", shares[i].part->sees);
        out_number(o, "weight", shares[i].weight);
        out_end(o);
    }
    out_end(o);
    encode_interval(o, "held_out", &q->held_out);
    out_end(o);
    return OK;
}

static enum err encode_model(struct out *o, struct store *s, struct arena *a,
                             int64_t project_id)
{
    struct model_status m;

    TRY(model_status(s, a, project_id, &m));
    if (!m.model) {
        out_null(o, "model");
        return OK;
    }
    out_object(o, "model");
    out_text(o, "name", m.model);
    out_text(o, "encoder", encoder_title(a, &m.encoder));
    out_list(o, "questions");
    for (size_t i = 0; i < m.n_questions; i++)
        TRY(encode_model_question(o, a, &m.encoder, &m.question[i]));
    out_end(o);
    out_end(o);
    return OK;
}

/* Whether picking has taught more than chance would have; null while too little was drawn to tell. */
static enum err encode_picking(struct out *o, struct store *s, struct arena *a,
                               int64_t project_id)
{
    struct encoder e;
    struct judgement j;

    TRY(store_encoder_active(s, a, project_id, &e));
    TRY(store_judgement_last(s, project_id, e.id, &j));
    if (!j.n_taught) {
        out_null(o, "picking");
        return OK;
    }
    out_object(o, "picking");
    out_bool(o, "losing", j.losing);
    out_number(o, "picked", j.picked);
    out_number(o, "by_chance", j.by_chance);
    out_number(o, "error", j.error);
    out_int(o, "n_taught", j.n_taught);
    out_int(o, "n_drawn", j.n_drawn);
    out_end(o);
    return OK;
}

/* How often people are checked is for those who read their answers. */
static void encode_queue(struct out *o, const struct queue_settings *x, enum role reader)
{
    out_int(o, "overlap_max", x->overlap_max);
    out_int(o, "quota", x->quota);
    out_bool(o, "feedback", x->feedback != 0);
    if (reader >= ROLE_REVIEWER) {
        out_number(o, "gold_rate", x->gold_rate);
        out_number(o, "repeat_rate", x->repeat_rate);
    } else {
        out_null(o, "gold_rate");
        out_null(o, "repeat_rate");
    }
}

enum err encode_project(struct out *o, const char *key, struct store *s, struct arena *a,
                        const struct project *p, int64_t user_id)
{
    enum role role;

    TRY(store_member_role(s, p->id, user_id, &role));
    out_object(o, key);
    out_int(o, "id", p->id);
    out_text(o, "name", p->name);
    out_text(o, "kind", project_kind_name(p->kind));
    out_json(o, "questions", p->questions);
    out_int(o, "question_version", p->question_version);
    out_int(o, "overlap", p->overlap);
    out_number(o, "explore", p->explore);
    encode_queue(o, &p->queue, role);
    out_json(o, "expectations", p->expectations);
    out_time(o, "created_at", p->created_at);
    out_text(o, "role", role_name(role));
    TRY(encode_counts(o, s, p->id, user_id, role));
    TRY(encode_latents(o, s, a, p->id));
    TRY(encode_accuracy(o, s, a, p->id));
    TRY(encode_model(o, s, a, p->id));
    TRY(encode_picking(o, s, a, p->id));
    out_end(o);
    return OK;
}

static enum err encode_text(struct out *o, struct store *s, struct arena *a, int64_t item_id)
{
    const char *body;
    size_t n;

    TRY(store_item_text(s, a, item_id, &body, &n));
    out_text_n(o, "text", body, n);
    out_null(o, "width");
    out_null(o, "height");
    return OK;
}

enum err encode_item_members(struct out *o, struct store *s, struct arena *a,
                             const struct item *i)
{
    bool is_text = !strncmp(i->format, "text/", 5);

    out_int(o, "id", i->id);
    out_text(o, "kind", is_text ? "text" : "image");
    if (is_text) {
        TRY(encode_text(o, s, a, i->id));
    } else {
        out_text(o, "media_url", arena_printf(a, "/api/v1/items/%lld/media", (long long)i->id));
        out_int(o, "width", i->width);
        out_int(o, "height", i->height);
    }
    out_object(o, "meta");
    out_text(o, "path", i->path);
    out_members(o, i->meta);
    out_end(o);
    return OK;
}

enum err encode_receipt(struct out *o, const char *key, struct arena *a,
                        const struct pick *pick)
{
    json_t *receipt;
    const char *text;

    if (!pick->id) {
        out_null(o, key);
        return OK;
    }
    receipt = pick_receipt(pick);
    NEED(receipt);
    text = json_write(a, receipt);
    json_decref(receipt);
    NEED(text);
    out_json(o, key, text);
    return OK;
}

static void encode_prediction(struct out *o, const struct pick *p)
{
    if (!p->id || !p->guess_class) {
        out_null(o, "prediction");
        return;
    }
    out_object(o, "prediction");
    out_text(o, "class", p->guess_class);
    out_number(o, "probability", p->guess_probability);
    out_text(o, "model", p->model);
    out_end(o);
}

/* What a reviewer said when it came back, and what she had answered; null for an item that did not. */
static enum err encode_returned(struct out *o, struct store *s, struct arena *a,
                                const struct lease *l)
{
    struct returned r;
    struct label_event before;

    TRY(store_returned_find(s, a, l->item_id, l->user_id, &r));
    if (!r.seq) {
        out_null(o, "returned");
        return OK;
    }
    TRY(label_event_get(s, a, r.label_seq, &before));
    out_object(o, "returned");
    TRY(encode_person_of(o, "by", s, a, r.by_id));
    out_time(o, "at", r.at);
    out_text(o, "comment", r.comment);
    out_text(o, "answer", before.answer);
    out_json(o, "values", before.values);
    out_end(o);
    return OK;
}

enum err encode_lease(struct out *o, const char *key, struct store *s, struct arena *a,
                      const struct handed *h)
{
    out_object(o, key);
    out_int(o, "id", h->lease.id);
    out_time(o, "expires_at", h->lease.expires_at);
    out_object(o, "item");
    TRY(encode_item_members(o, s, a, &h->item));
    out_end(o);
    encode_prediction(o, &h->pick);
    TRY(encode_receipt(o, "receipt", a, &h->pick));
    TRY(encode_returned(o, s, a, &h->lease));
    out_end(o);
    return OK;
}

static void encode_progress(struct out *o, const struct job *j)
{
    out_object(o, "progress");
    out_int(o, "done", j->done);
    if (j->total < 0)
        out_null(o, "total");
    else
        out_int(o, "total", j->total);
    out_text(o, "what", j->what);
    out_end(o);
}

static void encode_job_counts(struct out *o, const struct job *j)
{
    if (strcmp(j->kind, "import") != 0 && strcmp(j->kind, "sample") != 0) {
        out_null(o, "counts");
        return;
    }
    out_object(o, "counts");
    out_int(o, "imported", j->imported);
    out_int(o, "duplicate", j->duplicate);
    out_int(o, "refused", j->refused);
    out_end(o);
}

void encode_job(struct out *o, const char *key, const struct job *j)
{
    out_object(o, key);
    out_int(o, "id", j->id);
    out_id(o, "project", j->project_id);
    out_text(o, "kind", j->kind);
    out_text(o, "state", job_state_name(j->state));
    encode_progress(o, j);
    out_text(o, "message", j->message);
    out_time(o, "created_at", j->created_at);
    out_time(o, "started_at", j->started_at);
    out_time(o, "finished_at", j->finished_at);
    encode_job_counts(o, j);
    out_end(o);
}
