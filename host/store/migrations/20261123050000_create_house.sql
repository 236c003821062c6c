-- Why: the first furnishing. Every table that the house stands on, in one
-- migration, because nothing has been published before it.
--
-- Conventions. Ids are 16 bytes. Instants are INTEGER milliseconds since 1970,
-- UTC; civil days are TEXT `YYYY-MM-DD` in China. `entry` is the id of the audit
-- entry that covers a row which was written in a set; a row with a life of its
-- own (`changes`) is covered by its newest entry. A `content` column holds TEXT
-- for an organization and a sealed BLOB for a person, and the CHECK refuses
-- anything else. Keys begin with the subject, so that rows shard by subject.

-- One row: a check value of the master key, so that a wrong key is named at
-- once and nothing is ever written under it.
CREATE TABLE house (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  key_check BLOB NOT NULL CHECK (length(key_check) = 32)
) STRICT;

-- ---- Whom the rows are about ----

CREATE TABLE subject (
  id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  kind TEXT NOT NULL CHECK (kind IN ('organization', 'person')),
  region TEXT,
  -- For people to read. A person's name never stands here.
  name TEXT CHECK (name IS NULL OR kind = 'organization'),
  -- 0: the identity number breaks a rule of GB 11643, so nothing may be bound.
  bindable INTEGER NOT NULL CHECK (bindable IN (0, 1)),
  created_at INTEGER NOT NULL,
  entry BLOB NOT NULL,
  -- The subject's own key, wrapped. NULL once shredded.
  sealed_key BLOB,
  UNIQUE (id, kind)
) STRICT;
CREATE INDEX subject_by_entry ON subject (entry);

CREATE TABLE subject_code (
  scheme TEXT NOT NULL CHECK (scheme IN ('uscc', 'organization-code', 'registration-number')),
  value TEXT NOT NULL,
  subject BLOB NOT NULL REFERENCES subject (id),
  entry BLOB NOT NULL,
  PRIMARY KEY (scheme, value)
) STRICT;
CREATE INDEX subject_code_by_subject ON subject_code (subject);
CREATE INDEX subject_code_by_entry ON subject_code (entry);

-- Days on which the use of a code began or ended: for people to read.
CREATE TABLE code_day (
  scheme TEXT NOT NULL,
  value TEXT NOT NULL,
  edge TEXT NOT NULL CHECK (edge IN ('from', 'until')),
  on_day TEXT NOT NULL CHECK (length(on_day) = 10),
  entry BLOB NOT NULL,
  PRIMARY KEY (scheme, value, edge, on_day),
  FOREIGN KEY (scheme, value) REFERENCES subject_code (scheme, value)
) STRICT;
CREATE INDEX code_day_by_entry ON code_day (entry);

-- Subjects that turned out to be another one. Rows keep the subject that they
-- were written with; reads go by the lowest id of all that are the same. When
-- that one is joined to a lower one, all of them get a row for it.
CREATE TABLE subject_alias (
  subject BLOB NOT NULL REFERENCES subject (id),
  same_as BLOB NOT NULL REFERENCES subject (id),
  entry BLOB NOT NULL,
  PRIMARY KEY (subject, same_as),
  CHECK (same_as < subject)
) STRICT;
CREATE INDEX subject_alias_by_same_as ON subject_alias (same_as);
CREATE INDEX subject_alias_by_entry ON subject_alias (entry);

-- What became of organizations: revoked, deregistered, merged, divided.
CREATE TABLE subject_event (
  subject BLOB NOT NULL REFERENCES subject (id),
  on_day TEXT NOT NULL CHECK (length(on_day) = 10),
  state TEXT NOT NULL CHECK (state IN
    ('registered', 'revoked', 'deregistered', 'merged', 'divided')),
  -- JSON list of [scheme, value]: those who took over.
  successors TEXT NOT NULL CHECK (json_valid(successors)),
  entry BLOB NOT NULL,
  PRIMARY KEY (subject, on_day, state, successors),
  CHECK ((state IN ('merged', 'divided')) = (successors != '[]'))
) STRICT;
CREATE INDEX subject_event_by_entry ON subject_event (entry);

