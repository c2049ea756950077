use std::time::Duration;

use mongodb::Client;
use mongodb::bson::{Bson, doc};
use mongodb::options::ReadConcern;
use pangolin_store::store::{Catalogs, Federation, Tenants};
use pangolin_store::{
    Catalog, CatalogId, CatalogKind, ConflictReason, Entity, MongoStore, StoreError, SyncOutcome,
    SyncStatus, Tenant, TenantId, Timestamp,
};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::fixture::{ACME, furnish, in_a_database, is_left_out, name};
use super::mongod::Mongod;

const OPTIONS: [&str; 4] = ["--replSet", "refusals", "--wiredTigerCacheSizeGB", "0.25"];
const PATIENCE: Duration = Duration::from_secs(60);

/// Makes a replica set of these nodes, of which the first stays the primary, and waits until it is one.
async fn initiate(nodes: &[Mongod]) -> Client {
    let client = Client::with_uri_str(nodes[0].url()).await.unwrap();
    let members = (0..).zip(nodes).map(|(id, node)| {
        let priority = if id == 0 { 1 } else { 0 };
        Bson::from(doc! { "_id": id, "host": node.address(), "priority": priority })
    });
    let config = doc! {
        "_id": "refusals", "members": members.collect::<Vec<_>>(),
        // So that it does not step down while the others are frozen.
        "settings": { "electionTimeoutMillis": 60_000 },
    };
    let admin = client.database("admin");
    admin.run_command(doc! { "replSetInitiate": config }).await.unwrap();
    let is_whole = async {
        loop {
            let status = admin.run_command(doc! { "replSetGetStatus": 1 }).await.unwrap();
            let members = status.get_array("members").unwrap().iter();
            let states = members.map(|member| {
                member.as_document().unwrap().get_str("stateStr").unwrap().to_owned()
            });
            let mut states: Vec<String> = states.collect();
            states.sort();
            if states == ["PRIMARY", "SECONDARY", "SECONDARY"] {
                return;
            }
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(PATIENCE, is_whole).await.expect("the nodes become a replica set");
    client
}

fn tenant(id: u128) -> Tenant {
    let id = TenantId::new(Uuid::from_u128(id));
    Tenant { id, name: name("contested"), properties: Default::default() }
}

#[tokio::test]
async fn a_refusal_waits_until_a_majority_has_what_it_rests_on() {
    if is_left_out() {
        return;
    }
    let nodes = [
        Mongod::start(&OPTIONS).await,
        Mongod::start(&OPTIONS).await,
        Mongod::start(&OPTIONS).await,
    ];
    let client = initiate(&nodes).await;
    let store = MongoStore::open(nodes[0].url().parse().unwrap()).await.unwrap();
    let other = MongoStore::open(nodes[0].url().parse().unwrap()).await.unwrap();
    let frozen = nodes[1..].iter().all(Mongod::freeze);
    assert!(frozen, "the nodes of a set are programs of this machine");

    let first = tokio::spawn(async move { store.create_tenant(&tenant(1)).await });
    let tenants = client.database("lake").collection::<mongodb::bson::Document>("tenants");
    let is_local = async {
        while tenants.find_one(doc! {}).read_concern(ReadConcern::local()).await.unwrap().is_none()
        {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, is_local).await.expect("the primary has the tenant");
    let mut second = tokio::spawn(async move { other.create_tenant(&tenant(2)).await });
    let early = timeout(Duration::from_secs(2), &mut second).await;
    let thawed = nodes[1..].iter().all(Mongod::thaw);
    assert!(thawed);
    assert!(early.is_err(), "it was answered {early:?} while only the primary had the tenant");
    first.await.unwrap().unwrap();
    let second = second.await.unwrap();
    assert!(
        matches!(second, Err(StoreError::AlreadyExists { entity: Entity::Tenant, .. })),
        "{second:?}"
    );
}

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
