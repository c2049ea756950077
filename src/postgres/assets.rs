use async_trait::async_trait;

use super::PostgresStore;
use super::address::{at_asset, at_namespace, branch_key, held_branch};
use super::namespaces::count;
use super::statement::{Row, limit, values};
use crate::search::fold;
use crate::store::Assets;
use crate::{
    Asset, AssetId, AssetPlace, AssetRef, AssetUpdate, BranchRef, ConflictReason, Entity,
    MetadataSwap, Name, NamespacePath, Page, Result, StoreError, TenantId,
};

/// What [`read`] reads, of the table of that alias.
macro_rules! columns {
    ($of:literal) => {
        concat!(
            $of,
            ".id, ",
            $of,
            ".namespace, ",
            $of,
            ".name, ",
            $of,
            ".kind, ",
            $of,
            ".location, ",
            $of,
            ".metadata_location, ",
            $of,
            ".properties"
        )
    };
}
pub(super) use columns;

/// The asset at a place that is [held](super::address), if it is as `$condition` says: all that a change
/// to it works on.
macro_rules! of_held {
    ($condition:literal) => {
        concat!(
            " FROM held, at
              WHERE a.branch = held.branch AND a.namespace = $4 AND a.name = $5
                AND at.namespace IS NOT NULL AND ",
            $condition
        )
    };
}

/// The answer of a change: where the asset was, `$checks`, and the asset as it is `after`.
macro_rules! answer {
    ($checks:literal) => {
        concat!(
            " SELECT at.catalog IS NOT NULL, at.branch IS NOT NULL, at.namespace IS NOT NULL,
                     at.asset IS NOT NULL, ",
            $checks,
            " a.id IS NOT NULL, ",
            columns!("a"),
            " FROM at LEFT JOIN after a ON TRUE"
        )
    };
}

