/**
 * Images, what tags pointed to, and the accounts of the space. Triggers keep all of it in the transaction that
 * changes manifests, references, blobs or tags, whoever changes them:
 *
 * - `image` has one row per tag, and per manifest that was pulled by its digest.
 * - `unneeded` has what exists and is needed by no image: `since` is 0 when something made it so, else when it
 *   came (a blob may come before its manifest). Taking one piece out makes what only it needed unneeded, so a
 *   collection goes on step by step, after a crash too. `references` are what a manifest that is gone left.
 * - `figure` has the bytes of everything that is kept, and what must outlive a restart.
 */
export const IMAGES_AND_SPACE = `
  ALTER TABLE manifest ADD COLUMN stored_at INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX proof_by_digest ON proof (digest);

  CREATE TABLE figure (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE image (
    name           TEXT PRIMARY KEY,
    upstream       TEXT NOT NULL,
    repository     TEXT NOT NULL,
    reference      TEXT NOT NULL,
    digest         TEXT NOT NULL,
    last_pulled_at INTEGER NOT NULL,
    pulls          INTEGER NOT NULL,
    pinned         INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX image_by_digest ON image (digest);
  CREATE INDEX image_by_pull ON image (last_pulled_at, name) WHERE pinned = 0;

  CREATE TABLE tag_version (
    id     INTEGER PRIMARY KEY,
    name   TEXT NOT NULL,
    digest TEXT NOT NULL,
    since  INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX tag_version_by_name ON tag_version (name, id);

  CREATE TABLE unneeded (
    digest TEXT NOT NULL,
    kind   TEXT NOT NULL,
    since  INTEGER NOT NULL,
    PRIMARY KEY (digest, kind)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX unneeded_by_age ON unneeded (since, digest, kind);

  INSERT INTO image
    SELECT upstream || '/' || repository || ':' || tag, upstream, repository, tag, digest, checked_at, 0, 0 FROM tag;
  INSERT INTO tag_version (name, digest, since)
    SELECT upstream || '/' || repository || ':' || tag, digest, checked_at FROM tag;
  INSERT INTO image
    SELECT upstream || '/' || repository || '@' || digest, upstream, repository, digest, digest, max(proved_at), 0, 0
    FROM proof
    WHERE digest IN (SELECT digest FROM manifest)
      AND digest NOT IN (SELECT digest FROM manifest_reference)
      AND digest NOT IN (SELECT digest FROM image)
    GROUP BY upstream, repository, digest;
  INSERT INTO unneeded SELECT digest, 'manifest', 0 FROM manifest
    WHERE digest NOT IN (SELECT digest FROM image) AND digest NOT IN (SELECT digest FROM manifest_reference);
  INSERT INTO unneeded SELECT digest, 'blob', committed_at FROM blob
    WHERE digest NOT IN (SELECT digest FROM manifest_reference);
  INSERT INTO figure VALUES ('used_bytes',
    (SELECT coalesce(sum(size_bytes), 0) FROM blob) + (SELECT coalesce(sum(length(bytes)), 0) FROM manifest));

  CREATE TRIGGER tag_added AFTER INSERT ON tag BEGIN
    INSERT INTO image VALUES (NEW.upstream || '/' || NEW.repository || ':' || NEW.tag,
      NEW.upstream, NEW.repository, NEW.tag, NEW.digest, NEW.checked_at, 0, 0);
    DELETE FROM image
      WHERE name = NEW.upstream || '/' || NEW.repository || '@' || NEW.digest AND pinned = 0;
    INSERT INTO tag_version (name, digest, since)
      VALUES (NEW.upstream || '/' || NEW.repository || ':' || NEW.tag, NEW.digest, NEW.checked_at);
  END;

  -- What a tag pointed to stays pullable by its digest, until its turn comes.
  CREATE TRIGGER tag_moved AFTER UPDATE OF digest ON tag WHEN NEW.digest <> OLD.digest BEGIN
    INSERT INTO image
      SELECT OLD.upstream || '/' || OLD.repository || '@' || OLD.digest, OLD.upstream, OLD.repository, OLD.digest,
        OLD.digest, last_pulled_at, 0, 0
      FROM image
      WHERE name = OLD.upstream || '/' || OLD.repository || ':' || OLD.tag
        AND EXISTS (SELECT 1 FROM manifest WHERE digest = OLD.digest)
        AND NOT EXISTS (SELECT 1 FROM image
          WHERE name = OLD.upstream || '/' || OLD.repository || '@' || OLD.digest);
    UPDATE image SET digest = NEW.digest
      WHERE name = NEW.upstream || '/' || NEW.repository || ':' || NEW.tag;
    INSERT INTO tag_version (name, digest, since)
      VALUES (NEW.upstream || '/' || NEW.repository || ':' || NEW.tag, NEW.digest, NEW.checked_at);
    DELETE FROM tag_version
      WHERE name = NEW.upstream || '/' || NEW.repository || ':' || NEW.tag
        AND id <= (SELECT id FROM tag_version
          WHERE name = NEW.upstream || '/' || NEW.repository || ':' || NEW.tag
          ORDER BY id DESC LIMIT 1 OFFSET 100);
  END;

  CREATE TRIGGER tag_removed AFTER DELETE ON tag BEGIN
    INSERT INTO image
      SELECT OLD.upstream || '/' || OLD.repository || '@' || OLD.digest, OLD.upstream, OLD.repository, OLD.digest,
        OLD.digest, last_pulled_at, 0, pinned
      FROM image
      WHERE name = OLD.upstream || '/' || OLD.repository || ':' || OLD.tag
        AND EXISTS (SELECT 1 FROM manifest WHERE digest = OLD.digest)
        AND NOT EXISTS (SELECT 1 FROM image
          WHERE name = OLD.upstream || '/' || OLD.repository || '@' || OLD.digest);
    DELETE FROM image WHERE name = OLD.upstream || '/' || OLD.repository || ':' || OLD.tag;
  END;

  CREATE TRIGGER image_added AFTER INSERT ON image BEGIN
    DELETE FROM unneeded WHERE digest = NEW.digest AND kind = 'manifest';
  END;

  CREATE TRIGGER image_moved AFTER UPDATE OF digest ON image WHEN NEW.digest <> OLD.digest BEGIN
    DELETE FROM unneeded WHERE digest = NEW.digest AND kind = 'manifest';
    INSERT INTO unneeded SELECT digest, 'manifest', 0 FROM manifest WHERE digest = OLD.digest
      AND NOT EXISTS (SELECT 1 FROM image WHERE digest = OLD.digest)
      AND NOT EXISTS (SELECT 1 FROM manifest_reference WHERE digest = OLD.digest);
  END;

  CREATE TRIGGER image_removed AFTER DELETE ON image BEGIN
    DELETE FROM tag_version WHERE name = OLD.name;
    INSERT INTO unneeded SELECT digest, 'manifest', 0 FROM manifest WHERE digest = OLD.digest
      AND NOT EXISTS (SELECT 1 FROM image WHERE digest = OLD.digest)
      AND NOT EXISTS (SELECT 1 FROM manifest_reference WHERE digest = OLD.digest);
  END;

  CREATE TRIGGER manifest_added AFTER INSERT ON manifest BEGIN
    UPDATE figure SET value = value + length(NEW.bytes) WHERE name = 'used_bytes';
    DELETE FROM unneeded WHERE digest = NEW.digest AND kind = 'references';
    INSERT INTO unneeded SELECT NEW.digest, 'manifest', NEW.stored_at
      WHERE NOT EXISTS (SELECT 1 FROM image WHERE digest = NEW.digest)
        AND NOT EXISTS (SELECT 1 FROM manifest_reference WHERE digest = NEW.digest);
  END;

  CREATE TRIGGER manifest_removed AFTER DELETE ON manifest BEGIN
    UPDATE figure SET value = value - length(OLD.bytes) WHERE name = 'used_bytes';
    DELETE FROM unneeded WHERE digest = OLD.digest AND kind = 'manifest';
    INSERT INTO unneeded VALUES (OLD.digest, 'references', 0);
  END;

  CREATE TRIGGER reference_added AFTER INSERT ON manifest_reference BEGIN
    DELETE FROM unneeded WHERE digest = NEW.digest AND kind IN ('blob', 'manifest');
  END;

  CREATE TRIGGER reference_removed AFTER DELETE ON manifest_reference
  WHEN NOT EXISTS (SELECT 1 FROM manifest_reference WHERE digest = OLD.digest) BEGIN
    INSERT INTO unneeded SELECT digest, 'blob', 0 FROM blob WHERE digest = OLD.digest;
    INSERT INTO unneeded SELECT digest, 'manifest', 0 FROM manifest WHERE digest = OLD.digest
      AND NOT EXISTS (SELECT 1 FROM image WHERE digest = OLD.digest);
  END;

  CREATE TRIGGER blob_added AFTER INSERT ON blob BEGIN
    UPDATE figure SET value = value + NEW.size_bytes WHERE name = 'used_bytes';
    INSERT INTO unneeded SELECT NEW.digest, 'blob', NEW.committed_at
      WHERE NOT EXISTS (SELECT 1 FROM manifest_reference WHERE digest = NEW.digest);
  END;

  CREATE TRIGGER blob_resized AFTER UPDATE OF size_bytes ON blob BEGIN
    UPDATE figure SET value = value + NEW.size_bytes - OLD.size_bytes WHERE name = 'used_bytes';
  END;

  CREATE TRIGGER blob_removed AFTER DELETE ON blob BEGIN
    UPDATE figure SET value = value - OLD.size_bytes WHERE name = 'used_bytes';
    DELETE FROM unneeded WHERE digest = OLD.digest AND kind = 'blob';
  END;
`
