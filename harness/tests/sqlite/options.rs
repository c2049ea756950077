use std::path::Path;
use std::time::Duration;

use pangolin_store::Invalid;
use pangolin_store::sqlite::{SqliteOptions, Synchronous};

fn refused(text: &str) -> Invalid {
    text.parse::<SqliteOptions>().unwrap_err()
}

#[test]
fn a_path_alone_takes_the_defaults() {
    let options: SqliteOptions = "dir/catalog.db".parse().unwrap();
    assert_eq!(options, SqliteOptions::file("dir/catalog.db"));
    assert_eq!(options.path(), Some(Path::new("dir/catalog.db")));
}

#[test]
fn memory_is_no_file() {
    let options: SqliteOptions = ":memory:".parse().unwrap();
    assert_eq!(options, SqliteOptions::memory());
    assert_eq!(options.path(), None);
}

#[test]
fn every_option_is_read() {
    let options = "a.db?synchronous=off&readers=3&busy_timeout_ms=250".parse();
    let expected = SqliteOptions::file("a.db")
        .synchronous(Synchronous::Off)
        .busy_timeout(Duration::from_millis(250))
        .readers(3);
    assert_eq!(options, expected);
}

#[test]
fn every_option_that_is_given_makes_a_difference() {
    let defaults = SqliteOptions::file("a.db");
    assert_ne!(defaults.clone().synchronous(Synchronous::Off), defaults);
    assert_ne!(defaults.clone().readers(3).unwrap(), defaults);
    assert_ne!(defaults.clone().busy_timeout(Duration::from_millis(250)), defaults);
}

#[test]
fn no_wait_is_too_long_to_ask_for() {
    let options = SqliteOptions::memory().busy_timeout(Duration::MAX);
    assert_eq!(options, SqliteOptions::memory().busy_timeout(SqliteOptions::MAX_BUSY_TIMEOUT));
}

#[test]
fn an_empty_path_is_refused() {
    assert_eq!(refused("").field, "path");
    assert_eq!(refused("?readers=2").field, "path");
}

#[test]
fn an_option_that_is_none_is_refused_by_name() {
    let error = refused("a.db?journal=off");
    assert_eq!(error.field, "journal");
    assert!(error.reason.contains("synchronous") && error.reason.contains("busy_timeout_ms"));
}

#[test]
fn a_bad_value_is_refused_with_those_allowed() {
    let error = refused("a.db?synchronous=sometimes");
    assert_eq!(error.field, "synchronous");
    assert!(error.reason.contains("off") && error.reason.contains("full"));
    for text in ["a.db?readers=0", "a.db?readers=65", "a.db?readers=many", "a.db?readers"] {
        let error = refused(text);
        assert_eq!(error.field, "readers");
        assert!(error.reason.contains("1 to 64"), "{error}");
    }
    for text in ["a.db?busy_timeout_ms=-1", "a.db?busy_timeout_ms=3600001"] {
        let error = refused(text);
        assert_eq!(error.field, "busy_timeout_ms");
        assert!(error.reason.contains("0 to 3600000"), "{error}");
    }
}
