-- 020 models: versions of a project's classifier.

CREATE TABLE model (
    -- One version. Its file models/model-ID.bin holds what it needs to answer; what it was made of is
    -- here: the same data set, encoder, recipe and seed give the same bytes again.
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: it names a file
    project_id INTEGER NOT NULL REFERENCES project,
    version INTEGER NOT NULL, -- 1, 2, 3 in its project
    name TEXT NOT NULL,
    question TEXT NOT NULL, -- that it answers
    dataset_id INTEGER NOT NULL REFERENCES dataset,
    encoder_id INTEGER REFERENCES encoder, -- NULL until it is known
    seed INTEGER NOT NULL,
    threads INTEGER NOT NULL DEFAULT 0, -- processors it was trained on
    program TEXT NOT NULL DEFAULT '', -- version of the program that trained it
    recipe TEXT CHECK (recipe IS NULL OR json_valid(recipe)), -- server/domain/recipe.h
    classes TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(classes)), -- their names, in order
    n_taught INTEGER NOT NULL DEFAULT 0, -- items it learned from
    state TEXT NOT NULL CHECK (state IN ('training', 'trained', 'failed')),
    why TEXT, -- one sentence: what a failed one failed of
    hash BLOB CHECK (hash IS NULL OR length(hash) = 32), -- BLAKE2b-256 of the file
    n_bytes INTEGER NOT NULL DEFAULT 0, -- of the file
    seconds REAL NOT NULL DEFAULT 0, -- the fit itself
    source TEXT CHECK (source IN ('honest', 'examples')), -- what accuracy was measured on
    accuracy REAL CHECK (accuracy BETWEEN 0 AND 1), -- NULL: not measured, as the next two
    accuracy_low REAL,
    accuracy_high REAL,
    accuracy_n INTEGER NOT NULL DEFAULT 0, -- items it was measured on
    report TEXT CHECK (report IS NULL OR json_valid(report)), -- all that was measured
    user_id INTEGER, -- who asked for it; NULL: the program, or the command line
    job_id INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    trained_at INTEGER,
    UNIQUE (project_id, version)
) STRICT;
CREATE INDEX model_dataset ON model (dataset_id);

CREATE TRIGGER model_keeps
    BEFORE UPDATE OF project_id, version, question, dataset_id, encoder_id, seed, threads, program,
        recipe, classes, n_taught, state, hash, n_bytes ON model
    WHEN old.state <> 'training'
BEGIN SELECT raise(ABORT, 'a trained version never changes'); END;
CREATE TRIGGER model_stays BEFORE DELETE ON model
BEGIN SELECT raise(ABORT, 'a version is never removed'); END;

PRAGMA user_version = 20;
