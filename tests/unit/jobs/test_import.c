#include "check.h"

#include "base/file.h"
#include "domain/label.h"
#include "domain/ledger.h"
#include "formats/media_file.h"
#include "media/image.h"
#include "store/item.h"
#include "unit/jobs/workshop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const CATS_DOGS[] = {"cats", "dogs", NULL};

static struct item the_item(struct workshop *w, const char *path)
{
    struct item *items;
    size_t n;

    CHECK_OK(store_item_list(w->store, &w->arena, w->project.id, 0, 10000, &items, &n));
    for (size_t i = 0; i < n; i++)
        if (!strcmp(items[i].path, path)) return items[i];
    fail_msg("no item %s", path);
    return (struct item){0};
}

static struct job_row the_row(struct workshop *w, int64_t row)
{
    struct job_row *rows;
    size_t n;

    CHECK_OK(store_job_rows(w->store, &w->arena, w->job.id, ROW_ANY, row - 1, 1, &rows, &n));
    assert_int_equal(n, 1);
    assert_int_equal(rows[0].row, row);
    return rows[0];
}

static void expect_side(struct workshop *w, const struct item *i, enum media_file which,
                        uint32_t width, uint32_t height)
{
    char path[PATH_MAX];
    struct image_info info;
    struct buf b;

    buf_init(&b, 64 * MIB);
    media_file_path(path, w->folder.path, &i->hash, which);
    CHECK_OK(file_read(&b, path));
    CHECK_OK(image_probe(&info, b.data, b.size, NULL));
    assert_int_equal(info.width, width);
    assert_int_equal(info.height, height);
    buf_free(&b);
}

static void test_pictures_are_measured_and_get_the_renditions_they_need(void **state)
{
    (void)state;
    struct workshop w;
    struct import_params p = {0};
    struct item i;

    workshop_new(&w, PROJECT_IMAGE, CATS_DOGS);
    workshop_put_picture(&w, "small.jpg", 300, 200, 1);
    workshop_put_picture(&w, "a/middle.jpg", 640, 320, 2);
    workshop_put_picture(&w, "large.jpg", 1200, 4096, 3);
    CHECK_OK(workshop_import(&w, &p));
    assert_int_equal(w.job.state, JOB_DONE);
    assert_int_equal(w.job.imported, 3);
    i = the_item(&w, "small.jpg");
    assert_string_equal(i.format, "image/jpeg");
    assert_int_equal(i.width, 300);
    assert_int_equal(i.renditions, 0);
    i = the_item(&w, "a/middle.jpg");
    assert_int_equal(i.renditions, RENDITION_256);
    expect_side(&w, &i, MEDIA_ORIGINAL, 640, 320);
    expect_side(&w, &i, MEDIA_256, 256, 128);
    i = the_item(&w, "large.jpg");
    assert_int_equal(i.renditions, RENDITION_256 | RENDITION_VIEW);
    expect_side(&w, &i, MEDIA_VIEW, 600, 2048);
    workshop_free(&w);
}

static void test_every_row_that_is_no_item_is_reported_with_its_reason(void **state)
{
    (void)state;
    struct workshop w;
    struct import_params p = {0};
    struct job_row r;

    workshop_new(&w, PROJECT_IMAGE, CATS_DOGS);
    workshop_put_picture(&w, "1.jpg", 64, 64, 1);
    workshop_put_picture(&w, "2.jpg", 64, 64, 1);
    workshop_put(&w, "3.jpg", "\xff\xd8\xff\xe0 and no more", 17);
    workshop_put(&w, "4.txt", "text", 4);
    CHECK_OK(workshop_import(&w, &p));
    assert_int_equal(w.job.imported, 1);
    assert_int_equal(w.job.duplicate, 1);
    assert_int_equal(w.job.refused, 2);
    r = the_row(&w, 2);
    assert_int_equal(r.outcome, ROW_DUPLICATE);
    assert_int_equal(r.item_id, the_item(&w, "1.jpg").id);
    r = the_row(&w, 3);
    assert_int_equal(r.outcome, ROW_REFUSED);
    assert_string_equal(r.path, "3.jpg");
    assert_true(strlen(r.reason) > 10);
    r = the_row(&w, 4);
    assert_non_null(strstr(r.reason, "holds pictures"));
    CHECK_OK(workshop_import(&w, &(struct import_params){0}));
    assert_int_equal(w.job.imported, 0);
    assert_int_equal(w.job.duplicate, 2);
    workshop_free(&w);
}

static const char *class_of(struct workshop *w, const char *path)
{
    struct label *labels;
    size_t n;

    CHECK_OK(store_label_of_item(w->store, &w->arena, the_item(w, path).id, &labels, &n));
    if (!n) return "none";
    assert_int_equal(n, 1);
    assert_int_equal(labels[0].user_id, 1);
    return labels[0].values;
}

