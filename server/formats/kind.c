#include "formats/kind.h"

#include "media/image.h"

#include <string.h>
#include <strings.h>

static const char UNKNOWN[] = "not a picture (JPEG, PNG, WebP), text (.txt), table (CSV, TSV, "
                              "JSON Lines) or archive (zip, tar)";

static const char *const PROBLEMS[KIND_COUNT] = {
    [KIND_EMPTY] = "the file is empty",
    [KIND_NOT_A_PICTURE] = "named like a picture, but not a JPEG, PNG or WebP inside",
    [KIND_OTHER_PICTURE] =
        "pictures of this kind are not read; convert it to JPEG, PNG or WebP",
    [KIND_OTHER_ARCHIVE] = "archives of this kind are not read; pack it as zip or tar",
    [KIND_OFFICE] = "office files are not read; save the table as CSV or the text as .txt",
    [KIND_JSON] = "not read; JSON Lines (.jsonl, one object a line) is",
    [KIND_UNKNOWN] = UNKNOWN,
};

static bool starts(const void *head, size_t n_head, size_t at, const char *mark, size_t n)
{
    return n_head >= at + n && !memcmp((const char *)head + at, mark, n);
}

static bool is_archive(const void *head, size_t n)
{
    return starts(head, n, 0, "PK\3\4", 4) || starts(head, n, 0, "PK\5\6", 4) ||
           starts(head, n, 257, "ustar", 5);
}

static bool is_compressed(const void *head, size_t n)
{
    return starts(head, n, 0, "\x1f\x8b", 2) || starts(head, n, 0, "BZh", 3) ||
           starts(head, n, 0, "\3757zXZ", 5) || starts(head, n, 0, "\x28\xb5\x2f\xfd", 4);
}

struct ending {
    const char *text;
    enum kind kind;
};

static const struct ending ENDINGS[] = {
    {".txt",    KIND_TEXT         },
    {".text",   KIND_TEXT         },
    {".csv",    KIND_CSV          },
    {".tsv",    KIND_TSV          },
    {".tab",    KIND_TSV          },
    {".jsonl",  KIND_JSONL        },
    {".ndjson", KIND_JSONL        },
    {".json",   KIND_JSON         },
    {".jpg",    KIND_NOT_A_PICTURE},
    {".jpeg",   KIND_NOT_A_PICTURE},
    {".jpe",    KIND_NOT_A_PICTURE},
    {".png",    KIND_NOT_A_PICTURE},
    {".webp",   KIND_NOT_A_PICTURE},
    {".gif",    KIND_OTHER_PICTURE},
    {".bmp",    KIND_OTHER_PICTURE},
    {".tif",    KIND_OTHER_PICTURE},
    {".tiff",   KIND_OTHER_PICTURE},
    {".svg",    KIND_OTHER_PICTURE},
    {".heic",   KIND_OTHER_PICTURE},
    {".heif",   KIND_OTHER_PICTURE},
    {".avif",   KIND_OTHER_PICTURE},
    {".7z",     KIND_OTHER_ARCHIVE},
    {".rar",    KIND_OTHER_ARCHIVE},
    {".xls",    KIND_OFFICE       },
    {".doc",    KIND_OFFICE       },
    {".pdf",    KIND_OFFICE       },
};

/* Office files are zips; they must not be unpacked into their XML. */
static const char *const OFFICE_ZIPS[] = {".xlsx", ".docx", ".pptx", ".ods",
                                          ".odt",  ".epub", ".jar"};

static bool ends(const char *name, const char *ending)
{
    size_t n = strlen(name);
    size_t k = strlen(ending);

    return n >= k && !strcasecmp(name + n - k, ending);
}

static enum kind zip_or_office(const char *name)
{
    for (size_t i = 0; i < sizeof OFFICE_ZIPS / sizeof *OFFICE_ZIPS; i++)
        if (ends(name, OFFICE_ZIPS[i])) return KIND_OFFICE;
    return KIND_ARCHIVE;
}

/* A compressed file is a tar or one table; only unpacking tells, so the name does here. */
static enum kind tar_or_file(const char *name)
{
    static const char *const TABLES[] = {".csv.", ".tsv.", ".jsonl.", ".ndjson.", ".txt."};

    for (size_t i = 0; i < sizeof TABLES / sizeof *TABLES; i++)
        if (strcasestr(name, TABLES[i])) return KIND_COMPRESSED;
    return KIND_ARCHIVE;
}

enum kind kind_of(const char *name, const void *head, size_t n_head)
{
    if (!n_head) return KIND_EMPTY;
    if (image_format_of(head, n_head) != IMAGE_UNKNOWN) return KIND_PICTURE;
    if (is_archive(head, n_head)) return zip_or_office(name);
    if (is_compressed(head, n_head)) return tar_or_file(name);
    if (starts(head, n_head, 0, "7z\xbc\xaf\x27\x1c", 6) ||
        starts(head, n_head, 0, "Rar!\x1a\x07", 6))
        return KIND_OTHER_ARCHIVE;
    for (size_t i = 0; i < sizeof ENDINGS / sizeof *ENDINGS; i++)
        if (ends(name, ENDINGS[i].text)) return ENDINGS[i].kind;
    return KIND_UNKNOWN;
}

const char *kind_problem(enum kind k)
{
    return PROBLEMS[k];
}

static bool part_is_hidden(const char *part, size_t n)
{
    static const char *const NAMES[] = {"__MACOSX", "Thumbs.db", "desktop.ini"};

    if (n && part[0] == '.')
        return !(n == 2 && part[1] == '.'); /* ".." is for others to judge */
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (n == strlen(NAMES[i]) && !strncasecmp(part, NAMES[i], n)) return true;
    return false;
}

bool kind_is_hidden(const char *path)
{
    for (;;) {
        size_t n = strcspn(path, "/");

        if (n != 1 || path[0] != '.') /* "./a.jpg" is how tar writes "a.jpg" */
            if (part_is_hidden(path, n)) return true;
        if (!path[n]) return false;
        path += n + 1;
    }
}
