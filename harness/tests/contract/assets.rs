//! Assets.

use pangolin_store::*;
use strum::IntoEnumIterator;

use super::checks::{already_exists, not_found, unchanged};
use super::fixtures::*;
use super::scenes::*;
use super::stores::Store;

async fn get(store: &Store, at: &AssetRef) -> Option<Asset> {
    store.get_asset(ACME, at).await.unwrap()
}

async fn update(store: &Store, called: &str, update: AssetUpdate) -> Result<Asset> {
    store.update_asset(ACME, &asset_ref("main", ["ns"], called), &update).await
}

#[test]
fn an_asset_comes_back_as_it_was_created() {
    in_a_catalog(async |store| {
        let full = Asset {
            metadata_location: Some(text("s3://lake/v1.json")),
            properties: properties([("a.b", ""), ("$set", "1")]),
            ..asset(1, ["ns"], "full %_\\.é")
        };
        let blank = Asset {
            location: text(""),
            metadata_location: Some(text("")),
            ..asset(2, ["ns"], "blank")
        };
        for created in [full, blank, asset(3, ["ns"], "bare")] {
            add(store, "main", created.clone()).await;
            let at = asset_ref("main", ["ns"], &created.name);
            assert_eq!(get(store, &at).await, Some(created.clone()));
            let by_id = store.get_asset_by_id(ACME, &on("main"), created.id).await.unwrap();
            assert_eq!(by_id, Some(created));
        }
    });
}

#[test]
fn every_kind_comes_back_from_every_read() {
    in_a_catalog(async |store| {
        let kinds: Vec<_> = AssetKind::iter().collect();
        for (number, &kind) in (10..).zip(&kinds) {
            add(store, "main", Asset { kind, ..asset(number, ["ns"], &number.to_string()) }).await;
            let at = asset_ref("main", ["ns"], &number.to_string());
            assert_eq!(get(store, &at).await.unwrap().kind, kind);
            let by_id = store.get_asset_by_id(ACME, &on("main"), id(number)).await.unwrap();
            assert_eq!(by_id.unwrap().kind, kind);
        }
        let listed = assets_on(store, "main").await;
        assert_eq!(listed.iter().map(|asset| asset.kind).collect::<Vec<_>>(), kinds);
        let found = store.search_assets(ACME, &AssetSearch::default(), &all()).await.unwrap();
        assert_eq!(found.iter().map(|hit| hit.asset.kind).collect::<Vec<_>>(), kinds);
    });
}

#[test]
fn reads_of_missing_rows_return_none() {
    in_a_catalog(async |store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        for at in [
            asset_ref("main", ["ns"], "items"),
            asset_ref("main", ["other"], "orders"),
            asset_ref("dev", ["ns"], "orders"),
            AssetRef { catalog: name("other"), ..asset_ref("main", ["ns"], "orders") },
        ] {
            assert_eq!(get(store, &at).await, None, "{at}");
        }
        assert_eq!(store.get_asset_by_id(ACME, &on("main"), id(2)).await.unwrap(), None);
        assert_eq!(store.get_asset_by_id(ACME, &on("dev"), id(1)).await.unwrap(), None);
        assert_eq!(assets_on(store, "dev").await, []);
        assert_eq!(store.count_assets(NOBODY).await.unwrap(), 0);
    });
}

#[test]
fn writes_check_tenant_catalog_branch_and_namespace_in_this_order() {
    in_a_catalog(async |store| {
        let new = asset(1, ["gone"], "orders");
        let swap = MetadataSwap { expected: None, new: text("v1") };
        for (tenant, catalog, branch, missing) in [
            (NOBODY, "gone", "gone", Entity::Tenant),
            (ACME, "gone", "gone", Entity::Catalog),
            (ACME, "sales", "gone", Entity::Branch),
            (ACME, "sales", "main", Entity::Namespace),
        ] {
            let at = AssetRef { catalog: name(catalog), ..asset_ref(branch, ["gone"], "orders") };
            let (to, none) = (place(["also gone"], "orders"), AssetUpdate::default());
            not_found(missing, store.create_asset(tenant, &at.branch_ref(), &new).await);
            not_found(missing, store.update_asset(tenant, &at, &none).await);
            not_found(missing, store.rename_asset(tenant, &at, &to).await);
            not_found(missing, store.delete_asset(tenant, &at).await);
            not_found(missing, store.commit_metadata(tenant, &at, &swap).await);
        }
    });
}

