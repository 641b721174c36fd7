-- 017 bulk: saved views, and actions on many items that can be undone.

CREATE TABLE saved_view (
    -- A filter of the items that somebody gave a name; their own.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id INTEGER NOT NULL REFERENCES project,
    user_id INTEGER NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    query TEXT NOT NULL, -- as in the address: text=red+car&state=open
    created_at INTEGER NOT NULL,
    UNIQUE (project_id, user_id, name)
) STRICT;

CREATE TABLE bulk (
    -- One action on many items; each decision in it is an event of the ledger like any other.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id INTEGER NOT NULL REFERENCES project,
    user_id INTEGER NOT NULL, -- who asked for it
    action TEXT NOT NULL CHECK (action IN ('label', 'reject', 'withdraw', 'priority', 'undo')),
    body TEXT NOT NULL CHECK (json_valid(body)), -- what is done, and to which items
    token BLOB NOT NULL CHECK (length(token) = 16), -- random: with an item it gives the event's id
    undoes INTEGER REFERENCES bulk, -- of 'undo': which
    undone_by INTEGER REFERENCES bulk, -- NULL: it stands
    items INTEGER NOT NULL DEFAULT 0, -- changed so far
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX bulk_project ON bulk (project_id, id);

CREATE TABLE bulk_item (
    -- What it did to one item, and what was before: for undoing it.
    bulk_id INTEGER NOT NULL REFERENCES bulk,
    item_id INTEGER NOT NULL REFERENCES item,
    seq INTEGER NOT NULL, -- the decision's ledger number; of 'priority', the new one
    before INTEGER NOT NULL, -- the decision that stood, 0: none; of 'priority', the old one
    PRIMARY KEY (bulk_id, item_id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER bulk_is_counted AFTER INSERT ON bulk_item
BEGIN UPDATE bulk SET items = items + 1 WHERE id = new.bulk_id; END;

PRAGMA user_version = 17;
