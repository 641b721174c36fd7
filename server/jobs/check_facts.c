#include "jobs/check_facts.h"

#include "base/json.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 12, COLUMN_VALUES_MAX = 50, NAME_MAX_BYTES = 200 };

struct gathering {
    struct check_data *d;
    const size_t *at;
    size_t n;
    struct check_facts *f;
};

static const struct check_item *item_of(const struct gathering *g, size_t i)
{
    return &g->d->item[g->d->example[g->at[i]]];
}

/* -- numbers ---------------------------------------------------------------------------------- */

static double area(const struct check_item *i)
{
    return (double)i->width * i->height;
}

static double shape(const struct check_item *i)
{
    return i->height ? (double)i->width / i->height : (double)NAN;
}

static double file_size(const struct check_item *i)
{
    return (double)i->n_bytes;
}

static double taken(const struct check_item *i)
{
    return i->taken_min ? (double)i->taken_min : (double)NAN;
}

static double hour(const struct check_item *i)
{
    return i->taken_min ? (double)(i->taken_min / 60 % 24) : (double)NAN;
}

static double length(const struct check_item *i)
{
    return (double)i->n_chars;
}

static double lines(const struct check_item *i)
{
    return i->n_lines ? (double)i->n_lines : (double)NAN;
}

static double punctuation(const struct check_item *i)
{
    return (double)i->punctuation;
}

static double capitals(const struct check_item *i)
{
    return (double)i->capitals;
}

#define LOOK(name, which)                                                                      \
    static double name(const struct check_item *i)                                             \
    {                                                                                          \
        return (double)i->look[which];                                                         \
    }
LOOK(brightness, LOOK_BRIGHTNESS)
LOOK(contrast, LOOK_CONTRAST)
LOOK(colour, LOOK_COLOUR)
LOOK(rim, LOOK_RIM)
LOOK(rim_spread, LOOK_RIM_SPREAD)
LOOK(corner_1, LOOK_CORNERS)
LOOK(corner_2, LOOK_CORNERS + 1)
LOOK(corner_3, LOOK_CORNERS + 2)
LOOK(corner_4, LOOK_CORNERS + 3)

#define LIGHT                                                                                  \
    "Photograph every class in the same light and before the same backgrounds: some bright "   \
    "and some dark ones of each."
#define RIM                                                                                    \
    "Photograph every class before the same backgrounds and framed alike; look at the edges "  \
    "of \"%s\" for a border."
#define CORNER                                                                                 \
    "Look at that corner of \"%s\": a mark, a stamp, a date? Show every class with and "       \
    "without it, or cut it off everywhere."
#define SAVED   "Bring every class from the same source, saved in the same way and size."
#define WRITTEN "Collect texts of every class that are written in the same ways."
#define WHEN    "Photograph every class on the same days and at the same hours."

static const struct numbers {
    enum project_kind kind;
    double (*of)(const struct check_item *i);
    const char *name, *what, *advice, *unit;
    double scale;
} NUMBERS[] = {
  /* clang-format off */
    {PROJECT_IMAGE, area,        "size",                "The number of pixels",                  SAVED,  " megapixels", 1e-6},
    {PROJECT_IMAGE, shape,       "shape",               "The shape (width by height)",           "Photograph every class upright and lying alike.", "", 1},
    {PROJECT_IMAGE, file_size,   "file size",           "The size of the file",                  SAVED,  " kB", 1e-3},
    {PROJECT_IMAGE, brightness,  "brightness",          "The brightness of the whole picture",   LIGHT,  " %", 100},
    {PROJECT_IMAGE, contrast,    "contrast",            "The contrast of the whole picture",     LIGHT,  " %", 100},
    {PROJECT_IMAGE, colour,      "colour",              "How colourful the picture is",          LIGHT,  " %", 100},
    {PROJECT_IMAGE, rim,         "rim",                 "The brightness of the rim",             RIM,    " %", 100},
    {PROJECT_IMAGE, rim_spread,  "rim contrast",        "The contrast of the rim",               RIM,    " %", 100},
    {PROJECT_IMAGE, corner_1,    "corner top left",     "The brightness of the top left corner", CORNER, " %", 100},
    {PROJECT_IMAGE, corner_2,    "corner top right",    "The brightness of the top right corner", CORNER, " %", 100},
    {PROJECT_IMAGE, corner_3,    "corner bottom left",  "The brightness of the bottom left corner", CORNER, " %", 100},
    {PROJECT_IMAGE, corner_4,    "corner bottom right", "The brightness of the bottom right corner", CORNER, " %", 100},
    {PROJECT_IMAGE, taken,       "time taken",          "When the picture was taken",            WHEN,   "", 0},
    {PROJECT_IMAGE, hour,        "hour taken",          "The hour at which the picture was taken", WHEN, " o'clock", 1},
    {PROJECT_TEXT,  length,      "length",              "The length of the text",                "Collect short and long texts of every class.", " characters", 1},
    {PROJECT_TEXT,  lines,       "lines",               "The number of lines",                   WRITTEN, " lines", 1},
    {PROJECT_TEXT,  punctuation, "punctuation",         "The share of punctuation",              WRITTEN, " %", 100},
    {PROJECT_TEXT,  capitals,    "capitals",            "The share of capital letters",          WRITTEN, " %", 100},
  /* clang-format on */
};

