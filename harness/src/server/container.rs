//! A server in a container.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use testcontainers::bollard::Docker;
use testcontainers::bollard::errors::Error as DockerError;
use testcontainers::bollard::exec::{CreateExecOptions, StartExecOptions};
use testcontainers::bollard::models::PortBinding;
use testcontainers::bollard::query_parameters::{
    CreateImageOptions, ListContainersOptions, RemoveContainerOptions,
};
use testcontainers::core::{IntoContainerPort, Mount};
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, ContainerRequest, GenericImage, ImageExt};
use tokio::time::timeout;

use super::owner::Owner;
use super::running_server::connect;
use super::{
    Durability, Engine, RunningServer, ServerError, ServerSource, Settings, mongo, postgres,
    runtime,
};

/// How long a daemon may take to answer.
const DAEMON_PATIENCE: Duration = Duration::from_secs(3);

/// How long a pull may make no progress before it is given up: an unreachable registry may drop every
/// packet. Longer when no other source is tried.
const PULL_PATIENCE: Duration = Duration::from_secs(6);
const ONLY_PULL_PATIENCE: Duration = Duration::from_secs(60);

/// How long a container may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// The label that says which process a container belongs to.
const OWNER: &str = "parity.owner";

/// Where the images keep their data.
const POSTGRES_DATA: &str = "/pgdata";
const MONGO_DATA: &str = "/data/db";

/// Starts the server in a container of the settings' image.
pub(super) async fn start(
    engine: Engine,
    settings: &Settings,
) -> Result<Arc<RunningServer>, ServerError> {
    let image = &settings.image;
    let docker = daemon().await?;
    sweep(&docker).await;
    let pull_patience = if settings.only.is_some() { ONLY_PULL_PATIENCE } else { PULL_PATIENCE };
    ensure_image(&docker, image, pull_patience).await?;
    let failed = |why: &dyn std::fmt::Display| {
        ServerError::new(format!("a container of {image} did not start: {why}"))
    };
    let container = match timeout(PATIENCE, request(engine, settings).start()).await {
        Ok(started) => started.map_err(|error| failed(&error))?,
        Err(_) => return Err(failed(&format!("it did not start in {} s", PATIENCE.as_secs()))),
    };
    let lifeline = hold(&docker, engine, &container).await.map_err(|error| failed(&error))?;
    let port = engine.port().tcp();
    let port = container.get_host_port_ipv4(port).await.map_err(|error| failed(&error))?;
    let held = Held { container: Some(container), _lifeline: lifeline };
    let url = engine.local_url(port);
    if engine == Engine::Mongo {
        let itself = format!("127.0.0.1:{}", engine.port());
        mongo::initiate(&url, &itself, settings.durability, PATIENCE).await?;
    }
    let deadline = Instant::now() + PATIENCE;
    let admin = loop {
        match connect(engine, &url).await {
            Ok(admin) => break admin,
            Err(why) if Instant::now() > deadline => return Err(failed(&why)),
            Err(_) => tokio::time::sleep(Duration::from_millis(30)).await,
        }
    };
    Ok(Arc::new(RunningServer::new(engine, ServerSource::Docker, url, admin, held)))
}

/// A container, and the connection whose end stops it.
struct Held {
    container: Option<ContainerAsync<GenericImage>>,
    _lifeline: Box<dyn Send + Sync>,
}

impl Drop for Held {
    fn drop(&mut self) {
        runtime::drop_there(self.container.take());
    }
}

/// The daemon, if one answers.
async fn daemon() -> Result<Docker, ServerError> {
    let absent =
        |why: &dyn std::fmt::Display| ServerError::new(format!("no Docker daemon answers: {why}"));
    let docker = testcontainers::core::client::docker_client_instance().await;
    let docker = docker.map_err(|error| absent(&error))?;
    match timeout(DAEMON_PATIENCE, docker.ping()).await {
        Ok(Ok(_)) => Ok(docker),
        Ok(Err(error)) => Err(absent(&error)),
        Err(_) => Err(absent(&format!("no answer in {} s", DAEMON_PATIENCE.as_secs()))),
    }
}

/// Removes the containers of processes that were killed after they created the container and before its
/// lifetime was tied to theirs.
async fn sweep(docker: &Docker) {
    let options = ListContainersOptions {
        all: true,
        filters: Some(HashMap::from([("label".to_owned(), vec![OWNER.to_owned()])])),
        ..ListContainersOptions::default()
    };
    // What cannot be listed or removed now is left to the next run.
    for container in docker.list_containers(Some(options)).await.unwrap_or_default() {
        let owner = container.labels.and_then(|mut labels| labels.remove(OWNER));
        let owner = owner.as_deref().and_then(Owner::parse_start);
        if let (Some(id), Some((owner, _))) = (container.id, owner)
            && owner.is_gone()
        {
            let options = RemoveContainerOptions { force: true, v: true, link: false };
            let _ = docker.remove_container(&id, Some(options)).await;
        }
    }
}

