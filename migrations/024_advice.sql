-- 024 advice: what can be said of items before anything learns from them, what a project expects of
-- them, and what was found last, and when a version was trained.

CREATE TABLE trait (
    -- What was measured of an item's pixels or characters, once (server/media/facts.h). All NULL but
    -- the keys: it could not be read any more.
    project_id INTEGER NOT NULL,
    item_id INTEGER NOT NULL REFERENCES item,
    brightness REAL, -- of a picture, 0..1
    contrast REAL,
    flat REAL,
    colour REAL,
    rim REAL,
    rim_spread REAL,
    corner_1 REAL,
    corner_2 REAL,
    corner_3 REAL,
    corner_4 REAL,
    camera TEXT, -- NULL: not said
    taken_min INTEGER, -- minutes since 1970 by the camera's clock; NULL: not said
    n_words INTEGER, -- of a text
    n_lines INTEGER,
    punctuation REAL,
    capitals REAL,
    script TEXT,
    PRIMARY KEY (project_id, item_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE advice (
    -- What the last look at a project's examples found: server/jobs/advise.h.
    project_id INTEGER PRIMARY KEY REFERENCES project,
    seq INTEGER NOT NULL, -- labels up to this ledger number were used
    n_labels INTEGER NOT NULL CHECK (n_labels >= 0), -- so many
    body TEXT NOT NULL CHECK (json_valid(body)),
    created_at INTEGER NOT NULL
) STRICT;

ALTER TABLE project ADD COLUMN expectations TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(expectations));
    -- what its examples must be like before a model is trained: server/domain/expect.h

ALTER TABLE model ADD COLUMN alarms TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(alarms));
    -- what was wrong with its examples when it was trained: server/jobs/check.h

PRAGMA user_version = 24;
