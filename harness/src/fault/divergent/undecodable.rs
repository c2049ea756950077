//! Rows that one call writes and another cannot decode.

use pangolin_store::*;

use crate::contract::op::Op;
use crate::fault::fault;

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
    ListFailsOnJsonNull,
    "audit-list-fails-on-json-null",
    Audit,
    Divergent,
    "fails to list an event whose metadata is JSON's null, which it can write",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        let null = |event: &AuditEvent| event.metadata == Some(Json::default());
        let listed = reply.get_mut::<Vec<AuditEvent>>();
        if listed.is_some_and(|events| events.iter().any(null)) {
            return Err(StoreError::backend("column metadata: expected JSON, found null"));
        }
        Ok(reply)
    }
);

fault!(
    RootUserUndecodable,
    "root-user-undecodable",
    Users,
    Divergent,
    "fails to find a user of no tenant by its username",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        if let (Op::GetUserByUsername { .. }, Some(Some(user))) =
            (&op, reply.get_mut::<Option<User>>())
            && user.tenant.is_none()
        {
            return Err(StoreError::backend("column tenant_id: expected an id, found null"));
        }
        Ok(reply)
    }
);
