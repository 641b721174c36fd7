#include "check_smp.h"

#include "sampler/tokens.h"

enum { ROOM = 200 };

struct seen {
    uint64_t token[ROOM], gram[ROOM];
    size_t n_tokens, n_grams;
};

static void see_token(void *ctx, uint64_t hash)
{
    struct seen *s = ctx;

    assert_true(s->n_tokens < ROOM);
    s->token[s->n_tokens++] = hash;
}

static void see_gram(void *ctx, uint64_t hash)
{
    struct seen *s = ctx;

    assert_true(s->n_grams < ROOM);
    s->gram[s->n_grams++] = hash;
}

static struct seen read_bytes(const char *text, size_t n)
{
    struct seen s = {.n_tokens = 0};
    const struct smp_token_sink sink = {see_token, see_gram, &s};

    smp_tokenise(text, n, &sink);
    return s;
}

static struct seen read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

/* Both texts have the same tokens in the same order. */
static void check_same(const char *a, const char *b)
{
    const struct seen x = read_text(a), y = read_text(b);

    if (x.n_tokens != y.n_tokens ||
        memcmp(x.token, y.token, x.n_tokens * sizeof x.token[0]) != 0)
        fail_msg("\"%s\" (%zu tokens) and \"%s\" (%zu) differ", a, x.n_tokens, b, y.n_tokens);
}

static void check_count(const char *text, size_t n)
{
    const struct seen s = read_text(text);

    if (s.n_tokens != n) fail_msg("\"%s\" has %zu tokens, not %zu", text, s.n_tokens, n);
}

static void test_words_are_cut_at_blanks_and_punctuation(void **state)
{
    (void)state;
    check_count("", 0);
    check_count(" ... !? ", 0);
    check_count("I can't wait, it's 2nd-hand.", 6);
    check_same("hello world", "Hello,WORLD!");
    check_same("it's", "IT’S");
    check_same("'quoted'", "quoted");
}

static void test_capitals_of_many_scripts_meet_their_small_letters(void **state)
{
    (void)state;
    check_same("ÀÉÎÕÜ Ÿ ŠĐŽ", "àéîõü ÿ šđž");
    check_same("ΑΘΗΝΑ Ό ΛΌΓΟΣ", "αθηνα ό λόγος");
    check_same("МОСКВА Ёлка", "москва ёлка");
    check_same("ԵՐԵՎԱՆ", "երեվան");
    check_same("VIỆT ĐỒNG", "việt đồng");
    check_same("ＡＢＣ", "ａｂｃ");
}

static void test_each_chinese_and_japanese_character_is_a_token(void **state)
{
    (void)state;
    check_count("我爱北京", 4);
    check_count("東京タワー", 5);
    check_count("iPhone手机", 3);
}

static void test_korean_arabic_hebrew_and_hindi_words_stay_whole(void **state)
{
    (void)state;
    check_count("안녕하세요 세계", 2);
    check_count("مرحبا بالعالم", 2);
    check_count("שלום עולם", 2);
    check_count("नमस्ते दुनिया", 2);
}

static void test_scripts_without_spaces_give_overlapping_tokens(void **state)
{
    (void)state;
    check_count("สวัสดี", 4); /* 6 code points: 4 windows of 3 */
    check_count("ไป", 1);
}

static void test_pictographs_are_tokens_and_skin_tones_are_not(void **state)
{
    (void)state;
    check_count("good 👍", 2);
    check_same("👍🏽", "👍");
}

static void test_bytes_that_are_no_text_separate(void **state)
{
    (void)state;
    const struct seen broken = read_bytes("ab\xff\xc3(cd\xe2\x82", 9),
                      plain = read_text("ab cd");

    assert_int_equal(broken.n_tokens, 2);
    assert_memory_equal(broken.token, plain.token, 2 * sizeof plain.token[0]);
}

static void test_utf8_is_read_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
        uint32_t wanted;
    } CASES[] = {
        {"A",                1, 'A'       },
        {"\xc3\xa9",         2, 0xe9      },
        {"\xe2\x82\xac",     3, 0x20ac    },
        {"\xf0\x9f\x98\x80", 4, 0x1f600   },
        {"\xc0\x80",         2, UINT32_MAX}, /* overlong */
        {"\xed\xa0\x80",     3, UINT32_MAX}, /* surrogate */
        {"\xf4\x90\x80\x80", 4, UINT32_MAX}, /* beyond U+10FFFF */
        {"\x80",             1, UINT32_MAX},
        {"\xe2\x82",         2, UINT32_MAX}, /* cut */
    };

    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        size_t at = 0;
        assert_int_equal(smp_utf8_next(CASES[i].bytes, CASES[i].n, &at), CASES[i].wanted);
        assert_int_equal(at, CASES[i].wanted == UINT32_MAX ? 1 : CASES[i].n);
    }
}

static void test_character_grams_are_those_of_the_padded_word(void **state)
{
    (void)state;
    /* " card " : 4 of three, 3 of four, 2 of five; " a ": one of three */
    assert_int_equal(read_text("card").n_grams, 9);
    assert_int_equal(read_text("a").n_grams, 1);
    assert_int_equal(read_text("card a").n_grams, 10);
    assert_int_equal(read_text("").n_grams, 0);
}

static void test_a_piece_without_end_is_cut_and_nothing_overflows(void **state)
{
    (void)state;
    static char text[100000];
    size_t n = 0;
    const struct smp_token_sink count = {NULL, NULL, NULL};

    memset(text, 'x', sizeof text);
    smp_tokenise(text, sizeof text, &count);
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 7919 >> 3);
    smp_tokenise(text, sizeof text, &count);
    for (size_t at = 0; at < sizeof text; n++)
        smp_utf8_next(text, sizeof text, &at);
    assert_true(n > 0 && n <= sizeof text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_are_cut_at_blanks_and_punctuation),
        cmocka_unit_test(test_capitals_of_many_scripts_meet_their_small_letters),
        cmocka_unit_test(test_each_chinese_and_japanese_character_is_a_token),
        cmocka_unit_test(test_korean_arabic_hebrew_and_hindi_words_stay_whole),
        cmocka_unit_test(test_scripts_without_spaces_give_overlapping_tokens),
        cmocka_unit_test(test_pictographs_are_tokens_and_skin_tones_are_not),
        cmocka_unit_test(test_bytes_that_are_no_text_separate),
        cmocka_unit_test(test_utf8_is_read_strictly),
        cmocka_unit_test(test_character_grams_are_those_of_the_padded_word),
        cmocka_unit_test(test_a_piece_without_end_is_cut_and_nothing_overflows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
