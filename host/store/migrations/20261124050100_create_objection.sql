-- Why: an objection (异议) holds every order that rests on its record until it is
-- answered or decided. Who complained stands nowhere: an informant's identity is
-- the vault's.

CREATE TABLE objection (
  subject BLOB NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 16),
  subject_kind TEXT NOT NULL,
  record BLOB NOT NULL,
  case_id BLOB NOT NULL,
  -- The order objected to, where it is about one.
  order_id BLOB,
  department TEXT NOT NULL,
  region TEXT NOT NULL,
  door TEXT NOT NULL CHECK (door IN ('executor', 'subject', 'complaint')),
  ground TEXT NOT NULL CHECK (ground IN ('identity', 'facts', 'basis', 'term')),
  state TEXT NOT NULL CHECK (state IN
    ('raised', 'escalated', 'upheld', 'rejected', 'withdrawn')),
  -- The last day for the answer, while it is awaited.
  answer_by TEXT CHECK (length(answer_by) = 10),
  raised_at INTEGER NOT NULL,
  raised_on TEXT NOT NULL CHECK (length(raised_on) = 10),
  content ANY NOT NULL,
  updated_at INTEGER NOT NULL,
  changes INTEGER NOT NULL,
  PRIMARY KEY (subject, id),
  FOREIGN KEY (subject, record) REFERENCES record (subject, id),
  FOREIGN KEY (subject, case_id) REFERENCES case_ (subject, id),
  FOREIGN KEY (subject, order_id) REFERENCES order_ (subject, id),
  FOREIGN KEY (subject, subject_kind) REFERENCES subject (id, kind),
  CHECK ((state = 'raised') = (answer_by IS NOT NULL)),
  CHECK (typeof(content) = CASE subject_kind WHEN 'person' THEN 'blob' ELSE 'text' END)
) STRICT;
CREATE INDEX objection_by_id ON objection (id);
CREATE INDEX objection_by_record ON objection (subject, record);
CREATE INDEX objection_by_state ON objection (state, raised_at);
CREATE INDEX objection_by_answer ON objection (answer_by) WHERE answer_by IS NOT NULL;
