#include "domain/user.h"
#include "base/clock.h"
#include "base/hash.h"
#include "cli/work.h"
#include "domain/credential.h"
#include "domain/member.h"
#include "domain/project.h"

#include <stdio.h>
#include <string.h>

/* What a task of the writer needs to know about a person. */
struct change {
    struct cli *cli;
    const char *name;
    enum role role;
    const char *hashed; /* NULL: make a link instead */
    char secret[SECRET_TEXT];
    int64_t expires_at;
    struct user user;
    const char *token_name;
    unsigned scopes; /* of the token */
    const char *project;
    int64_t project_id;
};

/* The first line of stdin, hashed; NULL in *hashed when no password is to be read. */
static enum err password_read(struct cli *c, const char **hashed)
{
    char password[PASSWORD_BYTES_MAX + 2];
    char *kept = arena_alloc(&c->arena, PASSWORD_TEXT);
    enum err e;

    *hashed = NULL;
    NEED(kept);
    if (!cli_value(c, "--password-stdin")) return OK;
    if (!fgets(password, sizeof password, stdin))
        return fail(ERR_INVALID, "no password came from stdin");
    password[strcspn(password, "\r\n")] = '\0';
    e = user_password_check(password);
    if (!e) e = password_hash(kept, password);
    forget(password, sizeof password);
    *hashed = kept;
    return e;
}

static enum err user_print(struct cli *c, const struct user *u)
{
    char at[CLOCK_TEXT];

    clock_format(at, u->created_at);
    if (c->json)
        return cli_print_json(c, json_pack("{s:I, s:s, s:s, s:b, s:s}", "id", (json_int_t)u->id,
                                           "name", u->name, "role", role_name(u->role),
                                           "disabled", u->disabled, "created_at", at));
    printf("%lld\t%s\t%s%s\n", (long long)u->id, u->name, role_name(u->role),
           u->disabled ? "\tdisabled" : "");
    return OK;
}

static enum err link_print(struct cli *c, const struct change *x)
{
    char until[CLOCK_TEXT];

    clock_format(until, x->expires_at);
    if (c->json)
        return cli_print_json(c, json_pack("{s:I, s:s, s:o, s:s}", "id", (json_int_t)x->user.id,
                                           "name", x->user.name, "link",
                                           json_sprintf("/#/setup/%s", x->secret), "expires_at",
                                           until));
    printf("%s chooses a password at (one use, until %s): /#/setup/%s\n", x->user.name, until,
           x->secret);
    return OK;
}

static enum err change_do(struct cli *c, writer_task task, struct change *x)
{
    struct work w;
    enum err e;

    x->cli = c;
    TRY(work_open(&w, c));
    e = writer_do(w.writer, task, x);
    work_close(&w);
    return e;
}

static enum err add_task(struct store *s, void *context)
{
    struct change *x = context;
    int64_t now = clock_now_ms();

    if (cli_value(x->cli, "--service"))
        return user_add_service(s, &x->cli->arena, x->name, x->role, now, &x->user);
    if (x->hashed)
        TRY(user_add(s, &x->cli->arena, x->name, x->role, x->hashed, now, &x->user));
    else
        TRY(user_invite(s, &x->cli->arena, x->name, x->role, now, &x->user, x->secret,
                        &x->expires_at));
    return store_member_add_everywhere(s, x->user.id);
}

enum err cmd_user_add(struct cli *c)
{
    struct change x = {.name = c->word[0]};
    const char *role = cli_value(c, "--role");

    if (role && role_read(&x.role, role)) return cli_usage(c, "--role: %s", err_message());
    TRY(user_name_check(x.name));
    TRY(password_read(c, &x.hashed));
    TRY(change_do(c, add_task, &x));
    return x.hashed || x.user.kind == USER_SERVICE ? user_print(c, &x.user) : link_print(c, &x);
}

static enum err members_print(struct cli *c, struct store *s)
{
    struct project p;
    struct member *members;
    size_t n;

    TRY(project_find(s, &c->arena, cli_value(c, "--project"), &p));
    TRY(store_member_list(s, &c->arena, p.id, &members, &n));
    for (size_t i = 0; i < n; i++) {
        struct user u;
        TRY(store_user_get(s, &c->arena, members[i].user_id, &u));
        u.role = members[i].role;
        TRY(user_print(c, &u));
    }
    return OK;
}

static enum err users_print(struct cli *c, struct store *s)
{
    struct user *users;
    size_t n;

    TRY(store_user_list(s, &c->arena, 0, SIZE_MAX / 2, &users, &n));
    for (size_t i = 0; i < n; i++)
        TRY(user_print(c, &users[i]));
    return OK;
}

enum err cmd_user_list(struct cli *c)
{
    struct store *s;
    enum err e;

    TRY(store_open(&s, c->data, STORE_READ));
    e = cli_value(c, "--project") ? members_print(c, s) : users_print(c, s);
    store_close(s);
    return e;
}

static enum err subjects_find(struct store *s, struct change *x)
{
    struct project p;

