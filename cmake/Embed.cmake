# exemplar_embed(TARGET SYMBOL PREFIX FILES a.sql b.sql ...)
#
# A static library TARGET with the files in it, byte for byte, as the table of cmake/embedded.h:
#     extern const struct embedded_file PREFIX_FILES[];   extern const size_t PREFIX_N;
# The files are named in the order they are to appear in; a changed file is embedded again.
set(EXEMPLAR_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed_files.cmake)

function(exemplar_embed target)
  cmake_parse_arguments(E "" "SYMBOL" "FILES" ${ARGN})
  set(files "")
  foreach(file ${E_FILES})
    get_filename_component(file ${file} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
    list(APPEND files ${file})
  endforeach()
  list(JOIN files "|" names) # a list does not survive being an argument
  exemplar_embed_table(${target} DEPENDS ${files}
    ARGUMENTS -DKIND=files -DSYMBOL=${E_SYMBOL} -DFILES=${names})
endfunction()

# exemplar_embed_table(TARGET DEPENDS file... ARGUMENTS -D...): runs embed_files.cmake at build
# time and makes the library. The assembler file only names the bytes (.incbin), so it has to be
# assembled again whenever one of DEPENDS changes.
function(exemplar_embed_table target)
  cmake_parse_arguments(E "" "" "DEPENDS;ARGUMENTS" ${ARGN})
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${target})
  add_custom_command(
    OUTPUT ${out}_bytes.S ${out}_table.c
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} ${E_ARGUMENTS} -P ${EXEMPLAR_EMBED_SCRIPT}
    DEPENDS ${E_DEPENDS} ${EXEMPLAR_EMBED_SCRIPT}
    COMMENT "Embedding ${target}" VERBATIM)
  set_source_files_properties(${out}_bytes.S PROPERTIES OBJECT_DEPENDS "${E_DEPENDS}")
  add_library(${target} STATIC ${out}_bytes.S ${out}_table.c)
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR})
endfunction()
