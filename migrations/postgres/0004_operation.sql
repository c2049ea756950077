-- System settings, the audit log and the synchronisation of federated catalogs.

CREATE TABLE settings (
    tenant uuid PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
    allow_public_signup boolean NOT NULL,
    default_warehouse_bucket text COLLATE "C",
    default_retention_days bigint NOT NULL,
    smtp_host text COLLATE "C",
    smtp_port integer,
    smtp_user text COLLATE "C",
    smtp_password text COLLATE "C"
);

-- Whom and what an event names is a record and no reference.
CREATE TABLE audit_events (
    tenant uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    user_id uuid,
    username text COLLATE "C" NOT NULL,
    action text COLLATE "C" NOT NULL,
    resource_type text COLLATE "C" NOT NULL,
    resource_id uuid,
    resource_name text COLLATE "C" NOT NULL,
    timestamp bigint NOT NULL,
    ip_address text COLLATE "C",
    user_agent text COLLATE "C",
    result text COLLATE "C" NOT NULL,
    error_message text COLLATE "C",
    metadata text COLLATE "C",
    PRIMARY KEY (tenant, id)
);

CREATE INDEX audit_events_by_time ON audit_events (tenant, timestamp DESC, id DESC);
CREATE INDEX audit_events_by_user ON audit_events (tenant, user_id, timestamp DESC, id DESC)
WHERE user_id IS NOT NULL;
CREATE INDEX audit_events_by_resource
ON audit_events (tenant, resource_id, timestamp DESC, id DESC)
WHERE resource_id IS NOT NULL;

CREATE TABLE syncs (
    catalog bigint PRIMARY KEY REFERENCES catalogs (key) ON DELETE CASCADE,
    last_synced_at bigint NOT NULL,
    status text COLLATE "C" NOT NULL,
    tables_synced bigint NOT NULL,
    namespaces_synced bigint NOT NULL,
    error text COLLATE "C"
);
