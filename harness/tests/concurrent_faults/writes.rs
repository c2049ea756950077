//! Writes that lose those of another client.

use futures_util::future::join;
use pangolin_store::*;

use super::scene::*;
use crate::fixtures::*;

#[test]
fn two_swaps_from_the_same_location_succeed() {
    with("swap-checked-before-written", async |store| {
        let [first, second] =
            ["v1", "v2"].map(|new| MetadataSwap { expected: None, new: text(new) });
        let at = orders();
        let (first, second) = join(
            store.commit_metadata(ACME, &at, &first),
            store.commit_metadata(ACME, &at, &second),
        )
        .await;
        assert!(first.is_ok() && second.is_ok());
    });
}

#[test]
fn of_two_properties_that_are_set_at_once_one_is_lost() {
    with("properties-read-then-written", async |store| {
        let set = async |key| {
            let changes = PropertyChanges::new(properties([(key, "1")]), [].into()).unwrap();
            store.set_namespace_properties(ACME, &sales(), &path(["ns"]), &changes).await.unwrap()
        };
        join(set("x"), set("y")).await;
        let now = store.get_namespace(ACME, &sales(), &path(["ns"])).await.unwrap().unwrap();
        assert_eq!(now.properties, properties([("y", "1")]));
    });
}

#[test]
fn of_two_fields_of_a_warehouse_that_are_updated_at_once_one_is_lost() {
    with("warehouse-written-whole", async |store| {
        store.create_warehouse(ACME, &warehouse(1, "lake")).await.unwrap();
        let update = async |update: WarehouseUpdate| {
            store.update_warehouse(ACME, &name("lake"), &update).await.unwrap()
        };
        let config = Some(properties([("bucket", "other")]));
        let vending = Vending::AwsSts { role_arn: text("arn"), external_id: None };
        join(
            update(WarehouseUpdate { storage_config: config, ..WarehouseUpdate::default() }),
            update(WarehouseUpdate { vending: Some(Some(vending)), ..WarehouseUpdate::default() }),
        )
        .await;
        let now = store.get_warehouse(ACME, &name("lake")).await.unwrap().unwrap();
        assert_eq!(now.storage_config, warehouse(1, "lake").storage_config);
        assert!(now.vending.is_some());
    });
}

#[test]
fn of_two_fields_of_a_user_that_are_updated_at_once_one_is_lost() {
    with("user-written-whole", async |store| {
        let update = async |update: UserUpdate| store.update_user(id(1), &update).await.unwrap();
        join(
            update(UserUpdate { active: Some(false), ..user_update() }),
            update(UserUpdate { email: Some(text("a@b.c")), ..user_update() }),
        )
        .await;
        let now = store.get_user(id(1)).await.unwrap().unwrap();
        assert!(now.active && now.email == text("a@b.c"));
    });
}

#[test]
fn two_callers_are_each_told_that_they_wrote_the_metadata_first() {
    with("author-replaced-by-second-insert", async |store| {
        let upsert = async |by: u128| {
            let write = MetadataWrite { by: id(by), ..metadata("orders") };
            store.upsert_business_metadata(ACME, id(1), &write).await.unwrap().created_by
        };
        assert_eq!(join(upsert(1), upsert(2)).await, (id(1), id(2)));
    });
}

#[test]
fn two_reviews_of_an_access_request_succeed() {
    with("access-request-reviewed-twice", async |store| {
        store.create_access_request(&request(1)).await.unwrap();
        let review = async |decision| {
            store.review_access_request(ACME, id(1), &review(decision)).await.unwrap().status
        };
        let statuses =
            join(review(ReviewDecision::Approved), review(ReviewDecision::Rejected)).await;
        assert_eq!(statuses, (RequestStatus::Approved, RequestStatus::Rejected));
    });
}

#[test]
fn two_creations_of_a_namespace_succeed() {
    with("both-creates-succeed", async |store| {
        let create = async || store.create_namespace(ACME, &sales(), &namespace(["b"])).await;
        let (first, second) = join(create(), create()).await;
        assert!(first.is_ok() && second.is_ok());
    });
}

#[test]
fn two_deletions_of_a_tag_succeed() {
    with("both-deletes-succeed", async |store| {
        let made = commit(1, None, [put(asset(3, ["ns"], "new"))]);
        store.commit(ACME, &on("main"), &made).await.unwrap();
        store.create_tag(ACME, &sales(), &tag("v1", 1)).await.unwrap();
        let delete = async || store.delete_tag(ACME, &sales(), &name("v1")).await;
        let (first, second) = join(delete(), delete()).await;
        assert!(first.is_ok() && second.is_ok());
    });
}

#[test]
fn an_asset_that_was_created_goes_with_a_namespace_that_was_empty_before() {
    with("namespace-deleted-after-found-empty", async |store| {
        let new = asset(3, ["a"], "new");
        let (catalog, path, main) = (sales(), path(["a"]), on("main"));
        let (deleted, created) = join(
            store.delete_namespace(ACME, &catalog, &path),
            store.create_asset(ACME, &main, &new),
        )
        .await;
        assert!(deleted.is_ok() && created.is_ok());
        assert_eq!(store.get_asset_by_id(ACME, &main, new.id).await.unwrap(), None);
    });
}

#[test]
fn a_second_deletion_takes_what_was_created_after_the_first() {
    with("asset-written-twice", async |store| {
        let (at, main, new) = (orders(), on("main"), asset(1, ["ns"], "orders"));
        let (deleted, created) =
            join(store.delete_asset(ACME, &at), store.create_asset(ACME, &main, &new)).await;
        assert!(deleted.is_ok() && created.is_ok());
        assert_eq!(names_on(store, "main").await, ["items"]);
    });
}

#[test]
fn a_merge_undoes_what_was_changed_on_its_target() {
    with("merge-undoes-changes", async |store| {
        branch_off(store).await;
        store.create_asset(ACME, &on("dev"), &asset(3, ["ns"], "new")).await.unwrap();
        store.begin_merge(ACME, &sales(), &merge(1, "dev", "main")).await.unwrap();
        let before = location(store).await;
        let (catalog, commit, at, update) = (sales(), merge_commit(1), orders(), to("changed"));
        let (merged, updated) = join(
            store.complete_merge(ACME, &catalog, id(1), &commit),
            store.update_asset(ACME, &at, &update),
        )
        .await;
        assert!(merged.is_ok() && updated.is_ok());
        assert_eq!(location(store).await, before);
        assert_eq!(names_on(store, "main").await, ["items", "new", "orders"]);
    });
}

#[test]
fn two_cleanups_count_the_same_revocation() {
    with("cleanup-of-another-call", async |store| {
        store.revoke_token(ACME, &revocation(1, 5)).await.unwrap();
        let clean = async |now| store.cleanup_expired_tokens(ACME, at(now)).await.unwrap();
        assert_eq!(join(clean(9), clean(9)).await, (1, 1));
    });
}
