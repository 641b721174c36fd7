-- 018 looks: labels worth a second look, and those that somebody has looked at and kept.

CREATE TABLE look (
    -- One search for doubtful labels. The newest of a project is in use.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id INTEGER NOT NULL REFERENCES project,
    encoder_id INTEGER REFERENCES encoder, -- NULL: there was none
    ledger_seq INTEGER NOT NULL, -- answers up to here
    n_labels INTEGER NOT NULL CHECK (n_labels >= 0), -- answered items that were compared
    n_wrong INTEGER NOT NULL CHECK (n_wrong >= 0), -- of those, as estimated
    n_doubts INTEGER NOT NULL CHECK (n_doubts >= 0),
    n_conflicts INTEGER NOT NULL CHECK (n_conflicts >= 0),
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX look_project ON look (project_id, id);

CREATE TABLE look_entry (
    -- Something worth a second look: a label the model would not give, or near duplicates that
    -- were answered differently.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    look_id INTEGER NOT NULL REFERENCES look,
    rank INTEGER NOT NULL, -- 1 is first
    kind TEXT NOT NULL CHECK (kind IN ('doubt', 'conflict')),
    question TEXT NOT NULL,
    given TEXT, -- the class it has; NULL for a conflict, as the next three
    suggested TEXT,
    p_given REAL NOT NULL, -- by models that had not seen this label
    p_suggested REAL NOT NULL,
    reason TEXT NOT NULL, -- one plain sentence
    near TEXT NOT NULL CHECK (json_valid(near)), -- the nearest other labelled items
    outcome TEXT CHECK (outcome IS NULL OR outcome IN ('kept', 'fixed')), -- NULL: it waits
    user_id INTEGER, -- whose outcome it is
    at INTEGER,
    UNIQUE (look_id, rank)
) STRICT;

CREATE TABLE look_item (
    -- What an entry is about.
    entry_id INTEGER NOT NULL REFERENCES look_entry,
    item_id INTEGER NOT NULL REFERENCES item,
    seq INTEGER NOT NULL, -- the newest event that its answer was made of
    PRIMARY KEY (entry_id, item_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE look_kept (
    -- Somebody looked and said that the answer is right. It does not come back while its answer
    -- is made of the same event.
    project_id INTEGER NOT NULL REFERENCES project,
    item_id INTEGER NOT NULL REFERENCES item,
    kind TEXT NOT NULL CHECK (kind IN ('doubt', 'conflict')),
    question TEXT NOT NULL,
    seq INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (project_id, item_id, kind, question)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 18;