static void test_folders_become_labels_when_they_are_classes(void **state)
{
    (void)state;
    struct workshop w;
    struct import_params p = {.labels_from = IMPORT_LABELS_FROM_FOLDER};

    workshop_new(&w, PROJECT_IMAGE, CATS_DOGS);
    workshop_put_picture(&w, "train/cats/1.jpg", 64, 64, 1);
    workshop_put_picture(&w, "train/birds/2.jpg", 64, 64, 2);
    workshop_put_picture(&w, "3.jpg", 64, 64, 3);
    CHECK_OK(workshop_import(&w, &p));
    assert_string_equal(class_of(&w, "train/cats/1.jpg"), "{\"class\":\"cats\"}");
    assert_string_equal(class_of(&w, "train/birds/2.jpg"), "none");
    assert_string_equal(class_of(&w, "3.jpg"), "none");
    assert_non_null(strstr(w.job.message, "2 without a label"));
    assert_non_null(strstr(w.job.message, "'birds'"));
    workshop_free(&w);
}

static void test_classes_are_added_when_asked_for(void **state)
{
    (void)state;
    struct workshop w;
    struct import_params p = {.labels_from = IMPORT_LABELS_FROM_FOLDER,
                              .classes = IMPORT_ADD_CLASSES};

    workshop_new(&w, PROJECT_IMAGE, CATS_DOGS);
    workshop_put_picture(&w, "birds/2.jpg", 64, 64, 2);
    CHECK_OK(workshop_import(&w, &p));
    assert_string_equal(class_of(&w, "birds/2.jpg"), "{\"class\":\"birds\"}");
    CHECK_OK(store_project_get(w.store, &w.arena, w.project.id, &w.project));
    assert_int_equal(w.project.question_version, 2);
    workshop_free(&w);
}

static void test_texts_come_as_they_are_with_their_metadata(void **state)
{
    (void)state;
    struct workshop w;
    struct import_params p = {.text_column = "body"};
    const char *body;
    size_t n;
    struct item i;

    workshop_new(&w, PROJECT_TEXT, CATS_DOGS);
    workshop_put(&w, "mail.csv", "id,body\n7,\" Caf\xc3\xa9\r\n\"\n8,  \n9, Caf\xc3\xa9\n", 32);
    workshop_put(&w, "note.txt", "\xff\xfeh\0i\0", 6);
    CHECK_OK(workshop_import(&w, &p));
    assert_int_equal(w.job.imported, 3);
    assert_string_equal(the_row(&w, 2).reason, "the text is empty");
    i = the_item(&w, "mail.csv:2");
    assert_string_equal(i.meta, "{\"id\":\"7\"}");
    assert_int_equal(i.n_chars, 7);
    CHECK_OK(store_item_text(w.store, &w.arena, i.id, &body, &n));
    assert_string_equal(body, " Caf\xc3\xa9\r\n");
    i = the_item(&w, "note.txt");
    CHECK_OK(store_item_text(w.store, &w.arena, i.id, &body, &n));
    assert_string_equal(body, "hi");
    workshop_free(&w);
}

/* 300 texts in two files: two batches, with the border inside the first file. */
static void put_many_texts(struct workshop *w)
{
    struct buf b;

    buf_init(&b, MIB);
    for (int i = 0; i < 290; i++)
        CHECK_OK(buf_printf(&b, i % 50 == 7 ? "{bad\n" : "\"text %d\"\n", i));
    workshop_put(w, "1.jsonl", b.data, b.size);
    workshop_put(w, "2.jsonl", "\"text 1\"\n\"more\"\n", 16);
    buf_free(&b);
}

static void test_a_stopped_import_goes_on_and_ends_as_one_that_was_not(void **state)
{
    (void)state;
    struct workshop whole;
    struct workshop stopped;
    struct import_params p = {0};
    struct import_params q = {0};

    workshop_new(&whole, PROJECT_TEXT, CATS_DOGS);
    put_many_texts(&whole);
    CHECK_OK(workshop_import(&whole, &p));
    workshop_new(&stopped, PROJECT_TEXT, CATS_DOGS);
    put_many_texts(&stopped);
    stopped.stop_after_done = 1;
    assert_int_equal(workshop_import(&stopped, &q), ERR_CANCELLED);
    assert_int_equal(stopped.job.state, JOB_QUEUED);
    assert_true(stopped.job.imported > 0 && stopped.job.imported < whole.job.imported);
    stopped.stop_after_done = 0;
    CHECK_OK(workshop_job(&stopped, "import", stopped.job.params));
    assert_int_equal(stopped.job.state, JOB_DONE);
    assert_string_equal(workshop_items(&stopped), workshop_items(&whole));
    assert_int_equal(stopped.job.refused, whole.job.refused);
    assert_int_equal(stopped.job.duplicate, 1);
    assert_string_equal(stopped.job.message, whole.job.message);
    workshop_free(&whole);
    workshop_free(&stopped);
}

