//! Tenants.

use pangolin_store::*;

use crate::contract::method::Effect;
use crate::contract::op::Op;
use crate::contract::reply::Reply;
use crate::fault::edits::page_of;
use crate::fault::fault;

fault!(
    TenantRowDeletedAlone,
    "tenant-row-deleted-alone",
    Tenants,
    Divergent,
    "deletes the tenant's row alone, and leaves all that is in the tenant",
    |op, inner| match op {
        Op::CreateTenant { tenant } if is_gone(inner, tenant.id).await? => {
            let update =
                TenantUpdate { name: Some(tenant.name), properties: Some(tenant.properties) };
            inner.update_tenant(tenant.id, &update).await.map(|_| Reply::new(()))
        }
        Op::GetTenant { tenant } if is_gone(inner, tenant).await? => {
            Ok(Reply::new(None::<Tenant>))
        }
        Op::ListTenants { page } => {
            let mut tenants = inner.list_tenants(&Page::all()).await?;
            tenants.retain(|tenant| !has_gone_name(tenant));
            Ok(Reply::new(page_of(tenants, |tenant| tenant.name.clone(), &page)))
        }
        Op::DeleteTenant { tenant } if !is_gone(inner, tenant).await? => {
            let name = Some(gone_name(tenant)?);
            let update = TenantUpdate { name, properties: None };
            inner.update_tenant(tenant, &update).await.map(|_| Reply::new(()))
        }
        op => {
            if op.method().effect() != Effect::Read
                && let Some(tenant) = tenant_of(&op)
                && is_gone(inner, tenant).await?
            {
                return Err(StoreError::not_found(Entity::Tenant, tenant));
            }
            op.apply(inner).await
        }
    }
);

/// The prefix of the name of a tenant whose row was deleted.
const GONE: &str = "gone tenant ";

fn gone_name(tenant: TenantId) -> Result<Name> {
    Ok(Name::new(format!("{GONE}{tenant}"))?)
}

fn has_gone_name(tenant: &Tenant) -> bool {
    tenant.name.starts_with(GONE)
}

async fn is_gone(inner: &dyn CatalogStore, tenant: TenantId) -> Result<bool> {
    Ok(inner.get_tenant(tenant).await?.is_some_and(|tenant| has_gone_name(&tenant)))
}

/// The tenant of a call: the argument of that name, or a field of the row that it writes.
fn tenant_of(op: &Op) -> Option<TenantId> {
    let call = serde_json::to_value(op).ok()?;
    let arguments = call.as_object()?.values().next()?;
    let mut written = arguments.as_object()?.values();
    let tenant =
        arguments["tenant"].as_str().or_else(|| written.find_map(|row| row["tenant"].as_str()));
    tenant?.parse().ok()
}
