//! Commits.

use pangolin_store::*;

use super::checks::{already_exists, conflict, not_found, unchanged};
use super::fixtures::*;
use super::scenes::*;
use super::stores::Store;

async fn make(store: &Store, branch: &str, commit: &NewCommit) -> Result<()> {
    store.commit(ACME, &on(branch), commit).await
}

async fn history(store: &Store, from: HistoryStart, rows: u32) -> Vec<u128> {
    let catalog = name("sales");
    let commits = store.commit_history(ACME, &catalog, &from, limit(rows)).await.unwrap();
    commits.iter().map(|commit| commit.id.uuid().as_u128()).collect()
}

fn orders() -> Asset {
    asset(1, ["ns"], "orders")
}

fn items() -> Asset {
    asset(2, ["ns"], "items")
}

#[test]
fn a_commit_comes_back_as_it_was_made() {
    in_a_catalog(async |store| {
        let full = Asset {
            kind: AssetKind::ApachePaimon,
            metadata_location: Some(text("")),
            properties: properties([("a.b", "$")]),
            ..orders()
        };
        let first = commit(1, None, [put(full), put(items()), delete(["ns"], "items")]);
        let first = NewCommit { message: text(""), author: text("%"), at: at(-1), ..first };
        make(store, "main", &first).await.unwrap();
        let found = store.get_commit(ACME, &name("sales"), id(1)).await.unwrap();
        assert_eq!(found, Some(first.into()));
    });
}

#[test]
fn reads_of_missing_rows_return_none() {
    in_a_catalog(async |store| {
        make(store, "main", &commit(1, None, [put(orders())])).await.unwrap();
        store.create_catalog(ACME, &catalog(2, "other")).await.unwrap();
        for (tenant, catalog, number) in
            [(ACME, "sales", 2), (ACME, "other", 1), (ACME, "gone", 1), (NOBODY, "sales", 1)]
        {
            let found = store.get_commit(tenant, &name(catalog), id(number)).await.unwrap();
            assert_eq!(found, None);
        }
    });
}

#[test]
fn operations_are_applied_in_order_and_the_head_moves() {
    in_a_catalog(async |store| {
        add(store, "main", orders()).await;
        let elsewhere = Asset { location: text("elsewhere"), ..items() };
        let operations = [
            put(items()),
            delete(["ns"], "orders"),
            put(elsewhere.clone()),
            put(asset(3, ["ns"], "orders")),
        ];
        make(store, "main", &commit(1, None, operations)).await.unwrap();
        assert_eq!(assets_on(store, "main").await, [elsewhere, asset(3, ["ns"], "orders")]);
        assert_eq!(head_of(store, "main").await, Some(id(1)));
    });
}

#[test]
fn a_put_replaces_the_whole_content() {
    in_a_catalog(async |store| {
        let before = Asset {
            metadata_location: Some(text("v1")),
            properties: properties([("a", "1")]),
            ..orders()
        };
        add(store, "main", before).await;
        let after = Asset {
            kind: AssetKind::View,
            location: text(""),
            properties: properties([("b", "2")]),
            ..orders()
        };
        make(store, "main", &commit(1, None, [put(after.clone())])).await.unwrap();
        assert_eq!(assets_on(store, "main").await, [after]);
    });
}

#[test]
fn an_asset_moves_by_a_delete_and_a_put() {
    in_a_catalog(async |store| {
        add(store, "main", orders()).await;
        let moved = asset(1, ["ns"], "sold");
        let operations = [delete(["ns"], "orders"), put(moved.clone())];
        make(store, "main", &commit(1, None, operations)).await.unwrap();
        assert_eq!(assets_on(store, "main").await, [moved]);
    });
}

#[test]
fn a_commit_touches_one_branch_alone() {
    with_a_branch(async |store| {
        make(store, "dev", &commit(1, None, [delete(["ns"], "orders")])).await.unwrap();
        assert_eq!(names_on(store, "main").await, ["items", "orders"]);
        assert_eq!(head_of(store, "main").await, None);
        assert_eq!(head_of(store, "dev").await, Some(id(1)));
    });
}

