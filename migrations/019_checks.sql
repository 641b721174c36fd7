-- 019 checks: items whose answer is known, and second answers given blind by the same person.

CREATE TABLE gold (
    -- What is right for an item, as the last "gold" event of the ledger says.
    item_id INTEGER PRIMARY KEY REFERENCES item,
    project_id INTEGER NOT NULL,
    shuffle INTEGER NOT NULL, -- of the item: the order in which people meet them
    seq INTEGER NOT NULL, -- the event
    user_id INTEGER NOT NULL, -- who said so
    at INTEGER NOT NULL,
    "values" TEXT NOT NULL CHECK (json_valid("values")) -- canonical JSON
) STRICT;
CREATE INDEX gold_order ON gold (project_id, shuffle);

CREATE TABLE again (
    -- A second answer that a person gave to an item without being told; her label stays the first.
    seq INTEGER PRIMARY KEY, -- its event, of kind "again"
    project_id INTEGER NOT NULL,
    item_id INTEGER NOT NULL REFERENCES item,
    user_id INTEGER NOT NULL,
    first_seq INTEGER NOT NULL, -- the label's event
    answer TEXT NOT NULL CHECK (answer IN ('accept', 'skip', 'reject', 'flag')),
    "values" TEXT NOT NULL CHECK (json_valid("values")),
    agrees INTEGER NOT NULL CHECK (agrees IN (0, 1)), -- it says what the label said then
    elapsed_ms INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX again_item ON again (item_id, user_id);
CREATE INDEX again_person ON again (project_id, user_id, seq);

ALTER TABLE lease ADD COLUMN task INTEGER NOT NULL DEFAULT 0 CHECK (task BETWEEN 0 AND 2);
    -- what it was given for: 0 work, 1 its answer is known, 2 she answered it before

PRAGMA user_version = 19;
