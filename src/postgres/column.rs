//! Converts the contract's types to columns and back.
//!
//! Ids are UUIDs, times are microseconds, enums are their names, namespace paths are their keys. All
//! values with a structure are JSON. A column that cannot be read is an error, not a panic.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Decode, Encode, Type};
use sqlx_postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueRef, Postgres};
use uuid::Uuid;

use super::error::Undecodable;
use crate::{
    AccessRequestId, ApiKeyHash, AssetId, AssetKind, AuditAction, AuditEventId, AuditResult,
    BranchKind, CatalogId, CommitId, ConflictId, ConflictKind, Json, MergeId, MergeStatus, Name,
    NamespacePath, PermissionId, Properties, RequestStatus, Resolution, ResourceId, ResourceType,
    RoleId, Scope, Secret, ServiceUserId, SmallSet, SyncOutcome, TenantId, Text, Timestamp,
    TokenId, UserId, UserRole, Vending, WarehouseId,
};

type Encoded = Result<IsNull, BoxDynError>;

fn undecodable(expected: &'static str) -> BoxDynError {
    Undecodable { expected }.into()
}

fn encode_text(text: &str, buffer: &mut PgArgumentBuffer) -> Encoded {
    Encode::<Postgres>::encode(text, buffer)
}

/// Declares types whose columns have the type of one of the driver's types.
macro_rules! stored_as {
    ($base:ty: $($kind:ty)+) => {$(
        impl Type<Postgres> for $kind {
            fn type_info() -> PgTypeInfo {
                <$base as Type<Postgres>>::type_info()
            }
        }

        impl PgHasArrayType for $kind {
            fn array_type_info() -> PgTypeInfo {
                <$base as PgHasArrayType>::array_type_info()
            }
        }
    )+};
}

macro_rules! ids {
    ($($id:ident)+) => {
        stored_as! { Uuid: $($id)+ }

        $(
            impl Encode<'_, Postgres> for $id {
                fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Encoded {
                    Encode::<Postgres>::encode(self.uuid(), buffer)
                }
            }

            impl Decode<'_, Postgres> for $id {
                fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
                    <Uuid as Decode<Postgres>>::decode(value).map(Self::new)
                }
            }

            impl From<$id> for Uuid {
                fn from(id: $id) -> Self {
                    id.uuid()
                }
            }
        )+
    };
}

ids! {
    AccessRequestId AssetId AuditEventId CatalogId CommitId ConflictId MergeId PermissionId
    ResourceId RoleId ServiceUserId TenantId TokenId UserId WarehouseId
}

macro_rules! texts {
    ($($text:ident $show:ident)+) => {
        stored_as! { &str: $($text)+ }

        $(
            impl Encode<'_, Postgres> for $text {
                fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Encoded {
                    encode_text(self.$show(), buffer)
                }
            }

            impl Decode<'_, Postgres> for $text {
                fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
                    Self::new(value.as_str()?).map_err(|_| undecodable(stringify!($text)))
                }
            }
        )+
    };
}

texts! { Name as_str Text as_str Secret expose ApiKeyHash expose }

macro_rules! enums {
    ($($kind:ident)+) => {
        stored_as! { &str: $($kind)+ }

        $(
            impl Encode<'_, Postgres> for $kind {
                fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Encoded {
                    encode_text(self.into(), buffer)
                }
            }

            impl Decode<'_, Postgres> for $kind {
                fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
                    value.as_str()?.parse().map_err(|_| undecodable(stringify!($kind)))
                }
            }
        )+
    };
}

enums! {
    AssetKind AuditAction AuditResult BranchKind MergeStatus RequestStatus ResourceType SyncOutcome
    UserRole
}

macro_rules! json {
    ($($kind:ident)+) => {
        stored_as! { &str: $($kind)+ }

        $(
            impl Encode<'_, Postgres> for $kind {
                fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Encoded {
                    encode_json(self, buffer)
                }
            }

            impl Decode<'_, Postgres> for $kind {
                fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
                    from_json(value, stringify!($kind))
                }
            }
        )+
    };
}

json! { ConflictKind Json Properties Resolution Scope Vending }

impl<T: Ord> Type<Postgres> for SmallSet<T> {
    fn type_info() -> PgTypeInfo {
        <&str as Type<Postgres>>::type_info()
    }
}

impl<T: Ord + Serialize> Encode<'_, Postgres> for SmallSet<T> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Encoded {
        encode_json(self, buffer)
    }
}

impl<T: Ord + DeserializeOwned> Decode<'_, Postgres> for SmallSet<T> {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        from_json(value, "SmallSet")
    }
}

/// A value that is stored as JSON and whose type is not of this crate.
pub(super) struct AsJson<T>(pub(super) T);

impl<T> Type<Postgres> for AsJson<T> {
    fn type_info() -> PgTypeInfo {
        <&str as Type<Postgres>>::type_info()
    }
}

impl<T: Serialize> Encode<'_, Postgres> for AsJson<T> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Encoded {
        encode_json(&self.0, buffer)
    }
}

impl<T: DeserializeOwned> Decode<'_, Postgres> for AsJson<T> {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        from_json(value, "list").map(Self)
    }
}

fn encode_json(value: &impl Serialize, buffer: &mut PgArgumentBuffer) -> Encoded {
    serde_json::to_writer(&mut **buffer, value)?;
    Ok(IsNull::No)
}

/// Drops the parser's own error, which would quote its input. That may be a secret.
fn from_json<T: DeserializeOwned>(
    value: PgValueRef<'_>,
    expected: &'static str,
) -> Result<T, BoxDynError> {
    serde_json::from_str(value.as_str()?).map_err(|_| undecodable(expected))
}

stored_as! { i64: Timestamp }

impl Encode<'_, Postgres> for Timestamp {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Encoded {
        Encode::<Postgres>::encode(self.micros(), buffer)
    }
}

impl Decode<'_, Postgres> for Timestamp {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let micros = <i64 as Decode<Postgres>>::decode(value)?;
        Self::from_micros(micros).map_err(|_| undecodable("Timestamp"))
    }
}

stored_as! { &str: NamespacePath }

impl Encode<'_, Postgres> for NamespacePath {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Encoded {
        encode_text(&self.to_key(), buffer)
    }
}

impl Decode<'_, Postgres> for NamespacePath {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        Self::from_key(value.as_str()?).map_err(|_| undecodable("NamespacePath"))
    }
}
