/* An ID token is believed when everything in it is right, and refused when one thing is wrong. */
#include "check.h"
#include "signer.h"

#include "oidc/token.h"

#define NOW     1700000000
#define CLAIMS  "\"iss\":\"https://id.example.org\",\"sub\":\"248289761001\",\"nonce\":\"n-0S6\""
#define FOR_US  ",\"aud\":\"labels\""
#define IN_TIME ",\"exp\":1700000300,\"iat\":1699999990"
#define GOOD    "{" CLAIMS FOR_US IN_TIME "}"
#define RS256   "{\"alg\":\"RS256\",\"kid\":\"rsa\"}"

static struct signer s;
static struct arena a;
static const struct id_expect EXPECT = {
    .issuer = "https://id.example.org", .client_id = "labels", .nonce = "n-0S6", .now_s = NOW};

static int start(void **state)
{
    (void)state;
    arena_init(&a, 16 * MIB);
    signer_start(&s);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    signer_stop(&s);
    arena_free(&a);
    return 0;
}

static enum err verify(const char *token)
{
    struct id_claims c;
    return id_token_verify(&a, s.jwks, token, &EXPECT, &c);
}

static enum err claimed(const char *claims)
{
    return verify(signer_token(&s, &a, "RS256", RS256, claims, NULL));
}

static enum err headed(const char *alg, const char *header)
{
    return verify(signer_token(&s, &a, alg, header, GOOD, NULL));
}

static void test_each_accepted_algorithm_proves_who_it_is(void **state)
{
    (void)state;
    static const char *const SIGNED[][2] = {
        {"RS256", RS256                                                },
        {"PS256", "{\"alg\":\"PS256\",\"kid\":\"rsa\",\"typ\":\"jwt\"}"},
        {"ES256", "{\"alg\":\"ES256\",\"kid\":\"ec\"}"                 },
        {"EdDSA", "{\"alg\":\"EdDSA\",\"kid\":\"ed\"}"                 },
        {"EdDSA", "{\"alg\":\"EdDSA\"}"                                },
    };
    struct id_claims c;

    for (size_t i = 0; i < sizeof SIGNED / sizeof *SIGNED; i++) {
        const char *t = signer_token(&s, &a, SIGNED[i][0], SIGNED[i][1],
                                     "{" CLAIMS FOR_US IN_TIME ",\"name\":\"Ada\"}", NULL);
        CHECK_OK(id_token_verify(&a, s.jwks, t, &EXPECT, &c));
        assert_string_equal(c.subject, "248289761001");
        assert_string_equal(c.name, "Ada");
    }
}

static void test_no_signature_and_shared_secrets_are_no_algorithms(void **state)
{
    (void)state;
    const json_t *rsa = json_array_get(json_object_get(s.jwks, "keys"), 0);
    const char *n = json_string_value(json_object_get(rsa, "n"));

    CHECK_FAILS(headed("none", "{\"alg\":\"none\"}"), ERR_UNAUTHORISED, "(alg)");
    CHECK_FAILS(headed("none", "{\"alg\":\"RS256\",\"kid\":\"rsa\"}"), ERR_UNAUTHORISED,
                "signature");
    CHECK_FAILS(headed("none", "{}"), ERR_UNAUTHORISED, "(alg)");
    CHECK_FAILS(
        verify(signer_token(&s, &a, "HS256", "{\"alg\":\"HS256\",\"kid\":\"rsa\"}", GOOD, n)),
        ERR_UNAUTHORISED, "(alg)");
    CHECK_FAILS(headed("RS256", "{\"alg\":\"RS512\",\"kid\":\"rsa\"}"), ERR_UNAUTHORISED,
                "(alg)");
}

static void test_a_key_serves_its_own_algorithm_only(void **state)
{
    (void)state;
    json_t *keys = json_object_get(s.jwks, "keys");
    json_t *rsa = json_array_get(keys, 0);
    cjose_jwk_t *weak = signer_rsa(&s, "weak", 1024);

    CHECK_FAILS(verify(signer_token_by(&a, weak, "{\"alg\":\"RS256\",\"kid\":\"weak\"}", GOOD)),
                ERR_NOT_FOUND, "no key");
    CHECK_FAILS(headed("ES256", "{\"alg\":\"ES256\",\"kid\":\"rsa\"}"), ERR_NOT_FOUND,
                "no key");
    json_object_set_new(rsa, "use", json_string("enc"));
    CHECK_FAILS(headed("RS256", RS256), ERR_NOT_FOUND, "no key");
    json_object_set_new(rsa, "use", json_string("sig"));
    json_object_set_new(rsa, "alg", json_string("PS256"));
    CHECK_FAILS(headed("RS256", RS256), ERR_NOT_FOUND, "no key");
    json_object_del(rsa, "alg");
    json_object_set_new(rsa, "key_ops", json_pack("[s]", "encrypt"));
    CHECK_FAILS(headed("RS256", RS256), ERR_NOT_FOUND, "no key");
    json_object_del(rsa, "key_ops");
    CHECK_OK(headed("RS256", RS256));
    cjose_jwk_release(weak);
    json_array_remove(keys, 3);
}

