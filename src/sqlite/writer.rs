//! The writing connection: one transaction for all calls that wait for it.

use std::any::Any;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::{Mutex as AsyncMutex, oneshot};

use super::connection::{Work, blocking};
use super::error::NotCommitted;
use super::statement::Statements;
use crate::Result;

/// The connection that writes, and the calls that wait for it.
///
/// A call queues its work, then waits for its answer or for the connection, whichever is first. The call
/// that gets the connection carries out all queued work in one transaction, and answers all calls.
pub(super) struct Writer {
    connection: Arc<AsyncMutex<Connection>>,
    waiting: Mutex<Vec<Box<dyn Waiting>>>,
}

impl Writer {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection: Arc::new(AsyncMutex::new(connection)), waiting: Mutex::default() }
    }

    /// Runs `work` on the writing connection, outside a transaction.
    pub(super) async fn read<T: Send + 'static>(&self, work: Work<T>) -> Result<T> {
        let connection = Arc::clone(&self.connection).lock_owned().await;
        blocking(move || work(&connection)).await?
    }

    /// Runs `work` in a transaction, which is committed if it succeeds and rolled back if it fails.
    pub(super) async fn write<T: Send + 'static>(self: &Arc<Self>, work: Work<T>) -> Result<T> {
        let (caller, mut answer) = oneshot::channel();
        let call = Call { state: State::New(work), caller };
        self.waiting.lock().push(Box::new(call));
        tokio::select! {
            biased;
            answer = &mut answer => return given(answer),
            connection = Arc::clone(&self.connection).lock_owned() => {
                let writer = Arc::clone(self);
                blocking(move || writer.carry_out_waiting(&connection)).await?;
            }
        }
        given(answer.await)
    }

    fn carry_out_waiting(&self, connection: &Connection) {
        let mut calls = mem::take(&mut *self.waiting.lock());
        calls.retain(|call| !call.is_abandoned());
        let outcome = carry_out(connection, &mut calls).map_err(Arc::new);
        for call in calls {
            call.answer(&outcome);
        }
    }
}

type CallResult<T> = std::thread::Result<Result<T>>;

fn given<T>(answer: Result<CallResult<T>, oneshot::error::RecvError>) -> Result<T> {
    match answer {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => panic::resume_unwind(panic),
        Err(_) => Err(NotCommitted::ShutDown.into()),
    }
}

/// Carries out calls in one transaction. If one call fails, only that call is rolled back.
fn carry_out(connection: &Connection, calls: &mut [Box<dyn Waiting>]) -> Result<(), NotCommitted> {
    match calls {
        [] => Ok(()),
        [call] => {
            connection.run("BEGIN IMMEDIATE", [])?;
            let succeeded = call.carry_out(connection);
            end(connection, succeeded)
        }
        calls => {
            connection.run("BEGIN IMMEDIATE", [])?;
            for call in calls {
                if let Err(error) = carry_out_apart(connection, call.as_mut()) {
                    end(connection, false)?;
                    return Err(error);
                }
            }
            end(connection, true)
        }
    }
}

fn carry_out_apart(connection: &Connection, call: &mut dyn Waiting) -> Result<(), NotCommitted> {
    connection.run("SAVEPOINT apart", [])?;
    let succeeded = call.carry_out(connection);
    if connection.is_autocommit() {
        return Err(NotCommitted::GivenUp);
    }
    if !succeeded {
        connection.run("ROLLBACK TO apart", [])?;
    }
    connection.run("RELEASE apart", [])?;
    Ok(())
}

fn end(connection: &Connection, commit: bool) -> Result<(), NotCommitted> {
    // Some failures, like a full disk, end the transaction.
    if connection.is_autocommit() {
        return if commit { Err(NotCommitted::GivenUp) } else { Ok(()) };
    }
    if !commit {
        connection.run("ROLLBACK", [])?;
        return Ok(());
    }
    connection.run("COMMIT", []).map(drop).map_err(|error| {
        if !connection.is_autocommit()
            && let Err(second) = connection.run("ROLLBACK", [])
        {
            return second.into();
        }
        error.into()
    })
}

/// A call that waits for its answer.
trait Waiting: Send {
    /// Whether its caller no longer waits for the answer.
    fn is_abandoned(&self) -> bool;

    /// Does the work; returns whether it succeeded.
    fn carry_out(&mut self, connection: &Connection) -> bool;

    /// Gives the caller the result of the work if the transaction ended without error, and else the error.
    fn answer(self: Box<Self>, transaction: &Result<(), Arc<NotCommitted>>);
}

struct Call<T> {
    state: State<T>,
    caller: oneshot::Sender<CallResult<T>>,
}

enum State<T> {
    New(Work<T>),
    Done(Result<T>),
    Panicked(Box<dyn Any + Send>),
    Lost,
}

impl<T: Send> Waiting for Call<T> {
    fn is_abandoned(&self) -> bool {
        self.caller.is_closed()
    }

    fn carry_out(&mut self, connection: &Connection) -> bool {
        let State::New(work) = mem::replace(&mut self.state, State::Lost) else { return false };
        self.state = match panic::catch_unwind(AssertUnwindSafe(|| work(connection))) {
            Ok(outcome) => State::Done(outcome),
            Err(panic) => State::Panicked(panic),
        };
        matches!(self.state, State::Done(Ok(_)))
    }

