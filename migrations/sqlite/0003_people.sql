-- Users, roles, permissions, service users and tokens.

CREATE TABLE users (
    id BLOB NOT NULL PRIMARY KEY,
    tenant BLOB REFERENCES tenants (id) ON DELETE CASCADE,
    username TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    password_hash TEXT,
    oauth_provider TEXT,
    oauth_subject TEXT,
    role TEXT NOT NULL,
    active INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    last_login INTEGER,
    -- What belongs to a user of a tenant refers to both.
    UNIQUE (tenant, id),
    UNIQUE (oauth_provider, oauth_subject)
) STRICT;

CREATE INDEX users_by_name ON users (tenant, username);

CREATE TABLE roles (
    tenant BLOB NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    grants TEXT NOT NULL,
    created_by BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, name)
) STRICT;

CREATE TABLE role_assignments (
    tenant BLOB NOT NULL,
    user BLOB NOT NULL,
    role BLOB NOT NULL,
    PRIMARY KEY (tenant, user, role),
    FOREIGN KEY (tenant, user) REFERENCES users (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, role) REFERENCES roles (tenant, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX role_assignments_by_role ON role_assignments (tenant, role);

CREATE TABLE permissions (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    user BLOB NOT NULL,
    scope TEXT NOT NULL,
    actions TEXT NOT NULL,
    granted_by BLOB NOT NULL,
    granted_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, user) REFERENCES users (tenant, id) ON DELETE CASCADE
) STRICT;

CREATE INDEX permissions_by_user ON permissions (tenant, user, id);

CREATE TABLE service_users (
    tenant BLOB NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    api_key_hash TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by BLOB NOT NULL,
    last_used INTEGER,
    expires_at INTEGER,
    active INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, name)
) STRICT;

CREATE TABLE tokens (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    user BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, user) REFERENCES users (tenant, id) ON DELETE CASCADE
) STRICT;

CREATE INDEX tokens_by_user ON tokens (tenant, user, id);
CREATE INDEX tokens_by_expiry ON tokens (tenant, expires_at);

-- Also of tokens that were never stored.
CREATE TABLE revocations (
    tenant BLOB NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    token BLOB NOT NULL,
    reason TEXT,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, token)
) STRICT;

CREATE INDEX revocations_by_expiry ON revocations (tenant, expires_at);
