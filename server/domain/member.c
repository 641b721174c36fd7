#include "domain/member.h"

#include "domain/audit.h"
#include "domain/queue.h"
#include "store/project.h"

static enum err set(struct store *s, int64_t project_id, int64_t user_id, enum role role)
{
    TRY(store_member_set(s, project_id, user_id, role));
    return audit_append_word(s,
                             &(struct audit_event){.action = "member.set",
                                                   .project_id = project_id,
                                                   .subject = "user",
                                                   .subject_id = user_id},
                             "role", role_name(role));
}

enum err member_set(struct store *s, struct arena *a, int64_t project_id, int64_t user_id,
                    enum role role)
{
    struct project_brief p;
    struct user u;

    if (role == ROLE_ADMIN)
        return fail(ERR_INVALID, "role: in a project it is annotator, reviewer or manager; an "
                                 "administrator is one everywhere");
    TRY(store_project_brief(s, project_id, &p));
    TRY(store_user_get(s, a, user_id, &u));
    if (u.erased_at) return fail(ERR_NOT_FOUND, "user %lld was erased", (long long)user_id);
    if (u.kind == USER_SYSTEM)
        return fail(ERR_NOT_FOUND, "user %lld is a part of the program and joins no project",
                    (long long)user_id);
    TRY(store_begin(s));
    return store_end(s, set(s, project_id, user_id, role));
}

static enum err take_off(struct store *s, int64_t project_id, int64_t user_id, int64_t now_ms)
{
    TRY(store_member_remove(s, project_id, user_id));
    TRY(queue_withdraw(s, project_id, user_id, now_ms));
    return audit_append(s, &(struct audit_event){.action = "member.removed",
                                                 .project_id = project_id,
                                                 .subject = "user",
                                                 .subject_id = user_id});
}

enum err member_remove(struct store *s, int64_t project_id, int64_t user_id, int64_t now_ms)
{
    TRY(store_begin(s));
    return store_end(s, take_off(s, project_id, user_id, now_ms));
}

enum err member_need_role(const struct user *u, enum role role, enum role least)
{
    if (role >= least) return OK;
    return fail(ERR_DENIED, "this needs the role %s in the project; %s has the role %s there",
                role_name(least), u->name, role_name(role));
}
