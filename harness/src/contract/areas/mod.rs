//! What each feature area means to the harness: one file an area, which implements [`Area`].
//!
//! A method that an area forgets does not compile: the areas' methods and calls are enums of their own
//! (`calls.rs`), and no `match` on them may have an arm for "all others".
#![deny(clippy::wildcard_enum_match_arm, clippy::match_wildcard_for_single_variants)]

mod access_requests;
mod assets;
mod audit;
mod branches;
mod business_metadata;
mod catalogs;
mod commits;
mod federation;
mod merges;
mod namespaces;
mod permissions;
mod roles;
mod search;
mod service_users;
mod settings;
mod tags;
mod tenants;
#[cfg(test)]
mod tests;
mod tokens;
mod users;
mod warehouses;

use pangolin_store::{Name, Page, TenantId};
use strum::IntoEnumIterator;

use super::calls::{AreaCall, AreaMethod};
use super::draw::Draw;
use super::feature::Feature;
use super::method::{Effect, Method};
use super::model::Model;
use super::op::Op;
use super::table::table;

/// What a feature area means to the harness.
pub(crate) trait Area {
    /// Its methods.
    type Method: Copy;
    /// A call of one of them.
    type Call<'o>;

    /// The features whose rows its own are about, or that it shows: calls of these lead it to new states.
    const NEEDS: &'static [Feature];
    /// How a divergence that its reads show is blamed.
    const BLAME: Blame;

    /// The method to call before `method`, when nothing exists that it could work on.
    fn prerequisite(method: Self::Method, model: Model<'_>) -> Option<Method>;

    /// Draws a call of `method`.
    fn draw(method: Self::Method, draw: &mut Draw<'_>) -> Op;

    /// The reads that show all of its rows in a tenant, and that there are no others.
    fn rows(tenant: TenantId, model: Model<'_>) -> Vec<Op>;

    /// The reads that show what a write has touched, on a model that has made it; none for a read.
    fn touched(call: Self::Call<'_>, model: Model<'_>) -> Vec<Op>;

    /// The ways to make a trace with this call simpler, beside those of its arguments: plainer texts, and
    /// what is optional left out.
    fn simpler(call: Self::Call<'_>) -> Vec<Simpler>;
}

/// How the divergences of an area are blamed. The rule is in `compare/classify.rs`.
pub(crate) struct Blame {
    /// The creations that change what other areas show, as every change does.
    pub(crate) creations_felt_elsewhere: &'static [Method],
    /// Whether its rows go with their asset: a row that outlives it is this area's fault, whatever call of
    /// another area took the asset, unless that took the whole tenant.
    pub(crate) rows_go_with_asset: bool,
}

impl Blame {
    /// Creations change nothing that other areas show, and rows go with nothing but their parents.
    const USUAL: Self = Self { creations_felt_elsewhere: &[], rows_go_with_asset: false };
}

/// What an earlier call becomes when it is made after another one; `None` where it cannot be.
pub(crate) type MadeAfter = Box<dyn Fn(&Op) -> Option<Op>>;

/// A way to make a trace simpler that one of its calls offers.
pub(crate) enum Simpler {
    /// The trace without the call, with one text in the place of another.
    Without {
        /// What is replaced.
        text: String,
        /// What takes its place.
        by: String,
        /// Whether only in the steps after the call.
        only_after: bool,
    },
    /// An earlier call is made after this one instead, as the function says, if it is one of those that
    /// can; and one of the calls after that goes.
    MakeAfter(MadeAfter),
    /// Another call in its place.
    Replace(Op),
}

impl Simpler {
    /// The trace without a call that gives something another name, and the old name in the calls after it.
    fn without_rename(old: &Name, new: Option<&Name>) -> Vec<Self> {
        let without = |new: &Name| Self::Without {
            text: new.to_string(),
            by: old.to_string(),
            only_after: true,
        };
        new.map(without).into_iter().collect()
    }
}

macro_rules! areas {
    ($($area:ident $feature:ident: $trait:ident { $($methods:tt)* })+) => {
        /// The method to call before `method`, when nothing exists that it could work on.
        pub(crate) fn prerequisite(method: Method, model: Model<'_>) -> Option<Method> {
            match method.into() {$(
                AreaMethod::$feature(method) => $area::$feature::prerequisite(method, model),
            )+}
        }

        /// Draws a call of `method`.
        pub(crate) fn draw(method: Method, draw: &mut Draw<'_>) -> Op {
            match method.into() {$(
                AreaMethod::$feature(method) => $area::$feature::draw(method, draw),
            )+}
        }

        /// The reads that show all rows of a feature in a tenant, and that there are no others.
        fn rows(feature: Feature, tenant: TenantId, model: Model<'_>) -> Vec<Op> {
            match feature {$(
                Feature::$feature => $area::$feature::rows(tenant, model),
            )+}
        }

        /// The reads that show what a write has touched, on a model that has made it; none for a read.
        pub(crate) fn touched(op: &Op, model: Model<'_>) -> Vec<Op> {
            match op.into() {$(
                AreaCall::$feature(call) => $area::$feature::touched(call, model),
            )+}
        }

        /// The ways to make a trace with this call simpler, beside those of its arguments.
        pub(crate) fn simpler(op: &Op) -> Vec<Simpler> {
            match op.into() {$(
                AreaCall::$feature(call) => $area::$feature::simpler(call),
            )+}
        }

        fn blame(feature: Feature) -> Blame {
            match feature {$(
                Feature::$feature => $area::$feature::BLAME,
            )+}
        }

        impl Feature {
            /// The features whose rows its own are about, or that it shows: calls of these lead it to new
            /// states.
            pub fn needs(self) -> &'static [Feature] {
                match self {$(
                    Self::$feature => $area::$feature::NEEDS,
                )+}
            }
        }
    };
}

table!(areas);

/// The reads that show everything that the model holds, and that nothing else exists.
pub(crate) fn everything(model: Model<'_>) -> Vec<Op> {
    let of_tenants = model.tenants().into_iter().flat_map(|tenant| tenant_rows(tenant, model));
    all_tenants_and_users().into_iter().chain(of_tenants).collect()
}

/// The reads that show all rows in a tenant, and that there are no others.
fn tenant_rows(tenant: TenantId, model: Model<'_>) -> Vec<Op> {
    Feature::iter().flat_map(|feature| rows(feature, tenant, model)).collect()
}

/// The reads that show what lies in no tenant.
fn all_tenants_and_users() -> Vec<Op> {
    vec![Op::ListTenants { page: Page::all() }, Op::ListUsers { tenant: None, page: Page::all() }]
}

/// Whether a call of `method` changes what other features show.
pub(crate) fn is_felt_elsewhere(method: Method) -> bool {
    match method.effect() {
        Effect::Read => false,
        Effect::Create => blame(method.feature()).creations_felt_elsewhere.contains(&method),
        Effect::Change => true,
    }
}

/// Whether the rows of a feature go with their asset by a rule of its own.
pub(crate) fn rows_go_with_asset(feature: Feature) -> bool {
    blame(feature).rows_go_with_asset
}
