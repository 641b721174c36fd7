#include "api/handlers.h"
#include "domain/endpoint.h"
#include "domain/model.h"
#include "store/project.h"

#include <string.h>

/* The page is the same for every name, there or not: what is at the name, the page asks with whatever
 * right its reader has. Its script and style are the browser client's files. */
static const char PAGE[] =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>Try it</title>\n<link rel=\"stylesheet\" href=\"/embed/embed.css\">\n</head>\n"
    "<body>\n<main id=\"embed\"></main>\n"
    "<noscript>This page needs JavaScript.</noscript>\n"
    "<script type=\"module\" src=\"/embed/embed.js\"></script>\n</body>\n</html>\n";

/* May be shown in a frame only by the sites that the endpoint names; by none otherwise. */
static enum err policy_write(struct req *q, const struct endpoint_settings *settings,
                             const char **policy)
{
    const char *frames = "";

    for (size_t i = 0; i < settings->n_frames; i++) {
        frames = arena_printf(q->arena, "%s %s", frames, settings->frames[i]);
        NEED(frames);
    }
    *policy = arena_printf(
        q->arena,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        "media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors%s",
        settings->n_frames ? frames : " 'none'");
    NEED(*policy);
    return OK;
}

enum err embed_page(struct req *q, struct reply *r)
{
    struct endpoint_settings settings = {.n_frames = 0};
    struct endpoint e;
    enum err code = store_endpoint_by_name(q->store, q->arena, req_param(q, "name"), &e);

    if (code && code != ERR_NOT_FOUND) return code;
    if (!code) TRY(endpoint_settings_read(q->arena, e.settings, NULL, &settings));
    TRY(policy_write(q, &settings, &r->policy));
    r->mime = "text/html; charset=utf-8";
    return buf_adds(&r->body, PAGE);
}

enum err embed_about(struct req *q, struct reply *r)
{
    struct out o = out_to(&r->body);
    struct endpoint e;
    struct project p;
    struct model m = {.classes = "[]"};

    TRY(store_endpoint_by_name(q->store, q->arena, req_param(q, "name"), &e));
    TRY(store_project_get(q->store, q->arena, e.project_id, &p));
    if (e.live_id) TRY(store_model_get(q->store, q->arena, e.live_id, &m));
    out_object(&o, NULL);
    out_text(&o, "name", e.name);
    out_text(&o, "kind", p.kind == PROJECT_IMAGE ? "image" : "text");
    out_id(&o, "model", m.version);
    out_json(&o, "classes", m.classes);
    out_end(&o);
    return out_done(&o);
}
