//! Catalogs.

use pangolin_store::*;

use crate::contract::op::Op;
use crate::fault::edits::delete_children;
use crate::fault::fault;

fault!(
    FederatedListedAsLocal,
    "federated-listed-as-local",
    Catalogs,
    Divergent,
    "lists federated catalogs as local ones, and gets them right",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        if let Some(catalogs) = reply.get_mut::<Vec<Catalog>>() {
            catalogs.iter_mut().for_each(|catalog| catalog.kind = CatalogKind::Local);
        }
        Ok(reply)
    }
);

fault!(
    ChildrenDeletedBeforeChecked,
    "catalog-children-deleted-before-checked",
    Catalogs,
    Divergent,
    "deletes the children of all catalogs of a name before it finds that the tenant has none such",
    |op, inner| match op {
        Op::DeleteCatalog { tenant, name } => {
            if inner.get_catalog(tenant, &name).await?.is_none() {
                delete_children_elsewhere(inner, tenant, &name).await?;
            }
            Op::DeleteCatalog { tenant, name }.apply(inner).await
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    OtherTenantsChildrenDeleted,
    "other-tenants-children-deleted",
    Catalogs,
    Divergent,
    "deletes with a catalog the children of the same-named catalogs in other tenants",
    |op, inner| match op {
        Op::DeleteCatalog { tenant, name } => {
            let reply = Op::DeleteCatalog { tenant, name: name.clone() }.apply(inner).await?;
            delete_children_elsewhere(inner, tenant, &name).await?;
            Ok(reply)
        }
        _ => op.apply(inner).await,
    }
);

async fn delete_children_elsewhere(
    inner: &dyn CatalogStore,
    here: TenantId,
    catalog: &Name,
) -> Result<()> {
    for tenant in inner.list_tenants(&Page::all()).await? {
        if tenant.id != here {
            delete_children(inner, tenant.id, catalog).await?;
        }
    }
    Ok(())
}