#[test]
fn a_commit_checks_tenant_catalog_and_branch_in_this_order() {
    in_a_catalog(async |store| {
        let first = commit(1, None, [put(orders())]);
        for (tenant, catalog, missing) in [
            (NOBODY, "gone", Entity::Tenant),
            (ACME, "gone", Entity::Catalog),
            (ACME, "sales", Entity::Branch),
        ] {
            let on = BranchRef { catalog: name(catalog), branch: name("gone") };
            not_found(missing, store.commit(tenant, &on, &first).await);
        }
    });
}

#[test]
fn an_id_is_unique_in_a_catalog_over_all_branches() {
    in_a_catalog(async |store| {
        branch_off(store, "dev").await;
        make(store, "main", &commit(1, None, [put(orders())])).await.unwrap();
        unchanged(store, async || {
            let again = commit(1, Some(9), [delete(["gone"], "gone")]);
            already_exists(Entity::Commit, make(store, "main", &again).await);
            already_exists(Entity::Commit, make(store, "dev", &again).await);
        })
        .await;
        store.create_catalog(ACME, &catalog(2, "other")).await.unwrap();
        store.create_namespace(ACME, &name("other"), &namespace(["ns"])).await.unwrap();
        let other = BranchRef { catalog: name("other"), branch: name("main") };
        store.commit(ACME, &other, &commit(1, None, [put(orders())])).await.unwrap();
    });
}

#[test]
fn a_put_needs_its_namespace_and_its_place() {
    in_a_catalog(async |store| {
        add(store, "main", orders()).await;
        unchanged(store, async || {
            let fails = async |asset: Asset| {
                make(store, "main", &commit(1, None, [put(items()), put(asset)])).await
            };
            not_found(Entity::Namespace, fails(asset(3, ["gone"], "views")).await);
            already_exists(Entity::Asset, fails(asset(3, ["ns"], "orders")).await);
            already_exists(Entity::Asset, fails(asset(1, ["ns"], "sold")).await);
            already_exists(Entity::Asset, fails(asset(3, ["ns"], "items")).await);
            already_exists(Entity::Asset, fails(asset(2, ["ns"], "views")).await);
        })
        .await;
    });
}

#[test]
fn a_delete_needs_its_namespace_and_its_asset() {
    in_a_catalog(async |store| {
        add(store, "main", orders()).await;
        unchanged(store, async || {
            let fails = async |operation: CommitOperation| {
                let operations = [delete(["ns"], "orders"), put(items()), operation];
                make(store, "main", &commit(1, None, operations)).await
            };
            not_found(Entity::Namespace, fails(delete(["gone"], "orders")).await);
            not_found(Entity::Asset, fails(delete(["ns"], "gone")).await);
            not_found(Entity::Asset, fails(delete(["ns"], "orders")).await);
        })
        .await;
    });
}

#[test]
fn the_first_operation_that_cannot_be_applied_says_why() {
    in_a_catalog(async |store| {
        add(store, "main", orders()).await;
        unchanged(store, async || {
            let (gone, taken, nowhere) =
                (delete(["ns"], "gone"), put(asset(3, ["ns"], "orders")), delete(["gone"], "x"));
            let make = async |operations: [CommitOperation; 3]| {
                make(store, "main", &commit(1, None, operations)).await
            };
            let one = make([gone.clone(), taken.clone(), nowhere.clone()]).await;
            not_found(Entity::Asset, one);
            already_exists(
                Entity::Asset,
                make([taken.clone(), nowhere.clone(), gone.clone()]).await,
            );
            not_found(Entity::Namespace, make([nowhere, gone, taken]).await);
        })
        .await;
    });
}

