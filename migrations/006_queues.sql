-- 006 queues: answers asked for beyond the overlap while people disagree, checks, and quotas.

ALTER TABLE project ADD COLUMN overlap_max INTEGER NOT NULL DEFAULT 0 CHECK (overlap_max BETWEEN 0 AND 100);
    -- an item may ask for so many answers while they differ; at most overlap: for no more than that
ALTER TABLE project ADD COLUMN quota INTEGER NOT NULL DEFAULT 0 CHECK (quota >= 0);
    -- answers that one person may give here; 0: any number
ALTER TABLE project ADD COLUMN gold_rate REAL NOT NULL DEFAULT 0 CHECK (gold_rate BETWEEN 0 AND 0.5);
    -- share of hand-outs that are items whose answer is known
ALTER TABLE project ADD COLUMN repeat_rate REAL NOT NULL DEFAULT 0 CHECK (repeat_rate BETWEEN 0 AND 0.5);
    -- share of hand-outs that the same person has answered before
ALTER TABLE project ADD COLUMN feedback INTEGER NOT NULL DEFAULT 0 CHECK (feedback IN (0, 1));
    -- 1: whoever answers an item whose answer is known is told afterwards

ALTER TABLE label ADD COLUMN doubted INTEGER NOT NULL DEFAULT 0 CHECK (doubted IN (0, 1));
    -- 1: the model, asked before, was nearly sure of another class

PRAGMA user_version = 6;
