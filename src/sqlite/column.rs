//! Converts the contract's types to columns and back.
//!
//! Ids are blobs of 16 bytes, times are microseconds, enums are their names, namespace paths are their
//! keys. All values with a structure are JSON. A column that cannot be read is an error, not a panic.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::error::Undecodable;
use crate::{
    AccessRequestId, ApiKeyHash, AssetId, AssetKind, AuditAction, AuditEventId, AuditResult,
    BranchKind, CatalogId, CommitId, ConflictId, ConflictKind, Json, MergeId, MergeStatus, Name,
    NamespacePath, PermissionId, Properties, RequestStatus, Resolution, ResourceId, ResourceType,
    RoleId, Scope, Secret, ServiceUserId, SmallSet, SyncOutcome, TenantId, Text, Timestamp,
    TokenId, UserId, UserRole, Vending, WarehouseId,
};

type Bound<'a> = rusqlite::Result<ToSqlOutput<'a>>;

fn undecodable(expected: &'static str) -> FromSqlError {
    FromSqlError::other(Undecodable { expected })
}

macro_rules! ids {
    ($($id:ident)+) => {$(
        impl ToSql for $id {
            fn to_sql(&self) -> Bound<'_> {
                Ok(self.uuid().as_bytes().to_vec().into())
            }
        }

        impl FromSql for $id {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                <[u8; 16]>::column_result(value).map(|bytes| Uuid::from_bytes(bytes).into())
            }
        }
    )+};
}

ids! {
    AccessRequestId AssetId AuditEventId CatalogId CommitId ConflictId MergeId PermissionId
    ResourceId RoleId ServiceUserId TenantId TokenId UserId WarehouseId
}

macro_rules! texts {
    ($($text:ident $show:ident)+) => {$(
        impl ToSql for $text {
            fn to_sql(&self) -> Bound<'_> {
                Ok(self.$show().into())
            }
        }

        impl FromSql for $text {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                Self::new(value.as_str()?).map_err(|_| undecodable(stringify!($text)))
            }
        }
    )+};
}

texts! { Name as_str Text as_str Secret expose ApiKeyHash expose }

macro_rules! enums {
    ($($kind:ident)+) => {$(
        impl ToSql for $kind {
            fn to_sql(&self) -> Bound<'_> {
                Ok(<&'static str>::from(self).into())
            }
        }

        impl FromSql for $kind {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_str()?.parse().map_err(|_| undecodable(stringify!($kind)))
            }
        }
    )+};
}

enums! {
    AssetKind AuditAction AuditResult BranchKind MergeStatus RequestStatus ResourceType SyncOutcome
    UserRole
}

macro_rules! json {
    ($($kind:ident)+) => {$(
        impl ToSql for $kind {
            fn to_sql(&self) -> Bound<'_> {
                to_json(self)
            }
        }

        impl FromSql for $kind {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                from_json(value, stringify!($kind))
            }
        }
    )+};
}

json! { ConflictKind Json Properties Resolution Scope Vending }

impl<T: Ord + Serialize> ToSql for SmallSet<T> {
    fn to_sql(&self) -> Bound<'_> {
        to_json(self)
    }
}

impl<T: Ord + DeserializeOwned> FromSql for SmallSet<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        from_json(value, "SmallSet")
    }
}

/// A value that is stored as JSON and whose type is not of this crate.
pub(super) struct AsJson<T>(pub(super) T);

impl<T: Serialize> ToSql for AsJson<T> {
    fn to_sql(&self) -> Bound<'_> {
        to_json(&self.0)
    }
}

impl<T: DeserializeOwned> FromSql for AsJson<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        from_json(value, "list").map(Self)
    }
}

fn to_json<'a>(value: &impl Serialize) -> Bound<'a> {
    match serde_json::to_string(value) {
        Ok(json) => Ok(json.into()),
        Err(error) => Err(rusqlite::Error::ToSqlConversionFailure(error.into())),
    }
}

/// Drops the parser's own error, which would quote its input. That may be a secret.
fn from_json<T: DeserializeOwned>(value: ValueRef<'_>, expected: &'static str) -> FromSqlResult<T> {
    serde_json::from_str(value.as_str()?).map_err(|_| undecodable(expected))
}

impl ToSql for Timestamp {
    fn to_sql(&self) -> Bound<'_> {
        Ok(self.micros().into())
    }
}

impl FromSql for Timestamp {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::from_micros(value.as_i64()?).map_err(|_| undecodable("Timestamp"))
    }
}

impl ToSql for NamespacePath {
    fn to_sql(&self) -> Bound<'_> {
        Ok(self.to_key().into())
    }
}

impl FromSql for NamespacePath {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::from_key(value.as_str()?).map_err(|_| undecodable("NamespacePath"))
    }
}
