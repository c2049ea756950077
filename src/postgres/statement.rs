//! The ways in which the store runs a statement. Each prepares the statement once per connection.

use std::num::NonZeroU32;

use futures_util::TryStreamExt;
use sqlx::{Error, Execute, Executor, Row as _};
use sqlx_postgres::{PgArguments, PgRow, Postgres};
use uuid::Uuid;

use super::connection::Connection;
use super::error::Failure;

/// A row that the server returned.
pub(super) struct Row(PgRow);

impl Row {
    /// Reads the column with the number `at`; the first one is 0.
    pub(super) fn get<'r, T>(&'r self, at: usize) -> sqlx::Result<T>
    where
        T: sqlx::Decode<'r, Postgres> + sqlx::Type<Postgres>,
    {
        self.0.try_get(at)
    }
}

/// The values of a statement's parameters, in order.
pub(super) type Values = Result<PgArguments, sqlx::error::BoxDynError>;

/// Encodes the arguments, each of a type that can be a column, as [`Values`].
macro_rules! values {
    ($($value:expr),* $(,)?) => {{
        #[allow(unused_mut, clippy::redundant_closure_call)]
        let values: $crate::postgres::statement::Values = (|| {
            let mut values = sqlx_postgres::PgArguments::default();
            $(sqlx::Arguments::add(&mut values, $value)?;)*
            Ok(values)
        })();
        values
    }};
}
pub(super) use values;

/// Adds one more value at the end.
pub(super) fn with_last(values: Values, last: String) -> Values {
    let mut values = values?;
    sqlx::Arguments::add(&mut values, last)?;
    Ok(values)
}

impl Connection {
    /// Runs a write; returns how many rows it changed.
    pub(super) async fn run(&mut self, sql: &'static str, values: Values) -> sqlx::Result<u64> {
        let query = sqlx::query_with::<Postgres, _>(sql, values.map_err(Error::Encode)?);
        Ok(self.inner().execute(query).await?.rows_affected())
    }

    /// Runs statements without values, in one round trip and one transaction.
    pub(super) async fn batch(&mut self, sql: &'static str) -> sqlx::Result<()> {
        self.inner().execute(sqlx::raw_sql(sql)).await?;
        Ok(())
    }

    /// As [`batch`](Self::batch); returns the first row, if there is one.
    pub(super) async fn batch_row(&mut self, sql: &'static str) -> sqlx::Result<Option<Row>> {
        let rows = self.inner().fetch_all(sqlx::raw_sql(sql)).await?;
        Ok(rows.into_iter().next().map(Row))
    }

    /// Runs a statement that is a transaction of its own; returns its first row, if there is one.
    pub(super) async fn write(
        &mut self,
        sql: &'static str,
        values: Values,
    ) -> Result<Option<Row>, Failure> {
        let values = values.map_err(|error| Failure::Failed(Error::Encode(error)))?;
        self.transact(sqlx::query_with::<Postgres, _>(sql, values)).await
    }

    /// As [`batch`](Self::batch), for two statements or more that are a transaction of their own.
    pub(super) async fn write_batch(&mut self, sql: &'static str) -> Result<(), Failure> {
        self.transact(sqlx::raw_sql(sql)).await.map(drop)
    }

    /// The server sends a part of its answer before it commits. A connection that ends before that part
    /// has arrived, by the server's own word, has therefore not committed.
    async fn transact<'q>(
        &mut self,
        query: impl Execute<'q, Postgres> + 'q,
    ) -> Result<Option<Row>, Failure> {
        let mut answer = self.inner().fetch_many(query);
        let mut row = None;
        let mut began = false;
        loop {
            match answer.try_next().await {
                Ok(Some(part)) => {
                    began = true;
                    row = row.or(part.right());
                }
                Ok(None) => return Ok(row.map(Row)),
                Err(error) => return Err(Failure::of_a_transaction(error, began)),
            }
        }
    }

    /// Returns the first row, if there is one.
    pub(super) async fn row(
        &mut self,
        sql: &'static str,
        values: Values,
    ) -> sqlx::Result<Option<Row>> {
        let query = sqlx::query_with::<Postgres, _>(sql, values.map_err(Error::Encode)?);
        Ok(self.inner().fetch_optional(query).await?.map(Row))
    }

    /// Returns all rows.
    pub(super) async fn rows(
        &mut self,
        sql: &'static str,
        values: Values,
    ) -> sqlx::Result<Vec<Row>> {
        let query = sqlx::query_with::<Postgres, _>(sql, values.map_err(Error::Encode)?);
        self.inner().fetch(query).map_ok(Row).try_collect().await
    }

    /// Reads a value from the first row, if there is one. The value begins at column 0.
    pub(super) async fn first<T>(
        &mut self,
        sql: &'static str,
        values: Values,
        read: Read<T>,
    ) -> sqlx::Result<Option<T>> {
        self.row(sql, values).await?.map(|row| read(&row, 0)).transpose()
    }

    /// Reads a value from each row. The values begin at column 0.
    pub(super) async fn all<T>(
        &mut self,
        sql: &'static str,
        values: Values,
        read: Read<T>,
    ) -> sqlx::Result<Vec<T>> {
        self.rows(sql, values).await?.iter().map(|row| read(row, 0)).collect()
    }
}

/// Reads a value from a row. It begins at the given column.
pub(super) type Read<T> = fn(&Row, usize) -> sqlx::Result<T>;

/// The limit of a page, as a parameter.
pub(super) fn limit(limit: NonZeroU32) -> i64 {
    limit.get().into()
}

/// The smallest id that can be on a page: the one that follows `after`. Nothing follows the largest id:
/// the result is then NULL, and a comparison with NULL is never true.
pub(super) fn first_id<T: Into<Uuid>>(after: Option<T>) -> Option<Uuid> {
    match after {
        None => Some(Uuid::nil()),
        Some(after) => after.into().as_u128().checked_add(1).map(Uuid::from_u128),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_begins_at_the_id_that_follows_the_last_one_seen() {
        assert_eq!(first_id::<Uuid>(None), Some(Uuid::nil()));
        assert_eq!(first_id(Some(Uuid::nil())), Some(Uuid::from_u128(1)));
        assert_eq!(first_id(Some(Uuid::max())), None);
    }
}
