-- Encoders that give items in parts, and classifiers that mix those parts by a recipe.

ALTER TABLE encoder ADD COLUMN parts TEXT CHECK (parts IS NULL OR json_valid(parts));
    -- [{"dim","name","sees"}] of latents/ID.z, ID.1.z, ...; NULL: from before, the latent alone

CREATE TABLE recipe (
    -- How the classifier of one question mixes the parts: chosen by cross-validation, in the
    -- background, again and again as labels come in. The newest one of an encoder is in use.
    id INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES project,
    encoder_id INTEGER NOT NULL REFERENCES encoder,
    question TEXT NOT NULL, -- its name
    ledger_seq INTEGER NOT NULL, -- labels up to here were used
    n_labels INTEGER NOT NULL CHECK (n_labels >= 0),
    accuracy REAL NOT NULL CHECK (accuracy BETWEEN 0 AND 1), -- of labels held out in turn
    body TEXT NOT NULL CHECK (json_valid(body)), -- see server/domain/recipe.h
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX recipe_used ON recipe (project_id, encoder_id, question, id);

ALTER TABLE round ADD COLUMN recipes TEXT CHECK (recipes IS NULL OR json_valid(recipes));
    -- [recipe or null], one for each question; NULL: from before, a linear head on the latent
ALTER TABLE round ADD COLUMN reads TEXT; -- what its models read, in words; NULL: no model yet

PRAGMA user_version = 2;
