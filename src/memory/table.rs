//! Tables: rows with two unique keys, one to find them by and one to list them by.

use std::fmt::Display;
use std::num::NonZeroU32;
use std::ops::Bound;
use std::sync::Arc;

use imbl::OrdMap;

use crate::{Entity, Result, StoreError};

/// A row of a [`Table`].
pub(super) trait Row: Clone {
    /// The entity of the row.
    const ENTITY: Entity;
    /// The id, which never changes.
    type Id: Copy + Ord + Display;
    /// The key in listings, which may change.
    type Key: Clone + Ord;

    fn id(&self) -> Self::Id;

    fn key(&self) -> Self::Key;

    /// How errors name the row.
    fn label(&self) -> String {
        self.id().to_string()
    }
}

/// Rows by key. No two have the same id, and no two the same key.
#[derive(Clone, PartialEq)]
pub(super) struct Table<T: Row> {
    rows: OrdMap<T::Key, Arc<T>>,
    keys: OrdMap<T::Id, T::Key>,
}

impl<T: Row> Default for Table<T> {
    fn default() -> Self {
        Self { rows: OrdMap::new(), keys: OrdMap::new() }
    }
}

impl<T: Row> Table<T> {
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = T::Id> {
        self.keys.keys().copied()
    }

    /// All rows, by key.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.rows.values().map(|row| &**row)
    }

    /// The rows strictly after `key`, by key.
    pub(super) fn after<'a>(
        &'a self,
        key: Option<&T::Key>,
    ) -> impl Iterator<Item = &'a T> + use<'a, T> {
        after(&self.rows, key).map(|(_, row)| &**row)
    }

    /// The rows from `key` on, itself included, by key.
    pub(super) fn starting_at<'a>(
        &'a self,
        key: Option<&T::Key>,
    ) -> impl Iterator<Item = &'a T> + use<'a, T> {
        let start = key.map_or(Bound::Unbounded, Bound::Included);
        self.rows.range::<_, T::Key>((start, Bound::Unbounded)).map(|(_, row)| &**row)
    }

    pub(super) fn get(&self, id: T::Id) -> Option<&T> {
        self.at(self.keys.get(&id)?)
    }

    pub(super) fn at(&self, key: &T::Key) -> Option<&T> {
        self.rows.get(key).map(|row| &**row)
    }

    /// Like [`get`](Self::get), or `NotFound`.
    pub(super) fn find(&self, id: T::Id) -> Result<&T> {
        self.get(id).ok_or_else(|| StoreError::not_found(T::ENTITY, id))
    }

    /// Like [`at`](Self::at), or `NotFound`.
    pub(super) fn find_at(&self, key: &T::Key) -> Result<&T>
    where
        T::Key: Display,
    {
        self.at(key).ok_or_else(|| StoreError::not_found(T::ENTITY, key))
    }

    /// The row of that id, or `NotFound`. Its id and its key must not be changed.
    pub(super) fn find_mut(&mut self, id: T::Id) -> Result<&mut T> {
        let row = self.keys.get(&id).and_then(|key| self.rows.get_mut(key));
        row.map(Arc::make_mut).ok_or_else(|| StoreError::not_found(T::ENTITY, id))
    }

    /// The row of that key, or `NotFound`. Its id and its key must not be changed.
    pub(super) fn find_at_mut(&mut self, key: &T::Key) -> Result<&mut T>
    where
        T::Key: Display,
    {
        let row = self.rows.get_mut(key).map(Arc::make_mut);
        row.ok_or_else(|| StoreError::not_found(T::ENTITY, key))
    }

    /// Adds a row, or `AlreadyExists` when its id or its key is taken.
    pub(super) fn add(&mut self, row: T) -> Result<()> {
        if self.keys.contains_key(&row.id()) {
            return Err(StoreError::already_exists(T::ENTITY, row.label()));
        }
        self.put(row).map(drop)
    }

    /// Adds a row, or replaces the one with its id, and returns it; `AlreadyExists` when another one
    /// has its key.
    pub(super) fn put(&mut self, row: T) -> Result<T> {
        let (id, key) = (row.id(), row.key());
        if self.at(&key).is_some_and(|holder| holder.id() != id) {
            return Err(StoreError::already_exists(T::ENTITY, row.label()));
        }
        if let Some(before) = self.keys.insert(id, key.clone()) {
            self.rows.remove(&before);
        }
        self.rows.insert(key, Arc::new(row.clone()));
        Ok(row)
    }

    /// Removes the row of that id and returns it, or `NotFound`.
    pub(super) fn remove(&mut self, id: T::Id) -> Result<Arc<T>> {
        let row = self.keys.remove(&id).and_then(|key| self.rows.remove(&key));
        row.ok_or_else(|| StoreError::not_found(T::ENTITY, id))
    }
}

/// The entries of `map` strictly after `key`.
pub(super) fn after<'a, K: Ord, V>(
    map: &'a OrdMap<K, V>,
    key: Option<&K>,
) -> impl Iterator<Item = (&'a K, &'a V)> + use<'a, K, V> {
    let start = key.map_or(Bound::Unbounded, Bound::Excluded);
    map.range::<_, K>((start, Bound::Unbounded))
}

/// The first `limit` of `rows`.
pub(super) fn first<'a, T: Clone + 'a>(
    limit: NonZeroU32,
    rows: impl Iterator<Item = &'a T>,
) -> Vec<T> {
    rows.take(limit.get() as usize).cloned().collect()
}

/// Removes the entries that are not to be kept.
pub(super) fn retain<K: Clone + Ord, V: Clone>(map: &mut OrdMap<K, V>, keep: impl Fn(&V) -> bool) {
    let gone: Vec<K> =
        map.iter().filter(|(_, value)| !keep(value)).map(|(key, _)| key.clone()).collect();
    for key in gone {
        map.remove(&key);
    }
}
