//! The driver's client, set up as the contract needs it.

use bson::{Document, doc};
use mongodb::options::{
    ClientOptions, ReadConcern, ReadPreference, SelectionCriteria, WriteConcern,
};
use mongodb::{Client, Database};

use super::error::OpenError;
use super::options::MongoOptions;
use crate::{Invalid, Result, StoreError};

/// The wire version of MongoDB 6.0.
const OLDEST_WIRE_VERSION: i32 = 17;

/// Connects, and checks that what answers has transactions.
///
/// Every read is one of a snapshot that a majority of the nodes have acknowledged, on the primary: it
/// sees all that was acknowledged before, and nothing that a failover could take back. Every write
/// waits for a majority, and for their journals.
pub(super) async fn connect(options: &MongoOptions) -> Result<Database> {
    let mut client = ClientOptions::parse(options.url.as_str()).await.map_err(invalid)?;
    client.max_pool_size = Some(options.pool_size);
    client.min_pool_size = client.min_pool_size.filter(|&size| size <= options.pool_size);
    client.server_selection_timeout = Some(options.server_selection_timeout);
    client.connect_timeout =
        Some(client.connect_timeout.unwrap_or(options.server_selection_timeout));
    client.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
    client.read_concern = Some(ReadConcern::snapshot());
    client.write_concern = Some(
        WriteConcern::builder().w(mongodb::options::Acknowledgment::Majority).journal(true).build(),
    );
    client.retry_reads = Some(true);
    client.retry_writes = Some(true);
    client.app_name.get_or_insert_with(|| "pangolin-store".to_owned());
    let client = Client::with_options(client).map_err(invalid)?;
    check_deployment(&client).await?;
    Ok(client.database(&options.database))
}

/// What is wrong with the options; of a DNS failure, what that was.
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

async fn check_deployment(client: &Client) -> Result<()> {
    let hello: Document = client.database("admin").run_command(doc! { "hello": 1 }).await?;
    let is_router = hello.get_str("msg").is_ok_and(|message| message == "isdbgrid");
    if !is_router && !hello.contains_key("setName") {
        return Err(match hello.get_bool("isreplicaset").unwrap_or(false) {
            true => OpenError::NotInitiated.into(),
            false => OpenError::Standalone.into(),
        });
    }
    if hello.get_i32("maxWireVersion").unwrap_or(0) < OLDEST_WIRE_VERSION {
        return Err(OpenError::TooOld.into());
    }
    Ok(())
}
