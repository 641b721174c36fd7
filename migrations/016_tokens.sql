-- 016 tokens: what a token may do and where, accounts for programs, and people who were erased.

ALTER TABLE token ADD COLUMN scopes INTEGER NOT NULL DEFAULT 31 -- bits: 1 read 2 label 4 import 8 export 16 manage
    CHECK (scopes BETWEEN 1 AND 31);
ALTER TABLE token ADD COLUMN project_id INTEGER REFERENCES project; -- the one it is for; NULL: all of its owner's
CREATE INDEX token_project ON token (project_id) WHERE project_id IS NOT NULL;

ALTER TABLE user ADD COLUMN service INTEGER NOT NULL DEFAULT 0 -- a program's account: tokens, and no signing in
    CHECK (service IN (0, 1));
ALTER TABLE user ADD COLUMN erased_at INTEGER; -- the name is gone, the number stays

PRAGMA user_version = 16;
