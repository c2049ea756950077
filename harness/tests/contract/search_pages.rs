//! Pages of hits, for many hits and for few.

use std::num::NonZeroU32;

use pangolin_store::*;

use super::fixtures::*;
use super::scenes::*;
use super::search::{annotate, found};

#[test]
fn many_hits_are_paged_like_few() {
    in_a_catalog(async |store| {
        let assets = (0..1_200).map(|number| {
            let called = if number % 400 == 7 { "needle" } else { "common" };
            put(asset(number + 1, ["ns"], &format!("{called} {number:04}")))
        });
        let mut assets = assets.collect::<Vec<_>>();
        let rest = assets.split_off(1_000);
        store.commit(ACME, &on("main"), &commit(1, None, assets)).await.unwrap();
        store.commit(ACME, &on("main"), &commit(2, Some(1), rest)).await.unwrap();
        annotate(store, 1_101, metadata("a needle in its description")).await;
        let paged = async |needle: &str, rows: u32| {
            let search = AssetSearch { text: text(needle), ..AssetSearch::default() };
            let (mut page, mut names) = (Page::first(limit(rows)), Vec::new());
            loop {
                let hits = store.search_assets(ACME, &search, &page).await.unwrap();
                assert!(hits.len() <= rows as usize);
                names.extend(hits.iter().map(|hit| hit.asset.name.to_string()));
                match hits.last() {
                    Some(last) if hits.len() == rows as usize => page.after = Some(last.key()),
                    _ => return names,
                }
            }
        };
        let of = |called: &str, numbers: &[u128]| {
            numbers.iter().map(|number| format!("{called} {number:04}")).collect::<Vec<_>>()
        };
        let rare = [of("common", &[1_100]), of("needle", &[7, 407, 807])].concat();
        for rows in [1, 2, 4, 100] {
            assert_eq!(paged("NEEDLE", rows).await, rare, "{rows}");
        }
        let common: Vec<u128> = (0..1_200).filter(|number| number % 400 != 7).collect();
        assert_eq!(paged("common", 500).await, of("common", &common));
        assert_eq!(paged("o", 1_000).await, of("common", &common));
        assert_eq!(paged("common 1", 70).await, of("common", &common[997..]));
        assert_eq!(paged("", 900).await.len(), 1_200);
    });
}

#[test]
fn tags_that_many_have_and_tags_that_few_have_are_found_together() {
    in_a_catalog(async |store| {
        let names: Vec<String> = (0..30).map(|number| format!("table {number:02}")).collect();
        for (number, called) in (1..).zip(&names) {
            add(store, "main", asset(number, ["ns"], called)).await;
            let rare = if number % 10 == 0 { "rare" } else { "Rare" };
            let tags = set([name("many"), name(rare)]);
            annotate(store, number, MetadataWrite { tags, ..metadata("") }).await;
        }
        let tags = set([name("many"), name("rare")]);
        let search = AssetSearch { tags, ..AssetSearch::default() };
        assert_eq!(found(store, search.clone()).await, ["table 09", "table 19", "table 29"]);
        let both = AssetSearch { text: text("E 1"), ..search.clone() };
        assert_eq!(found(store, both).await, ["table 19"]);
        annotate(store, 10, MetadataWrite { tags: set([name("rare")]), ..metadata("") }).await;
        assert_eq!(found(store, search.clone()).await, ["table 19", "table 29"]);
        let page = Page { after: None, limit: NonZeroU32::MIN };
        let first = store.search_assets(ACME, &search, &page).await.unwrap();
        let after = Page { after: Some(first[0].key()), limit: NonZeroU32::MIN };
        let second = store.search_assets(ACME, &search, &after).await.unwrap();
        assert_eq!(second[0].asset.name, name("table 29"));
    });
}
