//! Writes that are tried again although they had taken effect.

use pangolin_store::*;

use super::fault;
use crate::contract::op::Op;

fault!(
    AlreadyExistsForOwnWrite,
    "already-exists-for-own-write",
    Roles,
    Concurrency,
    "creates a role under load, tries again, and answers that it exists",
    |op, inner, others| {
        let answer = op.apply(inner).await?;
        if !matches!(op, Op::CreateRole { .. }) {
            return Ok(answer);
        }
        others.a_moment().await;
        if others.have_overlapped() { op.apply(inner).await } else { Ok(answer) }
    }
);

fault!(
    StaleForOwnCommit,
    "stale-for-own-commit",
    Commits,
    Concurrency,
    "makes a commit under load, tries again, and answers that the branch has another head",
    |op, inner, others| {
        let answer = op.apply(inner).await?;
        let Op::Commit { on, .. } = &op else { return Ok(answer) };
        others.a_moment().await;
        if others.have_overlapped() {
            return Err(StoreError::conflict(ConflictReason::Stale, on));
        }
        Ok(answer)
    }
);

fault!(
    StaleForOwnSwap,
    "stale-for-own-swap",
    Assets,
    Concurrency,
    "swaps a metadata location under load, tries again, and finds its own",
    |op, inner, others| {
        let answer = op.apply(inner).await?;
        if !matches!(op, Op::CommitMetadata { .. }) {
            return Ok(answer);
        }
        others.a_moment().await;
        if others.have_overlapped() { op.apply(inner).await } else { Ok(answer) }
    }
);

fault!(
    WrittenTwice,
    "asset-written-twice",
    Assets,
    Concurrency,
    "updates or deletes an asset, does it again, and so undoes what another call did in between",
    |op, inner, others| {
        let answer = op.apply(inner).await?;
        if matches!(op, Op::UpdateAsset { .. } | Op::DeleteAsset { .. }) {
            others.a_moment().await;
            // The caller gets the first answer.
            let _second = op.apply(inner).await;
        }
        Ok(answer)
    }
);
