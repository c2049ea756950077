//! Namespaces.

use std::collections::BTreeSet;

use pangolin_store::*;

use super::checks::{already_exists, conflict, invalid, not_found, unchanged};
use super::fixtures::*;
use super::scenes::{add, add_namespace, branch_off, in_a_catalog, remove};
use super::stores::Store;

fn changes<const N: usize, const M: usize>(
    set: [(&str, &str); N],
    remove: [&str; M],
) -> PropertyChanges {
    let remove = BTreeSet::from(remove.map(|key| PropertyKey::new(key).unwrap()));
    PropertyChanges::new(properties(set), remove).unwrap()
}

async fn change<const N: usize>(
    store: &Store,
    names: [&str; N],
    changes: &PropertyChanges,
) -> Result<Namespace> {
    store.set_namespace_properties(ACME, &name("sales"), &path(names), changes).await
}

async fn delete<const N: usize>(store: &Store, names: [&str; N]) -> Result<()> {
    store.delete_namespace(ACME, &name("sales"), &path(names)).await
}

async fn children(store: &Store, parent: Option<NamespacePath>) -> Vec<NamespacePath> {
    let children = store.list_namespaces(ACME, &name("sales"), &parent, &all()).await.unwrap();
    children.into_iter().map(|child| child.path).collect()
}

#[test]
fn a_namespace_comes_back_as_it_was_created() {
    in_a_catalog(async |store| {
        let created = Namespace {
            path: path(["a.b %_\\ é"]),
            properties: properties([("a.b", ""), ("$unset", "x")]),
        };
        store.create_namespace(ACME, &name("sales"), &created).await.unwrap();
        let found = store.get_namespace(ACME, &name("sales"), &created.path).await.unwrap();
        assert_eq!(found, Some(created));
    });
}

#[test]
fn reads_of_missing_rows_return_none() {
    in_a_catalog(async |store| {
        for (tenant, catalog) in [(ACME, "sales"), (ACME, "nothing"), (NOBODY, "sales")] {
            let (catalog, a) = (name(catalog), path(["a"]));
            assert_eq!(store.get_namespace(tenant, &catalog, &a).await.unwrap(), None);
            let below = store.list_namespaces(tenant, &catalog, &Some(a), &all()).await.unwrap();
            assert_eq!(below, []);
        }
        assert_eq!(store.count_namespaces(NOBODY).await.unwrap(), 0);
    });
}

#[test]
fn writes_check_the_tenant_then_the_catalog_then_the_namespace() {
    in_a_catalog(async |store| {
        let deep = path(["gone", "sub"]);
        let new = Namespace { path: deep.clone(), properties: properties([]) };
        for (tenant, catalog, missing) in [
            (NOBODY, "gone", Entity::Tenant),
            (ACME, "gone", Entity::Catalog),
            (ACME, "sales", Entity::Namespace),
        ] {
            let (catalog, none) = (name(catalog), PropertyChanges::default());
            not_found(missing, store.create_namespace(tenant, &catalog, &new).await);
            let changed = store.set_namespace_properties(tenant, &catalog, &deep, &none).await;
            not_found(missing, changed);
            not_found(missing, store.delete_namespace(tenant, &catalog, &deep).await);
        }
    });
}

#[test]
fn a_path_is_taken_once() {
    in_a_catalog(async |store| {
        unchanged(store, async || {
            let again = Namespace { path: path(["ns"]), properties: properties([("a", "1")]) };
            let created = store.create_namespace(ACME, &name("sales"), &again).await;
            already_exists(Entity::Namespace, created);
        })
        .await;
    });
}

#[test]
fn two_catalogs_can_have_the_same_paths() {
    in_a_catalog(async |store| {
        store.create_catalog(ACME, &catalog(2, "other")).await.unwrap();
        store.create_namespace(ACME, &name("other"), &namespace(["ns"])).await.unwrap();
        delete(store, ["ns"]).await.unwrap();
        let kept = store.get_namespace(ACME, &name("other"), &path(["ns"])).await.unwrap();
        assert_eq!(kept, Some(namespace(["ns"])));
    });
}

#[test]
fn a_parent_is_a_whole_path_and_not_the_beginning_of_a_name() {
    in_a_catalog(async |store| {
        add_namespace(store, ["ab"]).await;
        add_namespace(store, ["a.b"]).await;
        unchanged(store, async || {
            let created =
                store.create_namespace(ACME, &name("sales"), &namespace(["a", "b"])).await;
            not_found(Entity::Namespace, created);
        })
        .await;
    });
}

#[test]
fn a_dotted_name_and_a_deeper_path_are_two_namespaces() {
    in_a_catalog(async |store| {
        add_namespace(store, ["a"]).await;
        add_namespace(store, ["a.b"]).await;
        add_namespace(store, ["a", "b"]).await;
        change(store, ["a.b"], &changes([("dotted", "1")], [])).await.unwrap();
        let get = async |path| store.get_namespace(ACME, &name("sales"), &path).await.unwrap();
        assert_eq!(get(path(["a", "b"])).await, Some(namespace(["a", "b"])));
        delete(store, ["a", "b"]).await.unwrap();
        let dotted = get(path(["a.b"])).await.unwrap();
        assert_eq!(dotted.properties, properties([("dotted", "1")]));
    });
}

#[test]
fn a_list_holds_direct_children_alone() {
    in_a_catalog(async |store| {
        add_namespace(store, ["a"]).await;
        add_namespace(store, ["a", "b"]).await;
        add_namespace(store, ["a", "b", "c"]).await;
        add_namespace(store, ["ab"]).await;
        add_namespace(store, ["a.b"]).await;
        add_namespace(store, ["ab", "b"]).await;
        let top = [path(["a"]), path(["a.b"]), path(["ab"]), path(["ns"])];
        assert_eq!(children(store, None).await, top);
        assert_eq!(children(store, Some(path(["a"]))).await, [path(["a", "b"])]);
        assert_eq!(children(store, Some(path(["a", "b"]))).await, [path(["a", "b", "c"])]);
        assert_eq!(children(store, Some(path(["a.b"]))).await, []);
    });
}

