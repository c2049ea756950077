use pangolin_store::store::BusinessMetadataStore;
use sqlx::Row;

use super::fixture::*;

#[test]
fn every_table_is_emptied() {
    on_a_store(async |database, store| {
        furnish(store).await;
        add(store, &asset(1)).await;
        branch_off(store, "dev").await;
        store.upsert_business_metadata(ACME, asset(1).id, &metadata("all")).await.unwrap();
        store.clear().await.unwrap();
        let tables = "SELECT tablename::text FROM pg_tables
                      WHERE schemaname = 'public' AND tablename <> 'pangolin_schema'";
        for row in database.run(tables).await {
            let table: String = row.try_get(0).unwrap();
            let rows = database.number(&format!("SELECT count(*) FROM {table}")).await;
            assert_eq!(rows, 0, "{table}");
        }
        furnish(store).await;
    });
}
