/* Any bytes as a file of text. What is accepted is UTF-8, and an offset at its end, in any
 * unit, converts to the counts and back. */
#include "media/text.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void convert(const struct buf *text, size_t n_code_points)
{
    for (size_t i = 0; i <= n_code_points && i < 64; i++)
        for (int unit = TEXT_BYTES; unit <= TEXT_UTF16; unit++) {
            size_t at[3] = {i, n_code_points, i / 2};
            enum err e = text_offsets(at, 3, TEXT_CODE_POINTS, (enum text_unit)unit, text->data,
                                      text->size);
            assert(!e && at[0] <= at[1] && at[2] <= at[0]);
            e = text_offsets(at, 3, (enum text_unit)unit, TEXT_CODE_POINTS, text->data,
                             text->size);
            assert(!e && at[0] == i && at[1] == n_code_points && at[2] == i / 2);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text_info info;
    struct buf text;

    buf_init(&text, 1 << 20);
    if (!text_decode(&text, data, size) && text.size) {
        enum err e = text_check(&info, text.data, text.size);

        assert(!e && info.n_bytes == text.size);
        assert(info.n_graphemes <= info.n_code_points && info.n_code_points <= info.n_bytes);
        assert(!memchr(text.data, 0, text.size));
        convert(&text, info.n_code_points);
    }
    buf_free(&text);
    return 0;
}