#[test]
fn children_are_listed_by_path_bytewise() {
    in_a_catalog(async |store| {
        for called in scrambled() {
            add_namespace(store, ["ns", called]).await;
        }
        let listed = children(store, Some(path(["ns"]))).await;
        assert_eq!(listed, BYTEWISE.map(|called| path(["ns", called])));
    });
}

#[test]
fn properties_are_set_and_removed_at_once_and_the_rest_stays() {
    in_a_catalog(async |store| {
        change(store, ["ns"], &changes([("a", "1"), ("b", "2"), ("c", "3")], [])).await.unwrap();
        let now = change(store, ["ns"], &changes([("b", ""), ("d", "4")], ["a"])).await.unwrap();
        assert_eq!(now.properties, properties([("b", ""), ("c", "3"), ("d", "4")]));
        let found = store.get_namespace(ACME, &name("sales"), &path(["ns"])).await.unwrap();
        assert_eq!(found, Some(now));
    });
}

#[test]
fn removing_a_missing_property_succeeds() {
    in_a_catalog(async |store| {
        let now = change(store, ["ns"], &changes([], ["a", "a.b", "$"])).await.unwrap();
        assert_eq!(now, namespace(["ns"]));
    });
}

#[test]
fn keys_with_dots_and_dollars_are_plain_keys() {
    in_a_catalog(async |store| {
        let set = [("a", "1"), ("a.b", "2"), ("$set", "3"), ("a.$b", "4"), (".", "5")];
        change(store, ["ns"], &changes(set, [])).await.unwrap();
        let now = change(store, ["ns"], &changes([], ["a.b", "$set"])).await.unwrap();
        assert_eq!(now.properties, properties([("a", "1"), ("a.$b", "4"), (".", "5")]));
    });
}

#[test]
fn properties_that_would_become_too_many_are_refused() {
    in_a_catalog(async |store| {
        let keys: Vec<String> = (0..1024).map(|index| format!("k{index}")).collect();
        let full = Properties::from_pairs(keys.iter().map(|key| (key.as_str(), ""))).unwrap();
        let fill = PropertyChanges::new(full, BTreeSet::new()).unwrap();
        change(store, ["ns"], &fill).await.unwrap();
        unchanged(store, async || {
            let one_more = changes([("k0", "changed"), ("more", "")], []);
            invalid("properties", change(store, ["ns"], &one_more).await);
        })
        .await;
        change(store, ["ns"], &changes([("more", "")], ["k0"])).await.unwrap();
    });
}

#[test]
fn a_namespace_with_children_is_not_empty() {
    in_a_catalog(async |store| {
        add_namespace(store, ["ns", "sub"]).await;
        unchanged(store, async || {
            conflict(ConflictReason::NotEmpty, delete(store, ["ns"]).await);
        })
        .await;
        delete(store, ["ns", "sub"]).await.unwrap();
        delete(store, ["ns"]).await.unwrap();
        assert_eq!(children(store, None).await, []);
    });
}

#[test]
fn a_namespace_with_a_similar_path_is_not_a_child() {
    in_a_catalog(async |store| {
        for look_alike in ["nsa", "ns.a", "ns a", "ns%"] {
            add_namespace(store, [look_alike]).await;
        }
        add_namespace(store, ["nsa", "sub"]).await;
        delete(store, ["ns"]).await.unwrap();
        assert_eq!(children(store, None).await.len(), 4);
    });
}

#[test]
fn a_namespace_with_assets_on_any_branch_is_not_empty() {
    in_a_catalog(async |store| {
        branch_off(store, "dev").await;
        for branch in ["main", "dev"] {
            add(store, branch, asset(1, ["ns"], "orders")).await;
            unchanged(store, async || {
                conflict(ConflictReason::NotEmpty, delete(store, ["ns"]).await);
            })
            .await;
            remove(store, branch, "orders").await;
        }
        delete(store, ["ns"]).await.unwrap();
    });
}

#[test]
fn an_asset_that_is_only_a_base_does_not_keep_its_namespace() {
    in_a_catalog(async |store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        branch_off(store, "dev").await;
        remove(store, "dev", "orders").await;
        remove(store, "main", "orders").await;
        delete(store, ["ns"]).await.unwrap();
    });
}

#[test]
fn a_namespace_that_is_created_again_has_no_properties() {
    in_a_catalog(async |store| {
        change(store, ["ns"], &changes([("a", "1")], [])).await.unwrap();
        delete(store, ["ns"]).await.unwrap();
        add_namespace(store, ["ns"]).await;
        let now = store.get_namespace(ACME, &name("sales"), &path(["ns"])).await.unwrap();
        assert_eq!(now, Some(namespace(["ns"])));
    });
}

#[test]
fn namespaces_are_counted_over_all_catalogs_of_a_tenant() {
    in_a_catalog(async |store| {
        add_namespace(store, ["ns", "sub"]).await;
        store.create_catalog(ACME, &catalog(2, "other")).await.unwrap();
        store.create_namespace(ACME, &name("other"), &namespace(["ns"])).await.unwrap();
        store.create_tenant(&tenant(2, "globex")).await.unwrap();
        assert_eq!(store.count_namespaces(ACME).await.unwrap(), 3);
        assert_eq!(store.count_namespaces(GLOBEX).await.unwrap(), 0);
    });
}
