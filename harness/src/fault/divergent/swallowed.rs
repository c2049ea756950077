//! Errors that the caller does not see.

use pangolin_store::*;

use crate::contract::op::Op;
use crate::contract::reply::Reply;
use crate::fault::fault;

fault!(
    TenantErrorSwallowed,
    "tenant-error-swallowed",
    Tenants,
    Divergent,
    "answers success when the tenant to delete is not there",
    |op, inner| match (&op, op.apply(inner).await) {
        (Op::DeleteTenant { .. }, Err(StoreError::NotFound { .. })) => Ok(Reply::new(())),
        (_, answer) => answer,
    }
);

fault!(
    DuplicateWarehouseSwallowed,
    "duplicate-warehouse-swallowed",
    Warehouses,
    Divergent,
    "answers success when a warehouse is there already",
    |op, inner| match (&op, op.apply(inner).await) {
        (Op::CreateWarehouse { .. }, Err(StoreError::AlreadyExists { .. })) => Ok(Reply::new(())),
        (_, answer) => answer,
    }
);

fault!(
    DuplicateTagSwallowed,
    "duplicate-tag-swallowed",
    Tags,
    Divergent,
    "answers success when a tag is there already",
    |op, inner| match (&op, op.apply(inner).await) {
        (Op::CreateTag { .. }, Err(StoreError::AlreadyExists { .. })) => Ok(Reply::new(())),
        (_, answer) => answer,
    }
);

fault!(
    StaleCommitSwallowed,
    "stale-commit-swallowed",
    Commits,
    Divergent,
    "answers success when a commit is stale",
    |op, inner| match (&op, op.apply(inner).await) {
        (Op::Commit { .. }, Err(StoreError::Conflict { .. })) => Ok(Reply::new(())),
        (_, answer) => answer,
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
    SyncOfLocalSwallowed,
    "sync-of-local-swallowed",
    Federation,
    Divergent,
    "answers success when the catalog that was synchronised is a local one",
    |op, inner| match (&op, op.apply(inner).await) {
        (Op::RecordSync { .. }, Err(StoreError::Conflict { .. })) => Ok(Reply::new(())),
        (_, answer) => answer,
    }
);
