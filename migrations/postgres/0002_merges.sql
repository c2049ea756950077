-- Merge operations and their conflicts. Branches are named and not referred to: an ended merge
-- outlives them.

CREATE TABLE merges (
    key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    catalog bigint NOT NULL REFERENCES catalogs (key) ON DELETE CASCADE,
    id uuid NOT NULL,
    source text COLLATE "C" NOT NULL,
    target text COLLATE "C" NOT NULL,
    initiated_by uuid NOT NULL,
    initiated_at bigint NOT NULL,
    status text COLLATE "C" NOT NULL,
    completed_at bigint,
    result_commit uuid,
    source_head uuid,
    target_head uuid,
    UNIQUE (catalog, id)
);

CREATE INDEX merges_by_start ON merges (catalog, initiated_at, id);

-- One open merge per source.
CREATE UNIQUE INDEX merges_open_by_source ON merges (catalog, source)
WHERE status IN ('conflicted', 'ready');

CREATE INDEX merges_open_by_target ON merges (catalog, target)
WHERE status IN ('conflicted', 'ready');

CREATE TABLE merge_conflicts (
    merge bigint NOT NULL REFERENCES merges (key) ON DELETE CASCADE,
    id uuid NOT NULL,
    asset uuid NOT NULL,
    kind text COLLATE "C" NOT NULL,
    resolution text COLLATE "C",
    PRIMARY KEY (merge, id)
);
