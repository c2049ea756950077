-- Users, roles, permissions, service users and tokens.

CREATE TABLE users (
    id uuid PRIMARY KEY,
    tenant uuid REFERENCES tenants (id) ON DELETE CASCADE,
    username text COLLATE "C" NOT NULL UNIQUE,
    email text COLLATE "C" NOT NULL,
    password_hash text COLLATE "C",
    oauth_provider text COLLATE "C",
    oauth_subject text COLLATE "C",
    role text COLLATE "C" NOT NULL,
    active boolean NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    last_login bigint,
    -- What belongs to a user of a tenant refers to both.
    UNIQUE (tenant, id),
    UNIQUE (oauth_provider, oauth_subject)
);

CREATE INDEX users_by_name ON users (tenant, username);

CREATE TABLE roles (
    tenant uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    description text COLLATE "C",
    grants text COLLATE "C" NOT NULL,
    created_by uuid NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, name)
);

CREATE TABLE role_assignments (
    tenant uuid NOT NULL,
    user_id uuid NOT NULL,
    role uuid NOT NULL,
    PRIMARY KEY (tenant, user_id, role),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, role) REFERENCES roles (tenant, id) ON DELETE CASCADE
);

CREATE INDEX role_assignments_by_role ON role_assignments (tenant, role);

CREATE TABLE permissions (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    scope text COLLATE "C" NOT NULL,
    actions text COLLATE "C" NOT NULL,
    granted_by uuid NOT NULL,
    granted_at bigint NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE
);

CREATE INDEX permissions_by_user ON permissions (tenant, user_id, id);

CREATE TABLE service_users (
    tenant uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    description text COLLATE "C",
    api_key_hash text COLLATE "C" NOT NULL UNIQUE,
    role text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    created_by uuid NOT NULL,
    last_used bigint,
    expires_at bigint,
    active boolean NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, name)
);

CREATE TABLE tokens (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE
);

CREATE INDEX tokens_by_user ON tokens (tenant, user_id, id);
CREATE INDEX tokens_by_expiry ON tokens (tenant, expires_at);

-- Also of tokens that were never stored.
CREATE TABLE revocations (
    tenant uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    token uuid NOT NULL,
    reason text COLLATE "C",
    expires_at bigint NOT NULL,
    PRIMARY KEY (tenant, token)
);

CREATE INDEX revocations_by_expiry ON revocations (tenant, expires_at);
