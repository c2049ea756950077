//! The ground on which the clients of a case meet: a database, the callers of the clients, and what can strike.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pangolin_store::{CatalogStore, Result, StoreError};

use super::caller::Caller;
use super::child::{ChildClient, Kill};
use super::clients::{Manner, Strike};
use super::election::Election;
use super::nemesis::Nemesis;
use super::weapon::{HeldLock, Line, Power, Sessions, Weapon};
use crate::backend::{AnyBackend, Instance, MongoBackend, PostgresBackend, Server};
use crate::contract::choice::Chooser;
use crate::generate::contention::ConcurrentCase;
use crate::nemesis::Proxy;
use crate::server::{self, Durability, Engine, ReplicaSet, RunningServer, ServerSource, Settings};

/// What nemeses need, so that those which need the same share one ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Setting {
    /// Stores on one database.
    Plain,
    /// The first store reaches its server through a proxy.
    Line,
    /// The first store's statements are given up soon.
    Timeouts,
    /// The stores log in as a user who may have few connections.
    FewConnections,
    /// The sessions of the stores are ended by the server, which logs how long each statement takes.
    Sessions,
    /// The first client is a process of its own.
    Child,
    /// As `Child`, and its files cannot grow.
    SmallDisk,
    /// The first store does not wait long for the lock of the file.
    File,
    /// A server of its own, which is killed and frozen.
    OwnServer,
    /// A replica set of its own, whose nodes are killed and frozen.
    ReplicaSet,
}

impl Nemesis {
    /// What it needs.
    pub(crate) fn setting(self) -> Setting {
        match self {
            Self::None | Self::GiveUp => Setting::Plain,
            Self::CutBefore
            | Self::CutAfter
            | Self::Refuse
            | Self::Outage
            | Self::Delay
            | Self::SilentBefore
            | Self::SilentAfter => Setting::Line,
            Self::FewConnections => Setting::FewConnections,
            Self::Timeouts => Setting::Timeouts,
            Self::EndSessions => Setting::Sessions,
            Self::KillClient => Setting::Child,
            Self::FullDisk => Setting::SmallDisk,
            Self::HeldLock => Setting::File,
            Self::KillServer | Self::FreezeServer => Setting::OwnServer,
            Self::StepDown | Self::KillPrimary | Self::FreezePrimary | Self::NoMajority => {
                Setting::ReplicaSet
            }
        }
    }
}

/// Where the clients of a case meet.
pub(crate) struct Ground {
    // Dropped first: they are connected to the database of `instance`.
    pub(crate) callers: Vec<Arc<dyn Caller>>,
    /// The stores of the clients, the one that is struck first; without those of other processes.
    pub(crate) stores: Vec<Arc<dyn CatalogStore>>,
    pub(crate) instance: Box<dyn Instance>,
    arms: Arms,
}

/// What can strike.
enum Arms {
    Nothing,
    Line(Arc<Proxy>),
    Sessions { url: String },
    Child(Arc<ChildClient>),
    File { url: String },
    Server(Arc<RunningServer>),
    Set(Arc<ReplicaSet>),
}

/// How stores are opened for a case.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    /// How many stores are open on the database.
    pub(crate) stores: usize,
    /// The command `parity`, for clients in processes of their own.
    pub(crate) program: Option<PathBuf>,
}

