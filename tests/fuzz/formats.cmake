foreach(name csv jsonl archive idx)
  exemplar_fuzzer(fuzz_${name} SOURCES fuzz_${name}.c USES formats CORPUS ${name})
endforeach()
