//! Branches.

use pangolin_store::*;
use strum::IntoEnumIterator;

use super::checks::{already_exists, conflict, not_found, unchanged};
use super::fixtures::*;
use super::scenes::*;
use super::stores::Store;

async fn create(store: &Store, branch: &NewBranch) -> Result<Branch> {
    store.create_branch(ACME, &name("sales"), branch).await
}

async fn delete(store: &Store, called: &str) -> Result<()> {
    store.delete_branch(ACME, &name("sales"), &name(called)).await
}

async fn all_names(store: &Store, branch: &str) -> Vec<String> {
    let mut names = Vec::new();
    for number in 1..10 {
        let asset = store.get_asset_by_id(ACME, &on(branch), id(number)).await.unwrap();
        names.extend(asset.map(|asset| asset.name.to_string()));
    }
    names
}

/// A branch that copies what is in or below `namespaces`.
fn partial<const N: usize>(namespaces: [NamespacePath; N]) -> NewBranch {
    NewBranch { namespaces: Some(set(namespaces)), ..ingest("dev", "main") }
}

/// Assets 1 in `[a]`, 2 in `[a, b]`, 3 in `[ab]`, 4 in `[a.b]`, named after them.
async fn look_alikes(store: &Store) {
    for names in [["a"], ["ab"], ["a.b"]] {
        add_namespace(store, names).await;
    }
    add_namespace(store, ["a", "b"]).await;
    add(store, "main", asset(1, ["a"], "a")).await;
    add(store, "main", asset(2, ["a", "b"], "a/b")).await;
    add(store, "main", asset(3, ["ab"], "ab")).await;
    add(store, "main", asset(4, ["a.b"], "a.b")).await;
}

#[test]
fn a_branch_has_its_kind_its_parent_and_the_head_of_its_parent() {
    in_a_catalog(async |store| {
        let first = commit(1, None, [put(asset(1, ["ns"], "orders"))]);
        store.commit(ACME, &on("main"), &first).await.unwrap();
        for kind in BranchKind::iter() {
            let called = format!("{kind} branch");
            let new = NewBranch { kind, ..ingest(&called, "main") };
            let created = create(store, &new).await.unwrap();
            let expected =
                Branch { name: name(&called), kind, parent: Some(name("main")), head: Some(id(1)) };
            assert_eq!(created, expected);
            let found = store.get_branch(ACME, &name("sales"), &name(&called)).await.unwrap();
            assert_eq!(found, Some(expected));
        }
    });
}

#[test]
fn a_branch_of_a_branch_without_commits_has_no_head() {
    in_a_catalog(async |store| {
        let created = create(store, &ingest("dev", "main")).await.unwrap();
        assert_eq!(created.head, None);
    });
}

#[test]
fn reads_of_missing_rows_return_none() {
    in_a_catalog(async |store| {
        for (tenant, catalog, branch) in
            [(ACME, "sales", "dev"), (ACME, "other", "main"), (NOBODY, "sales", "main")]
        {
            let found = store.get_branch(tenant, &name(catalog), &name(branch)).await.unwrap();
            assert_eq!(found, None);
        }
        assert_eq!(store.list_branches(ACME, &name("other"), &all()).await.unwrap(), []);
    });
}

#[test]
fn writes_check_the_tenant_then_the_catalog_then_the_branch() {
    in_a_catalog(async |store| {
        let new = NewBranch { parent: name("gone"), ..partial([path(["gone"])]) };
        for (tenant, catalog, missing) in [
            (NOBODY, "gone", Entity::Tenant),
            (ACME, "gone", Entity::Catalog),
            (ACME, "sales", Entity::Branch),
        ] {
            not_found(missing, store.create_branch(tenant, &name(catalog), &new).await);
            let deleted = store.delete_branch(tenant, &name(catalog), &name("gone")).await;
            not_found(missing, deleted);
        }
    });
}

#[test]
fn a_new_branch_checks_its_name_then_its_parent_then_its_namespaces() {
    in_a_catalog(async |store| {
        branch_off(store, "dev").await;
        unchanged(store, async || {
            let mut new = NewBranch { parent: name("gone"), ..partial([path(["gone"])]) };
            already_exists(Entity::Branch, create(store, &new).await);
            new.name = name("other");
            not_found(Entity::Branch, create(store, &new).await);
            new.parent = name("main");
            not_found(Entity::Namespace, create(store, &new).await);
        })
        .await;
    });
}

