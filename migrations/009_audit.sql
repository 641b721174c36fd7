-- 009 audit: who administered what. Labels are in the ledger; everything else that people do to
-- the program, its projects and each other is here.

CREATE TABLE audit (
    -- One doing. Chained by hash and signed row by row; never changed, never deleted. People appear
    -- by id only, so that one can be erased. The format is described in server/domain/audit.h.
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    user_id INTEGER, -- who did it; NULL: nobody signed in, or the program by itself
    via TEXT NOT NULL, -- how they came: browser, token, command, program
    token_id INTEGER, -- the token they came with
    action TEXT NOT NULL, -- what, as 'member.set'
    project_id INTEGER, -- in which project
    subject TEXT, -- what it was done to: user, token, project, job, ...
    subject_id INTEGER,
    details TEXT NOT NULL, -- JSON object
    previous BLOB NOT NULL CHECK (length(previous) = 32),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    signature BLOB NOT NULL CHECK (length(signature) = 64)
) STRICT;
CREATE INDEX audit_project ON audit (project_id, seq) WHERE project_id IS NOT NULL;
CREATE INDEX audit_user ON audit (user_id, seq) WHERE user_id IS NOT NULL;
CREATE TRIGGER audit_keeps_rows BEFORE UPDATE ON audit
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_keeps_all BEFORE DELETE ON audit
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;

PRAGMA user_version = 9;
