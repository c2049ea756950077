//! Leftovers: documents of a deleted catalog or branch, and of a copy that was not finished.
//!
//! They have the key of a catalog or branch that does not exist. No call reads under such a key, so a
//! deletion need not wait for them, however many they are. The key is recorded: if the process ends
//! before it has deleted them, they are deleted when the store is opened the next time.

use std::time::Duration;

use bson::oid::ObjectId;
use bson::{Document, doc};
use futures_util::future::try_join_all;

use super::MongoStore;
use super::schema::{
    ASSETS, COMMIT_BODIES, COMMITS, LEFTOVERS, MERGE_CONFLICTS, MERGES, NAMESPACES, TAGS,
};
use super::transaction::{Failure, Transaction};
use super::value::Fields;
use crate::events::MONGO;
use crate::{Result, StoreError};

/// The collections whose documents have the key of a catalog.
const OF_CATALOGS: [&str; 7] =
    [ASSETS, NAMESPACES, TAGS, COMMITS, COMMIT_BODIES, MERGES, MERGE_CONFLICTS];

/// How long a copy may take: longer than its transaction can last.
const MILLIS_OF_A_COPY: i64 = 5 * 60 * 1000;

/// How long to wait for a transaction that may keep a copy.
const PATIENCE_TO_DOOM: Duration = Duration::from_secs(5);

/// What the documents belonged to.
#[derive(Clone, Copy)]
pub(super) enum Owner {
    Catalog,
    Branch,
}

/// The record of a key that leftovers may have.
pub(super) fn note(owner: Owner, key: ObjectId) -> Document {
    let owner = match owner {
        Owner::Catalog => "catalog",
        Owner::Branch => "branch",
    };
    doc! { "_id": key, "owner": owner }
}

/// Records that the documents that were copied under `key` belong to a branch now.
pub(super) async fn keep(txn: &mut Transaction, key: ObjectId) -> Result<(), Failure> {
    match txn.take(LEFTOVERS, doc! { "_id": key, "doomed": { "$exists": false } }).await? {
        Some(_) => Ok(()),
        None => {
            let reason = "the copy took so long that it was taken for one of a dead process";
            Err(StoreError::backend(reason).into())
        }
    }
}

impl MongoStore {
    /// Records that documents are about to be copied under `key`, with the server's time.
    pub(super) async fn note_copy(&self, key: ObjectId) -> Result<()> {
        let note = doc! { "$set": { "owner": "branch", "since": "$$NOW" } };
        let notes = self.collection(LEFTOVERS);
        notes.update_one(doc! { "_id": key }, vec![note]).upsert(true).await?;
        Ok(())
    }

    /// Sees to it that a copy is never [kept](keep); `false` when its record is gone, as after it was kept.
    ///
    /// A transaction that keeps it excludes this until it ends.
    pub(super) async fn doom(&self, key: ObjectId) -> Result<bool> {
        let doom = doc! { "$set": { "doomed": true } };
        let notes = self.collection(LEFTOVERS);
        let note = notes.find_one_and_update(doc! { "_id": key }, doom).max_time(PATIENCE_TO_DOOM);
        Ok(note.await?.is_some())
    }

    /// Deletes the leftovers under these keys.
    ///
    /// A failure does not fail the call: nothing reads the leftovers, and the next opening deletes them.
    pub(super) async fn discard(&self, owner: Owner, keys: &[ObjectId]) {
        let _until_deleted = MONGO.timed("deletion of leftovers");
        let _ = try_join_all(keys.iter().map(|&key| self.delete_under(owner, key))).await;
    }

    async fn delete_under(&self, owner: Owner, key: ObjectId) -> Result<()> {
        match owner {
            Owner::Catalog => {
                let deletes = OF_CATALOGS.map(async |name| {
                    self.collection(name).delete_many(doc! { "catalog": key }).await
                });
                try_join_all(deletes).await?;
            }
            Owner::Branch => {
                self.collection(ASSETS).delete_many(doc! { "branch": key }).await?;
            }
        }
        self.collection(LEFTOVERS).delete_one(doc! { "_id": key }).await?;
        Ok(())
    }

    /// Deletes the leftovers of processes that ended.
    pub(super) async fn collect_leftovers(&self) -> Result<()> {
        let latest = doc! { "$subtract": ["$$NOW", MILLIS_OF_A_COPY] };
        let old = doc! { "$lt": [{ "$ifNull": ["$since", 0] }, latest] };
        let pipeline = vec![doc! { "$match": { "$expr": old } }];
        let notes = self
            .all(LEFTOVERS, pipeline, |note| {
                let owner = match note.get_str("owner") {
                    Ok("catalog") => Owner::Catalog,
                    _ => Owner::Branch,
                };
                Ok((owner, note.read("_id")?))
            })
            .await?;
        let (mut catalogs, mut branches) = (0, 0);
        for (owner, key) in notes {
            // So that a copy which still runs, against all expectation, fails.
            let Ok(true) = self.doom(key).await else { continue };
            self.delete_under(owner, key).await?;
            match owner {
                Owner::Catalog => catalogs += 1,
                Owner::Branch => branches += 1,
            }
        }
        if catalogs + branches > 0 {
            MONGO.leftovers_deleted(catalogs, branches);
        }
        Ok(())
    }
}
