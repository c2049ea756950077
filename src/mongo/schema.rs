//! The collections and their indexes: a unique one for every uniqueness of the contract, and one for
//! every way to look something up.
//!
//! `_id` is the key by which others refer to a document; if none does, it is not used. Catalogs and
//! branches are referred to by it, so that renames are cheap; no key is used twice.

use std::collections::BTreeSet;

use bson::{Bson, Document, doc};

pub(super) const TENANTS: &str = "tenants";
pub(super) const TENANT_GUARDS: &str = "tenant_guards";
pub(super) const WAREHOUSES: &str = "warehouses";
pub(super) const CATALOGS: &str = "catalogs";
pub(super) const NAMESPACES: &str = "namespaces";
pub(super) const COMMITS: &str = "commits";
pub(super) const COMMIT_BODIES: &str = "commit_bodies";
pub(super) const BRANCHES: &str = "branches";
pub(super) const ASSETS: &str = "assets";
pub(super) const TAGS: &str = "tags";
pub(super) const LEFTOVERS: &str = "leftovers";
pub(super) const MERGES: &str = "merges";
pub(super) const MERGE_CONFLICTS: &str = "merge_conflicts";
pub(super) const USERS: &str = "users";
pub(super) const ROLES: &str = "roles";
pub(super) const ROLE_ASSIGNMENTS: &str = "role_assignments";
pub(super) const PERMISSIONS: &str = "permissions";
pub(super) const SERVICE_USERS: &str = "service_users";
pub(super) const TOKENS: &str = "tokens";
pub(super) const REVOCATIONS: &str = "revocations";
pub(super) const AUDIT_EVENTS: &str = "audit_events";
pub(super) const BUSINESS_METADATA: &str = "business_metadata";
pub(super) const ACCESS_REQUESTS: &str = "access_requests";

/// A collection and its indexes.
pub(super) struct Collection {
    pub(super) name: &'static str,
    pub(super) indexes: &'static [Index],
}

/// An index.
pub(super) struct Index {
    keys: &'static [&'static str],
    unique: bool,
    /// Only documents that have this field are in it.
    having: Option<&'static str>,
}

const fn unique(keys: &'static [&'static str]) -> Index {
    Index { keys, unique: true, having: None }
}

const fn by(keys: &'static [&'static str]) -> Index {
    Index { keys, unique: false, having: None }
}

impl Index {
    const fn having(self, field: &'static str) -> Self {
        Self { having: Some(field), ..self }
    }

    /// As `createIndexes` takes it.
    pub(super) fn specification(&self) -> Document {
        let keys: Document =
            self.keys.iter().map(|&key| (key.to_owned(), Bson::Int32(1))).collect();
        let mut index = doc! { "key": keys, "name": self.keys.join("_"), "unique": self.unique };
        if let Some(field) = self.having {
            index.insert("partialFilterExpression", doc! { field: { "$exists": true } });
        }
        index
    }
}

