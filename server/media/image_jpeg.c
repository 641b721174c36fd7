/* JPEG by libjpeg-turbo. Its error handlers exit() by default; ours keep a sentence and jump back.
 * The functions that call setjmp() hold nothing in locals that change after it. */
#include "media/exif.h"
#include "media/image_codec.h"

#include <assert.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

/* after jpeglib.h, on whose configuration its list depends */
#include <jerror.h>

enum {
    /* Encoders write 1 to about 15; each scan costs a pass over all the coefficients, so that
     * a small file of empty scans could keep a core busy for minutes. */
    SCANS_MAX = 100,
    /* For tables, row buffers and the padding of tiny or very narrow pictures. */
    MEMORY_BASE = 32 << 20,
    APP1 = JPEG_APP0 + 1,
};

/* First member of both jobs, so that libjpeg's pointer to `base` is a pointer to them. */
struct jpeg_errors {
    struct jpeg_error_mgr base;
    jmp_buf escape;
    enum err code;
};

struct jpeg_reader {
    struct jpeg_errors errors;
    struct jpeg_decompress_struct c;
    struct jpeg_progress_mgr progress;
    bool has_ended;           /* the bytes ran out before the end marker */
    unsigned components_seen; /* bit i: some scan held component i */
};

struct jpeg_writer {
    struct jpeg_errors errors;
    struct jpeg_compress_struct c;
    struct jpeg_destination_mgr to;
    struct buf *out;
    JOCTET chunk[16 * 1024];
};

__attribute__((noreturn)) static void leave(j_common_ptr c, enum err code)
{
    struct jpeg_errors *errors = (struct jpeg_errors *)c->err;

    errors->code = code;
    longjmp(errors->escape, 1);
}

static enum err sentence_of(j_common_ptr c)
{
    char message[JMSG_LENGTH_MAX];

    switch (c->err->msg_code) {
    case JERR_BAD_PRECISION:
        return fail(ERR_INVALID, "a %d-bit JPEG is not supported; save it as 8-bit",
                    c->err->msg_parm.i[0]);
    case JERR_SOF_UNSUPPORTED:
        return fail(
            ERR_INVALID,
            "a lossless or hierarchical JPEG (SOF type 0x%02x) is not supported; save it "
            "as baseline or progressive",
            c->err->msg_parm.i[0]);
    case JERR_OUT_OF_MEMORY:
    case JERR_NO_BACKING_STORE:
        return fail(ERR_NOMEM, "out of memory for the JPEG");
    case JERR_NO_IMAGE:
    case JERR_SOF_NO_SOS:
        return fail(ERR_INVALID, "the JPEG ends before its picture begins");
    default:
        c->err->format_message(c, message);
        return fail(ERR_INVALID, "the JPEG is damaged: %s", message);
    }
}

static void on_error(j_common_ptr c)
{
    leave(c, sentence_of(c));
}

static enum err refuse_missing_pixels(struct jpeg_reader *r)
{
    j_decompress_ptr c = &r->c;
    const char *what = r->has_ended ? "truncated" : "damaged";
    char message[JMSG_LENGTH_MAX];

    c->err->format_message((j_common_ptr)c, message);
    if (!c->output_height || jpeg_has_multiple_scans(c))
        return fail(ERR_INVALID, "the JPEG is %s in scan %d: %s", what, c->input_scan_number,
                    message);
    return fail(ERR_INVALID, "the JPEG is %s after about %u of %u rows: %s", what,
                (unsigned)((uint64_t)c->output_scanline * c->image_height / c->output_height),
                c->image_height, message);
}

/* libjpeg warns where pixels are lost and goes on with grey ones. */
static void on_warning(j_common_ptr c, int level)
{
    struct jpeg_reader *r;

    if (level >= 0 || !c->is_decompressor) return;
    r = (struct jpeg_reader *)c->err;
    switch (c->err->msg_code) {
    case JWRN_JPEG_EOF:
        r->has_ended = true;
        break;
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
        leave(c, refuse_missing_pixels(r));
    default:
        break;
    }
}

/* Called as the scans of a progressive picture are read. */
static void on_progress(j_common_ptr common)
{
    struct jpeg_reader *r = (struct jpeg_reader *)common->err;

    if (r->c.input_scan_number > SCANS_MAX)
        leave(common, fail(ERR_TOO_LARGE,
                           "more than the limit of %d scans in a progressive JPEG", SCANS_MAX));
    for (int i = 0; i < r->c.comps_in_scan; i++)
        r->components_seen |= 1U << r->c.cur_comp_info[i]->component_index;
}

static struct jpeg_error_mgr *errors_init(struct jpeg_errors *errors)
{
    jpeg_std_error(&errors->base);
    errors->base.error_exit = on_error;
    errors->base.emit_message = on_warning;
    return &errors->base;
}

