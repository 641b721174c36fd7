#include "api/handlers.h"

/* The API on one screen. In each row, in this order:
 *
 * method   what is done: GET reads and changes nothing (and serves HEAD), the others may change.
 * path     a part in braces is a parameter; ids are numbers, except a label's, which is the uuid
 *          that its client made.
 * least    the least role that may call it: in the project, where the path names one or an item or
 *          a job of it, else of the account (admit.c). ANYONE needs no sign-in, CALLER is whom an
 *          endpoint lets in, OPERATOR is an
 *          admin or a program on this very machine (monitoring). Checked before the body is read.
 * lane     READ on the connection's thread; WRITE as a task of the writer, answered when it is on
 *          the disk; OUTSIDE, on a thread of its own, where another server is asked; INTAKE, on
 *          another, where pictures are decoded; SLOW, behind a short queue, where a password is
 *          hashed, a file of a model or all latents are read; PREDICT, on threads of their own,
 *          where a model answers (many inputs at once: on one of low priority).
 * body     what is read: NONE (and what is sent all the same is passed over), a JSON object, BYTES
 *          of any type, or an UPLOAD, which goes to the disk.
 * max      bytes of a body, beyond which it is refused unread. 0 for an upload: the server's limit
 *          (http/server.h).
 * handler  the function, in the file handlers.h names.
 * scope    what a token must be allowed; a row without one needs read for GET and manage for the
 *          others, so that what is forgotten is shut. */
