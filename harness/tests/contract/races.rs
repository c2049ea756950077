//! Two conflicting calls at the same time: in whichever order they take effect, they leave a consistent
//! state.

use pangolin_store::*;

use super::fixtures::*;
use super::scenes::*;
use super::stores::{Store, on_every_store};

/// How often each race is run; half of the times the other call starts first.
const ROUNDS: usize = 8;

/// On every store, many times: creates [`ACME`], `sales` and `[ns]`, adds what `scene` adds, runs `one` and
/// `other` at the same time, and runs `check`.
#[track_caller]
pub(crate) fn race<One, Other>(
    scene: impl AsyncFn(&Store),
    one: impl Fn(Store) -> One,
    other: impl Fn(Store) -> Other,
    check: impl AsyncFn(&Store, bool, bool),
) where
    One: Future<Output = Result<()>> + Send + 'static,
    Other: Future<Output = Result<()>> + Send + 'static,
{
    on_every_store(async |store| {
        for round in 0..ROUNDS {
            store.create_tenant(&tenant(1, "acme")).await.unwrap();
            store.create_catalog(ACME, &catalog(1, "sales")).await.unwrap();
            add_namespace(store, ["ns"]).await;
            scene(store).await;
            let (one, other) = if round.is_multiple_of(2) {
                let one = tokio::spawn(one(store.clone()));
                (one, tokio::spawn(other(store.clone())))
            } else {
                let other = tokio::spawn(other(store.clone()));
                (tokio::spawn(one(store.clone())), other)
            };
            let (one, other) = (allowed(one.await.unwrap()), allowed(other.await.unwrap()));
            check(store, one, other).await;
            store.delete_tenant(ACME).await.unwrap();
        }
    });
}

/// Whether a call succeeded; it may fail only with errors that the contract defines for it.
fn allowed(answer: Result<()>) -> bool {
    match answer {
        Ok(()) => true,
        Err(error @ (StoreError::Backend { .. } | StoreError::Unsupported { .. })) => {
            panic!("{error:?}")
        }
        Err(_) => false,
    }
}

async fn nothing(_: &Store) {}

pub(crate) async fn one_at_most(_: &Store, one: bool, other: bool) {
    assert!(!(one && other), "both took effect");
}

pub(crate) async fn delete_ns(store: Store) -> Result<()> {
    store.delete_namespace(ACME, &name("sales"), &path(["ns"])).await
}

#[test]
fn a_namespace_is_not_deleted_while_it_gets_a_child() {
    let create = async |store: Store| {
        store.create_namespace(ACME, &name("sales"), &namespace(["ns", "sub"])).await
    };
    race(nothing, delete_ns, create, one_at_most);
}

#[test]
fn a_namespace_is_not_deleted_while_an_asset_moves_in() {
    let scene = async |store: &Store| {
        add_namespace(store, ["from"]).await;
        add(store, "main", asset(1, ["from"], "orders")).await;
    };
    let rename = async |store: Store| {
        let from = asset_ref("main", ["from"], "orders");
        store.rename_asset(ACME, &from, &place(["ns"], "orders")).await.map(drop)
    };
    race(scene, delete_ns, rename, one_at_most);
}

#[test]
fn a_namespace_is_not_deleted_while_a_commit_puts_an_asset_in_it() {
    let commit = async |store: Store| {
        let commit = commit(1, None, [put(asset(1, ["ns"], "orders"))]);
        store.commit(ACME, &on("main"), &commit).await
    };
    race(nothing, delete_ns, commit, one_at_most);
}

#[test]
fn a_warehouse_is_not_deleted_while_a_catalog_begins_to_name_it() {
    let scene = async |store: &Store| {
        store.create_warehouse(ACME, &warehouse(1, "lake")).await.unwrap();
    };
    let delete = async |store: Store| store.delete_warehouse(ACME, &name("lake")).await;
    let create = async |store: Store| {
        let catalog = Catalog { warehouse: Some(name("lake")), ..catalog(2, "stock") };
        store.create_catalog(ACME, &catalog).await
    };
    race(scene, delete, create, one_at_most);
    let update = async |store: Store| {
        let warehouse = Some(Some(name("lake")));
        let update = CatalogUpdate { warehouse, ..CatalogUpdate::default() };
        store.update_catalog(ACME, &name("sales"), &update).await.map(drop)
    };
    race(scene, delete, update, one_at_most);
}

