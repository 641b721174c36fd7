#include "check.h"

#include "base/base64.h"
#include "base/hash.h"

/* RFC 4648, section 10, in the URL's alphabet and without padding. */
static const char *const VECTORS[][2] = {
    {"",         ""        },
    {"f",        "Zg"      },
    {"fo",       "Zm8"     },
    {"foo",      "Zm9v"    },
    {"foob",     "Zm9vYg"  },
    {"fooba",    "Zm9vYmE" },
    {"foobar",   "Zm9vYmFy"},
    {"\xfb\xff", "-_8"     },
};

static void test_the_vectors_of_the_rfc_are_written_and_read(void **state)
{
    (void)state;
    struct arena a;

    arena_init(&a, MIB);
    for (size_t i = 0; i < sizeof VECTORS / sizeof *VECTORS; i++) {
        size_t size = strlen(VECTORS[i][0]);
        char text[BASE64URL(6)];
        uint8_t *bytes;
        size_t n;
        base64url_of(text, VECTORS[i][0], size);
        assert_string_equal(text, VECTORS[i][1]);
        CHECK_OK(base64url_read(&a, &bytes, &n, text, strlen(text)));
        assert_int_equal(n, size);
        assert_memory_equal(bytes, VECTORS[i][0], size + 1);
    }
    arena_free(&a);
}

static void test_any_other_text_is_refused(void **state)
{
    (void)state;
    static const char *const BAD[] = {"Zg==", "Zh", "Z", "Zm9 v", "+/8", "Zm9v\n", "-_9"};
    struct arena a;

    arena_init(&a, MIB);
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        uint8_t *bytes;
        size_t n;
        CHECK_FAILS(base64url_read(&a, &bytes, &n, BAD[i], strlen(BAD[i])), ERR_INVALID,
                    "base64url");
    }
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_vectors_of_the_rfc_are_written_and_read),
        cmocka_unit_test(test_any_other_text_is_refused),
    };
    return hash_start() ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
