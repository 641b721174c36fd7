/* inside - faults that only the connection itself can be given. */
#ifndef EXEMPLAR_TESTS_INSIDE_H
#define EXEMPLAR_TESTS_INSIDE_H

#include "store/store.h"

/* From now on the database may not grow: the same SQLITE_FULL as a disk without room. */
void limit_pages(struct store *s);

/* Rolls the open transaction back as SQLite does by itself after some disk errors. */
void undo_behind_its_back(struct store *s);

#endif
