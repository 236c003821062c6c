-- Why: a department that is paused, or a measure that is stopped, is a row, so that
-- every process obeys it at its next claim and the log says who did it and why.

CREATE TABLE stop (
  -- Without a department: in all of them.
  department TEXT,
  -- Without a measure: the whole department is paused.
  measure TEXT,
  -- `tax/*`, `*/L-TAX-02`, `tax/L-TAX-02`.
  name TEXT NOT NULL PRIMARY KEY
    CHECK (name = coalesce(department, '*') || '/' || coalesce(measure, '*')),
  state TEXT NOT NULL CHECK (state IN ('on', 'off')),
  -- In the words of whoever set it last.
  reason TEXT NOT NULL,
  set_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  changes INTEGER NOT NULL,
  CHECK (department IS NOT NULL OR measure IS NOT NULL)
) STRICT;