/// Pulls the image, unless it is present.
async fn ensure_image(docker: &Docker, image: &str, patience: Duration) -> Result<(), ServerError> {
    match docker.inspect_image(image).await {
        Ok(_) => return Ok(()),
        Err(DockerError::DockerResponseServerError { status_code: 404, .. }) => {}
        Err(error) => return Err(ServerError::new(error)),
    }
    let cannot = |why: &dyn std::fmt::Display| {
        ServerError::new(format!("the image {image} is not present and cannot be pulled: {why}"))
    };
    let (name, tag) = name_and_tag(image);
    let options = CreateImageOptions {
        from_image: Some(name.to_owned()),
        tag: Some(tag.to_owned()),
        ..CreateImageOptions::default()
    };
    let mut progress = docker.create_image(Some(options), None, None);
    loop {
        match timeout(patience, progress.next()).await {
            Ok(None) => return Ok(()),
            Ok(Some(Ok(_))) => {}
            Ok(Some(Err(error))) => return Err(cannot(&error)),
            Err(_) => {
                let seconds = patience.as_secs();
                return Err(cannot(&format!("the registry sent nothing for {seconds} s")));
            }
        }
    }
}

/// The two parts of `registry:5000/name:tag`. The last part of a digest is taken as a tag, with the same
/// effect.
fn name_and_tag(image: &str) -> (&str, &str) {
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (image, "latest"),
    }
}

fn request(engine: Engine, settings: &Settings) -> ContainerRequest<GenericImage> {
    let (name, tag) = name_and_tag(&settings.image);
    let port = engine.port();
    let request = GenericImage::new(name, tag)
        .with_exposed_port(port.tcp())
        .with_label(OWNER, Owner::this().to_string())
        .with_startup_timeout(PATIENCE)
        .with_host_config_modifier(move |host| {
            let binding =
                PortBinding { host_ip: Some("127.0.0.1".into()), host_port: Some("0".into()) };
            host.publish_all_ports = Some(false);
            host.port_bindings =
                Some(HashMap::from([(format!("{port}/tcp"), Some(vec![binding]))]));
            host.auto_remove = Some(true);
        });
    let durability = settings.durability;
    let request = match (durability, engine) {
        // The data is in the volume that the daemon creates for the image and removes with the container.
        (Durability::Full, _) => request,
        (Durability::None, Engine::Postgres) => request
            .with_env_var("PGDATA", POSTGRES_DATA)
            .with_mount(Mount::tmpfs_mount(POSTGRES_DATA)),
        (Durability::None, Engine::Mongo) => request.with_mount(Mount::tmpfs_mount(MONGO_DATA)),
    };
    match engine {
        Engine::Postgres => request
            .with_env_var("POSTGRES_HOST_AUTH_METHOD", "trust")
            .with_env_var("POSTGRES_INITDB_ARGS", "--no-sync --locale=C -E UTF8")
            .with_shm_size(256 << 20)
            .with_cmd(["postgres"].into_iter().chain(postgres::arguments(durability))),
        Engine::Mongo => request
            .with_cmd(["mongod", "--bind_ip_all"].into_iter().chain(mongo::arguments(durability))),
    }
}

/// Ties the container's lifetime to this process: a command in the container waits until a connection ends.
/// The connection ends when the returned value is dropped, and when this process ends, also by `SIGKILL`.
/// The container then stops, and the daemon removes it.
async fn hold(
    docker: &Docker,
    engine: Engine,
    container: &ContainerAsync<GenericImage>,
) -> Result<Box<dyn Send + Sync>, DockerError> {
    let signal = match engine {
        Engine::Postgres => "QUIT",
        Engine::Mongo => "TERM",
    };
    // An image's entry point may not handle signals yet; it ends when all its processes are killed.
    let wait = format!("cat > /dev/null; kill -{signal} 1; sleep 5; kill -KILL -1");
    let exec = CreateExecOptions {
        cmd: Some(vec!["/bin/sh".to_owned(), "-c".to_owned(), wait]),
        attach_stdin: Some(true),
        attach_stdout: Some(true),
        ..CreateExecOptions::default()
    };
    let exec = docker.create_exec(container.id(), exec).await?;
    let options = StartExecOptions { detach: false, ..StartExecOptions::default() };
    let connection = docker.start_exec(&exec.id, Some(options)).await?;
    Ok(Box::new(Mutex::new(connection)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_split_into_name_and_tag() {
        for (image, expected) in [
            ("postgres", ("postgres", "latest")),
            ("postgres:17-alpine", ("postgres", "17-alpine")),
            ("localhost:5000/mongo", ("localhost:5000/mongo", "latest")),
            ("localhost:5000/mongo:8", ("localhost:5000/mongo", "8")),
            ("mongo@sha256:ab", ("mongo@sha256", "ab")),
        ] {
            assert_eq!(name_and_tag(image), expected, "{image}");
        }
    }
}
