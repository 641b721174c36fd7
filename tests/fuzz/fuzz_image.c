/* Any bytes through probe, decode, fit and encode, with small limits so that time goes into
 * parsing. A picture that decodes must be as large as its probe said. */
#include "media/image.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const struct image *im)
{
    struct image small;
    struct buf jpeg;

    buf_init(&jpeg, 1 << 20);
    if (!image_fit(&small, im, 24)) {
        assert(small.width <= 24 && small.height <= 24);
        assert(!image_encode_jpeg(&jpeg, &small, 80));
        image_free(&small);
    }
    buf_free(&jpeg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct image_limits limits = {.max_bytes = 1 << 20, .max_pixels = 256 * 256};
    struct image_info info;
    struct image im;
    enum err probed = image_probe(&info, data, size, &limits);
    enum err decoded = image_decode(&im, data, size, &limits, 0);

    assert(!probed || decoded == probed);
    if (!decoded) {
        assert(info.width == im.width && info.height == im.height);
        use(&im);
    }
    image_free(&im);
    if (!image_decode(&im, data, size, &limits, 16)) use(&im);
    image_free(&im);
    return 0;
}
