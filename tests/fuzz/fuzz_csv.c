/* Any bytes through the CSV reader with each delimiter: it ends, and what it gives is text that
 * reads back the same when written. The first byte chooses the delimiter. */
#include "formats/csv.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_written(const struct csv_row *row)
{
    const struct csv_limits limits = {.row_max_bytes = 4096, .columns_max = 16};
    struct stream_memory memory;
    struct stream in = {.read = stream_read_memory, .context = &memory};
    struct csv_row again;
    struct csv *c;
    struct buf b;

    buf_init(&b, 65536);
    for (size_t i = 0; i < row->n_fields; i++)
        if (buf_adds(&b, i ? "," : "") ||
            csv_add_field(&b, row->fields[i].text, row->fields[i].n, CSV_EXACT))
            abort();
    if (b.size && !(row->n_fields == 1 && !row->fields[0].n)) {
        memory = (struct stream_memory){.bytes = b.data, .n = b.size};
        if (csv_open(&c, &in, &limits, ',')) {
            buf_free(&b); /* starts with what marks another encoding */
            return;
        }
        if (csv_next(c, &again) || again.n_fields != row->n_fields) abort();
        for (size_t i = 1; i < row->n_fields; i++)
            if (again.fields[i].n != row->fields[i].n ||
                memcmp(again.fields[i].text, row->fields[i].text, again.fields[i].n) != 0)
                abort();
        csv_close(c);
    }
    buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char DELIMITERS[] = {0, ',', ';', '\t'};
    const struct csv_limits limits = {.row_max_bytes = 4096, .columns_max = 16};
    struct stream_memory memory = {.bytes = (const char *)data + 1, .n = size ? size - 1 : 0};
    struct stream in = {.read = stream_read_memory, .context = &memory};
    struct csv_row row;
    struct csv *c;
    enum err e;

    if (!size || csv_open(&c, &in, &limits, DELIMITERS[data[0] % 4])) return 0;
    do {
        e = csv_next(c, &row);
        for (size_t i = 0; !e && i < row.n_fields; i++)
            if (strlen(row.fields[i].text) != row.fields[i].n) abort();
        if (!e && row.n_fields) check_written(&row);
    } while (e == ERR_INVALID || e == ERR_TOO_LARGE || (!e && row.n_fields));
    if (e) abort();
    csv_close(c);
    return 0;
}
