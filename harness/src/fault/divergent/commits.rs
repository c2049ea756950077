//! Commits.

use pangolin_store::*;

use crate::fault::fault;
use crate::fault::rows::{at, put};
use crate::op::Op;
use crate::outcome::Reply;

fault!(
    PartlyApplied,
    "commit-partly-applied",
    Commits,
    Divergent,
    "applies the operations of a commit before the one that fails",
    |op, inner| match (&op, op.apply(inner).await) {
        (Op::Commit { tenant, on, commit }, Err(error)) if is_of_an_operation(&error) => {
            for operation in commit.operations.as_slice() {
                let applied = match operation {
                    CommitOperation::Put { asset } => put(inner, *tenant, on, asset).await,
                    CommitOperation::Delete { .. } => {
                        inner.delete_asset(*tenant, &at(on, operation.place())).await
                    }
                };
                if applied.is_err() {
                    break;
                }
            }
            Err(error)
        }
        (_, answer) => answer,
    }
);

fn is_of_an_operation(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::NotFound { entity: Entity::Namespace | Entity::Asset, .. }
            | StoreError::AlreadyExists { entity: Entity::Asset, .. }
    )
}

fault!(
    HistoryFailsOnMerges,
    "history-fails-on-merges",
    Commits,
    Divergent,
    "fails to read a commit without operations, which a merge can write",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        let is_empty = |commit: &Commit| commit.operations.is_empty();
        let listed = reply.get_mut::<Vec<Commit>>();
        let mut undecodable = listed.is_some_and(|commits| commits.iter().any(is_empty));
        if let Some(Some(commit)) = reply.get_mut::<Option<Commit>>() {
            undecodable = is_empty(commit);
        }
        if undecodable {
            return Err(StoreError::backend("column operations: expected an array, found null"));
        }
        Ok(reply)
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
