#include "cli/cli.h"

static const struct option NONE[] = {{0}};

static const struct option SERVE[] = {
    {"--listen",                                                    "ADDRESS", "where to listen (127.0.0.1:8080)"},
    {"--tls-cert",                           "FILE", "certificate chain, PEM"},
    {"--tls-key",                                                  "FILE", "its key, PEM"},
    {"--insecure-listen",                                     NULL, "listen beyond this machine without TLS"},
    {"--webhooks-anywhere",                                                   NULL, "webhooks may go to http, this machine and private networks"},
    {"--hosts",                                               "NAMES", "more names this server answers to, with commas"},
    {"--threads",                                           "N", "processors that jobs may use (all)"},
    {"--url",                     "URL", "how browsers reach this server (the address it listens at)"},
    {"--oidc-issuer",                                         "URL", "identity provider by which people may sign in (OpenID Connect)"},
    {"--oidc-client", "ID", "as which this server is registered there"},
    {"--oidc-secret-file",                                                     "FILE",
     "the client's secret; without it the client is a public one"},
    {"--oidc-name",             "TEXT", "what the button calls the provider (its host)"},
    {"--oidc-newcomers",                                                   "invited|join",
     "people without account are refused, or get one with the least role (invited)"},
    {0                        },
};

static const struct option USER_ADD[] = {
    {"--role",                                             "ROLE", "annotator, reviewer, manager or admin (annotator)"},
    {"--password-stdin", NULL, "read the password from stdin; else a link is made"},
    {"--service",                                   NULL, "an account for a program: tokens only, and no project yet"},
    {0},
};

static const struct option USER_LIST[] = {
    {"--project",                                   "P", "only its members, each with the role there"},
    {0},
};

static const struct option USER_JOIN[] = {
    {"--project",                      "P", "name or number of the project"},
    {"--role", "ROLE", "annotator, reviewer or manager there (that of the account)"},
    {0                        },
};

static const struct option USER_LEAVE[] = {
    {"--project",                      "P", "name or number of the project"},
    {0},
};

static const struct option USER_PASSWD[] = {
    {"--password-stdin",                                   NULL, "read the password from stdin; else a link is made"},
    {0},
};

static const struct option TOKEN_ADD[] = {
    {"--name",                                    "TEXT", "what the token is for (command line)"},
    {"--scopes",     "LIST", "of read,label,import,export,manage (all)"},
    {"--project",                                  "P", "the only project it opens (all of theirs)"},
    {0},
};

static const struct option PROJECT_CREATE[] = {
    {"--kind",                            "KIND", "image or text"},
    {"--classes",                    "A,B,C", "the classes, with commas"},
    {"--multiple",                         NULL, "an item may have several classes"},
    {"--overlap",         "N", "how many people answer each item (1)"},
    {"--explore",                        "SHARE", "share of items chosen at random, for measuring (0.1)"},
    {0},
};

static const struct option IMPORT[] = {
    {"--project",                                         "P", "name or number of the project"},
    {"--labels-from",                    "folder", "the last folder of each path is its class"},
    {"--add-classes",                                     NULL, "add folders that are no class yet to the classes"},
    {"--text-column",        "NAME", "the column that holds the text"},
    {"--no-header",                                     NULL, "tables have no header: columns are named 1, 2, ..."},
    {"--threads", "N", "processors to use (all)"},
    {0                                    },
};

static const struct option EXPORT[] = {
    {"--project",                          "P", "name or number of the project"},
    {"--format",     "FORMAT", "jsonl, csv or imagefolder (jsonl)"},
    {"-o",                           "OUT", "file, '-' for stdout; imagefolder: a new folder or x.zip"},
    {"--spreadsheet", NULL, "csv: defuse cells a spreadsheet would run; alters them"},
    {0                                },
};

static const struct option AUDIT[] = {
    {"--project",                           "P", "only what was done in this project"},
    {"--after", "NUMBER", "only what came after this row (0)"},
    {0                            },
};

static const struct option DATASET_FREEZE[] = {
    {"--project",                                   "P", "name or number of the project"},
    {"--name",              "TEXT", "what to call it"},
    {"--ledger-seq",                                      "N", "the answers as of this ledger number (now)"},
    {"--classes",                            "A,B", "only these answers"},
    {"--folder",                                "TEXT", "only paths that begin so"},
    {"--meta", "KEY=VALUE", "only items with this metadata"},
    {"--people-min",                                   "N", "only answers of so many people (1)"},
    {"--support-min",                         "SHARE", "only answers that so many of them gave (0)"},
    {"--train",                                    "SHARE", "share of the train part (0.8)"},
    {"--validation",                   "SHARE", "share of the validation part (0.1)"},
    {"--test",                                      "SHARE", "share of the test part (0.1)"},
    {"--keep-together",              "LIST", "duplicates, folder, session, meta:KEY"},
    {"--like",                                "N", "items stay in the parts they have in data set N"},
    {"--seed",         "N", "of the split (1)"},
    {"--threads",                               "N", "processors to use (all)"},
    {0},
};