CREATE TABLE person_number (
  blind BLOB NOT NULL PRIMARY KEY CHECK (length(blind) = 32),
  subject BLOB NOT NULL UNIQUE REFERENCES subject (id),
  sealed BLOB NOT NULL,
  entry BLOB NOT NULL
) STRICT;
CREATE INDEX person_number_by_entry ON person_number (entry);

CREATE TABLE person_token (
  plugin TEXT NOT NULL,
  token TEXT NOT NULL CHECK (length(token) = 18),
  subject BLOB NOT NULL REFERENCES subject (id),
  entry BLOB NOT NULL,
  PRIMARY KEY (plugin, token)
) STRICT;
CREATE INDEX person_token_by_subject ON person_token (subject, plugin);
CREATE INDEX person_token_by_entry ON person_token (entry);

-- ---- Plugins and their calls ----

CREATE TABLE plugin_revision (
  plugin TEXT NOT NULL,
  digest TEXT NOT NULL,
  version TEXT NOT NULL,
  department TEXT NOT NULL,
  contract TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('installed', 'active', 'retired', 'revoked')),
  manifest TEXT NOT NULL,
  granted TEXT NOT NULL CHECK (json_valid(granted)),
  installed_at INTEGER NOT NULL,
  installed_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  changes INTEGER NOT NULL,
  PRIMARY KEY (plugin, digest)
) STRICT;
CREATE UNIQUE INDEX plugin_revision_one_active ON plugin_revision (plugin) WHERE state = 'active';

-- Journal parts too large for their row, sealed under the key of their owner:
-- the subject, or the house where subject is NULL. The address is keyed.
CREATE TABLE blob (
  address BLOB NOT NULL PRIMARY KEY CHECK (length(address) = 32),
  subject BLOB REFERENCES subject (id),
  sealed BLOB NOT NULL
) STRICT;
CREATE INDEX blob_by_subject ON blob (subject) WHERE subject IS NOT NULL;

CREATE TABLE call (
  id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  subject BLOB REFERENCES subject (id),
  plugin TEXT NOT NULL,
  digest TEXT NOT NULL,
  contract TEXT NOT NULL,
  function TEXT NOT NULL,
  object_kind TEXT NOT NULL,
  object_id TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
  outcome TEXT,
  left_house INTEGER CHECK (left_house IN (0, 1)),
  closed_at INTEGER,
  head BLOB,
  head_blob BLOB REFERENCES blob (address),
  record BLOB,
  record_blob BLOB REFERENCES blob (address),
  CHECK ((head IS NULL) != (head_blob IS NULL)),
  CHECK (record IS NULL OR record_blob IS NULL),
  CHECK ((state = 'closed') = (outcome IS NOT NULL)),
  CHECK ((state = 'closed') = (left_house IS NOT NULL)),
  CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
  CHECK ((state = 'closed') = (record IS NOT NULL OR record_blob IS NOT NULL))
) STRICT;
CREATE INDEX call_by_subject ON call (subject) WHERE subject IS NOT NULL;
CREATE INDEX call_open ON call (started_at) WHERE state = 'open';

-- What a call is about to do outside the house; durable before it does it.
CREATE TABLE effect_intent (
  call BLOB NOT NULL PRIMARY KEY REFERENCES call (id),
  step_key TEXT NOT NULL,
  asking INTEGER NOT NULL CHECK (asking IN (0, 1))
) STRICT;
CREATE INDEX effect_intent_by_step ON effect_intent (step_key);

-- ---- What departments delivered ----

CREATE TABLE delivery (
  id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  plugin TEXT NOT NULL,
  feed TEXT NOT NULL,
  -- A file name may name a person.
  sealed_name BLOB NOT NULL,
  digest BLOB NOT NULL CHECK (length(digest) = 32),
  department TEXT NOT NULL,
  region TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  received_on TEXT NOT NULL CHECK (length(received_on) = 10)
) STRICT;
CREATE INDEX delivery_by_digest ON delivery (plugin, feed, digest);

