/* onnx - a graph of operators as an ONNX file, written node by node. Knows no model.
 *
 *     struct onnx o;
 *     onnx_start(&o, max_bytes);
 *     onnx_input(&o, "x", ONNX_FLOAT, "n", NULL);                    // names of its dimensions
 *     onnx_floats(&o, "w", w, (const int64_t[]){4, 2}, 2);
 *     onnx_node(&o, "MatMul", "x w", "y", NULL, 0);
 *     onnx_output(&o, "y", ONNX_FLOAT, (const int64_t[]){2}, 1);
 *     onnx_note(&o, "classes", "[\"a\",\"b\"]");
 *     TRY(onnx_finish(&o, &bytes, "model"));                         // appends to a struct buf
 *
 * A failure is remembered and told once, by onnx_finish, which also releases everything. Operator set
 * 13 of ai.onnx, IR version 7: read by every runtime since the end of 2020. Numbers are little-endian,
 * as the file wants them. Threads: one at a time. Sources: onnx.proto3 and Operators.md of ONNX 1.8;
 * Protocol Buffers, "Encoding". */
#ifndef EXEMPLAR_FORMATS_ONNX_H
#define EXEMPLAR_FORMATS_ONNX_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* TensorProto.DataType */
enum onnx_type {
    ONNX_FLOAT = 1,
    ONNX_UINT8 = 2,
    ONNX_INT8 = 3,
    ONNX_UINT16 = 4,
    ONNX_INT64 = 7
};

struct onnx {
    struct buf nodes, tensors, inputs, outputs,
        notes; /* each already in its field of the file */
    enum err failed;
};

/* What a node is told: whole numbers (one, or a list), or a word. */
struct onnx_attribute {
    const char *name;
    enum { ONNX_INT, ONNX_INTS, ONNX_WORD } kind;
    int64_t number;
    const int64_t *numbers; /* (n) */
    size_t n;
    const char *word;
};

static inline struct onnx_attribute onnx_int(const char *name, int64_t number)
{
    return (struct onnx_attribute){.name = name, .kind = ONNX_INT, .number = number};
}

/* The numbers must live until the node is written. */
static inline struct onnx_attribute onnx_ints(const char *name, const int64_t *numbers,
                                              size_t n)
{
    return (struct onnx_attribute){.name = name, .kind = ONNX_INTS, .numbers = numbers, .n = n};
}

static inline struct onnx_attribute onnx_word(const char *name, const char *word)
{
    return (struct onnx_attribute){.name = name, .kind = ONNX_WORD, .word = word};
}

void onnx_start(struct onnx *o, size_t max_bytes);

/* A graph's input, its dimensions by name, or as a number where a name is one ("3"); NULL ends them. */
void onnx_input(struct onnx *o, const char *name, enum onnx_type type, ...)
    __attribute__((sentinel));
void onnx_output(struct onnx *o, const char *name, enum onnx_type type, const int64_t *dims,
                 size_t n_dims);

/* Constants, row-major; n_dims 0 is a single number. */
void onnx_tensor(struct onnx *o, const char *name, enum onnx_type type, const void *numbers,
                 const int64_t *dims, size_t n_dims);
void onnx_floats(struct onnx *o, const char *name, const float *x, const int64_t *dims,
                 size_t n_dims);
void onnx_int64s(struct onnx *o, const char *name, const int64_t *x, size_t n); /* a row */

/* `in` and `out` are names with a blank between. */
void onnx_node(struct onnx *o, const char *op, const char *in, const char *out,
               const struct onnx_attribute *attributes, size_t n_attributes);

/* A line of metadata that every runtime can read. */
void onnx_note(struct onnx *o, const char *key, const char *value);

/* Appends the file to `out`. ERR_NOMEM, ERR_TOO_LARGE. */
enum err onnx_finish(struct onnx *o, struct buf *out, const char *name) MUST_USE;

#endif
