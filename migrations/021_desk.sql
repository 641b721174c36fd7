-- 021 desk: people behind an endpoint: what was asked of them, which classes the model answers alone,
-- and who is told. An endpoint is named by its id alone: it is never removed.

CREATE TABLE desk (
    -- Whether people stand behind an endpoint, and how.
    endpoint_id INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES project,
    settings TEXT NOT NULL CHECK (json_valid(settings)) -- canonical JSON, every field there
) STRICT;

CREATE TABLE asked (
    -- One input of a caller that went to people. Their answer is the item's, and in the ledger.
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice
    key BLOB NOT NULL UNIQUE CHECK (length(key) = 16), -- UUID by which its caller asks
    endpoint_id INTEGER NOT NULL,
    project_id INTEGER NOT NULL REFERENCES project,
    item_id INTEGER NOT NULL REFERENCES item,
    why TEXT NOT NULL CHECK (why IN ('no-model', 'unknown', 'unsure', 'audit')),
    propensity REAL NOT NULL CHECK (propensity > 0 AND propensity <= 1), -- chance with which it was asked
    model_id INTEGER, -- that guessed; NULL: there was none
    guess TEXT, -- the class it held most likely, and how likely
    probability REAL CHECK (probability BETWEEN 0 AND 1),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'answered', 'declined')),
    answer TEXT, -- the class that people said; NULL until answered
    seq INTEGER, -- the newest event of the ledger that it is made of
    at INTEGER NOT NULL,
    answered_at INTEGER
) STRICT;
CREATE INDEX asked_waiting ON asked (item_id) WHERE state = 'waiting';
CREATE INDEX asked_item ON asked (item_id);
CREATE INDEX asked_endpoint ON asked (endpoint_id, id);
CREATE INDEX asked_checked ON asked (endpoint_id, model_id, guess, id) WHERE state <> 'waiting';
CREATE INDEX asked_answered ON asked (answered_at) WHERE answered_at IS NOT NULL;

CREATE TABLE asked_count (
    -- Kept by triggers: how many wait, so that none is counted in a request.
    endpoint_id INTEGER PRIMARY KEY,
    waiting INTEGER NOT NULL
) STRICT;
CREATE TRIGGER asked_is_counted AFTER INSERT ON asked WHEN new.state = 'waiting'
BEGIN
    INSERT INTO asked_count (endpoint_id, waiting) VALUES (new.endpoint_id, 1)
        ON CONFLICT (endpoint_id) DO UPDATE SET waiting = waiting + 1;
END;
CREATE TRIGGER asked_end_is_counted AFTER UPDATE OF state ON asked WHEN old.state = 'waiting' AND new.state <> 'waiting'
BEGIN UPDATE asked_count SET waiting = waiting - 1 WHERE endpoint_id = new.endpoint_id; END;

CREATE TABLE earned (
    -- What a model has earned at an endpoint, by class: whether it answers alone, and from which
    -- confidence on (sampler/takeover.h).
    endpoint_id INTEGER NOT NULL,
    model_id INTEGER NOT NULL,
    class TEXT NOT NULL,
    alone INTEGER NOT NULL CHECK (alone IN (0, 1)),
    broken INTEGER NOT NULL DEFAULT 0 CHECK (broken IN (0, 1)), -- it did, and was wrong too often
    threshold REAL NOT NULL,
    n INTEGER NOT NULL, -- checked answers at or above it, and those of them that were wrong
    n_wrong INTEGER NOT NULL,
    wrong_high REAL NOT NULL, -- at most this share is wrong, 95 % sure
    n_needed INTEGER NOT NULL, -- right answers still missing
    n_audited INTEGER NOT NULL DEFAULT 0, -- of those given alone, checked since
    n_audited_wrong INTEGER NOT NULL DEFAULT 0,
    since INTEGER NOT NULL, -- when `alone` last changed
    after_id INTEGER NOT NULL DEFAULT 0, -- answers to asked rows up to here do not count: they are from before it broke
    PRIMARY KEY (endpoint_id, model_id, class)
) STRICT, WITHOUT ROWID;

CREATE TABLE hook (
    -- Who is told of an endpoint's answers.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    endpoint_id INTEGER NOT NULL,
    project_id INTEGER NOT NULL REFERENCES project,
    url TEXT NOT NULL,
    secret TEXT NOT NULL, -- signs; needed in the clear for that, shown once, in no archive
    user_id INTEGER NOT NULL, -- who made it
    created_at INTEGER NOT NULL,
    removed_at INTEGER
) STRICT;
CREATE INDEX hook_endpoint ON hook (endpoint_id, id) WHERE removed_at IS NULL;

CREATE TABLE delivery (
    -- One message to one of them, kept until it arrived or was given up.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hook_id INTEGER NOT NULL REFERENCES hook,
    key BLOB NOT NULL CHECK (length(key) = 16), -- UUID: the same at each try
    body TEXT NOT NULL CHECK (json_valid(body)),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'arrived', 'given-up')),
    tries INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER NOT NULL,
    status INTEGER, -- of the last answer; NULL: none came
    why TEXT, -- it did not arrive the last time
    created_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX delivery_due ON delivery (next_at) WHERE state = 'waiting';
CREATE INDEX delivery_hook ON delivery (hook_id, id);
CREATE INDEX delivery_ended ON delivery (ended_at) WHERE ended_at IS NOT NULL;

PRAGMA user_version = 21;
