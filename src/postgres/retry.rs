//! Makes a call again that was overtaken by another one, or whose connection broke.

use std::time::Duration;

use tokio::time::sleep;

use super::PostgresStore;
use super::answer::Answer;
use super::error::{Failure, Remedy};
use super::pool::Lease;
use super::statement::{Read, Row, Values};
use crate::Result;

/// How often a call is made at the most.
const TRIES: u32 = 12;

/// How long to wait before the second try; twice as long before each further one, up to a bound.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// Whether a call only reads, and may be made again whatever became of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Read,
    Write,
}

/// How often a call was made.
pub(super) struct Tries {
    sort: Sort,
    made: u32,
    reconnected: bool,
}

impl Tries {
    pub(super) fn of_a_read() -> Self {
        Self { sort: Sort::Read, made: 0, reconnected: false }
    }

    pub(super) fn of_a_write() -> Self {
        Self { sort: Sort::Write, made: 0, reconnected: false }
    }

    /// Waits until the call can be made again, or says why it will not be.
    pub(super) async fn wait(&mut self, failure: Failure) -> Result<()> {
        self.made += 1;
        let again = match failure.remedy() {
            Remedy::None => false,
            Remedy::Again | Remedy::Reconnect => true,
            Remedy::ReconnectToRead => self.sort == Sort::Read && !self.reconnected,
        };
        self.reconnected |= failure.remedy() == Remedy::ReconnectToRead;
        if !again || self.made == TRIES {
            return Err(failure.into());
        }
        let pause = FIRST_PAUSE * 2_u32.pow(self.made.saturating_sub(2));
        if self.made > 1 {
            sleep(pause.min(LONGEST_PAUSE)).await;
        }
        Ok(())
    }
}

/// Does `$work`, which has the connection `$db`, in a transaction of `$store`, which is committed if it
/// succeeds and undone if it fails. It may be done several times.
macro_rules! transaction {
    ($store:expr, |$db:ident| $work:block) => {{
        use $crate::postgres::error::Failure;
        let mut tries = $crate::postgres::retry::Tries::of_a_write();
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
        let mut tries = Tries::of_a_read();
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
        let mut tries = Tries::of_a_read();
        let rows = loop {
            match self.rows(sql, &values).await {
                Ok(rows) => break rows,
                Err(failure) => tries.wait(failure).await?,
            }
        };
        let read = rows.iter().map(|row| read(row, 0)).collect::<sqlx::Result<Vec<T>>>();
        read.map_err(|error| Failure::from(error).into())
    }

    /// Runs one statement that checks and writes, and makes of its answer what the call answers.
    pub(super) async fn write<T>(
        &self,
        sql: &'static str,
        values: Values,
        answer: impl Fn(Answer) -> Result<T, Failure>,
    ) -> Result<T> {
        let mut tries = Tries::of_a_write();
        loop {
            match self.row(sql, &values).await.and_then(|row| answer(Answer::new(row))) {
                Ok(answer) => return Ok(answer),
                Err(failure) => tries.wait(failure).await?,
            }
        }
    }

    /// Runs statements without values in one round trip, all of them or none.
    pub(super) async fn batch(&self, sql: &'static str) -> Result<()> {
        let mut tries = Tries::of_a_write();
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

    /// Ends a transaction in which the work came to `answer`, for [`transaction!`] alone.
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

    /// Gives a connection back, unless what a statement came to leaves it in doubt.
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

/// The values once more: running a statement takes them.
fn again(values: &Values) -> Values {
    match values {
        Ok(values) => Ok(values.clone()),
        Err(error) => Err(error.to_string().into()),
    }
}
