#include "domain/report_card.h"

#include "base/clock.h"
#include "domain/encoder.h"
#include "domain/recipe.h"
#include "domain/report_inside.h"
#include "store/project.h"
#include "store/purpose.h"
#include "store/user.h"

#include <inttypes.h>
#include <string.h>

static const char NOT_SAID[] = "Nobody has said yet what it is for.";

/* The name of a person or a program; never NULL but without memory. */
static enum err name_of(struct store *s, struct arena *a, int64_t id, const char **name)
{
    struct user u = {.name = NULL};
    enum err e = id ? store_user_get(s, a, id, &u) : OK;

    if (e && e != ERR_NOT_FOUND) return e;
    *name = !id                           ? "the command line"
            : e || u.erased_at || !u.name ? "an erased person"
                                          : u.name;
    return OK;
}

static enum err put_people(struct store *s, struct arena *a, const json_t *sheet, json_t *data)
{
    const json_t *people = json_object_get(sheet, "people");
    json_t *list = json_array();

    TRY(report_put(data, "people", list));
    for (size_t i = 0; i < json_array_size(people); i++) {
        const json_t *one = json_array_get(people, i);
        const char *name;
        TRY(name_of(s, a, json_integer_value(json_object_get(one, "user")), &name));
        TRY(report_append(list, json_pack("{s:s,s:I}", "name", name, "labels",
                                          json_integer_value(json_object_get(one, "labels")))));
    }
    return OK;
}

static enum err put_data(struct store *s, struct arena *a, const struct model *m, json_t *card)
{
    struct dataset d;
    char hash[HASH_HEX];
    json_t *sheet;
    json_t *data;
    enum err e;

    TRY(store_dataset_get(s, a, m->dataset_id, &d));
    hash_hex(hash, &d.hash);
    data = json_pack("{s:I,s:s,s:I,s:I,s:I}", "dataset", (json_int_t)d.version, "hash", hash,
                     "items", (json_int_t)d.n_items, "taught", (json_int_t)m->n_taught,
                     "ledger_seq", (json_int_t)d.ledger_seq);
    TRY(report_put(card, "data", data));
    if (!d.sheet) return OK;
    TRY(json_read(&sheet, d.sheet, strlen(d.sheet)));
    e = put_people(s, a, sheet, data);
    json_decref(sheet);
    return e;
}

static enum err put_making(struct store *s, struct arena *a, const struct model *m,
                           json_t *card)
{
    struct encoder encoder;
    char hash[HASH_HEX];
    const char *title;
    json_t *sees = json_array();

    hash_hex(hash, &m->hash);
    TRY(report_put(card, "made_of",
                   json_pack("{s:o,s:I,s:I,s:s,s:s,s:I,s:f}", "encoder_sees", sees, "seed",
                             (json_int_t)m->seed, "threads", (json_int_t)m->threads, "program",
                             m->program, "hash", hash, "bytes", (json_int_t)m->n_bytes,
                             "seconds", m->seconds)));
    TRY(store_encoder_get(s, a, m->encoder_id, &encoder));
    title = encoder_title(a, &encoder);
    NEED(title);
    for (size_t i = 0; i < encoder.n_parts; i++)
        TRY(report_append(sees, json_string(encoder.part[i].sees)));
    TRY(report_put(json_object_get(card, "made_of"), "encoder", json_string(title)));
    if (!m->recipe) return OK;
    return report_put(json_object_get(card, "made_of"), "recipe",
                      json_loads(m->recipe, JSON_DECODE_ANY, NULL));
}

/* Of the report what a card holds; without one the lists are empty. */
static enum err put_account(struct arena *a, const struct model *m, json_t *card)
{
    static const char *const TAKEN[] = {"source",   "accuracy",    "sentences", "limits",
                                        "by_class", "calibration", "classes"};
    const char *sentence = model_accuracy_sentence(a, m);
    json_t *report;
    enum err e;

    TRY(report_put(card, "accuracy_sentence", sentence ? json_string(sentence) : json_null()));
    TRY(json_read(&report, m->report ? m->report : "{}", m->report ? strlen(m->report) : 2));
    e = OK;
    for (size_t i = 0; i < sizeof TAKEN / sizeof TAKEN[0] && !e; i++) {
        json_t *value = json_object_get(report, TAKEN[i]);
        e = report_put(card, TAKEN[i], value ? json_incref(value) : json_array());
    }
    json_decref(report);
    return e;
}

static enum err put_head(struct store *s, struct arena *a, const struct model *m, json_t *card)
{
    struct project project;
    struct purpose purpose;
    const char *by;
    char at[CLOCK_TEXT];

    clock_format(at, m->trained_at);
    TRY(store_project_get(s, a, m->project_id, &project));
    TRY(store_purpose_get(s, a, m->project_id, &purpose));
    TRY(name_of(s, a, m->user_id, &by));
    TRY(report_put(card, "name", json_string(m->name)));
    TRY(report_put(card, "version", json_integer(m->version)));
    TRY(report_put(card, "project", json_string(project.name)));
    TRY(report_put(card, "made_at", json_string(at)));
    TRY(report_put(card, "made_by", json_string(by)));
    return report_put(card, "intended_use",
                      purpose.project_id ? json_string(purpose.text) : json_null());
}

