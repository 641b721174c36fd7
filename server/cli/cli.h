/* cli - the command line: one row a command, its words and options checked before it runs.
 *
 *     int main(int argc, char **argv) { return cli_main(argc, argv); }
 *
 * Exit 0: done. 1: failed, with a sentence on stderr. 2: wrong usage, with what would be right.
 * What a script reads goes to stdout; progress and messages to stderr. With --json stdout has one
 * JSON object a line. */
#ifndef EXEMPLAR_CLI_CLI_H
#define EXEMPLAR_CLI_CLI_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>

enum { CLI_OPTIONS_MAX = 20 };

struct cli;

struct option {
    const char *name;  /* "--role"; NULL ends the list */
    const char *value; /* "NAME", as help shows it; NULL: takes none */
    const char *help;
};

struct command {
    const char *name;  /* one word or two: "user add" */
    const char *words; /* what follows, as help shows it: "PATH..." */
    size_t words_min, words_max;
    const char *what;    /* one line */
    const char *example; /* one line */
    const struct option *options;
    enum err (*run)(struct cli *c);
};

/* One call of a command. */
struct cli {
    const struct command *command;
    struct arena arena;      /* until the command ends */
    const char *data;        /* the data folder, absolute */
    const char *const *word; /* (n_words) */
    size_t n_words;
    const char
        *values[CLI_OPTIONS_MAX]; /* of command->options, in their order; NULL: not given */
    bool json;
    bool is_usage; /* the failure is wrong usage */
};

int cli_main(int argc, char **argv);

/* The value of an option of this command, NULL when it was not given; "" for one without value. */
const char *cli_value(const struct cli *c, const char *name);

/* A wrong word or option: keeps the sentence for exit 2 and returns ERR_INVALID. */
enum err cli_usage(struct cli *c, const char *format, ...) MUST_USE
    __attribute__((format(printf, 2, 3)));

/* A whole number option within bounds, `none` when not given. */
enum err cli_number(struct cli *c, const char *name, int64_t none, int64_t min, int64_t max,
                    int64_t *value) MUST_USE;

/* One line of JSON on stdout; takes the reference. ERR_NOMEM also for a NULL object. */
enum err cli_print_json(struct cli *c, json_t *object) MUST_USE;

/* Every command of the program, in the order of help. */
extern const struct command COMMANDS[];
extern const size_t COMMANDS_N;

enum err cmd_serve(struct cli *c) MUST_USE;
enum err cmd_user_add(struct cli *c) MUST_USE;
enum err cmd_user_list(struct cli *c) MUST_USE;
enum err cmd_user_join(struct cli *c) MUST_USE;
enum err cmd_user_leave(struct cli *c) MUST_USE;
enum err cmd_user_disable(struct cli *c) MUST_USE;
enum err cmd_user_sign_out(struct cli *c) MUST_USE;
enum err cmd_user_erase(struct cli *c) MUST_USE;
enum err cmd_user_passwd(struct cli *c) MUST_USE;
enum err cmd_token_add(struct cli *c) MUST_USE;
enum err cmd_project_create(struct cli *c) MUST_USE;
enum err cmd_project_list(struct cli *c) MUST_USE;
enum err cmd_project_show(struct cli *c) MUST_USE;
enum err cmd_project_archive(struct cli *c) MUST_USE;
enum err cmd_project_restore(struct cli *c) MUST_USE;
enum err cmd_import(struct cli *c) MUST_USE;
enum err cmd_export(struct cli *c) MUST_USE;
enum err cmd_dataset_freeze(struct cli *c) MUST_USE;
enum err cmd_dataset_list(struct cli *c) MUST_USE;
enum err cmd_dataset_diff(struct cli *c) MUST_USE;
enum err cmd_dataset_export(struct cli *c) MUST_USE;
enum err cmd_encode(struct cli *c) MUST_USE;
enum err cmd_train(struct cli *c) MUST_USE;
enum err cmd_predict(struct cli *c) MUST_USE;
enum err cmd_take(struct cli *c) MUST_USE;
enum err cmd_gate(struct cli *c) MUST_USE;
enum err cmd_publish(struct cli *c) MUST_USE;
enum err cmd_rollback(struct cli *c) MUST_USE;
enum err cmd_trace(struct cli *c) MUST_USE;
enum err cmd_pick(struct cli *c) MUST_USE;
enum err cmd_quality(struct cli *c) MUST_USE;
enum err cmd_eval(struct cli *c) MUST_USE;
enum err cmd_check(struct cli *c) MUST_USE;
enum err cmd_simulate(struct cli *c) MUST_USE;
enum err cmd_verify(struct cli *c) MUST_USE;
enum err cmd_audit(struct cli *c) MUST_USE;
enum err cmd_backup(struct cli *c) MUST_USE;
enum err cmd_doctor(struct cli *c) MUST_USE;
enum err cmd_routes(struct cli *c) MUST_USE;

#endif