#[test]
fn renaming_a_warehouse_renames_it_in_a_new_catalog() {
    let scene = async |store: &Store| {
        store.create_warehouse(ACME, &warehouse(1, "lake")).await.unwrap();
    };
    let rename = async |store: Store| {
        let update = WarehouseUpdate { name: Some(name("sea")), ..WarehouseUpdate::default() };
        store.update_warehouse(ACME, &name("lake"), &update).await.map(drop)
    };
    let create = async |store: Store| {
        let catalog = Catalog { warehouse: Some(name("lake")), ..catalog(2, "stock") };
        store.create_catalog(ACME, &catalog).await
    };
    race(scene, rename, create, async |store, renamed, created| {
        assert!(renamed);
        if created {
            let stock = store.get_catalog(ACME, &name("stock")).await.unwrap().unwrap();
            assert_eq!(stock.warehouse, Some(name("sea")));
        }
    });
}

#[test]
fn deleting_a_branch_deletes_an_asset_created_concurrently() {
    let scene = async |store: &Store| branch_off(store, "dev").await;
    let delete = async |store: Store| store.delete_branch(ACME, &name("sales"), &name("dev")).await;
    let create = async |store: Store| {
        store.create_asset(ACME, &on("dev"), &asset(1, ["ns"], "orders")).await
    };
    race(scene, delete, create, async |store, deleted, _| {
        assert!(deleted);
        assert_eq!(store.count_assets(ACME).await.unwrap(), 0);
        branch_off(store, "dev").await;
        assert_eq!(assets_on(store, "dev").await, []);
    });
}

#[test]
fn deleting_a_catalog_deletes_what_is_created_in_it_concurrently() {
    let delete = async |store: Store| store.delete_catalog(ACME, &name("sales")).await;
    let gone = async |store: &Store, deleted: bool, _| {
        assert!(deleted);
        assert_eq!(store.count_namespaces(ACME).await.unwrap(), 0);
        assert_eq!(store.count_assets(ACME).await.unwrap(), 0);
        store.create_catalog(ACME, &catalog(1, "sales")).await.unwrap();
        let sales = name("sales");
        assert_eq!(store.list_namespaces(ACME, &sales, &None, &all()).await.unwrap(), []);
        assert_eq!(store.list_branches(ACME, &sales, &all()).await.unwrap().len(), 1);
        assert_eq!(head_of(store, "main").await, None);
    };
    let namespace = async |store: Store| {
        store.create_namespace(ACME, &name("sales"), &namespace(["new"])).await
    };
    race(nothing, delete, namespace, gone);
    let branch = async |store: Store| {
        store.create_branch(ACME, &name("sales"), &ingest("dev", "main")).await.map(drop)
    };
    race(nothing, delete, branch, gone);
    let commit = async |store: Store| {
        let commit = commit(1, None, [put(asset(1, ["ns"], "orders"))]);
        store.commit(ACME, &on("main"), &commit).await
    };
    race(nothing, delete, commit, gone);
}

#[test]
fn deleting_a_tenant_deletes_what_is_created_in_it_concurrently() {
    let delete = async |store: Store| store.delete_tenant(ACME).await;
    let gone = async |store: &Store, deleted: bool, _| {
        assert!(deleted);
        assert_eq!(store.list_users(None, &all()).await.unwrap(), []);
        store.create_tenant(&tenant(1, "acme")).await.unwrap();
        assert_eq!(store.list_catalogs(ACME, &all()).await.unwrap(), []);
        assert_eq!(store.list_warehouses(ACME, &all()).await.unwrap(), []);
        assert_eq!(store.get_settings(ACME).await.unwrap(), Settings::default());
        let no_filter = AuditFilter::default();
        assert_eq!(store.count_audit_events(ACME, &no_filter).await.unwrap(), 0);
        assert!(!store.is_token_revoked(ACME, id(1)).await.unwrap());
    };
    let catalog = async |store: Store| store.create_catalog(ACME, &catalog(2, "stock")).await;
    race(nothing, delete, catalog, gone);
    let warehouse = async |store: Store| store.create_warehouse(ACME, &warehouse(1, "lake")).await;
    race(nothing, delete, warehouse, gone);
    let user = async |store: Store| store.create_user(&user(1, "ann")).await;
    race(nothing, delete, user, gone);
    let event = async |store: Store| store.log_audit_event(&event(1)).await;
    race(nothing, delete, event, gone);
    let revoke = async |store: Store| store.revoke_token(ACME, &revocation(1, 10)).await;
    race(nothing, delete, revoke, gone);
    let settings = async |store: Store| {
        let update = SettingsUpdate { smtp_port: Some(Some(25)), ..SettingsUpdate::default() };
        store.update_settings(ACME, &update).await.map(drop)
    };
    race(nothing, delete, settings, gone);
}

