//! Stores whose schema is an old one.

use pangolin_store::{ServiceUser, StoreError};

use super::fault;
use crate::feature::Feature;
use crate::op::Op;

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
