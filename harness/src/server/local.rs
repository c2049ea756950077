//! A server run by programs on this machine.

use std::ffi::OsStr;
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::account::Account;
use super::power::{Power, Readiness};
use super::running_server::connect;
use super::watchdog::Watchdog;
use super::{
    Durability, Engine, RunningServer, ServerError, ServerSource, Settings, folder, mongo,
    postgres, programs,
};

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// Another process may take a port after it was found free and before it is used.
const ATTEMPTS: usize = 3;

/// Starts the server with the programs of the first folder that has them.
pub(super) async fn start(
    engine: Engine,
    settings: &Settings,
) -> Result<Arc<RunningServer>, ServerError> {
    let programs = programs::find(engine, &settings.folders)?;
    let account = Account::for_servers()?;
    let durability = settings.durability;
    let arguments = mongo::arguments(durability);
    let watch = |port| match engine {
        Engine::Postgres => watch_postgres(&programs, account, port, durability),
        Engine::Mongo => watch_mongod(&programs, account, port, durability, &arguments),
    };
    let (mut watchdog, port) = listen(watch).await?;
    let url = engine.local_url(port);
    if engine == Engine::Mongo {
        mongo::initiate(&url, &format!("127.0.0.1:{port}"), durability, PATIENCE).await?;
    }
    let deadline = Instant::now() + PATIENCE;
    let admin = loop {
        match connect(engine, &url).await {
            Ok(admin) => break admin,
            Err(why) => give_up_at(deadline, &mut watchdog, &why)?,
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let power = Power::new(engine, url.clone(), Readiness::Writes, watchdog);
    let server = RunningServer::new(engine, ServerSource::Local, url, admin, ());
    Ok(Arc::new(server.with_power(power)))
}

/// Runs a server on a free port, and waits until it listens.
pub(super) async fn listen(
    watch: impl Fn(u16) -> Result<Watchdog, ServerError>,
) -> Result<(Watchdog, u16), ServerError> {
    let mut attempts = 1;
    loop {
        let port =
            free_port().map_err(|error| ServerError::new(format!("no port is free: {error}")))?;
        let mut watchdog = watch(port)?;
        match wait_for_port(port, &mut watchdog).await {
            Ok(()) => return Ok((watchdog, port)),
            Err(error) if is_port_taken(&error) && attempts < ATTEMPTS => attempts += 1,
            Err(error) => return Err(error),
        }
    }
}

fn is_port_taken(error: &ServerError) -> bool {
    error.to_string().to_lowercase().contains("address already in use")
}

fn watch_postgres(
    programs: &Path,
    account: Option<Account>,
    port: u16,
    durability: Durability,
) -> Result<Watchdog, ServerError> {
    let folder = folder::choose(Engine::Postgres, account, false, durability);
    // One command, so that the watchdog covers both programs. initdb is allowed to finish, because its
    // children leave shared memory behind when they are killed.
    let script = r#"initdb=$1 postgres=$2 folder=$3; shift 3
[ -e "$folder/data" ] ||
    "$initdb" -A trust --no-sync --locale=C -E UTF8 -U postgres -D "$folder/data" || exit
[ -e "$folder/over" ] || exec "$postgres" -D "$folder/data" "$@""#;
    let (initdb, postgres) = (programs.join("initdb"), programs.join("postgres"));
    let port = port.to_string();
    let mut command: Vec<&OsStr> = ["/bin/sh", "-c", script, "sh"].map(OsStr::new).to_vec();
    command.extend([initdb.as_os_str(), postgres.as_os_str(), folder.as_os_str()]);
    command.extend(["-p", &port, "-h", "127.0.0.1", "-k", ""].map(OsStr::new));
    // In its folder, so that it is removed with it, also when the server was killed.
    command.extend(["-c", "dynamic_shared_memory_type=mmap"].map(OsStr::new));
    for argument in postgres::arguments(durability) {
        command.push(OsStr::new(argument));
    }
    Watchdog::start(account, &folder, "QUIT", &command)
}

pub(super) fn watch_mongod(
    programs: &Path,
    account: Option<Account>,
    port: u16,
    durability: Durability,
    arguments: &[&str],
) -> Result<Watchdog, ServerError> {
    let program = programs.join("mongod");
    let is_within_reach = can_run(&program, account)?;
    let folder = folder::choose(Engine::Mongo, account, !is_within_reach, durability);
    let program = match is_within_reach {
        true => program,
        false => folder::copy_beside(&folder, &program, account)?,
    };
    let port = port.to_string();
    let mut command = vec![program.as_os_str(), OsStr::new("--dbpath"), folder.as_os_str()];
    command.extend(["--port", &port, "--bind_ip", "127.0.0.1", "--nounixsocket"].map(OsStr::new));
    command.extend(arguments.iter().map(OsStr::new));
    Watchdog::start(account, &folder, "KILL", &command)
}

/// Whether the account can reach a program, which may be in root's home, for instance. A program that it
/// can reach but not run is an error.
fn can_run(program: &Path, account: Option<Account>) -> Result<bool, ServerError> {
    let mut command = Command::new(program);
    command.arg("--version").current_dir("/");
    if let Some(account) = account {
        account.apply(&mut command);
    }
    let failed = |why: &dyn std::fmt::Display| {
        ServerError::new(format!("{} does not run: {why}", program.display()))
    };
    match command.output() {
        Ok(output) if output.status.success() => Ok(true),
        Ok(output) => Err(failed(&String::from_utf8_lossy(&output.stderr).trim())),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && account.is_some() => {
            Ok(false)
        }
        Err(error) => Err(failed(&error)),
    }
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Waits until something listens on the port; a try costs almost nothing.
async fn wait_for_port(port: u16, watchdog: &mut Watchdog) -> Result<(), ServerError> {
    let deadline = Instant::now() + PATIENCE;
    while let Err(error) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
        give_up_at(deadline, watchdog, &ServerError::new(error))?;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

fn give_up_at(
    deadline: Instant,
    watchdog: &mut Watchdog,
    why: &ServerError,
) -> Result<(), ServerError> {
    if let Some(said) = watchdog.ended() {
        return Err(ServerError::new(format!("it ended while it started: {said}")));
    }
    if Instant::now() > deadline {
        let seconds = PATIENCE.as_secs();
        return Err(ServerError::new(format!("it did not start in {seconds} s: {why}")));
    }
    Ok(())
}