/// The steps from an empty database to the newest schema. Step n leads to version n, and must not
/// change after its release.
pub(super) const STEPS: [&[Collection]; 6] = [
    // Tenants, warehouses, catalogs, namespaces, commits, branches, assets and tags.
    &[
        Collection { name: TENANTS, indexes: &[unique(&["name"])] },
        // A call that creates something in a tenant writes to one of its guards: see `address`.
        Collection { name: TENANT_GUARDS, indexes: &[unique(&["tenant", "slot"])] },
        Collection {
            name: WAREHOUSES,
            indexes: &[unique(&["tenant", "id"]), unique(&["tenant", "name"])],
        },
        Collection {
            name: CATALOGS,
            indexes: &[
                unique(&["tenant", "id"]),
                unique(&["tenant", "name"]),
                by(&["tenant", "warehouse"]),
            ],
        },
        Collection {
            name: NAMESPACES,
            indexes: &[unique(&["catalog", "path"]), by(&["catalog", "parent", "path"])],
        },
        // `_id` and `before` hold catalog and id of the commit and of the one before it.
        Collection { name: COMMITS, indexes: &[by(&["catalog"])] },
        // Separate from the commits, so that a history is followed through small documents; and in
        // parts, because a merge's operations may be larger than a document can be.
        Collection { name: COMMIT_BODIES, indexes: &[unique(&["of", "part"]), by(&["catalog"])] },
        Collection {
            name: BRANCHES,
            indexes: &[unique(&["tenant", "catalog_name", "name"]), by(&["catalog"])],
        },
        // One document per asset and branch: `content` is the asset on the branch, `base` the content
        // that the branch copied or last merged. A document with a base alone marks a deletion.
        Collection {
            name: ASSETS,
            indexes: &[
                unique(&["branch", "asset"]),
                unique(&["branch", "content.namespace", "content.name"]).having("content.name"),
                by(&["tenant", "asset"]),
                by(&["catalog", "content.namespace"]),
            ],
        },
        Collection { name: TAGS, indexes: &[unique(&["catalog", "name"])] },
        Collection { name: LEFTOVERS, indexes: &[] },
    ],
    // Merge operations and their conflicts. Only an open merge has the field `open_source`.
    &[
        Collection {
            name: MERGES,
            indexes: &[
                unique(&["catalog", "id"]),
                by(&["catalog", "initiated_at", "id"]),
                unique(&["catalog", "open_source"]).having("open_source"),
                by(&["catalog", "open_target"]).having("open_target"),
            ],
        },
        Collection {
            name: MERGE_CONFLICTS,
            indexes: &[unique(&["merge", "id"]), by(&["catalog"])],
        },
    ],
    // Users, roles, permissions, service users and tokens.
    &[
        Collection {
            name: USERS,
            indexes: &[
                unique(&["username"]),
                unique(&["oauth.provider", "oauth.subject"]).having("oauth.subject"),
                by(&["tenant", "username"]),
            ],
        },
        Collection {
            name: ROLES,
            indexes: &[unique(&["tenant", "id"]), unique(&["tenant", "name"])],
        },
        Collection {
            name: ROLE_ASSIGNMENTS,
            indexes: &[unique(&["tenant", "user", "role"]), by(&["tenant", "role"])],
        },
        Collection {
            name: PERMISSIONS,
            indexes: &[unique(&["tenant", "id"]), by(&["tenant", "user", "id"])],
        },
        Collection {
            name: SERVICE_USERS,
            indexes: &[
                unique(&["tenant", "id"]),
                unique(&["tenant", "name"]),
                unique(&["api_key_hash"]),
            ],
        },
        Collection {
            name: TOKENS,
            indexes: &[
                unique(&["tenant", "id"]),
                by(&["tenant", "user", "id"]),
                by(&["tenant", "expires_at"]),
            ],
        },
        Collection {
            name: REVOCATIONS,
            indexes: &[unique(&["tenant", "token"]), by(&["tenant", "expires_at"])],
        },
    ],
    // The audit log.
    &[Collection {
        name: AUDIT_EVENTS,
        indexes: &[
            unique(&["tenant", "id"]),
            by(&["tenant", "timestamp", "id"]),
            by(&["tenant", "user", "timestamp", "id"]),
            by(&["tenant", "resource_id", "timestamp", "id"]),
        ],
    }],
    // Business metadata and access requests.
    &[
        Collection { name: BUSINESS_METADATA, indexes: &[unique(&["tenant", "asset"])] },
        Collection {
            name: ACCESS_REQUESTS,
            indexes: &[
                unique(&["tenant", "id"]),
                by(&["tenant", "requested_at", "id"]),
                by(&["tenant", "status", "requested_at", "id"]),
                by(&["tenant", "asset"]),
            ],
        },
    ],
    // The indexes of search, for assets on `main`.
    &[
        Collection { name: ASSETS, indexes: &[by(&["tenant", "grams"]).having("grams")] },
        Collection {
            name: BUSINESS_METADATA,
            indexes: &[by(&["tenant", "grams"]), by(&["tenant", "tags"])],
        },
    ],
];

/// Before this step, documents get the parts by which text is found.
pub(super) const GRAMS: i32 = 5;

/// The newest schema version.
pub(super) const NEWEST: i32 = STEPS.len() as i32;

/// The names of all collections except the one with the schema version.
pub(super) fn collections() -> BTreeSet<&'static str> {
    STEPS.iter().copied().flatten().map(|collection| collection.name).collect()
}
