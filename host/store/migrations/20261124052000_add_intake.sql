-- Why: feeds arrive by themselves. Who may upload, what has arrived and waits to
-- be read, and where each feed stands: when it is pulled next, whether it has
-- gone quiet.

-- A token by which a department's system uploads into one feed. What was shown
-- once lies here as a keyed digest.
CREATE TABLE feed_token (
  id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  plugin TEXT NOT NULL,
  feed TEXT NOT NULL,
  digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  issued_at INTEGER NOT NULL,
  issued_by TEXT NOT NULL,
  expires_at INTEGER NOT NULL CHECK (expires_at > issued_at),
  revoked_at INTEGER,
  updated_at INTEGER NOT NULL,
  changes INTEGER NOT NULL
) STRICT;

-- A file that came by a watched folder, an upload or a pull. While it waits the
-- file lies in the folder, or in the spool under this id.
CREATE TABLE arrival (
  id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  plugin TEXT NOT NULL,
  feed TEXT NOT NULL,
  source TEXT NOT NULL CHECK (source IN ('folder', 'upload', 'pull')),
  -- A file name may name a person.
  sealed_name BLOB NOT NULL,
  -- Which file of the folder it is, so that it is taken once: a keyed digest of
  -- its place on the disk, its size and when it was changed.
  mark BLOB UNIQUE CHECK (length(mark) = 32),
  size INTEGER NOT NULL CHECK (size >= 0),
  token BLOB REFERENCES feed_token (id),
  state TEXT NOT NULL CHECK (state IN ('waiting', 'read', 'failed')),
  due_at INTEGER,
  tries INTEGER NOT NULL CHECK (tries >= 0),
  delivery BLOB REFERENCES delivery (id),
  -- What was wrong, as a code for the sender.
  fault_code TEXT,
  -- Why it was put off or failed. May quote the feed.
  sealed_fault BLOB,
  arrived_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  changes INTEGER NOT NULL,
  CHECK ((source = 'folder') = (mark IS NOT NULL)),
  CHECK ((source = 'upload') = (token IS NOT NULL)),
  CHECK ((state = 'waiting') = (due_at IS NOT NULL)),
  CHECK (state != 'read' OR delivery IS NOT NULL),
  CHECK (state != 'failed' OR sealed_fault IS NOT NULL)
) STRICT;
CREATE INDEX arrival_due ON arrival (due_at) WHERE due_at IS NOT NULL;

-- Where a feed stands. A feed that is neither pulled nor was ever quiet has none.
CREATE TABLE feed_state (
  plugin TEXT NOT NULL,
  feed TEXT NOT NULL,
  -- When the alarm was raised; NULL: it keeps its promise.
  quiet_at INTEGER,
  pull_due_at INTEGER,
  pull_failures INTEGER NOT NULL CHECK (pull_failures >= 0),
  pull_fault TEXT,
  pulled_at INTEGER,
  etag TEXT,
  -- Keyed digest of what was pulled last, whatever became of it.
  pulled BLOB CHECK (length(pulled) = 32),
  updated_at INTEGER NOT NULL,
  changes INTEGER NOT NULL,
  PRIMARY KEY (plugin, feed),
  CHECK ((pull_failures > 0) = (pull_fault IS NOT NULL))
) STRICT;

CREATE INDEX delivery_by_feed ON delivery (plugin, feed, received_at);

CREATE TRIGGER feed_token_stays BEFORE DELETE ON feed_token
BEGIN SELECT raise(ABORT, 'a token is never deleted; revoke it'); END;
CREATE TRIGGER arrival_stays BEFORE DELETE ON arrival
BEGIN SELECT raise(ABORT, 'an arrival is never deleted'); END;
