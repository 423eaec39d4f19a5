/** Who may come in: credentials, groups that were declared by command, and what tokens are signed with. */
export const ACCESS = `
  CREATE TABLE credential (
    id           TEXT PRIMARY KEY,
    kind         TEXT NOT NULL,
    name         TEXT NOT NULL,
    role         TEXT NOT NULL,
    -- JSON lists: they are read whole, and never searched.
    groups       TEXT NOT NULL,
    repositories TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    revoked_at   INTEGER,
    minted_by    TEXT,
    secret_hash  BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX credential_by_minter ON credential (minted_by) WHERE minted_by IS NOT NULL;
  CREATE INDEX credential_by_end ON credential (min(ifnull(expires_at, 9e15), ifnull(revoked_at, 9e15)));

  CREATE TABLE declared_group (
    path               TEXT PRIMARY KEY,
    repositories       TEXT,
    anonymous_networks TEXT,
    created_at         INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE signing_key (
    id         TEXT PRIMARY KEY,
    jwk        TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER
  ) STRICT, WITHOUT ROWID;
`
