//! The methods of the contract, by name: what each belongs to, does and can answer.

use pangolin_store::{ConflictReason, Entity};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumCount, EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};

use super::feature::Feature;
use super::label::Label;
use super::table::table;

/// What a method does to a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Read,
    /// It adds a thing that the caller gives.
    Create,
    /// It changes what exists, or takes it away.
    Change,
}

macro_rules! methods {
    ($($area:ident $feature:ident: $trait:ident {$(
        $variant:ident = $method:ident($($arguments:tt)*) -> $reply:ty {
            $effect:ident
            $(missing[$($missing:ident)+])?
            $(taken[$($taken:ident)+])?
            $(conflict[$($conflict:ident)+])?
            $(, $other:ident)*
        }
    )+})+) => {
        /// A method of the contract.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumCount, EnumIter,
            EnumString, IntoStaticStr, Serialize, Deserialize,
        )]
        #[serde(rename_all = "snake_case")]
        #[strum(serialize_all = "snake_case")]
        #[allow(missing_docs)] // named after the methods of the contract
        pub enum Method {$($(
            $variant,
        )+)+}

        impl Method {
            /// The feature area that it belongs to.
            pub fn feature(self) -> Feature {
                match self {$(
                    $(Self::$variant)|+ => Feature::$feature,
                )+}
            }

            /// What it does to a store.
            pub fn effect(self) -> Effect {
                match self {$($(
                    Self::$variant => effect!($effect),
                )+)+}
            }

            /// The type of what it answers.
            fn reply(self) -> &'static str {
                match self {$($(
                    Self::$variant => stringify!($reply),
                )+)+}
            }

            /// The outcomes that a call can have by the contract, success first.
            pub fn reachable(self) -> &'static [Label] {
                match self {$($(
                    Self::$variant => &[
                        Label::Ok,
                        $($(Label::NotFound(Entity::$missing),)+)?
                        $($(Label::AlreadyExists(Entity::$taken),)+)?
                        $($(Label::Conflict(ConflictReason::$conflict),)+)?
                        $(other!($other),)*
                    ],
                )+)+}
            }
        }
    };
}

macro_rules! effect {
    (read) => {
        Effect::Read
    };
    (create) => {
        Effect::Create
    };
    (change) => {
        Effect::Change
    };
}

macro_rules! other {
    (empty) => {
        Label::Empty
    };
    (invalid) => {
        Label::Invalid
    };
}

table!(methods);

impl Method {
    /// The name of the type whose rows it answers, if it answers rows.
    pub(crate) fn row_type(self) -> Option<&'static str> {
        let (list, row) = self.reply().strip_suffix('>')?.split_once('<')?;
        matches!(list.trim(), "Vec" | "Option").then_some(row.trim())
    }

    /// Whether it changes nothing.
    pub fn is_read(self) -> bool {
        self.effect() == Effect::Read
    }
}

impl Feature {
    /// Its methods, in the contract's order.
    pub fn methods(self) -> impl Iterator<Item = Method> {
        Method::iter().filter(move |method| method.feature() == self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_of_the_same_rows_answer_the_same_type() {
        assert_eq!(Method::GetTenant.row_type(), Some("Tenant"));
        assert_eq!(Method::ListTenants.row_type(), Some("Tenant"));
        assert_eq!(Method::CountAssets.row_type(), None);
        assert_eq!(Method::DeleteTenant.row_type(), None);
    }
}
