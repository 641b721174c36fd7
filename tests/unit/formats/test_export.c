#include "check.h"

#include "base/file.h"
#include "base/json.h"
#include "formats/csv.h"
#include "formats/export.h"
#include "formats/jsonl.h"
#include "formats/media_file.h"
#include "formats/unpack.h"
#include "unit/domain/world.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* All pieces of an export, in `b`. */
static void pull(struct buf *b, struct world *w, const struct export_options *options)
{
    struct export *x;
    struct buf piece;

    buf_init(b, 64 * MIB);
    buf_init(&piece, 8 * MIB);
    CHECK_OK(export_open(&x, w->s, w->p.id, options));
    do {
        buf_clear(&piece);
        CHECK_OK(export_next(x, &piece));
        CHECK_OK(buf_add(b, piece.data ? piece.data : "", piece.size));
    } while (piece.size);
    export_close(x);
    buf_free(&piece);
}

static void label_some(struct world *w, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        world_submit(w, w->first + n - 1 - i, w->user[0],
                     i % 7 == 3 ? ANSWER_FLAG : ANSWER_ACCEPT, i % 2 ? "a" : "b");
}

static void test_jsonl_has_a_row_for_each_current_label_in_the_ledgers_order(void **state)
{
    (void)state;
    struct world w;
    struct buf b;
    struct jsonl *j;
    struct jsonl_line line;
    struct stream_memory memory;
    struct stream in = {.read = stream_read_memory, .context = &memory};
    int64_t before = 0;
    int n = 0;

    world_new(&w, 250, 1);
    label_some(&w, 250);
    world_submit(&w, w.first, w.user[0], ANSWER_ACCEPT, "c"); /* replaces */
    pull(&b, &w, &(struct export_options){.format = EXPORT_JSONL});
    memory = (struct stream_memory){.bytes = b.data, .n = b.size};
    CHECK_OK(jsonl_open(&j, &in, MIB));
    for (;; n++) {
        CHECK_OK(jsonl_next(j, &line));
        if (!line.value) break;
        assert_true(json_integer_value(json_object_get(line.value, "seq")) > before);
        before = json_integer_value(json_object_get(line.value, "seq"));
        assert_int_equal(
            strncmp(json_string_value(json_object_get(line.value, "text")), "text", 4), 0);
        assert_string_equal(json_string_value(json_object_get(line.value, "annotator")),
                            "person 0");
        if (n == 249) {
            assert_int_equal(json_integer_value(json_object_get(line.value, "item")), w.first);
            assert_string_equal(json_string_value(json_object_get(
                                    json_object_get(line.value, "values"), "class")),
                                "c");
        }
        json_decref(line.value);
    }
    assert_int_equal(n, 250);
    jsonl_close(j);
    buf_free(&b);
    world_free(&w);
}

static void test_csv_reads_back_and_equal_ledgers_give_equal_bytes(void **state)
{
    (void)state;
    struct world w;
    struct buf one;
    struct buf again;
    struct csv *c;
    struct csv_row row;
    struct stream_memory memory;
    struct stream in = {.read = stream_read_memory, .context = &memory};
    int n = 0;

    world_new(&w, 120, 1);
    label_some(&w, 120);
    pull(&one, &w, &(struct export_options){.format = EXPORT_CSV});
    pull(&again, &w, &(struct export_options){.format = EXPORT_CSV});
    assert_int_equal(one.size, again.size);
    assert_memory_equal(one.data, again.data, one.size);
    memory = (struct stream_memory){.bytes = one.data, .n = one.size};
    CHECK_OK(csv_open(&c, &in, &CSV_LIMITS_DEFAULT, ','));
    CHECK_OK(csv_next(c, &row));
    assert_string_equal(row.fields[5].text, "class");
    for (; row.n_fields; n++) {
        assert_int_equal(row.n_fields, 15);
        CHECK_OK(csv_next(c, &row));
    }
    assert_int_equal(n, 121);
    csv_close(c);
    buf_free(&one);
    buf_free(&again);
    world_free(&w);
}

