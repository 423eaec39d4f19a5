/** Lists of tags and of referrers, as they were told to whoever asked. */
export const LISTS = `
  CREATE TABLE list (
    id         INTEGER PRIMARY KEY,
    scope      TEXT NOT NULL,
    upstream   TEXT NOT NULL,
    repository TEXT NOT NULL,
    subject    TEXT NOT NULL,
    body       TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    checked_at INTEGER NOT NULL,
    UNIQUE (scope, upstream, repository, subject)
  ) STRICT;
  CREATE INDEX list_by_check ON list (checked_at, id, size_bytes);
`
