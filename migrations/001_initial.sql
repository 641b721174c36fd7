-- 001 initial: people, projects, items, the ledger and what is derived from it, the queue,
-- encoders and jobs. Runs in one transaction. Times are milliseconds since 1970 UTC. Comments
-- inside CREATE stay in the database, so that .schema explains itself.

CREATE TABLE user (
    -- One person, or one part of the program that labels (kind 'system', which cannot sign in).
    -- The ledger knows people by id alone: erasing a person is changing this row.
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL COLLATE NOCASE UNIQUE CHECK (length(name) BETWEEN 1 AND 100),
    role TEXT NOT NULL CHECK (role IN ('annotator', 'reviewer', 'manager', 'admin')),
    kind TEXT NOT NULL DEFAULT 'person' CHECK (kind IN ('person', 'system')),
    password TEXT, -- Argon2id text; NULL: cannot sign in by password
    disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO user (id, name, role, kind, created_at) VALUES (1, 'import', 'annotator', 'system', 0);

CREATE TABLE invitation (
    -- A one-use link. Only the hash of its secret is kept.
    hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
    role TEXT NOT NULL CHECK (role IN ('annotator', 'reviewer', 'manager', 'admin')),
    user_id INTEGER REFERENCES user, -- NULL: the link makes a new person; else it sets a password
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX invitation_user ON invitation (user_id) WHERE user_id IS NOT NULL;

CREATE TABLE session (
    -- A signed-in browser. The cookie holds the secret, this its hash.
    hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
    user_id INTEGER NOT NULL REFERENCES user,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_user ON session (user_id);
CREATE INDEX session_expires ON session (expires_at);

CREATE TABLE token (
    -- A script's key, shown once when made.
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES user,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    created_at INTEGER NOT NULL,
    used_at INTEGER,
    revoked_at INTEGER
) STRICT;
CREATE INDEX token_user ON token (user_id);

CREATE TABLE project (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL COLLATE NOCASE UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
    kind TEXT NOT NULL CHECK (kind IN ('image', 'text')),
    question_version INTEGER NOT NULL, -- the current row of question_set
    overlap INTEGER NOT NULL CHECK (overlap BETWEEN 1 AND 100), -- answers an item needs
    explore REAL NOT NULL CHECK (explore BETWEEN 0 AND 1), -- share of picks that are random
    seed INTEGER NOT NULL CHECK (seed >= 0), -- of every random choice in this project
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE question_set (
    -- What people are asked. A version never changes; a label names the one it answered.
    project_id INTEGER NOT NULL REFERENCES project,
    version INTEGER NOT NULL,
    seq INTEGER NOT NULL REFERENCES ledger, -- the event that made it
    body TEXT NOT NULL CHECK (json_valid(body)), -- canonical JSON
    PRIMARY KEY (project_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE project_count (
    -- Kept by triggers, so that no page ever counts items.
    project_id INTEGER PRIMARY KEY REFERENCES project,
    items INTEGER NOT NULL DEFAULT 0,
    open INTEGER NOT NULL DEFAULT 0,
    labelled INTEGER NOT NULL DEFAULT 0,
    flagged INTEGER NOT NULL DEFAULT 0,
    rejected INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE member_count (
    -- Kept by triggers: what one person has done, and how much of it is on items still open.
    project_id INTEGER NOT NULL REFERENCES project,
    user_id INTEGER NOT NULL REFERENCES user,
    labels INTEGER NOT NULL DEFAULT 0, -- current labels, skips among them
    open_answered INTEGER NOT NULL DEFAULT 0,
    open_skipped INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (project_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE item (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: latents are named by it
    project_id INTEGER NOT NULL REFERENCES project,
    hash BLOB NOT NULL CHECK (length(hash) = 32), -- BLAKE2b-256 of the original bytes
    format TEXT NOT NULL, -- media type
    n_bytes INTEGER NOT NULL CHECK (n_bytes >= 0),
    width INTEGER NOT NULL DEFAULT 0, -- of the upright picture; 0 for text
    height INTEGER NOT NULL DEFAULT 0,
    n_chars INTEGER NOT NULL DEFAULT 0, -- code points of a text; 0 for a picture
    renditions INTEGER NOT NULL DEFAULT 0, -- bits: 1 HASH.256.jpg, 2 HASH.view.jpg
    path TEXT NOT NULL, -- where it came from, relative: folder, archive member, table row
    meta TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(meta)), -- a table's other columns
    job_id INTEGER, -- the import that brought it, and its row there
    row INTEGER,
    shuffle INTEGER NOT NULL CHECK (shuffle >= 0), -- 63 bits by hash: its order is a random permutation
    state INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 3), -- 0 open 1 labelled 2 flagged 3 rejected
    n_answers INTEGER NOT NULL DEFAULT 0 CHECK (n_answers >= 0), -- current labels that are no skip
    created_at INTEGER NOT NULL,
    UNIQUE (project_id, hash)
) STRICT;
CREATE INDEX item_open ON item (project_id, shuffle) WHERE state = 0;
CREATE INDEX item_state ON item (project_id, state, id);
CREATE INDEX item_job ON item (job_id, row) WHERE job_id IS NOT NULL;

CREATE TABLE item_text (
    -- A text's own bytes, beside the item so that its rows stay small.
    item_id INTEGER PRIMARY KEY REFERENCES item,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE ledger (
    -- Every event that makes or changes a label, chained by hash; never changed, never deleted.
    -- The format that is hashed is described in server/domain/ledger.h.
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL, -- project, questions, label, retract
    project_id INTEGER, -- by id alone, without REFERENCES: what was, was; verify looks
    item_id INTEGER,
    user_id INTEGER, -- a person's row may go
    client_id BLOB UNIQUE CHECK (length(client_id) = 16), -- the client's UUID: makes a retry harmless
    body TEXT NOT NULL, -- canonical JSON
    previous BLOB NOT NULL CHECK (length(previous) = 32),
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX ledger_item ON ledger (item_id) WHERE item_id IS NOT NULL;
CREATE TRIGGER ledger_keeps_rows BEFORE UPDATE ON ledger
BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_keeps_all BEFORE DELETE ON ledger
BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;

CREATE TABLE ledger_head (
    -- One row per commit that appended: its last event, signed (Ed25519).
    seq INTEGER PRIMARY KEY REFERENCES ledger,
    at INTEGER NOT NULL,
    signature BLOB NOT NULL CHECK (length(signature) = 64),
    public_key BLOB NOT NULL CHECK (length(public_key) = 32)
) STRICT;
CREATE TRIGGER ledger_head_keeps_rows BEFORE UPDATE ON ledger_head
BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_head_keeps_all BEFORE DELETE ON ledger_head
BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;

CREATE TABLE label (
    -- What each person says now: a projection of the ledger, rebuilt from it at any time. Only
    -- the item is a REFERENCE: each costs a look at every label, and verify compares them all.
    item_id INTEGER NOT NULL REFERENCES item,
    user_id INTEGER NOT NULL,
    project_id INTEGER NOT NULL,
    seq INTEGER NOT NULL, -- the ledger's event that it comes from
    client_id BLOB NOT NULL CHECK (length(client_id) = 16),
    answer TEXT NOT NULL CHECK (answer = 'accept' OR answer = 'skip' OR answer = 'reject'
        OR answer = 'flag'), -- not IN: that builds a list of its own for each row
    "values" TEXT NOT NULL CHECK (json_valid("values")), -- {question: value}, canonical JSON
    question_version INTEGER NOT NULL,
    pick_id INTEGER, -- why the item came; NULL: nobody picked it
    elapsed_ms INTEGER NOT NULL CHECK (elapsed_ms >= 0),
    at INTEGER NOT NULL,
    reason TEXT,
    PRIMARY KEY (item_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX label_seq ON label (project_id, seq);
CREATE INDEX label_skipped ON label (project_id, user_id, seq) WHERE answer = 'skip';

CREATE TABLE round (
    -- One ranking: everything needed to compute it again.
    id INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES project,
    encoder_id INTEGER REFERENCES encoder,
    n_rows INTEGER NOT NULL, -- latents the encoder had
    strategy TEXT NOT NULL,
    seed INTEGER NOT NULL,
    ledger_seq INTEGER NOT NULL, -- labels up to here were used
    n_pool INTEGER NOT NULL,
    n_labels INTEGER NOT NULL,
    batch INTEGER NOT NULL,
    explore REAL NOT NULL,
    model TEXT, -- NULL: none yet
    held TEXT NOT NULL CHECK (json_valid(held)), -- ids of the items on lease then, ascending
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX round_project ON round (project_id, id);

CREATE TABLE pick (
    -- One item chosen, with its receipt. A pick that was handed to anybody stays for ever;
    -- leases and labels name it without REFERENCES, which would cost a look at every label
    -- for each queued pick that a new round removes.
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: labels name it
    project_id INTEGER NOT NULL REFERENCES project,
    round_id INTEGER REFERENCES round, -- NULL: chosen at hand-out, at random
    item_id INTEGER NOT NULL REFERENCES item,
    rank INTEGER NOT NULL, -- 1 is first in its round
    strategy TEXT NOT NULL,
    score REAL,
    pool_size INTEGER NOT NULL,
    propensity REAL NOT NULL,
    model TEXT,
    encoder TEXT,
    seed INTEGER NOT NULL,
    reason TEXT NOT NULL, -- one plain sentence
    guess_class TEXT, -- the model's guess, made before any label
    guess_probability REAL,
    receipt_hash BLOB NOT NULL CHECK (length(receipt_hash) = 32), -- of the canonical receipt
    state INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 1)), -- 0 queued 1 handed
    wanted INTEGER NOT NULL DEFAULT 1 CHECK (wanted IN (0, 1)) -- its item still needs somebody
) STRICT;
CREATE INDEX pick_queued ON pick (project_id, id) WHERE wanted = 1;
CREATE INDEX pick_round ON pick (round_id, rank) WHERE round_id IS NOT NULL;
CREATE INDEX pick_guessed ON pick (project_id, id) WHERE strategy = 'random' AND guess_class IS NOT NULL;

CREATE TABLE lease (
    -- An item in one person's hands. Live while ended_at is NULL and expires_at lies ahead.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id INTEGER NOT NULL,
    item_id INTEGER NOT NULL REFERENCES item,
    user_id INTEGER NOT NULL,
    pick_id INTEGER,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX lease_live ON lease (item_id, user_id) WHERE ended_at IS NULL;
CREATE INDEX lease_expires ON lease (expires_at) WHERE ended_at IS NULL;

CREATE TABLE walk (
    -- Where each person stands in the project's random order (item.shuffle), see queue.h.
    project_id INTEGER NOT NULL REFERENCES project,
    user_id INTEGER NOT NULL REFERENCES user,
    position INTEGER NOT NULL,
    PRIMARY KEY (project_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE encoder (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- names its files: latents/ID.z, models/encoder-ID.bin
    project_id INTEGER NOT NULL REFERENCES project,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    seed INTEGER NOT NULL,
    settings TEXT NOT NULL CHECK (json_valid(settings)),
    dim INTEGER NOT NULL CHECK (dim >= 0), -- numbers per latent; 0 until trained
    n_trained INTEGER NOT NULL,
    n_rows INTEGER NOT NULL DEFAULT 0, -- rows of the latent files that are committed
    state TEXT NOT NULL CHECK (state IN ('training', 'active', 'replaced', 'failed')),
    created_at INTEGER NOT NULL,
    activated_at INTEGER,
    UNIQUE (project_id, version)
) STRICT;
CREATE UNIQUE INDEX encoder_active ON encoder (project_id) WHERE state = 'active';

CREATE TABLE job (
    -- Long work. The moves between states are in server/domain/job.c.
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: its lock is the byte at this offset
    project_id INTEGER REFERENCES project,
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    params TEXT NOT NULL CHECK (json_valid(params)),
    cursor TEXT CHECK (cursor IS NULL OR json_valid(cursor)), -- where to go on after a stop; NULL: from the start
    done INTEGER NOT NULL DEFAULT 0,
    total INTEGER, -- NULL: not known yet
    what TEXT NOT NULL DEFAULT '', -- of what: "images decoded"
    message TEXT, -- one sentence for people
    imported INTEGER NOT NULL DEFAULT 0,
    duplicate INTEGER NOT NULL DEFAULT 0,
    refused INTEGER NOT NULL DEFAULT 0,
    cancel INTEGER NOT NULL DEFAULT 0 CHECK (cancel IN (0, 1)), -- asked for
    user_id INTEGER,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    not_before INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX job_waiting ON job (state, id) WHERE state IN ('queued', 'running');
CREATE INDEX job_project ON job (project_id, id);

CREATE TABLE job_row (
    -- The rows of an import that made no item of their own, and why. Imported rows are items.
    job_id INTEGER NOT NULL REFERENCES job,
    row INTEGER NOT NULL,
    path TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('duplicate', 'refused')),
    item_id INTEGER,
    reason TEXT,
    PRIMARY KEY (job_id, row)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER project_counts_start AFTER INSERT ON project
BEGIN INSERT INTO project_count (project_id) VALUES (new.id); END;

CREATE TRIGGER item_is_counted AFTER INSERT ON item
BEGIN
    UPDATE project_count SET items = items + 1, open = open + (new.state = 0),
        labelled = labelled + (new.state = 1), flagged = flagged + (new.state = 2),
        rejected = rejected + (new.state = 3) WHERE project_id = new.project_id;
END;

CREATE TRIGGER item_state_is_counted AFTER UPDATE OF state ON item WHEN old.state <> new.state
BEGIN
    UPDATE project_count SET open = open + (new.state = 0) - (old.state = 0),
        labelled = labelled + (new.state = 1) - (old.state = 1),
        flagged = flagged + (new.state = 2) - (old.state = 2),
        rejected = rejected + (new.state = 3) - (old.state = 3) WHERE project_id = new.project_id;
END;

-- The last condition spares the common case, an item closed by its first label, the list of people.
CREATE TRIGGER item_opens_or_closes AFTER UPDATE OF state ON item
    WHEN (old.state = 0) <> (new.state = 0)
    AND EXISTS (SELECT 1 FROM label l WHERE l.item_id = new.id)
BEGIN
    UPDATE member_count SET
        open_answered = open_answered + iif(new.state = 0, 1, -1) * (SELECT l.answer <> 'skip'
            FROM label l WHERE l.item_id = new.id AND l.user_id = member_count.user_id),
        open_skipped = open_skipped + iif(new.state = 0, 1, -1) * (SELECT l.answer = 'skip'
            FROM label l WHERE l.item_id = new.id AND l.user_id = member_count.user_id)
        WHERE project_id = new.project_id
        AND user_id IN (SELECT l.user_id FROM label l WHERE l.item_id = new.id);
END;

CREATE TRIGGER label_is_counted AFTER INSERT ON label
BEGIN
    INSERT INTO member_count (project_id, user_id, labels, open_answered, open_skipped)
        SELECT new.project_id, new.user_id, 1, i.state = 0 AND new.answer <> 'skip',
            i.state = 0 AND new.answer = 'skip' FROM item i WHERE i.id = new.item_id
        ON CONFLICT (project_id, user_id) DO UPDATE SET labels = labels + 1,
            open_answered = open_answered + excluded.open_answered,
            open_skipped = open_skipped + excluded.open_skipped;
END;

CREATE TRIGGER label_gone_is_counted AFTER DELETE ON label
BEGIN
    UPDATE member_count SET labels = labels - 1,
        open_answered = open_answered - (old.answer <> 'skip'
            AND (SELECT state = 0 FROM item WHERE id = old.item_id)),
        open_skipped = open_skipped - (old.answer = 'skip'
            AND (SELECT state = 0 FROM item WHERE id = old.item_id))
        WHERE project_id = old.project_id AND user_id = old.user_id;
END;

CREATE TRIGGER label_changed_is_counted AFTER UPDATE OF answer ON label
    WHEN (old.answer = 'skip') <> (new.answer = 'skip')
    AND (SELECT state = 0 FROM item WHERE id = new.item_id)
BEGIN
    UPDATE member_count SET open_answered = open_answered + iif(new.answer = 'skip', -1, 1),
        open_skipped = open_skipped + iif(new.answer = 'skip', 1, -1)
        WHERE project_id = new.project_id AND user_id = new.user_id;
END;

PRAGMA user_version = 1;