#[test]
fn a_commit_is_stale_unless_its_parent_is_the_head() {
    in_a_catalog(async |store| {
        let stale = async |number, parent| {
            let commit = commit(number, parent, [put(asset(number, ["ns"], "new"))]);
            conflict(ConflictReason::Stale, make(store, "main", &commit).await);
        };
        unchanged(store, async || stale(1, Some(9)).await).await;
        make(store, "main", &commit(1, None, [put(orders())])).await.unwrap();
        make(store, "main", &commit(2, Some(1), [put(items())])).await.unwrap();
        unchanged(store, async || {
            for parent in [None, Some(1), Some(3), Some(9)] {
                stale(3, parent).await;
            }
        })
        .await;
        assert_eq!(store.get_commit(ACME, &name("sales"), id(3)).await.unwrap(), None);
    });
}

#[test]
fn missing_rows_are_reported_before_a_stale_parent() {
    in_a_catalog(async |store| {
        let stale = commit(1, Some(9), [delete(["ns"], "gone")]);
        not_found(Entity::Asset, make(store, "main", &stale).await);
    });
}

#[test]
fn a_thousand_operations_take_effect_at_once() {
    in_a_catalog(async |store| {
        let puts: Vec<_> =
            (0..1000).map(|number| put(asset(number, ["ns"], &format!("t{number}")))).collect();
        let all_but_one: Vec<_> = puts[..999].to_vec();
        unchanged(store, async || {
            let spoiled = [all_but_one, vec![delete(["ns"], "gone")]].concat();
            not_found(Entity::Asset, make(store, "main", &commit(1, None, spoiled)).await);
        })
        .await;
        make(store, "main", &commit(1, None, puts)).await.unwrap();
        assert_eq!(store.count_assets(ACME).await.unwrap(), 1000);
    });
}

#[test]
fn history_goes_from_the_newest_to_the_oldest_up_to_a_limit() {
    in_a_catalog(async |store| {
        // Neither ids nor times are in the order of the history.
        for (number, parent) in [(5, None), (2, Some(5)), (9, Some(2)), (4, Some(9))] {
            let commit = commit(number, parent, [put(asset(number, ["ns"], &number.to_string()))]);
            make(store, "main", &commit).await.unwrap();
        }
        let main = HistoryStart::Branch(name("main"));
        for (rows, expected) in [
            (1, &[4][..]),
            (3, &[4, 9, 2]),
            (4, &[4, 9, 2, 5]),
            (9, &[4, 9, 2, 5]),
            (u32::MAX, &[4, 9, 2, 5]),
        ] {
            assert_eq!(history(store, main.clone(), rows).await, expected);
        }
        assert_eq!(history(store, HistoryStart::Commit(id(2)), 9).await, [2, 5]);
    });
}

#[test]
fn the_history_of_a_branch_continues_in_that_of_its_parent() {
    in_a_catalog(async |store| {
        make(store, "main", &commit(1, None, [put(orders())])).await.unwrap();
        branch_off(store, "dev").await;
        make(store, "main", &commit(2, Some(1), [put(items())])).await.unwrap();
        make(store, "dev", &commit(3, Some(1), [put(items())])).await.unwrap();
        assert_eq!(history(store, HistoryStart::Branch(name("dev")), 9).await, [3, 1]);
        assert_eq!(history(store, HistoryStart::Branch(name("main")), 9).await, [2, 1]);
    });
}

#[test]
fn history_is_empty_where_there_is_none() {
    in_a_catalog(async |store| {
        let none: [u128; 0] = [];
        assert_eq!(history(store, HistoryStart::Branch(name("main")), 9).await, none);
        assert_eq!(history(store, HistoryStart::Branch(name("gone")), 9).await, none);
        assert_eq!(history(store, HistoryStart::Commit(id(9)), 9).await, none);
        let main = HistoryStart::Branch(name("main"));
        let gone = store.commit_history(ACME, &name("gone"), &main, limit(9)).await.unwrap();
        assert_eq!(gone, []);
    });
}

#[test]
fn history_gives_whole_commits() {
    in_a_catalog(async |store| {
        let first = commit(1, None, [put(orders()), put(items()), delete(["ns"], "items")]);
        make(store, "main", &first).await.unwrap();
        let main = HistoryStart::Branch(name("main"));
        let history = store.commit_history(ACME, &name("sales"), &main, limit(1)).await.unwrap();
        assert_eq!(history, [Commit::from(first)]);
    });
}