static void test_imagefolder_of_texts_is_refused_and_formats_are_named(void **state)
{
    (void)state;
    struct world w;
    struct export *x;
    enum export_format f;

    world_new(&w, 1, 1);
    CHECK_FAILS(export_open(&x, w.s, w.p.id,
                            &(struct export_options){.format = EXPORT_IMAGEFOLDER,
                                                     .data_folder = w.folder.path}),
                ERR_INVALID, "holds texts");
    CHECK_FAILS(export_format_parse(&f, "xml"), ERR_INVALID, "jsonl, csv or imagefolder");
    world_free(&w);
}

/* A project of pictures beside the world's, whose classes are no good folder names. */
static void make_pictures(struct world *w, int n)
{
    static const char *const CLASSES[] = {"a/b", "A?B", "..", "good"};
    struct project_new new = {
        .name = "Pictures", .kind = PROJECT_IMAGE, .overlap = 1, .explore = 0.1};
    struct questions *q;

    CHECK_OK(questions_from_classes(&w->a, CLASSES, 4, &q));
    new.questions = q;
    CHECK_OK(project_create(w->s, &w->a, &new, NOW, &w->p));
    for (int i = 0; i < n; i++) {
        struct item item = {
            .project_id = w->p.id, .format = "image/png", .path = "x/y z.v2.png"};
        enum item_added added;
        char bytes[20];
        char path[PATH_MAX];

        snprintf(bytes, sizeof bytes, "picture %d", i);
        hash_of(&item.hash, bytes, strlen(bytes));
        item.n_bytes = (int64_t)strlen(bytes);
        media_file_path(path, w->folder.path, &item.hash, MEDIA_ORIGINAL);
        *strrchr(path, '/') = '\0';
        CHECK_OK(folder_make(path));
        media_file_path(path, w->folder.path, &item.hash, MEDIA_ORIGINAL);
        CHECK_OK(file_write(path, bytes, strlen(bytes)));
        CHECK_OK(item_add(w->s, &item, NULL, 0, NOW, &added));
        w->first = item.id - i;
    }
}

static void label_picture(struct world *w, int64_t place, enum answer answer,
                          const char *class_name)
{
    json_t *values = class_name ? json_pack("{s:s}", "class", class_name) : json_object();
    struct label_new n = world_label(w, w->first + place, w->user[0], answer, NULL);

    n.values = values;
    CHECK_OK(world_try(w, &n));
    json_decref(values);
}

static void label_pictures(struct world *w)
{
    label_picture(w, 0, ANSWER_ACCEPT, "a/b");
    label_picture(w, 1, ANSWER_ACCEPT, "A?B");
    label_picture(w, 2, ANSWER_ACCEPT, "..");
    label_picture(w, 3, ANSWER_ACCEPT, "good");
    label_picture(w, 4, ANSWER_FLAG, NULL);
    label_picture(w, 5, ANSWER_REJECT, NULL);
}

static void expect_file(const char *folder, const char *name, const char *words)
{
    char path[PATH_MAX];
    struct buf b;

    buf_init(&b, MIB);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CHECK_OK(file_read(&b, path));
    if (!strstr(b.data, words)) fail_msg("%s: %s", name, b.data);
    buf_free(&b);
}