static const struct option DATASET_LIST[] = {
    {"--project",                      "P", "name or number of the project"},
    {0},
};

static const struct option DATASET_EXPORT[] = {
    {"--project",                                                                 "P", "name or number of the project"},
    {"--format",                                            "FORMAT", "jsonl or csv (jsonl)"},
    {"--part",                                                                  "PART",
     "learning, train, validation, test or all (learning: train and validation)"},
    {"--reason",                                                     "TEXT", "what the test part is opened for; kept for good"},
    {"-o",                                                                    "OUT", "file, '-' for stdout"},
    {0},
};

static const struct option ENCODE[] = {
    {"--project",                        "P", "name or number of the project"},
    {"--retrain",   NULL, "train a new encoder, due or not"},
    {"--threads",                        "N", "processors to use (all)"},
    {0},
};

static const struct option TRAIN[] = {
    {"--project",                      "P", "name or number of the project"},
    {"--name", "TEXT", "what to call the version"},
    {"--seed",                         "N", "of everything that is drawn (the project's)"},
    {"--threads",      "N", "processors to use (all)"},
    {0                        },
};

static const struct option PREDICT[] = {
    {"--model",                                             "M", "a version: its id, or project/number as in shoes/3"},
    {"--text-column", "NAME", "tables: the column that holds the text"},
    {"--threads",                                       "N", "processors to use (all)"},
    {0            },
};

static const struct option TAKE[] = {
    {"--model",                                             "M", "a version: its id, or project/number as in shoes/3"},
    {"--as", "FORM", "onnx, c, web or model"},
    {"--weights",                                                "KIND", "int8 or f32 (int8)"},
    {"-o",                              "OUT", "file, '-' for stdout"},
    {"--threads",                                           "N", "processors to use (all)"},
    {0                                },
};

static const struct option GATE[] = {
    {"--endpoint",                                          "NAME", "the address"},
    {"--model",                                        "M", "a version: its id, or project/number as in shoes/3"},
    {"--threads",                                             "N", "processors to use (all)"},
    {0},
};

static const struct option PUBLISH[] = {
    {"--endpoint",                                          "NAME", "the address; made if there is none of that name"},
    {"--model",    "M", "a version: its id, or project/number as in shoes/3"},
    {"--override",                                             "REASON", "publish it against the gate; the reason is kept"},
    {"--threads", "N", "processors to use (all)"},
    {0                                         },
};

static const struct option ROLLBACK[] = {
    {"--endpoint",   "NAME", "the address"},
    {0},
};

static const struct option PICK[] = {
    {"--project",                      "P", "name or number of the project"},
    {"-n", "N", "how many (10)"},
    {"--replay",                             "ROUND", "compute a round again and compare, instead of picking"},
    {0                },
};

static const struct option VERIFY[] = {
    {"--export",                                                        "FILE", "check this exported .jsonl or .csv instead of the ledger alone"},
    {"--key", "KEY",
     "with --export: by this public key (keys/ledger.pub), without a data folder"},
    {0                                                          },
};

static const struct option CHECK[] = {
    {"--project",                      "P", "name or number of the project"},
    {"--threads", "N", "processors to use (all)"},
    {0                     },
};

static const struct option QUALITY[] = {
    {"--influence",                                                         NULL,
     "what each person's labels change in the model, instead of agreement"},
    {"--project", "P", "name or number of the project"},
    {"--threads",                                                           "N", "processors to use (all)"},
    {0                                     },
};

static const struct option EVAL[] = {
    {"--model",                                               "M", "the version: shoes/3, or its number (GET .../models)"},
    {"--threads", "N", "processors to use (all)"},
    {0                                            },
};

