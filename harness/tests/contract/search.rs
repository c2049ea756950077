//! Search.

use pangolin_store::*;
use strum::IntoEnumIterator;

use super::fixtures::*;
use super::scenes::*;
use super::stores::Store;

pub(crate) async fn found(store: &Store, search: AssetSearch) -> Vec<String> {
    let hits = store.search_assets(ACME, &search, &all()).await.unwrap();
    hits.into_iter().map(|hit| hit.asset.name.to_string()).collect()
}

/// The assets found by text alone.
pub(crate) async fn by_text(store: &Store, needle: &str) -> Vec<String> {
    found(store, AssetSearch { text: text(needle), ..AssetSearch::default() }).await
}

/// Assets on `main` of these names, numbered from 1.
pub(crate) async fn add_named<const N: usize>(store: &Store, names: [&str; N]) {
    for (number, called) in (1..).zip(names) {
        add(store, "main", asset(number, ["ns"], called)).await;
    }
}

pub(crate) async fn annotate(store: &Store, asset: u128, write: MetadataWrite) {
    store.upsert_business_metadata(ACME, id(asset), &write).await.unwrap();
}

fn tagged<const N: usize>(tags: [&str; N]) -> MetadataWrite {
    MetadataWrite { tags: set(tags.map(name)), ..metadata("") }
}

#[test]
fn a_hit_has_the_catalog_the_asset_and_its_metadata() {
    in_a_catalog(async |store| {
        let orders = Asset {
            metadata_location: Some(text("")),
            properties: properties([("a", "1")]),
            ..asset(1, ["ns"], "orders")
        };
        add(store, "main", orders.clone()).await;
        let hits = store.search_assets(ACME, &AssetSearch::default(), &all()).await.unwrap();
        let bare = AssetHit { catalog: name("sales"), asset: orders, metadata: None };
        assert_eq!(hits, std::slice::from_ref(&bare));
        let written =
            store.upsert_business_metadata(ACME, id(1), &tagged(["b", "a"])).await.unwrap();
        let hits = store.search_assets(ACME, &AssetSearch::default(), &all()).await.unwrap();
        assert_eq!(hits, [AssetHit { metadata: Some(written), ..bare }]);
    });
}

#[test]
fn text_is_searched_in_names_and_in_descriptions() {
    in_a_catalog(async |store| {
        add_named(store, ["orders", "items", "views"]).await;
        annotate(store, 2, metadata("what was ordered")).await;
        assert_eq!(by_text(store, "order").await, ["items", "orders"]);
        assert_eq!(by_text(store, "was").await, ["items"]);
        assert_eq!(by_text(store, "order ").await, Vec::<String>::new());
    });
}

#[test]
fn text_is_searched_nowhere_else() {
    in_a_catalog(async |store| {
        let properties = properties([("needle", "needle")]);
        let location = text("needle");
        add(store, "main", Asset { properties, location, ..asset(1, ["ns"], "orders") }).await;
        annotate(store, 1, tagged(["needle"])).await;
        assert_eq!(by_text(store, "needle").await, Vec::<String>::new());
    });
}

#[test]
fn empty_text_matches_all() {
    in_a_catalog(async |store| {
        add_named(store, ["a", "b"]).await;
        annotate(store, 1, MetadataWrite { description: None, ..metadata("") }).await;
        assert_eq!(by_text(store, "").await, ["a", "b"]);
    });
}

#[test]
fn wildcards_and_escapes_are_plain_characters() {
    in_a_catalog(async |store| {
        add_named(store, ["100%", "a_b", "axb", "a\\b", "a.*b", "a'b", "a\"b", "a[x]b"]).await;
        for (needle, expected) in [
            ("%", "100%"),
            ("a_b", "a_b"),
            ("_", "a_b"),
            ("\\", "a\\b"),
            (".*", "a.*b"),
            ("'", "a'b"),
            ("\"", "a\"b"),
            ("[x]", "a[x]b"),
        ] {
            assert_eq!(by_text(store, needle).await, [expected], "{needle}");
        }
        for nothing in ["1%0", "a?b", "a*b", "\\%", "^a", "b$", "a.b"] {
            assert_eq!(by_text(store, nothing).await, Vec::<String>::new(), "{nothing}");
        }
    });
}

