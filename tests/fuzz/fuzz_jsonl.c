/* Any bytes as JSON Lines: it ends, and each value written reads back equal. */
#include "formats/jsonl.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_written(const json_t *value)
{
    struct stream_memory memory;
    struct stream in = {.read = stream_read_memory, .context = &memory};
    struct jsonl_line again;
    struct jsonl *j;
    struct buf b;

    buf_init(&b, 65536);
    if (jsonl_add(&b, value)) abort();
    memory = (struct stream_memory){.bytes = b.data, .n = b.size};
    if (jsonl_open(&j, &in, 65536) || jsonl_next(j, &again)) abort();
    if (!json_equal(value, again.value)) abort();
    json_decref(again.value);
    jsonl_close(j);
    buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct stream_memory memory = {.bytes = (const char *)data, .n = size};
    struct stream in = {.read = stream_read_memory, .context = &memory};
    struct jsonl_line line;
    struct jsonl *j;
    enum err e;

    if (jsonl_open(&j, &in, 4096)) abort();
    do {
        e = jsonl_next(j, &line);
        if (!e && line.value) check_written(line.value);
        if (!e) json_decref(line.value);
    } while (e == ERR_INVALID || e == ERR_TOO_LARGE || (!e && line.value));
    if (e) abort();
    jsonl_close(j);
    return 0;
}
