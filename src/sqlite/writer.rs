//! The writing connection: one transaction for all the calls that wait for it.

use std::any::Any;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::{Mutex as AsyncMutex, oneshot};

use super::connection::blocking;
use super::error::NotCommitted;
use super::statement::Statements;
use crate::Result;

/// The connection that writes, and the calls that wait for it.
///
/// A call queues its work and then waits for an answer or for the connection, whichever comes first.
/// Whoever gets the connection carries out all the work there is, in one transaction, and answers.
pub(super) struct Writer {
    connection: Arc<AsyncMutex<Connection>>,
    waiting: Mutex<Vec<Box<dyn Waiting>>>,
}

impl Writer {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection: Arc::new(AsyncMutex::new(connection)), waiting: Mutex::default() }
    }

    /// Runs `work` on the writing connection, outside a transaction.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let connection = Arc::clone(&self.connection).lock_owned().await;
        blocking(move || work(&connection)).await?
    }

    /// Runs `work` in a transaction, which is committed if it succeeds and undone if it fails.
    pub(super) async fn write<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
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

type Answer<T> = std::thread::Result<Result<T>>;

fn given<T>(answer: Result<Answer<T>, oneshot::error::RecvError>) -> Result<T> {
    match answer {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => panic::resume_unwind(panic),
        Err(_) => Err(NotCommitted::ShutDown.into()),
    }
}

/// Carries out calls in one transaction. A call that fails alone is undone alone.
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
    // Some failures, like a full disk, end a transaction by themselves.
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
    /// Whether nobody waits for the answer any more.
    fn is_abandoned(&self) -> bool;

    /// Does the work; returns whether it succeeded.
    fn carry_out(&mut self, connection: &Connection) -> bool;

    /// Gives the caller what the work came to, if the transaction was ended as it should.
    fn answer(self: Box<Self>, transaction: &Result<(), Arc<NotCommitted>>);
}

struct Call<T, W> {
    state: State<T, W>,
    caller: oneshot::Sender<Answer<T>>,
}

enum State<T, W> {
    New(W),
    Done(Result<T>),
    Panicked(Box<dyn Any + Send>),
    Lost,
}

impl<T, W> Waiting for Call<T, W>
where
    T: Send,
    W: FnOnce(&Connection) -> Result<T> + Send,
{
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
        // The caller may have gone away meanwhile; what it asked for is done all the same.
        let _ = self.caller.send(answer);
    }
}
