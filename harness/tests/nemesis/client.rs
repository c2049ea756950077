//! A database, a proxy before its server, and clients that are no store.

use std::sync::LazyLock;
use std::time::Duration;

use mongodb::Client as MongoClient;
use mongodb::bson::{Document, doc};
use pangolin_parity::backend;
use pangolin_parity::nemesis::Proxy;
use pangolin_parity::server::{self, Database, Engine};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::runtime::Runtime;
use tokio::time::timeout;

/// Longer than any test takes: a call that hangs is a failure.
const PATIENCE: Duration = Duration::from_secs(60);

/// Connections belong to the runtime that created them.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// Runs `body` on an empty database of each engine, behind a proxy of its own.
pub(crate) fn on_each(body: impl AsyncFn(&Scene)) {
    for (name, engine) in [("postgres", Engine::Postgres), ("mongo", Engine::Mongo)] {
        let is_wanted =
            backend::under_test().iter().any(|wanted| wanted.split('+').next() == Some(name));
        if is_wanted {
            RUNTIME.block_on(async {
                let scene = Scene::new(engine).await;
                timeout(PATIENCE, body(&scene)).await.expect("it hangs");
            });
        }
    }
}

pub(crate) struct Scene {
    pub(crate) engine: Engine,
    pub(crate) database: Database,
    pub(crate) proxy: Proxy,
}

impl Scene {
    async fn new(engine: Engine) -> Self {
        let server = match engine {
            Engine::Postgres => server::postgres().await,
            Engine::Mongo => server::mongo().await,
        };
        let server = server.unwrap_or_else(|error| panic!("{error}"));
        let database = server.database().await.unwrap();
        let proxy = Proxy::start(&server.address().unwrap(), engine).await.unwrap();
        Self { engine, database, proxy }
    }

    /// The database's URL through the proxy.
    pub(crate) fn proxied(&self) -> String {
        self.proxy.url(&self.database.url())
    }

    /// A place for numbers.
    pub(crate) async fn prepare(&self) {
        let mut direct = self.direct().await;
        match &mut direct {
            Client::Postgres(connection) => {
                let table = sqlx::raw_sql("CREATE TABLE numbers (number int)");
                table.execute(&mut **connection).await.unwrap();
            }
            Client::Mongo(client) => {
                client.default_database().unwrap().create_collection("numbers").await.unwrap();
            }
        }
    }

    pub(crate) async fn direct(&self) -> Client {
        Client::connect(self.engine, &self.database.url()).await.unwrap()
    }

    /// A client that uses the proxy.
    pub(crate) async fn client(&self) -> Result<Client, String> {
        Client::connect(self.engine, &self.proxied()).await
    }

    /// The numbers that were written.
    pub(crate) async fn numbers(&self) -> Vec<i32> {
        self.direct().await.numbers().await
    }
}

/// A client that tries nothing twice. Each write is one message.
pub(crate) enum Client {
    Postgres(Box<PgConnection>),
    Mongo(MongoClient),
}

impl Client {
    async fn connect(engine: Engine, url: &str) -> Result<Self, String> {
        match engine {
            Engine::Postgres => {
                let connected = PgConnection::connect(url).await;
                connected.map(Box::new).map(Self::Postgres).map_err(|error| error.to_string())
            }
            Engine::Mongo => {
                let url = format!("{url}&retryWrites=false&serverSelectionTimeoutMS=1500");
                let client = MongoClient::with_uri_str(url).await.unwrap();
                let greeted = client.database("admin").run_command(doc! { "ping": 1 }).await;
                greeted.map(|_| Self::Mongo(client)).map_err(|error| error.to_string())
            }
        }
    }

    pub(crate) async fn write(&mut self, number: i32) -> Result<(), String> {
        match self {
            Self::Postgres(connection) => {
                let insert = format!("INSERT INTO numbers VALUES ({number})");
                let ran = sqlx::raw_sql(AssertSqlSafe(insert)).execute(&mut **connection).await;
                ran.map(drop).map_err(|error| error.to_string())
            }
            Self::Mongo(client) => {
                let numbers = client.default_database().unwrap().collection("numbers");
                let ran = numbers.insert_one(doc! { "number": number }).await;
                ran.map(drop).map_err(|error| error.to_string())
            }
        }
    }

    async fn numbers(&mut self) -> Vec<i32> {
        match self {
            Self::Postgres(connection) => {
                let select = sqlx::query_scalar("SELECT number FROM numbers ORDER BY number");
                select.fetch_all(&mut **connection).await.unwrap()
            }
            Self::Mongo(client) => {
                let numbers = client.default_database().unwrap().collection::<Document>("numbers");
                let mut found = numbers.find(doc! {}).sort(doc! { "number": 1 }).await.unwrap();
                let mut numbers = Vec::new();
                while found.advance().await.unwrap() {
                    numbers.push(found.current().get_i32("number").unwrap());
                }
                numbers
            }
        }
    }
}
