//! Two tenants with the same ids and names: neither sees or changes the rows of the other.

use pangolin_store::*;

use super::checks::not_found;
use super::fixtures::*;
use super::scenes::{in_a_tenant, one_of_everything};
use super::snapshot::Snapshot;
use super::stores::Store;

/// An empty [`ACME`], and [`GLOBEX`] with one of everything.
fn beside_a_full_tenant(body: impl AsyncFn(&Store)) {
    in_a_tenant(async |store| {
        store.create_tenant(&tenant(2, "globex")).await.unwrap();
        one_of_everything(store, GLOBEX, 11).await;
        body(store).await;
    });
}

/// Both tenants with one of everything, with the same ids and names; `calls` on [`ACME`] leave [`GLOBEX`]
/// unchanged.
fn leaves_the_other_alone(calls: impl AsyncFn(&Store)) {
    beside_a_full_tenant(async |store| {
        one_of_everything(store, ACME, 1).await;
        let before = Snapshot::of_tenant(store, GLOBEX).await;
        calls(store).await;
        before.is_still(&Snapshot::of_tenant(store, GLOBEX).await);
    });
}

#[test]
fn ids_and_names_of_one_tenant_can_be_used_in_another() {
    leaves_the_other_alone(async |_| {});
}

#[test]
fn rows_of_another_tenant_are_not_read() {
    in_a_tenant(async |store| {
        let empty = Snapshot::of_tenant(store, ACME).await;
        store.create_tenant(&tenant(2, "globex")).await.unwrap();
        one_of_everything(store, GLOBEX, 11).await;
        empty.is_still(&Snapshot::of_tenant(store, ACME).await);
    });
}

#[test]
fn rows_of_another_tenant_are_not_returned_by_key() {
    beside_a_full_tenant(async |store| {
        let (sales, dev) = (name("sales"), name("dev"));
        let found = ConflictId::found(id(2), id(1));
        let orders = asset_ref("main", ["ns"], "orders");
        assert_eq!(store.get_warehouse(ACME, &name("lake")).await.unwrap(), None);
        assert_eq!(store.get_catalog(ACME, &sales).await.unwrap(), None);
        assert_eq!(store.get_sync(ACME, &name("far")).await.unwrap(), None);
        assert_eq!(store.get_namespace(ACME, &sales, &path(["ns"])).await.unwrap(), None);
        assert_eq!(store.get_asset(ACME, &orders).await.unwrap(), None);
        assert_eq!(store.get_asset_by_id(ACME, &on("main"), id(1)).await.unwrap(), None);
        assert_eq!(store.get_branch(ACME, &sales, &dev).await.unwrap(), None);
        assert_eq!(store.get_tag(ACME, &sales, &name("v1")).await.unwrap(), None);
        assert_eq!(store.get_commit(ACME, &sales, id(1)).await.unwrap(), None);
        assert_eq!(store.get_merge(ACME, &sales, id(2)).await.unwrap(), None);
        assert_eq!(store.get_conflict(ACME, &sales, id(2), found).await.unwrap(), None);
    });
}

#[test]
fn the_people_and_records_of_another_tenant_are_not_returned_by_id() {
    beside_a_full_tenant(async |store| {
        assert_eq!(store.get_role(ACME, id(1)).await.unwrap(), None);
        assert_eq!(store.list_user_roles(ACME, id(11), &all()).await.unwrap(), []);
        assert_eq!(store.list_user_permissions(ACME, id(11), &all()).await.unwrap(), []);
        assert_eq!(store.effective_permissions(ACME, id(11)).await.unwrap(), []);
        assert_eq!(store.get_service_user(ACME, id(1)).await.unwrap(), None);
        let tokens = store.list_active_tokens(ACME, Some(id(11)), at(0), &all()).await.unwrap();
        assert_eq!(tokens, []);
        assert!(!store.is_token_revoked(ACME, id(2)).await.unwrap());
        assert_eq!(store.get_revocation(ACME, id(2)).await.unwrap(), None);
        assert_eq!(store.get_audit_event(ACME, id(1)).await.unwrap(), None);
        assert_eq!(store.get_business_metadata(ACME, id(1)).await.unwrap(), None);
        assert_eq!(store.get_access_request(ACME, id(1)).await.unwrap(), None);
    });
}