#[test]
fn deleting_a_user_deletes_what_is_granted_concurrently() {
    let scene = async |store: &Store| {
        store.create_user(&user(1, "ann")).await.unwrap();
        store.create_role(ACME, &role(1, "reader")).await.unwrap();
    };
    let delete = async |store: Store| store.delete_user(id(1)).await;
    let gone = async |store: &Store, deleted: bool, _| {
        assert!(deleted);
        assert_eq!(store.list_tenant_permissions(ACME, &all()).await.unwrap(), []);
        let tokens = store.list_active_tokens(ACME, None, Timestamp::MIN, &all()).await.unwrap();
        assert_eq!(tokens, []);
        store.create_user(&user(1, "ann")).await.unwrap();
        assert_eq!(store.list_user_roles(ACME, id(1), &all()).await.unwrap(), []);
        assert_eq!(store.effective_permissions(ACME, id(1)).await.unwrap(), []);
    };
    let grant = async |store: Store| {
        let permission = permission(1, Scope::Tenant, [Action::Read]);
        store.grant_permission(ACME, &permission).await
    };
    race(scene, delete, grant, gone);
    let assign = async |store: Store| store.assign_role(ACME, id(1), id(1)).await;
    race(scene, delete, assign, gone);
    let token = async |store: Store| store.store_token(&token(1, 10)).await;
    race(scene, delete, token, gone);
}

#[test]
fn deleting_a_role_deletes_what_is_assigned_concurrently() {
    let scene = async |store: &Store| {
        store.create_user(&user(1, "ann")).await.unwrap();
        store.create_role(ACME, &role(1, "reader")).await.unwrap();
    };
    let delete = async |store: Store| store.delete_role(ACME, id(1)).await;
    let assign = async |store: Store| store.assign_role(ACME, id(1), id(1)).await;
    race(scene, delete, assign, async |store, deleted, _| {
        assert!(deleted);
        store.create_role(ACME, &role(1, "reader")).await.unwrap();
        assert_eq!(store.list_user_roles(ACME, id(1), &all()).await.unwrap(), []);
    });
}

#[test]
fn metadata_and_requests_go_with_the_last_row_of_their_asset() {
    let scene = async |store: &Store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        store.create_user(&user(1, "ann")).await.unwrap();
    };
    let delete =
        async |store: Store| store.delete_asset(ACME, &asset_ref("main", ["ns"], "orders")).await;
    let gone = async |store: &Store, deleted: bool, _| {
        assert!(deleted);
        assert_eq!(store.get_business_metadata(ACME, id(1)).await.unwrap(), None);
        assert_eq!(store.list_access_requests(ACME, None, &all()).await.unwrap(), []);
    };
    let describe = async |store: Store| {
        store.upsert_business_metadata(ACME, id(1), &metadata("all orders")).await.map(drop)
    };
    race(scene, delete, describe, gone);
    let request = async |store: Store| store.create_access_request(&request(1)).await;
    race(scene, delete, request, gone);
}

#[test]
fn concurrent_deletes_of_the_last_two_rows_of_an_asset_delete_its_metadata() {
    let scene = async |store: &Store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        branch_off(store, "dev").await;
        store.upsert_business_metadata(ACME, id(1), &metadata("all orders")).await.unwrap();
    };
    let delete_on = |branch: &'static str| {
        move |store: Store| async move {
            store.delete_asset(ACME, &asset_ref(branch, ["ns"], "orders")).await
        }
    };
    race(scene, delete_on("main"), delete_on("dev"), async |store, main, dev| {
        assert!(main && dev);
        assert_eq!(store.get_business_metadata(ACME, id(1)).await.unwrap(), None);
    });
}

#[test]
fn metadata_stays_if_a_branch_copies_the_asset_during_its_deletion() {
    let scene = async |store: &Store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        store.upsert_business_metadata(ACME, id(1), &metadata("all orders")).await.unwrap();
    };
    let delete =
        async |store: Store| store.delete_asset(ACME, &asset_ref("main", ["ns"], "orders")).await;
    let branch = async |store: Store| {
        store.create_branch(ACME, &name("sales"), &ingest("dev", "main")).await.map(drop)
    };
    race(scene, delete, branch, async |store, deleted, branched| {
        assert!(deleted && branched);
        let metadata = store.get_business_metadata(ACME, id(1)).await.unwrap();
        assert_eq!(metadata.is_some(), !assets_on(store, "dev").await.is_empty());
    });
}