#[test]
fn case_is_folded_for_all_of_unicode() {
    in_a_catalog(async |store| {
        add_named(store, ["ÄRGER", "Straße", "ΟΔΟΣ", "Москва", "İstanbul"]).await;
        for (needle, expected) in [
            ("ärger", "ÄRGER"),
            ("STRAß", "Straße"),
            ("οδοσ", "ΟΔΟΣ"),
            ("οδ", "ΟΔΟΣ"),
            ("МОСК", "Москва"),
            ("i\u{307}STAN", "İstanbul"),
        ] {
            assert_eq!(by_text(store, needle).await, [expected], "{needle}");
        }
        for nothing in ["strasse", "οδος", "arger", "istanbul"] {
            assert_eq!(by_text(store, nothing).await, Vec::<String>::new(), "{nothing}");
        }
    });
}

#[test]
fn case_is_folded_in_descriptions_too() {
    in_a_catalog(async |store| {
        add_named(store, ["a"]).await;
        annotate(store, 1, metadata("Über 100%")).await;
        for needle in ["üBER", "R 1", "0%"] {
            assert_eq!(by_text(store, needle).await, ["a"], "{needle}");
        }
    });
}

#[test]
fn text_that_looks_alike_but_is_encoded_differently_is_not_found() {
    in_a_catalog(async |store| {
        add_named(store, ["é", "e\u{301}"]).await;
        assert_eq!(by_text(store, "é").await, ["é"]);
        assert_eq!(by_text(store, "e").await, ["e\u{301}"]);
    });
}

#[test]
fn all_of_the_tags_must_be_there() {
    in_a_catalog(async |store| {
        add_named(store, ["a", "b", "c", "d"]).await;
        annotate(store, 1, tagged(["pii", "gold"])).await;
        annotate(store, 2, tagged(["pii"])).await;
        annotate(store, 3, tagged(["gold", "pii", "x"])).await;
        let by_tags =
            async |tags| found(store, AssetSearch { tags, ..AssetSearch::default() }).await;
        assert_eq!(by_tags(set([name("pii")])).await, ["a", "b", "c"]);
        assert_eq!(by_tags(set([name("pii"), name("gold")])).await, ["a", "c"]);
        assert_eq!(by_tags(set([name("pii"), name("none")])).await, Vec::<String>::new());
        assert_eq!(by_tags(set([])).await, ["a", "b", "c", "d"]);
    });
}

#[test]
fn tags_match_whole_and_case_sensitively() {
    in_a_catalog(async |store| {
        add_named(store, ["a"]).await;
        annotate(store, 1, tagged(["pii", "a_b"])).await;
        for tag in ["PII", "pi", "pi%", "aXb", "i"] {
            let tags = set([name(tag)]);
            let search = AssetSearch { tags, ..AssetSearch::default() };
            assert_eq!(found(store, search).await, Vec::<String>::new(), "{tag}");
        }
    });
}

#[test]
fn every_kind_finds_its_own() {
    in_a_catalog(async |store| {
        for (number, kind) in (1..).zip(AssetKind::iter()) {
            add(store, "main", Asset { kind, ..asset(number, ["ns"], &kind.to_string()) }).await;
        }
        for kind in AssetKind::iter() {
            let search = AssetSearch { kind: Some(kind), ..AssetSearch::default() };
            assert_eq!(found(store, search).await, [kind.to_string()]);
        }
    });
}

#[test]
fn an_asset_without_metadata_is_not_discoverable() {
    in_a_catalog(async |store| {
        add_named(store, ["bare", "hidden", "open"]).await;
        annotate(store, 2, metadata("")).await;
        annotate(store, 3, MetadataWrite { discoverable: true, ..metadata("") }).await;
        let by = async |discoverable| {
            found(store, AssetSearch { discoverable, ..AssetSearch::default() }).await
        };
        assert_eq!(by(Some(true)).await, ["open"]);
        assert_eq!(by(Some(false)).await, ["bare", "hidden"]);
        assert_eq!(by(None).await, ["bare", "hidden", "open"]);
    });
}

