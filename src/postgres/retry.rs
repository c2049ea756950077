//! Retries: a call is made again when another one overtook it, or when its connection broke.

use std::io;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::PostgresStore;
use super::answer::Answer;
use super::error::{Failure, Remedy};
use super::outcome::{Outcome, TransactionId};
use super::pool::Lease;
use super::statement::{Read, Row, Values};
use crate::Result;
use crate::events::{POSTGRES, Timed};

/// How often a call is made at most.
const TRIES: u32 = 12;

/// How long to wait before the second try; twice as long before each further one, up to a bound.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// Counts how often a call was made, and measures how long it takes.
pub(super) struct Tries {
    made: u32,
    /// How long the call may take, and until when.
    limit: Option<(Duration, Instant)>,
    _until_answered: Timed<'static>,
}

impl Tries {
    /// Does a part of the call. If the time for the call ends before the part does, it fails `late`.
    pub(super) async fn in_time<T>(
        &self,
        late: fn(sqlx::Error) -> Failure,
        part: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let Some((limit, end)) = self.limit else {
            return part.await;
        };
        timeout_at(end, part).await.unwrap_or_else(|_| {
            let says = format!("no answer within {} ms (`call_timeout_ms`)", limit.as_millis());
            Err(late(io::Error::new(io::ErrorKind::TimedOut, says).into()))
        })
    }

    /// Waits until the call can be made again; fails when it cannot.
    pub(super) async fn wait(&mut self, failure: Failure) -> Result<()> {
        self.made += 1;
        let is_late = self.limit.is_some_and(|(_, end)| Instant::now() >= end);
        if is_late || failure.remedy() == Remedy::None {
            return Err(failure.into());
        }
        let is_patient = self.limit.is_some() && failure.remedy() == Remedy::AgainLater;
        if self.made >= TRIES && !is_patient {
            POSTGRES.tries_exhausted(self.made, &failure.cause());
            return Err(failure.into());
        }
        POSTGRES.tried_again(self.made, &failure.cause());
        let pause = FIRST_PAUSE * 2_u32.pow(self.made.saturating_sub(2).min(TRIES));
        if self.made > 1 {
            sleep(pause.min(LONGEST_PAUSE)).await;
        }
        Ok(())
    }
}

/// Does `$work`, which uses the connection `$db`, in a transaction of `$store`. The transaction is
/// committed if the work succeeds, and rolled back if it fails. The work may be done several times.
macro_rules! transaction {
    ($store:expr, |$db:ident| $work:block) => {{
        use $crate::postgres::error::Failure;
        let mut tries = $store.tries($crate::events::function_of(&|| ()));
        loop {
            let once = async {
                let (mut lease, transaction) =
                    tries.in_time(Failure::Undone, $store.begin()).await?;
                let $db: &mut $crate::postgres::connection::Connection = &mut *lease;
                let answer = tries.in_time(Failure::Undone, async { $work }).await;
                $store.end_transaction(&tries, lease, transaction, answer).await
            };
            match once.await {
                Ok(answer) => break Ok(answer),
                Err(failure) => tries.wait(failure).await?,
            }
        }
    }};
}
pub(super) use transaction;

impl PostgresStore {
    /// For a call that `what` names in events.
    pub(super) fn tries(&self, what: &'static str) -> Tries {
        let limit = self.pool.options().call_timeout;
        let limit = (!limit.is_zero()).then(|| (limit, Instant::now() + limit));
        Tries { made: 0, limit, _until_answered: POSTGRES.timed(what) }
    }

    /// Reads the first row, if there is one.
    pub(super) async fn first<T>(
        &self,
        sql: &'static str,
        values: Values,
        read: Read<T>,
    ) -> Result<Option<T>> {
        let mut tries = self.tries(sql);
        let row = loop {
            match tries.in_time(Failure::Undone, self.row(sql, &values)).await {
                Ok(row) => break row,
                Err(failure) => tries.wait(failure).await?,
            }
        };
        row.map(|row| read(&row, 0)).transpose().map_err(|error| Failure::from(error).into())
    }

    /// Reads all rows.
    pub(super) async fn all<T>(
        &self,
        sql: &'static str,
        values: Values,
        read: Read<T>,
    ) -> Result<Vec<T>> {
        let mut tries = self.tries(sql);
        let rows = loop {
            match tries.in_time(Failure::Undone, self.rows(sql, &values)).await {
                Ok(rows) => break rows,
                Err(failure) => tries.wait(failure).await?,
            }
        };
        let read = rows.iter().map(|row| read(row, 0)).collect::<sqlx::Result<Vec<T>>>();
        read.map_err(|error| Failure::from(error).into())
    }