/* cjose asserts on a number that is no base64url: it must not get to see one. */
static void test_a_damaged_key_fits_nothing_and_ends_nothing(void **state)
{
    (void)state;
    static const char *const MEMBERS[][2] = {
        {"n", "7=rsa"},
        {"n", ""     },
        {"e", "AAEB="},
        {"e", "A"    },
    };
    json_t *rsa = json_array_get(json_object_get(s.jwks, "keys"), 0);
    const char *good = signer_token(&s, &a, "RS256", RS256, GOOD, NULL);

    for (size_t i = 0; i < sizeof MEMBERS / sizeof *MEMBERS; i++) {
        json_t *was = json_incref(json_object_get(rsa, MEMBERS[i][0]));
        const char *head = MEMBERS[i][1];
        char *number = arena_printf(&a, "%s%s", *head ? json_string_value(was) : "", head);
        json_object_set_new(rsa, MEMBERS[i][0], json_string(number));
        CHECK_FAILS(verify(good), ERR_NOT_FOUND, "no key");
        json_object_set_new(rsa, MEMBERS[i][0], was);
    }
    CHECK_OK(verify(good));
}

static void test_an_unknown_key_is_told_from_a_wrong_signature(void **state)
{
    (void)state;
    struct signer other;
    const char *token;

    signer_start(&other);
    token = signer_token(&other, &a, "RS256", RS256, GOOD, NULL);
    CHECK_FAILS(verify(token), ERR_UNAUTHORISED, "signature");
    token = signer_token(&other, &a, "EdDSA", "{\"alg\":\"EdDSA\",\"kid\":\"ed\"}", GOOD, NULL);
    CHECK_FAILS(verify(token), ERR_UNAUTHORISED, "signature");
    token =
        signer_token(&other, &a, "RS256", "{\"alg\":\"RS256\",\"kid\":\"new\"}", GOOD, NULL);
    CHECK_FAILS(verify(token), ERR_NOT_FOUND, "no key");
    token = signer_token(&other, &a, "RS256", "{\"alg\":\"RS256\"}", GOOD, NULL);
    CHECK_FAILS(verify(token), ERR_NOT_FOUND, "no key");
    signer_stop(&other);
}

static void test_one_changed_byte_of_a_token_refuses_it(void **state)
{
    (void)state;
    const char *token =
        signer_token(&s, &a, "ES256", "{\"alg\":\"ES256\",\"kid\":\"ec\"}", GOOD, NULL);
    size_t n = strlen(token);

    for (size_t i = 0; i < n; i++) {
        char *changed = arena_strdup(&a, token);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        assert_int_not_equal(verify(changed), OK);
    }
    CHECK_FAILS(verify(arena_printf(&a, "%sAAAA", token)), ERR_UNAUTHORISED, "signature");
    CHECK_FAILS(verify(arena_printf(&a, "%s.e30", token)), ERR_UNAUTHORISED, "three parts");
    CHECK_FAILS(verify("e30"), ERR_UNAUTHORISED, "three parts");
}

static void test_extensions_that_must_be_understood_are_refused(void **state)
{
    (void)state;
    CHECK_FAILS(headed("EdDSA", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"crit\":[\"exp\"]}"),
                ERR_UNAUTHORISED, "(crit)");
    CHECK_FAILS(headed("EdDSA", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"b64\":false}"),
                ERR_UNAUTHORISED, "(b64)");
    CHECK_FAILS(headed("EdDSA", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"typ\":\"at+jwt\"}"),
                ERR_UNAUTHORISED, "(typ)");
    CHECK_FAILS(headed("EdDSA", "{\"alg\":\"EdDSA\",\"alg\":\"EdDSA\"}"), ERR_UNAUTHORISED,
                "not JSON");
}