CREATE TABLE chunk (
  delivery BLOB NOT NULL REFERENCES delivery (id),
  number INTEGER NOT NULL CHECK (number >= 1),
  first_row INTEGER NOT NULL CHECK (first_row >= 1),
  rows INTEGER NOT NULL CHECK (rows >= 0),
  -- Bytes of the text, decoded and in UTF-8, up to the end of this chunk: where
  -- the next one begins.
  reached INTEGER NOT NULL CHECK (reached >= 0),
  last INTEGER NOT NULL CHECK (last IN (0, 1)),
  -- Code of the reason for which the rest was set aside.
  stopped TEXT,
  recorded INTEGER NOT NULL,
  revised INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  acknowledged INTEGER NOT NULL,
  duplicates INTEGER NOT NULL,
  rejected INTEGER NOT NULL,
  quarantined INTEGER NOT NULL,
  call BLOB REFERENCES call (id),
  rows_root TEXT NOT NULL CHECK (length(rows_root) = 64),
  committed_at INTEGER NOT NULL,
  PRIMARY KEY (delivery, number)
) STRICT;

-- What the next chunk needs: the one thing of a delivery that changes. Gone
-- after the last chunk.
CREATE TABLE delivery_carry (
  delivery BLOB NOT NULL PRIMARY KEY REFERENCES delivery (id),
  number INTEGER NOT NULL,
  sealed BLOB NOT NULL
) STRICT;

CREATE TABLE delivery_line (
  delivery BLOB NOT NULL REFERENCES delivery (id),
  chunk INTEGER NOT NULL,
  place INTEGER NOT NULL,
  row INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('rejected', 'quarantined', 'duplicate')),
  field TEXT,
  rule TEXT NOT NULL,
  -- The words for the clerk and, where it is quarantined, the statement itself.
  sealed BLOB,
  entry BLOB NOT NULL,
  PRIMARY KEY (delivery, chunk, place)
) STRICT;
CREATE INDEX delivery_line_by_entry ON delivery_line (entry);

-- What became of a quarantined line when it was tried again and the answer was
-- another. A line without a rule is settled: its record exists.
CREATE TABLE line_again (
  delivery BLOB NOT NULL,
  chunk INTEGER NOT NULL,
  place INTEGER NOT NULL,
  attempt INTEGER NOT NULL CHECK (attempt >= 1),
  kind TEXT NOT NULL CHECK (kind IN ('settled', 'rejected', 'quarantined', 'duplicate')),
  field TEXT,
  rule TEXT,
  -- The words for the clerk.
  sealed BLOB,
  entry BLOB NOT NULL,
  PRIMARY KEY (delivery, chunk, place, attempt),
  FOREIGN KEY (delivery, chunk, place) REFERENCES delivery_line (delivery, chunk, place),
  CHECK ((kind = 'settled') = (rule IS NULL))
) STRICT;
CREATE INDEX line_again_by_entry ON line_again (entry);

-- What a quarantined line waits for: codes of which the register may learn
-- more, or a record. `due` is set in the transaction that brings it, so that a
-- crash before the line is tried again forgets nothing. Only a queue: what
-- became of the line stands above.
CREATE TABLE line_waiting (
  -- Keyed digest.
  awaited BLOB NOT NULL CHECK (length(awaited) = 32),
  delivery BLOB NOT NULL,
  chunk INTEGER NOT NULL,
  place INTEGER NOT NULL,
  due INTEGER NOT NULL CHECK (due IN (0, 1)),
  PRIMARY KEY (awaited, delivery, chunk, place),
  FOREIGN KEY (delivery, chunk, place) REFERENCES delivery_line (delivery, chunk, place)
) STRICT;
CREATE INDEX line_waiting_by_line ON line_waiting (delivery, chunk, place);
CREATE INDEX line_waiting_due ON line_waiting (delivery, chunk, place) WHERE due = 1;

-- Where a record stands now: a pointer into its versions and nothing more.
CREATE TABLE record (
  subject BLOB NOT NULL REFERENCES subject (id),
  id BLOB NOT NULL CHECK (length(id) = 16),
  plugin TEXT NOT NULL,
  source_ref TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('current', 'ended')),
  version INTEGER NOT NULL CHECK (version >= 1),
  -- The newest version that states content; an ending states none.
  stated_version INTEGER NOT NULL CHECK (stated_version <= version),
  digest BLOB NOT NULL,
  revised_at TEXT,
  PRIMARY KEY (subject, id),
  UNIQUE (plugin, source_ref),
  CHECK ((state = 'ended') = (stated_version < version))
) STRICT;
CREATE INDEX record_by_id ON record (id);

