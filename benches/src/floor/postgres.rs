//! sqlx on one connection.

use anyhow::Result;
use async_trait::async_trait;
use pangolin_store::{Asset, AuditEvent, CommitId};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Connection, Row};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::Floor;
use crate::call::{COMMON, Call, DEEP, NOWHERE, audit_filter};
use crate::rows::{self, CATALOG, NEEDLE, READ, Sort, TENANT, WRITTEN};
use crate::scene::Scene;

/// A separate connection to the store's database.
pub struct PostgresFloor(Mutex<PgConnection>);

const ASSET: &str =
    "SELECT a.id, a.namespace, a.name, a.kind, a.location, a.metadata_location, a.properties
    FROM assets a
    WHERE a.branch = (SELECT b.key FROM catalogs c JOIN branches b ON b.catalog = c.key
                      WHERE c.tenant = $1 AND c.name = $2 AND b.name = 'main') ";
const EVENT: &str =
    "SELECT id, user_id, username, action, resource_type, resource_id, resource_name,
    timestamp, ip_address, user_agent, result, error_message, metadata FROM audit_events ";

impl PostgresFloor {
    /// Connects.
    ///
    /// # Errors
    /// The server's error.
    pub async fn open(url: &str) -> Result<Self> {
        let mut db = PgConnection::connect(url).await?;
        // The store's settings, because the comparison is not about query plans.
        let settings = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off;
                        SET enable_sort = off; SET jit = off";
        sqlx::raw_sql(settings).execute(&mut db).await?;
        Ok(Self(Mutex::new(db)))
    }

    /// The server's own settings for the durability of acknowledged writes.
    ///
    /// # Errors
    /// The server's error.
    pub async fn durability(&self) -> Result<String> {
        let settings = "SELECT 'fsync=' || current_setting('fsync') || ', synchronous_commit='
            || current_setting('synchronous_commit') || ', full_page_writes='
            || current_setting('full_page_writes')";
        Ok(sqlx::query_scalar(settings).fetch_one(&mut *self.0.lock().await).await?)
    }
}

#[async_trait]
impl Floor for PostgresFloor {
    async fn settle(&self) -> Result<()> {
        sqlx::query("VACUUM (ANALYZE)").execute(&mut *self.0.lock().await).await?;
        Ok(())
    }

