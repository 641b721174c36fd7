-- 012 datasets: frozen versions of what a project says.

CREATE TABLE dataset (
    -- One version. What it holds follows from spec and ledger_seq; the ledger's event has its hash.
    id INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES project,
    version INTEGER NOT NULL, -- 1, 2, 3 in its project
    name TEXT NOT NULL,
    spec TEXT NOT NULL CHECK (json_valid(spec)), -- query and split: domain/dataset.h
    ledger_seq INTEGER NOT NULL, -- the answers are those as of this event
    state TEXT NOT NULL CHECK (state IN ('freezing', 'frozen', 'failed')),
    hash BLOB CHECK (hash IS NULL OR length(hash) = 32), -- NULL until frozen
    n_items INTEGER NOT NULL DEFAULT 0,
    sheet TEXT CHECK (sheet IS NULL OR json_valid(sheet)), -- the datasheet; NULL until frozen
    event_seq INTEGER, -- the ledger's event that froze it
    user_id INTEGER, -- who asked for it; NULL: the program
    created_at INTEGER NOT NULL,
    UNIQUE (project_id, version)
) STRICT;

CREATE TABLE dataset_item (
    dataset_id INTEGER NOT NULL REFERENCES dataset,
    item_id INTEGER NOT NULL,
    part INTEGER NOT NULL CHECK (part BETWEEN 0 AND 2), -- 0 train 1 validation 2 test
    "values" TEXT NOT NULL, -- the item's answer: canonical JSON
    PRIMARY KEY (dataset_id, item_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER dataset_keeps BEFORE UPDATE ON dataset WHEN old.state <> 'freezing'
BEGIN SELECT raise(ABORT, 'a frozen data set never changes'); END;
CREATE TRIGGER dataset_stays BEFORE DELETE ON dataset
BEGIN SELECT raise(ABORT, 'a data set is never removed'); END;
CREATE TRIGGER dataset_item_keeps BEFORE UPDATE ON dataset_item
BEGIN SELECT raise(ABORT, 'a frozen data set never changes'); END;
CREATE TRIGGER dataset_item_stays BEFORE DELETE ON dataset_item
    WHEN (SELECT state FROM dataset WHERE id = old.dataset_id) = 'frozen'
BEGIN SELECT raise(ABORT, 'a frozen data set never changes'); END;
CREATE TRIGGER dataset_item_is_new BEFORE INSERT ON dataset_item
    WHEN (SELECT state FROM dataset WHERE id = new.dataset_id) <> 'freezing'
BEGIN SELECT raise(ABORT, 'a frozen data set never changes'); END;

CREATE TABLE dataset_use (
    -- Every time a data set's test part was opened.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    dataset_id INTEGER NOT NULL REFERENCES dataset,
    user_id INTEGER, -- NULL: the command line
    reason TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX dataset_used ON dataset_use (dataset_id, id);
CREATE TRIGGER dataset_use_keeps BEFORE UPDATE ON dataset_use
BEGIN SELECT raise(ABORT, 'uses of a test set stay on record'); END;
CREATE TRIGGER dataset_use_stays BEFORE DELETE ON dataset_use
BEGIN SELECT raise(ABORT, 'uses of a test set stay on record'); END;

PRAGMA user_version = 12;
