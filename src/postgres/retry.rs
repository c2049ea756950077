//! Retries: a call is made again when another one overtook it, or when its connection broke.

use std::time::Duration;

use tokio::time::sleep;

use super::PostgresStore;
use super::answer::Answer;
use super::error::{Failure, Remedy};
use super::pool::Lease;
use super::statement::{Read, Row, Values};
use crate::Result;
use crate::events::{POSTGRES, Timed};

/// How often a call is made at most.
const TRIES: u32 = 12;

/// How long to wait before the second try; twice as long before each further one, up to a bound.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// Whether a call only reads, and so may be made again in any case.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Read,
    Write,
}

/// Counts how often a call was made, and measures how long it takes.
pub(super) struct Tries {
    sort: Sort,
    made: u32,
    reconnected: bool,
    _until_answered: Timed<'static>,
}

impl Tries {
    /// For a call that reads; `what` names it in events.
    pub(super) fn of_a_read(what: &'static str) -> Self {
        Self::of(Sort::Read, what)
    }

    /// For a call that writes; `what` names it in events.
    pub(super) fn of_a_write(what: &'static str) -> Self {
        Self::of(Sort::Write, what)
    }

    fn of(sort: Sort, what: &'static str) -> Self {
        Self { sort, made: 0, reconnected: false, _until_answered: POSTGRES.timed(what) }
    }

    /// Waits until the call can be made again; fails when it cannot.
    pub(super) async fn wait(&mut self, failure: Failure) -> Result<()> {
        self.made += 1;
        let again = match failure.remedy() {
            Remedy::None => false,
            Remedy::Again | Remedy::Reconnect => true,
            Remedy::ReconnectToRead => self.sort == Sort::Read && !self.reconnected,
        };
        self.reconnected |= failure.remedy() == Remedy::ReconnectToRead;
        if !again {
            return Err(failure.into());
        }
        if self.made == TRIES {
            POSTGRES.tries_exhausted(self.made, &failure.cause());
            return Err(failure.into());
        }
        POSTGRES.tried_again(self.made, &failure.cause());
        let pause = FIRST_PAUSE * 2_u32.pow(self.made.saturating_sub(2));
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
        let mut tries =
            $crate::postgres::retry::Tries::of_a_write($crate::events::function_of(&|| ()));
        loop {
            let once = async {
                let mut lease = $store.begin().await?;
                let $db: &mut $crate::postgres::connection::Connection = &mut lease;
                let answer: Result<_, Failure> = async { $work }.await;
                $store.end_transaction(lease, answer).await
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
    /// Reads the first row, if there is one.
    pub(super) async fn first<T>(
        &self,
        sql: &'static str,
        values: Values,
        read: Read<T>,
    ) -> Result<Option<T>> {
        let mut tries = Tries::of_a_read(sql);
        let row = loop {
            match self.row(sql, &values).await {
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
        let mut tries = Tries::of_a_read(sql);
        let rows = loop {
            match self.rows(sql, &values).await {
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
        let mut tries = Tries::of_a_write(sql);
        loop {
            match self.row(sql, &values).await.and_then(|row| answer(Answer::new(row))) {
                Ok(answer) => return Ok(answer),
                Err(failure) => tries.wait(failure).await?,
            }
        }
    }

    /// Runs statements without values in one round trip, all of them or none.
    pub(super) async fn batch(&self, sql: &'static str) -> Result<()> {
        let mut tries = Tries::of_a_write(sql);
        loop {
            match self.try_batch(sql).await {
                Ok(()) => return Ok(()),
                Err(failure) => tries.wait(failure).await?,
            }
        }
    }

    async fn try_batch(&self, sql: &'static str) -> Result<(), Failure> {
        let mut lease = self.pool.acquire().await?;
        let outcome = lease.batch(sql).await;
        self.end(lease, outcome)
    }

    async fn row(&self, sql: &'static str, values: &Values) -> Result<Option<Row>, Failure> {
        let mut lease = self.pool.acquire().await?;
        let row = lease.row(sql, again(values)).await;
        self.end(lease, row)
    }

    async fn rows(&self, sql: &'static str, values: &Values) -> Result<Vec<Row>, Failure> {
        let mut lease = self.pool.acquire().await?;
        let rows = lease.rows(sql, again(values)).await;
        self.end(lease, rows)
    }

    /// Begins a transaction, for [`transaction!`] alone.
    pub(super) async fn begin(&self) -> Result<Lease, Failure> {
        let mut lease = self.pool.acquire().await?;
        lease.batch("BEGIN").await.map_err(Failure::before_commit)?;
        Ok(lease)
    }

    /// Ends a transaction whose work had the result `answer`, for [`transaction!`] alone.
    pub(super) async fn end_transaction<T>(
        &self,
        mut lease: Lease,
        answer: Result<T, Failure>,
    ) -> Result<T, Failure> {
        match answer {
            Ok(answer) => {
                let committed = lease.batch("COMMIT").await;
                self.end(lease, committed).map(|()| answer)
            }
            Err(failure) => {
                if lease.batch("ROLLBACK").await.is_ok() {
                    self.pool.release(lease);
                }
                Err(match failure {
                    Failure::Failed(error) => Failure::before_commit(error),
                    failure => failure,
                })
            }
        }
    }

    /// Gives a connection back, unless the outcome of a statement leaves its state in doubt.
    fn end<T>(&self, lease: Lease, outcome: sqlx::Result<T>) -> Result<T, Failure> {
        let failure = match outcome {
            Ok(value) => {
                self.pool.release(lease);
                return Ok(value);
            }
            Err(error) => Failure::from(error),
        };
        match failure.remedy() {
            Remedy::Reconnect | Remedy::ReconnectToRead => self.pool.forget_idle(),
            Remedy::None | Remedy::Again if failure.is_of_the_statement() => {
                self.pool.release(lease);
            }
            Remedy::None | Remedy::Again => {}
        }
        Err(failure)
    }
}

/// A copy of the values, because running a statement consumes them.
fn again(values: &Values) -> Values {
    match values {
        Ok(values) => Ok(values.clone()),
        Err(error) => Err(error.to_string().into()),
    }
}
