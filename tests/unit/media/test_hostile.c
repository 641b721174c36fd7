/* Files made to break decoders, from a data folder beside the checkout: each is decoded or refused
 * with a sentence, within bounded memory. Exits 77 (skipped) where there is no such folder. */
#include "base/file.h"
#include "base/json.h"
#include "made.h"
#include "media/text.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#define HOSTILE SHARED_DATA "/hostile"

struct tally {
    int n_ok, n_refused;
};

typedef void visit_file(const char *path, const char *name, struct tally *tally);

static void each_file(const char *folder, visit_file *visit, struct tally *tally)
{
    struct dirent **names = NULL;
    int n = scandir(folder, &names, NULL, alphasort);

    if (n < 0) fail_msg("cannot read %s", folder);
    for (int i = 0; i < n; i++) {
        char path[4096];
        const char *name = names[i]->d_name;

        snprintf(path, sizeof path, "%s/%s", folder, name);
        if (name[0] != '.' && names[i]->d_type == DT_DIR)
            each_file(path, visit, tally);
        else if (name[0] != '.')
            visit(path, name, tally);
        free(names[i]);
    }
    free(names);
}

static void read_bytes(struct buf *b, const char *path)
{
    buf_init(b, 64 << 20);
    if (file_read(b, path)) fail_msg("%s", err_message());
}

/* Decodes, and checks what holds for every file: a refusal has a sentence and leaves nothing. */
static enum err decode_file(struct image *im, struct image_info *info, const char *path)
{
    struct buf b;
    enum err e;

    read_bytes(&b, path);
    e = image_decode(im, b.data, b.size, NULL, 0);
    if (e) {
        if (e != ERR_INVALID && e != ERR_TOO_LARGE) fail_msg("%s: %s", path, err_name(e));
        assert_true(strlen(err_message()) > 10);
        assert_null(im->pixels);
    } else {
        assert_int_equal(image_probe(info, b.data, b.size, NULL), OK);
        assert_int_equal(info->width, im->width);
        assert_int_equal(info->height, im->height);
    }
    buf_free(&b);
    return e;
}

static void expect(const char *path, bool is_good, struct tally *tally)
{
    struct image_info info;
    struct image im;
    enum err e = decode_file(&im, &info, path);

    if (is_good && e) fail_msg("%s: %s", path, err_message());
    if (!is_good && !e) fail_msg("%s was decoded", path);
    image_free(&im);
    tally->n_ok += !e;
    tally->n_refused += e != OK;
}

static bool has_suffix(const char *name, const char *suffix)
{
    size_t n = strlen(name);

    return n >= strlen(suffix) && !strcmp(name + n - strlen(suffix), suffix);
}

static void visit_pngsuite(const char *path, const char *name, struct tally *tally)
{
    if (has_suffix(name, ".png")) expect(path, name[0] != 'x', tally);
}

static void test_of_pngsuite_only_the_corrupt_ones_are_refused(void **state)
{
    struct tally tally = {0};
    (void)state;
    each_file(HOSTILE "/pngsuite/png", visit_pngsuite, &tally);
    assert_int_equal(tally.n_ok, 161);
    assert_int_equal(tally.n_refused, 14);
}

static void visit_reftest(const char *path, const char *name, struct tally *tally)
{
    /* the last two lack scans: half of one, and the coarse part of the only colour */
    bool is_bad = strstr(path, "/lossless/") || !strcmp(name, "partial_progressive.jpg") ||
                  !strcmp(name, "progressive-missing-dc.jpg");

    if (has_suffix(name, ".jpg")) expect(path, !is_bad, tally);
}

static void
test_of_the_jpeg_references_the_lossless_and_the_incomplete_are_refused(void **state)
{
    struct tally tally = {0};
    (void)state;
    each_file(HOSTILE "/jpeg-reftest", visit_reftest, &tally);
    assert_int_equal(tally.n_ok, 35);
    assert_int_equal(tally.n_refused, 10);
}