/* Up to the first scan. */
static void read_header(struct jpeg_reader *r, const uint8_t *bytes, size_t n)
{
    jpeg_create_decompress(&r->c);
    jpeg_mem_src(&r->c, bytes, n);
    jpeg_save_markers(&r->c, APP1, 0xffff);
    jpeg_read_header(&r->c, TRUE);
    if (r->c.data_precision != 8)
        leave((j_common_ptr)&r->c,
              fail(ERR_INVALID, "a %d-bit JPEG is not supported; save it as 8-bit",
                   r->c.data_precision));
}

static int orientation_of(const struct jpeg_decompress_struct *c)
{
    for (jpeg_saved_marker_ptr m = c->marker_list; m; m = m->next)
        if (m->marker == APP1 && m->data_length >= 6 && !memcmp(m->data, "Exif\0\0", 6))
            return exif_orientation(m->data, m->data_length);
    return 1;
}

static bool is_ink(J_COLOR_SPACE space)
{
    return space == JCS_CMYK || space == JCS_YCCK;
}

static enum err probe_guarded(struct jpeg_reader *r, struct image_info *info,
                              const uint8_t *bytes, size_t n)
{
    if (setjmp(r->errors.escape)) return r->errors.code;
    read_header(r, bytes, n);
    info->width = r->c.image_width;
    info->height = r->c.image_height;
    info->orientation = orientation_of(&r->c);
    info->browser_safe = !is_ink(r->c.jpeg_color_space) && !r->c.arith_code;
    return OK;
}

enum err image_jpeg_probe(struct image_info *info, const uint8_t *bytes, size_t n)
{
    struct jpeg_reader r = {0};
    enum err e;

    r.c.err = errors_init(&r.errors);
    e = probe_guarded(&r, info, bytes, n);
    jpeg_destroy_decompress(&r.c);
    return e;
}

static enum err choose_colours(j_decompress_ptr c)
{
    switch (c->jpeg_color_space) {
    case JCS_GRAYSCALE:
        c->out_color_space = JCS_GRAYSCALE;
        return OK;
    case JCS_YCbCr:
    case JCS_RGB:
        c->out_color_space = JCS_RGB;
        return OK;
    case JCS_CMYK:
    case JCS_YCCK:
        c->out_color_space = JCS_CMYK;
        return OK;
    default:
        return fail(ERR_INVALID,
                    "a JPEG of %d colour components is not supported; save it as gray or RGB",
                    c->num_components);
    }
}

/* 1/8, 1/4 and 1/2 have fast inverse transforms; the steps between are slower than they save. */
static unsigned choose_shrinking(uint32_t width, uint32_t height, uint32_t at_least_px)
{
    uint32_t shorter = width < height ? width : height;
    unsigned by = 8;

    if (!at_least_px) return 1;
    while (by > 1 && (shorter + by - 1) / by < at_least_px)
        by /= 2;
    return by;
}

static enum err check_components(const struct jpeg_reader *r)
{
    if (!jpeg_has_multiple_scans((j_decompress_ptr)&r->c)) return OK;
    if (r->has_ended)
        return fail(ERR_INVALID, "the JPEG is truncated in scan %d", r->c.input_scan_number);
    for (int i = 0; i < r->c.num_components; i++)
        if (!(r->components_seen & 1U << i) || (r->c.coef_bits && r->c.coef_bits[i][0] < 0))
            return fail(ERR_INVALID, "the JPEG lacks the scan of colour component %d of %d",
                        i + 1, r->c.num_components);
    return OK;
}

/* (n, 4) inks -> (n, 3) in place. Adobe's files, which are nearly all, store 255 for no ink. */
static void ink_to_rgb(uint8_t *row, size_t n, bool is_inverted)
{
    uint8_t flip = is_inverted ? 0 : 255;

    for (size_t x = 0; x < n; x++) {
        unsigned black = row[4 * x + 3] ^ flip;

        for (size_t c = 0; c < 3; c++)
            row[3 * x + c] = (uint8_t)(((row[4 * x + c] ^ flip) * black + 127) / 255);
    }
}

static void start(struct jpeg_reader *r, uint32_t at_least_px)
{
    j_decompress_ptr c = &r->c;
    enum err e = choose_colours(c);

    if (e) leave((j_common_ptr)c, e);
    c->scale_num = 1;
    c->scale_denom = choose_shrinking(c->image_width, c->image_height, at_least_px);
    /* Two bytes for each coefficient of up to four components, when there are several scans. */
    c->mem->max_memory_to_use =
        (long)((uint64_t)c->image_width * c->image_height * 8 + MEMORY_BASE);
    r->progress.progress_monitor = on_progress;
    c->progress = &r->progress;
    jpeg_start_decompress(c);
    e = check_components(r);
    if (e) leave((j_common_ptr)c, e);
}

