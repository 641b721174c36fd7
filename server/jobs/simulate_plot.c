#include "jobs/simulate_plot.h"

#include <math.h>
#include <stdio.h>

enum { WIDTH = 760, HEIGHT = 460, LEFT = 64, RIGHT = 590, TOP = 56, BOTTOM = 400, LOOKS = 8 };

/* Okabe & Ito 2008; yellow, too pale on white, is left out, and grey is for random. */
static const struct {
    const char *colour, *dashes;
} LOOK[LOOKS] = {
    {"#0072b2", "none"    },
    {"#d55e00", "8 3"     },
    {"#009e73", "2 3"     },
    {"#cc79a7", "10 3 2 3"},
    {"#56b4e9", "5 5"     },
    {"#e69f00", "12 4"    },
    {"#000000", "1 4"     },
    {"#7f3c8d", "6 2 1 2" },
};
static const char GREY[] = "#6b6b6b";

struct axes {
    double x_min, x_max; /* ln(labels) */
    double y_min, y_max; /* accuracy */
};

static double x_of(const struct axes *a, double labels)
{
    const double width = a->x_max > a->x_min ? a->x_max - a->x_min : 1;

    return LEFT + (log(labels) - a->x_min) / width * (RIGHT - LEFT);
}

static double y_of(const struct axes *a, double accuracy)
{
    return BOTTOM - (accuracy - a->y_min) / (a->y_max - a->y_min) * (BOTTOM - TOP);
}

static const char *colour_of(const struct sim_result *r, size_t s)
{
    return r->summary[s].strategy == SMP_RANDOM ? GREY : LOOK[s % LOOKS].colour;
}

/* Whole tenths around everything that is drawn. */
static struct axes axes_choose(const struct sim_result *r)
{
    struct axes a = {log((double)r->budgets[0]), log((double)r->budgets[r->n_budgets - 1]), 1,
                     0};

    for (size_t s = 0; s < r->n_strategies; s++) {
        for (size_t b = 0; b < r->n_budgets; b++) {
            double mean;
            double deviation;

            sim_spread(r, s, b, &mean, &deviation);
            a.y_min = fmin(a.y_min, mean - deviation);
            a.y_max = fmax(a.y_max, mean + deviation);
        }
    }
    a.y_min = fmax(0, floor(a.y_min * 10) / 10);
    a.y_max = fmin(1, ceil(a.y_max * 10) / 10);
    if (a.y_max <= a.y_min) a.y_max = a.y_min + 0.1;
    return a;
}

/* Text that came from outside, as XML. */
static enum err text_add(struct buf *b, const char *text)
{
    for (; *text; text++) {
        const char *instead = *text == '&'   ? "&amp;"
                              : *text == '<' ? "&lt;"
                              : *text == '>' ? "&gt;"
                                             : NULL;

        if ((unsigned char)*text < ' ') instead = " ";
        TRY(instead ? buf_adds(b, instead) : buf_add(b, text, 1));
    }
    return OK;
}

static enum err head_add(struct buf *b, const struct sim_result *r)
{
    TRY(buf_printf(
        b,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
        "height=\"%d\" role=\"img\" aria-labelledby=\"title description\" "
        "font-family=\"system-ui, sans-serif\" font-size=\"13\">\n<title id=\"title\">",
        WIDTH, HEIGHT, WIDTH, HEIGHT));
    TRY(text_add(b, r->dataset));
    TRY(buf_adds(b, ": accuracy on the test set over the number of labels</title>\n"
                    "<desc id=\"description\">"));
    for (size_t s = 0; s < r->n_strategies; s++) {
        double first;
        double last;
        double unused;

        sim_spread(r, s, 0, &first, &unused);
        sim_spread(r, s, r->n_budgets - 1, &last, &unused);
        TRY(buf_printf(b, "%s: %.1f %% at %zu labels, %.1f %% at %zu. ",
                       smp_strategy_name(r->summary[s].strategy), 100 * first, r->budgets[0],
                       100 * last, r->budgets[r->n_budgets - 1]));
    }
    TRY(buf_printf(b,
                   "Means of %zu seeds; the bands are one standard deviation to each "
                   "side.</desc>\n<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n<text "
                   "x=\"%d\" y=\"28\" font-size=\"17\" font-weight=\"600\" fill=\"#1a1a1a\">",
                   r->n_seeds, WIDTH, HEIGHT, LEFT));
    TRY(text_add(b, r->dataset));
    return buf_adds(b, ": accuracy by number of labels</text>\n");
}

