//! Transactions: a write to several documents is one.
//!
//! A transaction reads one snapshot and is acknowledged by a majority. MongoDB refuses a transaction that
//! *writes* what another one has written since that snapshot, and ignores what it has only read. So a
//! transaction that relies on a document writes to it: it [touches](Transaction::touch) it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bson::{Document, doc};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, TryStreamExt};
use mongodb::error::Error;
use mongodb::options::{ReadConcern, ReturnDocument, UpdateModifications};
use mongodb::{ClientSession, Collection, Database};
use tokio::time::{Instant, timeout_at};

use super::attempts::Tries;
pub(super) use super::attempts::transaction;
use super::error::{Unanswered, Undecodable, is_duplicate, is_lost, is_unknown};
use super::queue::{Guard, Turn};
use super::{durability, orphans};
use crate::{Entity, Result, StoreError};

/// How long a command is waited for in any case.
const PATIENCE_WITH_COMMAND: Duration = Duration::from_secs(5);

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

/// A transaction that has begun.
///
/// Each command runs in a task of its own, which a caller that gives its call up does not interrupt: it runs to
/// its end, and then the transaction ends at once. Otherwise the server might keep the transaction until its
/// time limit, and everyone else would wait for it.
pub(super) struct Transaction {
    database: Database,
    /// Absent while a command runs, and after one that was lost.
    session: Option<ClientSession>,
    turn: Arc<Turn>,
    deadline: Instant,
    /// The guards that it relies on.
    guards: Vec<Guard>,
    /// Whether it has written, and so blocks others until it ends.
    has_written: bool,
}

impl Transaction {
    pub(super) async fn begin(
        database: &Database,
        turn: Arc<Turn>,
        deadline: Instant,
    ) -> Result<Self, Error> {
        let mut session = database.client().start_session().await?;
        session
            .start_transaction()
            .read_concern(ReadConcern::snapshot())
            .write_concern(durability::majority())
            .await?;
        let (session, database) = (Some(session), database.clone());
        Ok(Self { database, session, turn, deadline, guards: Vec::new(), has_written: false })
    }

    /// Notes that it relies on a guard. When it fails because others write to it, the next attempt waits for
    /// its turn there.
    pub(super) fn relies_on(&mut self, guard: Guard) {
        self.guards.push(guard);
    }

    /// The guards that it has relied on until now.
    pub(super) fn take_guards(&mut self) -> Vec<Guard> {
        std::mem::take(&mut self.guards)
    }

    /// Commits. A commit that is not answered is asked for again, which does no harm.
    pub(super) async fn commit(mut self, mut tries: Tries) -> Result<(), Error> {
        self.run(|session| {
            async move {
                loop {
                    match session.commit_transaction().await {
                        Err(error) if is_unknown(&error) && tries.pause(&error).await => {}
                        outcome => return outcome,
                    }
                }
            }
            .boxed()
        })
        .await
    }

    pub(super) async fn give_up(mut self) {
        // One that blocks no other ends in the background, with its session.
        if self.has_written {
            // If that fails, nothing is committed either, and the server ends the transaction later.
            let abort =
                self.run(|session| async move { session.abort_transaction().await }.boxed());
            let _ = abort.await;
        }
    }

