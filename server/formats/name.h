/* name - file names from outside, made fit to be kept as text and to be written again. Pure. */
#ifndef EXEMPLAR_FORMATS_NAME_H
#define EXEMPLAR_FORMATS_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* Copies well-formed UTF-8 and puts U+FFFD for each byte that is not part of it. False when it
 * does not fit; `to` then holds what did. */
bool name_to_utf8(char *to, size_t room, const char *from);

/* A part of a path that every system takes: letters, digits, '-', '_', '.', ' ' and what is not
 * ASCII stay, anything else becomes '_'; never empty, never starting with a dot or ending in one
 * or a space; cut at a whole character to fit. */
void name_to_file(char *to, size_t room, const char *from);

/* Behind the last '/'. */
const char *name_base(const char *path);

#endif
