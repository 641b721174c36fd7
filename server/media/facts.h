/* facts - what can be said of a picture or a text without knowing what it shows: for telling blank ones,
 * odd ones, and such that give a class away by something beside the point.
 *
 *     struct picture_facts f;
 *     TRY(picture_facts(&f, &image));          // of its pixels: upright, any size
 *     struct camera_facts c = camera_facts(bytes, n);      // of a JPEG's EXIF
 *     struct text_facts t = text_facts(text, n);           // of valid UTF-8
 *
 * Shares and levels are 0..1. Same input, same numbers. Threads: any. Sources: luma ITU-R BT.601; colour
 * Hasler & Suesstrunk 2003, "Measuring colourfulness in natural images", over 255; Exif 2.32 (tags 0x010f,
 * 0x0110, 0x9003). */
#ifndef EXEMPLAR_MEDIA_FACTS_H
#define EXEMPLAR_MEDIA_FACTS_H

#include "media/image.h"

enum { FACTS_SIDE = 128, CAMERA_CHARS = 64 };

/* Of the picture made to fit FACTS_SIDE x FACTS_SIDE. */
struct picture_facts {
    double brightness; /* mean luma */
    double contrast;   /* its standard deviation */
    double flat;       /* share of pixels within 8/255 of the median luma: 1 is one tone */
    double colour;     /* colourfulness: 0 grey; 0.1 a bit; 0.4 very */
    double rim;        /* mean luma of the outer 4 % of each side, a pixel at least */
    double rim_spread; /* its standard deviation */
    double corner
        [4]; /* mean luma of an eighth of each side: top left and right, bottom left and right */
};
enum err picture_facts(struct picture_facts *f, const struct image *im) MUST_USE;

/* One tone: nothing to be seen. 99 % within 8/255 of each other. */
bool picture_is_blank(const struct picture_facts *f);

struct camera_facts {
    char name[CAMERA_CHARS]; /* maker and model; "" when it is not said */
    int64_t taken_min;       /* minutes since 1970 by the camera's own clock; 0: not said */
};
/* Of a JPEG; of all else nothing is said. Any bytes are safe. */
struct camera_facts camera_facts(const void *bytes, size_t n);

/* By the letters' Unicode blocks: what most of them are. A script, not a language. */
enum text_script {
    SCRIPT_NONE, /* no letters at all */
    SCRIPT_LATIN,
    SCRIPT_GREEK,
    SCRIPT_CYRILLIC,
    SCRIPT_ARMENIAN,
    SCRIPT_HEBREW,
    SCRIPT_ARABIC,
    SCRIPT_INDIC,
    SCRIPT_THAI,
    SCRIPT_GEORGIAN,
    SCRIPT_KOREAN,
    SCRIPT_JAPANESE, /* with any kana */
    SCRIPT_CHINESE,
    SCRIPT_OTHER,
    SCRIPTS
};
const char *text_script_name(enum text_script s); /* "latin", ... */

struct text_facts {
    size_t n_chars; /* code points */
    size_t n_words; /* runs between white space */
    size_t n_lines;
    double punctuation; /* share of the code points that are no white space; likewise */
    double capitals;    /* share of the letters a-z and A-Z */
    enum text_script script;
};
struct text_facts text_facts(const char *text, size_t n);

#endif
