/* Any bytes as an IDX file of labels and of pictures: refused, or every value it promises is
 * there to be read. */
#include "formats/idx.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static volatile unsigned sum;

    for (int kind = IDX_LABELS; kind <= IDX_IMAGES; kind++) {
        struct idx x;

        if (idx_parse(&x, data, size, (enum idx_kind)kind)) continue;
        const size_t n = x.n * x.width * x.height;

        if (x.values < data || n > size || x.values + n != data + size) abort();
        for (size_t i = 0; i < n; i++)
            sum += x.values[i];
        idx_free(&x);
    }
    (void)sum;
    return 0;
}
