-- 014 comments: what people say about an item, or about a place on it. No label follows from them, so
-- they are not of the ledger.

CREATE TABLE comment (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id INTEGER NOT NULL,
    item_id INTEGER NOT NULL REFERENCES item,
    user_id INTEGER NOT NULL,
    by_reviewer INTEGER NOT NULL CHECK (by_reviewer IN (0, 1)), -- 1: annotators may read it
    client_id BLOB NOT NULL UNIQUE CHECK (length(client_id) = 16), -- makes a retry harmless
    body TEXT NOT NULL CHECK (length(body) > 0),
    region TEXT CHECK (region IS NULL OR json_valid(region)), -- {x,y,w,h} in pixels or {start,end} in code points; NULL: the whole item
    created_at INTEGER NOT NULL,
    closed_at INTEGER, -- settled; NULL: still open
    closed_by INTEGER
) STRICT;
CREATE INDEX comment_item ON comment (item_id, id);

PRAGMA user_version = 14;