#[test]
fn all_given_criteria_must_match() {
    in_a_catalog(async |store| {
        for number in 1..=5 {
            let kind = if number == 1 { AssetKind::View } else { AssetKind::Lance };
            let called = if number == 2 { "other" } else { "orders" };
            let called = format!("{called}{number}");
            add(store, "main", Asset { kind, ..asset(number, ["ns"], &called) }).await;
            let tags = if number == 3 { set([]) } else { set([name("pii")]) };
            annotate(
                store,
                number,
                MetadataWrite { tags, discoverable: number != 4, ..metadata("") },
            )
            .await;
        }
        let search = AssetSearch {
            text: text("ORDERS"),
            tags: set([name("pii")]),
            kind: Some(AssetKind::Lance),
            discoverable: Some(true),
        };
        assert_eq!(found(store, search).await, ["orders5"]);
    });
}

#[test]
fn main_is_searched_and_no_other_branch() {
    with_a_branch(async |store| {
        add(store, "dev", asset(3, ["ns"], "views")).await;
        rename(store, "dev", "orders", "sold").await;
        assert_eq!(by_text(store, "").await, ["items", "orders"]);
        remove(store, "main", "orders").await;
        assert_eq!(by_text(store, "").await, ["items"]);
    });
}

#[test]
fn assets_are_found_under_their_new_names() {
    in_a_catalog(async |store| {
        add_named(store, ["Orders"]).await;
        rename(store, "main", "Orders", "SOLD").await;
        assert_eq!(by_text(store, "order").await, Vec::<String>::new());
        assert_eq!(by_text(store, "sold").await, ["SOLD"]);
        let put = commit(1, None, [delete(["ns"], "SOLD"), put(asset(1, ["ns"], "ÄRGER"))]);
        store.commit(ACME, &on("main"), &put).await.unwrap();
        assert_eq!(by_text(store, "ärger").await, ["ÄRGER"]);
    });
}

#[test]
fn merged_assets_are_found() {
    with_a_branch(async |store| {
        add(store, "dev", asset(3, ["ns"], "VIEWS")).await;
        rename(store, "dev", "orders", "SOLD").await;
        let sales = name("sales");
        store.begin_merge(ACME, &sales, &merge(1, "dev", "main")).await.unwrap();
        store.complete_merge(ACME, &sales, id(1), &merge_commit(1)).await.unwrap();
        assert_eq!(by_text(store, "views").await, ["VIEWS"]);
        assert_eq!(by_text(store, "sold").await, ["SOLD"]);
        assert_eq!(by_text(store, "orders").await, Vec::<String>::new());
    });
}

#[test]
fn found_assets_are_in_the_order_of_catalog_namespace_and_name() {
    in_a_tenant(async |store| {
        let ordered = [
            ("B", path(["z"]), "z"),
            ("a", path(["a"]), "b"),
            ("a", path(["a"]), "é"),
            ("a", path(["a", "b"]), "a"),
            ("a", path(["a.b"]), "B"),
            ("a", path(["a.b"]), "a"),
            ("a", path(["ab"]), "a"),
            ("é", path(["a"]), "a"),
        ];
        for (number, called) in [(1, "é"), (2, "B"), (3, "a")] {
            store.create_catalog(ACME, &catalog(number, called)).await.unwrap();
            for names in [path(["a"]), path(["a", "b"]), path(["z"]), path(["ab"]), path(["a.b"])] {
                let namespace = Namespace { path: names, properties: properties([]) };
                store.create_namespace(ACME, &name(called), &namespace).await.unwrap();
            }
        }
        for (number, (catalog, namespace, called)) in (1..).zip(ordered.iter().rev()) {
            let on = BranchRef { catalog: name(catalog), branch: name("main") };
            let asset = Asset { namespace: namespace.clone(), ..asset(number, ["x"], called) };
            store.create_asset(ACME, &on, &asset).await.unwrap();
        }
        let hits = store.search_assets(ACME, &AssetSearch::default(), &all()).await.unwrap();
        let keys: Vec<_> = hits.iter().map(AssetHit::key).collect();
        let expected = ordered.map(|(catalog, namespace, called)| AssetKey {
            catalog: name(catalog),
            namespace,
            name: name(called),
        });
        assert_eq!(keys, expected);
    });
}
