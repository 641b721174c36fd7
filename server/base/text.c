#include "base/text.h"

#include <string.h>

int text_same(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}