static void visit_icc(const char *path, const char *name, struct tally *tally)
{
    if (has_suffix(name, ".jpeg")) expect(path, true, tally);
}

static void test_broken_colour_profiles_do_not_matter(void **state)
{
    struct tally tally = {0};
    (void)state;
    each_file(HOSTILE "/jpeg-icc", visit_icc, &tally);
    assert_int_equal(tally.n_ok, 5);
}

static void visit_afl(const char *path, const char *name, struct tally *tally)
{
    struct image_info info;
    struct image im;
    enum err e;

    if (!has_suffix(name, ".jpg")) return;
    e = decode_file(&im, &info, path);
    image_free(&im);
    tally->n_ok += !e;
    tally->n_refused += e != OK;
}

static void test_corrupt_jpegs_are_decoded_or_refused(void **state)
{
    struct tally tally = {0};
    (void)state;
    each_file(HOSTILE "/jpeg-afl", visit_afl, &tally);
    assert_int_equal(tally.n_ok + tally.n_refused, 295);
    /* Pillow shows 39 of them, some of these only in part */
    assert_in_range(tally.n_ok, 15, 39);
}

/* Mean difference between two pictures made small, 0..255. */
static double difference(const struct image *a, const struct image *b)
{
    struct image small[2];
    double sum = 0;

    assert_int_equal(image_resize(&small[0], a, 24, 24), OK);
    assert_int_equal(image_resize(&small[1], b, 24, 24), OK);
    for (size_t i = 0; i < sizeof(uint8_t[24 * 24 * 3]); i++)
        sum += abs(small[0].pixels[i] - small[1].pixels[i]);
    image_free(&small[0]);
    image_free(&small[1]);
    return sum / (24 * 24 * 3);
}

static void check_orientations(const char *shape, uint32_t width, uint32_t height)
{
    struct image first;
    struct image_info info;
    char path[4096];

    snprintf(path, sizeof path, HOSTILE "/exif-orientation/%s_1.jpg", shape);
    assert_int_equal(decode_file(&first, &info, path), OK);
    for (int i = 0; i <= 8; i++) {
        struct image im;

        snprintf(path, sizeof path, HOSTILE "/exif-orientation/%s_%d.jpg", shape, i);
        if (decode_file(&im, &info, path)) fail_msg("%s: %s", path, err_message());
        assert_int_equal(info.orientation, i ? i : 1);
        assert_int_equal(im.width, width);
        assert_int_equal(im.height, height);
        /* all show the same scene upright, but for a painted number */
        if (difference(&im, &first) > 12) fail_msg("%s: %f", path, difference(&im, &first));
        image_free(&im);
    }
    image_free(&first);
}

static void test_a_scene_in_eight_orientations_comes_out_the_same(void **state)
{
    (void)state;
    check_orientations("Landscape", 1800, 1200);
    check_orientations("Portrait", 1200, 1800);
}

static void visit_generated(const char *path, const char *name, struct tally *tally)
{
    bool is_good = !strcmp(name, "palette-index-out-of-range.png") ||
                   !strcmp(name, "png-then-html-polyglot.png") ||
                   !strcmp(name, "ztxt-bomb-64MiB.png");

    expect(path, is_good, tally);
}

static void test_bombs_and_header_lies_are_refused(void **state)
{
    struct tally tally = {0};
    (void)state;
    each_file(HOSTILE "/generated/png", visit_generated, &tally);
    each_file(HOSTILE "/generated/img", visit_generated, &tally);
    assert_int_equal(tally.n_ok, 3);
    assert_int_equal(tally.n_refused, 14);
}

/* Runs after the files above, so it sees their peak. 512 MiB: the largest picture among them that is
 * within the limits, with room for a sanitizer; the bombs would need 400 MB to 12 GB more. */
static void test_memory_stayed_bounded(void **state)
{
    struct rusage usage;
    (void)state;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    assert_in_range(usage.ru_maxrss, 0, 512 * 1024);
}

