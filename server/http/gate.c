#include "http/exchange.h"

#include "base/clock.h"
#include "domain/credential.h"
#include "store/store.h"
#include "store/writer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

static const char COOKIE[] = "exemplar_session";
static const char COOKIE_SIGNIN[] = "exemplar_signin";

static const char *header(const struct exchange *x, const char *name)
{
    return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

/* Whether `host` without its port is one of the names in `list`, which commas separate. */
static bool is_listed(const char *host, size_t n, const char *list)
{
    while (list && *list) {
        size_t m = strcspn(list, ",");
        if (m == n && !strncasecmp(list, host, n)) return true;
        list += m + (list[m] == ',');
    }
    return false;
}

static size_t host_length(const char *host)
{
    const char *bracket = *host == '[' ? strchr(host, ']') : NULL;
    return bracket ? (size_t)(bracket - host) + 1 : strcspn(host, ":");
}

enum err gate_host(struct exchange *x)
{
    const char *host = header(x, MHD_HTTP_HEADER_HOST);
    size_t n;

    if (!x->http->is_loopback) return OK;
    n = host ? host_length(host) : 0;
    if (host &&
        (is_listed(host, n, "localhost,127.0.0.1,[::1]") || is_listed(host, n, x->http->hosts)))
        return OK;
    return fail(ERR_DENIED,
                "this server listens for this machine alone and does not answer to the name "
                "'%.*s'; call it localhost, or name the host when starting it",
                (int)(n < 100 ? n : 100), host ? host : "");
}

/* Address as text, and whether it is this machine itself. A proxy on this machine speaks for
 * others and says so by a header. */
static void client_read(struct exchange *x)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *a = info ? info->client_addr : NULL;
    bool is_here = false;

    x->req.address = x->address;
    if (a && a->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)a;
        inet_ntop(AF_INET, &v4->sin_addr, x->address, sizeof x->address);
        is_here = (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
    } else if (a && a->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)a;
        inet_ntop(AF_INET6, &v6->sin6_addr, x->address, sizeof x->address);
        is_here = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
    }
    x->req.is_local = is_here && !header(x, "X-Forwarded-For") && !header(x, "Forwarded");
}

/* Runs by the writer for nobody in particular: its own copy, and nobody waits. */
struct touch {
    char session[SECRET_TEXT + 1];
    int64_t token_id;
};

static enum err touch_task(struct store *s, void *context)
{
    const struct touch *t = context;

    if (t->token_id) return token_touch(s, t->token_id, clock_now_ms());
    return session_touch(s, t->session, clock_now_ms());
}

static void touch_done(void *context, enum err e, const char *sentence)
{
    (void)e; /* a time of last use that was not written is written at the next request */
    (void)sentence;
    forget(context, sizeof(struct touch));
    free(context);
}

static void touch(struct exchange *x, const char *session, int64_t token_id)
{
    struct touch *t = calloc(1, sizeof *t);

    if (!t) return;
    t->token_id = token_id;
    if (session) memcpy(t->session, session, strlen(session) + 1);
    if (writer_submit(x->http->service.writer, touch_task, t, touch_done)) free(t);
}

static enum err enter_by_token(struct exchange *x, struct store *s, const char *secret)
{
    struct token t;

    TRY(user_by_token(s, x->req.arena, secret, clock_now_ms(), &x->req.user, &t));
    x->req.token = t;
    if (http_token_is_stale(x->http, t.id)) touch(x, NULL, t.id);
    return OK;
}

static enum err enter_by_session(struct exchange *x, struct store *s, const char *secret)
{
    int stale;

    if (strlen(secret) >= sizeof x->session) return fail(ERR_UNAUTHORISED, "sign in first");
    TRY(user_by_session(s, x->req.arena, secret, clock_now_ms(), &x->req.user));
    memcpy(x->session, secret, strlen(secret) + 1);
    x->req.session = x->session;
    TRY(session_is_stale(s, secret, clock_now_ms(), &stale));
    if (stale) touch(x, secret, 0);
    return OK;
}

/* Who is asking, by the token or the cookie sent. */
static enum err enter(struct exchange *x, struct store *s, const char *bearer,
                      const char *cookie)
{
    if (!bearer) return enter_by_session(x, s, cookie);
    if (strncasecmp(bearer, "Bearer ", 7) != 0)
        return fail(ERR_UNAUTHORISED, "Authorization: expected 'Bearer' and a token");
    return enter_by_token(x, s, bearer + 7);
}

/* Kept whatever it says: whether it is one of ours is for the handler to find out. */
static void signin_read(struct exchange *x)
{
    const char *text =
        MHD_lookup_connection_value(x->connection, MHD_COOKIE_KIND, COOKIE_SIGNIN);

    if (!text || !*text || strlen(text) >= sizeof x->signin) return;
    memcpy(x->signin, text, strlen(text) + 1);
    x->req.signin = x->signin;
}

static const char *session_cookie(const struct exchange *x)
{
    return MHD_lookup_connection_value(x->connection, MHD_COOKIE_KIND, COOKIE);
}

/* Nobody when neither was sent. */
static enum err who(struct exchange *x)
{
    const char *bearer = header(x, MHD_HTTP_HEADER_AUTHORIZATION);
    struct store *s;

    if (!bearer && !session_cookie(x)) return OK;
    TRY(http_store(x->http, &s));
    TRY(store_look(s));
    return store_look_end(s, enter(x, s, bearer, session_cookie(x)));
}

/* A page of another site can make this browser send its cookie, but not this header. */
static enum err own_page(struct exchange *x)
{
    const char *ours = header(x, "X-Exemplar");

    if (x->req.route->method == GET || header(x, MHD_HTTP_HEADER_AUTHORIZATION)) return OK;
    /* whom nothing is lent by a cookie, nobody can lend it to */
    if (x->req.route->least == CALLER && !session_cookie(x)) return OK;
    if (ours && !strcmp(ours, "1")) return OK;
    return fail(ERR_DENIED, "the header 'X-Exemplar: 1' is missing; a request that changes "
                            "something needs it, or a token");
}

static enum err admit(struct exchange *x)
{
    struct store *s;

    TRY(http_store(x->http, &s));
    TRY(store_look(s));
    return store_look_end(s, api_admit(&x->req, s));
}

enum err gate_enter(struct exchange *x)
{
    enum least least = x->req.route->least;
    enum err e;

    client_read(x);
    signin_read(x);
    TRY(own_page(x));
    e = who(x);
    /* Whoever may come unknown may come with a session that has ended, too. */
    if (least == ANYONE && e == ERR_UNAUTHORISED) return OK;
    if (least == OPERATOR && x->req.is_local) return OK;
    if (least == CALLER &&
        (!e || (e == ERR_UNAUTHORISED && !header(x, MHD_HTTP_HEADER_AUTHORIZATION))))
        return admit(x);
    if (e) return e;
    if (least == ANYONE) return OK;
    if (!x->req.user.id) return fail(ERR_UNAUTHORISED, "sign in first");
    return admit(x);
}
