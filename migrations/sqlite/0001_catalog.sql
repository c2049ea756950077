-- Tenants, warehouses, catalogs, namespaces, commits, branches, assets and tags.
--
-- Ids are blobs of 16 bytes, times microseconds since 1970, namespace paths their order-preserving
-- keys. What can be renamed, and is named by rows in the thousands, has an integer key of its own.
-- WITHOUT ROWID are only tables with one way in: of two, the planner, which has no statistics, would
-- take the primary key, however little of it is given.

CREATE TABLE tenants (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    properties TEXT NOT NULL
) STRICT;

CREATE TABLE warehouses (
    key INTEGER PRIMARY KEY,
    tenant BLOB NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    storage_config TEXT NOT NULL,
    vending TEXT,
    UNIQUE (tenant, id),
    UNIQUE (tenant, name)
) STRICT;

CREATE TABLE catalogs (
    key INTEGER PRIMARY KEY,
    tenant BLOB NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    folded TEXT NOT NULL,
    -- The properties of a federated catalog; a local one has none.
    federation TEXT,
    warehouse INTEGER REFERENCES warehouses (key),
    storage_location TEXT,
    properties TEXT NOT NULL,
    UNIQUE (tenant, id),
    UNIQUE (tenant, name)
) STRICT;

CREATE INDEX catalogs_by_warehouse ON catalogs (warehouse);

CREATE TABLE namespaces (
    catalog INTEGER NOT NULL REFERENCES catalogs (key) ON DELETE CASCADE,
    path TEXT NOT NULL,
    parent TEXT,
    -- The last name of the path.
    folded TEXT NOT NULL,
    properties TEXT NOT NULL,
    PRIMARY KEY (catalog, path),
    FOREIGN KEY (catalog, parent) REFERENCES namespaces (catalog, path)
) STRICT;

CREATE INDEX namespaces_by_parent ON namespaces (catalog, parent, path);

CREATE TABLE commits (
    catalog INTEGER NOT NULL REFERENCES catalogs (key) ON DELETE CASCADE,
    id BLOB NOT NULL,
    parent BLOB,
    author TEXT NOT NULL,
    message TEXT NOT NULL,
    at INTEGER NOT NULL,
    operations TEXT NOT NULL,
    PRIMARY KEY (catalog, id)
) STRICT;

CREATE TABLE branches (
    key INTEGER PRIMARY KEY,
    catalog INTEGER NOT NULL REFERENCES catalogs (key) ON DELETE CASCADE,
    name TEXT NOT NULL,
    folded TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- A name and no reference: that branch may be gone.
    parent TEXT,
    head BLOB,
    UNIQUE (catalog, name),
    FOREIGN KEY (catalog, head) REFERENCES commits (catalog, id)
) STRICT;

CREATE INDEX branches_by_head ON branches (catalog, head);

-- `tenant` and `catalog` follow from `branch`; they are here for the indexes on them.
CREATE TABLE assets (
    branch INTEGER NOT NULL REFERENCES branches (key) ON DELETE CASCADE,
    id BLOB NOT NULL,
    tenant BLOB NOT NULL,
    catalog INTEGER NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    folded TEXT NOT NULL,
    kind TEXT NOT NULL,
    location TEXT NOT NULL,
    metadata_location TEXT,
    properties TEXT NOT NULL,
    PRIMARY KEY (branch, id),
    UNIQUE (branch, namespace, name),
    FOREIGN KEY (catalog, namespace) REFERENCES namespaces (catalog, path)
) STRICT;

CREATE INDEX assets_by_id ON assets (tenant, id);
CREATE INDEX assets_by_namespace ON assets (catalog, namespace);

-- What a branch remembers of the assets that it copied, whether or not it still has them.
CREATE TABLE asset_bases (
    branch INTEGER NOT NULL REFERENCES branches (key) ON DELETE CASCADE,
    id BLOB NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    location TEXT NOT NULL,
    metadata_location TEXT,
    properties TEXT NOT NULL,
    PRIMARY KEY (branch, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE tags (
    catalog INTEGER NOT NULL REFERENCES catalogs (key) ON DELETE CASCADE,
    name TEXT NOT NULL,
    commit_id BLOB NOT NULL,
    PRIMARY KEY (catalog, name),
    FOREIGN KEY (catalog, commit_id) REFERENCES commits (catalog, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX tags_by_commit ON tags (catalog, commit_id);
