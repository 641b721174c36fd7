/* Any bytes as the archive of a project: refused with a sentence, or unpacked into a folder that
 * verifies; in both cases nothing is left beside it. */
#include "base/hash.h"
#include "formats/project_archive.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const size_t MIGRATIONS_N;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/exemplar-fuzz-XXXXXX";
static char packed[64], out[64], beside[80];

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st, (void)type, (void)walk;
    return remove(path);
}

static void remove_all(const char *path)
{
    nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void end(void)
{
    remove_all(folder);
}

static void begin(void)
{
    if (packed[0]) return;
    if (hash_start() || !mkdtemp(folder)) abort();
    snprintf(packed, sizeof packed, "%s/packed", folder);
    snprintf(out, sizeof out, "%s/out", folder);
    snprintf(beside, sizeof beside, "%s.restoring", out);
    atexit(end);
}

/* Of the present version, or none of the corpus would get far once there is a new one. */
static void put_packed(const uint8_t *data, size_t size)
{
    static const char KEY[] = "\"schema\":";
    const size_t n = sizeof KEY - 1;
    char *bytes = malloc(size + 1);
    FILE *f = fopen(packed, "wb");
    char *at;

    if (!bytes || !f) abort();
    memcpy(bytes, data, size);
    at = memmem(bytes, size, KEY, n);
    if (at && at + n + 2 <= bytes + size) {
        at[n] = (char)('0' + MIGRATIONS_N / 10 % 10);
        at[n + 1] = (char)('0' + MIGRATIONS_N % 10);
    }
    if (fwrite(bytes, 1, size, f) != size) abort();
    fclose(f);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct archive_watch QUIET;
    struct archive_sums sums;

    begin();
    put_packed(data, size);
    if (!project_unpack(packed, out, &QUIET, &sums)) remove_all(out);
    if (!access(out, F_OK) || !access(beside, F_OK)) abort();
    return 0;
}
