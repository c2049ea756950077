//! Compare-and-swap on the metadata location of an asset.

use pangolin_store::*;

use super::checks::{conflict, unchanged};
use super::fixtures::*;
use super::scenes::*;
use super::stores::Store;

async fn get(store: &Store, at: &AssetRef) -> Option<Asset> {
    store.get_asset(ACME, at).await.unwrap()
}

async fn swap(store: &Store, at: &AssetRef, from: Option<&str>, to: &str) -> Result<Asset> {
    let swap = MetadataSwap { expected: from.map(text), new: text(to) };
    store.commit_metadata(ACME, at, &swap).await
}

#[test]
fn a_swap_takes_effect_when_the_location_is_the_expected_one() {
    in_a_catalog(async |store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        let at = asset_ref("main", ["ns"], "orders");
        for (from, to) in [(None, "v1"), (Some("v1"), "v2"), (Some("v2"), "v2"), (Some("v2"), "")] {
            let now = swap(store, &at, from, to).await.unwrap();
            let expected =
                Asset { metadata_location: Some(text(to)), ..asset(1, ["ns"], "orders") };
            assert_eq!(now, expected);
            assert_eq!(get(store, &at).await, Some(expected));
        }
    });
}

#[test]
fn a_swap_is_stale_when_the_location_is_another_one() {
    in_a_catalog(async |store| {
        let v1 = Asset { metadata_location: Some(text("v1")), ..asset(1, ["ns"], "orders") };
        add(store, "main", v1).await;
        unchanged(store, async || {
            let at = asset_ref("main", ["ns"], "orders");
            for expected in [None, Some("v0"), Some(""), Some("V1"), Some("v1 ")] {
                conflict(ConflictReason::Stale, swap(store, &at, expected, "v2").await);
            }
        })
        .await;
    });
}

#[test]
fn a_swap_is_stale_when_a_location_is_expected_and_there_is_none() {
    in_a_catalog(async |store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        unchanged(store, async || {
            let at = asset_ref("main", ["ns"], "orders");
            for expected in ["v1", ""] {
                conflict(ConflictReason::Stale, swap(store, &at, Some(expected), "v2").await);
            }
        })
        .await;
    });
}

#[test]
fn a_swap_sees_the_location_on_its_own_branch() {
    with_a_branch(async |store| {
        let (there, here) =
            (asset_ref("main", ["ns"], "orders"), asset_ref("dev", ["ns"], "orders"));
        swap(store, &there, None, "v1").await.unwrap();
        conflict(ConflictReason::Stale, swap(store, &here, Some("v1"), "v2").await);
        swap(store, &here, None, "d1").await.unwrap();
        let location = async |at| get(store, at).await.unwrap().metadata_location;
        assert_eq!(location(&there).await, Some(text("v1")));
        assert_eq!(location(&here).await, Some(text("d1")));
    });
}
