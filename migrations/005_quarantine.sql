-- 005 quarantine: people whose labels are left out, and since when.

CREATE TABLE quarantine (
    -- Every time a person's labels were put in quarantine or let out: a projection of the ledger's
    -- quarantine events. The last row of a person up to a ledger number says how it was then.
    seq INTEGER PRIMARY KEY, -- the ledger's event
    project_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL, -- whose labels
    is_on INTEGER NOT NULL CHECK (is_on IN (0, 1)),
    reason TEXT NOT NULL,
    by_user_id INTEGER, -- who said so; NULL: the program
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX quarantine_user ON quarantine (project_id, user_id, seq);

PRAGMA user_version = 5;
