#include "jobs/prepare.h"

#include "base/file.h"
#include "formats/media_file.h"
#include "media/image.h"
#include "media/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
    THUMBNAIL_SIDE = 256,
    THUMBNAIL_FROM = 320, /* below, the picture itself is as quick to show */
    VIEW_SIDE = 2048,
    THUMBNAIL_QUALITY = 85,
    VIEW_QUALITY = 90
};

static void refuse(struct prepared *p)
{
    snprintf(p->reason, sizeof p->reason, "%s", err_message());
}

/* In place of the file's bytes: their text as UTF-8. */
static void text_file_decode(struct prepared *p, size_t text_max_bytes)
{
    struct buf text;

    buf_init(&text, text_max_bytes);
    if (text_decode(&text, p->entry.bytes.data, p->entry.bytes.size)) {
        refuse(p);
        buf_free(&text);
        return;
    }
    buf_free(&p->entry.bytes);
    p->entry.bytes = text;
}

static bool is_picture(const struct prepared *p)
{
    return p->entry.kind == SOURCE_FILE &&
           image_format_of(p->entry.bytes.data, p->entry.bytes.size) != IMAGE_UNKNOWN;
}

void prepare_hash(struct prepared *p, size_t text_max_bytes)
{
    if (p->entry.kind == SOURCE_REFUSED) {
        snprintf(p->reason, sizeof p->reason, "%s", p->entry.reason);
        return;
    }
    p->item.format = "text/plain";
    if (is_picture(p))
        p->item.format = NULL;
    else if (p->entry.kind == SOURCE_FILE)
        text_file_decode(p, text_max_bytes);
    if (p->reason[0]) return;
    hash_of(&p->item.hash, p->entry.bytes.data, p->entry.bytes.size);
    p->item.n_bytes = (int64_t)p->entry.bytes.size;
    p->item.path = p->entry.path;
}

static bool is_blank(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isspace((unsigned char)text[i])) return false;
    return true;
}

static void prepare_text(struct prepared *p)
{
    struct text_info info;

    if (is_blank(p->entry.bytes.data, p->entry.bytes.size))
        snprintf(p->reason, sizeof p->reason, "the text is empty");
    else if (text_check(&info, p->entry.bytes.data, p->entry.bytes.size))
        refuse(p);
    else
        p->item.n_chars = (int64_t)info.n_code_points;
}

/* Writes a media file that is not there yet; the same content has the same name. Its folder is
 * nearly always there: there are 256. */
static enum err media_write(struct prepared *p, const char *data_folder, enum media_file which,
                            const void *bytes, size_t n)
{
    char path[PATH_MAX];
    char folder[PATH_MAX];
    enum err e;

    media_file_path(path, data_folder, &p->item.hash, which);
    if (file_exists(path)) return OK;
    p->n_files++;
    e = file_write_soon(path, bytes, n);
    if (e != ERR_NOT_FOUND) return e;
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    TRY(folder_make(folder));
    return file_write_soon(path, bytes, n);
}

static enum err rendition_write(struct prepared *p, const char *data_folder,
                                const struct image *full, enum media_file which)
{
    struct image small;
    struct buf jpeg;
    enum err e;

    TRY(image_fit(&small, full, which == MEDIA_VIEW ? VIEW_SIDE : THUMBNAIL_SIDE));
    buf_init(&jpeg, 64 * MIB);
    e = image_encode_jpeg(&jpeg, &small,
                          which == MEDIA_VIEW ? VIEW_QUALITY : THUMBNAIL_QUALITY);
    image_free(&small);
    if (!e) e = media_write(p, data_folder, which, jpeg.data, jpeg.size);
    buf_free(&jpeg);
    return e;
}

static enum err files_write(struct prepared *p, const char *data_folder,
                            const struct image *full, const struct image_info *info)
{
    uint32_t side = info->width > info->height ? info->width : info->height;

    if (side > THUMBNAIL_FROM || !info->browser_safe) {
        TRY(rendition_write(p, data_folder, full, MEDIA_256));
        p->item.renditions |= RENDITION_256;
    }
    if (side > VIEW_SIDE || !info->browser_safe) {
        TRY(rendition_write(p, data_folder, full, MEDIA_VIEW));
        p->item.renditions |= RENDITION_VIEW;
    }
    return media_write(p, data_folder, MEDIA_ORIGINAL, p->entry.bytes.data,
                       p->entry.bytes.size);
}

static void prepare_picture(struct prepared *p, const char *data_folder)
{
    const struct buf *bytes = &p->entry.bytes;
    struct image_info info;
    struct image full;

    if (image_probe(&info, bytes->data, bytes->size, NULL) ||
        image_decode(&full, bytes->data, bytes->size, NULL, 0)) {
        refuse(p);
        return;
    }
    p->item.format = image_mime(info.format);
    p->item.width = info.width;
    p->item.height = info.height;
    p->failed = files_write(p, data_folder, &full, &info);
    if (p->failed) refuse(p);
    image_free(&full);
}

void prepare(struct prepared *p, const char *data_folder)
{
    if (p->reason[0] || p->known) return;
    if (p->item.format)
        prepare_text(p);
    else
        prepare_picture(p, data_folder);
}

void prepared_free(struct prepared *p)
{
    source_entry_free(&p->entry);
    *p = (struct prepared){0};
}
