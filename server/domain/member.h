/* member - who works on which project, and as what.
 *
 * A person has a role on the account, which counts outside projects (a manager may make them, an
 * administrator may do everything everywhere), and one in each project they are a member of,
 * which alone counts there. To everybody else a project is not there.
 *
 *     TRY(store_member_role(s, project, user.id, &role));       // ERR_NOT_FOUND: none of theirs
 *     TRY(member_need_role(&user, role, ROLE_MANAGER));         // ERR_DENIED
 *
 * Labels stay when their author leaves; what they had in hand goes back to the queue at once. */
#ifndef EXEMPLAR_DOMAIN_MEMBER_H
#define EXEMPLAR_DOMAIN_MEMBER_H

#include "store/member.h"

/* Adds the person or changes their role. ERR_INVALID: the role is admin, which is an account's.
 * ERR_NOT_FOUND: there is no such person or project. */
enum err member_set(struct store *s, struct arena *a, int64_t project_id, int64_t user_id,
                    enum role role) MUST_USE;

/* ERR_NOT_FOUND if they are no member. */
enum err member_remove(struct store *s, int64_t project_id, int64_t user_id,
                       int64_t now_ms) MUST_USE;

/* ERR_DENIED "this needs the role manager in the project; ada has the role annotator there". */
enum err member_need_role(const struct user *u, enum role role, enum role least) MUST_USE;

#endif
