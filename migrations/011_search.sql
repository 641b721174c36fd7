-- 011 search: finding items: by text, folder, metadata, class and person.

CREATE VIRTUAL TABLE item_search USING fts5 (
    -- Row numbers are those of item. Without the texts themselves, which are in item_text; items
    -- are never changed or removed, so nothing is ever taken out. `tags` are the folders and the
    -- metadata as words of their own, see server/store/search.c.
    words, tags, content = '', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TABLE facet_key (
    -- What one may filter by: the folders (kind 0, key '') and each key of the metadata (kind 1).
    project_id INTEGER NOT NULL REFERENCES project,
    kind INTEGER NOT NULL CHECK (kind IN (0, 1)),
    key TEXT NOT NULL,
    n_values INTEGER NOT NULL DEFAULT 0, -- listed in facet
    is_all INTEGER NOT NULL DEFAULT 1 CHECK (is_all IN (0, 1)), -- 0: there were too many to list
    PRIMARY KEY (project_id, kind, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE facet (
    project_id INTEGER NOT NULL REFERENCES project,
    kind INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    items INTEGER NOT NULL DEFAULT 0, -- that have it
    PRIMARY KEY (project_id, kind, key, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE item_class (
    -- Who says that an item is of a class: the labels and decisions (accept) taken apart, kept by
    -- triggers.
    project_id INTEGER NOT NULL,
    question TEXT NOT NULL,
    class TEXT NOT NULL,
    item_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL, -- 0: a reviewer's decision
    PRIMARY KEY (project_id, question, class, item_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE class_count (
    project_id INTEGER NOT NULL,
    question TEXT NOT NULL,
    class TEXT NOT NULL,
    items INTEGER NOT NULL DEFAULT 0,
    labels INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (project_id, question, class)
) STRICT, WITHOUT ROWID;

CREATE INDEX label_person ON label (project_id, user_id, item_id);

CREATE TRIGGER item_class_is_counted AFTER INSERT ON item_class
BEGIN
    INSERT INTO class_count (project_id, question, class, items, labels)
        SELECT new.project_id, new.question, new.class, NOT EXISTS (SELECT 1 FROM item_class c
            WHERE c.project_id = new.project_id AND c.question = new.question
            AND c.class = new.class AND c.item_id = new.item_id AND c.user_id <> new.user_id), 1
        WHERE true
        ON CONFLICT (project_id, question, class) DO UPDATE SET
            items = items + excluded.items, labels = labels + 1;
END;

CREATE TRIGGER item_class_gone_is_counted AFTER DELETE ON item_class
BEGIN
    UPDATE class_count SET labels = labels - 1, items = items - (NOT EXISTS (SELECT 1
            FROM item_class c WHERE c.project_id = old.project_id AND c.question = old.question
            AND c.class = old.class AND c.item_id = old.item_id))
        WHERE project_id = old.project_id AND question = old.question AND class = old.class;
END;

CREATE TRIGGER label_classes_come AFTER INSERT ON label WHEN new.answer = 'accept'
BEGIN
    INSERT INTO item_class (project_id, question, class, item_id, user_id)
        SELECT new.project_id, q.key, v.value, new.item_id, new.user_id
        FROM json_each(new."values") q,
            json_each(iif(q.type = 'array', q.value, json_array(q.value))) v
        WHERE v.type = 'text' AND length(v.value) <= 200 ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER label_classes_go AFTER DELETE ON label WHEN old.answer = 'accept'
BEGIN
    DELETE FROM item_class WHERE (project_id, question, class, item_id, user_id) IN (
        SELECT old.project_id, q.key, v.value, old.item_id, old.user_id
        FROM json_each(old."values") q,
            json_each(iif(q.type = 'array', q.value, json_array(q.value))) v
        WHERE v.type = 'text');
END;

CREATE TRIGGER label_classes_change AFTER UPDATE OF answer, "values" ON label
    WHEN old.answer <> new.answer OR old."values" <> new."values"
BEGIN
    DELETE FROM item_class WHERE old.answer = 'accept'
        AND (project_id, question, class, item_id, user_id) IN (
        SELECT old.project_id, q.key, v.value, old.item_id, old.user_id
        FROM json_each(old."values") q,
            json_each(iif(q.type = 'array', q.value, json_array(q.value))) v
        WHERE v.type = 'text');
    INSERT INTO item_class (project_id, question, class, item_id, user_id)
        SELECT new.project_id, q.key, v.value, new.item_id, new.user_id
        FROM json_each(new."values") q,
            json_each(iif(q.type = 'array', q.value, json_array(q.value))) v
        WHERE new.answer = 'accept' AND v.type = 'text' AND length(v.value) <= 200 ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER decision_classes_come AFTER INSERT ON decision WHEN new.answer = 'accept'
BEGIN
    INSERT INTO item_class (project_id, question, class, item_id, user_id)
        SELECT new.project_id, q.key, v.value, new.item_id, 0
        FROM json_each(new."values") q,
            json_each(iif(q.type = 'array', q.value, json_array(q.value))) v
        WHERE v.type = 'text' AND length(v.value) <= 200 ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER decision_classes_go AFTER DELETE ON decision WHEN old.answer = 'accept'
BEGIN
    DELETE FROM item_class WHERE (project_id, question, class, item_id, user_id) IN (
        SELECT old.project_id, q.key, v.value, old.item_id, 0
        FROM json_each(old."values") q,
            json_each(iif(q.type = 'array', q.value, json_array(q.value))) v
        WHERE v.type = 'text' AND length(v.value) <= 200);
END;

CREATE TRIGGER decision_classes_change AFTER UPDATE OF answer, "values" ON decision
    WHEN old.answer <> new.answer OR old."values" <> new."values"
BEGIN
    DELETE FROM item_class WHERE (project_id, question, class, item_id, user_id) IN (
        SELECT old.project_id, q.key, v.value, old.item_id, 0
        FROM json_each(old."values") q,
            json_each(iif(q.type = 'array', q.value, json_array(q.value))) v
        WHERE old.answer = 'accept' AND v.type = 'text' AND length(v.value) <= 200);
    INSERT INTO item_class (project_id, question, class, item_id, user_id)
        SELECT new.project_id, q.key, v.value, new.item_id, 0
        FROM json_each(new."values") q,
            json_each(iif(q.type = 'array', q.value, json_array(q.value))) v
        WHERE new.answer = 'accept' AND v.type = 'text' AND length(v.value) <= 200 ON CONFLICT DO NOTHING;
END;

-- What was there before. A million texts take about a minute.
INSERT INTO item_search (rowid, words, tags)
    SELECT i.id, search_words(t.body, i.path, i.meta), search_tags(i.project_id, i.path, i.meta)
    FROM item i LEFT JOIN item_text t ON t.item_id = i.id ORDER BY i.id;

INSERT INTO facet (project_id, kind, key, value, items)
    SELECT i.project_id, f.value ->> 0, f.value ->> 1, f.value ->> 2, count(*)
    FROM item i, json_each(search_facets(i.path, i.meta)) f GROUP BY 1, 2, 3, 4;
INSERT INTO facet_key (project_id, kind, key, n_values, is_all)
    SELECT project_id, kind, key, min(count(*), 200), count(*) <= 200 FROM facet
    GROUP BY project_id, kind, key;
DELETE FROM facet WHERE (project_id, kind, key, value) IN (
    SELECT project_id, kind, key, value FROM (
        SELECT project_id, kind, key, value, row_number() OVER
            (PARTITION BY project_id, kind, key ORDER BY items DESC, value) AS place FROM facet)
    WHERE place > 200);

INSERT INTO item_class (project_id, question, class, item_id, user_id)
    SELECT l.project_id, q.key, v.value, l.item_id, l.user_id FROM label l,
        json_each(l."values") q, json_each(iif(q.type = 'array', q.value, json_array(q.value))) v
    WHERE l.answer = 'accept' AND v.type = 'text' AND length(v.value) <= 200 ON CONFLICT DO NOTHING;
INSERT INTO item_class (project_id, question, class, item_id, user_id)
    SELECT d.project_id, q.key, v.value, d.item_id, 0 FROM decision d,
        json_each(d."values") q, json_each(iif(q.type = 'array', q.value, json_array(q.value))) v
    WHERE d.answer = 'accept' AND v.type = 'text' AND length(v.value) <= 200 ON CONFLICT DO NOTHING;

CREATE TRIGGER facet_is_listed AFTER INSERT ON facet
BEGIN
    UPDATE facet_key SET n_values = n_values + 1
        WHERE project_id = new.project_id AND kind = new.kind AND key = new.key;
END;

PRAGMA user_version = 11;