#[test]
fn writes_to_a_missing_asset_are_not_found() {
    in_a_catalog(async |store| {
        add(store, "main", asset(1, ["ns"], "taken")).await;
        unchanged(store, async || {
            let gone = asset_ref("main", ["ns"], "gone");
            not_found(Entity::Asset, update(store, "gone", AssetUpdate::default()).await);
            for to in [place(["ns"], "taken"), place(["nowhere"], "gone"), gone.place()] {
                not_found(Entity::Asset, store.rename_asset(ACME, &gone, &to).await);
            }
            not_found(Entity::Asset, store.delete_asset(ACME, &gone).await);
            let swap = MetadataSwap { expected: Some(text("stale")), new: text("v1") };
            not_found(Entity::Asset, store.commit_metadata(ACME, &gone, &swap).await);
        })
        .await;
    });
}

#[test]
fn an_id_and_a_place_are_taken_once_on_a_branch() {
    in_a_catalog(async |store| {
        add_namespace(store, ["other"]).await;
        add(store, "main", asset(1, ["ns"], "orders")).await;
        unchanged(store, async || {
            for taken in [
                asset(2, ["ns"], "orders"),
                asset(1, ["ns"], "items"),
                asset(1, ["other"], "orders"),
                Asset { kind: AssetKind::View, ..asset(1, ["ns"], "orders") },
            ] {
                let created = store.create_asset(ACME, &on("main"), &taken).await;
                already_exists(Entity::Asset, created);
            }
        })
        .await;
    });
}

#[test]
fn the_same_name_in_another_namespace_is_another_place() {
    in_a_catalog(async |store| {
        add_namespace(store, ["a"]).await;
        add_namespace(store, ["a", "b"]).await;
        add_namespace(store, ["a.b"]).await;
        add(store, "main", asset(1, ["a", "b"], "t")).await;
        add(store, "main", asset(2, ["a.b"], "t")).await;
        add(store, "main", asset(3, ["a"], "b.t")).await;
        for (names, called, number) in
            [(path(["a", "b"]), "t", 1), (path(["a.b"]), "t", 2), (path(["a"]), "b.t", 3)]
        {
            let at = AssetRef { namespace: names, ..asset_ref("main", ["x"], called) };
            assert_eq!(get(store, &at).await.unwrap().id, id(number));
        }
    });
}

#[test]
fn another_branch_can_hold_the_id_at_another_place_with_other_content() {
    in_a_catalog(async |store| {
        branch_off(store, "dev").await;
        let (there, here) = (asset(1, ["ns"], "orders"), asset(1, ["ns"], "sold"));
        add(store, "main", there.clone()).await;
        add(store, "dev", here.clone()).await;
        let by_id =
            async |branch: &str| store.get_asset_by_id(ACME, &on(branch), id(1)).await.unwrap();
        assert_eq!(by_id("main").await, Some(there));
        assert_eq!(by_id("dev").await, Some(here));
    });
}

#[test]
fn a_list_holds_the_assets_of_one_namespace_and_not_of_those_below() {
    in_a_catalog(async |store| {
        add_namespace(store, ["ns", "sub"]).await;
        add_namespace(store, ["nsa"]).await;
        add(store, "main", asset(1, ["ns"], "here")).await;
        add(store, "main", asset(2, ["ns", "sub"], "below")).await;
        add(store, "main", asset(3, ["nsa"], "beside")).await;
        assert_eq!(names_on(store, "main").await, ["here"]);
    });
}

#[test]
fn assets_are_listed_by_name_bytewise() {
    in_a_catalog(async |store| {
        for (number, called) in (1..).zip(scrambled()) {
            add(store, "main", asset(number, ["ns"], called)).await;
        }
        assert_eq!(names_on(store, "main").await, BYTEWISE);
    });
}

#[test]
fn an_update_leaves_what_it_does_not_name() {
    in_a_catalog(async |store| {
        let before = Asset {
            metadata_location: Some(text("v1")),
            properties: properties([("a", "1")]),
            ..asset(1, ["ns"], "orders")
        };
        add(store, "main", before.clone()).await;
        assert_eq!(update(store, "orders", AssetUpdate::default()).await.unwrap(), before);
        let change = AssetUpdate { kind: Some(AssetKind::View), ..AssetUpdate::default() };
        let now = update(store, "orders", change).await.unwrap();
        assert_eq!(now, Asset { kind: AssetKind::View, ..before });
        assert_eq!(get(store, &asset_ref("main", ["ns"], "orders")).await, Some(now));
    });
}

