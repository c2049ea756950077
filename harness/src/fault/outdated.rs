//! Stores whose schema is an old one.

use pangolin_store::{AuditEvent, MergeConflict, ResourceType, ServiceUser, StoreError};

use super::fault;
use crate::contract::feature::Feature;
use crate::contract::op::Op;
use crate::contract::reply::Reply;

fault!(
    SettingsTableMissing,
    "settings-table-missing",
    Settings,
    Outdated,
    "has no table for settings",
    |op, inner| match op.method().feature() {
        Feature::Settings => Err(StoreError::backend("no such table: system_settings")),
        _ => op.apply(inner).await,
    }
);

fault!(
    AuditColumnsMissing,
    "audit-columns-missing",
    Audit,
    Outdated,
    "has the old columns of the audit log, so that every write fails",
    |op, inner| match op {
        Op::LogAuditEvent { .. } => Err(StoreError::backend("no such column: user_id")),
        _ => op.apply(inner).await,
    }
);

fault!(
    AuditColumnsDropped,
    "audit-columns-dropped",
    Audit,
    Outdated,
    "has the old columns of the audit log, and drops the user, the resource's type and the address",
    |op, inner| match op {
        Op::LogAuditEvent { event } => {
            let resource_type = ResourceType::Tenant;
            let event = AuditEvent { user: None, resource_type, ip_address: None, ..event };
            Op::LogAuditEvent { event }.apply(inner).await
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    MergeConflictsForgotten,
    "merge-conflicts-forgotten",
    Merges,
    Outdated,
    "keeps a merge and forgets its conflicts",
    |op, inner| match op {
        Op::GetConflict { .. } => Ok(Reply::new(None::<MergeConflict>)),
        Op::ListConflicts { .. } => Ok(Reply::new(Vec::<MergeConflict>::new())),
        _ => op.apply(inner).await,
    }
);

fault!(
    MergeResolutionForgotten,
    "merge-resolution-forgotten",
    Merges,
    Outdated,
    "keeps a conflict of a merge and forgets how it was resolved",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        if let Some(conflicts) = reply.get_mut::<Vec<MergeConflict>>() {
            conflicts.iter_mut().for_each(|conflict| conflict.resolution = None);
        }
        if let Some(Some(conflict)) = reply.get_mut::<Option<MergeConflict>>() {
            conflict.resolution = None;
        }
        if let Some(conflict) = reply.get_mut::<MergeConflict>() {
            conflict.resolution = None;
        }
        Ok(reply)
    }
);

fault!(
    ServiceUserDescriptionLost,
    "service-user-description-lost",
    ServiceUsers,
    Outdated,
    "has no column for the description of a service user, and drops it",
    |op, inner| match op {
        Op::CreateServiceUser { service_user } => {
            let service_user = ServiceUser { description: None, ..service_user };
            Op::CreateServiceUser { service_user }.apply(inner).await
        }
        _ => op.apply(inner).await,
    }
);
