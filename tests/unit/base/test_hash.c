#include "check.h"

#include "base/hash.h"
#include "base/uuid.h"

static int start(void **state)
{
    (void)state;
    return (int)hash_start();
}

static void test_blake2b_256_of_abc_is_the_known_one(void **state)
{
    (void)state;
    struct hash h;
    struct hash pieces;
    struct hash_state s;
    char text[HASH_HEX];

    hash_of(&h, "abc", 3);
    hash_hex(text, &h);
    /* RFC 7693 gives the 512-bit digest; this is `b2sum -l 256` of the same three bytes. */
    assert_string_equal(text,
                        "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    hash_init(&s);
    hash_add(&s, "a", 1);
    hash_add(&s, "bc", 2);
    hash_end(&s, &pieces);
    assert_true(hash_equal(&h, &pieces));
    CHECK_OK(hash_from_hex(&pieces, text));
    assert_true(hash_equal(&h, &pieces));
    CHECK_FAILS(hash_from_hex(&pieces, "abc"), ERR_INVALID, "64 hexadecimal digits");
}

static void test_sha_256_of_abc_is_the_known_one(void **state)
{
    (void)state;
    struct hash h;
    char text[HASH_HEX];

    sha256_of(&h, "abc", 3); /* FIPS 180-4, appendix B.1 of its first edition */
    hash_hex(text, &h);
    assert_string_equal(text,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void test_hmac_sha_256_is_that_of_the_rfc(void **state)
{
    (void)state;
    struct hash h;
    char text[HASH_HEX];

    /* RFC 4231, test case 2 */
    hmac_sha256_of(&h, "Jefe", 4, "what do ya want for nothing?", 28);
    hash_hex(text, &h);
    assert_string_equal(text,
                        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void test_a_signature_holds_for_its_bytes_and_key_only(void **state)
{
    (void)state;
    struct sign_key k;
    struct sign_key other;
    uint8_t signature[SIGNATURE_BYTES];

    sign_key_new(&k);
    sign_key_new(&other);
    sign(signature, &k, "head 7", 6);
    assert_true(sign_is_valid(signature, k.public_half, "head 7", 6));
    assert_false(sign_is_valid(signature, k.public_half, "head 8", 6));
    assert_false(sign_is_valid(signature, other.public_half, "head 7", 6));
    signature[5] ^= 1;
    assert_false(sign_is_valid(signature, k.public_half, "head 7", 6));
}

static void test_a_password_is_itself_and_no_other(void **state)
{
    (void)state;
    char text[PASSWORD_TEXT];

    CHECK_OK(password_hash(text, "correct horse"));
    assert_null(strstr(text, "correct"));
    assert_true(password_is(text, "correct horse"));
    assert_false(password_is(text, "correct horsf"));
    assert_false(password_is("not a hash", "correct horse"));
}

static void test_secrets_are_long_and_differ(void **state)
{
    (void)state;
    char a[SECRET_TEXT];
    char b[SECRET_TEXT];

    secret_new(a);
    secret_new(b);
    assert_int_equal(strlen(a), 43);
    assert_string_not_equal(a, b);
    assert_int_equal(
        strspn(a, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), 43);
}

static void test_uuids_are_read_in_either_case_and_nothing_else(void **state)
{
    (void)state;
    struct uuid u;
    char text[UUID_TEXT];

    CHECK_OK(uuid_read(&u, "123E4567-e89b-42d3-a456-426614174000"));
    uuid_write(text, &u);
    assert_string_equal(text, "123e4567-e89b-42d3-a456-426614174000");
    CHECK_FAILS(uuid_read(&u, "123e4567e89b42d3a456426614174000"), ERR_INVALID, "UUID");
    CHECK_FAILS(uuid_read(&u, "123e4567-e89b-42d3-a456-4266141740001"), ERR_INVALID, "36");
    CHECK_FAILS(uuid_read(&u, ""), ERR_INVALID, "UUID");
    uuid_new(&u);
    uuid_write(text, &u);
    assert_int_equal(text[14], '4');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blake2b_256_of_abc_is_the_known_one),
        cmocka_unit_test(test_sha_256_of_abc_is_the_known_one),
        cmocka_unit_test(test_hmac_sha_256_is_that_of_the_rfc),
        cmocka_unit_test(test_a_signature_holds_for_its_bytes_and_key_only),
        cmocka_unit_test(test_a_password_is_itself_and_no_other),
        cmocka_unit_test(test_secrets_are_long_and_differ),
        cmocka_unit_test(test_uuids_are_read_in_either_case_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
