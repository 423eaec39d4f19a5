/** What was pulled, by day and image. */
export const PULL_DAYS = `
  CREATE TABLE pull_day (
    day               INTEGER NOT NULL,
    image             TEXT NOT NULL,
    pulls             INTEGER NOT NULL,
    hits              INTEGER NOT NULL,
    saved_pulls       INTEGER NOT NULL,
    bytes             INTEGER NOT NULL,
    saved_bytes       INTEGER NOT NULL,
    upstream_requests INTEGER NOT NULL,
    PRIMARY KEY (day, image)
  ) STRICT, WITHOUT ROWID;
`
