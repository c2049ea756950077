//! Calls that run at the same time take effect one after the other.

use futures_util::future::join_all;
use pangolin_store::*;

use super::fixtures::*;
use super::scenes::{add, assets_on, head_of, in_a_catalog, in_a_tenant, names_on};
use super::stores::Store;

/// How many callers there are.
const CALLERS: u128 = 16;

/// Runs `call` for every caller on threads of their own, and returns what each was answered.
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
fn of_many_who_create_the_same_name_one_does() {
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
fn of_many_who_swap_from_the_same_location_one_does_and_the_others_are_stale() {
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
fn of_many_who_commit_onto_the_same_head_one_does_whole() {
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
fn of_many_who_begin_a_merge_of_a_source_one_does() {
    in_a_catalog(async |store| {
        super::scenes::branch_off(store, "dev").await;
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
fn many_who_write_apart_all_do() {
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
