foreach(name csv jsonl archive idx)
  exemplar_fuzzer(fuzz_${name} SOURCES fuzz_${name}.c USES formats CORPUS ${name})
endforeach()
exemplar_fuzzer(fuzz_project_archive SOURCES fuzz_project_archive.c USES formats CORPUS project_archive)
