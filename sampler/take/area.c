#include "sampler/take/area.h"

/* Cells first .. end-1 of the input lie under one cell of the output. */
struct span {
    size_t first, end;
};

static struct span under(size_t cell, size_t in, size_t out)
{
    return (struct span){cell * in / out, ((cell + 1) * in + out - 1) / out};
}

/* How much of input cell `j` lies under output cell `cell`, in shares of which the output cell has
 * `in`: whole numbers, so exact. */
static double overlap(size_t j, size_t cell, size_t in, size_t out)
{
    const size_t low = j * out > cell * in ? j * out : cell * in;
    const size_t high = (j + 1) * out < (cell + 1) * in ? (j + 1) * out : (cell + 1) * in;

    return (double)(high - low);
}

static void mean_at(const struct smp_picture *p, const size_t cell[2], const size_t out[2],
                    double rgb[3])
{
    const struct span rows = under(cell[0], p->height, out[0]);
    const struct span columns = under(cell[1], p->width, out[1]);
    const double whole = (double)p->height * (double)p->width * 255;

    rgb[0] = rgb[1] = rgb[2] = 0;
    for (size_t y = rows.first; y < rows.end; y++) {
        const double tall = overlap(y, cell[0], p->height, out[0]);
        for (size_t x = columns.first; x < columns.end; x++) {
            const double share = tall * overlap(x, cell[1], p->width, out[1]);
            const uint8_t *pixel = p->pixels + (y * p->width + x) * 3;
            for (size_t c = 0; c < 3; c++)
                rgb[c] += share * pixel[c];
        }
    }
    for (size_t c = 0; c < 3; c++)
        rgb[c] /= whole;
}

void smp_area(const struct smp_picture *from, size_t out_h, size_t out_w, size_t channels,
              float *x)
{
    const size_t out[2] = {out_h, out_w};

    for (size_t i = 0; i < out_h * out_w; i++) {
        const size_t cell[2] = {i / out_w, i % out_w};
        double rgb[3];
        mean_at(from, cell, out, rgb);
        if (channels == 1)
            x[i] = (float)((SMP_AREA_RED * rgb[0] + SMP_AREA_GREEN * rgb[1] +
                            SMP_AREA_BLUE * rgb[2]) /
                           65536);
        else
            for (size_t c = 0; c < 3; c++)
                x[i * 3 + c] = (float)rgb[c];
    }
}
