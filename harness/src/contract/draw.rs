//! Drawing the arguments of a call: mostly what exists in the model, sometimes what does not.
//!
//! This file draws what every area uses. Each area in [`areas`](super::areas) adds how its own names, addresses
//! and calls are drawn.

use std::num::NonZeroU32;

use pangolin_store::*;
use uuid::Uuid;

use super::choice::Chooser;
use super::model::Model;
use super::world::{self, JSONS, NAMES, PROPERTIES, SECRETS, TEXTS, TIMES};

/// How often, in a hundred, an address names something that need not exist.
pub(super) const MISS: usize = 5;

/// A source of choices, and the model that the drawn call will be made on.
pub(crate) struct Draw<'a> {
    pub(crate) choose: Chooser<'a>,
    pub(crate) model: Model<'a>,
}

impl Draw<'_> {
    /// Mostly one of `there`, otherwise one of `all`.
    pub(super) fn existing<T: Clone>(&mut self, there: &[T], all: &[T]) -> T {
        let from = if there.is_empty() || self.choose.percent(MISS) { all } else { there };
        self.choose.pick(from).expect("the world has some of everything").clone()
    }

    /// Mostly one of `all` that is not `there` yet.
    pub(super) fn fresh<T: Clone + PartialEq>(&mut self, there: &[T], all: &[T]) -> T {
        let free: Vec<T> = all.iter().filter(|item| !there.contains(item)).cloned().collect();
        let from = if free.is_empty() || self.choose.percent(12) { all } else { &free };
        self.choose.pick(from).expect("the world has some of everything").clone()
    }

    /// One of the world's ids of a sort.
    pub(super) fn id<T: From<Uuid>>(&mut self) -> T {
        world::id(self.choose.below(world::IDS))
    }

    /// Mostly an id that exists.
    pub(super) fn existing_id<T: From<Uuid> + Copy>(&mut self, there: &[T]) -> T {
        self.existing(there, &world::ids())
    }

    /// Mostly an id that does not exist yet.
    pub(super) fn fresh_id<T: From<Uuid> + Copy + PartialEq>(&mut self, there: &[T]) -> T {
        self.fresh(there, &world::ids())
    }

    /// Any name.
    pub(super) fn name(&mut self) -> Name {
        self.choose.pick(&NAMES).expect("there are names").clone()
    }

    /// Any text.
    pub(super) fn text(&mut self) -> Text {
        self.choose.pick(&TEXTS).expect("there are texts").clone()
    }

    /// Any time.
    pub(super) fn time(&mut self) -> Timestamp {
        *self.choose.pick(&TIMES).expect("there are times")
    }

    /// Any JSON.
    pub(super) fn json(&mut self) -> Json {
        self.choose.pick(&JSONS).expect("there are values").clone()
    }

    /// Any secret.
    pub(super) fn secret(&mut self) -> Secret {
        self.choose.pick(&SECRETS).expect("there are secrets").clone()
    }

    /// Any properties.
    pub(super) fn properties(&mut self) -> Properties {
        self.choose.pick(&PROPERTIES).expect("there are properties").clone()
    }

    /// A value, in half of the cases.
    pub(super) fn maybe<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.choose.percent(50) { Some(value(self)) } else { None }
    }

    /// Any variant of an enum.
    pub(super) fn one_of<T: strum::IntoEnumIterator>(&mut self) -> T {
        let count = T::iter().count();
        let index = self.choose.below(count);
        T::iter().nth(index).expect("the index is below the count")
    }

    /// A page of a listing whose keys are like `keys`: small ones, to be followed, and whole ones.
    pub(super) fn page<K: Clone>(&mut self, keys: &[K]) -> Page<K> {
        let after = if self.choose.percent(40) { self.choose.pick(keys).cloned() } else { None };
        let limits = [NonZeroU32::MIN, NonZeroU32::MIN.saturating_add(1), NonZeroU32::MAX];
        Page { after, limit: limits[self.choose.below(limits.len())] }
    }

    /// A page that often begins after a row that exists: only such a page shows whether that row is repeated.
    pub(super) fn page_of<K: Clone>(&mut self, there: &[K], others: &[K]) -> Page<K> {
        let keys = if !there.is_empty() && self.choose.percent(50) { there } else { others };
        self.page(keys)
    }
}
