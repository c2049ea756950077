use std::num::NonZeroU32;

use uuid::Uuid;

use super::MemoryStore;
use crate::store::{
    Assets, Branches, BusinessMetadataStore, Catalogs, Commits, Merges, Namespaces, Tenants,
};
use crate::{
    Asset, AssetId, AssetKind, AssetRef, AssetUpdate, BranchKind, BranchRef, Catalog, CatalogId,
    CatalogKind, CommitId, CommitOperation, Entity, HistoryStart, MergeCommit, MergeId,
    MergeStatus, MetadataWrite, Name, Namespace, NewBranch, NewCommit, NewMerge, Operations, Page,
    StoreError, Tenant, TenantId, Text, Timestamp, UserId,
};

fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn tenant() -> Tenant {
    Tenant { id: TenantId::new(uuid(1)), name: name("acme"), properties: Default::default() }
}

fn asset(number: u128, at: &str) -> Asset {
    Asset {
        id: AssetId::new(uuid(number)),
        namespace: "ns".parse().unwrap(),
        name: name(at),
        kind: AssetKind::View,
        location: Text::default(),
        metadata_location: None,
        properties: Default::default(),
    }
}

fn on(branch: &str) -> BranchRef {
    BranchRef { catalog: name("lake"), branch: name(branch) }
}

fn at(branch: &str, asset: &str) -> AssetRef {
    let (catalog, branch) = (name("lake"), name(branch));
    AssetRef { catalog, branch, namespace: "ns".parse().unwrap(), name: name(asset) }
}

fn put(asset: Asset) -> CommitOperation {
    CommitOperation::Put { asset }
}

fn delete(asset: &str) -> CommitOperation {
    let AssetRef { namespace, name, .. } = at("main", asset);
    CommitOperation::Delete { namespace, name }
}

fn new_commit(number: u128, operations: impl Into<Vec<CommitOperation>>) -> NewCommit {
    NewCommit {
        id: CommitId::new(uuid(number)),
        parent: None,
        author: Text::default(),
        message: Text::default(),
        at: Timestamp::EPOCH,
        operations: Operations::new(operations.into()).unwrap(),
    }
}

/// A tenant with catalog `lake`, namespace `ns` and, on `main`, assets 1 `a` and 2 `b`.
async fn store() -> MemoryStore {
    let store = MemoryStore::new();
    store.create_tenant(&tenant()).await.unwrap();
    let catalog = Catalog {
        id: CatalogId::new(uuid(1)),
        name: name("lake"),
        kind: CatalogKind::Local,
        warehouse: None,
        storage_location: None,
        properties: Default::default(),
    };
    store.create_catalog(tenant().id, &catalog).await.unwrap();
    let namespace = Namespace { path: "ns".parse().unwrap(), properties: Default::default() };
    store.create_namespace(tenant().id, &name("lake"), &namespace).await.unwrap();
    for asset in [asset(1, "a"), asset(2, "b")] {
        store.create_asset(tenant().id, &on("main"), &asset).await.unwrap();
    }
    store
}

async fn names(store: &MemoryStore, branch: &str) -> Vec<String> {
    let namespace = "ns".parse().unwrap();
    let assets = store.list_assets(tenant().id, &on(branch), &namespace, &Page::all()).await;
    assets.unwrap().iter().map(|asset| asset.name.to_string()).collect()
}

#[tokio::test]
async fn a_snapshot_and_its_store_change_apart() {
    let store = store().await;
    let snapshot = store.snapshot();
    store.delete_asset(tenant().id, &at("main", "a")).await.unwrap();
    snapshot.create_asset(tenant().id, &on("main"), &asset(3, "c")).await.unwrap();
    assert_eq!(names(&store, "main").await, ["b"]);
    assert_eq!(names(&snapshot, "main").await, ["a", "b", "c"]);
    store.clear();
    assert_eq!(store.get_tenant(tenant().id).await.unwrap(), None);
    assert_eq!(snapshot.get_tenant(tenant().id).await.unwrap(), Some(tenant()));
}

