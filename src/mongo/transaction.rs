//! Transactions: a write to several documents is one, and is retried when others were faster.
//!
//! A transaction reads one snapshot and is acknowledged by a majority. MongoDB refuses a transaction that
//! *writes* what another one has written since that snapshot, and ignores what it has only read. So a
//! transaction that relies on a document writes to it: it [touches](Transaction::touch) it.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use bson::{Document, doc};
use futures_util::TryStreamExt;
use mongodb::error::{Error, TRANSIENT_TRANSACTION_ERROR, UNKNOWN_TRANSACTION_COMMIT_RESULT};
use mongodb::options::ReturnDocument;
use mongodb::{ClientSession, Collection, Database};
use tokio::time::{Instant, sleep};

use super::MongoStore;
use super::error::{Undecodable, cause, is_duplicate};
use crate::events::{MONGO, Timed};
use crate::{Entity, Result, StoreError};

/// How long a call is retried while others interrupt it: as long as a transaction may take.
const PATIENCE: Duration = Duration::from_secs(60);
const SHORTEST_PAUSE: Duration = Duration::from_micros(500);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// Why the work in a transaction failed.
pub(super) enum Failure {
    /// The contract forbids it.
    Refused(StoreError),
    /// The driver or the server failed; another try may succeed.
    Failed(Error),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<Undecodable> for Failure {
    fn from(error: Undecodable) -> Self {
        Self::Refused(error.into())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(error) => error,
            Failure::Failed(error) => error.into(),
        }
    }
}

/// Turns a violated unique index into an error of the contract.
pub(super) trait OrTaken<T> {
    /// `AlreadyExists` of `entity` when the write violated a unique index, which ends its transaction.
    fn or_taken(self, entity: Entity, key: impl fmt::Display) -> Result<T, Failure>;
}

impl<T> OrTaken<T> for Result<T, Error> {
    fn or_taken(self, entity: Entity, key: impl fmt::Display) -> Result<T, Failure> {
        self.map_err(|error| match is_duplicate(&error) {
            true => StoreError::already_exists(entity, key).into(),
            false => error.into(),
        })
    }
}

/// Does work in a transaction, which is committed if it succeeds and rolled back if it fails. Gives the
/// [`Result`] of the block.
///
/// The block, which may fail with a [`Failure`], is done again, on a newer snapshot, when another
/// transaction interrupted it. (A function that took the block as a closure could not promise that its
/// future is `Send`.)
macro_rules! transaction {
    ($store:expr, |$txn:ident| $work:block) => {{
        let function = $crate::events::function_of(&|| ());
        let mut attempts = $crate::mongo::transaction::Attempts::new($store, function);
        loop {
            let mut transaction = attempts.begin().await?;
            let $txn = &mut transaction;
            let outcome: $crate::Result<_, $crate::mongo::transaction::Failure> =
                async { $work }.await;
            if let Some(answer) = attempts.end(transaction, outcome).await {
                break answer;
            }
        }
    }};
}
pub(super) use transaction;

/// The attempts at one transaction.
pub(super) struct Attempts<'a> {
    store: &'a MongoStore,
    tries: Tries,
    _until_answered: Timed<'static>,
}

impl<'a> Attempts<'a> {
    pub(super) fn new(store: &'a MongoStore, function: &'static str) -> Self {
        Self { store, tries: Tries::new(), _until_answered: MONGO.timed(function) }
    }

    pub(super) async fn begin(&self) -> Result<Transaction> {
        Ok(Transaction::begin(self.store.database()).await?)
    }

    /// Ends an attempt and returns the result; `None` when the work should be done again.
    pub(super) async fn end<T>(
        &mut self,
        transaction: Transaction,
        outcome: Result<T, Failure>,
    ) -> Option<Result<T>> {
        let outcome = match outcome {
            Ok(answer) => transaction.commit().await.map(|()| answer).map_err(Failure::Failed),
            Err(failure) => {
                transaction.give_up().await;
                Err(failure)
            }
        };
        match outcome {
            Ok(answer) => Some(Ok(answer)),
            Err(Failure::Refused(error)) => Some(Err(error)),
            Err(Failure::Failed(error)) => {
                let transient = error.contains_label(TRANSIENT_TRANSACTION_ERROR);
                if transient && self.tries.pause(&error).await {
                    return None;
                }
                Some(Err(error.into()))
            }
        }
    }
}

