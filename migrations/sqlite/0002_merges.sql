-- Merge operations and their conflicts. Branches are named and not referred to: an ended merge
-- outlives them.

CREATE TABLE merges (
    key INTEGER PRIMARY KEY,
    catalog INTEGER NOT NULL REFERENCES catalogs (key) ON DELETE CASCADE,
    id BLOB NOT NULL,
    source TEXT NOT NULL,
    target TEXT NOT NULL,
    initiated_by BLOB NOT NULL,
    initiated_at INTEGER NOT NULL,
    status TEXT NOT NULL,
    completed_at INTEGER,
    result_commit BLOB,
    source_head BLOB,
    target_head BLOB,
    UNIQUE (catalog, id)
) STRICT;

CREATE INDEX merges_by_start ON merges (catalog, initiated_at, id);

-- One open merge per source.
CREATE UNIQUE INDEX merges_open_by_source ON merges (catalog, source)
WHERE status IN ('conflicted', 'ready');

CREATE INDEX merges_open_by_target ON merges (catalog, target)
WHERE status IN ('conflicted', 'ready');

CREATE TABLE merge_conflicts (
    merge INTEGER NOT NULL REFERENCES merges (key) ON DELETE CASCADE,
    id BLOB NOT NULL,
    asset BLOB NOT NULL,
    kind TEXT NOT NULL,
    resolution TEXT,
    PRIMARY KEY (merge, id)
) STRICT, WITHOUT ROWID;
