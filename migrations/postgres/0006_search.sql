-- Search by an index: trigrams of what text is looked for in, and tags. Only assets on `main` are found,
-- so that copying a branch indexes nothing. What was written lately waits in a short list, which every
-- search reads whole.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

ALTER TABLE assets ADD COLUMN on_main boolean NOT NULL DEFAULT FALSE;

UPDATE assets a SET on_main = TRUE FROM branches b WHERE b.key = a.branch AND b.name = 'main';

CREATE INDEX assets_by_text ON assets USING gin (folded gin_trgm_ops)
WITH (gin_pending_list_limit = 256) WHERE on_main;

CREATE INDEX business_metadata_by_text ON business_metadata USING gin (folded gin_trgm_ops)
WITH (gin_pending_list_limit = 256);

CREATE INDEX business_metadata_by_tag ON business_metadata USING gin (tags)
WITH (gin_pending_list_limit = 256);