CREATE TABLE record_version (
  subject BLOB NOT NULL,
  record BLOB NOT NULL,
  version INTEGER NOT NULL CHECK (version >= 1),
  kind TEXT NOT NULL CHECK (kind IN ('stated', 'ended')),
  subject_kind TEXT NOT NULL,
  plugin TEXT NOT NULL,
  source_ref TEXT NOT NULL,
  department TEXT NOT NULL,
  region TEXT NOT NULL,
  item TEXT,
  disclosure TEXT CHECK (disclosure IN ('government', 'authorised', 'public')),
  decided_on TEXT CHECK (length(decided_on) = 10),
  valid_from TEXT CHECK (length(valid_from) = 10),
  valid_until TEXT CHECK (length(valid_until) = 10),
  published_until TEXT CHECK (length(published_until) = 10),
  effective_on TEXT CHECK (length(effective_on) = 10),
  revised_at TEXT,
  digest BLOB NOT NULL CHECK (length(digest) = 32),
  content ANY NOT NULL,
  -- Facts about other persons, sealed even where the subject is an organization.
  sealed_persons BLOB,
  delivery BLOB REFERENCES delivery (id),
  row INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  entry BLOB NOT NULL,
  PRIMARY KEY (subject, record, version),
  FOREIGN KEY (subject, record) REFERENCES record (subject, id),
  FOREIGN KEY (subject, subject_kind) REFERENCES subject (id, kind),
  CHECK (typeof(content) = CASE subject_kind WHEN 'person' THEN 'blob' ELSE 'text' END),
  CHECK ((kind = 'stated') = (item IS NOT NULL)),
  CHECK ((kind = 'stated') = (disclosure IS NOT NULL)),
  CHECK ((kind = 'stated') = (decided_on IS NOT NULL)),
  CHECK ((kind = 'ended') = (effective_on IS NOT NULL))
) STRICT;
CREATE INDEX record_version_by_entry ON record_version (entry);

-- ---- Cases, notices, orders, steps ----

CREATE TABLE case_ (
  subject BLOB NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 16),
  subject_kind TEXT NOT NULL,
  number TEXT NOT NULL UNIQUE,
  department TEXT NOT NULL,
  region TEXT NOT NULL,
  record BLOB NOT NULL,
  record_version INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('opened', 'resolved', 'dispatched', 'answered', 'closed', 'refused', 'withdrawn')),
  opened_at INTEGER NOT NULL,
  opened_on TEXT NOT NULL CHECK (length(opened_on) = 10),
  content ANY NOT NULL,
  updated_at INTEGER NOT NULL,
  changes INTEGER NOT NULL,
  PRIMARY KEY (subject, id),
  FOREIGN KEY (subject, subject_kind) REFERENCES subject (id, kind),
  FOREIGN KEY (subject, record, record_version) REFERENCES record_version (subject, record, version),
  CHECK (typeof(content) = CASE subject_kind WHEN 'person' THEN 'blob' ELSE 'text' END)
) STRICT;
CREATE INDEX case_by_id ON case_ (id);
CREATE INDEX case_by_state ON case_ (state, opened_at);
CREATE INDEX case_by_record ON case_ (subject, record);

CREATE TABLE notice (
  subject BLOB NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 16),
  subject_kind TEXT NOT NULL,
  case_id BLOB NOT NULL,
  department TEXT NOT NULL,
  region TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  made_on TEXT NOT NULL CHECK (length(made_on) = 10),
  receipt_kind TEXT CHECK (receipt_kind IN ('delivered', 'left', 'published')),
  receipt_on TEXT CHECK (length(receipt_on) = 10),
  content ANY NOT NULL,
  updated_at INTEGER NOT NULL,
  changes INTEGER NOT NULL,
  PRIMARY KEY (subject, id),
  FOREIGN KEY (subject, case_id) REFERENCES case_ (subject, id),
  FOREIGN KEY (subject, subject_kind) REFERENCES subject (id, kind),
  CHECK ((receipt_kind IS NULL) = (receipt_on IS NULL)),
  CHECK (typeof(content) = CASE subject_kind WHEN 'person' THEN 'blob' ELSE 'text' END)
) STRICT;
CREATE INDEX notice_by_id ON notice (id);
CREATE INDEX notice_by_case ON notice (subject, case_id);

