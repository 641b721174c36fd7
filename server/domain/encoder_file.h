/* encoder_file - the weights of an encoder: its file models/encoder-ID.bin, and one in memory that
 * several hold.
 *
 *     TRY(encoder_file_read(data_folder, id, &enc));           // one's own: smp_encoder_free(enc)
 *
 *     TRY(encoder_load(data_folder, id, &e));                  // or shared:
 *     smp_encoder_encode_images(encoder_weights(e), ...);
 *     other = encoder_hold(e);                                 // one more holder
 *     encoder_drop(other); encoder_drop(e);                    // the last one frees it
 *
 * Reading checks the file's checksum and that its golden items get the latents they got when it was
 * learned (sampler/encoder.h): some 20 to 100 ms. ERR_CORRUPT with a sentence when it is not what was
 * written, ERR_NOT_FOUND. Immutable. Threads: any. */
#ifndef EXEMPLAR_DOMAIN_ENCODER_FILE_H
#define EXEMPLAR_DOMAIN_ENCODER_FILE_H

#include "base/err.h"
#include "sampler/encoder.h"

#include <stddef.h>
#include <stdint.h>

void encoder_file_path(char *path, size_t size, const char *data_folder, int64_t encoder_id);

enum err encoder_file_read(const char *data_folder, int64_t encoder_id,
                           struct smp_encoder **enc) MUST_USE;

struct loaded_encoder;

enum err encoder_load(const char *data_folder, int64_t encoder_id,
                      struct loaded_encoder **out) MUST_USE;

/* Takes over `enc`, which is freed on failure too. */
enum err encoder_share(struct smp_encoder *enc, int64_t encoder_id,
                       struct loaded_encoder **out) MUST_USE;

struct loaded_encoder *encoder_hold(struct loaded_encoder *e);
void encoder_drop(struct loaded_encoder *e); /* NULL is fine */

const struct smp_encoder *encoder_weights(const struct loaded_encoder *e);
int64_t encoder_loaded_id(const struct loaded_encoder *e);

#endif
