-- Why: a file that a plugin puts into a department's folder is one file for ever,
-- also after the department has taken it away. So its name is kept, with a keyed
-- digest of what it said, and one of the place where the folder lay: an operator may
-- move a folder, and then nothing in it tells what became of a file.
CREATE TABLE put_file (
  id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  plugin TEXT NOT NULL,
  folder TEXT NOT NULL,
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 120 AND name NOT LIKE '.%'),
  -- Keyed: the text may hold the number of a person.
  digest BLOB NOT NULL CHECK (length(digest) = 32),
  -- Keyed, of the folder's real path.
  place BLOB NOT NULL CHECK (length(place) = 32),
  -- The call that put it first: the hidden file bears its id.
  call BLOB NOT NULL REFERENCES call (id),
  put_at INTEGER NOT NULL,
  UNIQUE (plugin, folder, name)
) STRICT;

CREATE INDEX put_file_by_call ON put_file (call);

CREATE TRIGGER put_file_kept BEFORE UPDATE ON put_file
BEGIN SELECT raise(ABORT, 'a file that was put is never changed'); END;
CREATE TRIGGER put_file_stays BEFORE DELETE ON put_file
BEGIN SELECT raise(ABORT, 'a file that was put is never forgotten'); END;
