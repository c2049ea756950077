//! A separate `mongod` for a test, which is not a working replica set.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use pangolin_parity::server::{Engine, Settings, usual_folders};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// A `mongod` that runs until it is dropped: as a program, or in a container if there is no program.
pub(crate) struct Mongod {
    process: Child,
    port: u16,
    container: Option<String>,
    _data: TempDir,
}

impl Mongod {
    /// Starts one with these additional options, and waits until it listens.
    pub(crate) async fn start(options: &[&str]) -> Self {
        let data = TempDir::new().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let program = usual_folders().into_iter().map(|folder| folder.join("mongod"));
        let (mut command, container) = match program.into_iter().find(|program| program.is_file()) {
            Some(program) => {
                let mut command = Command::new(program);
                command.arg("--dbpath").arg(data.path()).arg("--port").arg(port.to_string());
                command.args(["--bind_ip", "127.0.0.1", "--nounixsocket"]);
                (command, None)
            }
            None => {
                let image = Settings::from_env(Engine::Mongo).unwrap().image;
                let name = format!("parity-mongod-{port}");
                let publish = format!("127.0.0.1:{port}:27017");
                let mut command = Command::new("docker");
                command.args(["run", "--rm", "--name", &name, "--publish", &publish]);
                command.args([&image, "mongod", "--bind_ip_all"]);
                (command, Some(name))
            }
        };
        command.arg("--quiet").args(options).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().expect("there is a mongod, or a docker that has an image");
        let mongod = Self { process, port, container, _data: data };
        let listens = async {
            while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(30), listens).await.expect("mongod listens within 30 s");
        mongod
    }

    /// The URL of a database on it.
    pub(crate) fn url(&self) -> String {
        format!("mongodb://127.0.0.1:{}/lake?directConnection=true", self.port)
    }
}

impl Drop for Mongod {
    fn drop(&mut self) {
        if let Some(container) = &self.container {
            let _ = Command::new("docker").args(["rm", "--force", container]).output();
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
