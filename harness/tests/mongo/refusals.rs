use mongodb::bson::doc;
use pangolin_store::store::{Catalogs, Federation};
use pangolin_store::{
    Catalog, CatalogId, CatalogKind, ConflictReason, Entity, StoreError, SyncOutcome, SyncStatus,
    Timestamp,
};
use uuid::Uuid;

use super::fixture::{ACME, furnish, in_a_database, name};

#[tokio::test]
async fn a_synchronisation_is_recorded_or_refused_in_one_command() {
    in_a_database(async |fresh| {
        let store = fresh.open().await;
        furnish(&store).await;
        let federated = Catalog {
            id: CatalogId::new(Uuid::from_u128(2)),
            name: name("far"),
            kind: CatalogKind::Federated { properties: Default::default() },
            warehouse: None,
            storage_location: None,
            properties: Default::default(),
        };
        store.create_catalog(ACME, &federated).await.unwrap();
        let status = SyncStatus {
            last_synced_at: Timestamp::EPOCH,
            status: SyncOutcome::Failed,
            tables_synced: 3,
            namespaces_synced: 2,
            error: Some("$not a field".parse().unwrap()),
        };
        fresh.raw.run_command(doc! { "profile": 2 }).await.unwrap();
        store.record_sync(ACME, &name("far"), &status).await.unwrap();
        let local = store.record_sync(ACME, &name("sales"), &status).await;
        fresh.raw.run_command(doc! { "profile": 0 }).await.unwrap();
        assert!(
            matches!(local, Err(StoreError::Conflict { reason: ConflictReason::NotFederated, .. })),
            "{local:?}"
        );
        let on_catalogs = doc! { "ns": format!("{}.catalogs", fresh.raw.name()) };
        let profile = fresh.collection("system.profile");
        let commands = profile.count_documents(on_catalogs);
        assert_eq!(commands.await.unwrap(), 2, "one of each call");
        assert_eq!(store.get_sync(ACME, &name("far")).await.unwrap(), Some(status));
        assert_eq!(store.get_sync(ACME, &name("sales")).await.unwrap(), None);
        let elsewhere = SyncStatus {
            last_synced_at: Timestamp::EPOCH,
            status: SyncOutcome::Success,
            tables_synced: 0,
            namespaces_synced: 0,
            error: None,
        };
        let nowhere = store.record_sync(ACME, &name("nowhere"), &elsewhere).await;
        assert!(
            matches!(nowhere, Err(StoreError::NotFound { entity: Entity::Catalog, .. })),
            "{nowhere:?}"
        );
    })
    .await;
}
