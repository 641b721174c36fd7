-- 022 endpoints: addresses that answer with a model version, what their gates said, what was published
-- when, and what was asked of them.

CREATE TABLE endpoint (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id INTEGER NOT NULL REFERENCES project,
    -- its address; never given to another, so that what once answered there stays known
    name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 60 AND name NOT GLOB '*[^a-z0-9-]*'),
    live_id INTEGER REFERENCES model, -- what answers; NULL: nothing yet
    shadow_id INTEGER REFERENCES model, -- is asked too, and never heard; NULL: none
    retraining_id INTEGER REFERENCES model, -- is being made by itself; NULL: none
    settings TEXT NOT NULL CHECK (json_valid(settings)), -- canonical JSON, every field there
    user_id INTEGER NOT NULL, -- who made it
    created_at INTEGER NOT NULL,
    removed_at INTEGER -- NULL: it is there
) STRICT;
CREATE INDEX endpoint_project ON endpoint (project_id, id);
CREATE INDEX endpoint_model ON endpoint (live_id) WHERE live_id IS NOT NULL;

CREATE TABLE gate (
    -- What the gate of an endpoint said of a version. Rows stay as they are.
    id INTEGER PRIMARY KEY,
    endpoint_id INTEGER NOT NULL REFERENCES endpoint,
    model_id INTEGER NOT NULL REFERENCES model, -- the candidate
    live_id INTEGER REFERENCES model, -- compared with; NULL: nothing was live
    verdict TEXT NOT NULL CHECK (verdict IN ('go', 'no-go', 'more')),
    sentence TEXT NOT NULL,
    needs INTEGER NOT NULL, -- of 'more': about how many more random labels would tell; 0: not known
    n_items INTEGER NOT NULL, -- honest items that both were asked about
    ledger_seq INTEGER NOT NULL, -- their labels are as of this event
    report TEXT NOT NULL CHECK (json_valid(report)),
    user_id INTEGER, -- who asked; NULL: the program
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX gate_endpoint ON gate (endpoint_id, id);
CREATE TRIGGER gate_no_update BEFORE UPDATE ON gate BEGIN
    SELECT raise(ABORT, 'what a gate said is never changed');
END;
CREATE TRIGGER gate_no_delete BEFORE DELETE ON gate BEGIN
    SELECT raise(ABORT, 'what a gate said is never removed');
END;

CREATE TABLE publication (
    -- Each change of what answers at an endpoint. Rows stay as they are.
    id INTEGER PRIMARY KEY,
    endpoint_id INTEGER NOT NULL REFERENCES endpoint,
    model_id INTEGER NOT NULL REFERENCES model,
    previous_id INTEGER REFERENCES model, -- what answered before; NULL: nothing
    how TEXT NOT NULL CHECK (how IN ('gate', 'override', 'rollback')),
    gate_id INTEGER REFERENCES gate, -- the verdict it went by, or against
    reason TEXT, -- of an override
    user_id INTEGER, -- NULL: the program, as the endpoint's settings say
    at INTEGER NOT NULL,
    CHECK ((how = 'override') = (reason IS NOT NULL)),
    CHECK (how <> 'gate' OR gate_id IS NOT NULL)
) STRICT;
CREATE INDEX publication_endpoint ON publication (endpoint_id, id);
CREATE TRIGGER publication_no_update BEFORE UPDATE ON publication BEGIN
    SELECT raise(ABORT, 'what was published is never changed');
END;
CREATE TRIGGER publication_no_delete BEFORE DELETE ON publication BEGIN
    SELECT raise(ABORT, 'what was published is never removed');
END;

CREATE TABLE endpoint_day (
    -- What one version answered there on one day (UTC). Counted in memory, added every few seconds.
    endpoint_id INTEGER NOT NULL REFERENCES endpoint,
    day INTEGER NOT NULL, -- days since 1970-01-01
    model_id INTEGER NOT NULL REFERENCES model,
    n_requests INTEGER NOT NULL,
    n_predictions INTEGER NOT NULL,
    n_unknown INTEGER NOT NULL, -- answered "none of these"
    n_limited INTEGER NOT NULL, -- requests refused by the limit
    n_shadow INTEGER NOT NULL, -- predictions that a shadow version was asked for too
    n_agreed INTEGER NOT NULL, -- of them, those with the same class
    n_passed INTEGER NOT NULL, -- that the shadow was too slow for
    shadow_id INTEGER REFERENCES model, -- the last one
    us INTEGER NOT NULL, -- microseconds from the first byte of decoding to the answer, all together
    PRIMARY KEY (endpoint_id, day, model_id)
) STRICT, WITHOUT ROWID;

-- Tokens for callers: one scope more, and bound to an endpoint.
ALTER TABLE token ADD COLUMN endpoint_id INTEGER REFERENCES endpoint; -- the only one it opens; NULL: not bound
CREATE INDEX token_endpoint ON token (endpoint_id) WHERE endpoint_id IS NOT NULL;
ALTER TABLE token ADD COLUMN may INTEGER NOT NULL DEFAULT 1 -- bits: 1 read 2 label 4 import 8 export 16 manage 32 predict
    CHECK (may BETWEEN 1 AND 63);
UPDATE token SET may = scopes;
ALTER TABLE token DROP COLUMN scopes;
ALTER TABLE token RENAME COLUMN may TO scopes;

PRAGMA user_version = 22;
