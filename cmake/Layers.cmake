# exemplar_layer(NAME SOURCES a.c b.c USES layer... LIBRARIES PkgConfig::x ...)
#
# One folder of server/ is one static library. A layer links only what it may include, so that a
# call against the order of docs/decisions/001-layers.md fails to link in that layer's tests.
function(exemplar_layer name)
  cmake_parse_arguments(L "" "" "SOURCES;USES;LIBRARIES" ${ARGN})
  add_library(${name} STATIC ${L_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/server ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${L_USES} PRIVATE ${L_LIBRARIES})
endfunction()

# What a preset's tests need and no more: tsan runs those labelled threads, fuzz the fuzzers.
add_custom_target(threads_tests)
add_custom_target(fuzzers)

# exemplar_test(NAME SOURCES test_x.c USES layer... LABELS unit): a cmocka program and its ctest entry.
function(exemplar_test name)
  cmake_parse_arguments(T "" "TIMEOUT" "SOURCES;USES;LABELS;LIBRARIES" ${ARGN})
  add_executable(${name} ${T_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${T_USES} PkgConfig::cmocka ${T_LIBRARIES} Threads::Threads m)
  add_test(NAME ${name} COMMAND ${name})
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 600) # a test that hangs, not one on a slow machine
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${T_LABELS}" TIMEOUT ${T_TIMEOUT})
  if("threads" IN_LIST T_LABELS)
    add_dependencies(threads_tests ${name})
  endif()
endfunction()

# exemplar_fuzzer(NAME SOURCES fuzz_x.c USES layer... CORPUS folder)
#
# Under the fuzz preset: a libFuzzer program, run for a few seconds from ctest. Everywhere else the
# same source is linked with tests/fuzz/replay.c and every file of the corpus is replayed once.
function(exemplar_fuzzer name)
  cmake_parse_arguments(F "" "CORPUS" "SOURCES;USES" ${ARGN})
  set(corpus ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${F_CORPUS})
  if(EXEMPLAR_FUZZ)
    add_executable(${name} ${F_SOURCES})
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    add_test(NAME ${name} COMMAND ${CMAKE_SOURCE_DIR}/tests/fuzz/run.sh $<TARGET_FILE:${name}> ${corpus})
  else()
    add_executable(${name} ${F_SOURCES} ${CMAKE_SOURCE_DIR}/tests/fuzz/replay.c)
    add_test(NAME ${name} COMMAND ${name} ${corpus})
  endif()
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${F_USES} Threads::Threads m)
  set_tests_properties(${name} PROPERTIES LABELS fuzz TIMEOUT 900)
  add_dependencies(fuzzers ${name})
endfunction()