static void test_going_on_with_another_source_is_refused(void **state)
{
    (void)state;
    struct workshop w;
    struct import_params p = {0};

    workshop_new(&w, PROJECT_TEXT, CATS_DOGS);
    put_many_texts(&w);
    w.stop_after_done = 1;
    assert_int_equal(workshop_import(&w, &p), ERR_CANCELLED);
    w.stop_after_done = 0;
    workshop_put(&w, "0.jsonl", "\"new\"\n", 6);
    CHECK_FAILS(workshop_job(&w, "import", w.job.params), ERR_CONFLICT, "has changed since");
    assert_int_equal(w.job.state, JOB_FAILED);
    workshop_free(&w);
}

static void test_an_upload_is_removed_when_its_job_has_ended_and_nothing_else(void **state)
{
    (void)state;
    struct workshop w;
    char upload[90];
    struct import_params p = {.n_paths = 1};
    const char *paths[] = {upload};
    struct import_params evil = {.uploaded = w.files};

    workshop_new(&w, PROJECT_TEXT, CATS_DOGS);
    snprintf(upload, sizeof upload, "%s/uploads/xyz/deep", w.folder.path);
    CHECK_OK(folder_make(upload));
    snprintf(upload, sizeof upload, "%s/uploads/xyz", w.folder.path);
    snprintf(w.files, sizeof w.files, "%s", upload);
    workshop_put(&w, "deep/a.txt", "hello", 5);
    p.paths = paths;
    p.uploaded = upload;
    CHECK_OK(workshop_import(&w, &p));
    assert_int_equal(w.job.imported, 1);
    assert_false(file_exists(upload));
    snprintf(w.files, sizeof w.files, "%s/files", w.folder.path);
    workshop_put(&w, "b.txt", "there", 5);
    CHECK_OK(workshop_import(&w, &evil));
    assert_true(file_exists(w.files));
    workshop_free(&w);
}

static void test_an_import_leaves_an_encode_job_behind(void **state)
{
    (void)state;
    struct workshop w;
    struct import_params p = {0};
    struct job *jobs;
    size_t n;

    workshop_new(&w, PROJECT_TEXT, CATS_DOGS);
    workshop_put(&w, "a.txt", "hello", 5);
    CHECK_OK(workshop_import(&w, &p));
    CHECK_OK(store_job_in_state(w.store, &w.arena, JOB_QUEUED, &jobs, &n));
    assert_int_equal(n, 1);
    assert_string_equal(jobs[0].kind, "encode");
    workshop_free(&w);
}

/* Every hostile file as an import of both kinds: it ends, and each file has a line. */
static void test_hostile_files_end_in_a_report_when_present(void **state)
{
    (void)state;
    static const char *const PARTS[] = {"generated", "pngsuite", "jpeg-reftest",  "jpeg-icc",
                                        "jpeg-afl",  "text",     "json-testsuite"};
    const char *folder = getenv("EXEMPLAR_HOSTILE");

    if (!folder || !file_exists(folder)) skip();
    for (int kind = 0; kind < 2; kind++) {
        struct workshop w;

        workshop_new(&w, (enum project_kind)kind, CATS_DOGS);
        for (size_t k = 0; k < sizeof PARTS / sizeof *PARTS; k++) {
            char path[500];
            const char *paths[] = {path};
            struct import_params p = {.paths = paths, .n_paths = 1};

            snprintf(path, sizeof path, "%s/%s", folder, PARTS[k]);
            CHECK_OK(workshop_import(&w, &p));
            assert_true(w.job.imported + w.job.duplicate + w.job.refused > 0);
            assert_int_equal(w.job.imported + w.job.duplicate + w.job.refused, w.job.done);
        }
        workshop_free(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pictures_are_measured_and_get_the_renditions_they_need),
        cmocka_unit_test(test_every_row_that_is_no_item_is_reported_with_its_reason),
        cmocka_unit_test(test_folders_become_labels_when_they_are_classes),
        cmocka_unit_test(test_classes_are_added_when_asked_for),
        cmocka_unit_test(test_texts_come_as_they_are_with_their_metadata),
        cmocka_unit_test(test_a_stopped_import_goes_on_and_ends_as_one_that_was_not),
        cmocka_unit_test(test_going_on_with_another_source_is_refused),
        cmocka_unit_test(test_an_upload_is_removed_when_its_job_has_ended_and_nothing_else),
        cmocka_unit_test(test_an_import_leaves_an_encode_job_behind),
        cmocka_unit_test(test_hostile_files_end_in_a_report_when_present),
    };
    return hash_start() ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
