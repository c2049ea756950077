//! Empties a store.

use bson::{Document, doc};
use futures_util::future::try_join_all;

use super::MongoStore;
use super::schema::collections;
use crate::Result;

impl MongoStore {
    /// Deletes everything in the store. No other call may run.
    ///
    /// For test harnesses, which start again many times: it is much faster than a new database.
    ///
    /// # Errors
    /// `Backend` when the database fails.
    pub async fn clear(&self) -> Result<()> {
        let [first, rest @ ..] = &samples()[..] else { return Ok(()) };
        let (name, mut pipeline) = (first.0, first.1.clone());
        pipeline.extend(rest.iter().map(|(name, sample)| {
            doc! { "$unionWith": { "coll": *name, "pipeline": sample.clone() } }
        }));
        let filled =
            self.all(name, pipeline, |row| Ok(row.get_str("of").unwrap_or_default().to_owned()));
        let deletes = filled
            .await?
            .into_iter()
            .map(|name| async move { self.collection(&name).delete_many(doc! {}).await });
        try_join_all(deletes).await?;
        Ok(())
    }
}

/// The stages that yield the name of each collection that is not empty.
fn samples() -> Vec<(&'static str, Vec<Document>)> {
    let sample = |name: &'static str| {
        let name_it = doc! { "$project": { "_id": 0, "of": { "$literal": name } } };
        (name, vec![doc! { "$limit": 1 }, name_it])
    };
    collections().into_iter().map(sample).collect()
}
