-- Business metadata and access requests. Both go with the last row of their asset, which no foreign
-- key can say: an asset has a row on each of its branches.

CREATE TABLE business_metadata (
    tenant uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    asset uuid NOT NULL,
    description text COLLATE "C",
    folded text COLLATE "C",
    tags text[] COLLATE "C" NOT NULL,
    properties text COLLATE "C" NOT NULL,
    discoverable boolean NOT NULL,
    created_by uuid NOT NULL,
    created_at bigint NOT NULL,
    updated_by uuid NOT NULL,
    updated_at bigint NOT NULL,
    PRIMARY KEY (tenant, asset)
);

-- Who asked is a record and no reference.
CREATE TABLE access_requests (
    tenant uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    asset uuid NOT NULL,
    reason text COLLATE "C",
    requested_at bigint NOT NULL,
    status text COLLATE "C" NOT NULL,
    reviewed_by uuid,
    reviewed_at bigint,
    comment text COLLATE "C",
    PRIMARY KEY (tenant, id)
);

CREATE INDEX access_requests_by_time ON access_requests (tenant, requested_at, id);
CREATE INDEX access_requests_by_status ON access_requests (tenant, status, requested_at, id);
CREATE INDEX access_requests_by_asset ON access_requests (tenant, asset);

-- Forgets what was said of assets and asked for, once they have lost their last row. It runs after
-- every statement that deletes assets, in whatever way: each of its own statements sees what was
-- committed until then.
--
-- Two that delete an asset from two branches do not see each other. The first one locks what they would
-- forget, so that the second one sees that it is the last. Whoever began before there was anything to
-- lock has the asset's row itself locked: a row that cannot be had may be about to go, and the whole
-- is tried again.
CREATE FUNCTION forget_lost_assets() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_sort = on AS $$
BEGIN
    PERFORM FROM business_metadata m
    WHERE EXISTS (SELECT FROM gone g WHERE g.tenant = m.tenant AND g.id = m.asset)
    ORDER BY m.tenant, m.asset FOR UPDATE;
    PERFORM FROM access_requests r
    WHERE EXISTS (SELECT FROM gone g WHERE g.tenant = r.tenant AND g.id = r.asset)
    ORDER BY r.tenant, r.id FOR UPDATE;

    DELETE FROM business_metadata m USING gone g
    WHERE m.tenant = g.tenant AND m.asset = g.id
      AND NOT EXISTS (SELECT FROM assets a WHERE a.tenant = g.tenant AND a.id = g.id);
    DELETE FROM access_requests r USING gone g
    WHERE r.tenant = g.tenant AND r.asset = g.id
      AND NOT EXISTS (SELECT FROM assets a WHERE a.tenant = g.tenant AND a.id = g.id);

    IF EXISTS (
        SELECT FROM gone g
        WHERE (EXISTS (SELECT FROM business_metadata m WHERE m.tenant = g.tenant AND m.asset = g.id)
               OR EXISTS (SELECT FROM access_requests r WHERE r.tenant = g.tenant AND r.asset = g.id))
          AND NOT EXISTS (SELECT FROM assets a WHERE a.tenant = g.tenant AND a.id = g.id
                          FOR KEY SHARE SKIP LOCKED)
    ) THEN
        RAISE serialization_failure USING MESSAGE = 'an asset is being deleted from another branch';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER assets_forget_lost AFTER DELETE ON assets
REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION forget_lost_assets();