CREATE TABLE order_ (
  subject BLOB NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 16),
  subject_kind TEXT NOT NULL,
  case_id BLOB NOT NULL,
  measure TEXT NOT NULL,
  department TEXT NOT NULL,
  region TEXT NOT NULL,
  plugin TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN
    ('prepared', 'in-force', 'suspended', 'lifted', 'refused', 'not-executed')),
  starts_on TEXT NOT NULL CHECK (length(starts_on) = 10),
  ends_on TEXT NOT NULL CHECK (length(ends_on) = 10 AND ends_on >= starts_on),
  -- The last day as things stand, while nothing else ends the order before.
  lapses_on TEXT CHECK (length(lapses_on) = 10),
  opened_at INTEGER NOT NULL,
  content ANY NOT NULL,
  updated_at INTEGER NOT NULL,
  changes INTEGER NOT NULL,
  PRIMARY KEY (subject, id),
  FOREIGN KEY (subject, case_id) REFERENCES case_ (subject, id),
  FOREIGN KEY (subject, subject_kind) REFERENCES subject (id, kind),
  CHECK (typeof(content) = CASE subject_kind WHEN 'person' THEN 'blob' ELSE 'text' END)
) STRICT;
CREATE INDEX order_by_id ON order_ (id);
CREATE INDEX order_by_case ON order_ (subject, case_id);
CREATE INDEX order_by_state ON order_ (state, opened_at);
CREATE INDEX order_by_lapse ON order_ (lapses_on) WHERE lapses_on IS NOT NULL;

CREATE TABLE step (
  subject BLOB NOT NULL,
  order_id BLOB NOT NULL,
  number INTEGER NOT NULL CHECK (number >= 1),
  key TEXT NOT NULL UNIQUE,
  subject_kind TEXT NOT NULL,
  department TEXT NOT NULL,
  region TEXT NOT NULL,
  verb TEXT NOT NULL CHECK (verb IN ('apply', 'suspend', 'resume', 'lift')),
  state TEXT NOT NULL CHECK (state IN ('due', 'claimed', 'pending', 'unknown', 'executed',
    'partly-executed', 'could-not', 'not-applicable', 'refused', 'disputed', 'outside-mandate',
    'parked', 'held', 'withdrawn')),
  due_at INTEGER,
  effective_on TEXT NOT NULL CHECK (length(effective_on) = 10),
  attempt INTEGER NOT NULL CHECK (attempt >= 0),
  claimed_by TEXT,
  lease_until INTEGER,
  call BLOB REFERENCES call (id),
  -- Parked, or answered otherwise than it ended.
  for_person INTEGER NOT NULL CHECK (for_person IN (0, 1)),
  content ANY NOT NULL,
  updated_at INTEGER NOT NULL,
  changes INTEGER NOT NULL,
  PRIMARY KEY (subject, order_id, number),
  FOREIGN KEY (subject, order_id) REFERENCES order_ (subject, id),
  FOREIGN KEY (subject, subject_kind) REFERENCES subject (id, kind),
  CHECK ((state = 'claimed') = (claimed_by IS NOT NULL)),
  CHECK ((state = 'claimed') = (lease_until IS NOT NULL)),
  CHECK ((state IN ('due', 'pending', 'unknown')) = (due_at IS NOT NULL)),
  CHECK (typeof(content) = CASE subject_kind WHEN 'person' THEN 'blob' ELSE 'text' END)
) STRICT;
-- What burdens stands apart: what gives back is never looked for among it.
CREATE INDEX step_due ON step (department, (state = 'due' AND verb IN ('apply', 'resume')),
  due_at, key) WHERE due_at IS NOT NULL;
CREATE INDEX step_for_person ON step (updated_at) WHERE for_person = 1;
CREATE INDEX step_claimed ON step (lease_until) WHERE lease_until IS NOT NULL;

-- ---- The audit log ----

-- Entries that have no index yet. object_* stand bare only where the entry
-- changed that object's row: whom somebody looked up stays sealed. Without a way to
-- look anything up but by walking it: it is emptied many times a minute, and every
-- row of it is written twice already.
CREATE TABLE audit_pending (
  seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  event BLOB NOT NULL CHECK (length(event) = 16),
  published BLOB NOT NULL CHECK (length(published) = 33),
  sealed BLOB NOT NULL,
  object_kind TEXT,
  object_id TEXT,
  call BLOB
) STRICT;

