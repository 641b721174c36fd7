#include "domain/ledger.h"

#include "base/file.h"
#include "domain/chain.h"
#include "domain/ledger_keys.h"
#include "store/audit.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Beside each connection that appends. */
struct appender {
    struct sign_key key;
    uint64_t checked_in;  /* the transaction in which the old head was looked at */
    uint64_t appended_in; /* the last transaction that appended */
    int64_t at;           /* of its last event */
    int64_t sealed_seq;   /* what this connection itself signed last */
    struct hash sealed_hash;
};

void ledger_row_hash(const struct ledger_row *r, struct hash *out)
{
    static const char FORMAT[] = "exemplar ledger 1\n";
    struct hash_state h;

    hash_init(&h);
    hash_add(&h, FORMAT, sizeof FORMAT - 1);
    chain_int(&h, r->seq);
    chain_int(&h, r->at);
    chain_text(&h, r->kind, strlen(r->kind));
    chain_id(&h, r->project_id);
    chain_id(&h, r->item_id);
    chain_id(&h, r->user_id);
    if (r->has_client_id)
        chain_bytes(&h, r->client_id.bytes, sizeof r->client_id.bytes);
    else
        chain_null(&h);
    chain_text(&h, r->body, r->n_body);
    chain_bytes(&h, r->previous.bytes, HASH_BYTES);
    hash_end(&h, out);
}

/* The bytes that a head signs. */
struct signed_head {
    uint8_t bytes[16 + 8 + 8 + HASH_BYTES];
};

static void head_bytes(int64_t seq, int64_t at, const struct hash *hash,
                       struct signed_head *out)
{
    memcpy(out->bytes, "exemplar head 1\n", 16);
    for (int i = 0; i < 8; i++) {
        out->bytes[16 + i] = (uint8_t)((uint64_t)seq >> (56 - 8 * i));
        out->bytes[24 + i] = (uint8_t)((uint64_t)at >> (56 - 8 * i));
    }
    memcpy(out->bytes + 32, hash->bytes, HASH_BYTES);
}

int ledger_head_is_valid(const struct ledger_head *h, const struct hash *hash,
                         const uint8_t public_half[32])
{
    struct signed_head text;

    head_bytes(h->seq, h->at, hash, &text);
    return memcmp(h->public_key, public_half, 32) == 0 &&
           sign_is_valid(h->signature, public_half, text.bytes, sizeof text.bytes);
}

static enum err read_hex(const char *path, void *bytes, size_t n)
{
    struct buf b;
    enum err e;

    buf_init(&b, 1024);
    e = file_read(&b, path);
    if (!e && b.size && b.data[b.size - 1] == '\n') b.data[b.size - 1] = '\0';
    if (!e) e = hex_read(bytes, n, b.data ? b.data : "");
    if (b.data) forget(b.data, b.size);
    buf_free(&b);
    if (e == ERR_INVALID) return fail(ERR_CORRUPT, "%s does not hold a key of ours", path);
    return e;
}

static enum err write_hex(const char *path, const void *bytes, size_t n)
{
    char text[2 * 64 + 2];
    enum err e;

    hex_of(text, bytes, n);
    text[2 * n] = '\n';
    e = file_write(path, text, 2 * n + 1);
    forget(text, sizeof text);
    return e;
}

static enum err key_path(char path[PATH_MAX], const char *data_folder, const char *name)
{
    if (snprintf(path, PATH_MAX, "%s/keys%s", data_folder, name) >= PATH_MAX)
        return fail(ERR_INVALID, "path too long: %.200s", data_folder);
    return OK;
}

enum err ledger_public_key(const char *data_folder, uint8_t public_half[32])
{
    char path[PATH_MAX];

    TRY(key_path(path, data_folder, "/ledger.pub"));
    return read_hex(path, public_half, 32);
}

enum err ledger_signing_key(const char *data_folder, struct sign_key *key)
{
    char path[PATH_MAX];
    enum err e;

    TRY(key_path(path, data_folder, "/ledger.key"));
    e = read_hex(path, key->secret_half, sizeof key->secret_half);
    if (!e) return ledger_public_key(data_folder, key->public_half);
    if (e != ERR_NOT_FOUND) return e;
    return fail(ERR_CORRUPT, "%s is missing: nothing can be signed. Put it back from a backup",
                path);
}

/* The public half goes first: a secret key that is there has its public one beside it. */
static enum err make_keys(const char *data_folder, struct sign_key *key)
{
    char path[PATH_MAX];

    TRY(key_path(path, data_folder, ""));
    TRY(folder_make(path));
    sign_key_new(key);
    TRY(key_path(path, data_folder, "/ledger.pub"));
    TRY(write_hex(path, key->public_half, sizeof key->public_half));
    TRY(key_path(path, data_folder, "/ledger.key"));
    return write_hex(path, key->secret_half, sizeof key->secret_half);
}

static enum err anything_signed(struct store *s, int *was_signed)
{
    struct audit_row last;
    struct arena a;
    int64_t seq;
    enum err e;