static bool differs(const double *x, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (isnan(x[i]) != isnan(x[0]) || x[i] > x[0] || x[i] < x[0]) return true;
    return false;
}

static enum err number_add(struct gathering *g, const struct numbers *k)
{
    double *x = arena_array(&g->d->arena, g->n + 1, sizeof *x);

    NEED(x);
    for (size_t i = 0; i < g->n; i++)
        x[i] = k->of(item_of(g, i));
    if (!differs(x, g->n)) return OK;
    g->f->fact[g->f->n++] = (struct check_fact){.name = k->name,
                                                .what = k->what,
                                                .advice = k->advice,
                                                .unit = k->unit,
                                                .scale = k->scale,
                                                .side = {.number = x}};
    return OK;
}

/* -- words ------------------------------------------------------------------------------------ */

/* Letters and digits alone, small: how names of folders and classes are compared. */
static void plain(char to[NAME_MAX_BYTES], const char *text, size_t n)
{
    size_t k = 0;

    for (size_t i = 0; i < n && k < NAME_MAX_BYTES - 1; i++)
        if (isalnum((unsigned char)text[i]) || (unsigned char)text[i] > 127)
            to[k++] = (char)tolower((unsigned char)text[i]);
    to[k] = '\0';
}

static bool is_class_name(const struct gathering *g, const char *text, size_t n, int32_t y)
{
    const char *name = g->d->question->classes[y].name;
    char a[NAME_MAX_BYTES];
    char b[NAME_MAX_BYTES];

    plain(a, text, n);
    plain(b, name, strlen(name));
    return !strcmp(a, b);
}

/* The folders of a path without those that are the item's own class. NULL: none is left. */
static const char *folder_of(const struct gathering *g, const struct check_item *i)
{
    const char *left = NULL;

    for (const char *p = i->path, *end; (end = strchr(p, '/')); p = end + 1) {
        const size_t n = (size_t)(end - p);

        if (!n || is_class_name(g, p, n, i->y)) continue;
        left = arena_printf(&g->d->arena, "%s%.*s/", left ? left : "", (int)n, p);
    }
    return left ? left : "";
}

static bool words_differ(const uint32_t *x, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (x[i] != x[0]) return true;
    return false;
}

static void word_fact_add(struct gathering *g, const char *name, const char *what,
                          const char *advice, const uint32_t *x)
{
    if (g->f->n == SMP_SHORTCUT_SIDES_MAX || !words_differ(x, g->n)) return;
    g->f->fact[g->f->n++] = (struct check_fact){.name = name,
                                                .what = what,
                                                .advice = advice,
                                                .unit = "",
                                                .side = {.word = x},
                                                .word = g->d->words.word};
}

static enum err item_words_add(struct gathering *g)
{
    const bool is_text = g->d->project.kind == PROJECT_TEXT;
    uint32_t *first = arena_array(&g->d->arena, g->n + 1, sizeof *first);
    uint32_t *second = arena_array(&g->d->arena, g->n + 1, sizeof *second);

