/* bench_idx IMAGES.gz LABELS.gz OUT [N]: the first N (all) pictures of an IDX pair, as
 * Fashion-MNIST comes, into OUT/CLASS/NNNNN.png. The PNGs are stored, not compressed, so the
 * program needs no library for them. Sources: yann.lecun.com/exdb/mnist, W3C PNG, RFC 1950. */
#include "base/arena.h"
#include "base/file.h"
#include "formats/unpack.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const CLASSES[] = {"t-shirt", "trouser", "pullover", "dress", "coat",
                                      "sandal",  "shirt",   "sneaker",  "bag",   "boot"};

enum { IMAGES_HEAD = 16, LABELS_HEAD = 8 };

static enum err unpacked(struct buf *b, const char *path)
{
    struct unpack *u;
    struct unpack_entry entry;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    enum err e;

    buf_init(b, 256 * MIB);
    if (fd < 0) return fail(ERR_IO, "%s: %m", path);
    e = unpack_open(&u, fd, UNPACK_ONE_FILE, &UNPACK_LIMITS_DEFAULT);
    if (!e) {
        e = unpack_next(u, &entry);
        if (!e) e = stream_read_all(b, unpack_stream(u));
        unpack_close(u);
    }
    close(fd);
    return e;
}

static uint32_t number_at(const char *bytes)
{
    const unsigned char *p = (const unsigned char *)bytes;

    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void number_put(unsigned char *to, uint32_t n)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(n >> (24 - 8 * i));
}

static uint32_t crc(const unsigned char *bytes, size_t n)
{
    uint32_t c = 0xffffffffu;

    for (size_t i = 0; i < n; i++) {
        c ^= bytes[i];
        for (int k = 0; k < 8; k++)
            c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1;
    }
    return ~c;
}

static enum err chunk_add(struct buf *png, const char *kind, const unsigned char *bytes,
                          size_t n)
{
    unsigned char body[8192];
    unsigned char number[4];

    memcpy(body, kind, 4);
    if (n) memcpy(body + 4, bytes, n);
    number_put(number, (uint32_t)n);
    TRY(buf_add(png, number, 4));
    TRY(buf_add(png, body, n + 4));
    number_put(number, crc(body, n + 4));
    return buf_add(png, number, 4);
}

/* One stored block: a filter byte 0 before each row. */
static size_t stored(unsigned char *to, const char *pixels, uint32_t w, uint32_t h)
{
    size_t n = (size_t)(w + 1) * h;
    uint32_t a = 1;
    uint32_t b = 0;
    unsigned char *raw = to + 7;

    memcpy(to,
           (const unsigned char[]){0x78, 1, 1, (unsigned char)n, (unsigned char)(n >> 8),
                                   (unsigned char)~n, (unsigned char)(~n >> 8)},
           7);
    for (uint32_t y = 0; y < h; y++) {
        raw[y * (w + 1)] = 0;
        memcpy(raw + y * (w + 1) + 1, pixels + y * w, w);
    }
    for (size_t i = 0; i < n; i++) {
        a = (a + raw[i]) % 65521;
        b = (b + a) % 65521;
    }
    number_put(raw + n, b << 16 | a);
    return n + 11;
}

static enum err png_make(struct buf *png, const char *pixels, uint32_t w, uint32_t h)
{
    unsigned char head[13] = {[8] = 8};
    unsigned char packed[8000];

    if ((w + 1) * h > sizeof packed - 11) return fail(ERR_TOO_LARGE, "more than 7,989 bytes");
    number_put(head, w);
    number_put(head + 4, h);
    buf_clear(png);
    TRY(buf_add(png, "\x89PNG\r\n\x1a\n", 8));
    TRY(chunk_add(png, "IHDR", head, sizeof head));
    TRY(chunk_add(png, "IDAT", packed, stored(packed, pixels, w, h)));
    return chunk_add(png, "IEND", NULL, 0);
}

static enum err pictures_write(const struct buf *images, const struct buf *labels,
                               const char *out, size_t most)
{
    uint32_t n = number_at(images->data + 4);
    uint32_t h = number_at(images->data + 8);
    uint32_t w = number_at(images->data + 12);
    struct buf png;

    buf_init(&png, MIB);
    for (uint32_t i = 0; i < n && i < most; i++) {
        int label = labels->data[LABELS_HEAD + i];
        char path[4096];

        snprintf(path, sizeof path, "%s/%s", out, CLASSES[label]);
        TRY(folder_make(path));
        TRY(png_make(&png, images->data + IMAGES_HEAD + (size_t)i * w * h, w, h));
        snprintf(path, sizeof path, "%s/%s/%05u.png", out, CLASSES[label], i);
        TRY(file_write_soon(path, png.data, png.size));
    }
    buf_free(&png);
    return OK;
}

int main(int argc, char **argv)
{
    struct buf images;
    struct buf labels;
    enum err e;

    if (argc < 4) {
        fprintf(stderr, "bench_idx IMAGES.gz LABELS.gz OUT [N]\n");
        return 2;
    }
    e = unpacked(&images, argv[1]);
    if (!e) e = unpacked(&labels, argv[2]);
    if (!e)
        e = pictures_write(&images, &labels, argv[3],
                           argc > 4 ? strtoul(argv[4], NULL, 10) : SIZE_MAX);
    if (e) fprintf(stderr, "%s\n", err_message());
    buf_free(&images);
    buf_free(&labels);
    return e != OK;
}
