//! Each action, as a client without retries sees it.

use std::time::Duration;

use pangolin_parity::nemesis::{Action, Fate};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::client::{Scene, on_each};

/// Longer than any test takes.
const FOREVER: Duration = Duration::from_secs(3600);

fn next(action: Action) -> Fate {
    Fate { at: 1, action }
}

/// Whether a new connection ends without an answer. It waits for the end.
async fn says_nothing(scene: &Scene) -> bool {
    let mut connection = TcpStream::connect(scene.proxy.address()).await.unwrap();
    let mut answer = Vec::new();
    let end = connection.read_to_end(&mut answer).await;
    end.is_err() || answer.is_empty()
}

#[test]
fn only_the_chosen_message_is_struck() {
    on_each(async |scene| {
        scene.prepare().await;
        let mut client = scene.client().await.unwrap();
        scene.proxy.arm(Fate { at: 3, action: Action::CutBefore });
        for number in [1, 2] {
            client.write(number).await.unwrap();
            assert_eq!(scene.proxy.messages(), number as u64);
        }
        assert!(!scene.proxy.has_struck());
        client.write(3).await.unwrap_err();
        assert!(scene.proxy.has_struck());
        assert_eq!(scene.numbers().await, [1, 2]);
        // It strikes once, without a heal.
        scene.client().await.unwrap().write(4).await.unwrap();
        assert_eq!(scene.numbers().await, [1, 2, 4]);
    });
}

#[test]
fn messages_are_counted_over_all_connections() {
    on_each(async |scene| {
        scene.prepare().await;
        let mut one = scene.client().await.unwrap();
        let mut other = scene.client().await.unwrap();
        scene.proxy.arm(Fate { at: 2, action: Action::CutBefore });
        one.write(1).await.unwrap();
        other.write(2).await.unwrap_err();
        one.write(3).await.unwrap();
        assert_eq!(scene.numbers().await, [1, 3]);
    });
}

#[test]
fn a_message_that_is_cut_after_took_effect() {
    on_each(async |scene| {
        scene.prepare().await;
        let mut client = scene.client().await.unwrap();
        scene.proxy.arm(next(Action::CutAfter));
        client.write(1).await.unwrap_err();
        assert_eq!(scene.numbers().await, [1]);
        scene.client().await.unwrap().write(2).await.unwrap();
    });
}

#[test]
fn connections_are_refused_until_the_heal() {
    on_each(async |scene| {
        scene.prepare().await;
        for (number, action) in [(1, Action::Refuse), (2, Action::CutAfterAndRefuse)] {
            let mut other = scene.client().await.unwrap();
            let mut client = scene.client().await.unwrap();
            scene.proxy.arm(next(action));
            client.write(number).await.unwrap_err();
            assert!(says_nothing(scene).await);
            assert!(other.write(9).await.is_err(), "a connection is left after {action:?}");
            scene.proxy.heal();
            scene.client().await.unwrap();
        }
        assert_eq!(scene.numbers().await, [2]);
    });
}

#[test]
fn a_delayed_message_does_not_delay_others_and_arrives() {
    on_each(async |scene| {
        scene.prepare().await;
        let mut client = scene.client().await.unwrap();
        let mut other = scene.client().await.unwrap();
        scene.proxy.arm(next(Action::Delay(FOREVER)));
        let delayed = tokio::spawn(async move { client.write(1).await });
        scene.proxy.struck().await;
        other.write(2).await.unwrap();
        assert_eq!(scene.numbers().await, [2]);
        scene.proxy.heal();
        delayed.await.unwrap().unwrap();
        scene.proxy.arm(next(Action::Delay(Duration::from_millis(1))));
        other.write(3).await.unwrap();
        assert_eq!(scene.numbers().await, [1, 2, 3]);
    });
}

#[test]
fn a_silent_line_ends_for_both_sides_with_the_heal() {
    on_each(async |scene| {
        scene.prepare().await;
        for (action, expected) in
            [(Action::SilentBefore, vec![]), (Action::SilentAfter, vec![1, 2])]
        {
            let mut client = scene.client().await.unwrap();
            let mut other = scene.client().await.unwrap();
            scene.proxy.arm(next(action));
            let first = tokio::spawn(async move { client.write(1).await });
            scene.proxy.struck().await;
            let second = tokio::spawn(async move { other.write(2).await });
            // Both messages have arrived, and the server has done what it was told.
            while scene.proxy.messages() < 2 || scene.numbers().await != expected {
                sleep(Duration::from_millis(1)).await;
            }
            let new = timeout(Duration::from_millis(300), scene.client()).await;
            assert!(!matches!(new, Ok(Ok(_))), "a new connection got an answer");
            assert!(!first.is_finished() && !second.is_finished());
            scene.proxy.heal();
            first.await.unwrap().unwrap_err();
            second.await.unwrap().unwrap_err();
            scene.client().await.unwrap();
            assert_eq!(scene.numbers().await, expected);
        }
    });
}

#[test]
fn a_fate_that_has_not_struck_is_taken_back_by_the_heal() {
    on_each(async |scene| {
        scene.prepare().await;
        let mut client = scene.client().await.unwrap();
        scene.proxy.arm(next(Action::CutBefore));
        scene.proxy.heal();
        client.write(1).await.unwrap();
        assert!(!scene.proxy.has_struck());
    });
}
