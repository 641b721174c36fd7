#include "formats/onnx.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* -- protocol buffers: a field is its number and kind, then its content ------------------------ */

enum { VARINT = 0, LENGTH = 2 };

static void add(struct onnx *o, struct buf *b, const void *bytes, size_t n)
{
    if (!o->failed) o->failed = buf_add(b, bytes, n);
}

static size_t varint_of(uint64_t x, uint8_t *to)
{
    size_t n = 0;

    for (; x >= 0x80; x >>= 7)
        to[n++] = (uint8_t)(x | 0x80);
    to[n++] = (uint8_t)x;
    return n;
}

static void add_varint(struct onnx *o, struct buf *b, uint64_t x)
{
    uint8_t bytes[10];

    add(o, b, bytes, varint_of(x, bytes));
}

static void add_number(struct onnx *o, struct buf *b, unsigned field, uint64_t x)
{
    add_varint(o, b, field << 3 | VARINT);
    add_varint(o, b, x);
}

static void add_bytes(struct onnx *o, struct buf *b, unsigned field, const void *bytes,
                      size_t n)
{
    add_varint(o, b, field << 3 | LENGTH);
    add_varint(o, b, n);
    add(o, b, bytes, n);
}

static void add_words(struct onnx *o, struct buf *b, unsigned field, const char *text)
{
    add_bytes(o, b, field, text, strlen(text));
}

/* A message within another: what is added between open and shut is its content. Its length stands
 * before it, so the content moves once its length is known. */
static size_t open_message(const struct buf *b)
{
    return b->size;
}

static void shut_message(struct onnx *o, struct buf *b, unsigned field, size_t from)
{
    const size_t n = b->size - from;
    uint8_t head[20];
    size_t n_head = varint_of(field << 3 | LENGTH, head);

    n_head += varint_of(n, head + n_head);
    if (!o->failed) o->failed = buf_reserve(b, n_head);
    if (o->failed) return;
    memmove(b->data + from + n_head, b->data + from, n);
    memcpy(b->data + from, head, n_head);
    b->size += n_head;
    b->data[b->size] = 0;
}

/* -- the file --------------------------------------------------------------------------------- */

void onnx_start(struct onnx *o, size_t max_bytes)
{
    *o = (struct onnx){0};
    buf_init(&o->nodes, max_bytes);
    buf_init(&o->tensors, max_bytes);
    buf_init(&o->inputs, max_bytes);
    buf_init(&o->outputs, max_bytes);
    buf_init(&o->notes, max_bytes);
}

/* Dimension { int64 dim_value = 1; string dim_param = 2 } in TensorShapeProto.dim = 1 */
static void add_dim(struct onnx *o, struct buf *b, const char *name)
{
    const size_t dim = open_message(b);

    if (name[0] >= '0' && name[0] <= '9')
        add_number(o, b, 1, strtoull(name, NULL, 10));
    else
        add_words(o, b, 2, name);
    shut_message(o, b, 1, dim);
}

/* ValueInfoProto { name = 1; TypeProto type = 2 { Tensor tensor_type = 1 { elem_type = 1; shape = 2 } } } */
struct value {
    size_t value, type, tensor, shape;
};

static struct value open_value(struct onnx *o, struct buf *b, const char *name,
                               enum onnx_type type)
{
    struct value v = {.value = open_message(b)};

    add_words(o, b, 1, name);
    v.type = v.tensor = open_message(b);
    add_number(o, b, 1, type);
    v.shape = open_message(b);
    return v;
}

static void shut_value(struct onnx *o, struct buf *b, unsigned field, const struct value *v)
{
    shut_message(o, b, 2, v->shape);
    shut_message(o, b, 1, v->tensor);
    shut_message(o, b, 2, v->type);
    shut_message(o, b, field, v->value);
}

enum { GRAPH_NODE = 1, GRAPH_TENSOR = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };

void onnx_input(struct onnx *o, const char *name, enum onnx_type type, ...)
{
    const struct value v = open_value(o, &o->inputs, name, type);
    va_list names;

    va_start(names, type);
    for (const char *dim = va_arg(names, const char *); dim; dim = va_arg(names, const char *))
        add_dim(o, &o->inputs, dim);
    va_end(names);
    shut_value(o, &o->inputs, GRAPH_INPUT, &v);
}

void onnx_output(struct onnx *o, const char *name, enum onnx_type type, const int64_t *dims,
                 size_t n_dims)
{
    const struct value v = open_value(o, &o->outputs, name, type);

    for (size_t i = 0; i < n_dims; i++) {
        const size_t dim = open_message(&o->outputs);
        add_number(o, &o->outputs, 1, (uint64_t)dims[i]);
        shut_message(o, &o->outputs, 1, dim);
    }
    shut_value(o, &o->outputs, GRAPH_OUTPUT, &v);
}