    fn answer(self: Box<Self>, transaction: &Result<(), Arc<NotCommitted>>) {
        let answer = match (self.state, transaction) {
            (State::Panicked(panic), _) => Err(panic),
            (_, Err(error)) => Ok(Err(Arc::clone(error).into())),
            (State::Done(outcome), Ok(())) => Ok(outcome),
            (State::New(_) | State::Lost, Ok(())) => Ok(Err(NotCommitted::GivenUp.into())),
        };
        // The caller may have stopped waiting; its work is done in any case.
        let _ = self.caller.send(answer);
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::{JoinHandle, yield_now};

    use super::*;
    use crate::StoreError;

    fn writer() -> Arc<Writer> {
        let connection = Connection::open_in_memory().unwrap();
        let schema = "CREATE TABLE numbers (number INTEGER PRIMARY KEY) STRICT;
                      CREATE TABLE halves (half INTEGER REFERENCES numbers (number)) STRICT;
                      PRAGMA foreign_keys = ON;";
        connection.execute_batch(schema).unwrap();
        Arc::new(Writer::new(connection))
    }

    type Part = fn(&Connection) -> Result<i64>;

    /// Makes the calls wait until all of them do, so that they share a transaction.
    async fn together<const N: usize>(writer: &Arc<Writer>, calls: [Part; N]) -> [Outcome; N] {
        let locked = writer.connection.lock().await;
        let calls: [JoinHandle<Result<i64>>; N] = calls.map(|work| {
            let writer = Arc::clone(writer);
            tokio::spawn(async move { writer.write(Box::new(work)).await })
        });
        while writer.waiting.lock().len() < N {
            yield_now().await;
        }
        drop(locked);
        let mut outcomes = [const { None }; N];
        for (call, outcome) in calls.into_iter().zip(&mut outcomes) {
            *outcome = Some(call.await.map_err(|error| error.is_panic()));
        }
        outcomes.map(Option::unwrap)
    }

    /// The result of a call, or whether it panicked.
    type Outcome = Result<Result<i64>, bool>;

    async fn numbers(writer: &Writer) -> Vec<i64> {
        let sql = "SELECT number FROM numbers ORDER BY number";
        writer.read(Box::new(move |db| Ok(db.all(sql, [], |row| row.get(0))?))).await.unwrap()
    }

    fn insert(db: &Connection, number: i64) -> Result<i64> {
        db.run("INSERT INTO numbers VALUES (?1)", [number])?;
        Ok(number)
    }

    fn fail(db: &Connection) -> Result<i64> {
        insert(db, 20)?;
        Err(StoreError::backend("a failure of its own"))
    }

    fn panic(db: &Connection) -> Result<i64> {
        insert(db, 30)?;
        panic!("the call panics");
    }

    /// Breaks a foreign key in a way that only the commit notices.
    fn spoil(db: &Connection) -> Result<i64> {
        db.run("PRAGMA defer_foreign_keys = ON", [])?;
        db.run("INSERT INTO halves VALUES (99)", [])?;
        Ok(99)
    }

    #[tokio::test]
    async fn calls_that_wait_together_are_committed_together_and_see_one_another() {
        let writer = writer();
        let sum: Part = |db| {
            Ok(db.first("SELECT sum(number) FROM numbers", [], |row| row.get(0))?.unwrap_or(0))
        };
        let outcomes = together(&writer, [|db| insert(db, 1), |db| insert(db, 2), sum]).await;
        assert!(matches!(outcomes, [Ok(Ok(1)), Ok(Ok(2)), Ok(Ok(3))]), "{outcomes:?}");
    }

    #[tokio::test]
    async fn a_call_that_fails_is_undone_alone() {
        let writer = writer();
        let outcomes = together(&writer, [|db| insert(db, 1), fail, |db| insert(db, 2)]).await;
        assert!(matches!(outcomes, [Ok(Ok(1)), Ok(Err(_)), Ok(Ok(2))]), "{outcomes:?}");
        assert_eq!(numbers(&writer).await, [1, 2]);
        writer.write(Box::new(fail)).await.unwrap_err();
        assert_eq!(numbers(&writer).await, [1, 2]);
    }

    #[tokio::test]
    async fn a_panic_reaches_its_caller_and_spares_the_others() {
        let writer = writer();
        let outcomes = together(&writer, [|db| insert(db, 1), panic, |db| insert(db, 2)]).await;
        assert!(matches!(outcomes, [Ok(Ok(1)), Err(true), Ok(Ok(2))]), "{outcomes:?}");
        assert_eq!(numbers(&writer).await, [1, 2]);
        assert!(together(&writer, [panic]).await[0].is_err());
        assert_eq!(numbers(&writer).await, [1, 2]);
    }

    #[tokio::test]
    async fn a_commit_that_fails_fails_all_of_its_calls() {
        let writer = writer();
        let outcomes = together(&writer, [|db| insert(db, 1), spoil, fail]).await;
        assert!(matches!(outcomes, [Ok(Err(_)), Ok(Err(_)), Ok(Err(_))]), "{outcomes:?}");
        assert!(numbers(&writer).await.is_empty());
        writer.write(Box::new(spoil)).await.unwrap_err();
        assert_eq!(writer.write(Box::new(|db| insert(db, 3))).await.unwrap(), 3);
    }

    #[tokio::test]
    async fn a_call_that_was_given_up_before_it_began_is_not_made() {
        let writer = writer();
        let locked = writer.connection.lock().await;
        let call = tokio::spawn({
            let writer = Arc::clone(&writer);
            async move { writer.write(Box::new(|db| insert(db, 1))).await }
        });
        while writer.waiting.lock().is_empty() {
            yield_now().await;
        }
        call.abort();
        assert!(call.await.unwrap_err().is_cancelled());
        drop(locked);
        writer.write(Box::new(|db| insert(db, 2))).await.unwrap();
        assert_eq!(numbers(&writer).await, [2]);
    }
}
