//! Calls that run at the same time take effect one after the other.

use futures_util::future::join_all;
use pangolin_store::*;

use super::checks::conflict;
use super::fixtures::*;
use super::scenes::*;
use super::stores::Store;

/// How many callers there are.
const CALLERS: u128 = 16;

/// Runs `call` for every caller on its own thread, and returns the answers.
async fn at_once<T, F>(store: &Store, call: impl Fn(Store, u128) -> F) -> Vec<Result<T>>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let calls = (1..=CALLERS).map(|caller| tokio::spawn(call(store.clone(), caller)));
    let calls: Vec<_> = calls.collect();
    join_all(calls).await.into_iter().map(|answer| answer.unwrap()).collect()
}

fn successes<T>(answers: &[Result<T>]) -> usize {
    answers.iter().filter(|answer| answer.is_ok()).count()
}

#[test]
fn of_many_callers_who_create_the_same_name_one_succeeds() {
    in_a_tenant(async |store| {
        let create = async |store: Store, caller| {
            store.create_warehouse(ACME, &warehouse(caller, "lake")).await
        };
        let answers = at_once(store, create).await;
        assert_eq!(successes(&answers), 1);
        assert_eq!(store.list_warehouses(ACME, &all()).await.unwrap().len(), 1);
    });
}

#[test]
fn of_many_callers_who_swap_from_the_same_location_one_succeeds_and_the_others_are_stale() {
    in_a_catalog(async |store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        let swap = async |store: Store, caller: u128| {
            let swap = MetadataSwap { expected: None, new: text(&format!("v{caller}")) };
            store.commit_metadata(ACME, &asset_ref("main", ["ns"], "orders"), &swap).await
        };
        let answers = at_once(store, swap).await;
        assert_eq!(successes(&answers), 1);
        let winner = answers.into_iter().find_map(Result::ok).unwrap();
        assert_eq!(assets_on(store, "main").await, [winner]);
    });
}

