#include "domain/encoder_file.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "domain/smp.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { PATH = 4096 };
static const size_t FILE_BYTES_MAX = 256 * MIB;

struct loaded_encoder {
    atomic_size_t holders;
    int64_t id;
    struct smp_encoder *weights;
};

void encoder_file_path(char *path, size_t size, const char *data_folder, int64_t encoder_id)
{
    snprintf(path, size, "%s/models/encoder-%lld.bin", data_folder, (long long)encoder_id);
}

enum err encoder_file_read(const char *data_folder, int64_t encoder_id,
                           struct smp_encoder **enc)
{
    char path[PATH];
    struct buf bytes;
    enum err e;

    encoder_file_path(path, sizeof path, data_folder, encoder_id);
    buf_init(&bytes, FILE_BYTES_MAX);
    e = file_read(&bytes, path);
    if (!e) e = smp_err(smp_encoder_load((const uint8_t *)bytes.data, bytes.size, enc));
    buf_free(&bytes);
    return e ? fail_in(e, "%s", path) : OK;
}

enum err encoder_share(struct smp_encoder *enc, int64_t encoder_id, struct loaded_encoder **out)
{
    struct loaded_encoder *e = calloc(1, sizeof *e);

    *out = e;
    if (!e) {
        smp_encoder_free(enc);
        return fail_nomem();
    }
    atomic_init(&e->holders, 1);
    e->id = encoder_id;
    e->weights = enc;
    return OK;
}

enum err encoder_load(const char *data_folder, int64_t encoder_id, struct loaded_encoder **out)
{
    struct smp_encoder *enc;

    *out = NULL;
    TRY(encoder_file_read(data_folder, encoder_id, &enc));
    return encoder_share(enc, encoder_id, out);
}

struct loaded_encoder *encoder_hold(struct loaded_encoder *e)
{
    atomic_fetch_add(&e->holders, 1);
    return e;
}

void encoder_drop(struct loaded_encoder *e)
{
    if (!e || atomic_fetch_sub(&e->holders, 1) > 1) return;
    smp_encoder_free(e->weights);
    free(e);
}

const struct smp_encoder *encoder_weights(const struct loaded_encoder *e)
{
    return e->weights;
}

int64_t encoder_loaded_id(const struct loaded_encoder *e)
{
    return e->id;
}
