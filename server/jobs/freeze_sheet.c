#include "jobs/freeze_sheet.h"

#include "base/clock.h"
#include "store/project.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CLASS_FEW = 10 };
static const double SHARE_OFF = 0.02;
static const double RANDOM_FEW = 0.2;

enum err freeze_sheet_begin(struct freeze_sheet *x, struct arena *a,
                            const struct questions *questions)
{
    *x = (struct freeze_sheet){.questions = questions};
    for (int p = 0; p < PARTS; p++) {
        x->n_class[p] =
            arena_array(a, questions->question[0].n_classes + 1, sizeof *x->n_class[p]);
        NEED(x->n_class[p]);
    }
    return OK;
}

void freeze_sheet_free(struct freeze_sheet *x)
{
    free(x->people);
}

void freeze_sheet_answer(struct freeze_sheet *x, const struct item_answer *answer)
{
    if (answer->n_people < 2) return;
    x->n_checked++;
    x->support += answer->support;
    x->n_unanimous += answer->support > 1 - 1e-9;
}

enum err freeze_sheet_label(struct freeze_sheet *x, int64_t user_id, int64_t at)
{
    size_t i = 0;

    x->n_labels++;
    if (!x->first_at || at < x->first_at) x->first_at = at;
    if (at > x->last_at) x->last_at = at;
    while (i < x->n_people && x->people[i].user_id != user_id)
        i++;
    if (i == x->people_room) {
        const size_t room = 2 * x->people_room + 16;
        struct sheet_person *more = realloc(x->people, room * sizeof *more);
        NEED(more);
        x->people = more;
        x->people_room = room;
    }
    if (i == x->n_people) x->people[x->n_people++] = (struct sheet_person){user_id, 0};
    x->people[i].n_labels++;
    return OK;
}

/* The place of the item, n when it is not there. */
static size_t place_of(const struct dataset_split *split, int64_t item_id)
{
    size_t low = 0;
    size_t high = dataset_split_n(split);

    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        if (dataset_split_item(split, mid) < item_id)
            low = mid + 1;
        else
            high = mid;
    }
    return low < dataset_split_n(split) && dataset_split_item(split, low) == item_id
               ? low
               : dataset_split_n(split);
}

enum err freeze_sheet_origins(struct freeze_sheet *x, const struct dataset_split *split,
                              const struct pick_origin *origins, size_t n)
{
    const size_t n_items = dataset_split_n(split);
    uint8_t *seen = calloc(n_items + 1, 1);

    NEED(seen);
    for (size_t i = 0; i < n; i++) {
        const size_t at = place_of(split, origins[i].item_id);
        if (at == n_items || seen[at] || dataset_split_is_left_out(split, at)) continue;
        seen[at] = 1;
        x->n_random += origins[i].drawn != 0;
        x->n_picked += origins[i].drawn == 0;
    }
    free(seen);
    return OK;
}

void freeze_sheet_row(struct freeze_sheet *x, enum dataset_part part, uint32_t class_id)
{
    x->n_of[part]++;
    x->n_class[part][class_id]++;
}

static int64_t items_of(const struct freeze_sheet *x)
{
    return x->n_of[PART_TRAIN] + x->n_of[PART_VALIDATION] + x->n_of[PART_TEST];
}

