//! MongoDB.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use mongodb::Client;
use mongodb::bson::{Document, doc};
use mongodb::error::{Error, ErrorKind};
use mongodb::options::ClientOptions;

use super::power::Readiness;
use super::running_server::Admin;
use super::{Durability, Engine, ServerError};

const REPLICA_SET: &str = "parity";

/// The arguments that start a server.
pub(super) fn arguments(durability: Durability) -> Vec<&'static str> {
    let sizes: [&str; 4] = match durability {
        Durability::None => ["--oplogSize", "64", "--wiredTigerCacheSizeGB", "0.5"],
        Durability::Full => ["--oplogSize", "1024", "--wiredTigerCacheSizeGB", "1"],
    };
    [&OF_ANY_SERVER[..], &sizes].concat()
}

/// The arguments that start one of several nodes.
pub(super) fn arguments_of_a_node(durability: Durability) -> Vec<&'static str> {
    let size = match durability {
        Durability::None => "64",
        Durability::Full => "256",
    };
    let sizes = ["--oplogSize", size, "--wiredTigerCacheSizeGB", "0.25"];
    [&OF_ANY_SERVER[..], &sizes].concat()
}

const OF_ANY_SERVER: [&str; 9] = [
    "--replSet",
    REPLICA_SET,
    "--setParameter",
    "diagnosticDataCollectionEnabled=false",
    // A shutdown need not wait until clients find another node.
    "--setParameter",
    "shutdownTimeoutMillisForSignaledShutdown=0",
    "--setParameter",
    "ttlMonitorEnabled=false",
    "--quiet",
];

/// How long a running server may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long to wait for a server that is asked again and again. A client that found no server tries again only
/// after half a second, so a new client is quicker.
const HASTE: Duration = Duration::from_millis(400);

/// A MongoDB that answers and is a replica set.
pub(super) struct Mongo {
    client: Client,
    version: String,
}

impl Mongo {
    pub(super) async fn connect(url: &str) -> Result<Self, ServerError> {
        let client = client(url, PATIENCE).await?;
        let hello = admin(&client, doc! { "hello": 1 }).await?;
        if !hello.contains_key("setName") && hello.get_str("msg").ok() != Some("isdbgrid") {
            return Err(ServerError::new(
                "it is not a replica set: start mongod with --replSet NAME and run rs.initiate() once; \
                 one node is enough",
            ));
        }
        let build = admin(&client, doc! { "buildInfo": 1 }).await?;
        let version = build.get_str("version").unwrap_or("unknown").to_owned();
        Ok(Self { client, version })
    }
}

async fn client(url: &str, patience: Duration) -> Result<Client, ServerError> {
    let not_a_url =
        |_| ServerError::new(format!("it is not a MongoDB URL: {}", Engine::Mongo.url_form()));
    let mut options = ClientOptions::parse(url).await.map_err(not_a_url)?;
    options.server_selection_timeout = Some(patience);
    options.connect_timeout = Some(patience);
    Client::with_options(options).map_err(not_a_url)
}

async fn admin(client: &Client, command: Document) -> Result<Document, ServerError> {
    client.database("admin").run_command(command).await.map_err(describe)
}

fn describe(error: Error) -> ServerError {
    match &*error.kind {
        ErrorKind::ServerSelection { .. } => ServerError::new("it does not answer"),
        ErrorKind::Command(error) => ServerError::new(format!("it refuses: {}", error.message)),
        ErrorKind::Authentication { message, .. } => {
            ServerError::new(format!("it refuses: {message}"))
        }
        kind => ServerError::new(kind),
    }
}

