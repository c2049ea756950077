//! Which server is had, and what is said when none can be.

use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use pangolin_parity::server::{self, Engine, ServerSource, ServerUnavailable, Settings};

use super::mongod::Mongod;
use super::{block_on, is_left_out};

fn nothing_can_be_had(engine: Engine) -> Settings {
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
fn all_ways_are_tried_in_order_and_each_says_why_it_does_not_work() {
    for engine in [Engine::Postgres, Engine::Mongo] {
        let refusal = refusal(engine, &nothing_can_be_had(engine));
        let ServerUnavailable::Tried { tried, .. } = &refusal else { panic!("{refusal}") };
        let sources: Vec<_> = tried.iter().map(|tried| tried.source).collect();
        assert_eq!(sources, [ServerSource::Url, ServerSource::Docker, ServerSource::Local]);
        let said = refusal.to_string();
        for part in [
            format!(
                "no {engine} can be had: by URL, {} is not set; by Docker, ",
                engine.url_variable()
            ),
            "; by local programs, there is no ".to_owned(),
            "let scripts/install-servers install the programs".to_owned(),
        ] {
            assert!(said.contains(&part), "{said}");
        }
    }
}

#[test]
fn a_way_that_is_asked_for_is_the_only_one_that_is_tried() {
    for only in [ServerSource::Url, ServerSource::Docker, ServerSource::Local] {
        let settings = Settings { only: Some(only), ..nothing_can_be_had(Engine::Postgres) };
        let refusal = refusal(Engine::Postgres, &settings);
        let ServerUnavailable::Tried { tried, .. } = &refusal else { panic!("{refusal}") };
        assert_eq!(tried.iter().map(|tried| tried.source).collect::<Vec<_>>(), [only]);
    }
}

#[test]
fn a_url_that_does_not_answer_is_an_error_soon_although_another_way_would_work() {
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
fn what_is_no_url_is_refused_with_the_form_that_one_has() {
    for engine in [Engine::Postgres, Engine::Mongo] {
        for url in
            ["s3cret", "http://u:s3cret@h/", "mongodb://u:s3cret@:x/", "postgres://u:s3cret@h:x/"]
        {
            let settings = Settings { url: Some(url.to_owned()), ..Settings::new(engine) };
            let said = refusal(engine, &settings).to_string();
            assert!(said.contains("that is no URL of a "), "{said}");
            assert!(!said.contains("s3cret"), "{said}");
            assert!(!format!("{settings:?}").contains("s3cret"));
        }
    }
}

#[test]
fn a_mongod_that_is_no_replica_set_is_refused_with_what_would_make_it_one() {
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
    assert!(said.contains("it is no replica set: start mongod with --replSet NAME"), "{said}");
}

#[test]
fn a_variable_that_cannot_be_understood_is_named() {
    let output = Command::new(env!("CARGO_BIN_EXE_parity"))
        .args(["servers", "start"])
        .env("PARITY_SERVERS", "podman")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("PARITY_SERVERS is `podman`; it takes url, docker or local"), "{said}");
}
