//! Users, roles, permissions and service users.

use pangolin_store::*;

use crate::contract::op::Op;
use crate::contract::reply::Reply;
use crate::fault::edits::page_of;
use crate::fault::fault;

fault!(
    TenantUsersHidden,
    "tenant-users-hidden",
    Users,
    Divergent,
    "hides a tenant's users when it lists those of the tenant",
    |op, inner| match op {
        Op::ListUsers { tenant: Some(_), .. } => Ok(Reply::new(Vec::<User>::new())),
        _ => op.apply(inner).await,
    }
);

fault!(
    AssignmentForgotten,
    "role-assignment-forgotten",
    Roles,
    Divergent,
    "forgets a role assignment when the user is given another role",
    |op, inner| match op {
        Op::AssignRole { tenant, user, role } => {
            let reply = Op::AssignRole { tenant, user, role }.apply(inner).await?;
            for other in inner.list_user_roles(tenant, user, &Page::all()).await? {
                if other.id != role {
                    inner.revoke_role(tenant, user, other.id).await?;
                }
            }
            Ok(reply)
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    AssignmentOutlivesRole,
    "role-assignment-outlives-role",
    Roles,
    Divergent,
    "keeps the assignments of a role that is gone",
    |op, inner| match op {
        Op::CreateRole { tenant, role } => {
            if is_gone(inner, tenant, role.id).await? {
                inner.delete_role(tenant, role.id).await?;
            }
            Op::CreateRole { tenant, role }.apply(inner).await
        }
        Op::GetRole { tenant, role } if is_gone(inner, tenant, role).await? => {
            Ok(Reply::new(None::<Role>))
        }
        Op::ListRoles { tenant, page } => {
            let mut roles = inner.list_roles(tenant, &Page::all()).await?;
            roles.retain(|role| !role.name.starts_with(GONE));
            Ok(Reply::new(page_of(roles, |role| role.name.clone(), &page)))
        }
        Op::UpdateRole { tenant, role, .. } | Op::AssignRole { tenant, role, .. }
            if is_gone(inner, tenant, role).await? =>
        {
            Err(StoreError::not_found(Entity::Role, role))
        }
        Op::DeleteRole { tenant, role } if !is_gone(inner, tenant, role).await? => {
            let updated_at = Timestamp::EPOCH;
            let name = Some(Name::new(format!("{GONE}{role}"))?);
            let update = RoleUpdate { name, description: None, grants: None, updated_at };
            inner.update_role(tenant, role, &update).await.map(|_| Reply::new(()))
        }
        Op::DeleteRole { role, .. } => Err(StoreError::not_found(Entity::Role, role)),
        _ => op.apply(inner).await,
    }
);

/// The prefix of the name of a role whose row was deleted.
const GONE: &str = "gone role ";

async fn is_gone(inner: &dyn CatalogStore, tenant: TenantId, role: RoleId) -> Result<bool> {
    let role = inner.get_role(tenant, role).await?;
    Ok(role.is_some_and(|role| role.name.starts_with(GONE)))
}

fault!(
    PermissionsTenantDropped,
    "permissions-tenant-dropped",
    Permissions,
    Divergent,
    "leaves the tenant out when it lists a tenant's permissions",
    |op, inner| match op {
        Op::ListTenantPermissions { page, .. } => {
            let mut permissions = Vec::new();
            for tenant in inner.list_tenants(&Page::all()).await? {
                permissions.extend(inner.list_tenant_permissions(tenant.id, &Page::all()).await?);
            }
            Ok(Reply::new(page_of(permissions, |permission| permission.id, &page)))
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    InactiveHiddenByKey,
    "inactive-hidden-by-key",
    ServiceUsers,
    Divergent,
    "hides inactive service users when it looks for a key's hash",
    |op, inner| match op {
        Op::GetServiceUserByApiKeyHash { hash } => {
            let found = inner.get_service_user_by_api_key_hash(&hash).await?;
            Ok(Reply::new(found.filter(|service_user| service_user.active)))
        }
        _ => op.apply(inner).await,
    }
);

/// The time of a store that uses its own clock, in microseconds.
const OWN_CLOCK: i64 = 1_800_000_000_000_000;

fault!(
    LastUsedByOwnClock,
    "last-used-by-own-clock",
    ServiceUsers,
    Divergent,
    "sets when a service user was last used by its own clock",
    |op, inner| match op {
        Op::TouchServiceUser { tenant, service_user, .. } => {
            let at = Timestamp::from_micros(OWN_CLOCK)?;
            Op::TouchServiceUser { tenant, service_user, at }.apply(inner).await
        }
        _ => op.apply(inner).await,
    }
);
