//! rusqlite on one connection, with the store's settings.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::Result;
use async_trait::async_trait;
use pangolin_store::{Asset, CommitId, Name, NamespacePath, Text};
use rusqlite::config::DbConfig;
use rusqlite::types::Value;
use rusqlite::{Connection, Params, params};

use super::Floor;
use crate::call::{COMMON, Call, DEEP, NOWHERE, audit_filter};
use crate::rows::{self, CATALOG, NEEDLE, READ, Sort, TENANT, WRITTEN};
use crate::scene::Scene;

/// A separate connection to the store's file.
pub struct SqliteFloor(Mutex<Connection>);

impl SqliteFloor {
    /// Opens the file.
    ///
    /// # Errors
    /// SQLite's error.
    pub fn open(path: &Path) -> Result<Self> {
        let db = Connection::open(path)?;
        db.execute_batch(
            "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000;
             PRAGMA cache_size = -32768; PRAGMA mmap_size = 268435456",
        )?;
        db.set_prepared_statement_cache_capacity(64);
        // Otherwise SQLite prepares a cached statement again for the next bound values.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        Ok(Self(Mutex::new(db)))
    }
}

macro_rules! asset {
    ($condition:literal) => {
        concat!(
            "SELECT a.id, a.namespace, a.name, a.kind, a.location, a.metadata_location, a.properties
             FROM catalogs c JOIN branches b ON b.catalog = c.key JOIN assets a ON a.branch = b.key
             WHERE c.tenant = ?1 AND c.name = ?2 AND b.name = 'main' ",
            $condition
        )
    };
}

const PAGE: &str = asset!("AND a.namespace = ?3 AND a.name > ?4 ORDER BY a.name LIMIT 100");

/// The name after which a page begins.
fn after(call: Call) -> &'static str {
    if call == Call::DeepPage { DEEP } else { "" }
}

