//! Reads: each is one command and sees one state of the database.

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use mongodb::error::Error;
use mongodb::options::{ReturnDocument, UpdateModifications};
use mongodb::{Collection, Database};

use super::MongoStore;
use super::error::{Undecodable, is_duplicate};
use super::value::Fields;
use crate::events::MONGO;
use crate::{Page, Result};

/// Reads a document.
pub(super) type Read<T> = fn(&Document) -> Result<T, Undecodable>;

/// More rows than a batch of the largest size holds, so that a page is as few batches as possible.
const BATCH: u32 = 1_000_000;

impl MongoStore {
    pub(super) fn database(&self) -> &Database {
        &self.shared.database
    }

    pub(super) fn collection(&self, name: &str) -> Collection<Document> {
        self.database().collection(name)
    }

    /// The document that matches.
    pub(super) async fn get<T>(
        &self,
        collection: &str,
        filter: Document,
        read: Read<T>,
    ) -> Result<Option<T>> {
        let _until_answered = MONGO.timed(collection);
        let found = self.collection(collection).find_one(filter).await?;
        Ok(found.as_ref().map(read).transpose()?)
    }

    /// The documents that match, by the fields of `order`, up to the page's limit.
    pub(super) async fn list<K, T>(
        &self,
        collection: &str,
        filter: Document,
        order: Document,
        page: &Page<K>,
        read: Read<T>,
    ) -> Result<Vec<T>> {
        let _until_answered = MONGO.timed(collection);
        let collection = self.collection(collection);
        let find = collection.find(filter).sort(order).limit(page.limit.get().into());
        let mut rows = find.batch_size(BATCH).await?;
        let mut read_rows = Vec::new();
        while let Some(row) = rows.try_next().await? {
            read_rows.push(read(&row)?);
        }
        Ok(read_rows)
    }

    /// All documents that a pipeline yields.
    pub(super) async fn all<T>(
        &self,
        collection: &str,
        pipeline: Vec<Document>,
        read: Read<T>,
    ) -> Result<Vec<T>> {
        let _until_answered = MONGO.timed(collection);
        let mut rows = self.collection(collection).aggregate(pipeline).batch_size(BATCH).await?;
        let mut read_rows = Vec::new();
        while let Some(row) = rows.try_next().await? {
            read_rows.push(read(&row)?);
        }
        Ok(read_rows)
    }

    /// The first document that a pipeline yields.
    pub(super) async fn first<T>(
        &self,
        collection: &str,
        pipeline: Vec<Document>,
        read: Read<T>,
    ) -> Result<Option<T>> {
        let _until_answered = MONGO.timed(collection);
        let first = self.collection(collection).aggregate(pipeline).await?.try_next().await?;
        Ok(first.as_ref().map(read).transpose()?)
    }

    /// The field `count` of the first document that a pipeline yields, or 0.
    pub(super) async fn count(&self, collection: &str, pipeline: Vec<Document>) -> Result<u64> {
        let count = self.first(collection, pipeline, |row| row.read::<u64>("count")).await?;
        Ok(count.unwrap_or(0))
    }

    /// Changes the document that matches, and returns it as it is now; `None` when there is none.
    pub(super) async fn change(
        &self,
        collection: &str,
        filter: Document,
        update: impl Into<UpdateModifications>,
    ) -> Result<Option<Document>, Error> {
        let _until_answered = MONGO.timed(collection);
        let collection = self.collection(collection);
        let update = update.into();
        loop {
            let elections = self.elections();
            let change = collection.find_one_and_update(filter.clone(), update.clone());
            match change.return_document(ReturnDocument::After).await {
                // An election may have undone what is in the way.
                Err(error) if is_duplicate(&error) && !self.has_settled(elections).await? => {}
                outcome => return outcome,
            }
        }
    }

    /// Adds a document.
    pub(super) async fn insert(&self, collection: &str, row: Document) -> Result<(), Error> {
        let _until_answered = MONGO.timed(collection);
        loop {
            let elections = self.elections();
            match self.collection(collection).insert_one(row.clone()).await {
                Err(error) if is_duplicate(&error) && !self.has_settled(elections).await? => {}
                outcome => return outcome.map(drop),
            }
        }
    }

    /// Deletes the document that matches; returns whether there was one.
    pub(super) async fn delete(&self, collection: &str, filter: Document) -> Result<bool> {
        let _until_answered = MONGO.timed(collection);
        Ok(self.collection(collection).delete_one(filter).await?.deleted_count > 0)
    }
}

/// The stages that lead from each document to those of another collection whose field `foreign` equals
/// its field `local`, as `pipeline` yields them.
pub(super) fn into_rows(
    collection: &str,
    local: &str,
    foreign: &str,
    pipeline: Vec<Document>,
) -> Vec<Document> {
    let lookup = doc! { "$lookup": {
        "from": collection, "localField": local, "foreignField": foreign,
        "pipeline": pipeline, "as": "row",
    } };
    vec![lookup, doc! { "$unwind": "$row" }, doc! { "$replaceRoot": { "newRoot": "$row" } }]
}

/// The stages that pick the documents that match, by the fields of `order`, up to the page's limit.
pub(super) fn page_of<K>(filter: Document, order: Document, page: &Page<K>) -> Vec<Document> {
    let limit = i64::from(page.limit.get());
    vec![doc! { "$match": filter }, doc! { "$sort": order }, doc! { "$limit": limit }]
}

/// Restricts `filter` to those whose `field` comes after the page's key.
pub(super) fn after<K: Clone + Into<Bson>>(
    mut filter: Document,
    field: &str,
    page: &Page<K>,
) -> Document {
    if let Some(key) = &page.after {
        filter.insert(field, doc! { "$gt": key.clone() });
    }
    filter
}

/// The fields to change in a document.
#[derive(Default)]
pub(super) struct Changes(Document);

impl Changes {
    pub(super) fn set<T: Clone + Into<Bson>>(mut self, field: &str, value: &Option<T>) -> Self {
        if let Some(value) = value {
            self.0.insert(field, value.clone());
        }
        self
    }

    pub(super) fn update(self) -> Document {
        doc! { "$set": self.0 }
    }
}