/// Makes a newly started server a replica set of one node, and waits until it accepts writes.
/// `host` is the address at which the server reaches itself.
pub(super) async fn initiate(
    url: &str,
    host: &str,
    durability: Durability,
    patience: Duration,
) -> Result<(), ServerError> {
    let deadline = Instant::now() + patience;
    let config = configuration(&[host.to_owned()], durability);
    loop {
        let why = match try_to_initiate(url, &config).await {
            Ok(true) => return Ok(()),
            Ok(false) => ServerError::new("it does not accept writes"),
            Err(why) => why,
        };
        if Instant::now() > deadline {
            let seconds = patience.as_secs();
            return Err(ServerError::new(format!(
                "it did not become a replica set in {seconds} s: {why}"
            )));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn configuration(hosts: &[String], durability: Durability) -> Document {
    let member = |(id, host): (i32, &String)| doc! { "_id": id, "host": host };
    doc! {
        "_id": REPLICA_SET,
        "members": (0..).zip(hosts).map(member).collect::<Vec<_>>(),
        // Without the wait of majority writes for the journal, a write takes half the time, and dropping a
        // database takes a fortieth.
        "writeConcernMajorityJournalDefault": durability == Durability::Full,
    }
}

/// The URL of a set of several nodes.
pub(super) fn url_of_set(hosts: &[String]) -> String {
    format!("mongodb://{}/?replicaSet={REPLICA_SET}", hosts.join(","))
}

/// Makes newly started servers a replica set; `url` is that of the first one. A lost primary is soon replaced.
pub(super) async fn form_set(
    url: &str,
    hosts: &[String],
    durability: Durability,
    patience: Duration,
) -> Result<(), ServerError> {
    let deadline = Instant::now() + patience;
    let mut config = configuration(hosts, durability);
    config.insert(
        "settings",
        doc! {
            "electionTimeoutMillis": 1000,
            "heartbeatIntervalMillis": 200,
            "heartbeatTimeoutSecs": 1,
            // A new primary need not wait for what a lost one has and no majority.
            "catchUpTimeoutMillis": 500,
        },
    );
    // A node that has just started may not reach the others yet.
    while let Err(why) = propose(url, &config).await {
        if Instant::now() > deadline {
            let seconds = patience.as_secs();
            return Err(ServerError::new(format!("no replica set within {seconds} s: {why}")));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

async fn propose(url: &str, config: &Document) -> Result<(), ServerError> {
    let client = client(url, HASTE).await?;
    let hello = admin(&client, doc! { "hello": 1 }).await?;
    if !hello.contains_key("setName") {
        admin(&client, doc! { "replSetInitiate": config.clone() }).await?;
    }
    Ok(())
}

/// Writes to the log of the node at `url`, and waits until a majority has it; the error says why it does not.
pub(super) async fn accepts_writes(url: &str) -> Result<(), ServerError> {
    let client = client(url, HASTE).await?;
    let hello = admin(&client, doc! { "hello": 1 }).await?;
    if !hello.get_bool("isWritablePrimary").unwrap_or(false) {
        return Err(ServerError::new("it is not the primary"));
    }
    let note = doc! {
        "appendOplogNote": 1,
        "data": { "parity": "is there a majority?" },
        "writeConcern": { "w": "majority", "wtimeout": 1000 },
    };
    let answer = admin(&client, note).await?;
    match answer.contains_key("writeConcernError") {
        true => Err(ServerError::new("no majority acknowledges its writes")),
        false => Ok(()),
    }
}

/// Whether the node at `url` is a secondary.
pub(super) async fn is_secondary(url: &str) -> Result<bool, ServerError> {
    let hello = admin(&client(url, HASTE).await?, doc! { "hello": 1 }).await?;
    Ok(hello.get_bool("secondary").unwrap_or(false))
}

/// Makes the primary at `url` step down for five seconds.
pub(super) async fn step_down(url: &str) -> Result<(), ServerError> {
    let command = doc! { "replSetStepDown": 5, "secondaryCatchUpPeriodSecs": 1, "force": true };
    admin(&client(url, PATIENCE).await?, command).await.map(drop)
}

/// Whether the server at `url` is ready; the error says why not.
pub(super) async fn is_ready(url: &str, readiness: Readiness) -> Result<(), ServerError> {
    let hello = admin(&client(url, HASTE).await?, doc! { "hello": 1 }).await?;
    let is = |role: &str| hello.get_bool(role).unwrap_or(false);
    match readiness {
        _ if is("isWritablePrimary") => Ok(()),
        Readiness::Member if is("secondary") => Ok(()),
        Readiness::Writes => Err(ServerError::new("it does not accept writes")),
        Readiness::Member => Err(ServerError::new("it is no member of its replica set yet")),
    }
}

/// Whether it accepts writes.
async fn try_to_initiate(url: &str, config: &Document) -> Result<bool, ServerError> {
    let client = client(url, HASTE).await?;
    let hello = admin(&client, doc! { "hello": 1 }).await?;
    if !hello.contains_key("setName") {
        admin(&client, doc! { "replSetInitiate": config.clone() }).await?;
    }
    for _ in 0..100 {
        let hello = admin(&client, doc! { "hello": 1 }).await?;
        if hello.get_bool("isWritablePrimary").unwrap_or(false) {
            return Ok(true);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(false)
}

#[async_trait]
impl Admin for Mongo {
    fn version(&self) -> &str {
        &self.version
    }

    async fn databases(&self) -> Result<Vec<String>, ServerError> {
        self.client.list_database_names().await.map_err(describe)
    }

    async fn create(&self, _: &str) -> Result<(), ServerError> {
        // The first write creates it.
        Ok(())
    }

    async fn remove(&self, name: &str) -> Result<(), ServerError> {
        self.client.database(name).drop().await.map_err(describe)
    }
}