#[test]
fn a_name_is_taken_once_in_a_catalog() {
    in_a_catalog(async |store| {
        already_exists(Entity::Branch, create(store, &ingest("main", "main")).await);
        store.create_catalog(ACME, &catalog(2, "other")).await.unwrap();
        branch_off(store, "dev").await;
        let other = name("other");
        store.create_branch(ACME, &other, &ingest("dev", "main")).await.unwrap();
    });
}

#[test]
fn one_missing_namespace_is_enough_to_copy_nothing() {
    in_a_catalog(async |store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        unchanged(store, async || {
            let new = partial([path(["ns"]), path(["ns", "gone"])]);
            not_found(Entity::Namespace, create(store, &new).await);
        })
        .await;
    });
}

#[test]
fn branches_are_listed_by_name_bytewise() {
    in_a_catalog(async |store| {
        for called in scrambled() {
            branch_off(store, called).await;
        }
        let listed = store.list_branches(ACME, &name("sales"), &all()).await.unwrap();
        let names: Vec<_> = listed.iter().map(|branch| branch.name.as_str()).collect();
        assert_eq!(names, ["B", "a", "a b", "a.b", "a_b", "ab", "b", "main", "é"]);
    });
}

#[test]
fn a_branch_copies_every_asset_as_it_is() {
    in_a_catalog(async |store| {
        let full = Asset {
            kind: AssetKind::DbConnString,
            metadata_location: Some(text("")),
            properties: properties([("a.b", "$")]),
            ..asset(1, ["ns"], "orders")
        };
        add(store, "main", full).await;
        add(store, "main", asset(2, ["ns"], "items")).await;
        branch_off(store, "dev").await;
        assert_eq!(assets_on(store, "dev").await, assets_on(store, "main").await);
        assert_eq!(assets_on(store, "dev").await.len(), 2);
    });
}

#[test]
fn a_branch_copies_what_is_in_or_below_the_given_namespaces() {
    in_a_catalog(async |store| {
        look_alikes(store).await;
        create(store, &partial([path(["a"])])).await.unwrap();
        assert_eq!(all_names(store, "dev").await, ["a", "a/b"]);
    });
}

#[test]
fn a_given_namespace_is_a_whole_path() {
    in_a_catalog(async |store| {
        look_alikes(store).await;
        create(store, &partial([path(["a", "b"])])).await.unwrap();
        assert_eq!(all_names(store, "dev").await, ["a/b"]);
        delete(store, "dev").await.unwrap();
        create(store, &partial([path(["a.b"]), path(["ab"])])).await.unwrap();
        assert_eq!(all_names(store, "dev").await, ["ab", "a.b"]);
    });
}

#[test]
fn given_namespaces_may_overlap() {
    in_a_catalog(async |store| {
        look_alikes(store).await;
        create(store, &partial([path(["a"]), path(["a", "b"])])).await.unwrap();
        assert_eq!(all_names(store, "dev").await, ["a", "a/b"]);
    });
}

#[test]
fn an_empty_set_of_namespaces_copies_nothing() {
    in_a_catalog(async |store| {
        look_alikes(store).await;
        create(store, &partial([])).await.unwrap();
        assert_eq!(all_names(store, "dev").await, Vec::<String>::new());
        assert_eq!(store.count_assets(ACME).await.unwrap(), 4);
    });
}

#[test]
fn a_branch_copies_its_parent_and_not_main() {
    with_a_branch(async |store| {
        relocate(store, "dev", "orders", "dev").await;
        create(store, &ingest("deep", "dev")).await.unwrap();
        assert_eq!(assets_on(store, "deep").await, assets_on(store, "dev").await);
        let deep = store.get_branch(ACME, &name("sales"), &name("deep")).await.unwrap();
        assert_eq!(deep.unwrap().parent, Some(name("dev")));
    });
}

#[test]
fn a_branch_does_not_get_later_changes_of_its_parent() {
    with_a_branch(async |store| {
        let before = assets_on(store, "dev").await;
        relocate(store, "main", "orders", "later").await;
        remove(store, "main", "items").await;
        add(store, "main", asset(3, ["ns"], "views")).await;
        assert_eq!(assets_on(store, "dev").await, before);
    });
}

