//! Operations: every call of the contract as a value.

use std::any::Any;
use std::num::NonZeroU32;

use pangolin_store::*;
use serde::{Deserialize, Serialize};

use super::method::Method;
use super::reply::Reply;
use super::table::{pass, table};

macro_rules! operations {
    ($($area:ident $feature:ident: $trait:ident {$(
        $variant:ident = $method:ident($($arg:ident: $([$copied:ty])? $(&$lent:ty)?),* $(,)?) -> $reply:ty {
            $($outcomes:tt)*
        }
    )+})+) => {
        /// A call with its arguments. Serialised as one key, the method, and its named arguments:
        /// `{"get_tenant":{"tenant":"…"}}`.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case", deny_unknown_fields)]
        #[allow(missing_docs)] // named after the methods and arguments of the contract
        pub enum Op {$($(
            $variant { $($arg: $($copied)? $($lent)?),* },
        )+)+}

        impl Op {
            /// Which method it calls.
            pub fn method(&self) -> Method {
                match self {$($(
                    Self::$variant { .. } => Method::$variant,
                )+)+}
            }

            /// The tenant that its address begins with, or that the thing which it creates belongs to; `None` when the
            /// address alone does not say.
            pub fn tenant(&self) -> Option<TenantId> {
                match self {$($(
                    Self::$variant { $($arg),* } => {
                        let arguments: &[&dyn Any] = &[$($arg),*];
                        arguments.first().and_then(|first| tenant_of(*first))
                    }
                )+)+}
            }

            /// Makes the call.
            ///
            /// # Errors
            /// Whatever the store answers.
            pub async fn apply(&self, store: &dyn CatalogStore) -> Result<Reply> {
                match self {$($(
                    Self::$variant { $($arg),* } => {
                        store.$method($(pass!($arg $([$copied])?)),*).await.map(Reply::new)
                    }
                )+)+}
            }
        }
    };
}

table!(operations);

/// The tenant that a first argument is, or belongs to.
fn tenant_of(argument: &dyn Any) -> Option<TenantId> {
    let id = argument.downcast_ref().copied();
    id.or_else(|| argument.downcast_ref().map(|token: &Token| token.tenant))
        .or_else(|| argument.downcast_ref().map(|event: &AuditEvent| event.tenant))
        .or_else(|| argument.downcast_ref().map(|request: &NewAccessRequest| request.tenant))
        .or_else(|| argument.downcast_ref().map(|service: &ServiceUser| service.tenant))
}