#[test]
fn rows_of_another_tenant_cannot_be_written() {
    beside_a_full_tenant(async |store| {
        let before = Snapshot::of(store).await;
        let (sales, orders) = (name("sales"), asset_ref("main", ["ns"], "orders"));
        let swap = MetadataSwap { expected: None, new: text("v1") };
        not_found(Entity::Warehouse, store.delete_warehouse(ACME, &name("lake")).await);
        not_found(Entity::Catalog, store.delete_catalog(ACME, &sales).await);
        not_found(Entity::Catalog, store.delete_asset(ACME, &orders).await);
        not_found(Entity::Catalog, store.commit_metadata(ACME, &orders, &swap).await);
        not_found(Entity::Catalog, store.abort_merge(ACME, &sales, id(2), at(1)).await);
        not_found(Entity::Role, store.delete_role(ACME, id(1)).await);
        not_found(Entity::RoleAssignment, store.revoke_role(ACME, id(11), id(1)).await);
        not_found(Entity::Permission, store.revoke_permission(ACME, id(1)).await);
        not_found(Entity::ServiceUser, store.delete_service_user(ACME, id(1)).await);
        not_found(Entity::ServiceUser, store.touch_service_user(ACME, id(1), at(9)).await);
        let deleted = store.delete_business_metadata(ACME, id(1)).await;
        not_found(Entity::BusinessMetadata, deleted);
        let approve = review(ReviewDecision::Approved);
        let reviewed = store.review_access_request(ACME, id(1), &approve).await;
        not_found(Entity::AccessRequest, reviewed);
        before.is_still(&Snapshot::of(store).await);
    });
}

#[test]
fn rows_of_another_tenant_cannot_be_referred_to() {
    beside_a_full_tenant(async |store| {
        let lake = Catalog { warehouse: Some(name("lake")), ..catalog(1, "sales") };
        not_found(Entity::Warehouse, store.create_catalog(ACME, &lake).await);
        store.create_catalog(ACME, &catalog(1, "sales")).await.unwrap();
        let tagged = store.create_tag(ACME, &name("sales"), &tag("v1", 1)).await;
        not_found(Entity::Commit, tagged);
        let write = metadata("");
        let written = store.upsert_business_metadata(ACME, id(1), &write).await;
        not_found(Entity::Asset, written);
        store.create_user(&user(1, "ann")).await.unwrap();
        not_found(Entity::Asset, store.create_access_request(&request(1)).await);
        not_found(Entity::Role, store.assign_role(ACME, id(1), id(1)).await);
        not_found(Entity::User, store.assign_role(ACME, id(11), id(1)).await);
    });
}

#[test]
fn updates_of_the_core_catalog_stay_in_their_tenant() {
    leaves_the_other_alone(async |store| {
        let rename = WarehouseUpdate { name: Some(name("pond")), ..WarehouseUpdate::default() };
        store.update_warehouse(ACME, &name("lake"), &rename).await.unwrap();
        let update = AssetUpdate { kind: Some(AssetKind::View), ..AssetUpdate::default() };
        let orders = asset_ref("main", ["ns"], "orders");
        store.update_asset(ACME, &orders, &update).await.unwrap();
        store.rename_asset(ACME, &orders, &place(["ns", "sub"], "sold")).await.unwrap();
        store.record_sync(ACME, &name("far"), &sync(SyncOutcome::Failed)).await.unwrap();
        let rename = CatalogUpdate { name: Some(name("revenue")), ..CatalogUpdate::default() };
        store.update_catalog(ACME, &name("sales"), &rename).await.unwrap();
    });
}

#[test]
fn commits_and_merges_stay_in_their_tenant() {
    leaves_the_other_alone(async |store| {
        let sales = name("sales");
        let ops = [delete(["ns"], "orders"), put(asset(5, ["ns"], "new"))];
        store.commit(ACME, &on("main"), &commit(5, Some(2), ops)).await.unwrap();
        store.abort_merge(ACME, &sales, id(2), at(1)).await.unwrap();
        store.begin_merge(ACME, &sales, &merge(3, "dev", "main")).await.unwrap();
        store.abort_merge(ACME, &sales, id(3), at(1)).await.unwrap();
        store.delete_branch(ACME, &sales, &name("dev")).await.unwrap();
        store.delete_tag(ACME, &sales, &name("v1")).await.unwrap();
    });
}

#[test]
fn deleting_namespaces_and_catalogs_stays_in_their_tenant() {
    leaves_the_other_alone(async |store| {
        let items = asset_ref("main", ["ns", "sub"], "items");
        store.delete_asset(ACME, &items).await.unwrap();
        for branch in ["dev", "done"] {
            let items = AssetRef { branch: name(branch), ..items.clone() };
            store.delete_asset(ACME, &items).await.unwrap();
        }
        store.delete_namespace(ACME, &name("sales"), &path(["ns", "sub"])).await.unwrap();
        store.delete_catalog(ACME, &name("sales")).await.unwrap();
        store.delete_warehouse(ACME, &name("lake")).await.unwrap();
    });
}

