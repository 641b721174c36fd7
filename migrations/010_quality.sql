-- 010 quality: what the measures of the labels' quality found last.

CREATE TABLE quality (
    -- One result of a kind; how it is computed: server/jobs/quality.h.
    project_id INTEGER NOT NULL REFERENCES project,
    kind TEXT NOT NULL CHECK (kind IN ('agreement', 'influence')),
    seq INTEGER NOT NULL, -- labels up to this ledger number were used
    n_labels INTEGER NOT NULL CHECK (n_labels >= 0), -- so many
    body TEXT NOT NULL CHECK (json_valid(body)),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (project_id, kind)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 10;