static const struct option SIMULATE[] = {
    {"--dataset",                                                      "PATH", "folder of classes, IDX pair (x-images-idx3-ubyte.gz) or table"},
    {"--test", "PATH", "what to test on (test/ or t10k- beside it, else one in five)"},
    {"--kind",                                                         "KIND", "image or text (what the first item is)"},
    {"--text-column",  "NAME", "tables: the column that holds the text"},
    {"--label-column",                                                         "NAME", "tables: the column that holds the label"},
    {"--no-header",                        NULL, "tables have no header: columns are named 1, 2, ..."},
    {"--strategy",                                                  "LIST", "auto, random, maxherd, uherd, margin, ... (auto,random)"},
    {"--budgets",                        "LIST", "numbers of labels (10,20,50,100,200,500,1000)"},
    {"--seeds",                                                 "N", "how often, each with another nine tenths of the pool (5)"},
    {"--encoder",                       "NAME", "auto, or the name of one (auto)"},
    {"--noise",                                                    "SHARE", "share of wrong answers (0)"},
    {"--imbalance",            "R", "the commonest class is R times the rarest (1: as it is)"},
    {"--explore",                                                     "SHARE", "share of items chosen at random (0.1)"},
    {"--threads",       "N", "processors to use (all)"},
    {"--plot",                                                      "SVG", "write the curves to this file"},
    {0                },
};

