#include "check.h"

#include "base/file.h"
#include "domain/group.h"
#include "media/image.h"
#include "store/item.h"
#include "unit/jobs/workshop.h"

#include <stdio.h>
#include <string.h>

static const char *const KINDS[] = {"a", "b", NULL};

static void put_texts(struct workshop *w, const char *name, const char *rows)
{
    struct buf b;

    buf_init(&b, MIB);
    CHECK_OK(buf_printf(&b, "text\n%s", rows));
    workshop_put(w, name, b.data, b.size);
    buf_free(&b);
    CHECK_OK(workshop_import(w, &(struct import_params){0}));
}

static void search(struct workshop *w)
{
    CHECK_OK(workshop_job(w, "duplicates", "{}"));
    assert_int_equal(w->job.state, JOB_DONE);
}

static struct group_list groups(struct workshop *w)
{
    struct group_list all;

    CHECK_OK(group_read(w->store, &w->arena, w->project.id, &all));
    return all;
}

static int64_t item_at(struct workshop *w, const char *path)
{
    struct item *items;
    size_t n;

    CHECK_OK(store_item_list(w->store, &w->arena, w->project.id, 0, 1000, &items, &n));
    for (size_t i = 0; i < n; i++)
        if (!strcmp(items[i].path, path)) return items[i].id;
    fail_msg("there is no %s", path);
    return 0;
}

static void test_texts_alike_but_for_case_and_marks_are_one_group(void **state)
{
    (void)state;
    struct workshop w;
    struct group_list all;
    int64_t *members;
    size_t n;

    workshop_new(&w, PROJECT_TEXT, KINDS);
    put_texts(
        &w, "1.tsv",
        "Where is my card?\nThe weather is fine today\nwhere is my card\nWHERE IS MY CARD!\n");
    search(&w);
    all = groups(&w);
    assert_int_equal(all.grouping.n_items, 4);
    assert_int_equal(all.grouping.n_groups, 1);
    assert_int_equal(all.n, 3);
    assert_int_equal(group_key(&all, all.row[0].item_id), all.row[0].item_id);
    assert_int_equal(group_key(&all, all.row[2].item_id), all.row[0].item_id);
    assert_int_equal(group_key(&all, all.row[0].item_id + 1), all.row[0].item_id + 1);
    assert_string_equal(w.job.message,
                        "3 of 4 items are near duplicates of others, in 1 group");
    CHECK_OK(
        group_of_item(w.store, &w.arena, w.project.id, all.row[2].item_id, 10, &members, &n));
    assert_int_equal(n, 3);
    assert_int_equal(members[0], all.row[0].item_id);
    CHECK_OK(group_of_item(w.store, &w.arena, w.project.id, all.row[0].item_id + 1, 10,
                           &members, &n));
    assert_int_equal(n, 1);
    assert_int_equal(members[0], all.row[0].item_id + 1);
    workshop_free(&w);
}

static void test_new_items_join_the_groups_there_are(void **state)
{
    (void)state;
    struct workshop w;
    struct group_list first;
    struct group_list second;

    workshop_new(&w, PROJECT_TEXT, KINDS);
    put_texts(&w, "1.tsv", "one two three four\nfive six seven\nOne, two, three, four\n");
    search(&w);
    first = groups(&w);
    assert_int_equal(first.n, 2);
    search(&w); /* nothing came: nothing is written again */
    assert_int_equal(groups(&w).grouping.id, first.grouping.id);
    put_texts(&w, "2.tsv", "Five, six, seven\none two three FOUR!\n");
    search(&w);
    second = groups(&w);
    assert_true(second.grouping.id > first.grouping.id);
    assert_int_equal(second.grouping.n_items, 5);
    assert_int_equal(second.grouping.n_groups, 2);
    assert_int_equal(second.n, 5);
    assert_int_equal(group_key(&second, first.row[1].item_id), first.row[0].item_id);
    workshop_free(&w);
}

/* As somebody would send a picture on: smaller, saved again, lighter. */
static void put_copy(struct workshop *w, const char *from, const char *to)
{
    char path[300];
    struct buf bytes;
    struct buf jpeg;
    struct image full;
    struct image small;

    buf_init(&bytes, 16 * MIB);
    buf_init(&jpeg, 16 * MIB);
    snprintf(path, sizeof path, "%s/%s", w->files, from);
    CHECK_OK(file_read(&bytes, path));
    CHECK_OK(image_decode(&full, bytes.data, bytes.size, NULL, 0));
    CHECK_OK(image_resize(&small, &full, full.width / 2, full.height / 2));
    for (size_t i = 0; i < (size_t)small.width * small.height * (size_t)small.channels; i++)
        small.pixels[i] = (uint8_t)(40 + small.pixels[i] * 3 / 4);
    CHECK_OK(image_encode_jpeg(&jpeg, &small, 60));
    workshop_put(w, to, jpeg.data, jpeg.size);
    image_free(&full);
    image_free(&small);
    buf_free(&bytes);
    buf_free(&jpeg);
}

static void test_a_picture_made_smaller_and_lighter_is_the_same_one(void **state)
{
    (void)state;
    struct workshop w;
    struct group_list all;

    workshop_new(&w, PROJECT_IMAGE, KINDS);
    for (int i = 0; i < 12; i++) {
        char name[40];

        snprintf(name, sizeof name, "%02d.jpg", i);
        workshop_put_picture(&w, name, 200, 200, (uint64_t)i + 1);
    }
    put_copy(&w, "03.jpg", "copy.jpg");
    CHECK_OK(workshop_import(&w, &(struct import_params){0}));
    search(&w);
    all = groups(&w);
    assert_int_equal(all.grouping.n_items, 13);
    assert_int_equal(group_key(&all, item_at(&w, "copy.jpg")), item_at(&w, "03.jpg"));
    assert_int_equal(all.n, 2);
    workshop_free(&w);
}

static void test_a_stopped_search_goes_on_behind_the_last_print(void **state)
{
    (void)state;
    struct workshop w;
    struct buf b;
    int64_t last;

    workshop_new(&w, PROJECT_TEXT, KINDS);
    buf_init(&b, MIB);
    for (int i = 0; i < 1200; i++)
        CHECK_OK(buf_printf(&b, "number %d of %d things\n", i, i * 7));
    CHECK_OK(buf_adds(&b, "NUMBER 3 of 21 things\n"));
    CHECK_OK(buf_adds(&b, ""));
    put_texts(&w, "1.tsv", b.data);
    buf_free(&b);
    w.stop_after_done = 512;
    CHECK_FAILS(workshop_job(&w, "duplicates", "{}"), ERR_CANCELLED, "");
    assert_int_equal(w.job.state, JOB_QUEUED);
    CHECK_OK(store_print_last(w.store, w.project.id, &last));
    assert_true(last > 0);
    assert_int_equal(groups(&w).grouping.id, 0);
    w.stop_after_done = 0;
    search(&w);
    assert_int_equal(groups(&w).grouping.n_items, 1201);
    assert_true(groups(&w).grouping.n_groups >= 1);
    workshop_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_alike_but_for_case_and_marks_are_one_group),
        cmocka_unit_test(test_new_items_join_the_groups_there_are),
        cmocka_unit_test(test_a_picture_made_smaller_and_lighter_is_the_same_one),
        cmocka_unit_test(test_a_stopped_search_goes_on_behind_the_last_print),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
