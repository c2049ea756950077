//! Stores that do something else than the contract says.

use pangolin_store::{
    Asset, AssetKind, AssetRef, AuditEvent, Branch, BranchRef, CatalogStore, ConflictReason,
    MetadataSwap, Name, NamespacePath, Page, Result, StoreError, TenantId, Text, Timestamp,
};

use super::fault;
use crate::op::Op;
use crate::outcome::Reply;

fault!(
    AuditTenantDropped,
    "audit-tenant-dropped",
    Audit,
    Divergent,
    "leaves the tenant out when it gets an audit event",
    |op, inner| match op {
        Op::GetAuditEvent { event, .. } => {
            for tenant in inner.list_tenants(&Page::all()).await? {
                if let Some(event) = inner.get_audit_event(tenant.id, event).await? {
                    return Ok(Reply::new(Some(event)));
                }
            }
            Ok(Reply::new(None::<AuditEvent>))
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    CompareAndSwapSkipped,
    "compare-and-swap-skipped",
    Assets,
    Divergent,
    "leaves `expected` out of the compare-and-swap",
    |op, inner| match op {
        Op::CommitMetadata { tenant, at, swap } => {
            let now = inner.get_asset(tenant, &at).await?;
            let expected = now.and_then(|asset| asset.metadata_location);
            let swap = MetadataSwap { expected, ..swap };
            Op::CommitMetadata { tenant, at, swap }.apply(inner).await
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    AuditOldestFirst,
    "audit-oldest-first",
    Audit,
    Divergent,
    "lists audit events oldest first",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        if let (Op::ListAuditEvents { .. }, Some(events)) =
            (&op, reply.get_mut::<Vec<AuditEvent>>())
        {
            events.reverse();
        }
        Ok(reply)
    }
);

fault!(
    RoleErrorSwallowed,
    "role-error-swallowed",
    Roles,
    Divergent,
    "answers success when the role to delete is not there",
    |op, inner| match (&op, op.apply(inner).await) {
        (Op::DeleteRole { .. }, Err(StoreError::NotFound { .. })) => Ok(Reply::new(())),
        (_, answer) => answer,
    }
);

fault!(
    AssetKindCollapsed,
    "asset-kind-collapsed",
    Assets,
    Divergent,
    "reads every kind of asset that it does not know back as an Iceberg table",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        if let Some(Some(asset)) = reply.get_mut::<Option<Asset>>()
            && !matches!(asset.kind, AssetKind::View | AssetKind::DeltaTable)
        {
            asset.kind = AssetKind::IcebergTable;
        }
        Ok(reply)
    }
);

fault!(
    SearchWildcards,
    "search-wildcards",
    Search,
    Divergent,
    "takes `%` and `_` for wildcards",
    |op, inner| match op {
        Op::SearchCatalogs { tenant, text, page } if text.contains(['%', '_']) => {
            Op::SearchCatalogs { tenant, text: Text::default(), page }.apply(inner).await
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    NamespaceDestroyedBeforeChecked,
    "namespace-destroyed-before-checked",
    Namespaces,
    Divergent,
    "deletes a namespace's assets before it finds that the namespace is not empty",
    |op, inner| match op {
        Op::DeleteNamespace { tenant, catalog, path } => {
            let destroyed = destroy_assets(inner, tenant, &catalog, &path).await?;
            if destroyed > 0 {
                return Err(StoreError::conflict(ConflictReason::NotEmpty, &path));
            }
            Op::DeleteNamespace { tenant, catalog, path }.apply(inner).await
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    RevocationElsewhere,
    "revocation-elsewhere",
    Tokens,
    Divergent,
    "revokes tokens into a place where it never looks",
    |op, inner| match op {
        Op::IsTokenRevoked { .. } => Ok(Reply::new(false)),
        _ => op.apply(inner).await,
    }
);

/// Deletes the assets of a namespace on `main`; how many there were.
async fn destroy_assets(
    inner: &dyn CatalogStore,
    tenant: TenantId,
    catalog: &Name,
    path: &NamespacePath,
) -> Result<usize> {
    let on = BranchRef { catalog: catalog.clone(), branch: Branch::main().name };
    let assets = inner.list_assets(tenant, &on, path, &Page::all()).await?;
    for asset in &assets {
        let BranchRef { catalog, branch } = on.clone();
        let (namespace, name) = (path.clone(), asset.name.clone());
        inner.delete_asset(tenant, &AssetRef { catalog, branch, namespace, name }).await?;
    }
    Ok(assets.len())
}

fault!(
    TokensLostAtRestart,
    "tokens-lost-at-restart",
    Tokens,
    Divergent,
    "keeps tokens and revocations in memory, and has none after a restart",
    |op, inner| op.apply(inner).await,
    |inner| {
        for tenant in inner.list_tenants(&Page::all()).await.unwrap_or_default() {
            // What fails here is as good as a store that forgot nothing: it is not found.
            let _forgotten = inner.cleanup_expired_tokens(tenant.id, Timestamp::MAX).await;
        }
    }
);
