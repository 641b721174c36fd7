#include "formats/name.h"

#include "media/text.h"

#include <ctype.h>
#include <string.h>

/* Bytes of the well-formed UTF-8 sequence at `from`, 0 if there is none. */
static size_t sequence(const char *from)
{
    for (size_t n = 1; n <= 4 && from[n - 1]; n++)
        if (!text_check(NULL, from, n)) return n;
    return 0;
}

bool name_to_utf8(char *to, size_t room, const char *from)
{
    size_t length = strlen(from);
    size_t at = 0;

    if (length < room && !text_check(NULL, from, length)) { /* nearly always */
        memcpy(to, from, length + 1);
        return true;
    }
    to[0] = '\0';
    while (*from) {
        size_t n = sequence(from);
        const char *piece = n ? from : "\xef\xbf\xbd";
        size_t n_piece = n ? n : 3;

        if (at + n_piece >= room) return false;
        memcpy(to + at, piece, n_piece);
        at += n_piece;
        to[at] = '\0';
        from += n ? n : 1;
    }
    return true;
}

static bool is_fit(char c)
{
    return (unsigned char)c >= 0x80 || isalnum((unsigned char)c) || strchr("-_. ", c);
}

void name_to_file(char *to, size_t room, const char *from)
{
    size_t n;

    name_to_utf8(to, room, from);
    n = strlen(to);
    for (size_t i = 0; i < n; i++)
        if (!is_fit(to[i])) to[i] = '_';
    if (to[0] == '.') to[0] = '_';
    while (n && (to[n - 1] == '.' || to[n - 1] == ' '))
        to[--n] = '\0';
    if (!n) memcpy(to, "_", 2);
}

const char *name_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}
