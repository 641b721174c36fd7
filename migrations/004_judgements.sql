-- Whether picking teaches a model less than chance would.

CREATE TABLE judgement (
    -- A model taught by the first picked labels against models taught by as many labels of items
    -- drawn at random, asked about the other drawn ones (sampler/honest.h). The newest one of an
    -- encoder is in force.
    id INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES project,
    encoder_id INTEGER NOT NULL REFERENCES encoder,
    ledger_seq INTEGER NOT NULL, -- labels up to here were used
    n_drawn INTEGER NOT NULL CHECK (n_drawn >= 0), -- labels of items drawn at random
    n_taught INTEGER NOT NULL CHECK (n_taught >= 0), -- each model was taught by; 0: too few to tell
    picked REAL NOT NULL, -- accuracy of the model taught by picked labels
    by_chance REAL NOT NULL, -- of those taught by drawn ones
    error REAL NOT NULL, -- standard error of the difference
    losing INTEGER NOT NULL CHECK (losing IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX judgement_used ON judgement (project_id, encoder_id, id);

PRAGMA user_version = 4;
