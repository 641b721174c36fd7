-- 013 steering: who is given which items, which come first, and how many one person may answer.

ALTER TABLE item ADD COLUMN priority INTEGER NOT NULL DEFAULT 0 CHECK (priority BETWEEN 0 AND 9);
    -- open items above 0 are handed out first, the highest first of all
CREATE INDEX item_first ON item (project_id, priority, shuffle) WHERE state = 0 AND priority > 0;

CREATE TABLE assignment (
    -- While one lives, its person gets its items alone. It matches by what is not NULL of key and
    -- value (of the item's meta) and folder (of its path), also items that are imported later; all
    -- NULL: by the items that were named.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id INTEGER NOT NULL REFERENCES project,
    user_id INTEGER REFERENCES user, -- NULL: everybody who has none of their own
    key TEXT,
    value TEXT CHECK ((key IS NULL) = (value IS NULL)),
    folder TEXT,
    quota INTEGER NOT NULL CHECK (quota >= 0), -- answers that one person may give to it; 0: any number
    filled INTEGER NOT NULL CHECK (filled IN (0, 1)), -- 1: every item was looked at
    n_items INTEGER NOT NULL DEFAULT 0, -- kept by triggers
    n_open INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX assignment_live ON assignment (project_id, user_id) WHERE ended_at IS NULL;

CREATE TABLE assigned (
    -- The items of an assignment; shuffle and state are those of the item.
    assignment_id INTEGER NOT NULL REFERENCES assignment,
    item_id INTEGER NOT NULL REFERENCES item,
    shuffle INTEGER NOT NULL,
    state INTEGER NOT NULL,
    PRIMARY KEY (assignment_id, item_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX assigned_open ON assigned (assignment_id, shuffle) WHERE state = 0;
CREATE INDEX assigned_item ON assigned (item_id);

CREATE TABLE assigned_count (
    -- Kept by triggers: what one person has done of an assignment.
    assignment_id INTEGER NOT NULL REFERENCES assignment,
    user_id INTEGER NOT NULL,
    answers INTEGER NOT NULL DEFAULT 0, -- current labels that are no skip
    open_answered INTEGER NOT NULL DEFAULT 0,
    open_skipped INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (assignment_id, user_id)
) STRICT, WITHOUT ROWID;

ALTER TABLE member_count ADD COLUMN skips INTEGER NOT NULL DEFAULT 0; -- of labels
UPDATE member_count SET skips = (SELECT count(*) FROM label l INDEXED BY label_skipped
    WHERE l.project_id = member_count.project_id AND l.user_id = member_count.user_id
    AND l.answer = 'skip');

-- A person walks around the project's order in several tracks, each with a place of its own.
CREATE TABLE walk_of (
    project_id INTEGER NOT NULL REFERENCES project,
    user_id INTEGER NOT NULL REFERENCES user,
    track INTEGER NOT NULL, -- 0: all items; 1 to 9: those of that priority; -N: assignment N
    position INTEGER NOT NULL,
    PRIMARY KEY (project_id, user_id, track)
) STRICT, WITHOUT ROWID;
INSERT INTO walk_of SELECT project_id, user_id, 0, position FROM walk;
DROP TABLE walk;
ALTER TABLE walk_of RENAME TO walk;

CREATE INDEX lease_user ON lease (project_id, user_id) WHERE ended_at IS NULL;

CREATE TRIGGER item_is_assigned AFTER INSERT ON item
    WHEN EXISTS (SELECT 1 FROM assignment WHERE project_id = new.project_id AND ended_at IS NULL)
BEGIN
    INSERT OR IGNORE INTO assigned (assignment_id, item_id, shuffle, state)
        SELECT a.id, new.id, new.shuffle, new.state FROM assignment a
        WHERE a.project_id = new.project_id AND a.ended_at IS NULL
        AND coalesce(a.key, a.folder) IS NOT NULL
        AND (a.folder IS NULL OR substr(new.path, 1, length(a.folder) + 1) = a.folder || '/')
        AND (a.key IS NULL OR EXISTS (SELECT 1 FROM json_each(new.meta) m
            WHERE m.key = a.key AND m.value = a.value));
END;

CREATE TRIGGER assigned_is_counted AFTER INSERT ON assigned
BEGIN
    UPDATE assignment SET n_items = n_items + 1, n_open = n_open + (new.state = 0)
        WHERE id = new.assignment_id;
    INSERT INTO assigned_count (assignment_id, user_id, answers, open_answered, open_skipped)
        SELECT new.assignment_id, l.user_id, l.answer <> 'skip',
            new.state = 0 AND l.answer <> 'skip', new.state = 0 AND l.answer = 'skip'
        FROM label l WHERE l.item_id = new.item_id
        ON CONFLICT (assignment_id, user_id) DO UPDATE SET answers = answers + excluded.answers,
            open_answered = open_answered + excluded.open_answered,
            open_skipped = open_skipped + excluded.open_skipped;
END;

CREATE TRIGGER assigned_follows_item AFTER UPDATE OF state ON item
    WHEN old.state <> new.state AND EXISTS (SELECT 1 FROM assigned WHERE item_id = new.id)
BEGIN
    UPDATE assigned SET state = new.state WHERE item_id = new.id;
END;

CREATE TRIGGER assigned_opens_or_closes AFTER UPDATE OF state ON assigned
    WHEN (old.state = 0) <> (new.state = 0)
BEGIN
    UPDATE assignment SET n_open = n_open + iif(new.state = 0, 1, -1)
        WHERE id = new.assignment_id;
    UPDATE assigned_count SET
        open_answered = open_answered + iif(new.state = 0, 1, -1) * (SELECT l.answer <> 'skip'
            FROM label l WHERE l.item_id = new.item_id AND l.user_id = assigned_count.user_id),
        open_skipped = open_skipped + iif(new.state = 0, 1, -1) * (SELECT l.answer = 'skip'
            FROM label l WHERE l.item_id = new.item_id AND l.user_id = assigned_count.user_id)
        WHERE assignment_id = new.assignment_id
        AND user_id IN (SELECT l.user_id FROM label l WHERE l.item_id = new.item_id);
END;

CREATE TRIGGER label_is_counted_where_assigned AFTER INSERT ON label
    WHEN EXISTS (SELECT 1 FROM assigned WHERE item_id = new.item_id)
BEGIN
    INSERT INTO assigned_count (assignment_id, user_id, answers, open_answered, open_skipped)
        SELECT x.assignment_id, new.user_id, new.answer <> 'skip',
            x.state = 0 AND new.answer <> 'skip', x.state = 0 AND new.answer = 'skip'
        FROM assigned x WHERE x.item_id = new.item_id
        ON CONFLICT (assignment_id, user_id) DO UPDATE SET answers = answers + excluded.answers,
            open_answered = open_answered + excluded.open_answered,
            open_skipped = open_skipped + excluded.open_skipped;
END;

CREATE TRIGGER label_gone_where_assigned AFTER DELETE ON label
    WHEN EXISTS (SELECT 1 FROM assigned WHERE item_id = old.item_id)
BEGIN
    UPDATE assigned_count SET answers = answers - (old.answer <> 'skip'),
        open_answered = open_answered - (old.answer <> 'skip' AND (SELECT x.state = 0
            FROM assigned x WHERE x.assignment_id = assigned_count.assignment_id
            AND x.item_id = old.item_id)),
        open_skipped = open_skipped - (old.answer = 'skip' AND (SELECT x.state = 0
            FROM assigned x WHERE x.assignment_id = assigned_count.assignment_id
            AND x.item_id = old.item_id))
        WHERE user_id = old.user_id
        AND assignment_id IN (SELECT x.assignment_id FROM assigned x WHERE x.item_id = old.item_id);
END;

CREATE TRIGGER label_changed_where_assigned AFTER UPDATE OF answer ON label
    WHEN (old.answer = 'skip') <> (new.answer = 'skip')
    AND EXISTS (SELECT 1 FROM assigned WHERE item_id = new.item_id)
BEGIN
    UPDATE assigned_count SET answers = answers + iif(new.answer = 'skip', -1, 1),
        open_answered = open_answered + iif(new.answer = 'skip', -1, 1) * (SELECT x.state = 0
            FROM assigned x WHERE x.assignment_id = assigned_count.assignment_id
            AND x.item_id = new.item_id),
        open_skipped = open_skipped + iif(new.answer = 'skip', 1, -1) * (SELECT x.state = 0
            FROM assigned x WHERE x.assignment_id = assigned_count.assignment_id
            AND x.item_id = new.item_id)
        WHERE user_id = new.user_id
        AND assignment_id IN (SELECT x.assignment_id FROM assigned x WHERE x.item_id = new.item_id);
END;

CREATE TRIGGER skip_is_counted AFTER INSERT ON label WHEN new.answer = 'skip'
BEGIN
    INSERT INTO member_count (project_id, user_id, skips) VALUES (new.project_id, new.user_id, 1)
        ON CONFLICT (project_id, user_id) DO UPDATE SET skips = skips + 1;
END;

CREATE TRIGGER skip_gone_is_counted AFTER DELETE ON label WHEN old.answer = 'skip'
BEGIN
    UPDATE member_count SET skips = skips - 1
        WHERE project_id = old.project_id AND user_id = old.user_id;
END;

CREATE TRIGGER skip_changed_is_counted AFTER UPDATE OF answer ON label
    WHEN (old.answer = 'skip') <> (new.answer = 'skip')
BEGIN
    UPDATE member_count SET skips = skips + iif(new.answer = 'skip', 1, -1)
        WHERE project_id = new.project_id AND user_id = new.user_id;
END;

PRAGMA user_version = 13;
