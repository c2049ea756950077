//! A `mongod` of a test's own, which is no replica set that works.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use pangolin_parity::server::usual_folders;
use pangolin_store::mongo::MongoOptions;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// Runs until it is dropped.
pub(crate) struct Mongod {
    process: Child,
    port: u16,
    _data: TempDir,
}

impl Mongod {
    /// Starts one with these options more, and waits until it listens.
    pub(crate) async fn start(options: &[&str]) -> Self {
        let data = TempDir::new().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(program());
        command.arg("--dbpath").arg(data.path()).arg("--port").arg(port.to_string());
        command.args(["--bind_ip", "127.0.0.1", "--nounixsocket", "--quiet"]).args(options);
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mongod = Self { process, port, _data: data };
        let listens = async {
            while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(30), listens).await.expect("mongod listens within 30 s");
        mongod
    }

    pub(crate) fn options(&self) -> MongoOptions {
        let url = format!("mongodb://127.0.0.1:{}/lake?directConnection=true", self.port);
        url.parse().unwrap()
    }
}

impl Drop for Mongod {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// From where the harness would take it.
fn program() -> PathBuf {
    let mut programs = usual_folders().into_iter().map(|folder| folder.join("mongod"));
    programs.find(|program| program.exists()).unwrap_or_else(|| {
        panic!("there is no mongod, neither in PATH nor in .tools/bin: run scripts/test once")
    })
}