    NEED(first);
    NEED(second);
    for (size_t i = 0; i < g->n; i++) {
        first[i] = is_text ? item_of(g, i)->script : item_of(g, i)->format;
        second[i] = item_of(g, i)->camera;
    }
    if (is_text)
        word_fact_add(g, "script", "The script",
                      "Collect texts of every class in every script.", first);
    else
        word_fact_add(g, "format", "The format of the file", SAVED, first);
    word_fact_add(g, "camera", "The camera", "Photograph every class with every camera.",
                  second);
    return OK;
}

static enum err folders_add(struct gathering *g)
{
    uint32_t *x = arena_array(&g->d->arena, g->n + 1, sizeof *x);

    NEED(x);
    for (size_t i = 0; i < g->n; i++) {
        const char *folder = folder_of(g, item_of(g, i));

        NEED(folder);
        TRY(check_word(g->d, folder, &x[i]));
    }
    word_fact_add(
        g, "folder", "The folder",
        "Bring examples of every class from every folder, and think what else differs "
        "between these places: light, background, who collected them.",
        x);
    return OK;
}

/* -- columns of metadata ---------------------------------------------------------------------- */

struct column {
    const char *key;
    uint32_t *value; /* (n) */
    size_t n_class;  /* items whose value is the name of their class */
};

static enum err column_value(struct gathering *g, struct column *list, size_t *n_list,
                             const char *key, const char *text, size_t i)
{
    size_t k = 0;

    while (k < *n_list && strcmp(list[k].key, key) != 0)
        k++;
    if (k == COLUMNS_MAX) return OK;
    if (k == *n_list) {
        list[k].key = arena_strdup(&g->d->arena, key);
        list[k].value = arena_array(&g->d->arena, g->n + 1, sizeof *list[k].value);
        NEED(list[k].key);
        NEED(list[k].value);
        for (size_t j = 0; j < g->n; j++)
            list[k].value[j] = CHECK_NONE;
        (*n_list)++;
    }
    list[k].n_class += is_class_name(g, text, strlen(text), item_of(g, i)->y);
    return check_word(g->d, text, &list[k].value[i]);
}

static enum err columns_read(struct gathering *g, struct column *list, size_t *n_list)
{
    for (size_t i = 0; i < g->n; i++) {
        const char *meta = item_of(g, i)->meta;
        const char *key;
        json_t *value;
        json_t *all;
        enum err e = OK;

        if (!strcmp(meta, "{}")) continue;
        TRY(json_read(&all, meta, strlen(meta)));
        json_object_foreach(all, key, value) if (!e && json_is_string(value)) e =
            column_value(g, list, n_list, key, json_string_value(value), i);
        json_decref(all);
        if (e) return e;
    }
    return OK;
}

