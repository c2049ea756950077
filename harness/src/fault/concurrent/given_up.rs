//! Calls that leave something when they are given up.

use std::sync::atomic::{AtomicUsize, Ordering};

use pangolin_store::*;
use tokio::sync::Semaphore;

use super::fault;
use crate::contract::feature::Feature;
use crate::contract::op::Op;
use crate::fault::edits::{at, put};

/// A lock that is taken and released by hand.
pub(super) struct Lock(Semaphore);

impl Default for Lock {
    fn default() -> Self {
        Self(Semaphore::new(1))
    }
}

fault!(
    LockKept(Lock),
    "lock-kept",
    Assets,
    GivingUp,
    "does not release the lock for writes of assets when a call is given up, so that later ones wait forever",
    |op, inner, others, lock| {
        if op.method().feature() != Feature::Assets || op.method().is_read() {
            return op.apply(inner).await;
        }
        lock.0.acquire().await.map_err(StoreError::backend)?.forget();
        others.a_moment().await;
        let answer = op.apply(inner).await;
        others.a_moment().await;
        lock.0.add_permits(1);
        answer
    }
);

/// How many sessions a store has.
const SESSIONS: usize = 2;

/// The sessions that are free. They are closed when all have been left open.
pub(super) struct Sessions {
    free: Semaphore,
    left_open: AtomicUsize,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { free: Semaphore::new(SESSIONS), left_open: AtomicUsize::new(0) }
    }
}

/// A session that a call has.
struct Session<'a> {
    sessions: &'a Sessions,
    is_done: bool,
}

impl Sessions {
    /// Waits for a session, unless there will never be one.
    async fn take(&self) -> Result<Session<'_>> {
        let Ok(permit) = self.free.acquire().await else {
            return Err(StoreError::backend("no session is free"));
        };
        permit.forget();
        Ok(Session { sessions: self, is_done: false })
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        if self.is_done {
            self.sessions.free.add_permits(1);
        } else if self.sessions.left_open.fetch_add(1, Ordering::SeqCst) + 1 == SESSIONS {
            self.sessions.free.close();
        }
    }
}

fault!(
    SessionLeftOpen(Sessions),
    "session-left-open",
    Assets,
    GivingUp,
    "leaves a session open when a call is given up, and fails every call when none is free",
    |op, inner, others, sessions| {
        let mut session = sessions.take().await?;
        others.a_moment().await;
        let answer = op.apply(inner).await;
        session.is_done = true;
        answer
    }
);

fault!(
    UpdateHalfWritten,
    "update-half-written",
    Assets,
    GivingUp,
    "updates the fields of an asset one by one, and leaves it half updated when the call is given up",
    |op, inner, others| {
        let Op::UpdateAsset { tenant, at, update } = &op else { return op.apply(inner).await };
        for field in fields(update) {
            inner.update_asset(*tenant, at, &field).await?;
            others.a_moment().await;
        }
        op.apply(inner).await
    }
);

/// An update of each field.
fn fields(update: &AssetUpdate) -> [AssetUpdate; 4] {
    let AssetUpdate { kind, location, metadata_location, properties } = update.clone();
    [
        AssetUpdate { kind, ..AssetUpdate::default() },
        AssetUpdate { location, ..AssetUpdate::default() },
        AssetUpdate { metadata_location, ..AssetUpdate::default() },
        AssetUpdate { properties, ..AssetUpdate::default() },
    ]
}

fault!(
    CommitHalfWritten,
    "commit-half-written",
    Commits,
    GivingUp,
    "writes the assets of a commit one by one before its head, and leaves some when the call is given up",
    |op, inner, others| {
        let Op::Commit { tenant, on, commit } = &op else { return op.apply(inner).await };
        if let Some(assets) = puts(commit)
            && can_be_made(inner, *tenant, on, commit, &assets).await?
        {
            for asset in assets {
                put(inner, *tenant, on, asset).await?;
                others.a_moment().await;
            }
        }
        op.apply(inner).await
    }
);

/// The assets of a commit that deletes none and puts each once.
fn puts(commit: &NewCommit) -> Option<Vec<&Asset>> {
    let mut assets: Vec<&Asset> = Vec::new();
    for operation in commit.operations.as_slice() {
        let CommitOperation::Put { asset } = operation else { return None };
        if assets.iter().any(|other| other.id == asset.id || other.place() == asset.place()) {
            return None;
        }
        assets.push(asset);
    }
    Some(assets)
}

/// Whether the store would accept a commit of these assets.
async fn can_be_made(
    inner: &dyn CatalogStore,
    tenant: TenantId,
    on: &BranchRef,
    commit: &NewCommit,
    assets: &[&Asset],
) -> Result<bool> {
    let branch = inner.get_branch(tenant, &on.catalog, &on.branch).await?;
    let is_on_head = branch.is_some_and(|branch| branch.head == commit.parent);
    if !is_on_head || inner.get_commit(tenant, &on.catalog, commit.id).await?.is_some() {
        return Ok(false);
    }
    for asset in assets {
        let namespace = inner.get_namespace(tenant, &on.catalog, &asset.namespace).await?;
        let here = inner.get_asset(tenant, &at(on, asset.place())).await?;
        let same = inner.get_asset_by_id(tenant, on, asset.id).await?;
        if namespace.is_none() || here.map(|here| here.id) != same.map(|same| same.id) {
            return Ok(false);
        }
    }
    Ok(true)
}

fault!(
    UserHalfDeleted,
    "user-half-deleted",
    Users,
    GivingUp,
    "revokes a user's permissions and roles one by one before it deletes the user, and leaves some when the call \
     is given up",
    |op, inner, others| {
        let Op::DeleteUser { user } = &op else { return op.apply(inner).await };
        let Some(User { tenant: Some(tenant), .. }) = inner.get_user(*user).await? else {
            return op.apply(inner).await;
        };
        for permission in inner.list_user_permissions(tenant, *user, &Page::all()).await? {
            revoked(inner.revoke_permission(tenant, permission.id).await)?;
            others.a_moment().await;
        }
        for role in inner.list_user_roles(tenant, *user, &Page::all()).await? {
            revoked(inner.revoke_role(tenant, *user, role.id).await)?;
            others.a_moment().await;
        }
        op.apply(inner).await
    }
);

/// The answer to a revocation that another call may have made before.
fn revoked(answer: Result<()>) -> Result<()> {
    match answer {
        Err(StoreError::NotFound { .. }) => Ok(()),
        answer => answer,
    }
}
