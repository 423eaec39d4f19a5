import { ACCESS } from './migration-access.ts'
import { IMAGES_AND_SPACE } from './migration-images.ts'
import { LISTS } from './migration-lists.ts'
import { LOGIN_KEY } from './migration-login-key.ts'
import { PULL_DAYS } from './migration-pull-days.ts'

/**
 * The catalog's format, as the steps that lead to it. A step is never changed once released: append.
 * `user_version` counts the steps a catalog has taken.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE manifest (
    digest     TEXT PRIMARY KEY,
    media_type TEXT NOT NULL,
    bytes      BLOB NOT NULL
  ) STRICT;

  CREATE TABLE manifest_reference (
    manifest   TEXT NOT NULL,
    digest     TEXT NOT NULL,
    role       TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    PRIMARY KEY (manifest, digest, role)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX manifest_reference_by_digest ON manifest_reference (digest);

  CREATE TABLE blob (
    digest       TEXT PRIMARY KEY,
    size_bytes   INTEGER NOT NULL,
    committed_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE tag (
    upstream      TEXT NOT NULL,
    repository    TEXT NOT NULL,
    tag           TEXT NOT NULL,
    digest        TEXT NOT NULL,
    checked_at    INTEGER NOT NULL,
    missing_since INTEGER,
    PRIMARY KEY (upstream, repository, tag)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE proof (
    scope      TEXT NOT NULL,
    upstream   TEXT NOT NULL,
    repository TEXT NOT NULL,
    digest     TEXT NOT NULL,
    proved_at  INTEGER NOT NULL,
    PRIMARY KEY (scope, upstream, repository, digest)
  ) STRICT, WITHOUT ROWID;
  `,
  IMAGES_AND_SPACE,
  ACCESS,
  LISTS,
  LOGIN_KEY,
  PULL_DAYS,
]