static void read_rows(struct jpeg_reader *r, struct image *out, int orientation)
{
    j_decompress_ptr c = &r->c;
    JSAMPARRAY row = c->mem->alloc_sarray(
        (j_common_ptr)c, JPOOL_IMAGE, c->output_width * (JDIMENSION)c->output_components, 1);

    while (c->output_scanline < c->output_height) {
        uint32_t y = c->output_scanline;

        jpeg_read_scanlines(c, row, 1);
        if (c->out_color_space == JCS_CMYK)
            ink_to_rgb(row[0], c->output_width, c->saw_Adobe_marker);
        image_put_row(out, orientation, y, row[0]);
    }
}

static enum err decode_guarded(struct jpeg_reader *r, struct image *out, const uint8_t *bytes,
                               size_t n, int orientation, uint32_t at_least_px)
{
    if (setjmp(r->errors.escape)) return r->errors.code;
    read_header(r, bytes, n);
    start(r, at_least_px);
    TRY(image_new(out, r->c.output_width, r->c.output_height,
                  r->c.out_color_space == JCS_GRAYSCALE ? 1 : 3, orientation));
    read_rows(r, out, orientation);
    /* an arithmetic decoder takes zeros behind the end without a word: T.81, D.2.6 */
    if (r->has_ended && r->c.arith_code)
        return fail(ERR_INVALID, "the JPEG is truncated: its end marker is missing");
    return OK;
}

enum err image_jpeg_decode(struct image *out, const uint8_t *bytes, size_t n,
                           const struct image_info *info, uint32_t at_least_px)
{
    struct jpeg_reader r = {0};
    enum err e;

    r.c.err = errors_init(&r.errors);
    e = decode_guarded(&r, out, bytes, n, info->orientation, at_least_px);
    jpeg_destroy_decompress(&r.c);
    if (e) image_free(out);
    return e;
}

static void on_destination_start(j_compress_ptr c)
{
    struct jpeg_writer *w = (struct jpeg_writer *)c->err;

    w->to.next_output_byte = w->chunk;
    w->to.free_in_buffer = sizeof w->chunk;
}

static void write_chunk(j_compress_ptr c, size_t n)
{
    struct jpeg_writer *w = (struct jpeg_writer *)c->err;
    enum err e = buf_add(w->out, w->chunk, n);

    if (e) leave((j_common_ptr)c, e);
}

static boolean on_destination_full(j_compress_ptr c)
{
    /* The whole chunk, whatever free_in_buffer says: libjpeg's rule. */
    write_chunk(c, sizeof((struct jpeg_writer *)c->err)->chunk);
    on_destination_start(c);
    return TRUE;
}

static void on_destination_end(j_compress_ptr c)
{
    struct jpeg_writer *w = (struct jpeg_writer *)c->err;

    write_chunk(c, sizeof w->chunk - w->to.free_in_buffer);
}

static enum err encode_guarded(struct jpeg_writer *w, const struct image *im, int quality)
{
    j_compress_ptr c = &w->c;

    if (setjmp(w->errors.escape)) return w->errors.code;
    jpeg_create_compress(c);
    c->dest = &w->to;
    c->image_width = im->width;
    c->image_height = im->height;
    c->input_components = im->channels;
    c->in_color_space = im->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(c);
    jpeg_set_quality(c, quality, TRUE);
    if (quality >= 90) c->comp_info[0].h_samp_factor = c->comp_info[0].v_samp_factor = 1;
    jpeg_start_compress(c, TRUE);
    while (c->next_scanline < c->image_height) {
        JSAMPROW row = im->pixels + (size_t)c->next_scanline * im->width * (size_t)im->channels;
        jpeg_write_scanlines(c, &row, 1);
    }
    jpeg_finish_compress(c);
    return OK;
}

enum err image_encode_jpeg(struct buf *out, const struct image *im, int quality)
{
    struct jpeg_writer w = {.out = out};
    size_t n_before = out->size;
    enum err e;

    assert(im->pixels && quality >= 1 && quality <= 100);
    if (im->width > JPEG_MAX_DIMENSION || im->height > JPEG_MAX_DIMENSION)
        return fail(ERR_INVALID, "%u x %u pixels do not fit into a JPEG of at most %ld a side",
                    im->width, im->height, JPEG_MAX_DIMENSION);
    w.to.init_destination = on_destination_start;
    w.to.empty_output_buffer = on_destination_full;
    w.to.term_destination = on_destination_end;
    w.c.err = errors_init(&w.errors);
    e = encode_guarded(&w, im, quality);
    jpeg_destroy_compress(&w.c);
    if (e && out->data) {
        out->size = n_before;
        out->data[n_before] = '\0';
    }
    return e;
}
