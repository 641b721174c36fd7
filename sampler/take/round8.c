#include "sampler/take/round8.h"

#include <math.h>

static float column_scale(const float *w, size_t rows, size_t columns, size_t c)
{
    float most = 0;

    for (size_t r = 0; r < rows; r++)
        most = fmaxf(most, fabsf(w[r * columns + c]));
    return most / 127;
}

static int8_t rounded(float w, float scale)
{
    const float q = scale > 0 ? roundf(w / scale) : 0;

    return (int8_t)fminf(127, fmaxf(-127, q));
}

void smp_round8_parts(const float *w, size_t rows, size_t columns, int8_t *q, float *scale)
{
    for (size_t c = 0; c < columns; c++) {
        scale[c] = column_scale(w, rows, columns, c);
        for (size_t r = 0; r < rows; r++)
            q[r * columns + c] = rounded(w[r * columns + c], scale[c]);
    }
}

void smp_round8(float *w, size_t rows, size_t columns)
{
    for (size_t c = 0; c < columns; c++) {
        const float scale = column_scale(w, rows, columns, c);
        for (size_t r = 0; r < rows; r++)
            w[r * columns + c] = scale * (float)rounded(w[r * columns + c], scale);
    }
}
