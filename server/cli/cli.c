#include "cli/cli.h"

#include "base/file.h"
#include "base/hash.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DONE = 0, FAILED = 1, USAGE = 2 };

static void commands_print(FILE *to)
{
    fprintf(to, "Exemplar " EXEMPLAR_VERSION ": labels, by the examples that teach most.\n\n");
    for (size_t i = 0; i < COMMANDS_N; i++)
        fprintf(to, "  exemplar %-15s %-8s %s\n", COMMANDS[i].name, COMMANDS[i].words,
                COMMANDS[i].what);
    fprintf(to, "\n  --data DIR   the data folder ($EXEMPLAR_DATA, else ./exemplar-data)\n"
                "  --json       one JSON object a line on stdout\n"
                "  --help       after a command: its options and an example\n");
}

static void command_print(FILE *to, const struct command *k)
{
    fprintf(to, "%s.\n\n  exemplar %s%s%s [options]\n\n", k->what, k->name,
            k->words[0] ? " " : "", k->words);
    for (const struct option *o = k->options; o->name; o++)
        fprintf(to, "  %-17s %-8s %s\n", o->name, o->value ? o->value : "", o->help);
    fprintf(to, "  %-17s %-8s %s\n  %-17s %-8s %s\n\nExample: %s\n", "--data", "DIR",
            "the data folder ($EXEMPLAR_DATA, else ./exemplar-data)", "--json", "",
            "one JSON object a line on stdout", k->example);
}

/* How many of the arguments are the command's name, 0 if it is not that command. */
static int name_matches(const struct command *k, int argc, char **argv)
{
    const char *second = strchr(k->name, ' ');
    size_t n = second ? (size_t)(second - k->name) : strlen(k->name);

    if (argc < 2 || strlen(argv[1]) != n || strncmp(argv[1], k->name, n) != 0) return 0;
    if (!second) return 1;
    return argc >= 3 && !strcmp(argv[2], second + 1) ? 2 : 0;
}

static const struct command *command_find(int argc, char **argv, int *n_name)
{
    for (size_t i = 0; i < COMMANDS_N; i++) {
        *n_name = name_matches(&COMMANDS[i], argc, argv);
        if (*n_name) return &COMMANDS[i];
    }
    return NULL;
}

static int option_index(const struct command *k, const char *name)
{
    for (int i = 0; k->options[i].name; i++)
        if (!strcmp(k->options[i].name, name)) return i;
    return -1;
}

enum err cli_usage(struct cli *c, const char *format, ...)
{
    char sentence[500];
    va_list args;

    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    c->is_usage = true;
    return fail(ERR_INVALID, "%s", sentence);
}

const char *cli_value(const struct cli *c, const char *name)
{
    return c->values[option_index(c->command, name)];
}

enum err cli_number(struct cli *c, const char *name, int64_t none, int64_t min, int64_t max,
                    int64_t *value)
{
    const char *text = cli_value(c, name);
    char *end;
    long long read;

    *value = none;
    if (!text) return OK;
    errno = 0;
    read = strtoll(text, &end, 10);
    if (errno || *end || !isdigit((unsigned char)text[text[0] == '-']) || read < min ||
        read > max)
        return cli_usage(c, "%s: expected a whole number from %lld to %lld, got '%.40s'", name,
                         (long long)min, (long long)max, text);
    *value = read;
    return OK;
}

enum err cli_print_json(struct cli *c, json_t *object)
{
    char *text = object ? json_write(&c->arena, object) : NULL;

    json_decref(object);
    NEED(text);
    if (printf("%s\n", text) < 0) return fail(ERR_IO, "stdout: %m");
    return OK;
}

/* Absolute, so that a job that another process goes on with finds the same files. */
static enum err data_folder_set(struct cli *c, const char *given)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs yet */
    const char *data = given ? given : getenv("EXEMPLAR_DATA");
    char here[PATH_MAX];
    char real[PATH_MAX];

    if (!data || !data[0]) data = "exemplar-data";
    if (realpath(data, real)) {
        c->data = arena_strdup(&c->arena, real);
    } else if (data[0] == '/') {
        c->data = arena_strdup(&c->arena, data);
    } else {
        if (!getcwd(here, sizeof here)) return fail(ERR_IO, "the current folder: %m");
        c->data = arena_printf(&c->arena, "%s/%s", here, data);
    }
    NEED(c->data);
    return OK;
}

/* One option at argv[i]; *used: how many arguments it took. */
static enum err option_read(struct cli *c, int argc, char **argv, int i, const char **data,
                            int *used)
{
    int index = option_index(c->command, argv[i]);
    bool has_value =
        !strcmp(argv[i], "--data") || (index >= 0 && c->command->options[index].value);

    *used = 1 + has_value;
    if (!strcmp(argv[i], "--json")) {
        c->json = true;
        return OK;
    }
    if (index < 0 && strcmp(argv[i], "--data") != 0)
        return cli_usage(c, "there is no option %.60s here", argv[i]);
    if (has_value && i + 1 == argc) return cli_usage(c, "%s needs a value", argv[i]);
    if (index < 0)
        *data = argv[i + 1];
    else
        c->values[index] = has_value ? argv[i + 1] : "";
    return OK;
}

static enum err arguments_read(struct cli *c, int argc, char **argv)
{
    const char **words = arena_array(&c->arena, (size_t)argc, sizeof *words);
    const char *data = NULL;
    bool only_words = false;
    int used;

    NEED(words);
    for (int i = 0; i < argc; i += used) {
        used = 1;
        if (!only_words && !strcmp(argv[i], "--"))
            only_words = true;
        else if (!only_words && argv[i][0] == '-' && argv[i][1])
            TRY(option_read(c, argc, argv, i, &data, &used));
        else
            words[c->n_words++] = argv[i];
    }
    c->word = words;
    if (c->n_words < c->command->words_min)
        return cli_usage(c, "%s is missing", c->command->words);
    if (c->n_words > c->command->words_max)
        return cli_usage(c, "'%.60s' is one word too many", words[c->command->words_max]);
    return data_folder_set(c, data);
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) return true;
    return false;
}

static int command_run(const struct command *k, int argc, char **argv)
{
    struct cli c = {.command = k};
    enum err e;

    arena_init(&c.arena, 1 * GIB);
    e = hash_start();
    if (!e) e = arguments_read(&c, argc, argv);
    if (!e) e = k->run(&c);
    if (!e && fflush(stdout)) e = fail(ERR_IO, "stdout: %m");
    if (e) fprintf(stderr, "exemplar: %s\n", err_message());
    if (c.is_usage) fprintf(stderr, "see: exemplar %s --help\n", k->name);
    arena_free(&c.arena);
    return !e ? DONE : c.is_usage ? USAGE : FAILED;
}

int cli_main(int argc, char **argv)
{
    int n_name;
    const struct command *k = command_find(argc, argv, &n_name);

    if (k && asks_for_help(argc, argv)) {
        command_print(stdout, k);
        return DONE;
    }
    if (k) return command_run(k, argc - 1 - n_name, argv + 1 + n_name);
    if (argc > 1 && !strcmp(argv[1], "--version")) {
        printf("exemplar " EXEMPLAR_VERSION "\n");
        return DONE;
    }
    if (argc > 1 && (asks_for_help(argc, argv) || !strcmp(argv[1], "help"))) {
        commands_print(stdout);
        return DONE;
    }
    if (argc > 1) fprintf(stderr, "exemplar: there is no command '%.60s'\n\n", argv[1]);
    commands_print(stderr);
    return USAGE;
}
