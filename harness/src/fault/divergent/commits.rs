//! Commits.

use pangolin_store::*;

use crate::contract::op::Op;
use crate::fault::edits::{at, put};
use crate::fault::fault;

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
