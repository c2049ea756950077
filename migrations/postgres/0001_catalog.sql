-- Tenants, warehouses, catalogs, namespaces, commits, branches, assets and tags.
--
-- Text is ordered bytewise, times are microseconds since 1970, namespace paths their order-preserving
-- keys, and whatever has a structure is the text of its JSON, which comes back letter by letter. What
-- can be renamed, and is named by rows in the thousands, has an integer key of its own.
--
-- Foreign keys between two things that go with a third one are checked at the end of a transaction:
-- in between, one of the two may be gone already.

CREATE TABLE tenants (
    id uuid PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    properties text COLLATE "C" NOT NULL
);

CREATE TABLE warehouses (
    key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    storage_config text COLLATE "C" NOT NULL,
    vending text COLLATE "C",
    UNIQUE (tenant, id),
    UNIQUE (tenant, name)
);

CREATE TABLE catalogs (
    key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    folded text COLLATE "C" NOT NULL,
    -- The properties of a federated catalog; a local one has none.
    federation text COLLATE "C",
    warehouse bigint REFERENCES warehouses (key) DEFERRABLE INITIALLY DEFERRED,
    storage_location text COLLATE "C",
    properties text COLLATE "C" NOT NULL,
    UNIQUE (tenant, id),
    UNIQUE (tenant, name)
);

CREATE INDEX catalogs_by_warehouse ON catalogs (warehouse);

CREATE TABLE namespaces (
    catalog bigint NOT NULL REFERENCES catalogs (key) ON DELETE CASCADE,
    path text COLLATE "C" NOT NULL,
    parent text COLLATE "C",
    -- The last name of the path.
    folded text COLLATE "C" NOT NULL,
    properties text COLLATE "C" NOT NULL,
    PRIMARY KEY (catalog, path),
    FOREIGN KEY (catalog, parent) REFERENCES namespaces (catalog, path) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX namespaces_by_parent ON namespaces (catalog, parent, path);

CREATE TABLE commits (
    catalog bigint NOT NULL REFERENCES catalogs (key) ON DELETE CASCADE,
    id uuid NOT NULL,
    parent uuid,
    author text COLLATE "C" NOT NULL,
    message text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    operations text COLLATE "C" NOT NULL,
    PRIMARY KEY (catalog, id)
);

CREATE TABLE branches (
    key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    catalog bigint NOT NULL REFERENCES catalogs (key) ON DELETE CASCADE,
    name text COLLATE "C" NOT NULL,
    folded text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    -- A name and no reference: that branch may be gone.
    parent text COLLATE "C",
    head uuid,
    UNIQUE (catalog, name),
    FOREIGN KEY (catalog, head) REFERENCES commits (catalog, id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX branches_by_head ON branches (catalog, head);

-- `tenant` and `catalog` follow from `branch`; they are here for the indexes on them.
CREATE TABLE assets (
    branch bigint NOT NULL REFERENCES branches (key) ON DELETE CASCADE,
    id uuid NOT NULL,
    tenant uuid NOT NULL,
    catalog bigint NOT NULL,
    namespace text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    folded text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    location text COLLATE "C" NOT NULL,
    metadata_location text COLLATE "C",
    properties text COLLATE "C" NOT NULL,
    PRIMARY KEY (branch, id),
    UNIQUE (branch, namespace, name),
    FOREIGN KEY (catalog, namespace) REFERENCES namespaces (catalog, path) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX assets_by_id ON assets (tenant, id);
CREATE INDEX assets_by_namespace ON assets (catalog, namespace);

-- What a branch remembers of the assets that it copied, whether or not it still has them.
CREATE TABLE asset_bases (
    branch bigint NOT NULL REFERENCES branches (key) ON DELETE CASCADE,
    id uuid NOT NULL,
    namespace text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    location text COLLATE "C" NOT NULL,
    metadata_location text COLLATE "C",
    properties text COLLATE "C" NOT NULL,
    PRIMARY KEY (branch, id)
);

CREATE TABLE tags (
    catalog bigint NOT NULL REFERENCES catalogs (key) ON DELETE CASCADE,
    name text COLLATE "C" NOT NULL,
    commit_id uuid NOT NULL,
    PRIMARY KEY (catalog, name),
    FOREIGN KEY (catalog, commit_id) REFERENCES commits (catalog, id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX tags_by_commit ON tags (catalog, commit_id);