impl Ground {
    /// Opens a database and the stores of the clients.
    ///
    /// # Errors
    /// Why they cannot be opened.
    pub(crate) async fn open(
        backend: &AnyBackend,
        setting: Setting,
        opening: &Opening,
    ) -> Result<Self> {
        let (backend, arms) = match setting {
            Setting::OwnServer => own_server(backend).await?,
            Setting::ReplicaSet => own_set().await?,
            _ => (backend.clone(), Arms::Nothing),
        };
        let instance = backend.open().await?;
        let url = instance.url().filter(|_| setting != Setting::Plain);
        let mut ground = Self { callers: Vec::new(), stores: Vec::new(), instance, arms };
        match (setting, url) {
            (Setting::Line, Some(url)) => {
                let (proxy, store) = through_proxy(&url).await?;
                ground.add(store);
                ground.arms = Arms::Line(proxy);
            }
            (Setting::Timeouts, Some(url)) => {
                let options = "statement_timeout_ms=12&lock_timeout_ms=4";
                ground.add(pangolin_store::open(&with(&url, options)).await?);
            }
            (Setting::FewConnections, Some(url)) => {
                let url = as_limited_user(&backend, &url).await?;
                for _ in 0..opening.stores.max(2) {
                    ground.add(pangolin_store::open(&url).await?);
                }
            }
            (Setting::Sessions, Some(url)) => {
                // The server then speaks between a commit and its answer.
                let set = "ALTER DATABASE THE_DATABASE SET log_min_duration_statement = 0";
                Sessions::alter(&url, set).await?;
                ground.add(pangolin_store::open(&url).await?);
                ground.arms = Arms::Sessions { url };
            }
            (Setting::Child | Setting::SmallDisk, Some(url)) => {
                let program = opening.program.clone().ok_or_else(|| {
                    StoreError::backend(
                        "clients in processes of their own take the command `parity`",
                    )
                })?;
                let limit = (setting == Setting::SmallDisk).then_some(SMALL_DISK);
                let child = Arc::new(ChildClient::new(program, url, limit));
                ground.callers.push(Arc::clone(&child) as Arc<dyn Caller>);
                ground.arms = Arms::Child(child);
            }
            (Setting::File, Some(url)) => {
                ground.add(pangolin_store::open(&with(&url, "busy_timeout_ms=100")).await?);
                ground.arms = Arms::File { url };
            }
            _ => ground.add(ground.instance.store()),
        }
        let is_shared =
            matches!(setting, Setting::Plain | Setting::OwnServer | Setting::ReplicaSet);
        let least = if is_shared { 1 } else { 2 };
        while ground.callers.len() < opening.stores.max(least) {
            let Some(store) = ground.instance.open_beside().await? else { break };
            ground.add(store);
        }
        Ok(ground)
    }

    fn add(&mut self, store: Arc<dyn CatalogStore>) {
        self.callers.push(Arc::new(Arc::clone(&store)));
        self.stores.push(store);
    }

    /// Deletes everything.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn empty(&mut self) -> Result<()> {
        let before = self.instance.store();
        self.instance.empty().await?;
        let after = self.instance.store();
        // A store that has planted faults, or was opened again, is another one.
        for (index, store) in self.stores.iter_mut().enumerate() {
            if Arc::ptr_eq(store, &before) || self.callers.len() == 1 {
                *store = Arc::clone(&after);
                self.callers[index] = Arc::new(Arc::clone(&after));
            }
        }
        Ok(())
    }

    /// Draws how a case runs under a nemesis; a call may take as long as `limit`.
    pub(crate) fn draw(
        &self,
        choose: &mut Chooser<'_>,
        case: &ConcurrentCase,
        nemesis: Nemesis,
        limit: Duration,
    ) -> Manner {
        let mut manner = Manner { limit, ..Manner::default() };
        if nemesis == Nemesis::GiveUp {
            manner.draw_given_up(choose, case);
        }
        manner.is_constant = matches!(nemesis, Nemesis::Timeouts | Nemesis::FullDisk);
        let Some(call) = struck(choose, case) else { return manner };
        let moment = |choose: &mut Chooser<'_>, most: usize| {
            Duration::from_micros(choose.below(most.max(1)) as u64)
        };
        let weapon: Option<Arc<dyn Weapon>> = match &self.arms {
            Arms::Nothing => None,
            Arms::Line(proxy) => Line::draw(choose, proxy, nemesis, limit)
                .map(|line| Arc::new(line) as Arc<dyn Weapon>),
            Arms::Sessions { url } => {
                Some(Arc::new(Sessions::new(url.clone(), moment(choose, 4_000))))
            }
            Arms::Child(_) if nemesis == Nemesis::FullDisk => None,
            Arms::Child(client) => {
                let after = moment(choose, 6_000);
                Some(Arc::new(Kill { client: Arc::clone(client), after }))
            }
            Arms::File { url } => {
                let lasts = [5, 40, 150, 400][choose.below(4)];
                Some(Arc::new(HeldLock::new(url.clone(), Duration::from_millis(lasts))))
            }
            Arms::Set(set) => {
                let after = moment(choose, 5_000);
                Some(Arc::new(Election::new(Arc::clone(set), nemesis, after)))
            }
            Arms::Server(server) => {
                let after = moment(choose, 5_000);
                Some(Arc::new(Power::new(Arc::clone(server), nemesis, after)))
            }
        };
        manner.strike = weapon.map(|weapon| Strike { client: 0, call, weapon });
        manner
    }
}

