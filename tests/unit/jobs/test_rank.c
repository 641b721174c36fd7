#include "check.h"

#include "base/clock.h"
#include "base/uuid.h"
#include "domain/encoder.h"
#include "domain/label.h"
#include "domain/queue.h"
#include "domain/recipe.h"
#include "domain/user.h"
#include "jobs/encode.h"
#include "jobs/judge.h"
#include "jobs/rank.h"
#include "jobs/sample.h"
#include "jobs/weigh.h"
#include "store/item.h"
#include "store/judgement.h"
#include "unit/jobs/workshop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const TOPICS[] = {"weather", "food", "sport", "travel", NULL};

/* Sentences from..to-1 of the sample, as one file. */
static void put_sentences(struct workshop *w, const char *name, size_t from, size_t to)
{
    struct buf b;
    int unused;

    buf_init(&b, MIB);
    CHECK_OK(buf_adds(&b, "text\n"));
    for (size_t i = from; i < to; i++) {
        CHECK_OK(sample_sentence(&b, 5, i, &unused));
        CHECK_OK(buf_adds(&b, "\n"));
    }
    workshop_put(w, name, b.data, b.size);
    buf_free(&b);
}

static void encode(struct workshop *w)
{
    CHECK_OK(workshop_job(w, "encode", encode_params_write(&w->arena, ENCODE_WHEN_DUE)));
    assert_int_equal(w->job.state, JOB_DONE);
}

static struct encoder_latents active(struct workshop *w)
{
    struct encoder_latents l;

    CHECK_OK(encoder_active(w->store, &w->arena, w->project.id, &l));
    assert_true(l.encoder.id > 0);
    return l;
}

static void test_every_item_gets_a_latent_and_new_ones_by_the_same_encoder(void **state)
{
    (void)state;
    struct workshop w;
    struct import_params p = {0};
    struct encoder_latents first;
    struct encoder_latents more;

    workshop_new(&w, PROJECT_TEXT, TOPICS);
    put_sentences(&w, "1.tsv", 0, 100);
    CHECK_OK(workshop_import(&w, &p));
    encode(&w);
    first = active(&w);
    assert_int_equal(first.latents.features.n, 100);
    put_sentences(&w, "2.tsv", 100, 150);
    CHECK_OK(workshop_import(&w, &(struct import_params){0}));
    encode(&w);
    more = active(&w);
    assert_int_equal(more.encoder.id, first.encoder.id);
    assert_int_equal(more.latents.features.n, 150);
    assert_memory_equal(more.latents.features.part[0], first.latents.features.part[0],
                        100 * first.latents.features.d[0] * sizeof(float));
    for (size_t i = 1; i < 150; i++)
        assert_true(more.latents.items[i] > more.latents.items[i - 1]);
    encoder_close(&first);
    encoder_close(&more);
    workshop_free(&w);
}

static void test_twice_the_items_train_a_new_encoder(void **state)
{
    (void)state;
    struct workshop w;
    struct import_params p = {0};
    struct encoder_latents first;
    struct encoder_latents second;

    workshop_new(&w, PROJECT_TEXT, TOPICS);
    put_sentences(&w, "1.tsv", 0, 50);
    CHECK_OK(workshop_import(&w, &p));
    encode(&w);
    first = active(&w);
    put_sentences(&w, "2.tsv", 50, 100);
    CHECK_OK(workshop_import(&w, &(struct import_params){0}));
    encode(&w);
    second = active(&w);
    assert_int_equal(second.encoder.version, first.encoder.version + 1);
    assert_int_equal(second.latents.features.n, 100);
    encoder_close(&first);
    encoder_close(&second);
    workshop_free(&w);
}

static void put_pictures(struct workshop *w, int n)
{
    for (int i = 0; i < n; i++) {
        char name[40];

        snprintf(name, sizeof name, "%03d.jpg", i);
        workshop_put_picture(w, name, 64, 64, (uint64_t)i + 1);
    }
}

