//! Stores behind a proxy.

use pangolin_parity::nemesis::{Action, Fate};
use pangolin_store::{CatalogStore, Tenant, TenantId, open};
use uuid::Uuid;

use super::client::on_each;

fn tenant(number: u128) -> Tenant {
    let name = format!("tenant {number}").parse().unwrap();
    Tenant { id: TenantId::new(Uuid::from_u128(number)), name, properties: Default::default() }
}

async fn has(store: &dyn CatalogStore, number: u128) -> bool {
    store.get_tenant(tenant(number).id).await.is_ok()
}

#[test]
fn a_store_works_through_a_proxy_and_its_messages_are_counted() {
    on_each(async |scene| {
        let direct = open(&scene.database.url()).await.unwrap();
        let store = open(&scene.proxied()).await.unwrap();
        let before = scene.proxy.messages();
        store.create_tenant(&tenant(1)).await.unwrap();
        assert!(scene.proxy.messages() > before);
        assert!(has(&*direct, 1).await);
        let seen = scene.proxy.messages();
        assert!(has(&*direct, 1).await);
        assert_eq!(scene.proxy.messages(), seen, "a direct call passed the proxy");
    });
}

#[test]
fn a_call_has_as_many_messages_each_time() {
    on_each(async |scene| {
        let store = open(&scene.proxied()).await.unwrap();
        // The first call prepares what later ones use.
        store.create_tenant(&tenant(1)).await.unwrap();
        let mut counts = Vec::new();
        for number in 2..5 {
            let before = scene.proxy.messages();
            store.create_tenant(&tenant(number)).await.unwrap();
            counts.push(scene.proxy.messages() - before);
        }
        assert!(counts[0] > 0);
        assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
    });
}

#[test]
fn what_a_store_acknowledges_across_a_cut_is_there_and_it_works_afterwards() {
    on_each(async |scene| {
        let direct = open(&scene.database.url()).await.unwrap();
        let store = open(&scene.proxied()).await.unwrap();
        store.create_tenant(&tenant(1)).await.unwrap();
        let before = scene.proxy.messages();
        store.create_tenant(&tenant(2)).await.unwrap();
        let messages = scene.proxy.messages() - before;
        let mut number = 2;
        for action in [Action::CutBefore, Action::CutAfter] {
            for at in 1..=messages {
                number += 1;
                scene.proxy.arm(Fate { at, action });
                let answer = store.create_tenant(&tenant(number)).await;
                assert!(scene.proxy.has_struck());
                let is_there = has(&*direct, number).await;
                assert!(is_there || answer.is_err(), "lost by {action:?} at {at}");
                number += 1;
                store.create_tenant(&tenant(number)).await.unwrap();
                assert!(has(&*direct, number).await);
            }
        }
    });
}
