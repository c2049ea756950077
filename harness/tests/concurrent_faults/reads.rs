//! Reads that show an old state, or none that ever was.

use futures_util::future::join;
use pangolin_store::*;

use super::scene::*;
use crate::fixtures::*;

#[test]
fn a_branch_that_was_created_is_not_in_the_cache() {
    with("stale-branch-cache", async |store| {
        let (catalog, dev, new) = (sales(), name("dev"), ingest("dev", "main"));
        let get = async || store.get_branch(ACME, &catalog, &dev).await.unwrap();
        let (_, created) = join(get(), store.create_branch(ACME, &catalog, &new)).await;
        assert!(created.is_ok());
        assert_eq!(get().await, None);
    });
}

#[test]
fn an_asset_that_was_updated_is_in_the_cache_as_it_was() {
    with("stale-asset-cache", async |store| {
        let before = location(store).await;
        store.delete_asset(ACME, &asset_ref("main", ["ns"], "items")).await.unwrap();
        let (at, update) = (orders(), to("changed"));
        let (_, updated) = join(location(store), store.update_asset(ACME, &at, &update)).await;
        assert!(updated.is_ok());
        assert_eq!(location(store).await, before);
    });
}

#[test]
fn an_api_key_that_was_rotated_still_works() {
    with("stale-key-cache", async |store| {
        let etl = service_user(1, "etl");
        store.create_service_user(&etl).await.unwrap();
        let (old, new) = (etl.api_key_hash.clone(), hash("new"));
        let get = async || store.get_service_user_by_api_key_hash(&old).await.unwrap();
        let (_, rotated) = join(get(), store.rotate_api_key(ACME, etl.id, &new)).await;
        assert!(rotated.is_ok());
        assert!(get().await.is_some());
    });
}

#[test]
fn a_token_that_was_revoked_still_works() {
    with("stale-revocation-cache", async |store| {
        let revocation = revocation(1, 10);
        let is_revoked = async || store.is_token_revoked(ACME, id(1)).await.unwrap();
        let (_, revoked) = join(is_revoked(), store.revoke_token(ACME, &revocation)).await;
        assert!(revoked.is_ok());
        assert!(!is_revoked().await);
    });
}

#[test]
fn a_read_that_follows_a_grant_does_not_show_it() {
    with("read-of-an-earlier-call", async |store| {
        let permission = permission(1, Scope::Tenant, [Action::Read]);
        let read = async || store.effective_permissions(ACME, id(1)).await.unwrap();
        let grant_and_read = async {
            store.grant_permission(ACME, &permission).await.unwrap();
            read().await
        };
        let (_, seen) = join(read(), grant_and_read).await;
        assert_eq!(seen, []);
        assert_eq!(read().await.len(), 1);
    });
}

#[test]
fn an_update_that_was_acknowledged_is_not_seen_while_another_call_writes_it() {
    with("acknowledged-before-written", async |store| {
        let before = location(store).await;
        store.update_asset(ACME, &orders(), &to("changed")).await.unwrap();
        let (_, seen) = join(store.get_tenant(ACME), location(store)).await;
        assert_eq!(seen, before);
        assert_eq!(location(store).await, "changed");
    });
}

#[test]
fn a_listing_shows_an_asset_twice_that_was_renamed_once() {
    with("listing-read-row-by-row", async |store| {
        let (at, last) = (asset_ref("main", ["ns"], "items"), place(["ns"], "zebras"));
        let (seen, renamed) =
            join(names_on(store, "main"), store.rename_asset(ACME, &at, &last)).await;
        assert!(renamed.is_ok());
        assert_eq!(seen, ["items", "orders", "zebras"]);
    });
}

#[test]
fn a_page_skips_a_namespace_that_was_there_all_the_time() {
    with("page-by-offset", async |store| {
        for called in ["b", "c"] {
            store.create_namespace(ACME, &sales(), &namespace([called])).await.unwrap();
        }
        let (catalog, first, page) = (sales(), path(["a"]), all().then(path(["b"])));
        let (seen, deleted) = join(
            store.list_namespaces(ACME, &catalog, &None, &page),
            store.delete_namespace(ACME, &catalog, &first),
        )
        .await;
        assert!(deleted.is_ok());
        assert_eq!(seen.unwrap(), [namespace(["ns"])]);
    });
}

#[test]
fn a_count_misses_an_asset_that_is_moved() {
    with("assets-counted-in-parts", async |store| {
        let (at, to) = (orders(), place(["a"], "orders"));
        let (counted, moved) =
            join(store.count_assets(ACME), store.rename_asset(ACME, &at, &to)).await;
        assert!(moved.is_ok());
        assert_eq!(counted.unwrap(), 1);
    });
}