static void test_a_stopped_encode_goes_on_with_what_was_learned(void **state)
{
    (void)state;
    struct workshop w;
    struct import_params p = {0};
    struct encoder_latents stopped;
    struct encoder_latents whole;
    const char *retrain;

#ifdef __SANITIZE_THREAD__
    skip(); /* minutes of it; the threads are those of the encoder, whose parts' tests watch them */
#endif
    workshop_new(&w, PROJECT_IMAGE, TOPICS);
    put_pictures(&w, 60);
    CHECK_OK(workshop_import(&w, &p));
    retrain = encode_params_write(&w.arena, ENCODE_RETRAIN);
    w.stop_after_done = 1;
    assert_int_equal(workshop_job(&w, "encode", retrain), ERR_CANCELLED);
    assert_int_equal(w.job.state, JOB_QUEUED);
    w.stop_after_done = 0;
    CHECK_OK(workshop_job(&w, "encode", retrain));
    stopped = active(&w);
    CHECK_OK(workshop_job(&w, "encode", retrain));
    whole = active(&w);
    assert_int_not_equal(stopped.encoder.id, whole.encoder.id);
    assert_int_equal(whole.latents.features.n, 60);
    assert_int_equal(stopped.latents.features.n, 60);
    assert_int_equal(whole.latents.features.n_parts, 6);
    for (size_t k = 0; k < 6; k++)
        assert_memory_equal(stopped.latents.features.part[k], whole.latents.features.part[k],
                            60 * whole.latents.features.d[k] * sizeof(float));
    assert_memory_equal(stopped.latents.error, whole.latents.error, 60 * sizeof(float));
    for (size_t i = 0; i < 60; i++)
        assert_true(whole.latents.error[i] >= 0 && whole.latents.error[i] <= 1);
    assert_string_equal(whole.encoder.part[2].sees, "fine shape");
    encoder_close(&stopped);
    encoder_close(&whole);
    workshop_free(&w);
}

struct person {
    struct workshop *w;
    struct user user;
    struct handed *leases;
    size_t n;
};

static enum err person_task(struct store *s, void *context)
{
    struct person *x = context;

    return user_add(s, &x->w->arena, "ada", ROLE_ANNOTATOR, NULL, clock_now_ms(), &x->user);
}

static enum err lease_task(struct store *s, void *context)
{
    struct person *x = context;
    struct queue_ask ask = {
        .project_id = x->w->project.id, .user_id = x->user.id, .n = 5, .what = QUEUE_NEW};
    struct queue_given given;

    TRY(queue_lease(s, &x->w->arena, &ask, clock_now_ms(), &given));
    x->leases = given.leases;
    x->n = given.n;
    return OK;
}

/* The topic of a sentence of put_sentences: its place in the table says so. */
static const char *topic_of(const struct item *i)
{
    return TOPICS[(size_t)(i->row - 1 + 5) % 4];
}

static enum err label_task(struct store *s, void *context)
{
    struct person *x = context;

    for (size_t i = 0; i < x->n; i++) {
        struct label_new n = {.project_id = x->w->project.id,
                              .item_id = x->leases[i].item.id,
                              .user_id = x->user.id,
                              .lease_id = x->leases[i].lease.id,
                              .answer = i == 4 ? ANSWER_REJECT : ANSWER_ACCEPT};
        struct label_result r;
        json_t *values =
            i == 4 ? NULL : json_pack("{s:s}", "class", topic_of(&x->leases[i].item));
        enum err e;

        n.values = values;
        uuid_new(&n.id);
        e = label_submit(s, &x->w->arena, &n, clock_now_ms(), &r);
        json_decref(values);
        if (e) return e;
    }
    return OK;
}

/* A new round, none of whose picks is answered or in somebody's hands. */
static int64_t new_round(struct workshop *w, size_t n)
{
    struct pick *picks;
    size_t n_picks;
    int64_t round;

    CHECK_OK(rank_project(w->store, w->writer, w->project.id, n, 2, NULL, &round));
    assert_true(round > 0);
    CHECK_OK(store_pick_of_round(w->store, &w->arena, round, &picks, &n_picks));
    assert_true(n_picks > 0);
    for (size_t i = 0; i < n_picks; i++) {
        struct item item;
        struct lease *leases;
        size_t n_leases;

        CHECK_OK(store_item_get(w->store, &w->arena, picks[i].item_id, &item));
        assert_int_equal(item.state, ITEM_OPEN);
        assert_true(strlen(picks[i].reason) > 10);
        CHECK_OK(store_lease_live(w->store, &w->arena, w->project.id, 0, clock_now_ms(),
                                  &leases, &n_leases));
        for (size_t k = 0; k < n_leases; k++)
            assert_int_not_equal(leases[k].item_id, item.id);
    }
    return round;
}