#[test]
fn an_update_replaces_the_fields_that_it_names() {
    in_a_catalog(async |store| {
        let before = Asset { properties: properties([("a", "1")]), ..asset(1, ["ns"], "orders") };
        add(store, "main", before).await;
        let change = AssetUpdate {
            kind: Some(AssetKind::Lance),
            location: Some(text("")),
            metadata_location: Some(Some(text(""))),
            properties: Some(properties([("b", "2")])),
        };
        let now = update(store, "orders", change).await.unwrap();
        let expected = Asset {
            kind: AssetKind::Lance,
            location: text(""),
            metadata_location: Some(text("")),
            properties: properties([("b", "2")]),
            ..asset(1, ["ns"], "orders")
        };
        assert_eq!(now, expected);
        assert_eq!(assets_on(store, "main").await, [expected]);
    });
}

#[test]
fn an_update_empties_the_metadata_location() {
    in_a_catalog(async |store| {
        let before = Asset { metadata_location: Some(text("v1")), ..asset(1, ["ns"], "orders") };
        add(store, "main", before).await;
        let empty = AssetUpdate { metadata_location: Some(None), ..AssetUpdate::default() };
        assert_eq!(update(store, "orders", empty).await.unwrap(), asset(1, ["ns"], "orders"));
        assert_eq!(assets_on(store, "main").await, [asset(1, ["ns"], "orders")]);
    });
}

#[test]
fn an_update_touches_one_branch_alone() {
    with_a_branch(async |store| {
        let before = assets_on(store, "main").await;
        relocate(store, "dev", "orders", "elsewhere").await;
        assert_eq!(assets_on(store, "main").await, before);
        assert_ne!(assets_on(store, "dev").await, before);
    });
}

#[test]
fn a_rename_moves_the_asset_and_changes_nothing_else() {
    in_a_catalog(async |store| {
        add_namespace(store, ["other"]).await;
        let before = Asset { metadata_location: Some(text("v1")), ..asset(1, ["ns"], "orders") };
        add(store, "main", before.clone()).await;
        let (from, to) = (asset_ref("main", ["ns"], "orders"), place(["other"], "sold"));
        let moved = store.rename_asset(ACME, &from, &to).await.unwrap();
        assert_eq!(moved, Asset { namespace: path(["other"]), name: name("sold"), ..before });
        assert_eq!(get(store, &from).await, None);
        assert_eq!(get(store, &asset_ref("main", ["other"], "sold")).await, Some(moved));
        assert_eq!(assets_on(store, "main").await, []);
    });
}

#[test]
fn a_rename_onto_its_own_place_is_a_no_op() {
    in_a_catalog(async |store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        unchanged(store, async || {
            let at = asset_ref("main", ["ns"], "orders");
            let same = store.rename_asset(ACME, &at, &at.place()).await.unwrap();
            assert_eq!(same, asset(1, ["ns"], "orders"));
        })
        .await;
    });
}

#[test]
fn a_rename_does_not_overwrite() {
    in_a_catalog(async |store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        add(store, "main", asset(2, ["ns"], "items")).await;
        unchanged(store, async || {
            let at = asset_ref("main", ["ns"], "orders");
            let renamed = store.rename_asset(ACME, &at, &place(["ns"], "items")).await;
            already_exists(Entity::Asset, renamed);
        })
        .await;
    });
}

#[test]
fn a_rename_to_a_missing_namespace_fails() {
    in_a_catalog(async |store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        unchanged(store, async || {
            let at = asset_ref("main", ["ns"], "orders");
            let renamed = store.rename_asset(ACME, &at, &place(["gone"], "orders")).await;
            not_found(Entity::Namespace, renamed);
        })
        .await;
    });
}

#[test]
fn a_place_that_was_left_is_free() {
    in_a_catalog(async |store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        rename(store, "main", "orders", "sold").await;
        add(store, "main", asset(2, ["ns"], "orders")).await;
        remove(store, "main", "sold").await;
        add(store, "main", asset(1, ["ns"], "sold")).await;
        assert_eq!(names_on(store, "main").await, ["orders", "sold"]);
    });
}

#[test]
fn deleting_an_asset_touches_one_branch_alone() {
    with_a_branch(async |store| {
        remove(store, "dev", "orders").await;
        assert_eq!(names_on(store, "dev").await, ["items"]);
        assert_eq!(names_on(store, "main").await, ["items", "orders"]);
        let twice = store.delete_asset(ACME, &asset_ref("dev", ["ns"], "orders")).await;
        not_found(Entity::Asset, twice);
    });
}

#[test]
fn assets_are_counted_once_a_branch() {
    with_a_branch(async |store| {
        assert_eq!(store.count_assets(ACME).await.unwrap(), 4);
        remove(store, "dev", "orders").await;
        assert_eq!(store.count_assets(ACME).await.unwrap(), 3);
        remove(store, "main", "orders").await;
        assert_eq!(store.count_assets(ACME).await.unwrap(), 2);
    });
}