    async fn make(&self, call: Call, scene: &Scene, turn: u64) -> Result<usize> {
        let db = &mut *self.0.lock().await;
        let people = scene.size / 10;
        let row = |of| scene.row(turn, of);
        let tenant = TENANT.uuid();
        let rows = match call {
            Call::AssetByName => {
                let sql = concat_asset("AND a.namespace = $3 AND a.name = $4");
                let name = rows::asset_name(row(scene.size), scene.size);
                asset_rows(db, sqlx::query(sql).bind(tenant).bind(CATALOG).bind(READ).bind(name))
                    .await?
            }
            Call::AssetById => {
                let sql = concat_asset("AND a.id = $3");
                let id = rows::asset_id(row(scene.size)).uuid();
                asset_rows(db, sqlx::query(sql).bind(tenant).bind(CATALOG).bind(id)).await?
            }
            Call::ServiceUserByKey => {
                let sql = "SELECT id, tenant, name, description, api_key_hash, role, created_at,
                    created_by, last_used, expires_at, active FROM service_users WHERE api_key_hash = $1";
                let hash = rows::key_hash(row(people)).expose().to_owned();
                let found = sqlx::query(sql).bind(hash).fetch_all(db).await?;
                for row in &found {
                    let _: (Uuid, Uuid, String, Option<String>) =
                        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
                    let _: (String, String, i64, Uuid) =
                        (row.try_get(4)?, row.try_get(5)?, row.try_get(6)?, row.try_get(7)?);
                    let _: (Option<i64>, Option<i64>, bool) =
                        (row.try_get(8)?, row.try_get(9)?, row.try_get(10)?);
                }
                found.len()
            }
            Call::UserByName => {
                let sql = "SELECT id, tenant, username, email, password_hash, oauth_provider,
                    oauth_subject, role, active, created_at, updated_at, last_login
                    FROM users WHERE username = $1";
                let name = format!("user_{:06}", row(people));
                let found = sqlx::query(sql).bind(name).fetch_all(db).await?;
                for row in &found {
                    let _: (Uuid, Option<Uuid>, String, String) =
                        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
                    let _: (Option<String>, Option<String>, Option<String>, String) =
                        (row.try_get(4)?, row.try_get(5)?, row.try_get(6)?, row.try_get(7)?);
                    let _: (bool, i64, i64, Option<i64>) =
                        (row.try_get(8)?, row.try_get(9)?, row.try_get(10)?, row.try_get(11)?);
                }
                found.len()
            }
            Call::IsRevoked => {
                let sql =
                    "SELECT EXISTS (SELECT FROM revocations WHERE tenant = $1 AND token = $2)";
                let token: Uuid = rows::id(Sort::Person, row(people));
                let _: bool =
                    sqlx::query_scalar(sql).bind(tenant).bind(token).fetch_one(db).await?;
                1
            }
            Call::Settings => {
                let sql = "SELECT allow_public_signup, default_warehouse_bucket,
                    default_retention_days, smtp_host, smtp_port, smtp_user, smtp_password
                    FROM settings WHERE tenant = $1";
                let found = sqlx::query(sql).bind(tenant).fetch_all(db).await?;
                for row in &found {
                    let _: (bool, Option<String>, i64, Option<String>) =
                        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
                    let _: (Option<i32>, Option<String>, Option<String>) =
                        (row.try_get(4)?, row.try_get(5)?, row.try_get(6)?);
                }
                found.len()
            }
            Call::CreateAsset => {
                let number = scene.fresh();
                insert_asset(db, &rows::asset(number, WRITTEN, &format!("arrival_{number:09}")))
                    .await?
            }
            Call::CommitMetadata => {
                let sql = "UPDATE assets a SET metadata_location = $6
                    FROM catalogs c JOIN branches b ON b.catalog = c.key
                    WHERE c.tenant = $1 AND c.name = $2 AND b.name = 'main' AND a.branch = b.key
                      AND a.namespace = $3 AND a.name = $4 AND a.metadata_location = $5
                    RETURNING a.id, a.namespace, a.name, a.kind, a.location, a.metadata_location,
                              a.properties";
                let (asset, version) = scene.swap(turn);
                let query = sqlx::query(sql)
                    .bind(tenant)
                    .bind(CATALOG)
                    .bind(READ)
                    .bind(rows::asset_name(asset, scene.size))
                    .bind(format!("v{version}"))
                    .bind(format!("v{}", version + 1));
                asset_rows(db, query).await?
            }
            Call::LogAuditEvent => insert_event(db, &rows::event(scene.fresh())).await?,
            Call::UpsertMetadata => {
                let sql = "INSERT INTO business_metadata (tenant, asset, description, folded, tags,
                        properties, discoverable, created_by, created_at, updated_by, updated_at)
                    VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8, $7, $8)
                    ON CONFLICT (tenant, asset) DO UPDATE SET description = excluded.description,
                        folded = excluded.folded, tags = excluded.tags,
                        properties = excluded.properties, discoverable = excluded.discoverable,
                        updated_by = excluded.updated_by, updated_at = excluded.updated_at
                    RETURNING created_by, created_at";
                let number = row(scene.size / 100);
                let write = rows::metadata(number, scene.fresh());
                let tags: Vec<String> =
                    write.tags.items().iter().map(|tag| tag.as_str().to_owned()).collect();
                let query = sqlx::query(sql)
                    .bind(tenant)
                    .bind(rows::asset_id(number).uuid())
                    .bind(write.description.map(|text| text.as_str().to_owned()))
                    .bind(tags)
                    .bind(write.properties.value().to_string())
                    .bind(write.discoverable)
                    .bind(write.by.uuid())
                    .bind(write.at.micros());
                query.fetch_all(db).await?.len()
            }
            Call::FirstPage | Call::DeepPage => {
                let sql =
                    concat_asset("AND a.namespace = $3 AND a.name > $4 ORDER BY a.name LIMIT 100");
                let after = if call == Call::DeepPage { DEEP } else { "" };
                asset_rows(db, sqlx::query(sql).bind(tenant).bind(CATALOG).bind(READ).bind(after))
                    .await?
            }
            Call::AuditPage => {
                let sql = format!(
                    "{EVENT} WHERE tenant = $1 AND user_id = $2 ORDER BY timestamp DESC, id DESC LIMIT 100"
                );
                let user = audit_filter(turn).user.map(|user| user.uuid());
                let sql = sqlx::AssertSqlSafe(sql);
                let found = sqlx::query(sql).bind(tenant).bind(user).fetch_all(db).await?;
                found.iter().try_for_each(read_event)?;
                found.len()
            }
            Call::AuditCount => {
                let sql = "SELECT count(*) FROM audit_events WHERE tenant = $1 AND user_id = $2";
                let user = audit_filter(turn).user.map(|user| user.uuid());
                let count: i64 =
                    sqlx::query_scalar(sql).bind(tenant).bind(user).fetch_one(db).await?;
                usize::try_from(count)?
            }
            Call::SearchRare => search_index(db, NEEDLE).await?,
            Call::SearchNone => search_index(db, NOWHERE).await?,
            Call::SearchCommon => {
                let sql = concat_asset(
                    "AND strpos(a.folded, $3) > 0 ORDER BY a.namespace, a.name LIMIT 100",
                );
                asset_rows(db, sqlx::query(sql).bind(tenant).bind(CATALOG).bind(COMMON)).await?
            }
            Call::SearchTwoTags => {
                let sql = "WITH tagged AS MATERIALIZED (
                        SELECT asset FROM business_metadata WHERE tags @> $2 AND (tenant = $1) IS TRUE
                    )
                    SELECT a.id, a.namespace, a.name, a.kind, a.location, a.metadata_location,
                           a.properties
                    FROM tagged t JOIN assets a ON a.tenant = $1 AND a.id = t.asset AND a.on_main
                    ORDER BY a.namespace, a.name LIMIT 100";
                let tags: &[&str] = &["gold", "reviewed"];
                asset_rows(db, sqlx::query(sql).bind(tenant).bind(tags)).await?
            }
        };
        Ok(rows)
    }

    async fn copy_main(&self, branch: &str) -> Result<()> {
        let db = &mut *self.0.lock().await;
        let sql = "WITH main AS (
                SELECT b.key, b.catalog, b.head FROM catalogs c JOIN branches b ON b.catalog = c.key
                WHERE c.tenant = $1 AND c.name = $2 AND b.name = 'main'
            ), made AS (
                INSERT INTO branches (catalog, name, folded, kind, parent, head)
                SELECT catalog, $3, $3, 'ingest', 'main', head FROM main RETURNING key
            ), copied AS (
                INSERT INTO assets (branch, id, tenant, catalog, namespace, name, folded, kind,
                                    location, metadata_location, properties)
                SELECT made.key, a.id, a.tenant, a.catalog, a.namespace, a.name, a.folded, a.kind,
                       a.location, a.metadata_location, a.properties
                FROM made, main JOIN assets a ON a.branch = main.key
            )
            INSERT INTO asset_bases (branch, id, namespace, name, kind, location, metadata_location,
                                     properties)
            SELECT made.key, a.id, a.namespace, a.name, a.kind, a.location, a.metadata_location,
                   a.properties
            FROM made, main JOIN assets a ON a.branch = main.key";
        sqlx::query(sql).bind(TENANT.uuid()).bind(CATALOG).bind(branch).execute(db).await?;
        Ok(())
    }

    async fn take_changes(&self, branch: &str, commit: CommitId, operations: &str) -> Result<()> {
        let db = &mut *self.0.lock().await;
        let sql = "WITH side AS (
                SELECT s.key AS source, t.key AS target
                FROM catalogs c
                JOIN branches s ON s.catalog = c.key AND s.name = $3
                JOIN branches t ON t.catalog = c.key AND t.name = 'main'
                WHERE c.tenant = $1 AND c.name = $2
            ), changed AS MATERIALIZED (
                SELECT side.source, side.target, a.*
                FROM side JOIN assets a ON a.branch = side.source
                JOIN asset_bases o ON o.branch = a.branch AND o.id = a.id
                WHERE (a.namespace, a.name, a.kind, a.location, a.properties)
                      IS DISTINCT FROM (o.namespace, o.name, o.kind, o.location, o.properties)
                   OR a.metadata_location IS DISTINCT FROM o.metadata_location
            ), recorded AS (
                INSERT INTO commits (catalog, id, author, message, at, operations)
                SELECT c.key, $4, 'ada', 'merge', 0, $5
                FROM catalogs c WHERE c.tenant = $1 AND c.name = $2
            ), taken AS (
                UPDATE assets t SET kind = s.kind, location = s.location,
                    metadata_location = s.metadata_location, properties = s.properties
                FROM changed s WHERE t.branch = s.target AND t.id = s.id
            )
            UPDATE asset_bases o SET kind = s.kind, location = s.location,
                metadata_location = s.metadata_location, properties = s.properties
            FROM changed s WHERE o.branch = s.source AND o.id = s.id";
        let query = sqlx::query(sql).bind(TENANT.uuid()).bind(CATALOG).bind(branch);
        query.bind(commit.uuid()).bind(operations).execute(db).await?;
        Ok(())
    }
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Postgres, sqlx::postgres::PgArguments>;

