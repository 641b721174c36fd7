/* prepare - one entry of a source made ready to be an item: checked, hashed, measured, its media
 * files written. Called on many threads at once, one entry each.
 *
 *     p.entry = entry;                                  // as source_next() gave it
 *     prepare_hash(&p);
 *     prepare(&p, data_folder);
 *     if (p.reason[0]) report(p.reason); else item_add(s, &p.item, ...);
 *     prepared_free(&p); */
#ifndef EXEMPLAR_JOBS_PREPARE_H
#define EXEMPLAR_JOBS_PREPARE_H

#include "formats/source.h"
#include "store/item.h"

enum { PREPARE_REASON = 600 };

struct prepared {
    struct source_entry entry;
    struct item item; /* hash, format, n_bytes, sizes, renditions; path points into entry */
    int64_t known;    /* the item of the project that has these bytes already, 0: none */
    int n_files;      /* media files written */
    enum err failed;  /* ERR_IO: the disk, not the entry; the job cannot go on */
    char reason[PREPARE_REASON]; /* why it is refused, "" when it is not */
};

/* Hashes what the entry holds; for a text file after decoding it to UTF-8, which can refuse it. */
void prepare_hash(struct prepared *p, size_t text_max_bytes);

/* Everything else; nothing for what is refused or known already. */
void prepare(struct prepared *p, const char *data_folder);

void prepared_free(struct prepared *p);

#endif
