use std::time::Duration;

use pangolin_store::Invalid;
use pangolin_store::mongo::MongoOptions;

const SERVER: &str = "mongodb://127.0.0.1:27017";

fn refused(url: &str) -> Invalid {
    url.parse::<MongoOptions>().unwrap_err()
}

fn options(rest: &str) -> MongoOptions {
    format!("{SERVER}{rest}").parse().unwrap()
}

#[test]
fn the_path_names_the_database() {
    assert_eq!(options("/lake").database(), "lake");
    assert_eq!(options("/lake?directConnection=true").database(), "lake");
    let other = options("/lake").with_database("pond").unwrap();
    assert_eq!(other.database(), "pond");
}

#[test]
fn a_url_without_a_database_is_refused_and_says_where_it_goes() {
    for rest in ["", "/", "/?directConnection=true"] {
        let error = refused(&format!("{SERVER}{rest}"));
        assert_eq!(error.field, "url");
        assert!(error.reason.contains("mongodb://HOST:PORT/DATABASE"), "{error}");
    }
}

#[test]
fn every_option_is_read_and_has_a_builder() {
    let read = options("/lake?pool_size=4&server_selection_timeout_ms=250&call_timeout_ms=900");
    let built = options("/lake").pool_size(4).unwrap();
    let built = built.server_selection_timeout(Duration::from_millis(250));
    assert_eq!(read, built.call_timeout(Duration::from_millis(900)));
}

#[test]
fn the_drivers_own_timeout_is_taken_unless_ours_is_given() {
    let ours = options("/lake").server_selection_timeout(Duration::from_millis(70));
    let drivers = options("/lake?serverSelectionTimeoutMS=70");
    assert_eq!(format!("{drivers:?}"), format!("{ours:?}"));
    let both = options("/lake?serverSelectionTimeoutMS=9000&server_selection_timeout_ms=70");
    assert_eq!(format!("{both:?}"), format!("{ours:?}"));
}

#[test]
fn an_option_out_of_bounds_is_refused_by_name() {
    for (option, field) in [
        ("pool_size=0", "pool_size"),
        ("pool_size=1001", "pool_size"),
        ("pool_size=many", "pool_size"),
        ("pool_size", "pool_size"),
        ("server_selection_timeout_ms=-1", "server_selection_timeout_ms"),
        ("server_selection_timeout_ms=3600001", "server_selection_timeout_ms"),
    ] {
        let error = refused(&format!("{SERVER}/lake?{option}"));
        assert_eq!(error.field, field);
        assert!(error.reason.contains("takes"), "{error}");
    }
}

#[test]
fn an_invalid_database_name_is_refused() {
    for database in ["admin", "config", "local", "a.b", "a$", &"a".repeat(64)] {
        let error = options("/lake").with_database(database).unwrap_err();
        assert_eq!(error.field, "database", "{database}");
    }
}

#[test]
fn an_invalid_connection_string_is_refused_without_showing_it() {
    for url in ["mongodb:", "mongodb://", "mongodb://me:s3/cret@host/lake", "mongodb:/lake"] {
        let error = refused(url);
        assert_eq!(error.field, "url", "{url}");
        assert!(!error.to_string().contains("s3"), "{error}");
    }
}

#[test]
fn a_password_is_not_shown() {
    let options: MongoOptions = "mongodb://me:s3cret@127.0.0.1/lake".parse().unwrap();
    assert!(!format!("{options:?}").contains("s3cret"));
}
