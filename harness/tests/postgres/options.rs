use std::time::Duration;

use pangolin_store::postgres::PostgresOptions;

fn parse(url: &str) -> Result<PostgresOptions, String> {
    url.parse().map_err(|invalid: pangolin_store::Invalid| invalid.to_string())
}

fn shown(url: &str) -> String {
    format!("{:?}", parse(url).unwrap())
}

#[test]
fn a_url_gives_the_database_and_its_options() {
    let shown = shown(
        "postgresql://ann@db.example:6000/lake?pool_size=3&acquire_timeout_ms=10\
         &statement_timeout_ms=20&lock_timeout_ms=30&call_timeout_ms=40",
    );
    for part in [
        "db.example",
        "6000",
        "lake",
        "ann",
        "pool_size: 3",
        "acquire_timeout: 10ms",
        "statement_timeout: 20ms",
        "lock_timeout: 30ms",
        "call_timeout: 40ms",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

#[test]
fn options_can_be_built() {
    let options = parse("postgres://localhost/lake").unwrap().pool_size(2).unwrap();
    let options = options.acquire_timeout(Duration::MAX).database("sea");
    let shown = format!("{options:?}");
    assert!(shown.contains("pool_size: 2") && shown.contains("\"sea\""), "{shown}");
    assert!(shown.contains("acquire_timeout: 86400s"), "{shown}");
}

#[test]
fn the_options_of_the_driver_are_accepted() {
    let shown = shown(
        "postgres:///?host=db.example&port=6000&user=ann&dbname=lake&sslmode=disable\
         &application_name=x&options=-c%20geqo%3Doff&options[work_mem]=1MB",
    );
    assert!(shown.contains("db.example") && shown.contains("6000"), "{shown}");
}

#[test]
fn a_password_is_not_shown() {
    for url in [
        "postgres://ann:hush-hush@localhost/lake",
        "postgres://ann@localhost/lake?password=hush-hush",
    ] {
        assert!(!shown(url).contains("hush-hush"));
    }
    for url in [
        "postgres://ann:hush-hush@localhost:port/lake",
        "postgres://ann:hush-hush@localhost/lake?sslmode=hush-hush",
        "postgres://ann:hush-hush@localhost/lake?pool_size=0",
        "mysql://ann:hush-hush@localhost/lake",
    ] {
        let error = parse(url).unwrap_err();
        assert!(!error.contains("hush-hush"), "{error}");
    }
}

#[test]
fn an_unknown_option_or_one_out_of_bounds_is_refused_by_name() {
    for (option, part) in [
        ("pool_size=0", "`pool_size` takes 1 to 1000"),
        ("pool_size=many", "`pool_size` takes a number"),
        ("pool_size", "`pool_size` takes a number"),
        ("acquire_timeout_ms=-1", "`acquire_timeout_ms` takes a number"),
        ("statement_timeout_ms=86400001", "`statement_timeout_ms` takes a number"),
        ("lock_timeout_ms=1s", "`lock_timeout_ms` takes a number"),
        ("poolsize=3", "`poolsize` is no option"),
        ("sslmode=perhaps", "`url`"),
    ] {
        let error = parse(&format!("postgres://localhost/lake?{option}")).unwrap_err();
        assert!(error.contains(part), "{option}: {error}");
    }
}
