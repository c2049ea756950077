//! Calls that work on many rows, among 10,000 assets.

use std::time::{Duration, Instant};

use anyhow::Result;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use pangolin_benches::floor::Floor;
use pangolin_benches::rows::{self, CATALOG, READ, Sort, TENANT, WRITTEN};
use pangolin_benches::runner::{self, Stage};
use pangolin_benches::scene::{self, Scene};
use pangolin_benches::subject::{Subject, asked_for};
use pangolin_store::{
    Asset, BranchKind, CatalogStore, CommitOperation, MergeCommit, Name, NewBranch, NewMerge,
    Properties, Role, Tenant, TenantId, Text, UserId,
};

const SIZE: u64 = 10_000;
const CHANGES: u64 = 1_000;
const ROLES: u64 = 20;

fn bulk(criterion: &mut Criterion) {
    for name in asked_for().expect("BENCH_STORES names stores") {
        let stage = Stage::new(name, SIZE).expect("there are threads");
        let id = |call: &str| BenchmarkId::new(call, name);
        let floor_id = |call: &str| BenchmarkId::new(call, format!("{name}-floor"));
        stage.measure_prepared(criterion, id("create_branch"), create_branch);
        if name != "memory" {
            stage.measure_prepared(criterion, floor_id("create_branch"), create_branch_floor);
        }
        stage.measure_prepared(criterion, id("merge"), merge);
        if name != "memory" {
            stage.measure_prepared(criterion, floor_id("merge"), merge_floor);
        }
        stage.measure_prepared(criterion, id("commit_of_100"), commit_of_100);
        stage.measure_prepared(criterion, id("effective_permissions"), effective_permissions);
        stage.measure_prepared(criterion, id("delete_tenant"), delete_tenant);
    }
}

async fn make_branch(store: &dyn CatalogStore, name: &Name) -> Result<Duration> {
    let branch = NewBranch {
        name: name.clone(),
        kind: BranchKind::Ingest,
        parent: rows::name("main"),
        namespaces: None,
    };
    let begun = Instant::now();
    store.create_branch(TENANT, &rows::name(CATALOG), &branch).await?;
    Ok(begun.elapsed())
}

async fn drop_branch(store: &dyn CatalogStore, name: &Name) -> Result<()> {
    Ok(store.delete_branch(TENANT, &rows::name(CATALOG), name).await?)
}

async fn create_branch(subject: &Subject, _: &Scene, turn: u64) -> Result<Duration> {
    let name = rows::name(&format!("branch_{turn}"));
    let took = make_branch(&*subject.store, &name).await?;
    drop_branch(&*subject.store, &name).await?;
    Ok(took)
}

fn floor(subject: &Subject) -> &dyn Floor {
    &**subject.floor.as_ref().expect("all but memory have a floor")
}

async fn create_branch_floor(subject: &Subject, _: &Scene, turn: u64) -> Result<Duration> {
    let name = format!("branch_{turn}");
    let begun = Instant::now();
    floor(subject).copy_main(&name).await?;
    let took = begun.elapsed();
    drop_branch(&*subject.store, &rows::name(&name)).await?;
    Ok(took)
}

/// Creates a branch with that many changed assets, and returns the operations that changed them, as JSON.
async fn changed_branch(subject: &Subject, scene: &Scene, name: &Name) -> Result<String> {
    let store = &*subject.store;
    make_branch(store, name).await?;
    let on = rows::on(name);
    let number = scene.fresh();
    let changed = (0..CHANGES).map(|asset| {
        let mut asset = rows::asset(asset, READ, &rows::asset_name(asset, scene.size));
        asset.metadata_location = Text::new(format!("changed by {number}")).ok();
        asset
    });
    let changed: Vec<Asset> = changed.collect();
    let puts = changed.iter().map(|asset| CommitOperation::Put { asset: asset.clone() });
    let operations = serde_json::to_string(&puts.collect::<Vec<_>>())?;
    let head = scene::head(store, &on).await?;
    scene::commit(store, &on, head, number, changed).await?;
    Ok(operations)
}

