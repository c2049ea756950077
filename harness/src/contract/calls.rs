//! The methods and calls of each feature area by themselves, so that a `match` on them is complete
//! without those of other areas.

use pangolin_store::*;
use std::num::NonZeroU32;

use super::method::Method;
use super::op::Op;
use super::table::{pass, table};

macro_rules! calls {
    ($($area:ident $feature:ident: $trait:ident {$(
        $variant:ident = $method:ident($($arg:ident: $([$copied:ty])? $(&$lent:ty)?),* $(,)?) -> $reply:ty {
            $($outcomes:tt)*
        }
    )+})+) => {
        $(pub(crate) mod $area {
            use super::*;

            /// A method of the area.
            #[derive(Clone, Copy)]
            #[allow(clippy::enum_variant_names, reason = "named after the methods")]
            pub(crate) enum Method {
                $($variant,)+
            }

            /// A call of the area, with its arguments by reference.
            #[allow(clippy::enum_variant_names, reason = "named after the methods")]
            #[allow(dead_code, reason = "an area looks at the arguments that it needs")]
            pub(crate) enum Call<'o> {
                $($variant { $($arg: $($copied)? $(&'o $lent)?),* },)+
            }
        })+

        /// A method as one of its area.
        pub(crate) enum AreaMethod {
            $($feature($area::Method),)+
        }

        /// A call as one of its area.
        pub(crate) enum AreaCall<'o> {
            $($feature($area::Call<'o>),)+
        }

        impl From<Method> for AreaMethod {
            fn from(method: Method) -> Self {
                match method {$($(
                    Method::$variant => Self::$feature($area::Method::$variant),
                )+)+}
            }
        }

        impl<'o> From<&'o Op> for AreaCall<'o> {
            fn from(op: &'o Op) -> Self {
                match op {$($(
                    Op::$variant { $($arg),* } => {
                        Self::$feature($area::Call::$variant {
                            $($arg: pass!($arg $([$copied])?)),*
                        })
                    }
                )+)+}
            }
        }
    };
}

table!(calls);
