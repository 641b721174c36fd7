#include "jobs/teach.h"

#include <stdbool.h>
#include <string.h>

_Static_assert((int)QUESTIONS_MAX <= (int)SMP_QUESTIONS_MAX,
               "all questions can be asked about");

static bool teaches(const struct round_answers *from, size_t i)
{
    return from->multiple ? from->known[i] != 0 : from->classes[i] >= 0;
}

/* Room for the labels of `n` items. */
struct label_room {
    size_t *row;
    int32_t *y;
    uint8_t *y_nc;
};

static enum err room_make(struct arena *a, const struct round_answers *from, size_t n,
                          struct label_room *room)
{
    room->row = arena_array(a, n + 1, sizeof *room->row);
    NEED(room->row);
    if (from->multiple) {
        room->y_nc = arena_array(a, n + 1, from->n_classes);
        NEED(room->y_nc);
        return OK;
    }
    room->y = arena_array(a, n + 1, sizeof *room->y);
    NEED(room->y);
    return OK;
}

static enum err question_map(struct arena *a, const struct round_inputs *in,
                             const struct latents *l, const struct round_answers *from,
                             struct smp_question *to)
{
    const size_t k = from->n_classes;
    struct label_room room = {.row = NULL};
    size_t n = 0;
    size_t row;

    TRY(room_make(a, from, in->n_labelled, &room));
    for (size_t i = 0; i < in->n_labelled; i++) {
        if (!teaches(from, i) || !latents_row_of(l, in->labelled[i], &row)) continue;
        room.row[n] = row;
        if (from->multiple)
            memcpy(room.y_nc + n * k, from->chosen + i * k, k);
        else
            room.y[n] = from->classes[i];
        n++;
    }
    *to = (struct smp_question){
        .labels = {.row = room.row, .y = room.y, .y_nc = room.y_nc, .n = n, .n_classes = k},
        .class_names = from->class_names
    };
    return OK;
}

static enum err banned_map(struct arena *a, const struct round_inputs *in,
                           const struct latents *l, struct teaching *t)
{
    size_t *banned = arena_array(a, in->n_labelled + 1, sizeof *banned);
    size_t row;

    NEED(banned);
    for (size_t i = 0; i < in->n_labelled; i++)
        if (!teaches(&in->answers[0], i) && latents_row_of(l, in->labelled[i], &row))
            banned[t->n_banned++] = row;
    t->banned = banned;
    return OK;
}

/* Both lists ascend. */
static enum err pending_map(struct arena *a, const struct round_inputs *in,
                            const struct latents *l, struct teaching *t)
{
    size_t *pending = arena_array(a, in->n_held + 1, sizeof *pending);
    size_t k = 0;
    size_t row;

    NEED(pending);
    for (size_t i = 0; i < in->n_held; i++) {
        while (k < in->n_labelled && in->labelled[k] < in->held[i])
            k++;
        if (k < in->n_labelled && in->labelled[k] == in->held[i]) continue;
        if (latents_row_of(l, in->held[i], &row)) pending[t->n_pending++] = row;
    }
    t->pending = pending;
    return OK;
}

enum err teach_map(struct arena *a, const struct round_inputs *in, const struct latents *l,
                   struct teaching *t)
{
    *t = (struct teaching){.n_questions = in->n_questions};
    for (size_t q = 0; q < in->n_questions; q++)
        TRY(question_map(a, in, l, &in->answers[q], &t->question[q]));
    TRY(banned_map(a, in, l, t));
    return pending_map(a, in, l, t);
}