static size_t bytes_of(enum onnx_type type)
{
    switch (type) {
    case ONNX_FLOAT:
        return 4;
    case ONNX_UINT16:
        return 2;
    case ONNX_INT64:
        return 8;
    case ONNX_UINT8:
    case ONNX_INT8:
        break;
    }
    return 1;
}

/* TensorProto { dims = 1; data_type = 2; name = 8; raw_data = 9 } */
void onnx_tensor(struct onnx *o, const char *name, enum onnx_type type, const void *numbers,
                 const int64_t *dims, size_t n_dims)
{
    const size_t tensor = open_message(&o->tensors);
    size_t n = 1;

    for (size_t i = 0; i < n_dims; i++) {
        add_number(o, &o->tensors, 1, (uint64_t)dims[i]);
        n *= (size_t)dims[i];
    }
    add_number(o, &o->tensors, 2, type);
    add_words(o, &o->tensors, 8, name);
    add_bytes(o, &o->tensors, 9, numbers, n * bytes_of(type));
    shut_message(o, &o->tensors, GRAPH_TENSOR, tensor);
}

void onnx_floats(struct onnx *o, const char *name, const float *x, const int64_t *dims,
                 size_t n_dims)
{
    onnx_tensor(o, name, ONNX_FLOAT, x, dims, n_dims);
}

void onnx_int64s(struct onnx *o, const char *name, const int64_t *x, size_t n)
{
    onnx_tensor(o, name, ONNX_INT64, x, (const int64_t[]){(int64_t)n}, 1);
}

/* AttributeProto { name = 1; i = 3; s = 4; ints = 8; type = 20 (INT 2, STRING 3, INTS 7) } */
static void add_attribute(struct onnx *o, const struct onnx_attribute *a)
{
    struct buf *b = &o->nodes;
    const size_t attribute = open_message(b);

    add_words(o, b, 1, a->name);
    switch (a->kind) {
    case ONNX_INT:
        add_number(o, b, 3, (uint64_t)a->number);
        add_number(o, b, 20, 2);
        break;
    case ONNX_WORD:
        add_words(o, b, 4, a->word);
        add_number(o, b, 20, 3);
        break;
    case ONNX_INTS:
        for (size_t i = 0; i < a->n; i++)
            add_number(o, b, 8, (uint64_t)a->numbers[i]);
        add_number(o, b, 20, 7);
        break;
    }
    shut_message(o, b, 5, attribute);
}

static void add_names(struct onnx *o, unsigned field, const char *names)
{
    for (const char *end; *names; names = *end ? end + 1 : end) {
        end = strchr(names, ' ');
        if (!end) end = names + strlen(names);
        add_bytes(o, &o->nodes, field, names, (size_t)(end - names));
    }
}

/* NodeProto { input = 1; output = 2; op_type = 4; attribute = 5 } */
void onnx_node(struct onnx *o, const char *op, const char *in, const char *out,
               const struct onnx_attribute *attributes, size_t n_attributes)
{
    const size_t node = open_message(&o->nodes);

    add_names(o, 1, in);
    add_names(o, 2, out);
    add_words(o, &o->nodes, 4, op);
    for (size_t i = 0; i < n_attributes; i++)
        add_attribute(o, &attributes[i]);
    shut_message(o, &o->nodes, GRAPH_NODE, node);
}

/* ModelProto.metadata_props = 14 { key = 1; value = 2 } */
void onnx_note(struct onnx *o, const char *key, const char *value)
{
    const size_t note = open_message(&o->notes);

    add_words(o, &o->notes, 1, key);
    add_words(o, &o->notes, 2, value);
    shut_message(o, &o->notes, 14, note);
}

/* ModelProto { ir_version = 1; producer_name = 2; graph = 7 { name = 2; .. }; opset_import = 8 {
 * version = 2 }; metadata_props = 14 } */
static void add_file(struct onnx *o, struct buf *out, const char *name)
{
    size_t message;

    add_number(o, out, 1, 7);
    add_words(o, out, 2, "Exemplar");
    message = open_message(out);
    add(o, out, o->nodes.data, o->nodes.size);
    add_words(o, out, 2, name);
    add(o, out, o->tensors.data, o->tensors.size);
    add(o, out, o->inputs.data, o->inputs.size);
    add(o, out, o->outputs.data, o->outputs.size);
    shut_message(o, out, 7, message);
    message = open_message(out);
    add_number(o, out, 2, 13);
    shut_message(o, out, 8, message);
    add(o, out, o->notes.data, o->notes.size);
}

enum err onnx_finish(struct onnx *o, struct buf *out, const char *name)
{
    add_file(o, out, name);
    buf_free(&o->nodes);
    buf_free(&o->tensors);
    buf_free(&o->inputs);
    buf_free(&o->outputs);
    buf_free(&o->notes);
    return o->failed;
}
