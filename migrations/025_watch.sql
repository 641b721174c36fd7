-- 025 watch: what an endpoint was asked lately, as a sample, and what was found in it each day.

CREATE TABLE seen (
    -- A sample of each day's predictions, at random: those whose draw was among the 500 lowest. Kept
    -- 90 days, the latent 14.
    id INTEGER PRIMARY KEY,
    endpoint_id INTEGER NOT NULL,
    day INTEGER NOT NULL, -- days since 1970-01-01, UTC
    draw REAL NOT NULL CHECK (draw >= 0 AND draw < 1), -- made for it before anything was known of it
    model_id INTEGER NOT NULL,
    class TEXT NOT NULL, -- held most likely
    probability REAL NOT NULL,
    unknown INTEGER NOT NULL CHECK (unknown IN (0, 1)),
    item_id INTEGER REFERENCES item, -- the input, where it is kept: people were asked
    latent BLOB, -- f32, little-endian, as it was computed for the answer
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX seen_day ON seen (endpoint_id, day, draw);
CREATE INDEX seen_at ON seen (at);
CREATE INDEX seen_item ON seen (item_id) WHERE item_id IS NOT NULL;

CREATE TABLE watch (
    -- What was found in a day. Kept 400 days.
    endpoint_id INTEGER NOT NULL,
    day INTEGER NOT NULL,
    model_id INTEGER NOT NULL, -- that answered most of them
    report TEXT NOT NULL CHECK (json_valid(report)), -- server/jobs/watch.h
    n_alarms INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (endpoint_id, day)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 25;