#[async_trait]
impl Floor for SqliteFloor {
    async fn make(&self, call: Call, scene: &Scene, turn: u64) -> Result<usize> {
        let db = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let people = scene.size / 10;
        let row = |of| scene.row(turn, of);
        let tenant = TENANT.uuid().into_bytes();
        match call {
            Call::AssetByName => {
                let name = rows::asset_name(row(scene.size), scene.size);
                let sql = asset!("AND a.namespace = ?3 AND a.name = ?4");
                read(db, sql, params![tenant, CATALOG, READ, name])
            }
            Call::AssetById => {
                let id = rows::asset_id(row(scene.size)).uuid().into_bytes();
                read(db, asset!("AND a.id = ?3"), params![tenant, CATALOG, id])
            }
            Call::ServiceUserByKey => {
                let sql = "SELECT id, tenant, name, description, api_key_hash, role, created_at,
                                  created_by, last_used, expires_at, active
                           FROM service_users WHERE api_key_hash = ?1";
                read(db, sql, [rows::key_hash(row(people)).expose()])
            }
            Call::UserByName => {
                let sql = "SELECT id, tenant, username, email, password_hash, oauth_provider,
                                  oauth_subject, role, active, created_at, updated_at, last_login
                           FROM users WHERE username = ?1";
                read(db, sql, [format!("user_{:06}", row(people))])
            }
            Call::IsRevoked => {
                let token: uuid::Uuid = rows::id(Sort::Person, row(people));
                let sql =
                    "SELECT EXISTS (SELECT 1 FROM revocations WHERE tenant = ?1 AND token = ?2)";
                read(db, sql, params![tenant, token.into_bytes()])
            }
            Call::Settings => {
                let sql = "SELECT allow_public_signup, default_warehouse_bucket,
                                  default_retention_days, smtp_host, smtp_port, smtp_user,
                                  smtp_password
                           FROM settings WHERE tenant = ?1";
                read(db, sql, [tenant])
            }
            Call::CreateAsset => {
                let number = scene.fresh();
                let asset = rows::asset(number, WRITTEN, &format!("arrival_{number:09}"));
                let sql =
                    "INSERT INTO assets (branch, id, tenant, catalog, namespace, name, folded,
                                         kind, location, metadata_location, properties, on_main)
                           SELECT b.key, ?3, ?1, c.key, ?4, ?5, ?5, ?6, ?7, ?8, ?9, TRUE
                           FROM catalogs c JOIN branches b ON b.catalog = c.key
                           WHERE c.tenant = ?1 AND c.name = ?2 AND b.name = 'main'";
                let values = params![
                    tenant,
                    CATALOG,
                    asset.id.uuid().into_bytes(),
                    asset.namespace.to_key(),
                    asset.name.as_str(),
                    asset.kind.to_string(),
                    asset.location.as_str(),
                    asset.metadata_location.as_ref().map(|text| text.as_str()),
                    serde_json::to_string(&asset.properties)?,
                ];
                Ok(db.prepare_cached(sql)?.execute(values)?)
            }
            Call::CommitMetadata => {
                let (asset, version) = scene.swap(turn);
                let sql = "UPDATE assets SET metadata_location = ?6
                           WHERE branch = (SELECT b.key
                                           FROM catalogs c JOIN branches b ON b.catalog = c.key
                                           WHERE c.tenant = ?1 AND c.name = ?2 AND b.name = 'main')
                             AND namespace = ?3 AND name = ?4 AND metadata_location = ?5
                           RETURNING id, namespace, name, kind, location, metadata_location,
                                     properties";
                let name = rows::asset_name(asset, scene.size);
                let (expected, new) = (format!("v{version}"), format!("v{}", version + 1));
                read(db, sql, params![tenant, CATALOG, READ, name, expected, new])
            }
            Call::LogAuditEvent => {
                let event = rows::event(scene.fresh());
                let sql = "INSERT INTO audit_events (tenant, id, user, username, action,
                               resource_type, resource_id, resource_name, timestamp, ip_address,
                               user_agent, result, error_message, metadata)
                           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
                let values = params![
                    tenant,
                    event.id.uuid().into_bytes(),
                    event.user.map(|user| user.uuid().into_bytes()),
                    event.username.as_str(),
                    event.action.to_string(),
                    event.resource_type.to_string(),
                    event.resource_id.map(|id| id.uuid().into_bytes()),
                    event.resource_name.as_str(),
                    event.timestamp.micros(),
                    event.ip_address.as_ref().map(|text| text.as_str()),
                    event.user_agent.as_ref().map(|text| text.as_str()),
                    event.result.to_string(),
                    event.error_message.as_ref().map(|text| text.as_str()),
                    event.metadata.as_ref().map(|json| json.value().to_string()),
                ];
                Ok(db.prepare_cached(sql)?.execute(values)?)
            }
            Call::UpsertMetadata => upsert_metadata(db, row(scene.size / 100), scene.fresh()),
            Call::FirstPage | Call::DeepPage => {
                read(db, PAGE, params![tenant, CATALOG, READ, after(call)])
            }
            Call::AuditPage => {
                let sql = "SELECT id, user, username, action, resource_type, resource_id,
                                  resource_name, timestamp, ip_address, user_agent, result,
                                  error_message, metadata
                           FROM audit_events WHERE tenant = ?1 AND user = ?2
                           ORDER BY timestamp DESC, id DESC LIMIT 100";
                let user = audit_filter(turn).user.map(|user| user.uuid().into_bytes());
                read(db, sql, params![tenant, user])
            }
            Call::AuditCount => {
                let sql = "SELECT count(*) FROM audit_events WHERE tenant = ?1 AND user = ?2";
                let user = audit_filter(turn).user.map(|user| user.uuid().into_bytes());
                read(db, sql, params![tenant, user])
            }
            Call::SearchRare => search_index(db, NEEDLE),
            Call::SearchNone => search_index(db, NOWHERE),
            Call::SearchCommon => {
                let sql =
                    asset!("AND instr(a.folded, ?3) > 0 ORDER BY a.namespace, a.name LIMIT 100");
                read(db, sql, params![tenant, CATALOG, COMMON])
            }
            Call::SearchTwoTags => {
                let sql = "SELECT a.id, a.namespace, a.name, a.kind, a.location, a.metadata_location,
                                  a.properties
                           FROM business_tags t
                           CROSS JOIN business_tags u ON u.tenant = t.tenant AND u.asset = t.asset
                           CROSS JOIN assets a ON a.tenant = t.tenant AND a.id = t.asset
                           WHERE t.tenant = ?1 AND t.tag = 'gold' AND u.tag = 'reviewed' AND a.on_main
                           ORDER BY a.namespace, a.name LIMIT 100";
                read(db, sql, [tenant])
            }
        }
    }

    /// A page of assets, parsed into the contract's types.
    async fn by_hand(&self, call: Call, _: &Scene, _: u64) -> Result<usize> {
        let db = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut statement = db.prepare_cached(PAGE)?;
        let mut rows =
            statement.query(params![TENANT.uuid().into_bytes(), CATALOG, READ, after(call)])?;
        let mut assets = Vec::new();
        while let Some(row) = rows.next()? {
            let text = |column| anyhow::Ok(row.get_ref(column)?.as_str()?);
            let metadata_location = row.get_ref(5)?.as_str_or_null()?;
            assets.push(Asset {
                id: uuid::Uuid::from_bytes(row.get(0)?).into(),
                namespace: NamespacePath::from_key(text(1)?)?,
                name: Name::new(text(2)?)?,
                kind: text(3)?.parse()?,
                location: Text::new(text(4)?)?,
                metadata_location: metadata_location.map(Text::new).transpose()?,
                properties: serde_json::from_str(text(6)?)?,
            });
        }
        Ok(std::hint::black_box(assets).len())
    }

    async fn copy_main(&self, branch: &str) -> Result<()> {
        let db = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let copy = db.transaction()?;
        let tenant = TENANT.uuid().into_bytes();
        copy.prepare_cached(
            "INSERT INTO branches (catalog, name, folded, kind, parent, head)
             SELECT c.key, ?3, ?3, 'ingest', 'main', b.head
             FROM catalogs c JOIN branches b ON b.catalog = c.key AND b.name = 'main'
             WHERE c.tenant = ?1 AND c.name = ?2",
        )?
        .execute(params![tenant, CATALOG, branch])?;
        let key = copy.last_insert_rowid();
        copy.prepare_cached(
            "INSERT INTO assets (branch, id, tenant, catalog, namespace, name, folded, kind, location,
                                 metadata_location, properties)
             SELECT ?3, a.id, a.tenant, a.catalog, a.namespace, a.name, a.folded, a.kind, a.location,
                    a.metadata_location, a.properties
             FROM catalogs c JOIN branches b ON b.catalog = c.key AND b.name = 'main'
             JOIN assets a ON a.branch = b.key
             WHERE c.tenant = ?1 AND c.name = ?2",
        )?
        .execute(params![tenant, CATALOG, key])?;
        copy.prepare_cached(
            "INSERT INTO asset_bases (branch, id, namespace, name, kind, location, metadata_location,
                                      properties)
             SELECT branch, id, namespace, name, kind, location, metadata_location, properties
             FROM assets WHERE branch = ?1",
        )?
        .execute([key])?;
        Ok(copy.commit()?)
    }

    async fn take_changes(&self, branch: &str, commit: CommitId, operations: &str) -> Result<()> {
        let db = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let take = db.transaction()?;
        let keys = "SELECT s.key, t.key FROM catalogs c
                    JOIN branches s ON s.catalog = c.key AND s.name = ?3
                    JOIN branches t ON t.catalog = c.key AND t.name = 'main'
                    WHERE c.tenant = ?1 AND c.name = ?2";
        let tenant = TENANT.uuid().into_bytes();
        let (source, target): (i64, i64) = take
            .prepare_cached(keys)?
            .query_row(params![tenant, CATALOG, branch], |row| Ok((row.get(0)?, row.get(1)?)))?;
        // A row has changed if it differs from its base, as in the store.
        take.prepare_cached(
            "UPDATE assets AS t
             SET kind = s.kind, location = s.location, metadata_location = s.metadata_location,
                 properties = s.properties
             FROM assets s JOIN asset_bases o ON o.branch = s.branch AND o.id = s.id
             WHERE s.branch = ?1 AND t.branch = ?2 AND t.id = s.id
               AND (s.namespace, s.name, s.kind, s.location, s.metadata_location, s.properties)
                   IS NOT (o.namespace, o.name, o.kind, o.location, o.metadata_location, o.properties)",
        )?
        .execute([source, target])?;
        take.prepare_cached(
            "UPDATE asset_bases AS o
             SET kind = s.kind, location = s.location, metadata_location = s.metadata_location,
                 properties = s.properties
             FROM assets s
             WHERE s.branch = ?1 AND o.branch = s.branch AND o.id = s.id
               AND (s.namespace, s.name, s.kind, s.location, s.metadata_location, s.properties)
                   IS NOT (o.namespace, o.name, o.kind, o.location, o.metadata_location, o.properties)",
        )?
        .execute([source])?;
        take.prepare_cached(
            "INSERT INTO commits (catalog, id, author, message, at, operations)
             SELECT c.key, ?3, 'ada', 'merge', 0, ?4 FROM catalogs c WHERE c.tenant = ?1 AND c.name = ?2",
        )?
        .execute(params![tenant, CATALOG, commit.uuid().into_bytes(), operations])?;
        Ok(take.commit()?)
    }
}

