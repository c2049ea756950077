//! Catalogs: the table `catalogs`. Other tables refer to the key of a catalog, not to its name.

use async_trait::async_trait;
use const_format::formatcp;
use rusqlite::{Connection, Row};

use super::address::{self, CatalogAt};
use super::error::OrTaken;
use super::statement::Statements;
use super::{SqliteStore, branches, business_metadata};
use crate::search::fold;
use crate::store::Catalogs;
use crate::{
    Branch, Catalog, CatalogKind, CatalogUpdate, ConflictReason, Entity, Name, Page, Properties,
    Result, StoreError, TenantId,
};

/// The columns that [`read`] reads.
pub(super) const COLUMNS: &str =
    "c.id, c.name, c.federation, w.name, c.storage_location, c.properties";

#[async_trait]
impl Catalogs for SqliteStore {
    async fn create_catalog(&self, tenant: TenantId, catalog: &Catalog) -> Result<()> {
        let catalog = catalog.clone();
        self.write(move |db| {
            address::tenant(db, tenant)?;
            let warehouse = warehouse(db, tenant, catalog.warehouse.as_ref())?;
            let Catalog { id, name, storage_location, properties, .. } = &catalog;
            let sql = "INSERT INTO catalogs (tenant, id, name, folded, federation, warehouse,
                                             storage_location, properties)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
            let (federation, folded) = (federation(&catalog.kind), fold(name));
            let row =
                (tenant, id, name, folded, federation, warehouse.key, storage_location, properties);
            db.run(sql, row).or_taken(Entity::Catalog, name)?;
            let key = db.last_insert_rowid();
            warehouse.must_exist()?;
            branches::insert(db, CatalogAt { tenant, key }, &Branch::main())?;
            Ok(())
        })
        .await
    }

    async fn get_catalog(&self, tenant: TenantId, name: &Name) -> Result<Option<Catalog>> {
        let name = name.clone();
        self.read(move |db| Ok(get(db, tenant, &name)?.map(|(_, catalog)| catalog))).await
    }

    async fn list_catalogs(&self, tenant: TenantId, page: &Page<Name>) -> Result<Vec<Catalog>> {
        let page = page.clone();
        self.read(move |db| {
            let sql = formatcp!(
                "SELECT {COLUMNS} FROM catalogs c LEFT JOIN warehouses w ON w.key = c.warehouse
                 WHERE c.tenant = ?1 AND c.name > coalesce(?2, '') ORDER BY c.name LIMIT ?3"
            );
            Ok(db.all(sql, (tenant, page.after, page.limit), read)?)
        })
        .await
    }

    async fn update_catalog(
        &self,
        tenant: TenantId,
        name: &Name,
        update: &CatalogUpdate,
    ) -> Result<Catalog> {
        let (name, update) = (name.clone(), update.clone());
        self.write(move |db| {
            let (key, before) = find(db, tenant, &name)?;
            let after = before.updated(&update);
            let warehouse = warehouse(db, tenant, after.warehouse.as_ref())?;
            let sql = "UPDATE catalogs SET name = ?2, folded = ?3, federation = ?4, warehouse = ?5,
                                           storage_location = ?6, properties = ?7
                       WHERE key = ?1";
            let Catalog { name, storage_location, properties, .. } = &after;
            let (federation, folded) = (federation(&after.kind), fold(name));
            let row = (key, name, folded, federation, warehouse.key, storage_location, properties);
            db.run(sql, row).or_taken(Entity::Catalog, name)?;
            warehouse.must_exist()?;
            if update.federation.is_some() && after.kind == CatalogKind::Local {
                return Err(StoreError::conflict(ConflictReason::NotFederated, name));
            }
            Ok(after)
        })
        .await
    }

    async fn delete_catalog(&self, tenant: TenantId, name: &Name) -> Result<()> {
        let name = name.clone();
        self.write(move |db| {
            let catalog = address::catalog(db, tenant, &name)?;
            business_metadata::forget_assets_of_catalog(db, catalog)?;
            db.run("DELETE FROM catalogs WHERE key = ?1", [catalog.key])?;
            Ok(())
        })
        .await
    }
}

/// The warehouse that a catalog is to name: its name, and its key if it exists.
struct Warehouse<'a> {
    name: Option<&'a Name>,
    key: Option<i64>,
}

impl Warehouse<'_> {
    fn must_exist(&self) -> Result<()> {
        match (self.name, self.key) {
            (Some(name), None) => Err(StoreError::not_found(Entity::Warehouse, name)),
            _ => Ok(()),
        }
    }
}

fn warehouse<'a>(
    db: &Connection,
    tenant: TenantId,
    name: Option<&'a Name>,
) -> Result<Warehouse<'a>> {
    let sql = "SELECT key FROM warehouses WHERE tenant = ?1 AND name = ?2";
    let key = match name {
        Some(name) => db.first(sql, (tenant, name), |row| row.get(0))?,
        None => None,
    };
    Ok(Warehouse { name, key })
}

fn get(db: &Connection, tenant: TenantId, name: &Name) -> Result<Option<(i64, Catalog)>> {
    let sql = formatcp!(
        "SELECT {COLUMNS}, c.key FROM catalogs c LEFT JOIN warehouses w ON w.key = c.warehouse
          WHERE c.tenant = ?1 AND c.name = ?2"
    );
    Ok(db.first(sql, (tenant, name), |row| Ok((row.get(6)?, read(row)?)))?)
}

fn find(db: &Connection, tenant: TenantId, name: &Name) -> Result<(i64, Catalog)> {
    if let Some(found) = get(db, tenant, name)? {
        return Ok(found);
    }
    address::tenant(db, tenant)?;
    Err(StoreError::not_found(Entity::Catalog, name))
}

fn federation(kind: &CatalogKind) -> Option<&Properties> {
    match kind {
        CatalogKind::Local => None,
        CatalogKind::Federated { properties } => Some(properties),
    }
}

/// Reads the [`COLUMNS`].
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Catalog> {
    let federation: Option<Properties> = row.get(2)?;
    Ok(Catalog {
        id: row.get(0)?,
        name: row.get(1)?,
        kind: federation
            .map_or(CatalogKind::Local, |properties| CatalogKind::Federated { properties }),
        warehouse: row.get(3)?,
        storage_location: row.get(4)?,
        properties: row.get(5)?,
    })
}
