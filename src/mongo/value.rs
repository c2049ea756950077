//! Converts the contract's types to BSON and back; no other file does.
//!
//! Ids are binary of subtype 4, which is ordered by its bytes. Times are microseconds in an i64, because
//! BSON's own dates keep milliseconds. Enums are their names, namespace paths their keys. A structure that
//! no query looks into is a string of JSON, in which keys may contain dots and dollars, and i64, u64 and
//! floats stay what they were. Strings are compared bytewise, because no collection has a collation. A
//! value that cannot be read is an error, not a panic.

use bson::spec::BinarySubtype;
use bson::{Binary, Bson, Document};
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

/// A type that can be read from a field.
pub(super) trait FromBson: Sized {
    /// What the field should contain, in errors.
    const EXPECTED: &'static str;

    fn from_bson(value: &Bson) -> Option<Self>;
}

/// Reads the fields of a document.
pub(super) trait Fields {
    /// The value of a field; a missing one is null.
    fn read<T: FromBson>(&self, field: &str) -> Result<T, Undecodable>;
}

impl Fields for Document {
    fn read<T: FromBson>(&self, field: &str) -> Result<T, Undecodable> {
        let value = self.get(field).unwrap_or(&Bson::Null);
        T::from_bson(value)
            .ok_or_else(|| Undecodable { field: field.to_owned(), expected: T::EXPECTED })
    }
}

impl<T: FromBson> FromBson for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn from_bson(value: &Bson) -> Option<Self> {
        match value {
            Bson::Null => Some(None),
            value => T::from_bson(value).map(Some),
        }
    }
}

/// Any id.
pub(super) fn uuid(uuid: Uuid) -> Bson {
    Bson::Binary(Binary { subtype: BinarySubtype::Uuid, bytes: uuid.as_bytes().to_vec() })
}

macro_rules! ids {
    ($($id:ident)+) => {$(
        impl From<$id> for Bson {
            fn from(id: $id) -> Self {
                uuid(id.uuid())
            }
        }

        impl FromBson for $id {
            const EXPECTED: &'static str = stringify!($id);

            fn from_bson(value: &Bson) -> Option<Self> {
                let Bson::Binary(Binary { subtype: BinarySubtype::Uuid, bytes }) = value else {
                    return None;
                };
                Uuid::from_slice(bytes).ok().map(Self::new)
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
        impl From<$text> for Bson {
            fn from(text: $text) -> Self {
                text.$show().into()
            }
        }

        impl FromBson for $text {
            const EXPECTED: &'static str = stringify!($text);

            fn from_bson(value: &Bson) -> Option<Self> {
                Self::new(value.as_str()?).ok()
            }
        }
    )+};
}

texts! { Name as_str Text as_str Secret expose ApiKeyHash expose }

macro_rules! enums {
    ($($kind:ident)+) => {$(
        impl From<$kind> for Bson {
            fn from(kind: $kind) -> Self {
                <&'static str>::from(kind).into()
            }
        }

        impl FromBson for $kind {
            const EXPECTED: &'static str = stringify!($kind);

            fn from_bson(value: &Bson) -> Option<Self> {
                value.as_str()?.parse().ok()
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
        impl From<$kind> for Bson {
            fn from(value: $kind) -> Self {
                json(&value)
            }
        }

        impl FromBson for $kind {
            const EXPECTED: &'static str = stringify!($kind);

            fn from_bson(value: &Bson) -> Option<Self> {
                serde_json::from_str(value.as_str()?).ok()
            }
        }
    )+};
}

json! { ConflictKind Json Properties Resolution Scope Vending }

impl<T: Ord + Serialize> From<SmallSet<T>> for Bson {
    fn from(set: SmallSet<T>) -> Self {
        json(&set)
    }
}

impl<T: Ord + DeserializeOwned> FromBson for SmallSet<T> {
    const EXPECTED: &'static str = "SmallSet";

    fn from_bson(value: &Bson) -> Option<Self> {
        serde_json::from_str(value.as_str()?).ok()
    }
}

/// Anything as a string of JSON.
pub(super) fn json(value: &impl Serialize) -> Bson {
    let json = serde_json::to_string(value);
    Bson::String(json.expect("the crate's types have text keys and no serialiser that fails"))
}

/// Any value from a string of JSON: for types that are not of this crate.
pub(super) struct AsJson<T>(pub(super) T);

impl<T: DeserializeOwned> FromBson for AsJson<T> {
    const EXPECTED: &'static str = "list";

    fn from_bson(value: &Bson) -> Option<Self> {
        serde_json::from_str(value.as_str()?).ok().map(Self)
    }
}

impl From<Timestamp> for Bson {
    fn from(time: Timestamp) -> Self {
        time.micros().into()
    }
}

impl FromBson for Timestamp {
    const EXPECTED: &'static str = "Timestamp";

    fn from_bson(value: &Bson) -> Option<Self> {
        Self::from_micros(value.as_i64()?).ok()
    }
}

impl From<NamespacePath> for Bson {
    fn from(path: NamespacePath) -> Self {
        path.to_key().into()
    }
}

impl FromBson for NamespacePath {
    const EXPECTED: &'static str = "NamespacePath";

    fn from_bson(value: &Bson) -> Option<Self> {
        Self::from_key(value.as_str()?).ok()
    }
}

impl FromBson for bool {
    const EXPECTED: &'static str = "boolean";

    fn from_bson(value: &Bson) -> Option<Self> {
        value.as_bool()
    }
}

impl FromBson for bson::oid::ObjectId {
    const EXPECTED: &'static str = "key";

    fn from_bson(value: &Bson) -> Option<Self> {
        value.as_object_id()
    }
}

macro_rules! numbers {
    ($($number:ident)+) => {$(
        impl FromBson for $number {
            const EXPECTED: &'static str = "whole number";

            fn from_bson(value: &Bson) -> Option<Self> {
                match *value {
                    Bson::Int32(number) => number.try_into().ok(),
                    Bson::Int64(number) => number.try_into().ok(),
                    _ => None,
                }
            }
        }
    )+};
}

numbers! { i32 i64 u16 u32 u64 }