/// Reads all rows, every column as a plain value.
fn read(db: &Connection, sql: &str, values: impl Params) -> Result<usize> {
    let mut statement = db.prepare_cached(sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query(values)?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            let _: Value = std::hint::black_box(row.get(column)?);
        }
        count += 1;
    }
    Ok(count)
}

/// The assets whose names contain a text, found by the index of trigrams.
fn search_index(db: &Connection, text: &str) -> Result<usize> {
    let sql =
        "SELECT a.id, a.namespace, a.name, a.kind, a.location, a.metadata_location, a.properties
               FROM search_grams
               CROSS JOIN search_texts t ON t.key = search_grams.rowid
               CROSS JOIN assets a ON a.tenant = t.tenant AND a.id = t.asset AND a.on_main
               WHERE search_grams MATCH ?2 AND t.tenant = ?1 AND instr(a.folded, ?3) > 0
               ORDER BY a.namespace, a.name LIMIT 100";
    let grams: Vec<String> = (3..=text.len()).map(|end| text[end - 3..end].to_owned()).collect();
    read(db, sql, params![TENANT.uuid().into_bytes(), grams.join(" AND "), text])
}

fn upsert_metadata(db: &mut Connection, number: u64, second: u64) -> Result<usize> {
    let write = rows::metadata(number, second);
    let tenant = TENANT.uuid().into_bytes();
    let asset = rows::asset_id(number).uuid().into_bytes();
    let upsert = db.transaction()?;
    let sql = "INSERT INTO business_metadata (tenant, asset, description, folded, properties,
                   discoverable, created_by, created_at, updated_by, updated_at)
               VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?6, ?7)
               ON CONFLICT (tenant, asset) DO UPDATE SET description = excluded.description,
                   folded = excluded.folded, properties = excluded.properties,
                   discoverable = excluded.discoverable, updated_by = excluded.updated_by,
                   updated_at = excluded.updated_at
               RETURNING created_by, created_at";
    let values = params![
        tenant,
        asset,
        write.description.as_ref().map(|text| text.as_str()),
        write.properties.value().to_string(),
        write.discoverable,
        write.by.uuid().into_bytes(),
        write.at.micros(),
    ];
    let count = read(&upsert, sql, values)?;
    let sql = "DELETE FROM business_tags WHERE tenant = ?1 AND asset = ?2";
    upsert.prepare_cached(sql)?.execute(params![tenant, asset])?;
    let sql =
        "INSERT INTO business_tags (tenant, asset, tag) SELECT ?1, ?2, value FROM json_each(?3)";
    let tags = serde_json::to_string(&write.tags)?;
    upsert.prepare_cached(sql)?.execute(params![tenant, asset, tags])?;
    upsert.commit()?;
    Ok(count)
}
