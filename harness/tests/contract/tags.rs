//! Tags.

use pangolin_store::*;

use super::checks::{already_exists, not_found, unchanged};
use super::fixtures::*;
use super::scenes::in_a_catalog;
use super::stores::Store;

/// `sales` with the commits 1 and 2 on `main`.
fn with_commits(body: impl AsyncFn(&Store)) {
    in_a_catalog(async |store| {
        let first = commit(1, None, [put(asset(1, ["ns"], "orders"))]);
        store.commit(ACME, &on("main"), &first).await.unwrap();
        let second = commit(2, Some(1), [put(asset(2, ["ns"], "items"))]);
        store.commit(ACME, &on("main"), &second).await.unwrap();
        body(store).await;
    });
}

async fn create(store: &Store, tag: &Tag) -> Result<()> {
    store.create_tag(ACME, &name("sales"), tag).await
}

#[test]
fn a_tag_comes_back_as_it_was_created() {
    with_commits(async |store| {
        create(store, &tag("v1", 1)).await.unwrap();
        let found = store.get_tag(ACME, &name("sales"), &name("v1")).await.unwrap();
        assert_eq!(found, Some(tag("v1", 1)));
    });
}

#[test]
fn reads_of_missing_rows_return_none() {
    with_commits(async |store| {
        create(store, &tag("v1", 1)).await.unwrap();
        for (tenant, catalog, tag) in
            [(ACME, "sales", "v2"), (ACME, "other", "v1"), (NOBODY, "sales", "v1")]
        {
            assert_eq!(store.get_tag(tenant, &name(catalog), &name(tag)).await.unwrap(), None);
        }
        assert_eq!(store.list_tags(ACME, &name("other"), &all()).await.unwrap(), []);
    });
}

#[test]
fn writes_check_the_tenant_and_then_the_catalog() {
    with_commits(async |store| {
        for (tenant, missing) in [(NOBODY, Entity::Tenant), (ACME, Entity::Catalog)] {
            not_found(missing, store.create_tag(tenant, &name("gone"), &tag("v1", 9)).await);
            not_found(missing, store.delete_tag(tenant, &name("gone"), &name("v1")).await);
        }
        let deleted = store.delete_tag(ACME, &name("sales"), &name("v1")).await;
        not_found(Entity::Tag, deleted);
    });
}

#[test]
fn a_name_is_taken_before_a_commit_is_missing() {
    with_commits(async |store| {
        create(store, &tag("v1", 1)).await.unwrap();
        unchanged(store, async || {
            already_exists(Entity::Tag, create(store, &tag("v1", 2)).await);
            already_exists(Entity::Tag, create(store, &tag("v1", 9)).await);
            not_found(Entity::Commit, create(store, &tag("v2", 9)).await);
        })
        .await;
    });
}

#[test]
fn a_commit_of_another_catalog_is_not_found() {
    with_commits(async |store| {
        store.create_catalog(ACME, &catalog(2, "other")).await.unwrap();
        let created = store.create_tag(ACME, &name("other"), &tag("v1", 1)).await;
        not_found(Entity::Commit, created);
    });
}

#[test]
fn a_commit_can_have_several_tags() {
    with_commits(async |store| {
        create(store, &tag("v1", 1)).await.unwrap();
        create(store, &tag("stable", 1)).await.unwrap();
        let listed = store.list_tags(ACME, &name("sales"), &all()).await.unwrap();
        assert_eq!(listed, [tag("stable", 1), tag("v1", 1)]);
    });
}

#[test]
fn tags_are_listed_by_name_bytewise() {
    with_commits(async |store| {
        for (number, called) in (0..).zip(scrambled()) {
            create(store, &tag(called, number % 2 + 1)).await.unwrap();
        }
        let listed = store.list_tags(ACME, &name("sales"), &all()).await.unwrap();
        let names: Vec<_> = listed.iter().map(|tag| tag.name.as_str()).collect();
        assert_eq!(names, BYTEWISE);
    });
}

#[test]
fn a_deleted_tag_is_gone_and_its_name_is_free() {
    with_commits(async |store| {
        create(store, &tag("v1", 1)).await.unwrap();
        create(store, &tag("v2", 1)).await.unwrap();
        store.delete_tag(ACME, &name("sales"), &name("v1")).await.unwrap();
        let listed = store.list_tags(ACME, &name("sales"), &all()).await.unwrap();
        assert_eq!(listed, [tag("v2", 1)]);
        create(store, &tag("v1", 2)).await.unwrap();
        let found = store.get_tag(ACME, &name("sales"), &name("v1")).await.unwrap();
        assert_eq!(found, Some(tag("v1", 2)));
    });
}

#[test]
fn a_tag_stays_at_its_commit_when_the_branch_gets_new_ones() {
    with_commits(async |store| {
        create(store, &tag("v1", 2)).await.unwrap();
        let third = commit(3, Some(2), [delete(["ns"], "orders")]);
        store.commit(ACME, &on("main"), &third).await.unwrap();
        let found = store.get_tag(ACME, &name("sales"), &name("v1")).await.unwrap();
        assert_eq!(found, Some(tag("v1", 2)));
    });
}