#[test]
fn updates_of_people_stay_in_their_tenant() {
    leaves_the_other_alone(async |store| {
        let update = RoleUpdate {
            name: Some(name("r")),
            description: None,
            grants: Some(set([])),
            updated_at: at(2),
        };
        store.update_role(ACME, id(1), &update).await.unwrap();
        store.rotate_api_key(ACME, id(1), &hash("new")).await.unwrap();
        store.touch_service_user(ACME, id(1), at(9)).await.unwrap();
        store.revoke_token(ACME, &revocation(1, 2_000)).await.unwrap();
        store.cleanup_expired_tokens(ACME, at(5_000)).await.unwrap();
        store.delete_role(ACME, id(1)).await.unwrap();
        store.revoke_permission(ACME, id(1)).await.unwrap();
        store.delete_service_user(ACME, id(1)).await.unwrap();
        store.delete_user(id(1)).await.unwrap();
    });
}

#[test]
fn updates_of_records_stay_in_their_tenant() {
    leaves_the_other_alone(async |store| {
        let update = SettingsUpdate { smtp_port: Some(None), ..SettingsUpdate::default() };
        store.update_settings(ACME, &update).await.unwrap();
        let approve = review(ReviewDecision::Approved);
        store.review_access_request(ACME, id(1), &approve).await.unwrap();
        let write = MetadataWrite { discoverable: true, ..metadata("changed") };
        store.upsert_business_metadata(ACME, id(1), &write).await.unwrap();
        store.log_audit_event(&event(2)).await.unwrap();
        store.delete_business_metadata(ACME, id(1)).await.unwrap();
    });
}

#[test]
fn a_merge_sees_the_bases_of_its_own_tenant() {
    leaves_the_other_alone(async |store| {
        let sales = name("sales");
        let take = resolution(ResolutionChoice::TakeTarget);
        let found = ConflictId::found(id(2), id(1));
        store.resolve_conflict(ACME, &sales, id(2), found, &take).await.unwrap();
        store.complete_merge(ACME, &sales, id(2), &merge_commit(9)).await.unwrap();
    });
}

#[test]
fn two_catalogs_of_a_tenant_are_isolated_too() {
    in_a_tenant(async |store| {
        one_of_everything(store, ACME, 1).await;
        let (sales, far) = (name("sales"), name("far"));
        let main = BranchRef { catalog: far.clone(), branch: name("main") };
        let ns = path(["ns"]);
        assert_eq!(store.list_namespaces(ACME, &far, &None, &all()).await.unwrap(), []);
        assert_eq!(store.list_assets(ACME, &main, &ns, &all()).await.unwrap(), []);
        assert_eq!(store.get_asset_by_id(ACME, &main, id(1)).await.unwrap(), None);
        assert_eq!(store.list_branches(ACME, &far, &all()).await.unwrap(), [Branch::main()]);
        assert_eq!(store.list_tags(ACME, &far, &all()).await.unwrap(), []);
        assert_eq!(store.get_commit(ACME, &far, id(1)).await.unwrap(), None);
        assert_eq!(store.list_merges(ACME, &far, &all()).await.unwrap(), []);
        assert_eq!(store.list_conflicts(ACME, &far, id(2), &all()).await.unwrap(), []);
        assert_eq!(store.get_sync(ACME, &sales).await.unwrap(), None);
    });
}

#[test]
fn ids_and_names_of_one_catalog_can_be_used_in_another() {
    in_a_tenant(async |store| {
        one_of_everything(store, ACME, 1).await;
        let far = name("far");
        let before = store.list_merges(ACME, &name("sales"), &all()).await.unwrap();
        store.create_namespace(ACME, &far, &namespace(["ns"])).await.unwrap();
        let main = BranchRef { catalog: far.clone(), branch: name("main") };
        store.create_asset(ACME, &main, &asset(1, ["ns"], "orders")).await.unwrap();
        store.commit(ACME, &main, &commit(1, None, [delete(["ns"], "orders")])).await.unwrap();
        store.create_tag(ACME, &far, &tag("v1", 1)).await.unwrap();
        store.create_branch(ACME, &far, &ingest("dev", "main")).await.unwrap();
        store.begin_merge(ACME, &far, &merge(2, "dev", "main")).await.unwrap();
        store.complete_merge(ACME, &far, id(2), &merge_commit(2)).await.unwrap();
        store.delete_branch(ACME, &far, &name("dev")).await.unwrap();
        assert_eq!(store.list_merges(ACME, &name("sales"), &all()).await.unwrap(), before);
        let orders = asset_ref("dev", ["ns"], "orders");
        assert!(store.get_asset(ACME, &orders).await.unwrap().is_some());
    });
}
