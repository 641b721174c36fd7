/* question - what a project asks about each item, and whether an answer fits.
 *
 *     TRY(questions_read(a, json_object_get(body, "questions"), &q));
 *     q->body                           // canonical JSON: what is stored, shown and hashed
 *     TRY(values_check(a, q, json_object_get(body, "values"), ANSWER_ACCEPT, &values));
 *
 * Of this release: 1 to 8 questions of type `choice`, single or multiple, each of 1 to 1,000
 * classes; other types are refused by name. Reading fills in what is missing: "class" as the
 * name of the only question, a colour from a palette of 20, and a key: digits 1-9, then letters
 * that the labelling page does not use itself (s f r u z i ? are its own).
 * Canonical: keys sorted, no spaces, every field there, classes in the order given.
 * Values: {"question": "class"} for a single choice, {"question": ["a", "b"]} for a multiple
 * one (in the order of the classes, so that equal answers are equal bytes).
 * Pure: no store. What is returned lives in the arena. Errors: ERR_INVALID, naming the field. */
#ifndef EXEMPLAR_DOMAIN_QUESTION_H
#define EXEMPLAR_DOMAIN_QUESTION_H

#include "base/json.h"
#include "store/label.h"

enum { QUESTIONS_MAX = 8, CLASSES_MAX = 1000, CLASS_NAME_BYTES_MAX = 200 };

struct class
{
    const char *name;
    const char *color;       /* "#rrggbb" */
    const char *key;         /* one character; "" when the keys ran out */
    const char *description; /* "" when none */
};

struct question {
    const char *name;
    int multiple; /* 1: any number of classes may be chosen */
    size_t n_classes;
    struct class *classes;
};

struct questions {
    size_t n;
    struct question *question;
    const char *body;
};

/* From a JSON list as the API takes it: classes may be plain texts. */
enum err questions_read(struct arena *a, const json_t *list, struct questions **out) MUST_USE;
/* From canonical text, as stored. */
enum err questions_parse(struct arena *a, const char *body, struct questions **q) MUST_USE;
/* One single choice named "class". */
enum err questions_from_classes(struct arena *a, const char *const *names, size_t n,
                                struct questions **q) MUST_USE;
/* The same questions, with those of `names` that are missing added to the first question. */
enum err questions_with_classes(struct arena *a, const struct questions *old,
                                const char *const *names, size_t n,
                                struct questions **q) MUST_USE;

/* NULL when there is none of that name. */
const struct question *question_find(const struct questions *q, const char *name);
/* -1 when there is none of that name. */
int class_index(const struct question *q, const char *name);

/* Checks an object of values (NULL: {}) and writes it canonically. Unknown questions and
 * classes, and a class twice, are refused. An accepting answer must answer every question;
 * others may answer any. */
enum err values_check(struct arena *a, const struct questions *q, const json_t *values,
                      enum answer answer, const char **canonical) MUST_USE;

/* The first class chosen for the first question, by its index there; -1 when none is, or when
 * the class is not known to `q`. */
int values_class(const struct questions *q, const char *values);

/* Is class k of the first question what was chosen, or among what was? */
int values_include(const struct questions *q, const char *values, int k);

/* Sets mark[k] to 1 for each class k of the question that the object of values chooses, the rest
 * to 0. 0: the values do not answer it; a single choice that `q` does not know is no answer. */
int values_marks(const struct question *q, const json_t *values, uint8_t *mark);

#endif
