//! What became of a transaction whose `COMMIT` was not answered.
//!
//! A connection can end after the server has committed and before its answer has arrived. The server
//! remembers the transaction, and is asked about it on another connection.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::PostgresStore;
use super::connection::Connection;
use super::statement::values;
use crate::Result;

/// How long the server is asked.
const PATIENCE: Duration = Duration::from_secs(5);

/// The pause before it is asked again.
const PAUSE: Duration = Duration::from_millis(50);

/// Identifies a transaction, and the server that it runs on. Another server, like one that takes over
/// from it, may give the same number to another transaction.
pub(super) struct TransactionId {
    number: String,
    server: String,
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Committed,
    RolledBack,
    Unknown,
}

impl Connection {
    /// Begins a transaction, in one round trip.
    pub(super) async fn begin(&mut self) -> sqlx::Result<TransactionId> {
        let sql = "BEGIN;
                   SELECT txid_current()::text, extract(epoch FROM pg_postmaster_start_time())::text";
        let row = self.batch_row(sql).await?.ok_or(sqlx::Error::RowNotFound)?;
        Ok(TransactionId { number: row.get(0)?, server: row.get(1)? })
    }
}

impl PostgresStore {
    /// What became of a transaction whose connection broke at the `COMMIT`.
    pub(super) async fn outcome_of(&self, transaction: &TransactionId) -> Outcome {
        let found = async {
            loop {
                match self.status_of(transaction).await.as_deref() {
                    Ok("committed") => return Outcome::Committed,
                    Ok("aborted") => return Outcome::RolledBack,
                    // The server has forgotten it, or is another one.
                    Ok("") => return Outcome::Unknown,
                    // Its session has not ended yet, or the server cannot be reached.
                    Ok(_) | Err(_) => sleep(PAUSE).await,
                }
            }
        };
        timeout(PATIENCE, found).await.unwrap_or(Outcome::Unknown)
    }

    async fn status_of(&self, transaction: &TransactionId) -> Result<String> {
        let sql = "SELECT CASE extract(epoch FROM pg_postmaster_start_time())::text WHEN $2
                          THEN coalesce(txid_status($1::bigint), '') ELSE '' END";
        let TransactionId { number, server } = transaction;
        let status = self.first(sql, values![number, server], |row, at| row.get(at)).await?;
        Ok(status.unwrap_or_default())
    }
}
