//! Stores that break the contract, grouped by what they break.

pub(super) mod assets;
pub(super) mod audit;
pub(super) mod branches;
pub(super) mod catalogs;
pub(super) mod commits;
pub(super) mod lists;
pub(super) mod merges;
pub(super) mod metadata;
pub(super) mod namespaces;
pub(super) mod numbers;
pub(super) mod optional;
pub(super) mod people;
pub(super) mod search;
pub(super) mod swallowed;
pub(super) mod tenants;
pub(super) mod times;
pub(super) mod tokens;
pub(super) mod undecodable;
pub(super) mod updates;