const struct command COMMANDS[] = {
    {"serve",           "",        0, 0,      "Serve the browser client and the API",
     "exemplar serve --data ~/labels --listen 127.0.0.1:8080",                                                                                                                        SERVE,          cmd_serve          },
    {"user add",        "NAME",    1, 1,      "Add a person to the program and to all its projects",
     "echo secret-word | exemplar user add ada --role manager --password-stdin",                                                                                                      USER_ADD,
     cmd_user_add                                                                                                                                                                                                        },
    {"user list",       "",        0, 0,      "List the people, or the members of a project",
     "exemplar user list --json",                                                                                                                                                     USER_LIST,      cmd_user_list      },
    {"user join",       "NAME",    1, 1,      "Let a person work on a project, or change the role there",
     "exemplar user join ada --project shoes --role reviewer",                                                                                                                        USER_JOIN,      cmd_user_join      },
    {"user leave",      "NAME",    1, 1,      "Take a person off a project; what they labelled stays",
     "exemplar user leave ada --project shoes",                                                                                                                                       USER_LEAVE,     cmd_user_leave     },
    {"user disable",    "NAME",    1, 1,      "Shut a person out; what they labelled stays",
     "exemplar user disable ada",                                                                                                                                                     NONE,           cmd_user_disable   },
    {"user sign-out",   "NAME",    1, 1,      "End a person's sessions, wherever they are signed in",
     "exemplar user sign-out ada",                                                                                                                                                    NONE,           cmd_user_sign_out  },
    {"user erase",      "NAME",    1, 1,      "Forget who a person was, for good; what they labelled stays",
     "exemplar user erase ada",                                                                                                                                                       NONE,           cmd_user_erase     },
    {"user passwd",     "NAME",    1, 1,      "Set a password, or make a one-use link for it",
     "exemplar user passwd ada",                                                                                                                                                      USER_PASSWD,    cmd_user_passwd    },
    {"token add",       "NAME",    1, 1,      "Make a token for a person's scripts; shown once",
     "exemplar token add ada --name nightly",                                                                                                                                         TOKEN_ADD,      cmd_token_add      },
    {"project create",  "NAME",    1, 1,      "Create a project with one question",
     "exemplar project create shoes --kind image --classes boots,sandals,other",                                                                                                      PROJECT_CREATE,
     cmd_project_create                                                                                                                                                                                                  },
    {"project list",    "",        0, 0,      "List the projects, one JSON object a line",
     "exemplar project list",                                                                                                                                                         NONE,           cmd_project_list   },
    {"project show",    "P",       1, 1,      "Show a project and how it stands",
     "exemplar project show shoes",                                                                                                                                                   NONE,           cmd_project_show   },
    {"project archive", "P OUT",   2, 2,
     "Write a whole project to one file: people, ledger, media, models, receipts",                                     "exemplar project archive shoes shoes.exemplar",               NONE,           cmd_project_archive},
    {"project restore", "FILE",    1, 1,
     "Make a new data folder, that of --data, from such a file",                                                       "exemplar project restore shoes.exemplar --data ./shoes-data", NONE,           cmd_project_restore},
    {"import",          "PATH...", 1, 100000, "Bring in files, folders, zip, tar, csv, tsv or jsonl",
     "exemplar import --project shoes ~/photos",                                                                                                                                      IMPORT,         cmd_import         },
    {"export",          "",        0, 0,      "Write the labels out",
     "exemplar export --project shoes --format csv -o shoes.csv",                                                                                                                     EXPORT,         cmd_export         },
    {"dataset freeze",  "",        0, 0,      "Freeze a version of the answers, split without leaks",
     "exemplar dataset freeze --project shoes --keep-together duplicates,meta:camera",                                                                                                DATASET_FREEZE, cmd_dataset_freeze },
    {"dataset list",    "",        0, 0,      "List the frozen versions, each with its hash",
     "exemplar dataset list --project shoes",                                                                                                                                         DATASET_LIST,   cmd_dataset_list   },
    {"dataset diff",    "OLD NEW", 2, 2,      "Say what differs between two versions",
     "exemplar dataset diff 1 2 --project shoes",                                                                                                                                     DATASET_LIST,   cmd_dataset_diff   },
    {"dataset export",  "N",       1, 1,      "Write a version out; its test part with a reason",
     "exemplar dataset export 2 --project shoes -o shoes-2.jsonl",                                                                                                                    DATASET_EXPORT,
     cmd_dataset_export                                                                                                                                                                                                  },
    {"encode",          "",        0, 0,      "Train an encoder if one is due, and give every item its latent",
     "exemplar encode --project shoes",                                                                                                                                               ENCODE,         cmd_encode         },
    {"train",           "",        0, 0,      "Teach a new version of the project's classifier",
     "exemplar train --project shoes",                                                                                                                                                TRAIN,          cmd_train          },
    {"predict",         "PATH...", 1, 100000, "Say what a version takes files, folders or tables for",
     "exemplar predict --model shoes/3 ~/photos",                                                                                                                                     PREDICT,        cmd_predict        },
    {"take",            "",        0, 0,      "Write a version as one file that runs without Exemplar",
     "exemplar take --model shoes/3 --as web -o shoes.html",                                                                                                                          TAKE,           cmd_take           },
    {"gate",            "",        0, 0,      "Ask whether a version may answer at an address",
     "exemplar gate --endpoint shop --model shoes/3",                                                                                                                                 GATE,           cmd_gate           },
    {"publish",         "",        0, 0,      "Let a version answer at an address, if its gate says go",
     "exemplar publish --endpoint shop --model shoes/3",                                                                                                                              PUBLISH,        cmd_publish        },
    {"rollback",        "",        0, 0,      "Let the version before answer again",
     "exemplar rollback --endpoint shop",                                                                                                                                             ROLLBACK,       cmd_rollback       },
    {"trace",           "WHAT",    1, 1,      "What came of a label (its id), or the labels behind a version",
     "exemplar trace shoes/3",                                                                                                                                                        NONE,           cmd_trace          },
    {"pick",            "",        0, 0,      "Show the items to label next, each with its receipt",
     "exemplar pick --project shoes -n 20",                                                                                                                                           PICK,           cmd_pick           },
    {"check",           "",        0, 0,      "Look the examples over before a training: shortcuts, blanks, odd ones",
     "exemplar check --project shoes",                                                                                                                                                CHECK,          cmd_check          },
    {"quality",         "",        0, 0,      "Measure agreement, consensus and people",
     "exemplar quality --project shoes",                                                                                                                                              QUALITY,        cmd_quality        },
    {"eval",            "",        0, 0,      "Measure a version of the classifier, and say how good it is",
     "exemplar eval --model shoes/3",                                                                                                                                                 EVAL,           cmd_eval           },
    {"simulate",        "",        0, 0,      "Replay a labelled data set: what would picking have saved?",
     "exemplar simulate --dataset ~/photos --strategy auto,random --plot curves.svg",                                                                                                 SIMULATE,
     cmd_simulate                                                                                                                                                                                                        },
    {"verify",          "",        0, 0,      "Prove that the labels are what was entered",
     "exemplar verify --data ~/labels",                                                                                                                                               VERIFY,         cmd_verify         },
    {"audit",           "",        0, 0,      "Print who administered what",                                           "exemplar audit --project shoes",                              AUDIT,
     cmd_audit                                                                                                                                                                                                           },
    {"backup",          "OUT",     1, 1,      "Copy the data folder while it is in use",
     "exemplar backup /mnt/backup/labels-friday",                                                                                                                                     NONE,           cmd_backup         },
    {"doctor",          "",        0, 0,      "Look for what is broken or about to break",                             "exemplar doctor",                                             NONE,
     cmd_doctor                                                                                                                                                                                                          },
    {"routes",          "",        0, 0,      "Print the table of the HTTP API",                                       "exemplar routes",                                             NONE,
     cmd_routes                                                                                                                                                                                                          },
};
const size_t COMMANDS_N = sizeof COMMANDS / sizeof *COMMANDS;
