/* Replays every file of the corpus folders given, once, through the fuzz target: the form in
 * which a fuzzer's past finds run in every ordinary build. Exits 1 when a folder holds no file.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = NULL;
    long size = -1;

    if (!f) return 0;
    if (!fseek(f, 0, SEEK_END)) size = ftell(f);
    rewind(f);
    /* malloc of the exact size, so that a read past the end is caught */
    if (size >= 0) data = malloc(size ? (size_t)size : 1);
    if (data && fread(data, 1, (size_t)size, f) == (size_t)size)
        LLVMFuzzerTestOneInput(data, (size_t)size);
    free(data);
    fclose(f);
    return data != NULL;
}

static int replay_folder(const char *folder)
{
    char path[4096];
    struct dirent *entry;
    DIR *d = opendir(folder);
    int n = 0;

    if (!d) return 0;
    while ((entry = readdir(d))) {
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        n += replay_file(path);
    }
    closedir(d);
    return n;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        int n = replay_folder(argv[i]);
        printf("%s: %d files replayed\n", argv[i], n);
        if (!n) return 1;
    }
    return 0;
}