static void test_rounds_follow_the_labels_and_come_out_the_same_again(void **state)
{
    (void)state;
    struct workshop w;
    struct import_params p = {0};
    struct person ada = {.w = &w};
    int64_t rounds[5];
    struct round last;
    char sql[100];

    workshop_new(&w, PROJECT_TEXT, TOPICS);
    put_sentences(&w, "1.tsv", 0, 200);
    CHECK_OK(workshop_import(&w, &p));
    encode(&w);
    CHECK_OK(writer_do(w.writer, person_task, &ada));
    for (int i = 0; i < 5; i++) {
        CHECK_OK(writer_do(w.writer, lease_task, &ada));
        assert_int_equal(ada.n, 5);
        rounds[i] = new_round(&w, 0); /* while she holds five */
        CHECK_OK(writer_do(w.writer, label_task, &ada));
    }
    rounds[4] = new_round(&w, 0);
    for (int i = 0; i < 5; i++)
        CHECK_OK(rank_replay(w.store, rounds[i]));
    CHECK_OK(store_round_get(w.store, &w.arena, rounds[4], &last));
    assert_int_equal(last.batch, 10);
    assert_int_equal(last.n_labels, 25);
    assert_non_null(last.model);
    assert_int_equal(strncmp(last.model, "mix@", 4), 0);
    snprintf(sql, sizeof sql, "UPDATE round SET seed = seed + 1, held = '[1,2,3,4,5,6,7,8]'");
    folder_sql(&w.folder, sql);
    CHECK_FAILS(rank_replay(w.store, rounds[4]), ERR_CORRUPT, "computed again");
    workshop_free(&w);
}

/* Labels all the items there are, and makes a round. */
static void label_all(struct workshop *w, struct person *x)
{
    do {
        CHECK_OK(writer_do(w->writer, lease_task, x));
        CHECK_OK(writer_do(w->writer, label_task, x));
    } while (x->n);
}

static void test_a_recipe_is_chosen_when_it_is_due_and_rounds_keep_theirs(void **state)
{
    (void)state;
    struct workshop w;
    struct person ada = {.w = &w};
    struct recipe_chosen chosen;
    struct model_status status;
    struct round before;
    struct round after;
    size_t n_chosen;
    int64_t early;
    int64_t late;
    int needed;

    workshop_new(&w, PROJECT_TEXT, TOPICS);
    put_sentences(&w, "1.tsv", 0, 60);
    CHECK_OK(workshop_import(&w, &(struct import_params){0}));
    encode(&w);
    CHECK_OK(writer_do(w.writer, person_task, &ada));
    CHECK_OK(writer_do(w.writer, lease_task, &ada));
    CHECK_OK(writer_do(w.writer, label_task, &ada));
    early = new_round(&w, 10);
    CHECK_OK(weigh_project(w.store, w.writer, w.project.id, 1, NULL, &n_chosen));
    assert_int_equal(n_chosen, 0);
    label_all(&w, &ada);
    put_sentences(&w, "2.tsv", 60, 100);
    CHECK_OK(workshop_import(&w, &(struct import_params){0}));
    encode(&w);
    CHECK_OK(weigh_project(w.store, w.writer, w.project.id, 2, NULL, &n_chosen));
    assert_int_equal(n_chosen, 1);
    CHECK_OK(queue_needs_round(w.store, &w.arena, w.project.id, &needed));
    assert_true(needed);
    CHECK_OK(weigh_project(w.store, w.writer, w.project.id, 2, NULL, &n_chosen));
    assert_int_equal(n_chosen, 0); /* not due again */
    late = new_round(&w, 10);
    CHECK_OK(store_round_get(w.store, &w.arena, early, &before));
    CHECK_OK(store_round_get(w.store, &w.arena, late, &after));
    assert_string_not_equal(before.recipes, after.recipes);
    assert_non_null(after.reads);
    assert_non_null(strstr(after.reads, "words and spelling 100 %"));
    CHECK_OK(recipe_find(w.store, &w.arena, w.project.id, after.encoder_id, "class", &chosen));
    assert_in_range(chosen.n_labels, 40, 60);
    assert_int_equal(chosen.recipe.n_labels, chosen.n_labels);
    CHECK_OK(model_status(w.store, &w.arena, w.project.id, &status));
    assert_string_equal(status.model, after.model);
    assert_int_equal(status.n_questions, 1);
    assert_int_equal(status.question[0].held_out.n, chosen.n_labels);
    assert_true(status.question[0].held_out.low < status.question[0].held_out.value);
    CHECK_OK(rank_replay(w.store, early));
    CHECK_OK(rank_replay(w.store, late));
    folder_sql(&w.folder, "UPDATE round SET recipes = NULL");
    CHECK_FAILS(rank_replay(w.store, late), ERR_CONFLICT, "earlier version");
    workshop_free(&w);
}

