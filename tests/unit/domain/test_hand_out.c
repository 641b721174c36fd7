/* Sixteen people at once, through the writer: the rules of the queue and of a retry must hold
 * whatever the order in which their requests come. */
#include "check.h"
#include "domain/ledger.h"
#include "store/writer.h"
#include "unit/domain/world.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { PEOPLE = 16, ITEMS = 300 };

static struct world W;
static struct writer *Q;
static atomic_int HOLDERS[ITEMS]; /* people who have the item in hands or answered it */
static atomic_int OVERLAP_BROKEN, N_ANSWERED, N_BAD;

struct ask {
    struct arena *a;
    int64_t user;
    struct queue_given given;
    int64_t now;
};

static enum err ask_task(struct store *s, void *context)
{
    struct ask *x = context;
    struct queue_ask ask = {.project_id = W.p.id, .user_id = x->user, .n = 3};

    return queue_lease(s, x->a, &ask, x->now, &x->given);
}

struct give {
    struct arena *a;
    struct label_new label;
    struct label_result result;
};

static enum err give_task(struct store *s, void *context)
{
    struct give *x = context;
    return label_submit(s, x->a, &x->label, NOW, &x->result);
}

static void take_into_hands(const struct handed *h)
{
    if (atomic_fetch_add(&HOLDERS[h->item.id - W.first], 1) >= (int)W.p.overlap)
        atomic_fetch_add(&OVERLAP_BROKEN, 1);
}

/* Each label is sent twice, as a client whose connection broke would. */
static void answer(struct arena *a, const struct handed *h)
{
    struct give first = {.a = a}, again;

    first.label = world_label(&W, h->item.id, h->lease.user_id, ANSWER_ACCEPT, "a");
    first.label.lease_id = h->lease.id;
    again = first;
    if (writer_do(Q, give_task, &first) || writer_do(Q, give_task, &again) ||
        first.result.seq != again.result.seq || !again.result.repeated)
        atomic_fetch_add(&N_BAD, 1);
    atomic_fetch_add(&N_ANSWERED, 1);
}

static void *person(void *context)
{
    struct arena a;
    struct ask x = {.a = &a, .user = *(int64_t *)context, .now = NOW, .given.n = 1};

    while (x.given.n) {
        arena_init(&a, 16 * MIB);
        if (writer_do(Q, ask_task, &x)) x.given.n = 0;
        for (size_t i = 0; i < x.given.n; i++)
            take_into_hands(&x.given.leases[i]);
        for (size_t i = 0; i < x.given.n; i++)
            answer(&a, &x.given.leases[i]);
        arena_free(&a);
    }
    return NULL;
}

static void run_people(void)
{
    pthread_t threads[PEOPLE];

    for (int i = 0; i < ITEMS; i++)
        atomic_store(&HOLDERS[i], 0);
    atomic_store(&OVERLAP_BROKEN, 0);
    atomic_store(&N_ANSWERED, 0);
    atomic_store(&N_BAD, 0);
    (void)world_label(&W, 0, 0, ANSWER_ACCEPT, "a"); /* its JSON is made before they share it */
    for (int i = 0; i < PEOPLE; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, person, &W.user[i]), 0);
    for (int i = 0; i < PEOPLE; i++)
        pthread_join(threads[i], NULL);
}

static void hand_out(int64_t overlap, int with_picks)
{
    int64_t items[100];

    world_new(&W, ITEMS, overlap);
    for (int64_t i = 0; i < 100; i++)
        items[i] = W.first + 2 * i;
    if (with_picks) world_round(&W, items, 100);
    CHECK_OK(writer_start(&Q, W.folder.path, ledger_attach, NULL));
    run_people();
    writer_stop(Q);
    assert_int_equal(atomic_load(&OVERLAP_BROKEN), 0);
    assert_int_equal(atomic_load(&N_BAD), 0);
    for (int i = 0; i < ITEMS; i++)
        assert_in_range(atomic_load(&HOLDERS[i]), overlap == 1 ? 1 : 2, overlap);
    assert_int_equal(world_counts(&W).labels, atomic_load(&N_ANSWERED));
    assert_int_equal(world_verify(&W, NULL), 0);
}

static void test_sixteen_people_share_the_items_and_none_is_lost_or_doubled(void **state)
{
    (void)state;
    hand_out(1, 1);
    assert_int_equal(atomic_load(&N_ANSWERED), ITEMS);
    assert_int_equal(world_counts(&W).open, 0);
    world_free(&W);
}

static void test_sixteen_people_answer_each_item_three_times_and_no_more(void **state)
{
    (void)state;
    hand_out(3, 1);
    /* Somebody may find the rest in other hands and leave early; then the others close fewer. */
    assert_true(atomic_load(&N_ANSWERED) >= 3 * ITEMS - 3 * PEOPLE);
    world_free(&W);
}

static void test_sixteen_people_without_picks_walk_at_random_without_colliding(void **state)
{
    (void)state;
    hand_out(1, 0);
    assert_int_equal(atomic_load(&N_ANSWERED), ITEMS);
    world_free(&W);
}

static void *abandon(void *context)
{
    struct arena a;
    struct ask x = {.a = &a, .user = *(int64_t *)context, .now = NOW};

    arena_init(&a, 16 * MIB);
    for (int i = 0; i < 5; i++)
        if (writer_do(Q, ask_task, &x) || x.given.n != 3) atomic_fetch_add(&N_BAD, 1);
    arena_free(&a);
    return NULL;
}

static void test_what_sixteen_people_abandon_is_all_handed_out_again_later(void **state)
{
    pthread_t threads[PEOPLE];
    struct ask x = {.a = &W.a, .now = NOW + LEASE_MS, .given.n = 1};
    size_t n = 0;

    (void)state;
    world_new(&W, ITEMS, 1);
    x.user = W.user[18];
    atomic_store(&N_BAD, 0);
    CHECK_OK(writer_start(&Q, W.folder.path, ledger_attach, NULL));
    for (int i = 0; i < PEOPLE; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, abandon, &W.user[i]), 0);
    for (int i = 0; i < PEOPLE; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&N_BAD), 0);
    assert_int_equal(
        folder_number(&W.folder, "SELECT count(*) FROM lease WHERE ended_at IS NULL"),
        PEOPLE * 15);
    for (; x.given.n; n += x.given.n)
        CHECK_OK(writer_do(Q, ask_task, &x));
    assert_int_equal(n, ITEMS);
    writer_stop(Q);
    world_free(&W);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sixteen_people_share_the_items_and_none_is_lost_or_doubled),
        cmocka_unit_test(test_sixteen_people_answer_each_item_three_times_and_no_more),
        cmocka_unit_test(test_sixteen_people_without_picks_walk_at_random_without_colliding),
        cmocka_unit_test(test_what_sixteen_people_abandon_is_all_handed_out_again_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
