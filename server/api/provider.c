#include "oidc/provider.h"
#include "api/guess.h"
#include "api/handlers.h"
#include "api/session.h"
#include "base/clock.h"
#include "base/log.h"
#include "domain/audit.h"
#include "domain/identity.h"

#include <stdlib.h>
#include <string.h>

enum { STATE_MAX = 100, CODE_MAX = 4000, ISSUER_MAX = 1000, WORD_MAX = 200, LINK_MAX = 100 };

/* Counted like wrong passwords, under a name that no person can have. */
static const char GUESSED[] = "\nprovider";

/* What a sign-in is for, as the errand that comes back with it: "" to come in, "i" and the secret
 * of an invitation, "c" and the number of the person who connects. */
enum { TO_ACCEPT = 'i', TO_CONNECT = 'c' };

static enum err is_set(const struct req *q)
{
    if (q->service->provider) return OK;
    return fail(ERR_NOT_FOUND,
                "people sign in here by name and password; this server is set to "
                "use no identity provider");
}

static enum err errand_of(struct req *q, const char *link, bool connects, const char **errand)
{
    struct invitation i;

    *errand = "";
    if (connects && link) return fail(ERR_INVALID, "connect: an invitation cannot go with it");
    if (connects) {
        if (!q->session) return fail(ERR_UNAUTHORISED, "sign in first, in this browser");
        *errand = arena_printf(q->arena, "%c%lld", TO_CONNECT, (long long)q->user.id);
        NEED(*errand);
    }
    if (!link) return OK;
    TRY(invitation_find(q->store, q->arena, link, clock_now_ms(), &i));
    *errand = arena_printf(q->arena, "%c%s", TO_ACCEPT, link);
    NEED(*errand);
    return OK;
}

enum err provider_send(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct provider_begun begun;
    const char *link;
    const char *errand;
    bool connects;

    TRY(is_set(q));
    TRY(json_only(q->body, "invitation", "connect", NULL));
    TRY(json_text_or(q->body, "invitation", NULL, LINK_MAX, &link));
    TRY(json_bool_or(q->body, "connect", false, &connects));
    TRY(errand_of(q, link, connects, &errand));
    TRY(provider_begin(q->service->provider, q->arena, errand, &begun));
    r->signin = begun.cookie;
    out_object(&o, NULL);
    out_text(&o, "location", begun.location);
    out_end(&o);
    return out_done(&o);
}

/* What the provider said, on its way to the writer. */
struct arrival {
    struct req *q;
    struct identity_said said;
    const char *errand;
    struct user user;
    char secret[SECRET_TEXT];
};

/* Only the person who began to connect, still signed in, may end it. */
static enum err connect_task(struct store *s, void *context)
{
    struct arrival *x = context;

    TRY(store_user_get(s, x->q->arena, strtoll(x->errand + 1, NULL, 10), &x->user));
    if (!x->q->session || x->q->user.id != x->user.id)
        return fail(ERR_DENIED, "somebody else signed in meanwhile; begin again");
    return identity_connect(s, &x->said, x->user.id, clock_now_ms());
}

static enum err enter_task(struct store *s, void *context)
{
    struct arrival *x = context;
    struct req *q = x->q;

    if (x->errand[0] == TO_ACCEPT)
        TRY(identity_accept(s, q->arena, &x->said, x->errand + 1, clock_now_ms(), &x->user));
    else
        TRY(identity_enter(s, q->arena, &x->said, q->service->newcomers, clock_now_ms(),
                           &x->user));
    TRY(session_rotate(s, q, x->user.id, x->secret));
    return audit_append_word(s,
                             &(struct audit_event){.action = "user.signed_in",
                                                   .user_id = x->user.id,
                                                   .subject = "user",
                                                   .subject_id = x->user.id},
                             "by", "provider");
}

static enum err answer_read(struct req *q, struct provider_answer *x)
{
    x->cookie = q->signin;
    TRY(json_only(q->body, "state", "code", "iss", "error", NULL));
    TRY(json_text(q->body, "state", 0, STATE_MAX, &x->state));
    TRY(json_text_or(q->body, "code", NULL, CODE_MAX, &x->code));
    TRY(json_text_or(q->body, "iss", NULL, ISSUER_MAX, &x->issuer));
    return json_text_or(q->body, "error", NULL, WORD_MAX, &x->error);
}

static enum err wait_check(struct req *q, struct reply *r)
{
    r->retry_after_s = guesses_wait_s(q->service->guesses, GUESSED, q->address);
    if (!r->retry_after_s) return OK;
    return fail(ERR_BUSY, "Too many sign-ins went wrong. Try again in %u seconds.",
                r->retry_after_s);
}

/* A failure that is the provider's, or of a token, is for whoever set it up to read, too. */
static enum err finish(struct req *q, const struct provider_answer *answer,
                       struct provider_person *who)
{
    enum err e = provider_finish(q->service->provider, q->arena, answer, who);

    if (!e) return OK;
    if (e == ERR_UNAUTHORISED) guesses_failed(q->service->guesses, GUESSED, q->address);
    if (!answer->error)
        log_line(LOG_WARN, "a sign-in by the provider failed: %s", err_message());
    return e;
}

enum err provider_return(struct req *q, struct reply *r)
{
    struct arrival x = {.q = q};
    struct provider_answer answer;
    struct provider_person who;
    bool connects;

    TRY(is_set(q));
    TRY(answer_read(q, &answer));
    TRY(wait_check(q, r));
    TRY(finish(q, &answer, &who));
    guesses_forget(q->service->guesses, GUESSED, q->address);
    x.said = (struct identity_said){.issuer = provider_issuer(q->service->provider),
                                    .subject = who.subject,
                                    .name = who.name};
    x.errand = who.errand;
    connects = who.errand[0] == TO_CONNECT;
    TRY(api_write(q, connects ? connect_task : enter_task, &x));
    TRY(reply_signed_in(r, q->arena, &x.user, connects ? NULL : x.secret));
    r->signin = "";
    return OK;
}

enum err provider_part(struct req *q, struct reply *r)
{
    TRY(identity_disconnect(q->store, q->arena, q->user.id));
    r->status = 204;
    return OK;
}

enum err encode_provider(struct out *o, const struct req *q)
{
    const struct provider *p = q->service->provider;
    int has;

    if (!p) return OK;
    out_object(o, "provider");
    out_text(o, "name", provider_name(p));
    if (q->user.id) {
        TRY(store_identity_has(q->store, q->user.id, provider_issuer(p), &has));
        out_bool(o, "connected", has != 0);
    }
    out_end(o);
    return OK;
}