static bool judged(struct workshop *w)
{
    bool yes;

    CHECK_OK(judge_project(w->store, w->writer, w->project.id, 2, NULL, &yes));
    return yes;
}

static void test_while_picks_teach_less_than_chance_half_of_a_round_is_drawn(void **state)
{
    (void)state;
    struct workshop w;
    struct person ada = {.w = &w};
    struct encoder_latents l;
    struct judgement j;
    struct round r;
    int64_t losing;

    workshop_new(&w, PROJECT_TEXT, TOPICS);
    put_sentences(&w, "1.tsv", 0, 240);
    CHECK_OK(workshop_import(&w, &(struct import_params){0}));
    encode(&w);
    CHECK_OK(writer_do(w.writer, person_task, &ada));
    for (int i = 0; i < 24; i++) {
        CHECK_OK(writer_do(w.writer, lease_task, &ada));
        CHECK_OK(writer_do(w.writer, label_task, &ada));
    }
    l = active(&w);
    folder_sql(&w.folder, "UPDATE pick SET strategy = 'maxherd'");
    assert_false(judged(&w)); /* nothing was drawn */
    folder_sql(&w.folder, "UPDATE pick SET strategy = 'random'");
    assert_true(judged(&w)); /* all were drawn: nothing to compare with */
    CHECK_OK(store_judgement_last(w.store, w.project.id, l.encoder.id, &j));
    assert_int_equal(j.n_taught, 0);
    assert_false(judged(&w)); /* no news */
    CHECK_OK(store_round_get(w.store, &w.arena, new_round(&w, 10), &r));
    assert_true(r.explore == w.project.explore);
    /* As if a strategy had picked all of two topics, and chance the others. */
    folder_sql(&w.folder,
               "UPDATE pick SET strategy = 'maxherd' WHERE id IN (SELECT pick_id FROM label "
               "WHERE json_extract(\"values\", '$.class') IN ('weather', 'food'))");
    folder_sql(&w.folder, "DELETE FROM judgement");
    assert_true(judged(&w));
    CHECK_OK(store_judgement_last(w.store, w.project.id, l.encoder.id, &j));
    assert_int_equal(j.losing, 1);
    assert_int_equal(j.n_taught, j.n_drawn / 2);
    assert_true(j.picked < j.by_chance);
    losing = new_round(&w, 10);
    CHECK_OK(store_round_get(w.store, &w.arena, losing, &r));
    assert_true(r.explore == 0.5);
    CHECK_OK(rank_replay(w.store, losing));
    encoder_close(&l);
    workshop_free(&w);
}

/* Asks which marks a sentence bears beside its topic: "early" and "even" go by its place. */
static enum err ask_two_task(struct store *s, void *context)
{
    struct workshop *w = context;
    json_t *list =
        json_pack("[{s:s, s:s, s:[s,s,s,s]}, {s:s, s:s, s:b, s:[s,s]}]", "name", "class",
                  "type", "choice", "classes", TOPICS[0], TOPICS[1], TOPICS[2], TOPICS[3],
                  "name", "marks", "type", "choice", "multiple", 1, "classes", "early", "even");
    struct project_change c = {.overlap = -1, .explore = -1};
    struct questions *q;

    TRY(questions_read(&w->arena, list, &q));
    json_decref(list);
    c.questions = q;
    return project_update(s, &w->arena, w->project.id, &c, clock_now_ms(), &w->project);
}

static enum err label_two_task(struct store *s, void *context)
{
    struct person *x = context;

    for (size_t i = 0; i < x->n; i++) {
        const struct item *item = &x->leases[i].item;
        struct label_new n = {.project_id = x->w->project.id,
                              .item_id = item->id,
                              .user_id = x->user.id,
                              .answer = ANSWER_ACCEPT};
        struct label_result r;
        json_t *values =
            json_pack("{s:s, s:[s*, s*]}", "class", topic_of(item), "marks",
                      item->row <= 30 ? "early" : NULL, item->row % 2 ? NULL : "even");
        enum err e;

        n.values = values;
        uuid_new(&n.id);
        e = label_submit(s, &x->w->arena, &n, clock_now_ms(), &r);
        json_decref(values);
        if (e) return e;
    }
    return OK;
}