async fn merge(subject: &Subject, scene: &Scene, turn: u64) -> Result<Duration> {
    let (store, name) = (&*subject.store, rows::name(&format!("ingest_{turn}")));
    let catalog = rows::name(CATALOG);
    changed_branch(subject, scene, &name).await?;
    let new = NewMerge {
        id: rows::id(Sort::Commit, scene.fresh()),
        source: name.clone(),
        target: rows::name("main"),
        initiated_by: rows::id(Sort::Person, 0),
        initiated_at: rows::time(turn),
    };
    store.begin_merge(TENANT, &catalog, &new).await?;
    let commit = MergeCommit {
        id: rows::id(Sort::Commit, 1_000 + scene.fresh()),
        author: rows::text("ada"),
        message: rows::text("merge"),
        at: rows::time(turn),
    };
    let begun = Instant::now();
    store.complete_merge(TENANT, &catalog, new.id, &commit).await?;
    let took = begun.elapsed();
    drop_branch(store, &name).await?;
    Ok(took)
}

async fn merge_floor(subject: &Subject, scene: &Scene, turn: u64) -> Result<Duration> {
    let name = rows::name(&format!("ingest_{turn}"));
    let operations = changed_branch(subject, scene, &name).await?;
    let commit = rows::id(Sort::Commit, 1_000 + scene.fresh());
    let begun = Instant::now();
    floor(subject).take_changes(&name, commit, &operations).await?;
    let took = begun.elapsed();
    drop_branch(&*subject.store, &name).await?;
    Ok(took)
}

async fn commit_of_100(subject: &Subject, scene: &Scene, _: u64) -> Result<Duration> {
    let (store, on) = (&*subject.store, rows::on("main"));
    let head = scene::head(store, &on).await?;
    let number = scene.fresh();
    let arrived = (0..100).map(|_| {
        let number = scene.fresh();
        rows::asset(number, WRITTEN, &format!("arrival_{number:09}"))
    });
    let arrived = arrived.collect();
    let begun = Instant::now();
    scene::commit(store, &on, head, number, arrived).await?;
    Ok(begun.elapsed())
}

/// The permissions of a user with many roles, who gets the roles in the first turn.
async fn effective_permissions(subject: &Subject, _: &Scene, _: u64) -> Result<Duration> {
    let (store, user): (_, UserId) = (&*subject.store, rows::id(Sort::Person, 1));
    let page = pangolin_store::Page::first(scene::limit(1));
    if store.list_user_roles(TENANT, user, &page).await?.is_empty() {
        for number in 0..ROLES {
            let role = Role {
                id: rows::id(Sort::Person, number),
                name: rows::name(&format!("role_{number}")),
                description: None,
                grants: Default::default(),
                created_by: user,
                created_at: rows::time(number),
                updated_at: rows::time(number),
            };
            store.create_role(TENANT, &role).await?;
            store.assign_role(TENANT, user, role.id).await?;
        }
    }
    let begun = Instant::now();
    store.effective_permissions(TENANT, user).await?;
    Ok(begun.elapsed())
}

/// Of a tenant with 10,000 assets.
async fn delete_tenant(subject: &Subject, _: &Scene, turn: u64) -> Result<Duration> {
    let store = &*subject.store;
    let id: TenantId = rows::id(Sort::Commit, u64::from(u32::MAX) + turn);
    let name = rows::name(&format!("tenant_{turn}"));
    store.create_tenant(&Tenant { id, name, properties: Properties::default() }).await?;
    scene::fill_catalog(store, id, SIZE).await?;
    let begun = Instant::now();
    store.delete_tenant(id).await?;
    Ok(begun.elapsed())
}

criterion_group! { name = benches; config = runner::criterion(); targets = bulk }
criterion_main!(benches);
