#include "domain/member.h"

#include "store/project.h"

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
    if (u.kind != USER_PERSON)
        return fail(ERR_NOT_FOUND, "user %lld is a part of the program and joins no project",
                    (long long)user_id);
    return store_member_set(s, project_id, user_id, role);
}

enum err member_need_role(const struct user *u, enum role role, enum role least)
{
    if (role >= least) return OK;
    return fail(ERR_DENIED, "this needs the role %s in the project; %s has the role %s there",
                role_name(least), u->name, role_name(role));
}