/// Which call of the first client is struck: a write, if it makes one.
fn struck(choose: &mut Chooser<'_>, case: &ConcurrentCase) -> Option<usize> {
    let calls = case.clients.first()?;
    let writes: Vec<usize> =
        (0..calls.len()).filter(|&call| !calls[call].method().is_read()).collect();
    choose.pick(&writes).copied().or_else(|| (!calls.is_empty()).then_some(0))
}

/// How many blocks of 512 bytes a file may have on a small disk: enough to open the store, and little more.
const SMALL_DISK: u64 = 1_400;

fn with(url: &str, options: &str) -> String {
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}{options}")
}

/// A proxy to the server of a database, and a store that reaches it through the proxy. The store is impatient, so
/// that an outage outlasts its patience soon.
async fn through_proxy(url: &str) -> Result<(Arc<Proxy>, Arc<dyn CatalogStore>)> {
    let engine = Engine::of(url);
    let target = server::address_of(url, engine)
        .ok_or_else(|| StoreError::backend("its URL has no address"))?;
    let proxy = Proxy::start(&target, engine).await.map_err(StoreError::backend)?;
    let options = match engine {
        Engine::Postgres => "acquire_timeout_ms=1000&lock_timeout_ms=3000",
        Engine::Mongo => "serverSelectionTimeoutMS=1000",
    };
    let store = pangolin_store::open(&with(&proxy.url(url), options)).await?;
    Ok((Arc::new(proxy), store))
}

/// How many connections the server has for a user with few.
const FEW: usize = 4;

/// The URL of a new user who may do everything in the database, with few connections. The user is left on the server,
/// which must be one that ends with this process.
async fn as_limited_user(backend: &AnyBackend, url: &str) -> Result<String> {
    if backend.describe().server == Server::Url {
        let why =
            "few connections take a server that the harness starts, as they leave a user on it";
        return Err(StoreError::backend(why));
    }
    let database = url.split('?').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let user = format!("{database}_few");
    let create = format!("CREATE ROLE \"{user}\" LOGIN PASSWORD 'few' CONNECTION LIMIT {FEW}");
    let grant = format!("GRANT THE_USER TO \"{user}\"");
    for statement in [create, grant] {
        Sessions::alter(url, &statement).await?;
    }
    Ok(server::url_as(url, &user, "few"))
}

/// The same kind of store on a server of its own, which keeps what it has acknowledged.
async fn own_server(backend: &AnyBackend) -> Result<(AnyBackend, Arms)> {
    let engine = match &*backend.name() {
        "postgres" => Engine::Postgres,
        "mongo" => Engine::Mongo,
        other => return Err(StoreError::backend(format!("{other} has no server"))),
    };
    let mut settings = Settings::new(engine);
    settings.only = Some(ServerSource::Local);
    settings.durability = Durability::Full;
    let server = server::start(engine, &settings).await.map_err(StoreError::backend)?;
    let backend = match engine {
        Engine::Postgres => AnyBackend::new(PostgresBackend::on(Arc::clone(&server))),
        Engine::Mongo => AnyBackend::new(MongoBackend::on(Arc::clone(&server))),
    };
    Ok((backend, Arms::Server(server)))
}

/// MongoDB on a replica set of its own, which keeps what a majority has acknowledged.
async fn own_set() -> Result<(AnyBackend, Arms)> {
    let set = server::start_replica_set(Durability::Full).await.map_err(StoreError::backend)?;
    let backend = AnyBackend::new(MongoBackend::on(Arc::clone(set.server())));
    Ok((backend, Arms::Set(Arc::new(set))))
}
