//! Namespaces.

use std::collections::BTreeSet;

use pangolin_store::*;

use crate::contract::op::Op;
use crate::contract::reply::Reply;
use crate::fault::edits::{at, namespaces, page_of};
use crate::fault::fault;

fault!(
    PathJoinedByDots,
    "namespace-path-joined-by-dots",
    Namespaces,
    Divergent,
    "keys a path by joining it with dots, so that `[a.b]` and `[a, b]` are one",
    |op, inner| match op {
        Op::CreateNamespace { tenant, catalog, namespace } => {
            let taken = same_key(inner, tenant, &catalog, &namespace.path).await?;
            if taken != namespace.path {
                return Err(StoreError::already_exists(Entity::Namespace, taken));
            }
            Op::CreateNamespace { tenant, catalog, namespace }.apply(inner).await
        }
        Op::GetNamespace { tenant, catalog, path } => {
            let path = same_key(inner, tenant, &catalog, &path).await?;
            Op::GetNamespace { tenant, catalog, path }.apply(inner).await
        }
        Op::SetNamespaceProperties { tenant, catalog, path, changes } => {
            let path = same_key(inner, tenant, &catalog, &path).await?;
            Op::SetNamespaceProperties { tenant, catalog, path, changes }.apply(inner).await
        }
        Op::DeleteNamespace { tenant, catalog, path } => {
            let path = same_key(inner, tenant, &catalog, &path).await?;
            Op::DeleteNamespace { tenant, catalog, path }.apply(inner).await
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    ParentByPrefix,
    "namespace-parent-by-prefix",
    Namespaces,
    Divergent,
    "takes `a` for the parent of `ab`, as the one begins with the other",
    |op, inner| match op {
        Op::ListNamespaces { tenant, catalog, parent: Some(parent), page } => {
            let mut children = namespaces(inner, tenant, &catalog).await?;
            children.retain(|namespace| seems_below(&parent, &namespace.path));
            let children = page_of(children, |namespace| namespace.path.clone(), &page);
            Ok(Reply::new(children))
        }
        Op::DeleteNamespace { tenant, catalog, path } => {
            let there = namespaces(inner, tenant, &catalog).await?;
            let is_there = there.iter().any(|namespace| namespace.path == path);
            if is_there && there.iter().any(|namespace| seems_below(&path, &namespace.path)) {
                return Err(StoreError::conflict(ConflictReason::NotEmpty, path));
            }
            Op::DeleteNamespace { tenant, catalog, path }.apply(inner).await
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    PropertiesNotRemoved,
    "namespace-properties-not-removed",
    Namespaces,
    Divergent,
    "merges updates of a namespace's properties, and cannot remove any",
    |op, inner| match op {
        Op::SetNamespaceProperties { tenant, catalog, path, changes } => {
            let changes = PropertyChanges::new(changes.set().clone(), BTreeSet::new())?;
            Op::SetNamespaceProperties { tenant, catalog, path, changes }.apply(inner).await
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
            let branch = Branch::main().name;
            let on = BranchRef { catalog: catalog.clone(), branch };
            let assets = inner.list_assets(tenant, &on, &path, &Page::all()).await?;
            for asset in &assets {
                inner.delete_asset(tenant, &at(&on, asset.place())).await?;
            }
            if !assets.is_empty() {
                return Err(StoreError::conflict(ConflictReason::NotEmpty, path));
            }
            Op::DeleteNamespace { tenant, catalog, path }.apply(inner).await
        }
        _ => op.apply(inner).await,
    }
);

fn joined(path: &NamespacePath) -> String {
    path.names().iter().map(Name::as_str).collect::<Vec<_>>().join(".")
}

/// Whether `path` is a child of `parent` by its text: its text begins with the parent's text, which may be
/// continued within a name.
fn seems_below(parent: &NamespacePath, path: &NamespacePath) -> bool {
    let depth = path.names().len() - parent.names().len().min(path.names().len());
    path != parent && depth <= 1 && joined(path).starts_with(&joined(parent))
}

/// The existing path with the key of `path`: `path` itself, or another with the same text.
async fn same_key(
    inner: &dyn CatalogStore,
    tenant: TenantId,
    catalog: &Name,
    path: &NamespacePath,
) -> Result<NamespacePath> {
    let there = namespaces(inner, tenant, catalog).await?;
    let mut alike = there.into_iter().map(|namespace| namespace.path);
    let exact = inner.get_namespace(tenant, catalog, path).await?.map(|namespace| namespace.path);
    let found = exact.or_else(|| alike.find(|alike| joined(alike) == joined(path)));
    Ok(found.unwrap_or_else(|| path.clone()))
}