#define V1      "/api/v1"
#define PROJECT V1 "/projects/{project}"
#define ITEM    V1 "/items/{item}"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers" /* rows without a scope */
const struct route ROUTES[] = {
  /* clang-format off */
    {POST,   V1 "/setup",                        ANYONE,    SLOW,  JSON,   4 * KIB,  setup_accept},
    {POST,   V1 "/setup/check",                  ANYONE,    READ,  JSON,   4 * KIB,  setup_check},
    {GET,    V1 "/session",                      ANYONE,    READ,  NONE,   0,        session_get},
    {POST,   V1 "/session",                      ANYONE,    SLOW,  JSON,   4 * KIB,  session_make},
    {DELETE, V1 "/session",                      ANNOTATOR, WRITE, NONE,   0,        session_delete},
    {POST,   V1 "/session/provider",             ANYONE,    OUTSIDE, JSON, 4 * KIB,  provider_send},
    {POST,   V1 "/session/provider/answer",      ANYONE,    OUTSIDE, JSON, 16 * KIB, provider_return},
    {DELETE, V1 "/session/provider",             ANNOTATOR, WRITE, NONE,   0,        provider_part},
    {PUT,    V1 "/session/password",             ANNOTATOR, SLOW,  JSON,   4 * KIB,  password_change},
    {DELETE, V1 "/sessions",                     ANNOTATOR, WRITE, NONE,   0,        sessions_end},
    {GET,    V1 "/tokens",                       ANNOTATOR, READ,  NONE,   0,        tokens_list},
    {POST,   V1 "/tokens",                       ANNOTATOR, WRITE, JSON,   4 * KIB,  tokens_make},
    {DELETE, V1 "/tokens/{token}",               ANNOTATOR, WRITE, NONE,   0,        tokens_revoke},
    {GET,    V1 "/users",                        ADMIN,     READ,  NONE,   0,        users_list},
    {POST,   V1 "/users",                        ADMIN,     WRITE, JSON,   4 * KIB,  users_invite},
    {PATCH,  V1 "/users/{user}",                 ADMIN,     WRITE, JSON,   4 * KIB,  users_change},
    {DELETE, V1 "/users/{user}",                 ADMIN,     WRITE, NONE,   0,        users_erase},
    {DELETE, V1 "/users/{user}/sessions",        ADMIN,     WRITE, NONE,   0,        users_sign_out},
    {GET,    V1 "/users/{user}/tokens",          ADMIN,     READ,  NONE,   0,        tokens_list},
    {POST,   V1 "/users/{user}/tokens",          ADMIN,     WRITE, JSON,   4 * KIB,  tokens_make},
    {DELETE, V1 "/users/{user}/tokens/{token}",  ADMIN,     WRITE, NONE,   0,        tokens_revoke},
    {POST,   V1 "/users/{user}/invite",          ADMIN,     WRITE, NONE,   0,        users_invite_again},

    {GET,    V1 "/projects",                     ANNOTATOR, READ,  NONE,   0,        projects_list},
    {POST,   V1 "/projects",                     MANAGER,   WRITE, JSON,   1 * MIB,  projects_make},
    {POST,   V1 "/projects/samples",             MANAGER,   WRITE, JSON,   4 * KIB,  projects_sample},
    {GET,    PROJECT,                            ANNOTATOR, READ,  NONE,   0,        projects_get},
    {PATCH,  PROJECT,                            MANAGER,   WRITE, JSON,   1 * MIB,  projects_change},
    {GET,    PROJECT "/members",                 MANAGER,   READ,  NONE,   0,        members_list},
    {GET,    PROJECT "/working",                 REVIEWER,  READ,  NONE,   0,        members_working},
    {PUT,    PROJECT "/members/{user}",          MANAGER,   WRITE, JSON,   4 * KIB,  members_set},
    {DELETE, PROJECT "/members/{user}",          MANAGER,   WRITE, NONE,   0,        members_remove},
    {GET,    PROJECT "/events",                  ANNOTATOR, READ,  NONE,   0,        projects_events},
    {POST,   PROJECT "/import",                  MANAGER,   WRITE, UPLOAD, 0,        jobs_import, SCOPE_IMPORT},
    {POST,   PROJECT "/examples",                MANAGER,   INTAKE, UPLOAD, 64 * MIB, examples_add, SCOPE_IMPORT},
    {POST,   PROJECT "/models/{model}/explain",  REVIEWER,  INTAKE, BYTES, 32 * MIB, models_explain},
    {GET,    PROJECT "/draft",                   REVIEWER,  READ,  NONE,   0,        draft_get},
    {POST,   PROJECT "/draft/predict",           REVIEWER,  PREDICT, BYTES, 32 * MIB, draft_predict, SCOPE_READ},
    {POST,   PROJECT "/encode",                  MANAGER,   WRITE, JSON,   4 * KIB,  jobs_encode},
    {GET,    PROJECT "/items",                   ANNOTATOR, READ,  NONE,   0,        items_list},
    {GET,    PROJECT "/facets",                  ANNOTATOR, READ,  NONE,   0,        items_facets},
    {GET,    PROJECT "/views",                   ANNOTATOR, READ,  NONE,   0,        views_list},
    {POST,   PROJECT "/views",                   ANNOTATOR, WRITE, JSON,   16 * KIB, views_keep},
    {DELETE, PROJECT "/views/{view}",            ANNOTATOR, WRITE, NONE,   0,        views_remove},
    {GET,    PROJECT "/bulk",                    REVIEWER,  READ,  NONE,   0,        bulk_list},
    {POST,   PROJECT "/bulk",                    REVIEWER,  WRITE, JSON,   256 * KIB, bulk_begin},
    {POST,   PROJECT "/bulk/{bulk}/undo",        REVIEWER,  WRITE, NONE,   0,        bulk_take_back},
    {GET,    PROJECT "/items/{item}/similar",    ANNOTATOR, SLOW,  NONE,   0,        items_similar},
    {GET,    PROJECT "/picks",                   ANNOTATOR, READ,  NONE,   0,        picks_list},
    {GET,    PROJECT "/assignments",             MANAGER,   READ,  NONE,   0,        assignments_list},
    {POST,   PROJECT "/assignments",             MANAGER,   WRITE, JSON,   64 * KIB, assignments_make},
    {DELETE, PROJECT "/assignments/{assignment}", MANAGER,  WRITE, NONE,   0,        assignments_end},
    {POST,   PROJECT "/priority",                MANAGER,   WRITE, JSON,   64 * KIB, items_set_priority},
    {POST,   PROJECT "/leases",                  ANNOTATOR, WRITE, JSON,   4 * KIB,  leases_take, SCOPE_LABEL},
    {POST,   PROJECT "/leases/renew",            ANNOTATOR, WRITE, JSON,   4 * KIB,  leases_renew, SCOPE_LABEL},
    {POST,   PROJECT "/leases/release",          ANNOTATOR, WRITE, JSON,   4 * KIB,  leases_release, SCOPE_LABEL},
    {GET,    PROJECT "/gold",                    REVIEWER,  READ,  NONE,   0,        gold_list},
    {GET,    PROJECT "/checks",                  REVIEWER,  READ,  NONE,   0,        checks_list},
    {GET,    PROJECT "/labels",                  REVIEWER,  READ,  NONE,   0,        labels_list},
    {POST,   PROJECT "/labels",                  ANNOTATOR, WRITE, JSON,   64 * KIB, labels_add, SCOPE_LABEL},
    {POST,   PROJECT "/labels/{label}/retract",  ANNOTATOR, WRITE, JSON,   4 * KIB,  labels_retract, SCOPE_LABEL},
    {POST,   PROJECT "/labels/{label}/return",   REVIEWER,  WRITE, JSON,   16 * KIB, labels_return, SCOPE_LABEL},
    {GET,    PROJECT "/review",                  REVIEWER,  READ,  NONE,   0,        review_list},
    {GET,    PROJECT "/decisions",               REVIEWER,  READ,  NONE,   0,        decisions_list},
    {POST,   PROJECT "/decisions",               REVIEWER,  WRITE, JSON,   64 * KIB, decisions_make, SCOPE_LABEL},
    {GET,    PROJECT "/quality",                 REVIEWER,  READ,  NONE,   0,        quality_get},
    {POST,   PROJECT "/quality",                 REVIEWER,  WRITE, JSON,   4 * KIB,  quality_measure},
    {GET,    PROJECT "/models/{model}/report", REVIEWER, READ, NONE,   0,        reports_get},
    {POST,   PROJECT "/models/{model}/report", MANAGER,  WRITE, JSON,  4 * KIB,  reports_measure},
    {GET,    PROJECT "/models/{model}/diff",   REVIEWER, SLOW, NONE,   0,        reports_diff},
    {GET,    PROJECT "/models/{model}/card",   REVIEWER, READ, NONE,   0,        reports_card},
    {PUT,    PROJECT "/purpose",             MANAGER,   WRITE, JSON,   8 * KIB,  purpose_put},
    {GET,    PROJECT "/advice",                  REVIEWER,  READ,  NONE,   0,        advice_get},
    {POST,   PROJECT "/advice",                  REVIEWER,  WRITE, JSON,   4 * KIB,  advice_ask},
    {PUT,    PROJECT "/quarantine/{user}",       MANAGER,   WRITE, JSON,   4 * KIB,  quality_quarantine},
    {GET,    PROJECT "/export",                  REVIEWER,  READ,  NONE,   0,        labels_export, SCOPE_EXPORT},
    {GET,    PROJECT "/second-look",             REVIEWER,  READ,  NONE,   0,        second_look_list},
    {POST,   PROJECT "/second-look",             REVIEWER,  WRITE, JSON,   4 * KIB,  second_look_start},
    {POST,   PROJECT "/second-look/{entry}/keep", REVIEWER, WRITE, JSON,   4 * KIB,  second_look_keep, SCOPE_LABEL},
    {POST,   PROJECT "/second-look/{entry}/fix", REVIEWER,  WRITE, JSON,   64 * KIB, second_look_fix, SCOPE_LABEL},
    {POST,   PROJECT "/second-look/{entry}/undo", REVIEWER, WRITE, JSON,   4 * KIB,  second_look_undo, SCOPE_LABEL},
    {GET,    PROJECT "/labels/{label}/trace",    REVIEWER,  READ,  NONE,   0,        labels_trace},
    {GET,    PROJECT "/rounds/{round}/trace",    REVIEWER,  READ,  NONE,   0,        rounds_trace},
    {GET,    PROJECT "/datasets",                REVIEWER,  READ,  NONE,   0,        datasets_list},
    {POST,   PROJECT "/datasets",                MANAGER,   WRITE, JSON,   64 * KIB, datasets_make},
    {GET,    PROJECT "/datasets/{dataset}",      REVIEWER,  READ,  NONE,   0,        datasets_get},
    {GET,    PROJECT "/datasets/{dataset}/diff", REVIEWER,  SLOW,  NONE,   0,        datasets_diff},
    {GET,    PROJECT "/datasets/{dataset}/export", REVIEWER, READ, NONE,   0,        datasets_export, SCOPE_EXPORT},
    {GET,    PROJECT "/datasets/{dataset}/trace", REVIEWER, READ,  NONE,   0,        datasets_trace},
    {GET,    PROJECT "/datasets/{dataset}/uses", REVIEWER,  READ,  NONE,   0,        datasets_uses},
    {POST,   PROJECT "/datasets/{dataset}/uses", MANAGER,   WRITE, JSON,   4 * KIB,  datasets_open_test},
    {GET,    PROJECT "/endpoints",               REVIEWER,  READ,  NONE,   0,        endpoints_list},
    {POST,   PROJECT "/endpoints",               MANAGER,   WRITE, JSON,   64 * KIB, endpoints_make},
    {GET,    PROJECT "/endpoints/{endpoint}",    REVIEWER,  READ,  NONE,   0,        endpoints_get},
    {PATCH,  PROJECT "/endpoints/{endpoint}",    MANAGER,   WRITE, JSON,   64 * KIB, endpoints_change},
    {DELETE, PROJECT "/endpoints/{endpoint}",    MANAGER,   WRITE, NONE,   0,        endpoints_remove},
    {POST,   PROJECT "/endpoints/{endpoint}/gate", MANAGER, WRITE, JSON,   4 * KIB,  endpoints_gate},
    {POST,   PROJECT "/endpoints/{endpoint}/publish", MANAGER, SLOW, JSON, 4 * KIB,  endpoints_publish},
    {POST,   PROJECT "/endpoints/{endpoint}/rollback", MANAGER, SLOW, JSON, 4 * KIB, endpoints_rollback},
    {POST,   PROJECT "/endpoints/{endpoint}/tokens", MANAGER, WRITE, JSON, 4 * KIB,  endpoints_token_make},
    {DELETE, PROJECT "/endpoints/{endpoint}/tokens/{token}", MANAGER, WRITE, NONE, 0, endpoints_token_revoke},
    {GET,    PROJECT "/endpoints/{endpoint}/people", REVIEWER, READ, NONE, 0,        people_behind_get},
    {PATCH,  PROJECT "/endpoints/{endpoint}/people", MANAGER, WRITE, JSON, 4 * KIB,  people_behind_set},
    {GET,    PROJECT "/endpoints/{endpoint}/webhooks", MANAGER, READ, NONE, 0,       webhooks_list},
    {POST,   PROJECT "/endpoints/{endpoint}/webhooks", MANAGER, WRITE, JSON, 8 * KIB, webhooks_make},
    {DELETE, PROJECT "/endpoints/{endpoint}/webhooks/{webhook}", MANAGER, WRITE, NONE, 0, webhooks_remove},
    {GET,    PROJECT "/endpoints/{endpoint}/watch", REVIEWER, READ,  NONE, 0,        watch_get},
    {POST,   PROJECT "/endpoints/{endpoint}/watch", MANAGER, WRITE,  JSON, 4 * KIB,  watch_start},
    {GET,    PROJECT "/models/{model}/take",     REVIEWER,  SLOW,  NONE,   0,        models_take, SCOPE_EXPORT},
    {POST,   PROJECT "/models/{model}/take",     MANAGER,   WRITE, NONE,   0,        models_take_make},

    {GET,    PROJECT "/models",                  REVIEWER,  READ,  NONE,   0,        models_list},
    {POST,   PROJECT "/models",                  MANAGER,   WRITE, JSON,   4 * KIB,  models_make},
    {GET,    PROJECT "/models/{model}",          REVIEWER,  READ,  NONE,   0,        models_get},
    {POST,   PROJECT "/models/{model}/predict",  REVIEWER,  PREDICT, BYTES, 64 * MIB, models_predict},
    {GET,    PROJECT "/models/{model}/trace",    REVIEWER,  READ,  NONE,   0,        models_trace},

    {GET,    ITEM,                               ANNOTATOR, READ,  NONE,   0,        items_get},
    {GET,    ITEM "/media",                      ANNOTATOR, READ,  NONE,   0,        items_media},
    {GET,    ITEM "/original",                   ANNOTATOR, READ,  NONE,   0,        items_original},
    {PUT,    ITEM "/gold",                       REVIEWER,  WRITE, JSON,   64 * KIB, gold_put},
    {DELETE, ITEM "/gold",                       REVIEWER,  WRITE, NONE,   0,        gold_delete},
    {GET,    ITEM "/history",                    ANNOTATOR, READ,  NONE,   0,        items_history},
    {GET,    ITEM "/comments",                   ANNOTATOR, READ,  NONE,   0,        comments_list},
    {POST,   ITEM "/comments",                   ANNOTATOR, WRITE, JSON,   16 * KIB, comments_add, SCOPE_LABEL},
    {PATCH,  ITEM "/comments/{comment}",         ANNOTATOR, WRITE, JSON,   4 * KIB,  comments_close, SCOPE_LABEL},

    {GET,    V1 "/jobs",                         ANNOTATOR, READ,  NONE,   0,        jobs_list},
    {GET,    V1 "/jobs/{job}",                   ANNOTATOR, READ,  NONE,   0,        jobs_get},
    {POST,   V1 "/jobs/{job}/cancel",            MANAGER,   WRITE, NONE,   0,        jobs_cancel},
    {GET,    V1 "/jobs/{job}/report",            ANNOTATOR, READ,  NONE,   0,        jobs_report},

    {GET,    V1 "/endpoints/{name}",             CALLER,    READ,  NONE,   0,        embed_about, SCOPE_PREDICT},
    {POST,   V1 "/endpoints/{name}/predict",     CALLER,    PREDICT, BYTES, PREDICT_BODY_MAX, endpoints_predict, SCOPE_PREDICT},
    {GET,    V1 "/endpoints/{name}/requests/{request}", CALLER, READ, NONE, 0,       requests_get, SCOPE_PREDICT},
    {GET,    "/e/{name}",                        ANYONE,    READ,  NONE,   0,        embed_page},

    {GET,    V1 "/audit",                        ADMIN,     READ,  NONE,   0,        audit_list},
    {GET,    V1 "/audit/export",                 ADMIN,     READ,  NONE,   0,        audit_export, SCOPE_EXPORT},
    {GET,    PROJECT "/audit",                   MANAGER,   READ,  NONE,   0,        audit_list},

    {GET,    V1 "/openapi.json",                 ANYONE,    READ,  NONE,   0,        system_openapi},
    {GET,    "/healthz",                         ANYONE,    READ,  NONE,   0,        system_alive},
    {GET,    "/readyz",                          ANYONE,    READ,  NONE,   0,        system_ready},
    {GET,    "/metrics",                         OPERATOR,  READ,  NONE,   0,        system_metrics},
  /* clang-format on */
};
#pragma GCC diagnostic pop
const size_t ROUTES_N = sizeof ROUTES / sizeof ROUTES[0];
