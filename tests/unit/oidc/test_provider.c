/* What is believed of a provider before anything is asked of it, and what never is asked. */
#include "check.h"

#include "oidc/directory.h"
#include "oidc/provider.h"

static struct arena a;

static int start(void **state)
{
    (void)state;
    arena_init(&a, MIB);
    return (int)provider_start();
}

static int stop(void **state)
{
    (void)state;
    arena_free(&a);
    return 0;
}

static void test_only_https_and_this_machine_may_be_asked(void **state)
{
    (void)state;
    assert_int_equal(url_reach("https://id.example.org/a?b=c"), URL_HTTPS);
    assert_int_equal(url_reach("http://127.0.0.1:3000/"), URL_LOOPBACK);
    assert_int_equal(url_reach("http://[::1]:3000/"), URL_LOOPBACK);
    assert_int_equal(url_reach("http://localhost/"), URL_LOOPBACK);
    assert_int_equal(url_reach("http://id.example.org/"), URL_BAD);
    assert_int_equal(url_reach("http://127.0.0.1.example.org/"), URL_BAD);
    assert_int_equal(url_reach("http://localhost.example.org/"), URL_BAD);
    assert_int_equal(url_reach("https://a:b@id.example.org/"), URL_BAD);
    assert_int_equal(url_reach("https://id.example.org/#a"), URL_BAD);
    assert_int_equal(url_reach("file:///etc/passwd"), URL_BAD);
    assert_int_equal(url_reach("gopher://127.0.0.1/"), URL_BAD);
    assert_int_equal(url_reach(""), URL_BAD);
}

static enum err made(const char *issuer, const char *redirect, const char *client)
{
    struct provider *p;
    enum err e = provider_new(
        &p,
        &(struct provider_config){.issuer = issuer, .client_id = client, .redirect = redirect});
    provider_free(p);
    return e;
}

static void test_a_setting_that_cannot_be_used_is_named(void **state)
{
    (void)state;
    CHECK_OK(made("https://id.example.org", "https://l.example.org/", "labels"));
    CHECK_FAILS(made("http://id.example.org", "https://l.example.org/", "labels"), ERR_INVALID,
                "issuer");
    CHECK_FAILS(made("https://id.example.org?a", "https://l.example.org/", "labels"),
                ERR_INVALID, "issuer");
    CHECK_FAILS(made("https://id.example.org", "http://l.example.org/", "labels"), ERR_INVALID,
                "come back");
    CHECK_FAILS(made("https://id.example.org", "https://l.example.org/", ""), ERR_INVALID,
                "client id");
}

static void test_the_button_says_the_host_unless_it_has_a_name(void **state)
{
    (void)state;
    struct provider_config c = {.issuer = "https://id.example.org:8443/realm",
                                .client_id = "labels",
                                .redirect = "https://l.example.org/"};
    struct provider *p;

    CHECK_OK(provider_new(&p, &c));
    assert_string_equal(provider_name(p), "id.example.org");
    provider_free(p);
    c.name = "Example Ltd";
    CHECK_OK(provider_new(&p, &c));
    assert_string_equal(provider_name(p), "Example Ltd");
    provider_free(p);
}

static json_t *about(void)
{
    return json_pack("{ssssssss}", "issuer", "https://id.example.org", "authorization_endpoint",
                     "https://id.example.org/auth", "token_endpoint",
                     "https://id.example.org/token", "jwks_uri", "https://keys.example.net/1");
}

static enum err read_with(const char *key, json_t *value)
{
    struct directory_entry entry;
    const char *keys;
    json_t *o = about();
    enum err e;

    json_object_set_new(o, key, value);
    e = directory_read(o, "https://id.example.org", &entry, &keys);
    json_decref(o);
    return e;
}

static void test_a_document_is_of_its_issuer_and_names_https_alone(void **state)
{
    (void)state;
    CHECK_OK(read_with("scopes_supported", json_array()));
    CHECK_FAILS(read_with("issuer", json_string("https://id.example.org/")), ERR_BUSY,
                "last slash");
    CHECK_FAILS(read_with("issuer", json_integer(1)), ERR_BUSY, "issuer");
    CHECK_FAILS(read_with("token_endpoint", json_string("http://id.example.org/token")),
                ERR_BUSY, "token_endpoint");
    CHECK_FAILS(read_with("token_endpoint", json_string("http://127.0.0.1/token")), ERR_BUSY,
                "token_endpoint");
    CHECK_FAILS(read_with("jwks_uri", json_null()), ERR_BUSY, "jwks_uri");
    CHECK_FAILS(read_with("userinfo_endpoint", json_string("file:///etc/passwd")), ERR_BUSY,
                "userinfo_endpoint");
    CHECK_FAILS(read_with("code_challenge_methods_supported", json_pack("[s]", "plain")),
                ERR_BUSY, "PKCE");
}

static void test_a_secret_goes_into_the_header_unless_only_the_form_will_do(void **state)
{
    (void)state;
    struct directory_entry entry;
    const char *keys;
    json_t *o = about();

    CHECK_OK(directory_read(o, "https://id.example.org", &entry, &keys));
    assert_false(entry.secret_in_form);
    assert_null(entry.userinfo);
    json_object_set_new(o, "token_endpoint_auth_methods_supported",
                        json_pack("[s]", "client_secret_post"));
    CHECK_OK(directory_read(o, "https://id.example.org", &entry, &keys));
    assert_true(entry.secret_in_form);
    json_decref(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_https_and_this_machine_may_be_asked),
        cmocka_unit_test(test_a_setting_that_cannot_be_used_is_named),
        cmocka_unit_test(test_the_button_says_the_host_unless_it_has_a_name),
        cmocka_unit_test(test_a_document_is_of_its_issuer_and_names_https_alone),
        cmocka_unit_test(test_a_secret_goes_into_the_header_unless_only_the_form_will_do),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
