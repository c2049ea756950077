//! A temporary database.

use std::fmt;
use std::sync::Arc;

use super::{RunningServer, runtime, url};

/// A new, empty database that nothing else uses. It is dropped with this value.
pub struct Database {
    pub(super) name: String,
    pub(super) server: Arc<RunningServer>,
}

impl Database {
    /// Its name: letters, digits and underscores, at most 63.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its URL, with the password if the server's URL has one.
    pub fn url(&self) -> String {
        url::with_database(self.server.url(), self.server.engine(), &self.name)
    }

    /// The server that holds it.
    pub fn server(&self) -> &Arc<RunningServer> {
        &self.server
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let server = Arc::clone(&self.server);
        let name = self.name.clone();
        runtime::run_blocking(async move { server.drop_database(&name).await });
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("name", &self.name).field("server", &self.server).finish()
    }
}