#[test]
fn many_callers_who_count_by_compare_and_swap_lose_no_increment() {
    const TIMES: u128 = 10;
    in_a_catalog(async |store| {
        add(store, "main", asset(1, ["ns"], "counter")).await;
        let count = async |store: Store, _| {
            let at = asset_ref("main", ["ns"], "counter");
            let mut swaps = 0;
            while swaps < TIMES {
                let expected = store.get_asset(ACME, &at).await?.unwrap().metadata_location;
                let now: u128 = expected.as_ref().map_or(0, |count| count.parse().unwrap());
                let swap = MetadataSwap { expected, new: text(&(now + 1).to_string()) };
                match store.commit_metadata(ACME, &at, &swap).await {
                    Ok(_) => swaps += 1,
                    Err(StoreError::Conflict { reason: ConflictReason::Stale, .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        };
        let answers = at_once(store, count).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        let counter = assets_on(store, "main").await.remove(0).metadata_location;
        assert_eq!(counter, Some(text(&(CALLERS * TIMES).to_string())));
    });
}

#[test]
fn of_many_callers_who_commit_onto_the_same_head_one_succeeds_completely() {
    in_a_catalog(async |store| {
        let make = async |store: Store, caller: u128| {
            let put =
                |half: u128| put(asset(caller * 10 + half, ["ns"], &format!("{caller}.{half}")));
            store.commit(ACME, &on("main"), &commit(caller, None, [put(1), put(2)])).await
        };
        let answers = at_once(store, make).await;
        assert_eq!(successes(&answers), 1);
        let head = head_of(store, "main").await.unwrap().uuid().as_u128();
        assert_eq!(names_on(store, "main").await, [format!("{head}.1"), format!("{head}.2")]);
    });
}

#[test]
fn of_many_callers_who_begin_a_merge_of_a_source_one_succeeds() {
    in_a_catalog(async |store| {
        branch_off(store, "dev").await;
        let begin = async |store: Store, caller| {
            store.begin_merge(ACME, &name("sales"), &merge(caller, "dev", "main")).await
        };
        let answers = at_once(store, begin).await;
        assert_eq!(successes(&answers), 1);
        let merges = store.list_merges(ACME, &name("sales"), &all()).await.unwrap();
        assert_eq!(merges.len(), 1);
    });
}

#[test]
fn of_many_revocations_of_a_token_one_stays() {
    in_a_tenant(async |store| {
        let revoke = async |store: Store, caller: u128| {
            let reason = Some(text(&caller.to_string()));
            store.revoke_token(ACME, &Revocation { reason, ..revocation(1, 10) }).await?;
            store.get_revocation(ACME, id(1)).await
        };
        let seen: Vec<_> =
            at_once(store, revoke).await.into_iter().map(|seen| seen.unwrap()).collect();
        let stays = store.get_revocation(ACME, id(1)).await.unwrap();
        assert!(stays.is_some() && seen.iter().all(|seen| *seen == stays), "{seen:?}");
    });
}

#[test]
fn of_many_touches_the_latest_stays() {
    in_a_tenant(async |store| {
        store.create_service_user(&service_user(1, "etl")).await.unwrap();
        let touch = async |store: Store, caller: u128| {
            let time = at(i64::try_from(caller * 7 % 17).unwrap());
            store.touch_service_user(ACME, id(1), time).await
        };
        assert_eq!(successes(&at_once(store, touch).await), 16);
        let touched = store.get_service_user(ACME, id(1)).await.unwrap().unwrap();
        assert_eq!(touched.last_used, Some(at(16)));
    });
}

#[test]
fn many_callers_who_write_different_rows_all_succeed() {
    in_a_catalog(async |store| {
        let create = async |store: Store, caller: u128| {
            let asset = asset(caller, ["ns"], &caller.to_string());
            store.create_asset(ACME, &on("main"), &asset).await?;
            store.get_asset_by_id(ACME, &on("main"), asset.id).await
        };
        let answers = at_once(store, create).await;
        assert!(answers.iter().all(|answer| matches!(answer, Ok(Some(_)))), "{answers:?}");
        assert_eq!(u128::from(store.count_assets(ACME).await.unwrap()), CALLERS);
    });
}

#[test]
fn a_namespace_that_is_filled_concurrently_is_never_deleted_with_content() {
    in_a_catalog(async |store| {
        for round in 0..4 {
            let called = format!("n{round}");
            add_namespace(store, [&called]).await;
            let call = |store: Store, caller: u128| {
                let called = called.clone();
                async move {
                    if caller.is_multiple_of(2) {
                        let path = path([&called]);
                        return store.delete_namespace(ACME, &name("sales"), &path).await;
                    }
                    let asset = asset(round * CALLERS + caller, [&called], &caller.to_string());
                    store.create_asset(ACME, &on("main"), &asset).await
                }
            };
            let answers = at_once(store, call).await;
            // The first answer is caller 1's.
            let filled = answers.iter().step_by(2).filter(|answer| answer.is_ok()).count();
            let deleted = answers.iter().skip(1).step_by(2).filter(|answer| answer.is_ok()).count();
            let there = store.get_namespace(ACME, &name("sales"), &path([&called])).await.unwrap();
            let held =
                store.list_assets(ACME, &on("main"), &path([&called]), &all()).await.unwrap();
            assert_eq!(held.len(), filled);
            assert_eq!((deleted, there.is_some()), if filled > 0 { (0, true) } else { (1, false) });
        }
    });
}

#[test]
fn many_merges_of_different_assets_into_one_branch_all_complete_one_after_the_other() {
    in_a_catalog(async |store| {
        let sales = name("sales");
        for number in 1..=CALLERS {
            let dev = format!("dev {number}");
            branch_off(store, &dev).await;
            add(store, &dev, asset(number, ["ns"], &number.to_string())).await;
            store.begin_merge(ACME, &sales, &merge(number, &dev, "main")).await.unwrap();
        }
        let complete = async |store: Store, caller: u128| {
            store.complete_merge(ACME, &name("sales"), id(caller), &merge_commit(caller)).await
        };
        let answers = at_once(store, complete).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        assert_eq!(assets_on(store, "main").await.len() as u128, CALLERS);
        let main = HistoryStart::Branch(name("main"));
        let history = store.commit_history(ACME, &sales, &main, limit(100)).await.unwrap();
        assert_eq!(history.len() as u128, CALLERS);
    });
}

#[test]
fn of_many_merges_of_the_same_asset_into_one_branch_one_completes() {
    in_a_catalog(async |store| {
        add(store, "main", asset(99, ["ns"], "orders")).await;
        for number in 1..=CALLERS {
            let dev = format!("dev {number}");
            branch_off(store, &dev).await;
            relocate(store, &dev, "orders", &dev).await;
            let begun = merge(number, &dev, "main");
            store.begin_merge(ACME, &name("sales"), &begun).await.unwrap();
        }
        let complete = async |store: Store, caller: u128| {
            store.complete_merge(ACME, &name("sales"), id(caller), &merge_commit(caller)).await
        };
        let mut answers = at_once(store, complete).await;
        let winner = answers.iter().position(Result::is_ok).unwrap();
        let winner = answers.remove(winner).unwrap();
        for loser in answers {
            conflict(ConflictReason::Unresolved, loser);
        }
        assert_eq!(head_of(store, "main").await, winner.result_commit);
        assert_eq!(content_of(store, "main").await, pairs([("orders", &winner.source)]));
    });
}

#[test]
fn branches_copy_one_state_of_a_parent_that_receives_commits() {
    in_a_catalog(async |store| {
        let call = async |store: Store, caller: u128| {
            if caller > 1 {
                let dev = ingest(&format!("dev {caller}"), "main");
                return store.create_branch(ACME, &name("sales"), &dev).await.map(|_| ());
            }
            for number in 1..=CALLERS {
                let half = |half| Asset {
                    location: text(&number.to_string()),
                    ..asset(half, ["ns"], &half.to_string())
                };
                let parent = Some(number - 1).filter(|parent| *parent > 0);
                let commit = commit(number, parent, [put(half(1)), put(half(2))]);
                store.commit(ACME, &on("main"), &commit).await?;
            }
            Ok(())
        };
        let answers = at_once(store, call).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        for caller in 2..=CALLERS {
            let dev = format!("dev {caller}");
            let location = head_of(store, &dev).await.map(|head| head.uuid().as_u128().to_string());
            let copied = assets_on(store, &dev).await.into_iter();
            let locations: Vec<String> = copied.map(|asset| asset.location.to_string()).collect();
            assert_eq!(locations, location.map_or(Vec::new(), |location| vec![location; 2]));
        }
    });
}