/// The statement that reads assets, with that condition.
fn concat_asset(condition: &'static str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("{ASSET}{condition}"))
}

async fn asset_rows(db: &mut PgConnection, query: Query<'_>) -> Result<usize> {
    let found = query.fetch_all(db).await?;
    for row in &found {
        let _: (Uuid, String, String, String) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
        let _: (String, Option<String>, String) =
            (row.try_get(4)?, row.try_get(5)?, row.try_get(6)?);
    }
    Ok(found.len())
}

/// The assets whose names contain a text, found by the index of trigrams.
async fn search_index(db: &mut PgConnection, text: &str) -> Result<usize> {
    let sql = "WITH found AS MATERIALIZED (
            SELECT a.* FROM assets a WHERE a.on_main AND a.folded LIKE $2
        )
        SELECT a.id, a.namespace, a.name, a.kind, a.location, a.metadata_location, a.properties
        FROM found a WHERE a.tenant = $1 ORDER BY a.namespace, a.name LIMIT 100";
    let pattern = format!("%{text}%");
    asset_rows(db, sqlx::query(sql).bind(TENANT.uuid()).bind(pattern)).await
}

fn read_event(row: &PgRow) -> Result<()> {
    let _: (Uuid, Option<Uuid>, String, String) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
    let _: (String, Option<Uuid>, String, i64) =
        (row.try_get(4)?, row.try_get(5)?, row.try_get(6)?, row.try_get(7)?);
    let _: (Option<String>, Option<String>, String, Option<String>, Option<String>) =
        (row.try_get(8)?, row.try_get(9)?, row.try_get(10)?, row.try_get(11)?, row.try_get(12)?);
    Ok(())
}

