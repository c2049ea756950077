//! Which server is chosen, and the error when none is available.

use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use pangolin_parity::server::{self, Engine, ServerSource, ServerUnavailable, Settings};

use super::mongod::Mongod;
use super::{block_on, is_left_out};

fn nothing_available(engine: Engine) -> Settings {
    let image = "parity/no-such-image:none".to_owned();
    Settings { image, folders: Vec::new(), ..Settings::new(engine) }
}

fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn refusal(engine: Engine, settings: &Settings) -> ServerUnavailable {
    block_on(server::start(engine, settings)).unwrap_err()
}

#[test]
fn all_sources_are_tried_in_order_and_each_says_why_it_failed() {
    for engine in [Engine::Postgres, Engine::Mongo] {
        let refusal = refusal(engine, &nothing_available(engine));
        let ServerUnavailable::Tried { tried, .. } = &refusal else { panic!("{refusal}") };
        let sources: Vec<_> = tried.iter().map(|tried| tried.source).collect();
        assert_eq!(sources, [ServerSource::Url, ServerSource::Docker, ServerSource::Local]);
        let said = refusal.to_string();
        for part in [
            format!(
                "no {engine} is available: by URL, {} is not set; by Docker, ",
                engine.url_variable()
            ),
            "; by local programs, there is no ".to_owned(),
            "install the programs with scripts/install-servers".to_owned(),
        ] {
            assert!(said.contains(&part), "{said}");
        }
    }
}

#[test]
fn a_source_that_is_asked_for_is_the_only_one_tried() {
    for only in [ServerSource::Url, ServerSource::Docker, ServerSource::Local] {
        let settings = Settings { only: Some(only), ..nothing_available(Engine::Postgres) };
        let refusal = refusal(Engine::Postgres, &settings);
        let ServerUnavailable::Tried { tried, .. } = &refusal else { panic!("{refusal}") };
        assert_eq!(tried.iter().map(|tried| tried.source).collect::<Vec<_>>(), [only]);
    }
}

#[test]
fn a_url_that_does_not_answer_fails_soon_although_another_source_would_work() {
    let port = closed_port();
    for (engine, url) in [
        (Engine::Postgres, format!("postgres://u:s3cret@127.0.0.1:{port}/a?password=s3cret")),
        (Engine::Mongo, format!("mongodb://u:s3cret@127.0.0.1:{port}/?directConnection=true")),
    ] {
        let started = Instant::now();
        let refusal = refusal(engine, &Settings { url: Some(url), ..Settings::new(engine) });
        assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
        let said = format!("{refusal} {refusal:?}");
        let expected = format!("{} points to ", engine.url_variable());
        assert!(said.contains(&expected) && said.contains("does not answer"), "{said}");
        assert!(!said.contains("s3cret"), "{said}");
    }
}

#[test]
fn an_invalid_url_is_refused_with_the_form_of_a_valid_one() {
    for engine in [Engine::Postgres, Engine::Mongo] {
        for url in
            ["s3cret", "http://u:s3cret@h/", "mongodb://u:s3cret@:x/", "postgres://u:s3cret@h:x/"]
        {
            let settings = Settings { url: Some(url.to_owned()), ..Settings::new(engine) };
            let said = refusal(engine, &settings).to_string();
            assert!(said.contains(&format!("it is not a {engine} URL: ")), "{said}");
            assert!(!said.contains("s3cret"), "{said}");
            assert!(!format!("{settings:?}").contains("s3cret"));
        }
    }
}

#[test]
fn a_mongod_that_is_not_a_replica_set_is_refused_with_instructions() {
    if is_left_out() {
        return;
    }
    let standalone = block_on(Mongod::start(&[]));
    let settings = Settings { url: Some(standalone.url()), ..Settings::new(Engine::Mongo) };
    let deadline = Instant::now() + Duration::from_secs(20);
    let said = loop {
        let said = refusal(Engine::Mongo, &settings).to_string();
        if !said.contains("does not answer") || Instant::now() > deadline {
            break said;
        }
    };
    assert!(said.contains("it is not a replica set: start mongod with --replSet NAME"), "{said}");
}

#[test]
fn an_invalid_variable_is_named() {
    let output = Command::new(env!("CARGO_BIN_EXE_parity"))
        .args(["servers", "start"])
        .env("PARITY_SERVERS", "podman")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("PARITY_SERVERS is `podman`; it takes url, docker or local"), "{said}");
}