static void test_imagefolder_puts_each_picture_under_a_name_of_its_class(void **state)
{
    (void)state;
    struct world w;
    char out[100];
    char name[100];
    struct export_options options = {.format = EXPORT_IMAGEFOLDER};

    world_new(&w, 1, 1);
    make_pictures(&w, 7);
    label_pictures(&w);
    options.data_folder = w.folder.path;
    snprintf(out, sizeof out, "%s/out", w.folder.path);
    CHECK_OK(export_folder(w.s, w.p.id, &options, out));
    snprintf(name, sizeof name, "train/a_b/%lld-y z.v2.png", (long long)w.first);
    expect_file(out, name, "picture 0");
    snprintf(name, sizeof name, "train/A_B-2/%lld-y z.v2.png", (long long)w.first + 1);
    expect_file(out, name, "picture 1");
    snprintf(name, sizeof name, "train/_/%lld-y z.v2.png", (long long)w.first + 2);
    expect_file(out, name, "picture 2");
    expect_file(out, "labels.csv", "accept,a/b,person 0");
    expect_file(out, "notes.json", "\"exported\":4");
    expect_file(out, "notes.json",
                "\"flagged\":1,\"no agreement\":0,\"open\":1,\"rejected\":1");
    expect_file(out, "notes.json", "\"A?B\":\"A_B-2\"");
    CHECK_FAILS(export_folder(w.s, w.p.id, &options, out), ERR_CONFLICT, "not empty");
    world_free(&w);
}

static void test_the_zip_holds_the_same_files(void **state)
{
    (void)state;
    struct world w;
    struct buf b;
    struct buf again;
    struct buf bytes;
    char path[100];
    struct export_options options = {.format = EXPORT_IMAGEFOLDER};
    struct unpack *u;
    struct unpack_entry entry;
    int fd;
    int n = 0;

    world_new(&w, 1, 1);
    make_pictures(&w, 7);
    label_pictures(&w);
    options.data_folder = w.folder.path;
    pull(&b, &w, &options);
    pull(&again, &w, &options);
    assert_int_equal(b.size, again.size);
    assert_memory_equal(b.data, again.data, b.size);
    snprintf(path, sizeof path, "%s/out.zip", w.folder.path);
    CHECK_OK(file_write(path, b.data, b.size));
    fd = open(path, O_RDONLY | O_CLOEXEC);
    CHECK_OK(unpack_open(&u, fd, UNPACK_ARCHIVE, &UNPACK_LIMITS_DEFAULT));
    buf_init(&bytes, MIB);
    for (;; n++) {
        CHECK_OK(unpack_next(u, &entry));
        if (!entry.name) break;
        assert_null(entry.problem);
        buf_clear(&bytes);
        CHECK_OK(stream_read_all(&bytes, unpack_stream(u)));
        if (!n) assert_string_equal(bytes.data, "picture 0");
    }
    assert_int_equal(n, 6);
    unpack_close(u);
    close(fd);
    buf_free(&b);
    buf_free(&again);
    buf_free(&bytes);
    world_free(&w);
}

static void test_a_picture_that_is_gone_is_told(void **state)
{
    (void)state;
    struct world w;
    char out[100];
    struct item i;
    char path[PATH_MAX];
    struct export_options options = {.format = EXPORT_IMAGEFOLDER};

    world_new(&w, 1, 1);
    make_pictures(&w, 7);
    label_pictures(&w);
    i = world_item(&w, w.first);
    media_file_path(path, w.folder.path, &i.hash, MEDIA_ORIGINAL);
    assert_int_equal(unlink(path), 0);
    options.data_folder = w.folder.path;
    snprintf(out, sizeof out, "%s/out", w.folder.path);
    CHECK_FAILS(export_folder(w.s, w.p.id, &options, out), ERR_CORRUPT, "the picture of item");
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jsonl_has_a_row_for_each_current_label_in_the_ledgers_order),
        cmocka_unit_test(test_csv_reads_back_and_equal_ledgers_give_equal_bytes),
        cmocka_unit_test(test_imagefolder_of_texts_is_refused_and_formats_are_named),
        cmocka_unit_test(test_imagefolder_puts_each_picture_under_a_name_of_its_class),
        cmocka_unit_test(test_the_zip_holds_the_same_files),
        cmocka_unit_test(test_a_picture_that_is_gone_is_told),
    };
    return hash_start() ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
