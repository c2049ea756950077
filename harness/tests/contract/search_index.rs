//! Search where an index stands behind it: what such an index may get wrong.

use pangolin_store::*;

use super::fixtures::*;
use super::scenes::*;
use super::stores::Store;

async fn by_text(store: &Store, needle: &str) -> Vec<String> {
    let search = AssetSearch { text: text(needle), ..AssetSearch::default() };
    let hits = store.search_assets(ACME, &search, &all()).await.unwrap();
    hits.into_iter().map(|hit| hit.asset.name.to_string()).collect()
}

#[test]
fn texts_of_any_length_and_script_are_found_as_they_stand() {
    in_a_catalog(async |store| {
        let names = [
            "a%_\\b",
            "日本語の表",
            "e\u{301}tat 🦎🦎🦎🦎",
            "\"quoted\" AND x",
            "--- ---",
            "İstanbul",
        ];
        for (number, called) in (1..).zip(names) {
            add(store, "main", asset(number, ["ns"], called)).await;
        }
        for called in names {
            let characters: Vec<char> = called.chars().collect();
            for length in 1..=characters.len() {
                for part in characters.windows(length) {
                    let part: String = part.iter().collect();
                    let found = by_text(store, &part).await;
                    assert!(found.contains(&called.to_owned()), "{part:?} is in {called:?}");
                }
            }
        }
        for needle in
            ["a__\\b", "a%\\b", "本日", "🦎🦎🦎🦎🦎", "quoted\" x", "----", "\"quoted\" AND y"]
        {
            assert_eq!(by_text(store, needle).await, [""; 0], "{needle:?}");
        }
    });
}

#[test]
fn what_was_renamed_or_deleted_or_redescribed_is_found_by_what_it_is_now() {
    in_a_catalog(async |store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        add(store, "main", asset(2, ["ns"], "items")).await;
        rename(store, "main", "orders", "invoices").await;
        assert_eq!(by_text(store, "order").await, [""; 0]);
        assert_eq!(by_text(store, "invoice").await, ["invoices"]);

        let describe = async |description: &str| {
            let write = metadata(description);
            store.upsert_business_metadata(ACME, id(2), &write).await.unwrap();
        };
        describe("what was bought").await;
        assert_eq!(by_text(store, "bought").await, ["items"]);
        describe("what was sold").await;
        assert_eq!(by_text(store, "bought").await, [""; 0]);
        assert_eq!(by_text(store, "sold").await, ["items"]);
        let silent = MetadataWrite { description: None, ..metadata("") };
        store.upsert_business_metadata(ACME, id(2), &silent).await.unwrap();
        assert_eq!(by_text(store, "sold").await, [""; 0]);
        describe("what was kept").await;
        store.delete_business_metadata(ACME, id(2)).await.unwrap();
        assert_eq!(by_text(store, "kept").await, [""; 0]);

        remove(store, "main", "invoices").await;
        assert_eq!(by_text(store, "invoice").await, [""; 0]);
        add(store, "main", asset(3, ["ns"], "invoices")).await;
        assert_eq!(by_text(store, "invoice").await, ["invoices"]);
    });
}

#[test]
fn what_a_merge_brings_to_main_is_found_from_then_on() {
    in_a_catalog(async |store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        branch_off(store, "dev").await;
        add(store, "dev", asset(2, ["ns"], "borders")).await;
        rename(store, "dev", "orders", "reorders").await;
        assert_eq!(by_text(store, "order").await, ["orders"]);
        let merge = merge(1, "dev", "main");
        store.begin_merge(ACME, &name("sales"), &merge).await.unwrap();
        store.complete_merge(ACME, &name("sales"), merge.id, &merge_commit(9)).await.unwrap();
        assert_eq!(by_text(store, "order").await, ["borders", "reorders"]);
    });
}

#[test]
fn long_texts_are_found_and_told_from_others_that_begin_like_them() {
    in_a_catalog(async |store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        let long = "the quick brown fox jumps over the lazy dog. ".repeat(1_000);
        let description = &format!("{long}end");
        store.upsert_business_metadata(ACME, id(1), &metadata(description)).await.unwrap();
        assert_eq!(by_text(store, description).await, ["orders"]);
        assert_eq!(by_text(store, "dog. end").await, ["orders"]);
        assert_eq!(by_text(store, &format!("{long}and")).await, [""; 0]);
    });
}

#[test]
fn many_hits_come_in_order_page_after_page() {
    in_a_catalog(async |store| {
        let puts = |from: u128, to: u128| {
            let puts =
                (from..to).map(|number| put(asset(number, ["ns"], &format!("row {number:04}"))));
            puts.collect::<Vec<_>>()
        };
        store.commit(ACME, &on("main"), &commit(1, None, puts(0, 900))).await.unwrap();
        store.commit(ACME, &on("main"), &commit(2, Some(1), puts(900, 1_500))).await.unwrap();
        for needle in ["row", "row 1", "ow 14"] {
            let search = AssetSearch { text: text(needle), ..AssetSearch::default() };
            let mut page = Page::first(limit(400));
            let mut found = Vec::new();
            loop {
                let hits = store.search_assets(ACME, &search, &page).await.unwrap();
                let Some(last) = hits.last() else { break };
                page = page.then(last.key());
                found.extend(hits.into_iter().map(|hit| hit.asset.name.to_string()));
            }
            let all = (0..1_500).map(|number| format!("row {number:04}"));
            let expected: Vec<String> = all.filter(|name| name.contains(needle)).collect();
            assert_eq!(found, expected, "{needle}");
        }
    });
}
