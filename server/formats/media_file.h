/* media_file - where the bytes of a picture lie in a data folder: media/ab/HASH and its
 * renditions, ab being the first two digits. Pure. */
#ifndef EXEMPLAR_FORMATS_MEDIA_FILE_H
#define EXEMPLAR_FORMATS_MEDIA_FILE_H

#include "base/hash.h"

#include <limits.h>

enum media_file {
    MEDIA_ORIGINAL, /* the bytes as they came */
    MEDIA_256,      /* at most 256 px a side, upright JPEG */
    MEDIA_VIEW      /* at most 2048 px a side, upright JPEG */
};

void media_file_path(char path[PATH_MAX], const char *data_folder, const struct hash *hash,
                     enum media_file which);

#endif