    /// Runs one statement that checks and writes; `answer` turns its row into the result of the call.
    pub(super) async fn write<T>(
        &self,
        sql: &'static str,
        values: Values,
        answer: impl Fn(Answer) -> Result<T, Failure>,
    ) -> Result<T> {
        let mut tries = self.tries(sql);
        loop {
            match self.written(&tries, sql, &values).await.and_then(|row| answer(Answer::new(row)))
            {
                Ok(answer) => return Ok(answer),
                Err(failure) => tries.wait(failure).await?,
            }
        }
    }

    /// Runs statements without values in one round trip, all of them or none.
    pub(super) async fn batch(&self, sql: &'static str) -> Result<()> {
        let mut tries = self.tries(sql);
        loop {
            match self.try_batch(sql).await {
                Ok(()) => return Ok(()),
                Err(failure) => tries.wait(failure).await?,
            }
        }
    }

    async fn try_batch(&self, sql: &'static str) -> Result<(), Failure> {
        let mut lease = self.pool.acquire().await?;
        let outcome = lease.write_batch(sql).await;
        self.end(lease, outcome)
    }

    async fn written(
        &self,
        tries: &Tries,
        sql: &'static str,
        values: &Values,
    ) -> Result<Option<Row>, Failure> {
        let lease = async { Ok(self.pool.acquire().await?) };
        let mut lease = tries.in_time(Failure::Undone, lease).await?;
        let row = tries.in_time(Failure::InDoubt, lease.write(sql, again(values))).await;
        self.end(lease, row)
    }

    async fn row(&self, sql: &'static str, values: &Values) -> Result<Option<Row>, Failure> {
        let mut lease = self.pool.acquire().await?;
        let row = lease.row(sql, again(values)).await;
        self.end(lease, row.map_err(Failure::from))
    }

    async fn rows(&self, sql: &'static str, values: &Values) -> Result<Vec<Row>, Failure> {
        let mut lease = self.pool.acquire().await?;
        let rows = lease.rows(sql, again(values)).await;
        self.end(lease, rows.map_err(Failure::from))
    }

    /// Begins a transaction, for [`transaction!`] alone.
    pub(super) async fn begin(&self) -> Result<(Lease, TransactionId), Failure> {
        let mut lease = self.pool.acquire().await?;
        match lease.begin().await {
            Ok(transaction) => Ok((lease, transaction)),
            Err(error) => self.end(lease, Err(error.into())),
        }
    }

    /// Ends a transaction whose work had the result `answer`, for [`transaction!`] alone.
    pub(super) async fn end_transaction<T>(
        &self,
        tries: &Tries,
        mut lease: Lease,
        transaction: TransactionId,
        answer: Result<T, Failure>,
    ) -> Result<T, Failure> {
        let answer = match answer {
            Ok(answer) => answer,
            Err(failure) if failure.remedy() == Remedy::Reconnect => {
                return self.end(lease, Err(failure));
            }
            Err(failure) => {
                let rollback = async { Ok(lease.batch("ROLLBACK").await?) };
                if tries.in_time(Failure::Undone, rollback).await.is_ok() {
                    self.pool.release(lease);
                }
                return Err(failure);
            }
        };
        let commit = async {
            let committed = lease.batch("COMMIT").await;
            committed.map_err(|error| Failure::of_a_transaction(error, true))
        };
        let committed = tries.in_time(Failure::InDoubt, commit).await;
        match self.end(lease, committed) {
            Ok(()) => Ok(answer),
            Err(Failure::InDoubt(error)) => {
                let look = async { Ok(self.outcome_of(&transaction).await) };
                match tries.in_time(Failure::InDoubt, look).await {
                    Ok(Outcome::Committed) => Ok(answer),
                    Ok(Outcome::RolledBack) => Err(Failure::Undone(error)),
                    Ok(Outcome::Unknown) | Err(_) => Err(Failure::InDoubt(error)),
                }
            }
            Err(failure) => Err(failure),
        }
    }

    /// Gives a connection back, unless the outcome of a statement leaves its state in doubt.
    fn end<T>(&self, lease: Lease, outcome: Result<T, Failure>) -> Result<T, Failure> {
        match &outcome {
            Ok(_) => self.pool.release(lease),
            Err(failure) if failure.spares_the_connection() => self.pool.release(lease),
            Err(Failure::Undone(_) | Failure::InDoubt(_)) => self.pool.forget_idle(),
            Err(failure) if failure.remedy() == Remedy::Reconnect => self.pool.forget_idle(),
            Err(_) => {}
        }
        outcome
    }
}

/// A copy of the values, because running a statement consumes them.
fn again(values: &Values) -> Values {
    match values {
        Ok(values) => Ok(values.clone()),
        Err(error) => Err(error.to_string().into()),
    }
}