static enum err decode_text(const char *path)
{
    struct buf bytes, text;
    enum err e;

    read_bytes(&bytes, path);
    buf_init(&text, 64 << 20);
    e = text_decode(&text, bytes.data, bytes.size);
    if (!e) e = text_check(NULL, text.data, text.size);
    buf_free(&bytes);
    buf_free(&text);
    return e;
}

static void test_hostile_texts_are_decoded_or_refused_with_their_place(void **state)
{
    (void)state;
    assert_int_equal(decode_text(HOSTILE "/text/blns/blns.txt"), OK);
    assert_int_equal(decode_text(HOSTILE "/generated/csv/utf16le.csv"), OK);
    assert_int_equal(decode_text(HOSTILE "/generated/csv/bom-crlf-quotes.csv"), OK);
    assert_int_equal(decode_text(HOSTILE "/generated/csv/1MB-field.csv"), OK);
    assert_refused(decode_text(HOSTILE "/generated/csv/nul-and-latin1.csv"), ERR_INVALID,
                   "at offset");
    assert_refused(decode_text(HOSTILE "/text/UTF-8-test.txt"), ERR_INVALID, "at offset");
    assert_refused(decode_text(HOSTILE "/text/utf8tests/utf8tests.bin"), ERR_INVALID,
                   "at offset");
}

static void read_pair(const json_t *row, const char *key, size_t at[2])
{
    const json_t *pair = json_object_get(row, key);

    assert_int_equal(json_array_size(pair), 2);
    for (size_t i = 0; i < 2; i++)
        at[i] = (size_t)json_integer_value(json_array_get(pair, i));
}

static void check_span(const json_t *row)
{
    static const char *const KEYS[] = {"utf8_byte", "codepoint",
                                       "utf16"}; /* by enum text_unit */
    const char *text = json_string_value(json_object_get(row, "text"));
    const char *span = json_string_value(json_object_get(row, "span"));
    size_t at[3][2];
    const char *part;
    size_t n;

    for (int i = 0; i < 3; i++)
        read_pair(row, KEYS[i], at[i]);
    for (int from = 0; from < 3; from++)
        for (int to = 0; to < 3; to++) {
            size_t found[2] = {at[from][0], at[from][1]};
            assert_int_equal(text_offsets(found, 2, (enum text_unit)from, (enum text_unit)to,
                                          text, strlen(text)),
                             OK);
            assert_memory_equal(found, at[to], sizeof found);
        }
    assert_int_equal(text_part(&part, &n, text, strlen(text), at[1][0], at[1][1]), OK);
    assert_int_equal(n, strlen(span));
    assert_memory_equal(part, span, n);
}

static void test_known_spans_convert_between_all_units(void **state)
{
    struct buf b;
    int n_rows = 0;
    (void)state;
    read_bytes(&b, SHARED_DATA "/text/offsets/spans.jsonl");
    for (char *line = b.data, *end; (end = strchr(line, '\n')); line = end + 1) {
        json_t *row;
        assert_int_equal(json_read(&row, line, (size_t)(end - line)), OK);
        check_span(row);
        json_decref(row);
        n_rows++;
    }
    assert_int_equal(n_rows, 20);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_of_pngsuite_only_the_corrupt_ones_are_refused),
        cmocka_unit_test(
            test_of_the_jpeg_references_the_lossless_and_the_incomplete_are_refused),
        cmocka_unit_test(test_broken_colour_profiles_do_not_matter),
        cmocka_unit_test(test_corrupt_jpegs_are_decoded_or_refused),
        cmocka_unit_test(test_a_scene_in_eight_orientations_comes_out_the_same),
        cmocka_unit_test(test_bombs_and_header_lies_are_refused),
        cmocka_unit_test(test_memory_stayed_bounded),
        cmocka_unit_test(test_hostile_texts_are_decoded_or_refused_with_their_place),
        cmocka_unit_test(test_known_spans_convert_between_all_units),
    };

    if (!file_exists(HOSTILE)) return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
