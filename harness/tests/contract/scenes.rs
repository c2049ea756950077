//! The rows that exist before a test begins.

use pangolin_store::*;
use serde_json::json;

use super::fixtures::*;
use super::stores::{Store, on_every_store};

/// On every store: the tenant [`ACME`], empty.
#[track_caller]
pub(crate) fn in_a_tenant(body: impl AsyncFn(&Store)) {
    on_every_store(async |store| {
        store.create_tenant(&tenant(1, "acme")).await.unwrap();
        body(store).await;
    });
}

/// On every store: [`ACME`] and in it the catalog `sales` with the namespace `[ns]`.
#[track_caller]
pub(crate) fn in_a_catalog(body: impl AsyncFn(&Store)) {
    in_a_tenant(async |store| {
        store.create_catalog(ACME, &catalog(1, "sales")).await.unwrap();
        add_namespace(store, ["ns"]).await;
        body(store).await;
    });
}

/// On every store: as [`in_a_catalog`], with assets 1 `orders` and 2 `items` in `[ns]`, both on
/// `main` and on the ingest branch `dev`, which copied them.
#[track_caller]
pub(crate) fn with_a_branch(body: impl AsyncFn(&Store)) {
    in_a_catalog(async |store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        add(store, "main", asset(2, ["ns"], "items")).await;
        branch_off(store, "dev").await;
        body(store).await;
    });
}

/// Creates a namespace in `sales`.
pub(crate) async fn add_namespace<const N: usize>(store: &Store, names: [&str; N]) {
    store.create_namespace(ACME, &name("sales"), &namespace(names)).await.unwrap();
}

/// Creates an asset on a branch of `sales`.
pub(crate) async fn add(store: &Store, branch: &str, asset: Asset) {
    store.create_asset(ACME, &on(branch), &asset).await.unwrap();
}

/// Creates an ingest branch of `sales` from `main`.
pub(crate) async fn branch_off(store: &Store, called: &str) {
    store.create_branch(ACME, &name("sales"), &ingest(called, "main")).await.unwrap();
}

/// Gives an asset in `[ns]` another location.
pub(crate) async fn relocate(store: &Store, branch: &str, called: &str, location: &str) {
    let update = AssetUpdate { location: Some(text(location)), ..AssetUpdate::default() };
    store.update_asset(ACME, &asset_ref(branch, ["ns"], called), &update).await.unwrap();
}

/// Gives an asset in `[ns]` another name.
pub(crate) async fn rename(store: &Store, branch: &str, from: &str, to: &str) {
    let from = asset_ref(branch, ["ns"], from);
    store.rename_asset(ACME, &from, &place(["ns"], to)).await.unwrap();
}

/// Deletes an asset in `[ns]`.
pub(crate) async fn remove(store: &Store, branch: &str, called: &str) {
    store.delete_asset(ACME, &asset_ref(branch, ["ns"], called)).await.unwrap();
}

/// The assets in `[ns]` on a branch of `sales`, by name.
pub(crate) async fn assets_on(store: &Store, branch: &str) -> Vec<Asset> {
    store.list_assets(ACME, &on(branch), &path(["ns"]), &all()).await.unwrap()
}

/// The names and locations of [`assets_on`].
pub(crate) async fn content_of(store: &Store, branch: &str) -> Vec<(String, String)> {
    let content = |asset: Asset| (asset.name.to_string(), asset.location.to_string());
    assets_on(store, branch).await.into_iter().map(content).collect()
}

/// What [`content_of`] is compared with.
pub(crate) fn pairs<const N: usize>(content: [(&str, &str); N]) -> Vec<(String, String)> {
    content.map(|(name, location)| (name.to_owned(), location.to_owned())).into()
}

/// As [`content_of`], but the names alone.
pub(crate) async fn names_on(store: &Store, branch: &str) -> Vec<String> {
    assets_on(store, branch).await.into_iter().map(|asset| asset.name.to_string()).collect()
}

pub(crate) async fn head_of(store: &Store, branch: &str) -> Option<CommitId> {
    store.get_branch(ACME, &name("sales"), &name(branch)).await.unwrap().unwrap().head
}

