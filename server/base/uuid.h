/* uuid - the ids that clients make, so that a retry is known for what it is. Source: RFC 9562.
 */
#ifndef EXEMPLAR_BASE_UUID_H
#define EXEMPLAR_BASE_UUID_H

#include "base/err.h"

#include <stdint.h>

enum { UUID_TEXT = 37 };

struct uuid {
    uint8_t bytes[16];
};

void uuid_new(struct uuid *u); /* version 4: random */

/* Eight-four-four-four-twelve hexadecimal digits, either case, any version. */
enum err uuid_read(struct uuid *u, const char *text) MUST_USE;
void uuid_write(char text[UUID_TEXT], const struct uuid *u);

#endif
