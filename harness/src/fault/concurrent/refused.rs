//! Calls that are refused because of what is not so, or is not so yet.

use std::sync::Mutex;

use pangolin_store::*;

use super::{fault, lock};
use crate::contract::op::Op;

/// Things that calls hold while they run.
struct Held<T>(Mutex<Vec<T>>);

impl<T> Default for Held<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone + PartialEq> Held<T> {
    fn any(&self, which: impl Fn(&T) -> bool) -> bool {
        lock(&self.0).iter().any(which)
    }

    /// Holds a thing until what is returned is dropped.
    fn hold(&self, thing: T) -> Hold<'_, T> {
        lock(&self.0).push(thing.clone());
        Hold { held: self, thing }
    }
}

struct Hold<'a, T: PartialEq> {
    held: &'a Held<T>,
    thing: T,
}

impl<T: PartialEq> Drop for Hold<'_, T> {
    fn drop(&mut self) {
        let mut held = lock(&self.held.0);
        if let Some(index) = held.iter().position(|thing| *thing == self.thing) {
            held.swap_remove(index);
        }
    }
}

/// An id and a place that a new asset takes on a branch.
#[derive(Clone, PartialEq)]
struct Reservation {
    tenant: TenantId,
    on: BranchRef,
    id: AssetId,
    place: AssetPlace,
}

impl Reservation {
    fn collides(&self, other: &Self) -> bool {
        let same_branch = self.tenant == other.tenant && self.on == other.on;
        same_branch && (self.id == other.id || self.place == other.place)
    }
}

fault!(
    ByReservation(Held<Reservation>),
    "refused-by-reservation",
    Assets,
    Concurrency,
    "reserves the id and the place of a new asset before it checks anything, and refuses others even if the \
     first call fails",
    |op, inner, others, reserved| {
        let Op::CreateAsset { tenant, on, asset } = &op else { return op.apply(inner).await };
        let (id, place) = (asset.id, asset.place());
        let mine = Reservation { tenant: *tenant, on: on.clone(), id, place };
        if reserved.any(|other| other.collides(&mine)) {
            return Err(StoreError::already_exists(Entity::Asset, &mine.place));
        }
        let _reservation = reserved.hold(mine);
        others.a_moment().await;
        op.apply(inner).await
    }
);

/// A namespace of a catalog.
#[derive(Clone, PartialEq)]
struct Marked {
    tenant: TenantId,
    catalog: Name,
    path: NamespacePath,
}

fault!(
    ByDeletionThatFails(Held<Marked>),
    "refused-by-deletion-that-fails",
    Namespaces,
    Concurrency,
    "takes a namespace for deleted while it still checks whether that may be",
    |op, inner, others, marked| {
        if let Some(wanted) = namespace_of(&op)
            && marked.any(|other| *other == wanted)
        {
            return Err(StoreError::not_found(Entity::Namespace, wanted.path));
        }
        let Op::DeleteNamespace { tenant, catalog, path } = &op else {
            return op.apply(inner).await;
        };
        let (catalog, path) = (catalog.clone(), path.clone());
        let _mark = marked.hold(Marked { tenant: *tenant, catalog, path });
        others.a_moment().await;
        op.apply(inner).await
    }
);

/// The namespace in which a call writes.
fn namespace_of(op: &Op) -> Option<Marked> {
    let (tenant, catalog, path) = match op {
        Op::SetNamespaceProperties { tenant, catalog, path, .. } => {
            (tenant, catalog, Some(path.clone()))
        }
        Op::CreateNamespace { tenant, catalog, namespace } => {
            (tenant, catalog, namespace.path.parent())
        }
        Op::CreateAsset { tenant, on, asset } => {
            (tenant, &on.catalog, Some(asset.namespace.clone()))
        }
        Op::UpdateAsset { tenant, at, .. } => (tenant, &at.catalog, Some(at.namespace.clone())),
        _ => return None,
    };
    Some(Marked { tenant: *tenant, catalog: catalog.clone(), path: path? })
}

fault!(
    AndDoneLater(Mutex<Vec<Op>>),
    "refused-and-done-later",
    Namespaces,
    Concurrency,
    "says under load that a namespace is not empty, and deletes it after that",
    |op, inner, others, refused| {
        let late = std::mem::take(&mut *lock(refused));
        for deletion in late {
            // Its caller has an answer already.
            let _answer = deletion.apply(inner).await;
        }
        let Op::DeleteNamespace { tenant, catalog, path } = &op else {
            return op.apply(inner).await;
        };
        others.a_moment().await;
        let is_there = inner.get_namespace(*tenant, catalog, path).await?.is_some();
        if !is_there || !others.have_overlapped() {
            return op.apply(inner).await;
        }
        let refusal = StoreError::conflict(ConflictReason::NotEmpty, path);
        lock(refused).push(op);
        Err(refusal)
    }
);
