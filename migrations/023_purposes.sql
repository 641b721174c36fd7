-- 023 purposes: what a project's classifiers are for.

CREATE TABLE purpose (
    -- In the owner's words; the one thing on the card of a version that cannot be measured.
    project_id INTEGER PRIMARY KEY REFERENCES project,
    text TEXT NOT NULL CHECK (text <> ''),
    user_id INTEGER NOT NULL, -- who said so
    at INTEGER NOT NULL
) STRICT;

PRAGMA user_version = 23;