static int by_pair(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* How many different values, and how many different pairs of value and class. */
static enum err pairs_count(struct gathering *g, const struct column *c, size_t *n_values,
                            size_t *n_pairs)
{
    uint64_t *pair = arena_array(&g->d->arena, g->n + 1, sizeof *pair);

    NEED(pair);
    for (size_t i = 0; i < g->n; i++)
        pair[i] = (uint64_t)c->value[i] << 32 | (uint32_t)item_of(g, i)->y;
    qsort(pair, g->n, sizeof *pair, by_pair);
    *n_values = *n_pairs = 0;
    for (size_t i = 0; i < g->n; i++) {
        *n_pairs += !i || pair[i] != pair[i - 1];
        *n_values += !i || pair[i] >> 32 != pair[i - 1] >> 32;
    }
    return OK;
}

/* Is the column the label itself, by its name or by another? Or of so many values that none says anything? */
static enum err column_add(struct gathering *g, const struct column *c)
{
    size_t n_values;
    size_t n_pairs;
    size_t n_classes = 0;

    TRY(pairs_count(g, c, &n_values, &n_pairs));
    for (size_t k = 0; k < g->d->question->n_classes; k++)
        n_classes += g->d->of_class[k] > 0;
    if (c->n_class * 2 > g->n || n_values > COLUMN_VALUES_MAX ||
        (n_pairs == n_values && n_values == n_classes))
        return OK;
    word_fact_add(g, arena_printf(&g->d->arena, "column %s", c->key),
                  arena_printf(&g->d->arena, "The column \"%s\"", c->key),
                  "Bring examples of every class for every value of that column.", c->value);
    return OK;
}

static enum err columns_add(struct gathering *g)
{
    struct column list[COLUMNS_MAX] = {{.key = NULL}};
    size_t n_list = 0;

    TRY(columns_read(g, list, &n_list));
    for (size_t k = 0; k < n_list; k++)
        TRY(column_add(g, &list[k]));
    return OK;
}

enum err check_facts(struct check_data *d, const size_t *at, size_t n, struct check_facts *f)
{
    struct gathering g = {.d = d, .at = at, .n = n, .f = f};

    f->n = 0;
    for (size_t k = 0; k < sizeof NUMBERS / sizeof *NUMBERS; k++)
        if (NUMBERS[k].kind == d->project.kind) TRY(number_add(&g, &NUMBERS[k]));
    TRY(item_words_add(&g));
    TRY(folders_add(&g));
    TRY(columns_add(&g));
    for (size_t k = 0; k < f->n; k++) /* the list of words may have moved as it grew */
        if (f->fact[k].word) f->fact[k].word = d->words.word;
    return OK;
}

/* -- how it lies ------------------------------------------------------------------------------ */

static int by_number(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The median of those of the class (`is` 1) or not (0); NaN when none is known. */
static double middle(struct arena *a, const struct check_fact *f, const int32_t *y, size_t n,
                     int32_t class, int is)
{
    double *x = arena_array(a, n + 1, sizeof *x);
    size_t k = 0;

    for (size_t i = 0; x && i < n; i++)
        if ((y[i] == class) == is && isfinite(f->side.number[i])) x[k++] = f->side.number[i];
    if (!k) return (double)NAN;
    qsort(x, k, sizeof *x, by_number);
    return x[k / 2];
}

static const char *number_typical(struct arena *a, const struct check_fact *f, const int32_t *y,
                                  size_t n, int32_t class, const char *class_name)
{
    const double here = middle(a, f, y, n, class, 1) * f->scale;
    const double there = middle(a, f, y, n, class, 0) * f->scale;

    if (isnan(here) || isnan(there) || !(f->scale > 0)) return "";
    return arena_printf(a, " Half of \"%s\" are above %.3g%s, half of the rest above %.3g%s.",
                        class_name, here, f->unit, there, f->unit);
}

/* The share of the class, or of the rest, that has the word. */
static double share(const struct check_fact *f, const int32_t *y, size_t n, int32_t class,
                    int is, uint32_t word)
{
    size_t all = 0;
    size_t with = 0;

    for (size_t i = 0; i < n; i++) {
        if ((y[i] == class) != is) continue;
        all++;
        with += f->side.word[i] == word;
    }
    return all ? (double)with / (double)all : 0;
}

static const char *word_typical(struct arena *a, const struct check_fact *f, const int32_t *y,
                                size_t n, int32_t class, const char *class_name)
{
    uint32_t best = CHECK_NONE;
    double most = -1;
    double here;
    const char *word;

    for (size_t i = 0; i < n; i++) {
        const uint32_t w = f->side.word[i];
        double gap;

        if (y[i] != class || w == best) continue;
        gap = share(f, y, n, class, 1, w) - share(f, y, n, class, 0, w);
        if (gap > most) {
            most = gap;
            best = w;
        }
    }
    here = share(f, y, n, class, 1, best);
    word = best == CHECK_NONE ? "not known" : f->word[best];
    return arena_printf(
        a, " It is \"%.100s\" for %.0f of 100 of \"%s\" and for %.0f of the rest.",
        *word ? word : "none", 100 * here, class_name, 100 * share(f, y, n, class, 0, best));
}

const char *check_fact_typical(struct arena *a, const struct check_fact *f, const int32_t *y,
                               size_t n, int32_t class, const char *class_name)
{
    if (f->word) return word_typical(a, f, y, n, class, class_name);
    return number_typical(a, f, y, n, class, class_name);
}

const char *check_fact_advice(struct arena *a, const struct check_fact *f,
                              const char *class_name)
{
    const char *at = strstr(f->advice, "%s");

    if (!at) return f->advice;
    return arena_printf(a, "%.*s%s%s", (int)(at - f->advice), f->advice, class_name, at + 2);
}