/// A transaction that has begun.
pub(super) struct Transaction {
    database: Database,
    session: ClientSession,
    /// Whether it has written, and so blocks others until it ends.
    has_written: bool,
}

impl Transaction {
    async fn begin(database: &Database) -> Result<Self, Error> {
        let mut session = database.client().start_session().await?;
        session
            .start_transaction()
            .read_concern(mongodb::options::ReadConcern::snapshot())
            .write_concern(mongodb::options::WriteConcern::majority())
            .await?;
        Ok(Self { database: database.clone(), session, has_written: false })
    }

    async fn commit(mut self) -> Result<(), Error> {
        let mut tries = Tries::new();
        loop {
            match self.session.commit_transaction().await {
                Err(error)
                    if error.contains_label(UNKNOWN_TRANSACTION_COMMIT_RESULT)
                        && tries.pause(&error).await => {}
                outcome => return outcome,
            }
        }
    }

    async fn give_up(mut self) {
        // One that blocks no other ends in the background, with its session.
        if self.has_written {
            // If that fails, nothing is committed either, and the server ends the transaction later.
            let _ = self.session.abort_transaction().await;
        }
    }

    /// Records whether a statement has written. One that fails has ended the transaction.
    fn noted<T>(
        &mut self,
        outcome: Result<T, Error>,
        has_written: impl FnOnce(&T) -> bool,
    ) -> Result<T, Error> {
        self.has_written = match &outcome {
            Ok(answer) => self.has_written || has_written(answer),
            Err(_) => false,
        };
        outcome
    }

    fn collection(&self, name: &str) -> Collection<Document> {
        self.database.collection(name)
    }

    /// The first document that matches.
    pub(super) async fn first(
        &mut self,
        collection: &str,
        filter: Document,
    ) -> Result<Option<Document>, Error> {
        self.collection(collection).find_one(filter).session(&mut self.session).await
    }

    /// Whether a document matches.
    pub(super) async fn any(&mut self, collection: &str, filter: Document) -> Result<bool, Error> {
        let collection = self.collection(collection);
        let found = collection.find_one(filter).projection(doc! { "_id": 1 });
        Ok(found.session(&mut self.session).await?.is_some())
    }

    /// All documents that a pipeline yields.
    pub(super) async fn all(
        &mut self,
        collection: &str,
        pipeline: impl IntoIterator<Item = Document>,
    ) -> Result<Vec<Document>, Error> {
        let collection = self.collection(collection);
        let mut rows = collection.aggregate(pipeline).session(&mut self.session).await?;
        rows.stream(&mut self.session).try_collect().await
    }

    /// Writes to the document that matches, so that no other transaction can change or delete it until
    /// this one ends, and returns it; `None` when there is none.
    pub(super) async fn touch(
        &mut self,
        collection: &str,
        filter: Document,
    ) -> Result<Option<Document>, Error> {
        self.change(collection, filter, doc! { "$inc": { "touched": 1_i64 } }).await
    }

    /// Changes the document that matches, and returns it as it is now; `None` when there is none.
    pub(super) async fn change(
        &mut self,
        collection: &str,
        filter: Document,
        update: Document,
    ) -> Result<Option<Document>, Error> {
        let collection = self.collection(collection);
        let change = collection.find_one_and_update(filter, update);
        let change = change.return_document(ReturnDocument::After);
        let changed = change.session(&mut self.session).await;
        self.noted(changed, Option::is_some)
    }

