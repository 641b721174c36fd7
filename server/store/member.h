/* store/member - rows of who works on which project, and as what. Rules: domain/member.h. */
#ifndef EXEMPLAR_STORE_MEMBER_H
#define EXEMPLAR_STORE_MEMBER_H

#include "store/user.h"

struct member {
    int64_t user_id;
    const char *name;
    enum role role; /* in the project */
    int disabled;   /* 1: the account is closed */
};

/* What this person may do in this project: ROLE_ADMIN for an administrator, whether or not there
 * is such a project. ERR_NOT_FOUND "there is no project 7" for whoever is no member, and once the
 * account is closed: a project that is not there and one that is none of theirs look alike. */
enum err store_member_role(struct store *s, int64_t project_id, int64_t user_id,
                           enum role *role) MUST_USE;
/* By name. */
enum err store_member_list(struct store *s, struct arena *a, int64_t project_id,
                           struct member **members, size_t *n) MUST_USE;
/* Persons who could be added, with the role of their account: no members, no administrators,
 * no closed accounts. By name. */
enum err store_member_others(struct store *s, struct arena *a, int64_t project_id,
                             struct member **others, size_t *n) MUST_USE;
/* Who holds items of the project now, by name. Reads the leases that are live, of all projects. */
struct working {
    int64_t user_id;
    const char *name; /* NULL when the person was erased */
    int64_t items;    /* in their hands */
    int64_t last_at;  /* when they took the last of them */
};
enum err store_member_working(struct store *s, struct arena *a, int64_t project_id,
                              int64_t now_ms, struct working **people, size_t *n) MUST_USE;
/* Adds the member or changes the role. */
enum err store_member_set(struct store *s, int64_t project_id, int64_t user_id,
                          enum role role) MUST_USE;
/* ERR_NOT_FOUND if they are no member. */
enum err store_member_remove(struct store *s, int64_t project_id, int64_t user_id) MUST_USE;

/* Adds every person who is no administrator, with the role of their account, to the project; or
 * this person to every project. Members stay as they are. */
enum err store_member_add_everybody(struct store *s, int64_t project_id) MUST_USE;
enum err store_member_add_everywhere(struct store *s, int64_t user_id) MUST_USE;

#endif