static void gap(json_t *gaps, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void gap(json_t *gaps, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    json_array_append_new(gaps, json_vsprintf(format, args));
    va_end(args);
}

static void class_gaps(const struct freeze_sheet *x, json_t *gaps)
{
    const struct question *q = &x->questions->question[0];

    for (size_t k = 0; k < q->n_classes; k++) {
        int64_t n = 0;
        for (int p = 0; p < PARTS; p++)
            n += x->n_class[p][k];
        if (n < CLASS_FEW)
            gap(gaps, "Class '%s' has only %" PRId64 " items.", q->classes[k].name, n);
        for (int p = PART_VALIDATION; p < PARTS && n >= CLASS_FEW; p++)
            if (x->n_of[p] && !x->n_class[p][k])
                gap(gaps, "No item of class '%s' is in the %s part.", q->classes[k].name,
                    dataset_part_name((enum dataset_part)p));
    }
}

static void split_gaps(const struct freeze_sheet *x, const struct dataset_spec *spec,
                       const struct grouping *grouping, json_t *gaps)
{
    const double all = (double)items_of(x);
    const double shares =
        spec->share[PART_TRAIN] + spec->share[PART_VALIDATION] + spec->share[PART_TEST];

    for (int p = 0; p < PARTS && all > 0 && !spec->honest; p++) {
        const double asked = spec->share[p] / shares;
        const double got = (double)x->n_of[p] / all;
        if (fabs(asked - got) > SHARE_OFF)
            gap(gaps,
                "The %s part holds %.0f %% of the items where %.0f %% were asked for: groups "
                "stay together, the largest has %zu items.",
                dataset_part_name((enum dataset_part)p), 100 * got, 100 * asked,
                x->split.largest);
    }
    if (!(spec->together & TOGETHER_DUPLICATES))
        gap(gaps, "Near-duplicates may lie in several parts: they were not kept together.");
    else if (!grouping->id)
        gap(gaps,
            "Near-duplicates may lie in several parts: they had not been looked for yet.");
    if (x->split.n_moved)
        gap(gaps,
            "%zu items are in another part than in data set %" PRId64
            ": they now belong together with others.",
            x->split.n_moved, spec->like);
}

static void label_gaps(const struct freeze_sheet *x, json_t *gaps)
{
    const int64_t n = items_of(x);

    if (!x->n_checked)
        gap(gaps, "Nobody's answers were checked: no item was answered by two people.");
    else if (x->n_checked < n)
        gap(gaps, "%" PRId64 " of %" PRId64 " items were answered by one person only.",
            n - x->n_checked, n);
    if ((double)x->n_random < RANDOM_FEW * (double)n && x->n_picked)
        gap(gaps,
            "Only %" PRId64 " of %" PRId64
            " items were drawn at random; most were picked for what "
            "they teach, so shares of classes are not those of the pool.",
            x->n_random, n);
    if (x->n_undecided)
        gap(gaps, "%" PRId64 " items are left out because people do not agree on them.",
            x->n_undecided);
}

static json_t *counts_json(const struct freeze_sheet *x)
{
    json_t *counts = json_object();

    for (int p = 0; p < PARTS; p++) {
        json_t *list = json_array();
        for (size_t k = 0; k <= x->questions->question[0].n_classes; k++)
            json_array_append_new(list, json_integer(x->n_class[p][k]));
        json_object_set_new(counts, dataset_part_name((enum dataset_part)p), list);
    }
    return counts;
}

static json_t *classes_json(const struct question *q)
{
    json_t *list = json_array();

    for (size_t k = 0; k < q->n_classes; k++)
        json_array_append_new(list, json_string(q->classes[k].name));
    return list;
}

static json_t *people_json(const struct freeze_sheet *x)
{
    json_t *list = json_array();

    for (size_t i = 0; i < x->n_people; i++)
        json_array_append_new(list,
                              json_pack("{s:I, s:I}", "user", (json_int_t)x->people[i].user_id,
                                        "labels", (json_int_t)x->people[i].n_labels));
    return list;
}

static json_t *time_json(int64_t at)
{
    char text[CLOCK_TEXT];

    if (!at) return json_null();
    clock_format(text, at);
    return json_string(text);
}

static json_t *left_out_json(const struct freeze_sheet *x, int64_t n_items)
{
    json_t *left =
        json_pack("{s:I, s:I, s:I, s:I, s:I}", "open", (json_int_t)(n_items - x->n_answered),
                  "flagged", (json_int_t)x->n_flagged, "rejected", (json_int_t)x->n_rejected,
                  "undecided", (json_int_t)x->n_undecided, "query", (json_int_t)x->n_query);
    if (left && x->split.n_beside)
        json_object_set_new(left, "beside", json_integer((json_int_t)x->split.n_beside));
    return left;
}

static json_t *sheet_json(const struct freeze_sheet *x, int64_t n_items, json_t *gaps)
{
    const int64_t n = items_of(x);
    const double support = x->n_checked ? x->support / (double)x->n_checked : 0;

    return json_pack(
        "{s:s, s:o, s:o, s:o, s:I, s:o, s:o, s:{s:I, s:I, s:f}, s:{s:I, s:I, s:I}, "
        "s:{s:I, s:I, s:I}, s:o, s:o}",
        "question", x->questions->question[0].name, "classes",
        classes_json(&x->questions->question[0]), "counts", counts_json(x), "people",
        people_json(x), "labels", (json_int_t)x->n_labels, "first_at", time_json(x->first_at),
        "last_at", time_json(x->last_at), "agreement", "items", (json_int_t)x->n_checked,
        "unanimous", (json_int_t)x->n_unanimous, "support", support, "groups", "n",
        (json_int_t)x->split.n_groups, "largest", (json_int_t)x->split.largest, "moved",
        (json_int_t)x->split.n_moved, "drawn", "random", (json_int_t)x->n_random, "picked",
        (json_int_t)x->n_picked, "other", (json_int_t)(n - x->n_random - x->n_picked),
        "left_out", left_out_json(x, n_items), "gaps", gaps);
}

enum err freeze_sheet_write(const struct freeze_sheet *x, struct arena *a, struct store *s,
                            int64_t project_id, const struct dataset_spec *spec,
                            const struct grouping *grouping, const char **sheet)
{
    struct project_counts counts;
    json_t *gaps = json_array();
    json_t *all;

    TRY(store_project_counts(s, project_id, &counts));
    class_gaps(x, gaps);
    split_gaps(x, spec, grouping, gaps);
    label_gaps(x, gaps);
    all = sheet_json(x, counts.items, gaps);
    *sheet = all ? json_write(a, all) : NULL;
    json_decref(all);
    NEED(*sheet);
    return OK;
}