CREATE TABLE audit_entry (
  idx INTEGER NOT NULL PRIMARY KEY CHECK (idx >= 0),
  event BLOB NOT NULL UNIQUE CHECK (length(event) = 16),
  published BLOB NOT NULL CHECK (length(published) = 33),
  sealed BLOB NOT NULL,
  object_kind TEXT,
  object_id TEXT,
  call BLOB
) STRICT;
CREATE INDEX audit_entry_by_object ON audit_entry (object_kind, object_id, idx)
  WHERE object_id IS NOT NULL;
CREATE INDEX audit_entry_by_call ON audit_entry (call, idx) WHERE call IS NOT NULL;

CREATE TABLE audit_hash (
  number INTEGER NOT NULL PRIMARY KEY CHECK (number >= 0),
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE audit_checkpoint (
  size INTEGER NOT NULL PRIMARY KEY CHECK (size >= 1),
  note TEXT NOT NULL
) STRICT;

-- ---- What may only be added ----

CREATE TRIGGER audit_pending_kept BEFORE UPDATE ON audit_pending
BEGIN SELECT raise(ABORT, 'a pending audit entry is never changed'); END;
-- The sequencer copies an entry before it takes it out; nobody else may.
CREATE TRIGGER audit_pending_sequenced BEFORE DELETE ON audit_pending
WHEN NOT EXISTS (SELECT 1 FROM audit_entry AS e
  WHERE e.event = old.event AND e.published = old.published AND e.sealed = old.sealed)
BEGIN SELECT raise(ABORT, 'a pending audit entry leaves only into the log'); END;

CREATE TRIGGER audit_entry_kept BEFORE UPDATE ON audit_entry
BEGIN SELECT raise(ABORT, 'an audit entry is never changed'); END;
CREATE TRIGGER audit_entry_stays BEFORE DELETE ON audit_entry
BEGIN SELECT raise(ABORT, 'an audit entry is never deleted'); END;
CREATE TRIGGER audit_hash_kept BEFORE UPDATE ON audit_hash
BEGIN SELECT raise(ABORT, 'a hash of the audit log is never changed'); END;
CREATE TRIGGER audit_hash_stays BEFORE DELETE ON audit_hash
BEGIN SELECT raise(ABORT, 'a hash of the audit log is never deleted'); END;
CREATE TRIGGER audit_checkpoint_kept BEFORE UPDATE ON audit_checkpoint
BEGIN SELECT raise(ABORT, 'a checkpoint is never changed'); END;
CREATE TRIGGER audit_checkpoint_stays BEFORE DELETE ON audit_checkpoint
BEGIN SELECT raise(ABORT, 'a checkpoint is never deleted'); END;

CREATE TRIGGER record_version_kept BEFORE UPDATE ON record_version
BEGIN SELECT raise(ABORT, 'a version of a record is never changed; add a version'); END;
CREATE TRIGGER record_version_stays BEFORE DELETE ON record_version
BEGIN SELECT raise(ABORT, 'a version of a record is never deleted'); END;
CREATE TRIGGER chunk_kept BEFORE UPDATE ON chunk
BEGIN SELECT raise(ABORT, 'a chunk is never changed'); END;
CREATE TRIGGER chunk_stays BEFORE DELETE ON chunk
BEGIN SELECT raise(ABORT, 'a chunk is never deleted'); END;
CREATE TRIGGER delivery_kept BEFORE UPDATE ON delivery
BEGIN SELECT raise(ABORT, 'a delivery is never changed'); END;
CREATE TRIGGER delivery_stays BEFORE DELETE ON delivery
BEGIN SELECT raise(ABORT, 'a delivery is never deleted'); END;
CREATE TRIGGER effect_intent_kept BEFORE UPDATE ON effect_intent
BEGIN SELECT raise(ABORT, 'an intent is never changed'); END;
CREATE TRIGGER effect_intent_stays BEFORE DELETE ON effect_intent
BEGIN SELECT raise(ABORT, 'an intent is never deleted'); END;
-- A closed call is evidence.
CREATE TRIGGER call_kept BEFORE UPDATE ON call WHEN old.state = 'closed'
BEGIN SELECT raise(ABORT, 'a closed call is never changed'); END;
CREATE TRIGGER call_stays BEFORE DELETE ON call
BEGIN SELECT raise(ABORT, 'a call is never deleted'); END;