    TRY(project_find(s, &x->cli->arena, x->project, &p));
    x->project_id = p.id;
    return store_user_by_name(s, &x->cli->arena, x->name, &x->user);
}

static enum err join_task(struct store *s, void *context)
{
    struct change *x = context;

    TRY(subjects_find(s, x));
    if (!cli_value(x->cli, "--role")) x->role = x->user.role;
    TRY(member_set(s, &x->cli->arena, x->project_id, x->user.id, x->role));
    x->user.role = x->role;
    return OK;
}

enum err cmd_user_join(struct cli *c)
{
    struct change x = {.name = c->word[0], .project = cli_value(c, "--project")};
    const char *role = cli_value(c, "--role");

    if (!x.project) return cli_usage(c, "--project is missing");
    if (role && role_read(&x.role, role)) return cli_usage(c, "--role: %s", err_message());
    TRY(change_do(c, join_task, &x));
    return user_print(c, &x.user);
}

static enum err leave_task(struct store *s, void *context)
{
    struct change *x = context;

    TRY(subjects_find(s, x));
    return member_remove(s, x->project_id, x->user.id, clock_now_ms());
}

enum err cmd_user_leave(struct cli *c)
{
    struct change x = {.name = c->word[0], .project = cli_value(c, "--project")};

    if (!x.project) return cli_usage(c, "--project is missing");
    return change_do(c, leave_task, &x);
}

static enum err disable_task(struct store *s, void *context)
{
    struct change *x = context;

    TRY(store_user_by_name(s, &x->cli->arena, x->name, &x->user));
    TRY(user_set_disabled(s, x->user.id, 1, clock_now_ms()));
    return store_user_get(s, &x->cli->arena, x->user.id, &x->user);
}

enum err cmd_user_disable(struct cli *c)
{
    struct change x = {.name = c->word[0]};

    TRY(change_do(c, disable_task, &x));
    return user_print(c, &x.user);
}

static enum err passwd_task(struct store *s, void *context)
{
    struct change *x = context;

    TRY(store_user_by_name(s, &x->cli->arena, x->name, &x->user));
    if (x->hashed) return user_set_password(s, x->user.id, x->hashed);
    return user_invite_again(s, x->user.id, clock_now_ms(), x->secret, &x->expires_at);
}

enum err cmd_user_passwd(struct cli *c)
{
    struct change x = {.name = c->word[0]};

    TRY(password_read(c, &x.hashed));
    TRY(change_do(c, passwd_task, &x));
    return x.hashed ? user_print(c, &x.user) : link_print(c, &x);
}

static enum err sign_out_task(struct store *s, void *context)
{
    struct change *x = context;

    TRY(store_user_by_name(s, &x->cli->arena, x->name, &x->user));
    return user_sign_out(s, x->user.id);
}

enum err cmd_user_sign_out(struct cli *c)
{
    struct change x = {.name = c->word[0]};

    return change_do(c, sign_out_task, &x);
}

static enum err erase_task(struct store *s, void *context)
{
    struct change *x = context;

    TRY(store_user_by_name(s, &x->cli->arena, x->name, &x->user));
    TRY(user_erase(s, x->user.id, clock_now_ms()));
    return store_user_get(s, &x->cli->arena, x->user.id, &x->user);
}

enum err cmd_user_erase(struct cli *c)
{
    struct change x = {.name = c->word[0]};

    TRY(change_do(c, erase_task, &x));
    return user_print(c, &x.user);
}

static enum err token_task(struct store *s, void *context)
{
    struct change *x = context;
    struct token_wish w = {.name = x->token_name, .scopes = x->scopes};
    int64_t id;

    TRY(store_user_by_name(s, &x->cli->arena, x->name, &x->user));
    if (x->project) {
        struct project p;
        TRY(project_find(s, &x->cli->arena, x->project, &p));
        w.project_id = p.id;
    }
    return token_new(s, x->user.id, &w, clock_now_ms(), &id, x->secret);
}

/* "read,label"; all of them when not given. */
static enum err scopes_read(struct cli *c, unsigned *scopes)
{
    const char *text = cli_value(c, "--scopes");

    *scopes = text ? 0 : SCOPE_ALL;
    while (text && *text) {
        size_t n = strcspn(text, ",");
        char *word = arena_copy(&c->arena, text, n);
        enum scope one;

        NEED(word);
        if (scope_read(&one, word)) return cli_usage(c, "--scopes: %s", err_message());
        *scopes |= (unsigned)one;
        text += n + (text[n] == ',');
    }
    return OK;
}

enum err cmd_token_add(struct cli *c)
{
    const char *name = cli_value(c, "--name");
    struct change x = {.name = c->word[0],
                       .token_name = name ? name : "command line",
                       .project = cli_value(c, "--project")};

    TRY(scopes_read(c, &x.scopes));

    TRY(change_do(c, token_task, &x));
    return cli_print_json(c, json_pack("{s:s}", "token", x.secret));
}