    arena_init(&a, 1 * MIB);
    e = store_audit_last(s, &a, &last);
    arena_free(&a);
    if (e) return e;
    TRY(store_head_last(s, &seq));
    *was_signed = seq || last.seq;
    return OK;
}

enum err ledger_keys(struct store *s, struct sign_key *key)
{
    char path[PATH_MAX];
    int was_signed;
    enum err e;

    TRY(key_path(path, store_folder(s), "/ledger.key"));
    e = read_hex(path, key->secret_half, sizeof key->secret_half);
    if (!e) return ledger_public_key(store_folder(s), key->public_half);
    if (e != ERR_NOT_FOUND) return e;
    TRY(anything_signed(s, &was_signed));
    if (was_signed)
        return fail(ERR_CORRUPT,
                    "%s is missing, but the ledger is signed with it: put it back "
                    "from a backup",
                    path);
    return make_keys(store_folder(s), key);
}

static void drop_appender(void *kept)
{
    forget(kept, sizeof(struct appender));
    free(kept);
}

static enum err seal(struct store *s, void *context);

static enum err attach(struct store *s)
{
    struct appender *x;
    enum err e;

    if (store_slot(s, SLOT_LEDGER)) return OK;
    x = calloc(1, sizeof *x);
    NEED(x);
    e = ledger_keys(s, &x->key);
    if (e) {
        drop_appender(x);
        return e;
    }
    store_slot_set(s, SLOT_LEDGER, x, drop_appender);
    store_before_commit(s, seal, x);
    return OK;
}

enum err ledger_attach(struct store *s, void *unused)
{
    (void)unused;
    TRY(store_begin(s));
    return store_end(s, attach(s));
}

/* Before the first event of a transaction: what lies there must be ours, or signing the new
 * event would vouch for somebody else's. */
static enum err check_before(struct store *s, struct appender *x, int64_t seq,
                             const struct hash *hash)
{
    struct arena a;
    struct ledger_head *h = NULL;
    size_t n = 0;
    enum err e;

    if (!seq || (seq == x->sealed_seq && hash_equal(hash, &x->sealed_hash))) return OK;
    arena_init(&a, 64 * KIB);
    e = store_head_list(s, &a, seq - 1, 1, &h, &n);
    if (!e && (!n || h->seq != seq || !ledger_head_is_valid(h, hash, x->key.public_half)))
        e = fail(ERR_CORRUPT,
                 "ledger no. %lld has no valid signature: it was not written by this program. "
                 "Run `exemplar verify`; nothing is added until that is settled",
                 (long long)seq);
    arena_free(&a);
    return e;
}

enum err ledger_append(struct store *s, const struct ledger_event *event, int64_t now_ms,
                       int64_t *seq)
{
    struct ledger_row r = {.at = now_ms,
                           .kind = event->kind,
                           .project_id = event->project_id,
                           .item_id = event->item_id,
                           .user_id = event->user_id,
                           .has_client_id = event->client_id != NULL,
                           .body = event->body,
                           .n_body = strlen(event->body)};
    struct appender *x;

    TRY(attach(s));
    x = store_slot(s, SLOT_LEDGER);
    TRY(store_ledger_last(s, &r.seq, &r.previous));
    if (x->checked_in != store_transaction(s)) TRY(check_before(s, x, r.seq, &r.previous));
    x->checked_in = store_transaction(s);
    r.seq++;
    if (event->client_id) r.client_id = *event->client_id;
    ledger_row_hash(&r, &r.hash);
    TRY(store_ledger_add(s, &r));
    x->appended_in = store_transaction(s);
    x->at = now_ms;
    *seq = r.seq;
    return OK;
}

enum err ledger_id_was_used(const struct uuid *id)
{
    char text[UUID_TEXT];

    uuid_write(text, id);
    return fail(ERR_CONFLICT, "the id %s was used before for something else: make a new one",
                text);
}

static enum err seal(struct store *s, void *context)
{
    struct appender *x = context;
    struct ledger_head h = {.at = x->at};
    struct hash hash;
    struct signed_head text;
    int64_t signed_seq;

    if (x->appended_in != store_transaction(s)) return OK;
    TRY(store_ledger_last(s, &h.seq, &hash));
    TRY(store_head_last(s, &signed_seq));
    if (h.seq == signed_seq) return OK; /* what was appended was undone again */
    head_bytes(h.seq, h.at, &hash, &text);
    sign(h.signature, &x->key, text.bytes, sizeof text.bytes);
    memcpy(h.public_key, x->key.public_half, sizeof h.public_key);
    TRY(store_head_add(s, &h));
    x->sealed_seq = h.seq;
    x->sealed_hash = hash;
    return OK;
}

enum err ledger_head_get(struct store *s, struct arena *a, struct ledger_head *h)
{
    struct ledger_head *found;
    int64_t seq;
    size_t n;

    *h = (struct ledger_head){.seq = 0};
    TRY(store_head_last(s, &seq));
    if (!seq) return OK;
    TRY(store_head_list(s, a, seq - 1, 1, &found, &n));
    if (n) *h = *found;
    return OK;
}