#[async_trait]
impl Assets for PostgresStore {
    async fn create_asset(&self, tenant: TenantId, on: &BranchRef, asset: &Asset) -> Result<()> {
        let sql = concat!(
            "WITH ",
            at_namespace!(),
            ", ",
            held_branch!(),
            ", born AS (
                 INSERT INTO assets (branch, id, tenant, catalog, namespace, name, folded, kind,
                                     location, metadata_location, properties, on_main)
                 SELECT held.branch, $5, at.tenant, held.catalog, at.namespace, $6, $7, $8, $9, $10,
                        $11, $3 = 'main'
                 FROM held, at WHERE at.namespace IS NOT NULL
                 ON CONFLICT DO NOTHING RETURNING id
             )
             SELECT at.catalog IS NOT NULL, at.branch IS NOT NULL, at.namespace IS NOT NULL,
                    NOT EXISTS (SELECT FROM assets a WHERE a.branch = at.branch AND a.id = $5)
                    AND NOT EXISTS (SELECT FROM assets a
                                    WHERE a.branch = at.branch AND a.namespace = $4 AND a.name = $6),
                    EXISTS (SELECT FROM born)
             FROM at"
        );
        let Asset { id, namespace, name, kind, location, metadata_location, properties } = asset;
        let values = values![
            tenant,
            &on.catalog,
            &on.branch,
            namespace,
            id,
            name,
            fold(name),
            kind,
            location,
            metadata_location,
            properties,
        ];
        self.write(sql, values, |mut answer| {
            answer.namespace(tenant, on, namespace)?;
            answer.holds(|| StoreError::already_exists(Entity::Asset, asset.place()))?;
            answer.done()
        })
        .await
    }

    async fn get_asset(&self, tenant: TenantId, at: &AssetRef) -> Result<Option<Asset>> {
        let sql = concat!(
            "SELECT ",
            columns!("a"),
            " FROM catalogs c
              JOIN branches b ON b.catalog = c.key
              JOIN assets a ON a.branch = b.key
              WHERE c.tenant = $1 AND c.name = $2 AND b.name = $3
                AND a.namespace = $4 AND a.name = $5"
        );
        let AssetRef { catalog, branch, namespace, name } = at;
        self.first(sql, values![tenant, catalog, branch, namespace, name], read).await
    }

    async fn get_asset_by_id(
        &self,
        tenant: TenantId,
        on: &BranchRef,
        asset: AssetId,
    ) -> Result<Option<Asset>> {
        let sql = concat!(
            "SELECT ",
            columns!("a"),
            " FROM catalogs c
              JOIN branches b ON b.catalog = c.key
              JOIN assets a ON a.branch = b.key
              WHERE c.tenant = $1 AND c.name = $2 AND b.name = $3 AND a.id = $4"
        );
        self.first(sql, values![tenant, &on.catalog, &on.branch, asset], read).await
    }

    async fn list_assets(
        &self,
        tenant: TenantId,
        on: &BranchRef,
        namespace: &NamespacePath,
        page: &Page<Name>,
    ) -> Result<Vec<Asset>> {
        let sql = concat!(
            "SELECT ",
            columns!("a"),
            " FROM assets a WHERE a.branch = ",
            branch_key!(),
            " AND a.namespace = $4 AND a.name > coalesce($5, '') ORDER BY a.name LIMIT $6"
        );
        let BranchRef { catalog, branch } = on;
        let limit = limit(page.limit);
        self.all(sql, values![tenant, catalog, branch, namespace, &page.after, limit], read).await
    }

    async fn update_asset(
        &self,
        tenant: TenantId,
        at: &AssetRef,
        update: &AssetUpdate,
    ) -> Result<Asset> {
        let sql = concat!(
            "WITH ",
            at_asset!(),
            ", ",
            held_branch!(),
            ", after AS (
                 UPDATE assets a
                 SET kind = coalesce($6, a.kind), location = coalesce($7, a.location),
                     metadata_location = CASE WHEN $8 THEN $9 ELSE a.metadata_location END,
                     properties = coalesce($10, a.properties)",
            of_held!("TRUE"),
            " RETURNING ",
            columns!("a"),
            ")",
            answer!("")
        );
        let values = values![
            tenant,
            &at.catalog,
            &at.branch,
            &at.namespace,
            &at.name,
            update.kind,
            &update.location,
            update.metadata_location.is_some(),
            update.metadata_location.as_ref().and_then(Option::as_ref),
            &update.properties,
        ];
        self.write(sql, values, |mut answer| {
            answer.asset(tenant, at)?;
            answer.read(read)
        })
        .await
    }

    async fn rename_asset(
        &self,
        tenant: TenantId,
        at: &AssetRef,
        to: &AssetPlace,
    ) -> Result<Asset> {
        let sql = concat!(
            "WITH ",
            at_asset!(),
            ", ",
            held_branch!(),
            ", goal AS (
                 SELECT NOT EXISTS (SELECT FROM assets o
                                    WHERE o.branch = at.branch AND o.namespace = $6 AND o.name = $7
                                      AND o.id <> at.asset) AS free,
                        EXISTS (SELECT FROM namespaces n
                                WHERE n.catalog = at.catalog AND n.path = $6) AS rooted
                 FROM at
             ),
             after AS (
                 UPDATE assets a SET namespace = $6, name = $7, folded = $8",
            of_held!("(SELECT free AND rooted FROM goal)"),
            " RETURNING ",
            columns!("a"),
            ")",
            answer!("(SELECT free FROM goal), (SELECT rooted FROM goal),")
        );
        let values = values![
            tenant,
            &at.catalog,
            &at.branch,
            &at.namespace,
            &at.name,
            &to.namespace,
            &to.name,
            fold(&to.name),
        ];
        self.write(sql, values, |mut answer| {
            answer.asset(tenant, at)?;
            answer.holds(|| StoreError::already_exists(Entity::Asset, to))?;
            answer.holds(|| StoreError::not_found(Entity::Namespace, &to.namespace))?;
            answer.read(read)
        })
        .await
    }

    async fn delete_asset(&self, tenant: TenantId, at: &AssetRef) -> Result<()> {
        let sql = concat!(
            "WITH ",
            at_asset!(),
            ", ",
            held_branch!(),
            ", gone AS (
                 DELETE FROM assets a USING held, at
                 WHERE a.branch = held.branch AND a.namespace = $4 AND a.name = $5
                   AND at.namespace IS NOT NULL
                 RETURNING a.id
             )
             SELECT at.catalog IS NOT NULL, at.branch IS NOT NULL, at.namespace IS NOT NULL,
                    at.asset IS NOT NULL, EXISTS (SELECT FROM gone)
             FROM at"
        );
        let AssetRef { catalog, branch, namespace, name } = at;
        self.write(sql, values![tenant, catalog, branch, namespace, name], |mut answer| {
            answer.asset(tenant, at)?;
            answer.done()
        })
        .await
    }

    async fn commit_metadata(
        &self,
        tenant: TenantId,
        at: &AssetRef,
        swap: &MetadataSwap,
    ) -> Result<Asset> {
        let sql = concat!(
            "WITH ",
            at_asset!(),
            ", ",
            held_branch!(),
            ", after AS (UPDATE assets a SET metadata_location = $7",
            of_held!("a.metadata_location IS NOT DISTINCT FROM $6"),
            " RETURNING ",
            columns!("a"),
            ")",
            answer!("at.metadata_location IS NOT DISTINCT FROM $6,")
        );
        let MetadataSwap { expected, new } = swap;
        let AssetRef { catalog, branch, namespace, name } = at;
        let values = values![tenant, catalog, branch, namespace, name, expected, new];
        self.write(sql, values, |mut answer| {
            answer.asset(tenant, at)?;
            answer.is_in_state(ConflictReason::Stale, at)?;
            answer.read(read)
        })
        .await
    }

    async fn count_assets(&self, tenant: TenantId) -> Result<u64> {
        let sql = "SELECT count(*) FROM assets WHERE tenant = $1";
        Ok(self.first(sql, values![tenant], count).await?.unwrap_or(0))
    }
}

/// Reads what `columns!` names, which begins at that column.
pub(super) fn read(row: &Row, at: usize) -> sqlx::Result<Asset> {
    Ok(Asset {
        id: row.get(at)?,
        namespace: row.get(at + 1)?,
        name: row.get(at + 2)?,
        kind: row.get(at + 3)?,
        location: row.get(at + 4)?,
        metadata_location: row.get(at + 5)?,
        properties: row.get(at + 6)?,
    })
}

/// Reads what `columns!` names of an outer join, if there is a row.
pub(super) fn read_joined(row: &Row, at: usize) -> sqlx::Result<Option<Asset>> {
    match row.get::<Option<AssetId>>(at)? {
        Some(_) => read(row, at).map(Some),
        None => Ok(None),
    }
}