    /// Runs a command to its end, even if the caller does not wait for it.
    async fn run<T: Send + 'static>(
        &mut self,
        command: impl for<'s> FnOnce(&'s mut ClientSession) -> BoxFuture<'s, Result<T, Error>>
        + Send
        + 'static,
    ) -> Result<T, Error> {
        let lost = || Error::custom("a command of the transaction was lost");
        let mut session = self.session.take().ok_or_else(lost)?;
        let (turn, database) = (Arc::clone(&self.turn), self.database.clone());
        let task = tokio::spawn(async move {
            let outcome = command(&mut session).await;
            let session = match &outcome {
                Err(error) if is_lost(error) => {
                    tokio::spawn(orphans::end(database, session));
                    None
                }
                _ => Some(session),
            };
            drop(turn);
            (session, outcome)
        });
        let deadline = self.deadline.max(Instant::now() + PATIENCE_WITH_COMMAND);
        let (session, outcome) = match timeout_at(deadline, task).await {
            Ok(ended) => ended.map_err(|_| lost())?,
            Err(_) => return Err(Error::custom(Unanswered)),
        };
        self.session = session;
        outcome
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
        let rows = self.collection(collection);
        self.run(|session| async move { rows.find_one(filter).session(session).await }.boxed())
            .await
    }

    /// Whether a document matches.
    pub(super) async fn any(&mut self, collection: &str, filter: Document) -> Result<bool, Error> {
        let rows = self.collection(collection);
        let found = self.run(|session| {
            async move {
                rows.find_one(filter).projection(doc! { "_id": 1 }).session(session).await
            }
            .boxed()
        });
        Ok(found.await?.is_some())
    }

    /// All documents that a pipeline yields.
    pub(super) async fn all(
        &mut self,
        collection: &str,
        pipeline: impl IntoIterator<Item = Document>,
    ) -> Result<Vec<Document>, Error> {
        let collection = self.collection(collection);
        let pipeline: Vec<Document> = pipeline.into_iter().collect();
        self.run(|session| {
            async move {
                let mut rows = collection.aggregate(pipeline).session(&mut *session).await?;
                rows.stream(session).try_collect().await
            }
            .boxed()
        })
        .await
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
        let changed =
            self.find_and_change(collection, filter, update, ReturnDocument::After, false);
        let changed = changed.await;
        self.noted(changed, Option::is_some)
    }

    /// Changes the document that matches, and returns it as it was before; `None` when there is none.
    pub(super) async fn swap(
        &mut self,
        collection: &str,
        filter: Document,
        update: Document,
    ) -> Result<Option<Document>, Error> {
        let before =
            self.find_and_change(collection, filter, update, ReturnDocument::Before, false);
        let before = before.await;
        self.noted(before, Option::is_some)
    }

    /// Changes all documents that match; returns how many.
    pub(super) async fn change_all(
        &mut self,
        collection: &str,
        filter: Document,
        update: impl Into<UpdateModifications>,
    ) -> Result<u64, Error> {
        let collection = self.collection(collection);
        let update = update.into();
        let changed = self.run(|session| {
            async move { collection.update_many(filter, update).session(session).await }.boxed()
        });
        let changed = changed.await;
        Ok(self.noted(changed, |changed| changed.matched_count > 0)?.matched_count)
    }

    /// Changes the document that matches, or inserts one, and returns it as it is now.
    pub(super) async fn upsert(
        &mut self,
        collection: &str,
        filter: Document,
        update: Document,
    ) -> Result<Option<Document>, Error> {
        let row = self.find_and_change(collection, filter, update, ReturnDocument::After, true);
        let row = row.await;
        self.noted(row, |_| true)
    }

    async fn find_and_change(
        &mut self,
        collection: &str,
        filter: Document,
        update: Document,
        which: ReturnDocument,
        upsert: bool,
    ) -> Result<Option<Document>, Error> {
        let rows = self.collection(collection);
        self.run(move |session| {
            async move {
                let change = rows.find_one_and_update(filter, update).return_document(which);
                change.upsert(upsert).session(session).await
            }
            .boxed()
        })
        .await
    }

    /// Adds a document.
    pub(super) async fn insert(&mut self, collection: &str, row: Document) -> Result<(), Error> {
        let collection = self.collection(collection);
        let inserted = self.run(|session| {
            async move { collection.insert_one(row).session(session).await }.boxed()
        });
        let inserted = inserted.await;
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
        let inserted = self.run(|session| {
            async move { collection.insert_many(rows).session(session).await }.boxed()
        });
        let inserted = inserted.await;
        self.noted(inserted, |_| true).map(drop)
    }

    /// Runs a command that writes.
    pub(super) async fn write(&mut self, command: Document) -> Result<(), Failure> {
        let database = self.database.clone();
        let answer = self.run(|session| {
            async move { database.run_command(command).session(session).await }.boxed()
        });
        let answer = answer.await;
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
        let taken = self.run(|session| {
            async move { collection.find_one_and_delete(filter).session(session).await }.boxed()
        });
        let taken = taken.await;
        self.noted(taken, Option::is_some)
    }

    /// Deletes all documents that match; returns how many.
    pub(super) async fn delete_all(
        &mut self,
        collection: &str,
        filter: Document,
    ) -> Result<u64, Error> {
        let collection = self.collection(collection);
        let deleted = self.run(|session| {
            async move { collection.delete_many(filter).session(session).await }.boxed()
        });
        let deleted = deleted.await;
        Ok(self.noted(deleted, |deleted| deleted.deleted_count > 0)?.deleted_count)
    }
}
