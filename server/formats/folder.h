/* folder - every file below a folder, in the order of their names.
 *
 *     struct folder *f;
 *     struct folder_file file;
 *     TRY(folder_open(&f, "/home/ann/photos"));
 *     while (!(e = folder_next(f, &file)) && file.path) use(file.full, file.path, file.problem);
 *     folder_close(f);
 *
 * Names compare by bytes, so the order is the same on every machine. Hidden files are passed
 * over (kind_is_hidden). A link to a file inside the folder is followed; links to folders, and
 * links that lead out, are told as a problem, as are folders that cannot be read and what is
 * neither file nor folder. Memory: the names of the folders from the root to where it stands.
 * Threads: one at a time. */
#ifndef EXEMPLAR_FORMATS_FOLDER_H
#define EXEMPLAR_FORMATS_FOLDER_H

#include "base/err.h"

struct folder;

struct folder_file {
    const char *path;    /* below the root; NULL at the end */
    const char *full;    /* root and path; both valid until the next call */
    const char *problem; /* why it is not to be read, NULL if it is */
};

enum err folder_open(struct folder **out, const char *root) MUST_USE;
enum err folder_next(struct folder *f, struct folder_file *file) MUST_USE;
void folder_close(struct folder *f); /* NULL is fine */

#endif