static enum err grid_add(struct buf *b, const struct sim_result *r, const struct axes *a)
{
    const int lines = (int)lround((a->y_max - a->y_min) * 10);

    TRY(buf_adds(b, "<g fill=\"#3a3a3a\" stroke=\"none\">\n"));
    for (int i = 0; i <= lines; i++) {
        const double at = a->y_min + (double)i / 10;
        const double y = y_of(a, at);

        TRY(buf_printf(b,
                       "<path d=\"M%d %.1fH%d\" stroke=\"#dddddd\"/><text x=\"%d\" y=\"%.1f\" "
                       "text-anchor=\"end\">%.0f %%</text>\n",
                       LEFT, y, RIGHT, LEFT - 8, y + 4, 100 * at));
    }
    for (size_t i = 0; i < r->n_budgets; i++) {
        const double x = x_of(a, (double)r->budgets[i]);

        TRY(buf_printf(b,
                       "<path d=\"M%.1f %dv5\" stroke=\"#3a3a3a\"/><text x=\"%.1f\" y=\"%d\" "
                       "text-anchor=\"middle\">%zu</text>\n",
                       x, BOTTOM, x, BOTTOM + 20, r->budgets[i]));
    }
    return buf_printf(b,
                      "<path d=\"M%d %dH%d\" stroke=\"#3a3a3a\"/>\n<text x=\"%d\" y=\"%d\" "
                      "text-anchor=\"middle\">labels</text>\n</g>\n",
                      LEFT, BOTTOM, RIGHT, (LEFT + RIGHT) / 2, BOTTOM + 44);
}

static enum err band_add(struct buf *b, const struct sim_result *r, const struct axes *a,
                         size_t s)
{
    TRY(buf_printf(b, "<polygon fill=\"%s\" fill-opacity=\"0.14\" points=\"", colour_of(r, s)));
    for (size_t i = 0; i < 2 * r->n_budgets; i++) {
        const bool back = i >= r->n_budgets;
        const size_t at = back ? 2 * r->n_budgets - 1 - i : i;
        double mean;
        double deviation;

        sim_spread(r, s, at, &mean, &deviation);
        TRY(buf_printf(b, "%.1f,%.1f ", x_of(a, (double)r->budgets[at]),
                       y_of(a, back ? fmax(mean - deviation, a->y_min)
                                    : fmin(mean + deviation, a->y_max))));
    }
    return buf_adds(b, "\"/>\n");
}

static enum err line_add(struct buf *b, const struct sim_result *r, const struct axes *a,
                         size_t s)
{
    const double y = TOP + 20 * (double)s;
    const char *colour = colour_of(r, s);
    const char *dashes = LOOK[s % LOOKS].dashes;

    TRY(buf_printf(b,
                   "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" "
                   "stroke-dasharray=\"%s\" points=\"",
                   colour, dashes));
    for (size_t i = 0; i < r->n_budgets; i++) {
        double mean;
        double unused;

        sim_spread(r, s, i, &mean, &unused);
        TRY(buf_printf(b, "%.1f,%.1f ", x_of(a, (double)r->budgets[i]), y_of(a, mean)));
    }
    return buf_printf(b,
                      "\"/>\n<path d=\"M%d %.1fh34\" stroke=\"%s\" stroke-width=\"2\" "
                      "stroke-dasharray=\"%s\"/><text x=\"%d\" y=\"%.1f\" fill=\"#1a1a1a\">%s"
                      "</text>\n",
                      RIGHT + 20, y, colour, dashes, RIGHT + 62, y + 4,
                      smp_strategy_name(r->summary[s].strategy));
}

enum err sim_plot(struct buf *svg, const struct sim_result *r)
{
    const struct axes a = axes_choose(r);

    TRY(head_add(svg, r));
    TRY(grid_add(svg, r, &a));
    for (size_t s = 0; s < r->n_strategies; s++)
        TRY(band_add(svg, r, &a, s));
    for (size_t s = 0; s < r->n_strategies; s++)
        TRY(line_add(svg, r, &a, s));
    return buf_adds(svg, "</svg>\n");
}
