//! The events of a store, as its subscriber gets them.
//!
//! A test program of its own with one test: the subscriber is that of the whole process.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use std::fmt::Debug;
use std::mem;
use std::path::Path;
use std::sync::{Arc, Mutex};

use pangolin_store::SqliteStore;
use pangolin_store::sqlite::SqliteOptions;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber, subscriber};

/// Keeps the events of the store as text: the level, the message, and the other fields by name.
#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<String>>>);

impl Subscriber for Events {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("pangolin_store")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        fields.others.sort();
        let level = event.metadata().level();
        let text = format!("{level} {}: {}", fields.message, fields.others.join(", "));
        self.0.lock().unwrap().push(text);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Fields {
    message: String,
    others: Vec<String>,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            name => self.others.push(format!("{name}={value:?}")),
        }
    }
}

#[tokio::test]
async fn opening_and_each_step_of_a_migration_are_seen() {
    let events = Events::default();
    subscriber::set_global_default(events.clone()).unwrap();
    let opening = async |path: &Path| {
        drop(SqliteStore::open(SqliteOptions::file(path)).await.unwrap());
        mem::take(&mut *events.0.lock().unwrap())
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let version = pangolin_store::sqlite::version();
    let opened =
        format!("INFO store opened: database={path:?}, store=\"sqlite\", version={version:?}");

    let seen = opening(&path).await;
    let steps = seen.len() - 2;
    assert_eq!(seen[0], format!("INFO migration begun: from=0, store=\"sqlite\", to={steps}"));
    for (number, step) in (1..).zip(&seen[1..=steps]) {
        let expected = format!("INFO migration step applied: store=\"sqlite\", version={number}");
        assert_eq!(*step, expected);
    }
    assert_eq!(seen[steps + 1], opened);

    assert_eq!(opening(&path).await, [opened]);
}
