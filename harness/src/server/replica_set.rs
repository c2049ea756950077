//! A MongoDB replica set of three nodes.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::time::timeout;

use super::account::Account;
use super::power::{Power, Readiness};
use super::running_server::connect;
use super::{
    Database, Durability, Engine, RunningServer, ServerError, ServerSource, ServerUnavailable,
    Settings, Tried, local, mongo, programs, runtime,
};

const NODES: usize = 3;

/// How long a set may take to start, and to elect a primary.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a node may take to say whether it is the primary.
const HASTE: Duration = Duration::from_secs(2);

/// A replica set of three nodes, which are numbered from 0, run by programs on this machine. A node that is
/// lost is replaced within about two seconds.
///
/// It ends, and leaves nothing behind, as other servers do: with the last of this value and of its databases,
/// and with this process.
pub struct ReplicaSet {
    server: Arc<RunningServer>,
    nodes: Arc<[Power]>,
}

/// Starts a MongoDB replica set of three nodes, which shares nothing with any other server. Majority writes
/// survive the kill of any node if it is [`Durability::Full`].
///
/// # Errors
/// There is no `mongod`, or the set did not start.
pub async fn start_replica_set(durability: Durability) -> Result<ReplicaSet, ServerUnavailable> {
    let engine = Engine::Mongo;
    let started = runtime::run(ReplicaSet::start(durability)).await.and_then(|started| started);
    started.map_err(|why| {
        let tried = vec![Tried { source: ServerSource::Local, why }];
        ServerUnavailable::Tried { engine, tried }
    })
}

impl ReplicaSet {
    async fn start(durability: Durability) -> Result<Self, ServerError> {
        let programs = programs::find(Engine::Mongo, &Settings::new(Engine::Mongo).folders)?;
        let account = Account::for_servers()?;
        let mut nodes = Vec::new();
        let mut hosts = Vec::new();
        for _ in 0..NODES {
            let (node, port) = start_node(&programs, account, durability).await?;
            nodes.push(node);
            hosts.push(format!("127.0.0.1:{port}"));
        }
        let nodes: Arc<[Power]> = nodes.into();
        mongo::form_set(nodes[0].url(), &hosts, durability, PATIENCE).await?;
        primary_of(&nodes).await?;
        let url = mongo::url_of_set(&hosts);
        let admin = connect(Engine::Mongo, &url).await?;
        let held = Arc::clone(&nodes);
        let server = RunningServer::new(Engine::Mongo, ServerSource::Local, url, admin, held);
        Ok(Self { server: Arc::new(server), nodes })
    }

    /// The URL of the whole set, which names all nodes.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// The URL of one node alone.
    ///
    /// # Panics
    /// There is no node `node`: they are 0, 1 and 2. So do all functions that take one.
    pub fn url_of(&self, node: usize) -> &str {
        self.nodes[node].url()
    }

    /// The set as a server. It has no [`power`](RunningServer::power) of its own.
    pub fn server(&self) -> &Arc<RunningServer> {
        &self.server
    }

    /// A new, empty database that nothing else uses.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn database(&self) -> Result<Database, ServerError> {
        self.server.database().await
    }

    /// Waits until a node is the primary and a majority has acknowledged a write of it, and returns which one.
    ///
    /// # Errors
    /// There is none within a minute, as when two nodes are down.
    pub async fn primary(&self) -> Result<usize, ServerError> {
        primary_of(&self.nodes).await
    }

    /// As [`Power::kill`], for one node.
    ///
    /// # Errors
    /// As there.
    pub async fn kill(&self, node: usize) -> Result<(), ServerError> {
        self.nodes[node].kill().await
    }

    /// As [`Power::start_again`], for one node: it is then the primary or a secondary.
    ///
    /// # Errors
    /// As there.
    pub async fn start_again(&self, node: usize) -> Result<(), ServerError> {
        self.nodes[node].start_again().await
    }

    /// As [`Power::freeze`], for one node.
    ///
    /// # Errors
    /// As there.
    pub async fn freeze(&self, node: usize) -> Result<(), ServerError> {
        self.nodes[node].freeze().await
    }

    /// As [`Power::thaw`], for one node. A primary that was replaced meanwhile still believes for a moment that it
    /// is the primary.
    ///
    /// # Errors
    /// As there.
    pub fn thaw(&self, node: usize) -> Result<(), ServerError> {
        self.nodes[node].thaw()
    }

    /// Makes the primary step down, also when no other node is up to date, and returns which one it was. It does
    /// not become the primary again for five seconds.
    ///
    /// # Errors
    /// There is no primary, or it refuses.
    pub async fn step_down(&self) -> Result<usize, ServerError> {
        let primary = self.primary().await?;
        mongo::step_down(self.url_of(primary)).await?;
        Ok(primary)
    }

    /// Waits until a node is a secondary.
    ///
    /// # Errors
    /// It is none within a minute.
    pub async fn secondary(&self, node: usize) -> Result<(), ServerError> {
        let deadline = Instant::now() + PATIENCE;
        while !mongo::is_secondary(self.url_of(node)).await.unwrap_or(false) {
            give_up_at(deadline, "it is no secondary")?;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }
}

impl fmt::Debug for ReplicaSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplicaSet").field("server", &self.server).finish_non_exhaustive()
    }
}

async fn start_node(
    programs: &Path,
    account: Option<Account>,
    durability: Durability,
) -> Result<(Power, u16), ServerError> {
    let arguments = mongo::arguments_of_a_node(durability);
    let watch = |port| local::watch_mongod(programs, account, port, durability, &arguments);
    let (watchdog, port) = local::listen(watch).await?;
    let url = Engine::Mongo.local_url(port);
    Ok((Power::new(Engine::Mongo, url, Readiness::Member, watchdog), port))
}

async fn primary_of(nodes: &[Power]) -> Result<usize, ServerError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let asked = nodes.iter().map(|node| timeout(HASTE, mongo::accepts_writes(node.url())));
        let answers = join_all(asked).await;
        if let Some(primary) = answers.iter().position(|answer| matches!(answer, Ok(Ok(())))) {
            return Ok(primary);
        }
        give_up_at(deadline, "no node is a primary that accepts writes")?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn give_up_at(deadline: Instant, why: &str) -> Result<(), ServerError> {
    if Instant::now() > deadline {
        return Err(ServerError::new(format!("{why} after {} s", PATIENCE.as_secs())));
    }
    Ok(())
}
