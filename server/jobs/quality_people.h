/* quality_people - how each person answers: how many, how fast, how often as the others, whether that
 * changes, what they take for what.
 *
 *     TRY(quality_people(&data, skill, list));     // appends one object a person
 *
 * "others" holds each answer against what most of the other people said about the same item, themselves
 * left out (sampler/quality/people.h), over all questions; "reviewers" against what reviewers decided,
 * "gold" against known answers, "self" her second answers against her first. Drift: a person's judged answers, in the
 * order they were given, in up to ten equal groups, and the trend over them. */
#ifndef EXEMPLAR_JOBS_QUALITY_PEOPLE_H
#define EXEMPLAR_JOBS_QUALITY_PEOPLE_H

#include "jobs/quality_question.h"

enum {
    QUALITY_DRIFT_GROUPS = 10,
    QUALITY_DRIFT_ANSWERS = 10, /* of a group, at least */
    QUALITY_TAKEN_MAX = 5       /* confusions of a person that are told */
};

/* skill (n_questions) as quality_question left them. */
enum err quality_people(const struct quality_data *d, const struct quality_skill *skill,
                        json_t *list) MUST_USE;

#endif
