#include "made.h"
#include "media/exif.h"
#include "media/facts.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { SIDE = 40 };

#define NEAR(got, wanted) assert_true(fabs((got) - (wanted)) < 0.005)

static struct picture_facts facts_of(uint8_t *pixels, int channels)
{
    const struct image im = {
        .width = SIDE, .height = SIDE, .channels = channels, .pixels = pixels};
    struct picture_facts f;

    assert_int_equal(picture_facts(&f, &im), OK);
    return f;
}

static void test_one_tone_is_blank_and_one_with_a_mark_is_not(void **state)
{
    uint8_t pixels[SIDE * SIDE];
    struct picture_facts f;

    (void)state;
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(100 + i % 5); /* some noise */
    f = facts_of(pixels, 1);
    assert_true(picture_is_blank(&f));
    NEAR(f.brightness, 102 / 255.0);
    assert_true(f.contrast < 0.01);
    for (size_t y = SIDE - 5; y < SIDE; y++)
        memset(pixels + y * SIDE, 255, 5);
    f = facts_of(pixels, 1);
    assert_false(picture_is_blank(&f));
    NEAR(f.corner[2], 1);
    NEAR(f.corner[0], 102 / 255.0);
    NEAR(f.corner[3], 102 / 255.0);
}

static void test_rim_and_colour_are_of_the_rim_and_of_colour(void **state)
{
    uint8_t pixels[SIDE * SIDE * 3];
    struct picture_facts f;

    (void)state;
    memset(pixels, 60, sizeof pixels);
    NEAR(facts_of(pixels, 3).colour, 0);
    for (size_t i = 0; i < SIDE; i++) /* the outer pixel all round */
        for (size_t k = 0; k < 3; k++)
            pixels[3 * i + k] = pixels[3 * (SIDE * (SIDE - 1) + i) + k] =
                pixels[3 * SIDE * i + k] = pixels[3 * (SIDE * i + SIDE - 1) + k] = 255;
    f = facts_of(pixels, 3);
    NEAR(f.rim, 1);
    NEAR(f.rim_spread, 0);
    for (size_t i = 0; i < sizeof pixels; i += 3)
        pixels[i] = i / 3 % 2 ? 250 : 0;
    assert_true(facts_of(pixels, 3).colour > 0.3);
}

static void test_texts_are_counted_and_their_script_is_told(void **state)
{
    static const struct {
        const char *text;
        enum text_script script;
    } OF[] = {
        {"Grüße aus Köln",        SCRIPT_LATIN   },
        {"привет, мир ok",  SCRIPT_CYRILLIC},
        {"今日は天気がいい", SCRIPT_JAPANESE},
        {"今天天气很好",       SCRIPT_CHINESE },
        {"مرحبا",               SCRIPT_ARABIC  },
        {"สวัสดี",       SCRIPT_THAI    },
        {"12:30 !!",                 SCRIPT_NONE    },
    };
    const struct text_facts f = text_facts("HELLO you,\n  two!", 17);

    (void)state;
    assert_int_equal(f.n_chars, 17);
    assert_int_equal(f.n_words, 3);
    assert_int_equal(f.n_lines, 2);
    NEAR(f.punctuation, 2 / 13.0);
    NEAR(f.capitals, 5 / 11.0);
    for (size_t i = 0; i < sizeof OF / sizeof *OF; i++)
        assert_int_equal(text_facts(OF[i].text, strlen(OF[i].text)).script, OF[i].script);
}

/* A JPEG's beginning: an Exif segment with maker, model and, in a directory of its own, the time. */
static const uint8_t PHOTO[] = {
    0xff, 0xd8, 0xff, 0xe1, 0,   104, 'E',  'x',  'i', 'f', 0,    0,   'I', 'I', 42,   0,
    8,    0,    0,    0,    3,   0,   0x0f, 0x01, 2,   0,   4,    0,   0,   0,   'A',  'B',
    'C',  0,    0x10, 0x01, 2,   0,   6,    0,    0,   0,   50,   0,   0,   0,   0x69, 0x87,
    4,    0,    1,    0,    0,   0,   56,   0,    0,   0,   0,    0,   0,   0,   'X',  '-',
    '1',  '0',  ' ',  0,    1,   0,   0x03, 0x90, 2,   0,   20,   0,   0,   0,   74,   0,
    0,    0,    0,    0,    0,   0,   '2',  '0',  '2', '6', ':',  '0', '1', ':', '0',  '2',
    ' ',  '0',  '0',  ':',  '1', '0', ':',  '5',  '9', 0,   0xff, 0xda};

static void test_a_photo_says_its_camera_and_time_and_any_cut_of_it_is_safe(void **state)
{
    const struct camera_facts c = camera_facts(PHOTO, sizeof PHOTO);

    (void)state;
    assert_string_equal(c.name, "ABC X-10");
    assert_int_equal(c.taken_min, (int64_t)20455 * 24 * 60 + 10); /* 2026-01-02 00:10 */
    for (size_t n = 0; n < sizeof PHOTO - 2; n++) {
        const struct camera_facts cut = camera_facts(PHOTO, n);
        assert_true(n >= 106 || !cut.name[0]);
    }
    assert_int_equal(camera_facts("GIF89a", 6).taken_min, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_tone_is_blank_and_one_with_a_mark_is_not),
        cmocka_unit_test(test_rim_and_colour_are_of_the_rim_and_of_colour),
        cmocka_unit_test(test_texts_are_counted_and_their_script_is_told),
        cmocka_unit_test(test_a_photo_says_its_camera_and_time_and_any_cut_of_it_is_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