static enum err make(struct store *s, struct arena *a, const struct model *m, json_t *card)
{
    TRY(put_head(s, a, m, card));
    TRY(put_account(a, m, card));
    TRY(put_data(s, a, m, card));
    return put_making(s, a, m, card);
}

enum err card_make(struct store *s, struct arena *a, const struct model *m, json_t **card)
{
    enum err e;

    *card = NULL;
    TRY(model_is_trained(m));
    *card = json_object();
    NEED(*card);
    e = make(s, a, m, *card);
    if (!e) return OK;
    json_decref(*card);
    *card = NULL;
    return e;
}

/* -- for people -------------------------------------------------------------------------------- */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static long long whole(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

/* A text in Markdown: what would be markup there is shown as it is. */
static enum err add_plain(struct buf *b, const char *text)
{
    for (; *text; text++) {
        if (strchr("\\`*_[]<>#|", *text)) TRY(buf_adds(b, "\\"));
        if (*text == '\n')
            TRY(buf_adds(b, "  \n"));
        else
            TRY(buf_add(b, text, 1));
    }
    return OK;
}

static enum err add_line(struct buf *b, const char *before, const char *text)
{
    TRY(buf_adds(b, before));
    TRY(add_plain(b, text));
    return buf_adds(b, "\n");
}

static enum err add_list(struct buf *b, const char *heading, const json_t *list,
                         const char *without)
{
    TRY(buf_adds(b, heading));
    for (size_t i = 0; i < json_array_size(list); i++)
        TRY(add_line(b, "- ", json_string_value(json_array_get(list, i))));
    if (!json_array_size(list)) TRY(add_line(b, "", without));
    return OK;
}

static enum err add_classes(struct buf *b, const json_t *classes)
{
    TRY(buf_adds(b, "\n## Class by class\n\n"));
    for (size_t i = 0; i < json_array_size(classes); i++) {
        const json_t *x = json_array_get(classes, i);
        TRY(buf_adds(b, "- **"));
        TRY(add_plain(b, text_of(x, "class")));
        TRY(buf_printf(b, "** (%lld examples): ", whole(x, "taught")));
        TRY(add_line(b, "", text_of(x, "words")));
    }
    return OK;
}

static enum err add_data(struct buf *b, const json_t *data)
{
    const json_t *people = json_object_get(data, "people");

    TRY(buf_printf(
        b,
        "\n## What it was taught by\n\n%lld examples of data set %lld (%lld items, ledger "
        "no. %lld), fingerprint `%s`, labelled by\n\n",
        whole(data, "taught"), whole(data, "dataset"), whole(data, "items"),
        whole(data, "ledger_seq"), text_of(data, "hash")));
    for (size_t i = 0; i < json_array_size(people); i++) {
        const json_t *x = json_array_get(people, i);
        TRY(buf_adds(b, "- "));
        TRY(add_plain(b, text_of(x, "name")));
        TRY(buf_printf(b, ": %lld labels\n", whole(x, "labels")));
    }
    return OK;
}

static enum err add_making(struct buf *b, const json_t *made)
{
    TRY(buf_printf(b, "\n## How it was made\n\n- Encoder: %s\n- Seed: %lld, threads: %lld\n",
                   text_of(made, "encoder"), whole(made, "seed"), whole(made, "threads")));
    return buf_printf(b, "- Program: exemplar %s\n- File: %lld bytes, fingerprint `%s`\n",
                      text_of(made, "program"), whole(made, "bytes"), text_of(made, "hash"));
}

static enum err add_head(struct buf *b, const json_t *card)
{
    const char *use = json_string_value(json_object_get(card, "intended_use"));

    TRY(buf_adds(b, "# "));
    TRY(add_plain(b, text_of(card, "project")));
    TRY(buf_printf(b, ", version %lld\n\n", whole(card, "version")));
    TRY(add_line(b, "", text_of(card, "accuracy_sentence")));
    TRY(buf_printf(b, "\nMade %s by ", text_of(card, "made_at")));
    TRY(add_line(b, "", text_of(card, "made_by")));
    TRY(buf_adds(b, "\n## What it is for\n\n"));
    return add_line(b, "", use ? use : NOT_SAID);
}

static enum err write(struct buf *b, const json_t *card)
{
    TRY(add_head(b, card));
    TRY(add_list(b, "\n## How good it is\n\n", json_object_get(card, "sentences"),
                 "It was not measured yet."));
    TRY(add_list(b, "\n## Known limits\n\n", json_object_get(card, "limits"),
                 "None were found in what was measured."));
    TRY(add_classes(b, json_object_get(card, "by_class")));
    TRY(add_data(b, json_object_get(card, "data")));
    return add_making(b, json_object_get(card, "made_of"));
}

enum err card_markdown(struct arena *a, const json_t *card, const char **text)
{
    struct buf b;
    enum err e;

    buf_init(&b, MIB);
    e = write(&b, card);
    *text = e ? NULL : arena_copy(a, b.data, b.size);
    buf_free(&b);
    if (e) return e;
    NEED(*text);
    return OK;
}
