use futures_util::future::join_all;
use pangolin_store::postgres::PostgresOptions;
use pangolin_store::store::{Search, Tenants};
use pangolin_store::{AssetSearch, Page, PostgresStore};

use super::fixture::*;

#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    on_a_database(async |database| {
        database.open().await.close().await;
        let known = database.number("SELECT max(version)::bigint FROM pangolin_schema").await;
        let newer = format!(
            "INSERT INTO pangolin_schema VALUES ({}, '00000000-0000-0000-0000-000000000000')",
            known + 1
        );
        database.run(&newer).await;
        let reason = database.refusal().await;
        assert!(reason.contains(&format!("version {}", known + 1)), "{reason}");
        assert!(reason.contains(&format!("than {known}")), "{reason}");
        assert!(reason.contains("upgrade"), "{reason}");
        assert_eq!(database.number("SELECT count(*) FROM pangolin_schema").await, known + 1);
    });
}

/// Downgrades the schema from version 6 to 5.
const UNDO_SEARCH: &str = "
    DROP INDEX assets_by_text, business_metadata_by_text, business_metadata_by_tag;
    ALTER TABLE assets DROP COLUMN on_main;
    DROP EXTENSION pg_trgm;
    DELETE FROM pangolin_schema WHERE version = 6;";

#[test]
fn an_older_schema_is_migrated_and_its_content_is_found() {
    on_a_database(async |database| {
        let store = database.open().await;
        furnish(&store).await;
        add(&store, &asset(1)).await;
        store.close().await;
        for undo in UNDO_SEARCH.split(';').filter(|undo| !undo.trim().is_empty()) {
            database.run(undo).await;
        }

        let search = AssetSearch { text: text(&asset(1).name), ..AssetSearch::default() };
        let hits = database.open().await.search_assets(ACME, &search, &Page::all()).await.unwrap();
        assert_eq!(hits.len(), 1, "{hits:?}");
    });
}

#[test]
fn a_schema_created_by_other_statements_is_refused() {
    on_a_database(async |database| {
        database.open().await.close().await;
        let change = "UPDATE pangolin_schema SET checksum = gen_random_uuid() WHERE version = 2";
        database.run(change).await;
        let reason = database.refusal().await;
        assert!(reason.contains("version 2") && reason.contains("other statements"), "{reason}");
    });
}

#[test]
fn a_database_with_tables_of_another_program_is_refused_and_left_alone() {
    on_a_database(async |database| {
        database.run("CREATE TABLE tenants (rent integer)").await;
        let reason = database.refusal().await;
        assert!(reason.contains("\"tenants\" of something else"), "{reason}");
        let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
        assert_eq!(database.number(tables).await, 1);
    });
}

#[test]
fn a_database_of_another_encoding_is_refused() {
    on_a_database_created_with(
        "ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0",
        async |database| {
            let reason = database.refusal().await;
            assert!(reason.contains("SQL_ASCII") && reason.contains("UTF8"), "{reason}");
        },
    );
}

#[test]
fn the_tables_are_in_the_first_schema_of_the_search_path() {
    on_a_database(async |database| {
        let options: PostgresOptions =
            format!("{}?options[search_path]=lakehouse", database.url()).parse().unwrap();
        let refused = PostgresStore::open(options.clone()).await.map(drop).unwrap_err();
        let reason = reason(refused);
        assert!(reason.contains("no schema"), "{reason}");
        database.run("CREATE SCHEMA lakehouse").await;
        let store = PostgresStore::open(options).await.unwrap();
        furnish(&store).await;
        store.close().await;
        assert_eq!(database.number("SELECT count(*) FROM lakehouse.tenants").await, 1);
    });
}

#[test]
fn an_unreachable_server_is_named() {
    on_a_database(async |_| {
        let options = "postgres://ann:hush-hush@127.0.0.1:1/lake".parse().unwrap();
        let reason = reason(PostgresStore::open(options).await.map(drop).unwrap_err());
        assert!(reason.contains("127.0.0.1:1") && !reason.contains("hush-hush"), "{reason}");
    });
}

#[test]
fn a_missing_database_is_named() {
    on_a_database(async |database| {
        let options = database.options().database("nowhere_to_be_found");
        let reason = reason(PostgresStore::open(options).await.map(drop).unwrap_err());
        assert!(reason.contains("nowhere_to_be_found"), "{reason}");
    });
}

#[test]
fn many_can_open_a_new_database_at_once() {
    on_a_database(async |database| {
        let open = (1..=8).map(|number| async move {
            let store = database.open().await;
            store.create_tenant(&tenant(number, &format!("tenant {number}"))).await.unwrap();
            store.close().await;
        });
        join_all(open).await;
        let store = database.open().await;
        assert_eq!(store.list_tenants(&Page::all()).await.unwrap().len(), 8);
        store.close().await;
    });
}

#[test]
fn what_was_written_is_there_after_a_restart() {
    on_a_database(async |database| {
        let store = database.open().await;
        store.create_tenant(&tenant(1, "acme")).await.unwrap();
        store.close().await;
        let store = database.open().await;
        assert_eq!(store.get_tenant(ACME).await.unwrap(), Some(tenant(1, "acme")));
        store.close().await;
    });
}

#[test]
fn the_version_of_the_server_is_known() {
    on_a_store(async |_, store| {
        let version = store.version().await.unwrap();
        assert!(version.split('.').next().unwrap().parse::<u32>().unwrap() >= 13, "{version}");
    });
}
