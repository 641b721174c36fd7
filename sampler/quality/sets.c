#include "sampler/quality/sets.h"

double smp_masi(const uint8_t *a, const uint8_t *b, size_t n_classes)
{
    size_t both = 0;
    size_t only_a = 0;
    size_t only_b = 0;
    double alike = 1.0 / 3;

    for (size_t k = 0; k < n_classes; k++) {
        both += a[k] && b[k];
        only_a += a[k] && !b[k];
        only_b += !a[k] && b[k];
    }
    if (!only_a && !only_b) return 0;
    if (!only_a || !only_b) alike = 2.0 / 3;
    return 1 - alike * (double)both / (double)(both + only_a + only_b);
}
