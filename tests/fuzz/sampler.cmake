exemplar_fuzzer(fuzz_model SOURCES fuzz_model.c USES sampler CORPUS model)
exemplar_fuzzer(fuzz_tokens SOURCES fuzz_tokens.c USES sampler CORPUS tokens)
exemplar_fuzzer(fuzz_classifier SOURCES fuzz_classifier.c USES sampler_model sampler CORPUS classifier)
exemplar_fuzzer(fuzz_bundle SOURCES fuzz_bundle.c USES sampler_model sampler CORPUS bundle)