#[tokio::test]
async fn a_commit_that_fails_midway_changes_nothing() {
    let store = store().await;
    let commit = new_commit(1, [put(asset(3, "c")), delete("a"), delete("nowhere")]);
    let failed = store.commit(tenant().id, &on("main"), &commit).await;
    assert!(matches!(failed, Err(StoreError::NotFound { entity: Entity::Asset, .. })));
    assert_eq!(names(&store, "main").await, ["a", "b"]);
    let branch = store.get_branch(tenant().id, &name("lake"), &name("main")).await.unwrap();
    assert_eq!(branch.unwrap().head, None);
    assert_eq!(store.get_commit(tenant().id, &name("lake"), commit.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_commit_may_move_an_asset_by_a_delete_and_a_put() {
    let store = store().await;
    let commit = new_commit(1, [delete("a"), put(asset(1, "z"))]);
    store.commit(tenant().id, &on("main"), &commit).await.unwrap();
    assert_eq!(names(&store, "main").await, ["b", "z"]);
    let stale = store.commit(tenant().id, &on("main"), &new_commit(2, [delete("b")])).await;
    assert!(matches!(stale, Err(StoreError::Conflict { .. })));
    assert_eq!(names(&store, "main").await, ["b", "z"]);
    let start = HistoryStart::Branch(name("main"));
    let history = store.commit_history(tenant().id, &name("lake"), &start, NonZeroU32::MAX).await;
    assert_eq!(history.unwrap(), [commit.into()]);
}

#[tokio::test]
async fn pages_cover_a_namespace_exactly_once() {
    let store = store().await;
    for (number, at) in [(3, " "), (4, "aa"), (5, "c")] {
        store.create_asset(tenant().id, &on("main"), &asset(number, at)).await.unwrap();
    }
    let namespace = "ns".parse().unwrap();
    let mut page = Page::first(NonZeroU32::MIN);
    let mut seen = Vec::new();
    while let [asset] =
        &store.list_assets(tenant().id, &on("main"), &namespace, &page).await.unwrap()[..]
    {
        seen.push(asset.name.to_string());
        page = page.then(asset.name.clone());
    }
    assert_eq!(seen, [" ", "a", "aa", "b", "c"]);
    let absent = Page::all().then(name("ab"));
    let rest = store.list_assets(tenant().id, &on("main"), &namespace, &absent).await.unwrap();
    assert_eq!(rest.iter().map(|asset| &*asset.name).collect::<Vec<_>>(), ["b", "c"]);
}

#[tokio::test]
async fn a_merge_that_is_done_again_at_once_finds_nothing_to_do() {
    let store = store().await;
    let (tenant, lake) = (tenant().id, name("lake"));
    let branch = NewBranch {
        name: name("dev"),
        kind: BranchKind::Ingest,
        parent: name("main"),
        namespaces: None,
    };
    store.create_branch(tenant, &lake, &branch).await.unwrap();
    store.delete_asset(tenant, &at("dev", "a")).await.unwrap();
    let update = AssetUpdate { kind: Some(AssetKind::Lance), ..AssetUpdate::default() };
    let changed = store.update_asset(tenant, &at("dev", "b"), &update).await.unwrap();
    store.create_asset(tenant, &on("dev"), &asset(3, "a")).await.unwrap();

    let mut operations = Vec::new();
    for number in [1, 2] {
        let merge = NewMerge {
            id: MergeId::new(uuid(number)),
            source: name("dev"),
            target: name("main"),
            initiated_by: UserId::new(uuid(1)),
            initiated_at: Timestamp::EPOCH,
        };
        let begun = store.begin_merge(tenant, &lake, &merge).await.unwrap();
        assert_eq!(begun.status, MergeStatus::Ready);
        let commit = MergeCommit {
            id: CommitId::new(uuid(number)),
            author: Text::default(),
            message: Text::default(),
            at: Timestamp::EPOCH,
        };
        let done = store.complete_merge(tenant, &lake, merge.id, &commit).await.unwrap();
        assert_eq!(done.result_commit, Some(commit.id));
        let commit = store.get_commit(tenant, &lake, commit.id).await.unwrap().unwrap();
        operations.push(commit.operations.to_vec());
    }
    assert_eq!(operations, [vec![delete("a"), put(asset(3, "a")), put(changed)], vec![]]);
}

#[tokio::test]
async fn what_was_said_of_an_asset_goes_with_its_last_row() {
    let store = store().await;
    let (tenant, lake, asset) = (tenant().id, name("lake"), AssetId::new(uuid(1)));
    let branch = NewBranch {
        name: name("dev"),
        kind: BranchKind::Experimental,
        parent: name("main"),
        namespaces: None,
    };
    store.create_branch(tenant, &lake, &branch).await.unwrap();
    let write = MetadataWrite {
        description: None,
        tags: Default::default(),
        properties: Default::default(),
        discoverable: true,
        by: UserId::new(uuid(1)),
        at: Timestamp::EPOCH,
    };
    let written = store.upsert_business_metadata(tenant, asset, &write).await.unwrap();
    store.delete_asset(tenant, &at("main", "a")).await.unwrap();
    assert_eq!(store.get_business_metadata(tenant, asset).await.unwrap(), Some(written));
    store.delete_branch(tenant, &lake, &name("dev")).await.unwrap();
    assert_eq!(store.get_business_metadata(tenant, asset).await.unwrap(), None);
}
