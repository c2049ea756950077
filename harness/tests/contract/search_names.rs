//! Search for catalogs, namespaces and branches by name.

use pangolin_store::*;

use super::fixtures::*;
use super::scenes::*;

#[test]
fn catalogs_are_found_by_name_complete_and_in_order() {
    in_a_tenant(async |store| {
        let far = Catalog { properties: properties([("a", "1")]), ..federated(1, "FÄR_1") };
        for created in [far.clone(), catalog(2, "fär%2"), catalog(3, "other")] {
            store.create_catalog(ACME, &created).await.unwrap();
        }
        let by = async |needle| store.search_catalogs(ACME, &text(needle), &all()).await.unwrap();
        assert_eq!(by("fÄr").await, [far.clone(), catalog(2, "fär%2")]);
        assert_eq!(by("r_").await, std::slice::from_ref(&far));
        assert_eq!(by("%").await, [catalog(2, "fär%2")]);
        assert_eq!(by("").await.len(), 3);
        assert_eq!(by("none").await, []);
    });
}

#[test]
fn a_catalog_is_found_under_its_new_name() {
    in_a_catalog(async |store| {
        let rename = CatalogUpdate { name: Some(name("ÄRGER")), ..CatalogUpdate::default() };
        store.update_catalog(ACME, &name("sales"), &rename).await.unwrap();
        let by = async |needle| store.search_catalogs(ACME, &text(needle), &all()).await.unwrap();
        assert_eq!(by("ärger").await.len(), 1);
        assert_eq!(by("sales").await, []);
    });
}

#[test]
fn namespaces_are_found_by_their_own_name() {
    in_a_catalog(async |store| {
        add_namespace(store, ["Orders"]).await;
        add_namespace(store, ["Orders", "items"]).await;
        add_namespace(store, ["ns", "orders_2"]).await;
        let by = async |needle| {
            let hits = store.search_namespaces(ACME, &text(needle), &all()).await.unwrap();
            hits.into_iter().map(|hit| hit.namespace.path).collect::<Vec<_>>()
        };
        assert_eq!(by("ORDER").await, [path(["Orders"]), path(["ns", "orders_2"])]);
        assert_eq!(by("_").await, [path(["ns", "orders_2"])]);
        assert_eq!(by("").await.len(), 4);
    });
}

#[test]
fn a_found_namespace_has_its_catalog_and_its_properties() {
    in_a_catalog(async |store| {
        let created = Namespace { path: path(["x"]), properties: properties([("a", "1")]) };
        store.create_catalog(ACME, &catalog(2, "other")).await.unwrap();
        store.create_namespace(ACME, &name("other"), &created).await.unwrap();
        let hits = store.search_namespaces(ACME, &text("x"), &all()).await.unwrap();
        assert_eq!(hits, [NamespaceHit { catalog: name("other"), namespace: created }]);
    });
}

#[test]
fn found_namespaces_are_in_the_order_of_catalog_and_path() {
    in_a_tenant(async |store| {
        for (number, called) in [(1, "a"), (2, "B")] {
            store.create_catalog(ACME, &catalog(number, called)).await.unwrap();
            for names in [path(["ab"]), path(["a"]), path(["a.b"]), path(["a", "b"])] {
                let namespace = Namespace { path: names, properties: properties([]) };
                store.create_namespace(ACME, &name(called), &namespace).await.unwrap();
            }
        }
        let hits = store.search_namespaces(ACME, &text(""), &all()).await.unwrap();
        let keys: Vec<_> = hits.into_iter().map(|hit| (hit.catalog, hit.namespace.path)).collect();
        let paths = [path(["a"]), path(["a", "b"]), path(["a.b"]), path(["ab"])];
        let of = |catalog| paths.clone().map(|path| (name(catalog), path));
        assert_eq!(keys, [of("B"), of("a")].concat());
    });
}

#[test]
fn branches_are_found_by_name_in_the_order_of_catalog_and_name() {
    in_a_catalog(async |store| {
        store.create_catalog(ACME, &catalog(2, "Other")).await.unwrap();
        for (catalog, called) in [("sales", "DEV_1"), ("sales", "other"), ("Other", "dev%2")] {
            let new = ingest(called, "main");
            store.create_branch(ACME, &name(catalog), &new).await.unwrap();
        }
        let by = async |needle| {
            let hits = store.search_branches(ACME, &text(needle), &all()).await.unwrap();
            let pair = |hit: BranchHit| (hit.catalog.to_string(), hit.branch.name.to_string());
            hits.into_iter().map(pair).collect::<Vec<_>>()
        };
        assert_eq!(by("dEv").await, pairs([("Other", "dev%2"), ("sales", "DEV_1")]));
        assert_eq!(by("_").await, pairs([("sales", "DEV_1")]));
        assert_eq!(by("MAIN").await, pairs([("Other", "main"), ("sales", "main")]));
        assert_eq!(by("").await.len(), 5);
    });
}

#[test]
fn a_found_branch_is_complete() {
    with_a_branch(async |store| {
        let first = commit(1, None, [put(asset(3, ["ns"], "views"))]);
        store.commit(ACME, &on("dev"), &first).await.unwrap();
        let hits = store.search_branches(ACME, &text("dev"), &all()).await.unwrap();
        let branch = Branch {
            name: name("dev"),
            kind: BranchKind::Ingest,
            parent: Some(name("main")),
            head: Some(id(1)),
        };
        assert_eq!(hits, [BranchHit { catalog: name("sales"), branch }]);
    });
}

#[test]
fn nothing_is_found_in_a_missing_tenant() {
    with_a_branch(async |store| {
        let everything = AssetSearch::default();
        assert_eq!(store.search_assets(NOBODY, &everything, &all()).await.unwrap(), []);
        assert_eq!(store.search_catalogs(NOBODY, &text(""), &all()).await.unwrap(), []);
        assert_eq!(store.search_namespaces(NOBODY, &text(""), &all()).await.unwrap(), []);
        assert_eq!(store.search_branches(NOBODY, &text(""), &all()).await.unwrap(), []);
    });
}