/// Fills an existing tenant with one of everything. Ids and names are the same in every tenant, except
/// those that are globally unique: `ids` and `ids + 1` are the ids of its users, whose names end in
/// `ids`.
pub(crate) async fn one_of_everything(store: &Store, tenant: TenantId, ids: u128) {
    people(store, tenant, ids).await;
    assets(store, tenant).await;
    merges(store, tenant).await;
    records(store, tenant, ids).await;
}

async fn people(store: &Store, tenant: TenantId, ids: u128) {
    for (number, called) in [(ids, "ann"), (ids + 1, "bob")] {
        let user = User {
            tenant: Some(tenant),
            oauth: Some(oauth("google", &format!("{called}{ids}"))),
            ..user(number, &format!("{called}{ids}"))
        };
        store.create_user(&user).await.unwrap();
    }
    store.create_role(tenant, &role(1, "reader")).await.unwrap();
    store.assign_role(tenant, id(ids), id(1)).await.unwrap();
    let permission = Permission { user: id(ids), ..permission(1, Scope::Tenant, [Action::Write]) };
    store.grant_permission(tenant, &permission).await.unwrap();
    let api_key_hash = hash(&format!("hash {ids}"));
    let service_user = ServiceUser { tenant, api_key_hash, ..service_user(1, "etl") };
    store.create_service_user(&service_user).await.unwrap();
    for number in [1, 2] {
        let token = Token { tenant, user: id(ids), ..token(number, 1_000) };
        store.store_token(&token).await.unwrap();
    }
    store.revoke_token(tenant, &revocation(2, 1_000)).await.unwrap();
}

async fn assets(store: &Store, tenant: TenantId) {
    let sales = name("sales");
    store.create_warehouse(tenant, &warehouse(1, "lake")).await.unwrap();
    let lake = Catalog { warehouse: Some(name("lake")), ..catalog(1, "sales") };
    store.create_catalog(tenant, &lake).await.unwrap();
    store.create_catalog(tenant, &federated(2, "far")).await.unwrap();
    store.record_sync(tenant, &name("far"), &sync(SyncOutcome::Success)).await.unwrap();
    store.create_namespace(tenant, &sales, &namespace(["ns"])).await.unwrap();
    store.create_namespace(tenant, &sales, &namespace(["ns", "sub"])).await.unwrap();
    store.create_asset(tenant, &on("main"), &asset(1, ["ns"], "orders")).await.unwrap();
    store.create_asset(tenant, &on("main"), &asset(2, ["ns", "sub"], "items")).await.unwrap();
    let commit = commit(1, None, [put(asset(3, ["ns"], "views"))]);
    store.commit(tenant, &on("main"), &commit).await.unwrap();
    store.create_tag(tenant, &sales, &tag("v1", 1)).await.unwrap();
}

/// An open merge with a conflict, and one that has ended.
async fn merges(store: &Store, tenant: TenantId) {
    let sales = name("sales");
    for branch in ["dev", "done"] {
        store.create_branch(tenant, &sales, &ingest(branch, "main")).await.unwrap();
    }
    store.begin_merge(tenant, &sales, &merge(1, "done", "main")).await.unwrap();
    store.complete_merge(tenant, &sales, id(1), &merge_commit(2)).await.unwrap();
    for (branch, location) in [("main", "here"), ("dev", "there")] {
        let update = AssetUpdate { location: Some(text(location)), ..AssetUpdate::default() };
        let orders = asset_ref(branch, ["ns"], "orders");
        store.update_asset(tenant, &orders, &update).await.unwrap();
    }
    store.begin_merge(tenant, &sales, &merge(2, "dev", "main")).await.unwrap();
    let conflict = ConflictId::found(id(2), id(1));
    let resolution = resolution(ResolutionChoice::TakeSource);
    store.resolve_conflict(tenant, &sales, id(2), conflict, &resolution).await.unwrap();
}

async fn records(store: &Store, tenant: TenantId, ids: u128) {
    let update = SettingsUpdate { smtp_port: Some(Some(25)), ..SettingsUpdate::default() };
    store.update_settings(tenant, &update).await.unwrap();
    let metadata =
        MetadataWrite { properties: super::fixtures::json(json!([1])), ..metadata("all orders") };
    store.upsert_business_metadata(tenant, id(1), &metadata).await.unwrap();
    let request = NewAccessRequest { tenant, user: id(ids), ..request(1) };
    store.create_access_request(&request).await.unwrap();
    store.log_audit_event(&AuditEvent { tenant, ..event(1) }).await.unwrap();
}