    /// Changes the document that matches, and returns it as it was before; `None` when there is none.
    pub(super) async fn swap(
        &mut self,
        collection: &str,
        filter: Document,
        update: Document,
    ) -> Result<Option<Document>, Error> {
        let collection = self.collection(collection);
        let swap = collection.find_one_and_update(filter, update);
        let before =
            swap.return_document(ReturnDocument::Before).session(&mut self.session).await?;
        self.has_written |= before.is_some();
        Ok(before)
    }

    /// Changes all documents that match; returns how many.
    pub(super) async fn change_all(
        &mut self,
        collection: &str,
        filter: Document,
        update: impl Into<mongodb::options::UpdateModifications>,
    ) -> Result<u64, Error> {
        let collection = self.collection(collection);
        let change = collection.update_many(filter, update);
        let changed = change.session(&mut self.session).await;
        Ok(self.noted(changed, |changed| changed.matched_count > 0)?.matched_count)
    }

    /// Changes the document that matches, or inserts one, and returns it as it is now.
    pub(super) async fn upsert(
        &mut self,
        collection: &str,
        filter: Document,
        update: Document,
    ) -> Result<Option<Document>, Error> {
        let collection = self.collection(collection);
        let upsert = collection.find_one_and_update(filter, update).upsert(true);
        let upsert = upsert.return_document(ReturnDocument::After);
        let row = upsert.session(&mut self.session).await;
        self.noted(row, |_| true)
    }

    /// Adds a document.
    pub(super) async fn insert(&mut self, collection: &str, row: Document) -> Result<(), Error> {
        let collection = self.collection(collection);
        let inserted = collection.insert_one(row).session(&mut self.session).await;
        self.noted(inserted, |_| true).map(drop)
    }

    /// Adds documents, which violate no unique index.
    pub(super) async fn insert_all(
        &mut self,
        collection: &str,
        rows: Vec<Document>,
    ) -> Result<(), Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let collection = self.collection(collection);
        let inserted = collection.insert_many(rows).session(&mut self.session).await;
        self.noted(inserted, |_| true).map(drop)
    }

    /// Runs a command that writes.
    pub(super) async fn write(&mut self, command: Document) -> Result<(), Failure> {
        let database = self.database.clone();
        let answer = database.run_command(command).session(&mut self.session).await;
        match self.noted(answer, |_| true)?.contains_key("writeErrors") {
            true => Err(StoreError::backend("the server refused a part of a write").into()),
            false => Ok(()),
        }
    }

    /// Deletes the first document that matches, and returns it; `None` when there is none.
    pub(super) async fn take(
        &mut self,
        collection: &str,
        filter: Document,
    ) -> Result<Option<Document>, Error> {
        let collection = self.collection(collection);
        let taken = collection.find_one_and_delete(filter).session(&mut self.session).await;
        self.noted(taken, Option::is_some)
    }

    /// Deletes all documents that match; returns how many.
    pub(super) async fn delete_all(
        &mut self,
        collection: &str,
        filter: Document,
    ) -> Result<u64, Error> {
        let collection = self.collection(collection);
        let deleted = collection.delete_many(filter).session(&mut self.session).await;
        Ok(self.noted(deleted, |deleted| deleted.deleted_count > 0)?.deleted_count)
    }
}

/// Counts tries, and limits their time.
pub(super) struct Tries {
    made: u32,
    deadline: Instant,
    pause: Duration,
}

impl Tries {
    pub(super) fn new() -> Self {
        Self { made: 0, deadline: Instant::now() + PATIENCE, pause: SHORTEST_PAUSE }
    }

    /// Waits after `error`, each time longer and with a random part; `false` when the time is up.
    pub(super) async fn pause(&mut self, error: &Error) -> bool {
        self.made += 1;
        if Instant::now() >= self.deadline {
            MONGO.tries_exhausted(self.made, &cause(error));
            return false;
        }
        MONGO.tried_again(self.made, &cause(error));
        let spread = RandomState::new().hash_one(()) % 1024;
        sleep(self.pause / 2 + self.pause * u32::try_from(spread).unwrap_or(0) / 1024).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        true
    }
}
