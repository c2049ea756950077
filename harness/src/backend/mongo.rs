//! MongoDB on a server that stands already.

use std::env;
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use mongodb::Client;
use pangolin_store::mongo::MongoOptions;
use pangolin_store::{MongoStore, Result};
use tokio::runtime;

use super::{Backend, Description, Server};

/// [`MongoStore`] in databases of its own names.
pub struct MongoBackend {
    url: String,
    options: MongoOptions,
    run: String,
    opened: AtomicUsize,
}

impl MongoBackend {
    /// The variable that says where the server is.
    pub const URL: &str = "PARITY_MONGO_URL";

    /// A backend on the server that the environment names.
    ///
    /// # Errors
    /// Why it names none, and what would help.
    pub fn new() -> Result<Self, String> {
        let url = env::var(Self::URL)
            .map_err(|_| format!("no server is known; name one in {}", Self::URL))?;
        Self::at(&url)
    }

    /// A backend on the server at `url`, whatever database that names.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn at(url: &str) -> Result<Self, String> {
        let options = with_database(url).parse::<MongoOptions>();
        let options = options.map_err(|error| format!("{}: {error}", Self::URL))?;
        let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_micros());
        let run = format!("parity_{}_{time:x}", process::id());
        Ok(Self { url: url.to_owned(), options, run, opened: AtomicUsize::new(0) })
    }
}

impl MongoBackend {
    async fn drop_databases(&self) -> mongodb::error::Result<()> {
        let client = Client::with_uri_str(&self.url).await?;
        for number in 0..self.opened.load(Ordering::Relaxed) {
            client.database(&format!("{}_{number}", self.run)).drop().await?;
        }
        Ok(())
    }
}

/// Drops its databases.
impl Drop for MongoBackend {
    fn drop(&mut self) {
        if *self.opened.get_mut() == 0 {
            return;
        }
        // On a thread of its own, as it may be dropped inside a runtime, where nothing can be waited for.
        thread::scope(|scope| {
            scope.spawn(|| {
                let runtime = runtime::Builder::new_current_thread().enable_all().build();
                // What cannot be dropped stays behind: there is nobody to tell.
                let _ = runtime.map(|runtime| runtime.block_on(self.drop_databases()));
            });
        });
    }
}

/// The URL, with a database in it if it has none.
fn with_database(url: &str) -> String {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let hosts = base.split_once("://").map_or(base, |(_, hosts)| hosts);
    let path = hosts.split_once('/').map(|(_, path)| path);
    let path = match path {
        None => "/parity",
        Some("") => "parity",
        Some(_) => "",
    };
    format!("{base}{path}?{query}")
}

#[async_trait]
impl Backend for MongoBackend {
    type Store = MongoStore;

    fn describe(&self) -> Description {
        Description { name: "mongo".into(), version: "6.0".into(), server: Server::Url }
    }

    async fn open(&self) -> Result<MongoStore> {
        let number = self.opened.fetch_add(1, Ordering::Relaxed);
        let options = self.options.clone().with_database(format!("{}_{number}", self.run))?;
        MongoStore::open(options).await
    }

    async fn empty(&self, store: &MongoStore) -> Result<()> {
        store.clear().await
    }

    async fn reopen(&self, store: MongoStore) -> Result<MongoStore> {
        let options = store.options().clone();
        store.close().await;
        MongoStore::open(options).await
    }
}
