//! Updates, which must replace the fields that they name and leave the rest.

use pangolin_store::*;

use crate::contract::op::Op;
use crate::fault::fault;

fault!(
    CatalogPropertiesMerged,
    "catalog-properties-merged",
    Catalogs,
    Divergent,
    "merges the properties of an update into those of the catalog, where it should replace them",
    |op, inner| match op {
        Op::UpdateCatalog { tenant, name, mut update } => {
            if let (Some(new), Some(catalog)) =
                (&update.properties, inner.get_catalog(tenant, &name).await?)
            {
                update.properties = Some(merged(&catalog.properties, new)?);
            }
            Op::UpdateCatalog { tenant, name, update }.apply(inner).await
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    WarehouseConfigMerged,
    "warehouse-config-merged",
    Warehouses,
    Divergent,
    "merges the storage configuration of an update into that of the warehouse",
    |op, inner| match op {
        Op::UpdateWarehouse { tenant, name, mut update } => {
            if let (Some(new), Some(warehouse)) =
                (&update.storage_config, inner.get_warehouse(tenant, &name).await?)
            {
                update.storage_config = Some(merged(&warehouse.storage_config, new)?);
            }
            Op::UpdateWarehouse { tenant, name, update }.apply(inner).await
        }
        _ => op.apply(inner).await,
    }
);

fn merged(before: &Properties, new: &Properties) -> Result<Properties> {
    let mut entries = before.entries().clone();
    entries.extend(new.entries().clone());
    Ok(Properties::new(entries)?)
}

fault!(
    RoleDescriptionDroppedByUpdate,
    "role-description-dropped-by-update",
    Roles,
    Divergent,
    "drops the description of a role when an update does not name it",
    |op, inner| match op {
        Op::UpdateRole { tenant, role, mut update } => {
            update.description.get_or_insert_default();
            Op::UpdateRole { tenant, role, update }.apply(inner).await
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    SettingsResetByUpdate,
    "settings-reset-by-update",
    Settings,
    Divergent,
    "resets how long data is kept when an update of the settings does not name it",
    |op, inner| match op {
        Op::UpdateSettings { tenant, mut update } => {
            let default = Settings::default().default_retention_days;
            update.default_retention_days.get_or_insert(default);
            Op::UpdateSettings { tenant, update }.apply(inner).await
        }
        _ => op.apply(inner).await,
    }
);
