foreach(part image exif text)
  exemplar_fuzzer(fuzz_${part} SOURCES fuzz_${part}.c USES media base CORPUS ${part})
endforeach()
