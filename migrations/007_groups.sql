-- 007 groups: near duplicates, found beside; what is one thing stays on one side of a split.

CREATE TABLE item_print (
    -- What an item looks or reads like, in 64 bytes (sampler/quality/prints.h); all zero: there is
    -- nothing on it to tell. Made in order of id, so the last says how far that came.
    project_id INTEGER NOT NULL REFERENCES project,
    item_id INTEGER NOT NULL REFERENCES item,
    print BLOB NOT NULL CHECK (length(print) = 64),
    PRIMARY KEY (project_id, item_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE grouping (
    -- One search for near duplicates in a project. The newest whole one is in use.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id INTEGER NOT NULL REFERENCES project,
    last_item INTEGER NOT NULL, -- items up to this one were compared
    n_items INTEGER NOT NULL CHECK (n_items >= 0), -- they were so many
    n_groups INTEGER NOT NULL CHECK (n_groups >= 0), -- of two items or more
    n_grouped INTEGER NOT NULL CHECK (n_grouped >= 0), -- items in those
    whole INTEGER NOT NULL DEFAULT 0 CHECK (whole IN (0, 1)), -- 0: its rows are still being written
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX grouping_used ON grouping (project_id, whole, id);

CREATE TABLE item_group (
    -- Items that are not alone; the others have no row.
    grouping_id INTEGER NOT NULL REFERENCES grouping,
    item_id INTEGER NOT NULL REFERENCES item,
    group_id INTEGER NOT NULL, -- the lowest item of the group: lasting while that item stays in it
    PRIMARY KEY (grouping_id, item_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX item_group_members ON item_group (grouping_id, group_id, item_id);

PRAGMA user_version = 7;
