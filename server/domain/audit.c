#include "domain/audit.h"

#include "base/clock.h"
#include "domain/chain.h"
#include "domain/ledger_keys.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 500 };

/* Every action there is. A page has words for each (web/src/state/audit.ts); a word that is not
 * here is a slip of the program. */
static const char *const ACTIONS[] = {
    /* clang-format off */
    "user.invited",        /* details {"role"}: a link by which they choose a password */
    "user.link_made",      /* a new link, which sets a new password */
    "user.joined",         /* used the link; details {"role"} */
    "user.added",          /* with a password at once; details {"role"} */
    "user.signed_in",      /* details {"by":"provider"} when not by password */
    "user.sign_in_failed", /* subject: whose name was tried, if there is one of that name */
    "user.signed_out",
    "user.signed_out_everywhere",
    "user.erased",
    "user.password_set",
    "user.connected",      /* to an identity of a provider */
    "user.parted",         /* from it */
    "user.changed",        /* details {"role"} */
    "user.disabled",
    "user.enabled",
    "token.made",          /* details {"user"}: whose */
    "token.revoked",       /* details {"user"} */
    "member.set",          /* details {"role"} */
    "member.removed",
    "project.made",
    "project.archived",    /* details {"hash"}: of the file, see formats/project_archive.h */
    "project.restored",    /* the folder was made from it; details {"hash"} */
    "project.changed",     /* details: what changed */
    "job.queued",          /* details {"kind"} */
    "job.cancelled",       /* details {"kind"} */
    "assignment.made",     /* details {"user"}: for whom; 0: everybody */
    "assignment.ended",    /* details {"user"} */
    "labels.exported",     /* details {"format"} */
    "folder.backed_up",
    "endpoint.people_set",     /* details: all that is set of people behind it */
    "endpoint.class_taken",    /* details {"class"}: its model answers it alone from here on */
    "endpoint.class_returned", /* details {"class"}: people answer it again */
    "endpoint.webhook_made",
    "endpoint.webhook_removed",
    "dataset.exported",     /* details {"parts"} */
    "dataset.test_opened", /* why: beside the data set */
    "model.begun",         /* a version of a classifier */
    "purpose.set",         /* what the classifiers of a project are for */
    "model.trained",       /* details {"hash"}: of its file */
    "endpoint.made",
    "endpoint.changed",     /* details: the settings as they are now */
    "endpoint.removed",
    "endpoint.shadowed",    /* details {"version"}; 0: no shadow any more */
    "endpoint.gated",       /* details {"verdict","version"} */
    "endpoint.published",   /* details {"how","version"}; the reason of an override: beside it */
    "endpoint.rolled_back", /* details {"how","version"} */
    "endpoint.retrained",   /* by itself; details {"version"} */
    "model.taken",         /* away from here; details {"as"} */
    /* clang-format on */
};

static const char *const VIA[] = {
    [VIA_PROGRAM] = "program",
    [VIA_BROWSER] = "browser",
    [VIA_TOKEN] = "token",
    [VIA_COMMAND] = "command",
};

enum err audit_as(struct store *s, const struct actor *who)
{
    struct actor *kept = store_slot(s, SLOT_ACTOR);

    if (!kept) {
        kept = malloc(sizeof *kept);
        NEED(kept);
        store_slot_set(s, SLOT_ACTOR, kept, free);
    }
    *kept = *who;
    return OK;
}

enum err audit_for(struct store *s, const struct actor *who,
                   enum err (*task)(struct store *s, void *context), void *context)
{
    const struct actor before = audit_actor(s);
    struct actor *kept;
    enum err e;

    TRY(audit_as(s, who));
    e = task(s, context);
    kept = store_slot(s, SLOT_ACTOR);
    *kept = before;
    return e;
}

struct actor audit_actor(const struct store *s)
{
    const struct actor *kept = store_slot(s, SLOT_ACTOR);

    return kept ? *kept : (struct actor){.via = VIA_PROGRAM};
}

static void put_text(struct hash_state *h, const char *text)
{
    if (text)
        chain_text(h, text, strlen(text));
    else
        chain_null(h);
}

static void row_hash(const struct audit_row *r, struct hash *out)
{
    static const char FORMAT[] = "exemplar audit 1\n";
    struct hash_state h;

    hash_init(&h);
    hash_add(&h, FORMAT, sizeof FORMAT - 1);
    chain_int(&h, r->seq);
    chain_int(&h, r->at);
    chain_id(&h, r->user_id);
    put_text(&h, r->via);
    chain_id(&h, r->token_id);
    put_text(&h, r->action);
    chain_id(&h, r->project_id);
    put_text(&h, r->subject);
    chain_id(&h, r->subject_id);
    put_text(&h, r->details);
    chain_bytes(&h, r->previous.bytes, HASH_BYTES);
    hash_end(&h, out);
}

/* The bytes that a signature is over. */
struct signed_row {
    uint8_t bytes[22 + 8 + HASH_BYTES];
};

static struct signed_row signed_bytes(const struct audit_row *r)
{
    struct signed_row x;

