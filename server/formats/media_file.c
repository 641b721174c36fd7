#include "formats/media_file.h"

#include <stdio.h>

void media_file_path(char path[PATH_MAX], const char *data_folder, const struct hash *hash,
                     enum media_file which)
{
    static const char *const ENDINGS[] = {
        [MEDIA_ORIGINAL] = "", [MEDIA_256] = ".256.jpg", [MEDIA_VIEW] = ".view.jpg"};
    char hex[HASH_HEX];

    hash_hex(hex, hash);
    snprintf(path, PATH_MAX, "%s/media/%.2s/%s%s", data_folder, hex, hex, ENDINGS[which]);
}
