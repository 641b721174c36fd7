-- 008 review: what reviewers decide, labels that go back to their people, and which items are still
-- to be looked at.

CREATE TABLE decision (
    -- A reviewer's answer for an item, which stands above its labels: a projection of the ledger's
    -- `decide` events. One that was withdrawn has no row.
    item_id INTEGER PRIMARY KEY REFERENCES item,
    user_id INTEGER NOT NULL, -- who decided
    project_id INTEGER NOT NULL,
    seq INTEGER NOT NULL, -- the ledger's event that it comes from
    client_id BLOB NOT NULL CHECK (length(client_id) = 16),
    answer TEXT NOT NULL CHECK (answer = 'accept' OR answer = 'reject'),
    "values" TEXT NOT NULL CHECK (json_valid("values")), -- {question: value}, canonical JSON
    question_version INTEGER NOT NULL,
    accepts INTEGER, -- ledger number of the label that was taken as it is
    restores INTEGER, -- ledger number of the earlier answer that was brought back
    note TEXT,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX decision_seq ON decision (project_id, seq);
CREATE INDEX ledger_decide ON ledger (project_id, item_id, seq) WHERE kind = 'decide';

CREATE TABLE returned (
    -- A label that went back to its person and waits for her next answer: a projection of the
    -- ledger's `return` events.
    item_id INTEGER NOT NULL REFERENCES item,
    user_id INTEGER NOT NULL, -- whose label it was
    project_id INTEGER NOT NULL,
    seq INTEGER NOT NULL, -- the ledger's event that it comes from
    by_id INTEGER NOT NULL, -- who returned it
    label_seq INTEGER NOT NULL, -- ledger number of the label
    pick_id INTEGER, -- why the item had come to her; NULL: nobody picked it
    comment TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (item_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX returned_to ON returned (project_id, user_id, seq);
CREATE TRIGGER returned_is_answered AFTER INSERT ON label
BEGIN DELETE FROM returned WHERE item_id = new.item_id AND user_id = new.user_id; END;

ALTER TABLE item ADD COLUMN decided INTEGER NOT NULL DEFAULT 0 CHECK (decided IN (0, 1));
    -- it has a row of decision
ALTER TABLE item ADD COLUMN disputed INTEGER NOT NULL DEFAULT 0 CHECK (disputed IN (0, 1));
    -- two of its current labels, skips aside, differ
CREATE INDEX item_review ON item (project_id, disputed, state, id) WHERE state <> 0 AND decided = 0;

CREATE TRIGGER decision_is_marked AFTER INSERT ON decision
BEGIN UPDATE item SET decided = 1 WHERE id = new.item_id AND decided = 0; END;
CREATE TRIGGER decision_gone_is_marked AFTER DELETE ON decision
BEGIN UPDATE item SET decided = 0 WHERE id = old.item_id; END;

-- One more label can only begin a dispute, one less can only end it: each looks no further.
CREATE TRIGGER label_disputes AFTER INSERT ON label
    WHEN new.answer <> 'skip' AND EXISTS (SELECT 1 FROM label l WHERE l.item_id = new.item_id
        AND l.answer <> 'skip' AND (l.answer, l."values") <> (new.answer, new."values"))
BEGIN UPDATE item SET disputed = 1 WHERE id = new.item_id AND disputed = 0; END;
CREATE TRIGGER label_gone_settles AFTER DELETE ON label
    WHEN old.answer <> 'skip' AND (SELECT disputed FROM item WHERE id = old.item_id)
BEGIN
    UPDATE item SET disputed = (SELECT count(DISTINCT l.answer || l."values") > 1 FROM label l
        WHERE l.item_id = old.item_id AND l.answer <> 'skip') WHERE id = old.item_id;
END;
CREATE TRIGGER label_changed_disputes AFTER UPDATE OF answer, "values" ON label
BEGIN
    UPDATE item SET disputed = (SELECT count(DISTINCT l.answer || l."values") > 1 FROM label l
        WHERE l.item_id = new.item_id AND l.answer <> 'skip')
        WHERE id = new.item_id AND (n_answers > 1 OR disputed);
END;

ALTER TABLE project_count ADD COLUMN to_review INTEGER NOT NULL DEFAULT 0;
    -- items with all their answers and no decision
ALTER TABLE project_count ADD COLUMN disputed INTEGER NOT NULL DEFAULT 0; -- those of them that differ
DROP TRIGGER item_state_is_counted;
CREATE TRIGGER item_state_is_counted AFTER UPDATE OF state, decided, disputed ON item
    WHEN old.state <> new.state OR old.decided <> new.decided OR old.disputed <> new.disputed
BEGIN
    UPDATE project_count SET open = open + (new.state = 0) - (old.state = 0),
        labelled = labelled + (new.state = 1) - (old.state = 1),
        flagged = flagged + (new.state = 2) - (old.state = 2),
        rejected = rejected + (new.state = 3) - (old.state = 3),
        to_review = to_review + (new.state <> 0 AND new.decided = 0)
            - (old.state <> 0 AND old.decided = 0),
        disputed = disputed + (new.state <> 0 AND new.decided = 0 AND new.disputed = 1)
            - (old.state <> 0 AND old.decided = 0 AND old.disputed = 1)
        WHERE project_id = new.project_id;
END;

UPDATE item SET disputed = 1 WHERE id IN (SELECT item_id FROM label WHERE answer <> 'skip'
    GROUP BY item_id HAVING count(DISTINCT answer || "values") > 1);
UPDATE project_count SET to_review = labelled + flagged + rejected, disputed = (SELECT count(*)
    FROM item i WHERE i.project_id = project_count.project_id AND i.state <> 0 AND i.disputed = 1);

PRAGMA user_version = 8;
