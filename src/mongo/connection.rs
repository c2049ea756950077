//! The driver's client, with the settings that the contract needs.

use bson::{Document, doc};
use mongodb::event::EventHandler;
use mongodb::event::cmap::{CmapEvent, ConnectionCheckoutFailedReason, ConnectionClosedReason};
use mongodb::options::{ClientOptions, ReadConcern, ReadPreference, SelectionCriteria};
use mongodb::{Client, Database};

use super::durability::{Elections, majority};
use super::error::OpenError;
use super::options::MongoOptions;
use crate::events::{IN_DOUBT, MONGO, on_servers};
use crate::{Invalid, Result, StoreError};

/// The wire version of MongoDB 6.0.
const OLDEST_WIRE_VERSION: i32 = 17;

/// A database that was connected to, and what events say about it.
pub(super) struct Connected {
    pub(super) database: Database,
    pub(super) elections: Elections,
    /// `HOST:PORT,…/DATABASE`.
    pub(super) shown: String,
    /// The version of the protocol that the server speaks.
    pub(super) wire_version: i32,
}

/// Connects, and checks that the server has transactions.
///
/// Every read is on the primary, of a snapshot that a majority of the nodes have acknowledged: it sees
/// everything that was acknowledged before, and nothing that a failover could undo. Every write waits
/// for the journals of a majority.
pub(super) async fn connect(options: &MongoOptions) -> Result<Connected> {
    let mut client = ClientOptions::parse(options.url.as_str()).await.map_err(invalid)?;
    client.max_pool_size = Some(options.pool_size);
    client.min_pool_size = client.min_pool_size.filter(|&size| size <= options.pool_size);
    client.server_selection_timeout = Some(options.server_selection_timeout);
    client.connect_timeout =
        Some(client.connect_timeout.unwrap_or(options.server_selection_timeout));
    client.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
    client.read_concern = Some(ReadConcern::snapshot());
    client.write_concern = Some(majority());
    client.retry_reads = Some(true);
    client.retry_writes = Some(true);
    client.app_name.get_or_insert_with(|| "pangolin-store".to_owned());
    let elections = Elections::default();
    client.sdam_event_handler = Some(elections.handler());
    client.cmap_event_handler = Some(EventHandler::callback(report));
    let shown = on_servers(&client.hosts, Some(&options.database));
    let client = Client::with_options(client).map_err(invalid)?;
    let wire_version = check_deployment(&client).await?;
    let database = client.database(&options.database);
    Ok(Connected { database, elections, shown, wire_version })
}

/// Reports what happens to the driver's connections, as far as it matters to an operator.
fn report(event: CmapEvent) {
    match event {
        CmapEvent::ConnectionCheckedOut(event) => MONGO.waited_for_connection(event.duration),
        CmapEvent::ConnectionCheckoutFailed(event) => match event.reason {
            ConnectionCheckoutFailedReason::Timeout => {
                MONGO.no_connection(event.duration, "all are busy");
            }
            _ => MONGO.no_connection(event.duration, "the server cannot be reached"),
        },
        CmapEvent::ConnectionClosed(event) => match event.reason {
            ConnectionClosedReason::Error | ConnectionClosedReason::Dropped => {
                MONGO.connection_closed(IN_DOUBT);
            }
            ConnectionClosedReason::Stale => MONGO.connection_closed("another one failed"),
            _ => {}
        },
        _ => {}
    }
}

/// The error for wrong options; for a failure of DNS, its own error.
fn invalid(error: mongodb::error::Error) -> StoreError {
    use mongodb::error::ErrorKind;
    match *error.kind {
        ErrorKind::InvalidArgument { .. } | ErrorKind::InvalidTlsConfig { .. } => {
            Invalid::new("url", "holds options of the driver that it refuses or that do not fit")
                .into()
        }
        _ => error.into(),
    }
}

/// Refuses a server on which the store would not work; returns the version of its protocol.
async fn check_deployment(client: &Client) -> Result<i32> {
    let hello: Document = client.database("admin").run_command(doc! { "hello": 1 }).await?;
    let is_router = hello.get_str("msg").is_ok_and(|message| message == "isdbgrid");
    if !is_router && !hello.contains_key("setName") {
        return Err(match hello.get_bool("isreplicaset").unwrap_or(false) {
            true => OpenError::NotInitiated.into(),
            false => OpenError::Standalone.into(),
        });
    }
    let wire_version = hello.get_i32("maxWireVersion").unwrap_or(0);
    if wire_version < OLDEST_WIRE_VERSION {
        return Err(OpenError::TooOld.into());
    }
    Ok(wire_version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_database_is_shown_without_user_and_password() {
        let url = "mongodb://catalog:secret@a.example:27018,b.example/lake?replicaSet=secret";
        let client = ClientOptions::parse(url).await.unwrap();
        let shown = on_servers(&client.hosts, Some("lake"));
        assert_eq!(shown, "a.example:27018,b.example:27017/lake");
    }
}
