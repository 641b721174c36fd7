-- 003 members: who works on which project, and as what. Everybody who was there keeps the
-- projects they could see, with the role of their account.

CREATE TABLE member (
    -- One person's role in one project. Administrators need none: they may do everything.
    project_id INTEGER NOT NULL REFERENCES project,
    user_id INTEGER NOT NULL REFERENCES user,
    role TEXT NOT NULL CHECK (role IN ('annotator', 'reviewer', 'manager')),
    PRIMARY KEY (project_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_user ON member (user_id);

INSERT INTO member (project_id, user_id, role)
    SELECT p.id, u.id, u.role FROM project p, user u WHERE u.kind = 'person' AND u.role <> 'admin';

PRAGMA user_version = 3;