#[test]
fn main_is_protected() {
    in_a_catalog(async |store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        unchanged(store, async || {
            conflict(ConflictReason::Protected, delete(store, "main").await);
        })
        .await;
    });
}

#[test]
fn deleting_a_branch_takes_its_assets_and_no_others() {
    with_a_branch(async |store| {
        branch_off(store, "dev2").await;
        delete(store, "dev").await.unwrap();
        assert_eq!(assets_on(store, "dev").await, []);
        assert_eq!(names_on(store, "main").await, ["items", "orders"]);
        assert_eq!(names_on(store, "dev2").await, ["items", "orders"]);
        assert_eq!(store.count_assets(ACME).await.unwrap(), 4);
        not_found(Entity::Branch, delete(store, "dev").await);
    });
}

#[test]
fn commits_and_tags_outlive_their_branch() {
    in_a_catalog(async |store| {
        branch_off(store, "dev").await;
        let first = commit(1, None, [put(asset(1, ["ns"], "orders"))]);
        store.commit(ACME, &on("dev"), &first).await.unwrap();
        store.create_tag(ACME, &name("sales"), &tag("v1", 1)).await.unwrap();
        delete(store, "dev").await.unwrap();
        let kept = store.get_commit(ACME, &name("sales"), id(1)).await.unwrap();
        assert_eq!(kept, Some(first.into()));
        let kept = store.get_tag(ACME, &name("sales"), &name("v1")).await.unwrap();
        assert_eq!(kept, Some(tag("v1", 1)));
    });
}

#[test]
fn branches_outlive_their_parent() {
    with_a_branch(async |store| {
        create(store, &ingest("deep", "dev")).await.unwrap();
        delete(store, "dev").await.unwrap();
        let deep = store.get_branch(ACME, &name("sales"), &name("deep")).await.unwrap().unwrap();
        assert_eq!(deep.parent, Some(name("dev")));
        assert_eq!(names_on(store, "deep").await, ["items", "orders"]);
    });
}

#[test]
fn a_branch_is_in_use_while_an_open_merge_names_it_as_source_or_as_target() {
    with_a_branch(async |store| {
        create(store, &ingest("deep", "dev")).await.unwrap();
        let sales = name("sales");
        store.begin_merge(ACME, &sales, &merge(1, "deep", "dev")).await.unwrap();
        unchanged(store, async || {
            conflict(ConflictReason::InUse, delete(store, "deep").await);
            conflict(ConflictReason::InUse, delete(store, "dev").await);
        })
        .await;
        store.abort_merge(ACME, &sales, id(1), at(1)).await.unwrap();
        delete(store, "deep").await.unwrap();
        delete(store, "dev").await.unwrap();
    });
}

#[test]
fn ended_merges_outlive_their_branch() {
    with_a_branch(async |store| {
        let sales = name("sales");
        store.begin_merge(ACME, &sales, &merge(1, "dev", "main")).await.unwrap();
        let ended = store.complete_merge(ACME, &sales, id(1), &merge_commit(1)).await.unwrap();
        delete(store, "dev").await.unwrap();
        assert_eq!(store.get_merge(ACME, &sales, id(1)).await.unwrap(), Some(ended));
    });
}

#[test]
fn a_branch_that_is_created_again_has_no_earlier_bases() {
    with_a_branch(async |store| {
        remove(store, "dev", "orders").await;
        delete(store, "dev").await.unwrap();
        create(store, &partial([])).await.unwrap();
        let sales = name("sales");
        store.begin_merge(ACME, &sales, &merge(1, "dev", "main")).await.unwrap();
        store.complete_merge(ACME, &sales, id(1), &merge_commit(1)).await.unwrap();
        assert_eq!(names_on(store, "main").await, ["items", "orders"]);
    });
}

#[test]
fn a_branch_of_kind_main_that_is_not_called_main_can_be_deleted() {
    in_a_catalog(async |store| {
        let trunk = NewBranch { kind: BranchKind::Main, ..ingest("trunk", "main") };
        create(store, &trunk).await.unwrap();
        delete(store, "trunk").await.unwrap();
        conflict(ConflictReason::Protected, delete(store, "main").await);
    });
}
