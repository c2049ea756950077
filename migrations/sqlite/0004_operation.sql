-- System settings, the audit log and the synchronisation of federated catalogs.

CREATE TABLE settings (
    tenant BLOB NOT NULL PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
    allow_public_signup INTEGER NOT NULL,
    default_warehouse_bucket TEXT,
    default_retention_days INTEGER NOT NULL,
    smtp_host TEXT,
    smtp_port INTEGER,
    smtp_user TEXT,
    smtp_password TEXT
) STRICT, WITHOUT ROWID;

-- Whom and what an event names is a record and no reference.
CREATE TABLE audit_events (
    tenant BLOB NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id BLOB NOT NULL,
    user BLOB,
    username TEXT NOT NULL,
    action TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    resource_id BLOB,
    resource_name TEXT NOT NULL,
    timestamp INTEGER NOT NULL,
    ip_address TEXT,
    user_agent TEXT,
    result TEXT NOT NULL,
    error_message TEXT,
    metadata TEXT,
    PRIMARY KEY (tenant, id)
) STRICT;

CREATE INDEX audit_events_by_time ON audit_events (tenant, timestamp DESC, id DESC);
CREATE INDEX audit_events_by_user ON audit_events (tenant, user, timestamp DESC, id DESC)
WHERE user IS NOT NULL;
CREATE INDEX audit_events_by_resource
ON audit_events (tenant, resource_id, timestamp DESC, id DESC)
WHERE resource_id IS NOT NULL;

CREATE TABLE syncs (
    catalog INTEGER PRIMARY KEY REFERENCES catalogs (key) ON DELETE CASCADE,
    last_synced_at INTEGER NOT NULL,
    status TEXT NOT NULL,
    tables_synced INTEGER NOT NULL,
    namespaces_synced INTEGER NOT NULL,
    error TEXT
) STRICT;