    memcpy(x.bytes, "exemplar audit head 1\n", 22);
    for (int i = 0; i < 8; i++)
        x.bytes[22 + i] = (uint8_t)((uint64_t)r->seq >> (56 - 8 * i));
    memcpy(x.bytes + 30, r->hash.bytes, HASH_BYTES);
    return x;
}

static bool is_signed(const struct audit_row *r, const uint8_t public_half[32])
{
    struct signed_row x = signed_bytes(r);

    return sign_is_valid(r->signature, public_half, x.bytes, sizeof x.bytes);
}

static void check_action(const char *action)
{
    size_t i = 0;

    while (i < sizeof ACTIONS / sizeof *ACTIONS && strcmp(ACTIONS[i], action) != 0)
        i++;
    assert(i < sizeof ACTIONS / sizeof *ACTIONS && "an action that is not in the list");
    (void)i;
}

/* Signs and writes the row that follows `last`. */
static enum err add_after(struct store *s, const struct audit_row *last, struct audit_row *r)
{
    struct signed_row x;
    struct sign_key key;

    TRY(ledger_keys(s, &key));
    if (last->seq && !is_signed(last, key.public_half)) {
        forget(&key, sizeof key);
        return fail(ERR_CORRUPT,
                    "audit no. %" PRId64 " has no valid signature: it was not written by this "
                    "program. Run `exemplar verify`; nothing is added until that is settled",
                    last->seq);
    }
    r->seq = last->seq + 1;
    r->previous = last->hash;
    row_hash(r, &r->hash);
    x = signed_bytes(r);
    sign(r->signature, &key, x.bytes, sizeof x.bytes);
    forget(&key, sizeof key);
    return store_audit_add(s, r);
}

static enum err append(struct store *s, struct audit_row *r)
{
    struct audit_row last;
    struct arena a;
    enum err e;

    arena_init(&a, 1 * MIB);
    e = store_audit_last(s, &a, &last);
    if (!e) e = add_after(s, &last, r);
    arena_free(&a);
    return e;
}

enum err audit_append(struct store *s, const struct audit_event *event)
{
    struct actor who = audit_actor(s);
    struct audit_row r = {.at = clock_now_ms(),
                          .user_id = event->user_id ? event->user_id : who.user_id,
                          .via = VIA[who.via],
                          .token_id = who.token_id,
                          .action = event->action,
                          .project_id = event->project_id,
                          .subject = event->subject,
                          .subject_id = event->subject_id,
                          .details = event->details ? event->details : "{}"};

    check_action(event->action);
    TRY(store_begin(s));
    return store_end(s, append(s, &r));
}

enum err audit_append_word(struct store *s, const struct audit_event *event, const char *key,
                           const char *word)
{
    struct audit_event whole = *event;
    char details[100];

    if (key) {
        /* words of the program, with nothing in them to escape */
        int n = snprintf(details, sizeof details, "{\"%s\":\"%s\"}", key, word);
        assert(n > 0 && (size_t)n < sizeof details && !strpbrk(word, "\"\\"));
        (void)n;
        whole.details = details;
    }
    return audit_append(s, &whole);
}

struct check {
    struct store *s;
    const struct ledger_report *report;
    struct ledger_sums *sums;
    uint8_t public_half[32];
    struct hash last;
};

static void problem(struct check *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void problem(struct check *c, const char *format, ...)
{
    char text[200];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    c->sums->n_problems++;
    c->report->problem(c->report->context, 0, text);
}

static void check_row(struct check *c, const struct audit_row *r)
{
    struct hash h;
    int64_t expected = c->sums->audit_seq + 1;

    if (r->seq != expected)
        problem(c, "audit no. %" PRId64 " to %" PRId64 " are missing", expected, r->seq - 1);
    else if (!hash_equal(&r->previous, &c->last))
        problem(c, "audit no. %" PRId64 " does not follow the one before as it stands", r->seq);
    row_hash(r, &h);
    if (!hash_equal(&h, &r->hash))
        problem(c, "audit no. %" PRId64 " was changed: its hash does not fit it", r->seq);
    if (!is_signed(r, c->public_half))
        problem(c, "the signature of audit no. %" PRId64 " does not fit its row and key",
                r->seq);
    c->last = r->hash;
    c->sums->audit_seq = r->seq;
    c->sums->n_audit++;
}

static enum err check_pages(struct check *c)
{
    struct audit_row *rows;
    size_t n = 1;

    while (n) {
        struct arena a;
        enum err e;

        arena_init(&a, 64 * MIB);
        e = store_audit_list(c->s, &a, 0, c->sums->audit_seq, PAGE, &rows, &n);
        for (size_t i = 0; !e && i < n; i++)
            check_row(c, &rows[i]);
        arena_free(&a);
        if (e) return e;
    }
    return OK;
}

enum err audit_verify(struct store *s, const struct ledger_report *report,
                      struct ledger_sums *sums)
{
    struct check c = {.s = s, .report = report, .sums = sums};
    enum err e = ledger_public_key(store_folder(s), c.public_half);

    if (e && e != ERR_NOT_FOUND) return e;
    return check_pages(&c);
}
