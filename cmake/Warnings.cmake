# One warning-free standard for gcc and clang. NDEBUG stays undefined in every build type: an
# assert marks a caller's bug, and its cost vanishes beside SQLite and the matrix products.
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
foreach(type RELEASE RELWITHDEBINFO MINSIZEREL)
  string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_${type} "${CMAKE_C_FLAGS_${type}}")
endforeach()

add_compile_options(
  -Wall -Wextra -Wshadow -Wconversion -Wformat=2 -Wvla -Wundef -Wstrict-prototypes
  -Wmissing-prototypes -Wwrite-strings -Wdouble-promotion -Werror)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wlogical-op)
endif()
add_compile_definitions(_GNU_SOURCE)
if(NOT EXEMPLAR_SANITIZE AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  add_compile_options(-fstack-protector-strong -D_FORTIFY_SOURCE=2)
  add_link_options(-Wl,-z,relro,-z,now)
endif()

if(EXEMPLAR_SANITIZE)
  add_compile_options(-fsanitize=${EXEMPLAR_SANITIZE} -fno-omit-frame-pointer -g)
  add_link_options(-fsanitize=${EXEMPLAR_SANITIZE})
  if(EXEMPLAR_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=all)
  endif()
endif()
