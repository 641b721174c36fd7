/* Any bytes as an EXIF block: an orientation from 1 to 8, and nothing read beyond the end. */
#include "media/exif.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int orientation = exif_orientation(data, size);

    assert(orientation >= 1 && orientation <= 8);
    return 0;
}