static void test_each_question_has_a_model_and_the_round_comes_out_the_same_again(void **state)
{
    (void)state;
    struct workshop w;
    struct person ada = {.w = &w};
    struct model_status status;
    struct round r;
    size_t n_chosen;

    workshop_new(&w, PROJECT_TEXT, TOPICS);
    put_sentences(&w, "1.tsv", 0, 100);
    CHECK_OK(workshop_import(&w, &(struct import_params){0}));
    encode(&w);
    CHECK_OK(writer_do(w.writer, ask_two_task, &w));
    CHECK_OK(writer_do(w.writer, person_task, &ada));
    for (int i = 0; i < 12; i++) {
        CHECK_OK(writer_do(w.writer, lease_task, &ada));
        CHECK_OK(writer_do(w.writer, label_two_task, &ada));
    }
    CHECK_OK(store_round_get(w.store, &w.arena, new_round(&w, 10), &r));
    assert_string_equal(r.reads,
                        "class: words and spelling 100 %; marks: words and spelling 100 %");
    CHECK_OK(weigh_project(w.store, w.writer, w.project.id, 1, NULL, &n_chosen));
    assert_int_equal(n_chosen, 2);
    CHECK_OK(store_round_get(w.store, &w.arena, new_round(&w, 10), &r));
    CHECK_OK(model_status(w.store, &w.arena, w.project.id, &status));
    assert_int_equal(status.n_questions, 2);
    assert_string_equal(status.question[1].question, "marks");
    for (size_t q = 0; q < 2; q++)
        assert_true(status.question[q].recipe.n_members > 0);
    CHECK_OK(rank_replay(w.store, r.id));
    workshop_free(&w);
}

static bool never(void *context, double done, const char *what)
{
    (void)context;
    (void)done;
    (void)what;
    return false;
}

static void test_a_choice_that_was_stopped_is_simply_due_again(void **state)
{
    (void)state;
    const struct smp_progress stop = {.keep_going = never};
    struct workshop w;
    struct person ada = {.w = &w};
    size_t n_chosen;

    workshop_new(&w, PROJECT_TEXT, TOPICS);
    put_sentences(&w, "1.tsv", 0, 60);
    CHECK_OK(workshop_import(&w, &(struct import_params){0}));
    encode(&w);
    CHECK_OK(writer_do(w.writer, person_task, &ada));
    label_all(&w, &ada);
    assert_int_equal(weigh_project(w.store, w.writer, w.project.id, 1, &stop, &n_chosen),
                     ERR_CANCELLED);
    assert_int_equal(folder_number(&w.folder, "SELECT count(*) FROM recipe"), 0);
    CHECK_OK(weigh_project(w.store, w.writer, w.project.id, 1, NULL, &n_chosen));
    assert_int_equal(n_chosen, 1);
    workshop_free(&w);
}

static void test_without_latents_there_is_no_round(void **state)
{
    (void)state;
    struct workshop w;
    int64_t round = 9;

    workshop_new(&w, PROJECT_TEXT, TOPICS);
    CHECK_OK(rank_project(w.store, w.writer, w.project.id, 5, 2, NULL, &round));
    assert_int_equal(round, 0);
    workshop_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_item_gets_a_latent_and_new_ones_by_the_same_encoder),
        cmocka_unit_test(test_twice_the_items_train_a_new_encoder),
        cmocka_unit_test(test_a_stopped_encode_goes_on_with_what_was_learned),
        cmocka_unit_test(test_rounds_follow_the_labels_and_come_out_the_same_again),
        cmocka_unit_test(test_a_recipe_is_chosen_when_it_is_due_and_rounds_keep_theirs),
        cmocka_unit_test(test_while_picks_teach_less_than_chance_half_of_a_round_is_drawn),
        cmocka_unit_test(test_each_question_has_a_model_and_the_round_comes_out_the_same_again),
        cmocka_unit_test(test_a_choice_that_was_stopped_is_simply_due_again),
        cmocka_unit_test(test_without_latents_there_is_no_round),
    };
    return hash_start() ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