async fn insert_asset(db: &mut PgConnection, asset: &Asset) -> Result<usize> {
    let sql = "INSERT INTO assets (branch, id, tenant, catalog, namespace, name, folded, kind,
            location, metadata_location, properties, on_main)
        SELECT b.key, $3, $1, c.key, $4, $5, $5, $6, $7, $8, $9, TRUE
        FROM catalogs c JOIN branches b ON b.catalog = c.key
        WHERE c.tenant = $1 AND c.name = $2 AND b.name = 'main'";
    let query = sqlx::query(sql)
        .bind(TENANT.uuid())
        .bind(CATALOG)
        .bind(asset.id.uuid())
        .bind(asset.namespace.to_key())
        .bind(asset.name.as_str())
        .bind(asset.kind.to_string())
        .bind(asset.location.as_str())
        .bind(asset.metadata_location.as_ref().map(|text| text.as_str()))
        .bind(serde_json::to_string(&asset.properties)?);
    Ok(usize::try_from(query.execute(db).await?.rows_affected())?)
}

async fn insert_event(db: &mut PgConnection, event: &AuditEvent) -> Result<usize> {
    let sql = "INSERT INTO audit_events (tenant, id, user_id, username, action, resource_type,
            resource_id, resource_name, timestamp, ip_address, user_agent, result, error_message,
            metadata)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    let query = sqlx::query(sql)
        .bind(event.tenant.uuid())
        .bind(event.id.uuid())
        .bind(event.user.map(|user| user.uuid()))
        .bind(event.username.as_str())
        .bind(event.action.to_string())
        .bind(event.resource_type.to_string())
        .bind(event.resource_id.map(|id| id.uuid()))
        .bind(event.resource_name.as_str())
        .bind(event.timestamp.micros())
        .bind(event.ip_address.as_ref().map(|text| text.as_str()))
        .bind(event.user_agent.as_ref().map(|text| text.as_str()))
        .bind(event.result.to_string())
        .bind(event.error_message.as_ref().map(|text| text.as_str()))
        .bind(event.metadata.as_ref().map(|json| json.value().to_string()));
    Ok(usize::try_from(query.execute(db).await?.rows_affected())?)
}
