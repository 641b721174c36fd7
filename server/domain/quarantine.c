#include "domain/quarantine.h"

#include "base/json.h"
#include "domain/ledger.h"
#include "store/project.h"
#include "store/user.h"

#include <string.h>

static enum err reason_check(const struct quarantine_set *x)
{
    const size_t n = x->reason ? strlen(x->reason) : 0;

    if (n > QUARANTINE_REASON_MAX)
        return fail(ERR_INVALID, "reason: at most %d bytes", QUARANTINE_REASON_MAX);
    if (x->is_on && !n)
        return fail(ERR_INVALID,
                    "reason: say why these labels are to be left out; it is kept for ever");
    return OK;
}

static enum err find_last(struct store *s, struct arena *a, const struct quarantine_set *x,
                          struct quarantine *last)
{
    struct quarantine *list;
    size_t n;

    *last =
        (struct quarantine){.project_id = x->project_id, .user_id = x->user_id, .reason = ""};
    TRY(store_quarantine_list(s, a, x->project_id, INT64_MAX, &list, &n));
    for (size_t i = 0; i < n; i++)
        if (list[i].user_id == x->user_id) *last = list[i];
    return OK;
}

static enum err append(struct store *s, struct arena *a, const struct quarantine *x)
{
    struct ledger_event event = {
        .kind = "quarantine", .project_id = x->project_id, .user_id = x->by_user_id};
    struct quarantine row = *x;
    json_t *body = json_pack("{s:b,s:s,s:I}", "on", x->is_on, "reason", x->reason, "user",
                             (json_int_t)x->user_id);

    if (!body) return fail(ERR_INVALID, "reason: not valid UTF-8");
    event.body = json_write(a, body);
    json_decref(body);
    NEED(event.body);
    TRY(ledger_append(s, &event, x->at, &row.seq));
    return store_quarantine_add(s, &row);
}

static enum err set(struct store *s, struct arena *a, const struct quarantine_set *x,
                    int64_t now_ms, struct quarantine *now)
{
    struct project_brief p;
    struct user u;

    TRY(store_project_brief(s, x->project_id, &p));
    TRY(store_user_get(s, a, x->user_id, &u));
    TRY(find_last(s, a, x, now));
    if (now->is_on == x->is_on) return OK;
    *now = (struct quarantine){.project_id = x->project_id,
                               .user_id = x->user_id,
                               .is_on = x->is_on,
                               .reason = x->reason ? x->reason : "",
                               .by_user_id = x->by_user_id,
                               .at = now_ms};
    TRY(append(s, a, now));
    return find_last(s, a, x, now);
}

enum err quarantine_set(struct store *s, struct arena *a, const struct quarantine_set *x,
                        int64_t now_ms, struct quarantine *now)
{
    TRY(reason_check(x));
    TRY(store_begin(s));
    return store_end(s, set(s, a, x, now_ms, now));
}

enum err quarantine_as_of(struct store *s, struct arena *a, int64_t project_id, int64_t seq,
                          struct left_out *out)
{
    struct quarantine *list;
    int64_t *users;
    size_t n;

    *out = (struct left_out){.n = 0};
    TRY(store_quarantine_list(s, a, project_id, seq, &list, &n));
    users = arena_array(a, n + 1, sizeof *users);
    NEED(users);
    for (size_t i = 0; i < n; i++)
        if (list[i].is_on) users[out->n++] = list[i].user_id;
    out->users = users;
    return OK;
}

int quarantined(const struct left_out *out, int64_t user_id)
{
    size_t low = 0;
    size_t high = out->n;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;

        if (out->users[mid] < user_id)
            low = mid + 1;
        else
            high = mid;
    }
    return low < out->n && out->users[low] == user_id;
}

enum err quarantine_of_event(struct arena *a, const struct ledger_row *row,
                             struct quarantine *x)
{
    json_t *body;
    const char *reason;

    TRY(json_read(&body, row->body, row->n_body));
    reason = json_string_value(json_object_get(body, "reason"));
    *x = (struct quarantine){.seq = row->seq,
                             .project_id = row->project_id,
                             .user_id = json_integer_value(json_object_get(body, "user")),
                             .is_on = json_is_true(json_object_get(body, "on")),
                             .reason = arena_strdup(a, reason ? reason : ""),
                             .by_user_id = row->user_id,
                             .at = row->at};
    json_decref(body);
    NEED(x->reason);
    return OK;
}
