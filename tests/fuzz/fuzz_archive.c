/* Any bytes as the name of an archive's entry: what is let through stays inside and is UTF-8;
 * and as a file name: what comes out is one part of a path. */
#include "base/file.h"
#include "formats/name.h"
#include "formats/unpack.h"
#include "media/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *raw = calloc(1, size + 1);
    char name[UNPACK_NAME_MAX];
    char file[40];
    const char *problem;

    if (!raw) return 0;
    if (size) memcpy(raw, data, size);
    problem = unpack_name(name, raw);
    if (text_check(NULL, name, strlen(name))) abort();
    if (!problem && (path_is_inside(name) || name[1] == ':')) abort();
    name_to_file(file, sizeof file, raw);
    if (path_is_inside(file) || strchr(file, '/') || text_check(NULL, file, strlen(file)))
        abort();
    free(raw);
    return 0;
}