static void test_a_token_for_somebody_else_is_refused(void **state)
{
    (void)state;
    CHECK_OK(claimed("{" CLAIMS IN_TIME ",\"aud\":[\"labels\"]}"));
    CHECK_OK(claimed("{" CLAIMS IN_TIME ",\"aud\":[\"x\",\"labels\"],\"azp\":\"labels\"}"));
    CHECK_FAILS(claimed("{" CLAIMS IN_TIME "}"), ERR_UNAUTHORISED, "(aud)");
    CHECK_FAILS(claimed("{" CLAIMS IN_TIME ",\"aud\":\"label\"}"), ERR_UNAUTHORISED, "(aud)");
    CHECK_FAILS(claimed("{" CLAIMS IN_TIME ",\"aud\":[\"x\",\"labels\"]}"), ERR_UNAUTHORISED,
                "(azp)");
    CHECK_FAILS(claimed("{" CLAIMS IN_TIME ",\"aud\":[\"x\",\"labels\"],\"azp\":\"x\"}"),
                ERR_UNAUTHORISED, "(azp)");
    CHECK_FAILS(claimed("{" CLAIMS IN_TIME FOR_US ",\"azp\":\"x\"}"), ERR_UNAUTHORISED,
                "(azp)");
    CHECK_FAILS(claimed("{" CLAIMS IN_TIME FOR_US ",\"azp\":7}"), ERR_UNAUTHORISED, "(azp)");
}

static void test_a_token_counts_in_its_time_give_or_take_a_minute(void **state)
{
    (void)state;
    CHECK_OK(claimed("{" CLAIMS FOR_US ",\"exp\":1699999941,\"iat\":1700000060}"));
    CHECK_OK(claimed("{" CLAIMS FOR_US IN_TIME ",\"nbf\":1700000060}"));
    CHECK_FAILS(claimed("{" CLAIMS FOR_US ",\"exp\":1699999940,\"iat\":1699999000}"),
                ERR_UNAUTHORISED, "expired (exp)");
    CHECK_FAILS(claimed("{" CLAIMS FOR_US ",\"iat\":1700000000}"), ERR_UNAUTHORISED, "(exp)");
    CHECK_FAILS(claimed("{" CLAIMS FOR_US ",\"exp\":1700000300}"), ERR_UNAUTHORISED, "(iat)");
    CHECK_FAILS(claimed("{" CLAIMS FOR_US ",\"exp\":1700000300,\"iat\":1700000061}"),
                ERR_UNAUTHORISED, "future (iat)");
    CHECK_FAILS(claimed("{" CLAIMS FOR_US IN_TIME ",\"nbf\":1700000061}"), ERR_UNAUTHORISED,
                "(nbf)");
    CHECK_FAILS(claimed("{" CLAIMS FOR_US ",\"exp\":\"1700000300\",\"iat\":1700000000}"),
                ERR_UNAUTHORISED, "no number");
}

static void test_issuer_nonce_and_subject_have_to_be_those_expected(void **state)
{
    (void)state;
    CHECK_OK(claimed(GOOD));
    CHECK_FAILS(
        claimed("{\"iss\":\"https://id.example.org/\",\"sub\":\"a\",\"nonce\":\"n-0S6\"" FOR_US
                    IN_TIME "}"),
        ERR_UNAUTHORISED, "(iss)");
    CHECK_FAILS(
        claimed("{\"iss\":\"https://id.example.org\",\"sub\":\"a\",\"nonce\":\"n-0S7\"" FOR_US
                    IN_TIME "}"),
        ERR_UNAUTHORISED, "(nonce)");
    CHECK_FAILS(claimed("{\"iss\":\"https://id.example.org\",\"sub\":\"a\"" FOR_US IN_TIME "}"),
                ERR_UNAUTHORISED, "(nonce)");
    CHECK_FAILS(
        claimed("{\"iss\":\"https://id.example.org\",\"sub\":\"\",\"nonce\":\"n-0S6\"" FOR_US
                    IN_TIME "}"),
        ERR_UNAUTHORISED, "(sub)");
    CHECK_FAILS(claimed("[]"), ERR_UNAUTHORISED, "objects");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_accepted_algorithm_proves_who_it_is),
        cmocka_unit_test(test_no_signature_and_shared_secrets_are_no_algorithms),
        cmocka_unit_test(test_a_key_serves_its_own_algorithm_only),
        cmocka_unit_test(test_a_damaged_key_fits_nothing_and_ends_nothing),
        cmocka_unit_test(test_an_unknown_key_is_told_from_a_wrong_signature),
        cmocka_unit_test(test_one_changed_byte_of_a_token_refuses_it),
        cmocka_unit_test(test_extensions_that_must_be_understood_are_refused),
        cmocka_unit_test(test_a_token_for_somebody_else_is_refused),
        cmocka_unit_test(test_a_token_counts_in_its_time_give_or_take_a_minute),
        cmocka_unit_test(test_issuer_nonce_and_subject_have_to_be_those_expected),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
