exemplar_fuzzer(fuzz_route SOURCES fuzz_route.c USES api CORPUS api_route)
exemplar_fuzzer(fuzz_body SOURCES fuzz_body.c USES api CORPUS api_body)
exemplar_fuzzer(fuzz_multipart SOURCES fuzz_multipart.c USES http CORPUS api_multipart)
exemplar_fuzzer(fuzz_oidc SOURCES fuzz_oidc.c USES oidc CORPUS oidc)
