-- 015 identities: who a person is to an identity provider (OpenID Connect).

CREATE TABLE identity (
    -- The subject is the provider's name for somebody, never used again for another; names and
    -- addresses are not kept, for they change hands. A person has at most one per provider.
    issuer TEXT NOT NULL CHECK (length(issuer) BETWEEN 1 AND 1000),
    subject TEXT NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
    user_id INTEGER NOT NULL REFERENCES user,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX identity_user ON identity (user_id, issuer);

PRAGMA user_version = 15;
