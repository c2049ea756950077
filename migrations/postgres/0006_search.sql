-- Search by an index: trigrams of what text is looked for in, and tags. Only assets on `main` are found,
-- so that copying a branch indexes nothing. What was written lately waits in a short list, which every
-- search reads whole.

ALTER TABLE assets ADD COLUMN on_main boolean NOT NULL DEFAULT FALSE;

UPDATE assets a SET on_main = TRUE FROM branches b WHERE b.key = a.branch AND b.name = 'main';

-- Somebody else may have created the extension, in a schema that is not in our search path.
DO $$
DECLARE
    home text;
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    SELECT n.nspname INTO home
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm';
    EXECUTE format(
        'CREATE INDEX assets_by_text ON assets USING gin (folded %I.gin_trgm_ops)
         WITH (gin_pending_list_limit = 256) WHERE on_main', home);
    EXECUTE format(
        'CREATE INDEX business_metadata_by_text ON business_metadata USING gin (folded %I.gin_trgm_ops)
         WITH (gin_pending_list_limit = 256)', home);
END
$$;

CREATE INDEX business_metadata_by_tag ON business_metadata USING gin (tags)
WITH (gin_pending_list_limit = 256);
