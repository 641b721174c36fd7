#include "check.h"

#include "base/arena.h"
#include "base/file.h"
#include "formats/source.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The head of a PNG is all that tells a picture here; nothing decodes it. */
static const char PNG[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

static char root[200]; /* a folder of this test's own */

static int folder_set_up(void **state)
{
    (void)state;
    snprintf(root, sizeof root, "/tmp/exemplar-source-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int folder_tear_down(void **state)
{
    char command[300];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return system(command); /* the test's own folder, its own name */
}

static const char *in_root(const char *name)
{
    static char path[4][400];
    static int next;

    next = (next + 1) % 4;
    snprintf(path[next], sizeof path[next], "%s/%s", root, name);
    return path[next];
}

static void put_bytes(const char *name, const char *bytes, size_t n)
{
    char folder[400];

    snprintf(folder, sizeof folder, "%s", in_root(name));
    *strrchr(folder, '/') = '\0';
    CHECK_OK(folder_make(folder));
    CHECK_OK(file_write(in_root(name), bytes, n));
}

static void put(const char *name, const char *text)
{
    put_bytes(name, text, strlen(text));
}

static void put_png(const char *name)
{
    put_bytes(name, PNG, sizeof PNG - 1);
}

struct reading {
    const char *path;
    struct source_params params;
    struct source *source;
    struct source_entry entry;
};

static void reading_open(struct reading *r, enum source_want want, const char *path)
{
    r->path = path;
    r->params.paths = &r->path;
    r->params.n_paths = 1;
    r->params.want = want;
    if (!r->params.limits.text_max_bytes) r->params.limits = SOURCE_LIMITS_DEFAULT;
    CHECK_OK(source_open(&r->source, &r->params));
}

/* The next entry has this kind and path; `words` stand in its text or its reason. */
static void expect(struct reading *r, enum source_kind kind, const char *path,
                   const char *words)
{
    const char *text;

    source_entry_free(&r->entry);
    CHECK_OK(source_next(r->source, &r->entry));
    text = r->entry.reason ? r->entry.reason : r->entry.bytes.data;
    if (r->entry.kind != kind || strcmp(r->entry.path, path) || (words && !strstr(text, words)))
        fail_msg("row %lld: kind %d, %s: %s", (long long)r->entry.row, (int)r->entry.kind,
                 r->entry.path ? r->entry.path : "(end)", text ? text : "");
}

static void expect_end(struct reading *r)
{
    source_entry_free(&r->entry);
    CHECK_OK(source_next(r->source, &r->entry));
    if (r->entry.kind != SOURCE_END)
        fail_msg("one more: %s: %s", r->entry.path, r->entry.reason ? r->entry.reason : "");
    source_close(r->source);
}

static void test_a_folder_is_read_by_name_and_hidden_files_are_passed_over(void **state)
{
    (void)state;
    struct reading r = {0};

    put_png("photos/b.png");
    put_png("photos/a/2.png");
    put_png("photos/a/1.png");
    put_png("photos/.hidden.png");
    put_png("photos/__MACOSX/x.png");
    put("photos/c.txt", "no picture");
    put("photos/d.gif", "GIF89a");
    put("photos/e.jpg", "<html>");
    put("photos/f.jpg", "");
    reading_open(&r, SOURCE_PICTURES, in_root("photos"));
    expect(&r, SOURCE_FILE, "a/1.png", NULL);
    assert_int_equal(r.entry.row, 1);
    assert_memory_equal(r.entry.bytes.data, PNG, sizeof PNG - 1);
    expect(&r, SOURCE_FILE, "a/2.png", NULL);
    expect(&r, SOURCE_FILE, "b.png", NULL);
    expect(&r, SOURCE_REFUSED, "c.txt", "this project holds pictures");
    expect(&r, SOURCE_REFUSED, "d.gif", "convert it to JPEG");
    expect(&r, SOURCE_REFUSED, "e.jpg", "not a JPEG, PNG or WebP inside");
    expect(&r, SOURCE_REFUSED, "f.jpg", "empty");
    assert_int_equal(r.entry.row, 7);
    expect_end(&r);
}

static void test_links_that_lead_out_and_pipes_are_refused(void **state)
{
    (void)state;
    struct reading r = {0};

    put_png("links/inside.png");
    put_png("outside.png");
    assert_int_equal(symlink("../outside.png", in_root("links/out.png")), 0);
    assert_int_equal(symlink("inside.png", in_root("links/in.png")), 0);
    assert_int_equal(symlink("..", in_root("links/up")), 0);
    assert_int_equal(mkfifo(in_root("links/pipe"), 0600), 0);
    reading_open(&r, SOURCE_PICTURES, in_root("links"));
    expect(&r, SOURCE_FILE, "in.png", NULL);
    expect(&r, SOURCE_FILE, "inside.png", NULL);
    expect(&r, SOURCE_REFUSED, "out.png", "leads out of the folder");
    expect(&r, SOURCE_REFUSED, "pipe", "neither a file nor a folder");
    expect(&r, SOURCE_REFUSED, "up", "leads out of the folder");
    expect_end(&r);
}

static void test_a_table_gives_texts_with_the_other_columns_as_metadata(void **state)
{
    (void)state;
    struct reading r = {0};

    put("reviews.csv", "id;text;id;\n7;\"good; cheap\";x;y\n8;short\n9;bad;x;y\n");
    reading_open(&r, SOURCE_TEXTS, in_root("reviews.csv"));
    expect(&r, SOURCE_ROW, "reviews.csv:2", "good; cheap");
    assert_string_equal(json_string_value(json_object_get(r.entry.meta, "id")), "7");
    assert_string_equal(json_string_value(json_object_get(r.entry.meta, "id (2)")), "x");
    assert_string_equal(json_string_value(json_object_get(r.entry.meta, "column 4")), "y");
    expect(&r, SOURCE_REFUSED, "reviews.csv:3",
           "line 3 has 2 columns, but the first line has 4");
    expect(&r, SOURCE_ROW, "reviews.csv:4", "bad");
    assert_non_null(
        strstr(source_notes(r.source), "text from column 'text', separated by semicolons"));
    expect_end(&r);
}

static void test_the_text_column_may_be_asked_for_and_must_be_clear(void **state)
{
    (void)state;
    struct reading r = {.params = {.text_column = "Body"}};
    struct reading unclear = {0};
    struct reading wrong = {.params = {.text_column = "nope"}};
    struct reading numbered = {
        .params = {.text_column = "2", .header = SOURCE_NO_HEADER}
    };

    put("mail.csv", "from,body,subject\nann,hello,hi\n");
    reading_open(&r, SOURCE_TEXTS, in_root("mail.csv"));
    expect(&r, SOURCE_ROW, "mail.csv:2", "hello");
    expect_end(&r);
    put("unclear.csv", "from,what\nann,hello\n");
    reading_open(&unclear, SOURCE_TEXTS, in_root("unclear.csv"));
    expect(&unclear, SOURCE_REFUSED, "unclear.csv", "It has: from, what.");
    expect_end(&unclear);
    reading_open(&wrong, SOURCE_TEXTS, in_root("mail.csv"));
    expect(&wrong, SOURCE_REFUSED, "mail.csv", "no column 'nope'; it has: from, body, subject");
    expect_end(&wrong);
    reading_open(&numbered, SOURCE_TEXTS, in_root("mail.csv"));
    expect(&numbered, SOURCE_ROW, "mail.csv:1", "body");
    assert_string_equal(json_string_value(json_object_get(numbered.entry.meta, "1")), "from");
    expect(&numbered, SOURCE_ROW, "mail.csv:2", "hello");
    expect_end(&numbered);
}

static void test_json_lines_give_texts_and_a_bad_line_is_one_row(void **state)
{
    (void)state;
    struct reading r = {0};

    put("x.jsonl",
        "\xef\xbb\xbf\"plain\"\r\n\n{\"text\":\"with\",\"n\":3}\n{\"text\":5}\n[1]\n{\"text\n"
        "\"last\"");
    reading_open(&r, SOURCE_TEXTS, in_root("x.jsonl"));
    expect(&r, SOURCE_ROW, "x.jsonl:1", "plain");
    expect(&r, SOURCE_ROW, "x.jsonl:3", "with");
    assert_int_equal(json_integer_value(json_object_get(r.entry.meta, "n")), 3);
    expect(&r, SOURCE_REFUSED, "x.jsonl:4", "expected \"text\" to be there and to be a text");
    expect(&r, SOURCE_REFUSED, "x.jsonl:5", "expected a text or an object");
    expect(&r, SOURCE_REFUSED, "x.jsonl:6", "line 6: not JSON");
    expect(&r, SOURCE_ROW, "x.jsonl:7", "last");
    expect_end(&r);
}

static void test_texts_and_metadata_beyond_their_limit_are_refused(void **state)
{
    (void)state;
    struct reading r = {.params.limits = SOURCE_LIMITS_DEFAULT};

    r.params.limits.text_max_bytes = 5;
    r.params.limits.meta_max_bytes = 12;
    r.params.limits.csv.row_max_bytes = 40;
    put("t.jsonl", "\"12345\"\n\"123456\"\n{\"text\":\"a\",\"long\":\"12345\"}\n"
                   "\"1234567890123456789012345678901234567890\"\n\"ok\"\n");
    reading_open(&r, SOURCE_TEXTS, in_root("t.jsonl"));
    expect(&r, SOURCE_ROW, "t.jsonl:1", "12345");
    expect(&r, SOURCE_REFUSED, "t.jsonl:2", "the text is larger than the limit of 5 bytes");
    expect(&r, SOURCE_REFUSED, "t.jsonl:3", "larger than the limit of 12 bytes");
    expect(&r, SOURCE_REFUSED, "t.jsonl:4", "line 4 is longer than the limit of 40 bytes");
    expect(&r, SOURCE_ROW, "t.jsonl:5", "ok");
    expect_end(&r);
}

/* An archive of this test: names and contents, a NULL name ends them. */
struct packed {
    const char *name;
    const char *bytes;
    size_t n;
    const char *link; /* a symbolic link to there instead */
};

static void pack(const char *path, int format, int filter, const struct packed *files)
{
    struct archive *a = archive_write_new();

    assert_int_equal(archive_write_set_format(a, format), ARCHIVE_OK);
    if (filter) assert_int_equal(archive_write_add_filter(a, filter), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
    for (; files->name; files++) {
        struct archive_entry *e = archive_entry_new();

        archive_entry_set_pathname(e, files->name);
        archive_entry_set_mode(e, (files->link ? S_IFLNK : S_IFREG) | 0644);
        if (files->link)
            archive_entry_set_symlink(e, files->link);
        else
            archive_entry_set_size(e, (la_int64_t)files->n);
        assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
        if (!files->link)
            assert_int_equal(archive_write_data(a, files->bytes, files->n), files->n);
        archive_entry_free(e);
    }
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
}

static void expect_cats(const char *path)
{
    struct reading r = {0};

    reading_open(&r, SOURCE_PICTURES, path);
    expect(&r, SOURCE_FILE, "cats/a.png", NULL);
    assert_memory_equal(r.entry.bytes.data, PNG, sizeof PNG - 1);
    expect(&r, SOURCE_FILE, "dogs/b.png", NULL);
    expect_end(&r);
}

static void test_archives_of_every_kind_give_their_entries(void **state)
{
    (void)state;
    const struct packed files[] = {
        {.name = "cats/a.png",          .bytes = PNG, .n = sizeof PNG - 1},
        {.name = "__MACOSX/cats/a.png",          .bytes = PNG, .n = sizeof PNG - 1},
        {.name = "./dogs/b.png", .bytes = PNG, .n = sizeof PNG - 1},
        {.name = NULL         }
    };

    pack(in_root("a.zip"), ARCHIVE_FORMAT_ZIP, 0, files);
    expect_cats(in_root("a.zip"));
    pack(in_root("a.tar"), ARCHIVE_FORMAT_TAR_PAX_RESTRICTED, 0, files);
    expect_cats(in_root("a.tar"));
    pack(in_root("a.tar.gz"), ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP, files);
    expect_cats(in_root("a.tar.gz"));
    pack(in_root("a.tar.xz"), ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_XZ, files);
    expect_cats(in_root("a.tar.xz"));
    pack(in_root("a.tar.zst"), ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_ZSTD, files);
    expect_cats(in_root("a.tar.zst"));
}

static void test_no_name_leaves_an_archive(void **state)
{
    (void)state;
    struct reading r = {0};
    const struct packed files[] = {
        {.name = "../evil.png",      .bytes = PNG, .n = sizeof PNG - 1},
        {.name = "/etc/evil.png",       .bytes = PNG, .n = sizeof PNG - 1},
        {.name = "a/../../evil.png",    .bytes = PNG, .n = sizeof PNG - 1},
        {.name = "c:/evil.png",       .bytes = PNG, .n = sizeof PNG - 1},
        {.name = "a\\evil.png", .bytes = PNG, .n = sizeof PNG - 1},
        {.name = "link.png",       .link = "/etc/passwd"},
        {.name = "good.png",      .bytes = PNG, .n = sizeof PNG - 1},
        {.name = NULL      }
    };

    pack(in_root("slip.tar"), ARCHIVE_FORMAT_TAR_PAX_RESTRICTED, 0, files);
    reading_open(&r, SOURCE_PICTURES, in_root("slip.tar"));
    expect(&r, SOURCE_REFUSED, "../evil.png", "would leave the folder");
    expect(&r, SOURCE_REFUSED, "/etc/evil.png", "would leave the folder");
    expect(&r, SOURCE_REFUSED, "a/../../evil.png", "would leave the folder");
    expect(&r, SOURCE_REFUSED, "c:/evil.png", "drive letter");
    expect(&r, SOURCE_REFUSED, "a\\evil.png", "characters");
    expect(&r, SOURCE_REFUSED, "link.png", "a link in an archive");
    expect(&r, SOURCE_FILE, "good.png", NULL);
    expect_end(&r);
}

static void test_bombs_and_crowds_end_an_archive_with_a_sentence(void **state)
{
    (void)state;
    struct reading r = {.params.limits = SOURCE_LIMITS_DEFAULT};
    struct reading crowd = {.params.limits = SOURCE_LIMITS_DEFAULT};
    const size_t n = 40 * MIB;
    char *zeros = calloc(1, n);
    const struct packed files[] = {
        {.name = "zeros.bin", .bytes = zeros, .n = n},
        {.name = "a.png",             .bytes = PNG, .n = sizeof PNG - 1},
        {.name = NULL    }
    };

    assert_non_null(zeros);
    pack(in_root("bomb.tar.gz"), ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP, files);
    free(zeros);
    reading_open(&r, SOURCE_PICTURES, in_root("bomb.tar.gz"));
    expect(&r, SOURCE_REFUSED, "zeros.bin", "not a picture");
    expect(&r, SOURCE_REFUSED, "bomb.tar.gz", "grows more than 200 times");
    expect_end(&r);
    crowd.params.limits.unpack.entries_max = 1;
    reading_open(&crowd, SOURCE_PICTURES, in_root("a.zip"));
    expect(&crowd, SOURCE_FILE, "cats/a.png", NULL);
    expect(&crowd, SOURCE_REFUSED, "a.zip", "more than the limit of 1 entries");
    expect_end(&crowd);
}

static void test_an_archive_in_an_archive_stays_shut_but_one_in_a_folder_is_read(void **state)
{
    (void)state;
    struct reading r = {0};
    struct buf inner;
    struct packed files[] = {{.name = "in.zip"}, {.name = NULL}};

    buf_init(&inner, MIB);
    CHECK_OK(file_read(&inner, in_root("a.zip")));
    files[0].bytes = inner.data;
    files[0].n = inner.size;
    CHECK_OK(folder_make(in_root("zips")));
    pack(in_root("zips/1.tar"), ARCHIVE_FORMAT_TAR_USTAR, 0, files);
    put_bytes("zips/2.zip", inner.data, inner.size);
    put_bytes("zips/3.xlsx", inner.data, inner.size);
    put_bytes("zips/4.zip", inner.data, inner.size / 2);
    reading_open(&r, SOURCE_PICTURES, in_root("zips"));
    expect(&r, SOURCE_REFUSED, "1.tar/in.zip", "an archive inside an archive");
    expect(&r, SOURCE_FILE, "2.zip/cats/a.png", NULL);
    expect(&r, SOURCE_FILE, "2.zip/dogs/b.png", NULL);
    expect(&r, SOURCE_REFUSED, "3.xlsx", "office");
    expect(&r, SOURCE_FILE, "4.zip/cats/a.png", NULL); /* whole, before the cut */
    expect(&r, SOURCE_REFUSED, "4.zip/dogs/b.png", "damaged");
    expect_end(&r);
    buf_free(&inner);
}

static void test_a_packed_table_is_read_as_the_table(void **state)
{
    (void)state;
    struct reading r = {0};
    struct archive *a = archive_write_new();
    struct archive_entry *e = archive_entry_new();

    archive_write_set_format_raw(a);
    archive_write_add_filter_gzip(a);
    assert_int_equal(archive_write_open_filename(a, in_root("t.csv.gz")), ARCHIVE_OK);
    archive_entry_set_pathname(e, "t.csv");
    archive_entry_set_filetype(e, AE_IFREG);
    assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
    assert_int_equal(archive_write_data(a, "text\none\n", 9), 9);
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
    archive_entry_free(e);
    reading_open(&r, SOURCE_TEXTS, in_root("t.csv.gz"));
    expect(&r, SOURCE_ROW, "t.csv:2", "one");
    expect_end(&r);
}

static void test_skipping_goes_on_behind_the_row_it_is_told(void **state)
{
    (void)state;
    struct reading all = {0};
    int64_t n = 0;

    put("mixed/1.csv", "text\na\nb,c\nd\n");
    put("mixed/2.txt", "e");
    put("mixed/3.exe", "MZ");
    put("mixed/4.jsonl", "\"f\"\n\"g\"\n");
    reading_open(&all, SOURCE_TEXTS, in_root("mixed"));
    do {
        struct reading r = {.params.skip = n};

        source_entry_free(&all.entry);
        CHECK_OK(source_next(all.source, &all.entry));
        reading_open(&r, SOURCE_TEXTS, in_root("mixed"));
        CHECK_OK(source_next(r.source, &r.entry));
        assert_int_equal(r.entry.kind, all.entry.kind);
        assert_int_equal(r.entry.row, all.entry.row);
        if (all.entry.kind) assert_string_equal(r.entry.path, all.entry.path);
        if (n == 4) assert_string_equal(source_skipped_path(r.source), "2.txt");
        source_entry_free(&r.entry);
        source_close(r.source);
        n++;
    } while (all.entry.kind);
    assert_int_equal(n, 8);
    source_close(all.source);
}

static void test_what_holds_nothing_says_so(void **state)
{
    (void)state;
    struct reading folder = {0};
    struct reading table = {0};
    struct reading zip = {0};
    struct source *none;
    const char *missing = "/nowhere/missing";
    const struct packed nothing = {.name = NULL};

    CHECK_OK(folder_make(in_root("empty")));
    reading_open(&folder, SOURCE_TEXTS, in_root("empty"));
    expect(&folder, SOURCE_REFUSED, in_root("empty"), "the folder holds no files");
    expect_end(&folder);
    put("head.csv", "text,label\n");
    reading_open(&table, SOURCE_TEXTS, in_root("head.csv"));
    expect(&table, SOURCE_REFUSED, "head.csv", "the table has no rows");
    expect_end(&table);
    pack(in_root("empty.zip"), ARCHIVE_FORMAT_ZIP, 0, &nothing);
    reading_open(&zip, SOURCE_TEXTS, in_root("empty.zip"));
    expect(&zip, SOURCE_REFUSED, "empty.zip", "the archive holds no files");
    expect_end(&zip);
    CHECK_FAILS(source_open(&none, &(struct source_params){.paths = &missing,
                                                           .n_paths = 1,
                                                           .limits = SOURCE_LIMITS_DEFAULT}),
                ERR_NOT_FOUND, "missing");
}

static void test_names_that_are_not_utf8_are_kept_readable(void **state)
{
    (void)state;
    struct reading r = {0};

    put_png("latin/caf\xe9.png");
    reading_open(&r, SOURCE_PICTURES, in_root("latin"));
    expect(&r, SOURCE_FILE, "caf\xef\xbf\xbd.png", NULL);
    expect_end(&r);
}

/* Every file of a folder of hostile ones, each as a source of its own and of both kinds: an end
 * comes, and whatever is refused has its sentence. */
static void test_hostile_files_each_get_a_line_when_present(void **state)
{
    (void)state;
    const char *folder = getenv("EXEMPLAR_HOSTILE");
    static const char *const PARTS[] = {"csv", "gz", "img", "json", "png", "tar", "zip"};
    struct source_entry entry;

    if (!folder || !file_exists(folder)) skip();
    for (int k = 0; k < 14; k++) {
        char path[400];
        const char *paths[] = {path};
        struct source *s;
        int64_t n = 0;
        struct source_params params = {.paths = paths,
                                       .n_paths = 1,
                                       .want = k % 2 ? SOURCE_TEXTS : SOURCE_PICTURES,
                                       .limits = SOURCE_LIMITS_DEFAULT};

        snprintf(path, sizeof path, "%s/generated/%s", folder, PARTS[k / 2]);
        CHECK_OK(source_open(&s, &params));
        for (;; n++) {
            CHECK_OK(source_next(s, &entry));
            if (entry.kind == SOURCE_END) break;
            assert_int_equal(entry.row, n + 1);
            if (entry.kind == SOURCE_REFUSED) assert_true(strlen(entry.reason) > 10);
            source_entry_free(&entry);
        }
        assert_true(n > 0);
        source_close(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_folder_is_read_by_name_and_hidden_files_are_passed_over),
        cmocka_unit_test(test_links_that_lead_out_and_pipes_are_refused),
        cmocka_unit_test(test_a_table_gives_texts_with_the_other_columns_as_metadata),
        cmocka_unit_test(test_the_text_column_may_be_asked_for_and_must_be_clear),
        cmocka_unit_test(test_json_lines_give_texts_and_a_bad_line_is_one_row),
        cmocka_unit_test(test_texts_and_metadata_beyond_their_limit_are_refused),
        cmocka_unit_test(test_archives_of_every_kind_give_their_entries),
        cmocka_unit_test(test_no_name_leaves_an_archive),
        cmocka_unit_test(test_bombs_and_crowds_end_an_archive_with_a_sentence),
        cmocka_unit_test(test_an_archive_in_an_archive_stays_shut_but_one_in_a_folder_is_read),
        cmocka_unit_test(test_a_packed_table_is_read_as_the_table),
        cmocka_unit_test(test_skipping_goes_on_behind_the_row_it_is_told),
        cmocka_unit_test(test_what_holds_nothing_says_so),
        cmocka_unit_test(test_names_that_are_not_utf8_are_kept_readable),
        cmocka_unit_test(test_hostile_files_each_get_a_line_when_present),
    };
    return cmocka_run_group_tests(tests, folder_set_up, folder_tear_down);
}
