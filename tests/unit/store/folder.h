/* folder - a data folder of a test's own, and raw SQL on its database. */
#ifndef EXEMPLAR_TESTS_FOLDER_H
#define EXEMPLAR_TESTS_FOLDER_H

#include <stddef.h>
#include <stdint.h>

struct folder {
    char path[64];
};

void folder_new(struct folder *f);
void folder_remove(struct folder *f); /* with all that is in it */

/* Runs SQL past the program, as somebody with the file would; the test fails if it fails. */
void folder_sql(const struct folder *f, const char *sql);
/* The same, which the database itself refuses with these words. */
void folder_sql_refused(const struct folder *f, const char *sql, const char *words);
/* The first column of the first row as a number, 0 when there is none. */
int64_t folder_number(const struct folder *f, const char *sql);

#endif
