-- Business metadata and access requests. Both go with the last row of their asset, which no foreign
-- key can say: an asset has a row on each of its branches.

CREATE TABLE business_metadata (
    tenant BLOB NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    asset BLOB NOT NULL,
    description TEXT,
    folded TEXT,
    properties TEXT NOT NULL,
    discoverable INTEGER NOT NULL,
    created_by BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_by BLOB NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, asset)
) STRICT;

CREATE TABLE business_tags (
    tenant BLOB NOT NULL,
    asset BLOB NOT NULL,
    tag TEXT NOT NULL,
    PRIMARY KEY (tenant, asset, tag),
    FOREIGN KEY (tenant, asset) REFERENCES business_metadata (tenant, asset) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Who asked is a record and no reference.
CREATE TABLE access_requests (
    tenant BLOB NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id BLOB NOT NULL,
    user BLOB NOT NULL,
    asset BLOB NOT NULL,
    reason TEXT,
    requested_at INTEGER NOT NULL,
    status TEXT NOT NULL,
    reviewed_by BLOB,
    reviewed_at INTEGER,
    comment TEXT,
    PRIMARY KEY (tenant, id)
) STRICT;

CREATE INDEX access_requests_by_time ON access_requests (tenant, requested_at, id);
CREATE INDEX access_requests_by_status ON access_requests (tenant, status, requested_at, id);
CREATE INDEX access_requests_by_asset ON access_requests (tenant, asset);
