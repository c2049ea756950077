//! Answers that do not arrive: the server ends the connection after it has committed, or is silent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pangolin_store::store::{Branches, Tenants};
use pangolin_store::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use super::fixture::*;

/// What the server says when an administrator ends a connection.
const ENDED: &[u8] = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0";

/// A proxy to the server. When it is told to, it replaces the next report of a commit by the end of the
/// connection, or passes no answer on.
struct Proxy {
    port: u16,
    told: Arc<AtomicBool>,
    silent: Arc<AtomicBool>,
}

impl Proxy {
    async fn to(host: &str, port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port_here = listener.local_addr().unwrap().port();
        let proxy = Self { port: port_here, told: Arc::default(), silent: Arc::default() };
        let (told, silent) = (Arc::clone(&proxy.told), Arc::clone(&proxy.silent));
        let server = format!("{host}:{port}");
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.unwrap();
                let (mut from_client, to_client) = client.into_split();
                let (from_server, mut to_server) = server.into_split();
                tokio::spawn(async move {
                    let _ = tokio::io::copy(&mut from_client, &mut to_server).await;
                });
                let (told, silent) = (Arc::clone(&told), Arc::clone(&silent));
                tokio::spawn(pass_on(from_server, to_client, told, silent));
            }
        });
        proxy
    }

    fn cut_the_next_commit(&self) {
        self.told.store(true, Ordering::SeqCst);
    }

    fn has_cut(&self) -> bool {
        !self.told.load(Ordering::SeqCst)
    }
}

/// Forwards the server's messages: each is a letter, a length of four bytes that includes itself, and
/// content. What follows `C`, which reports that a statement is done, is kept until the server is ready.
/// Then `Z` with an `I` reports that no transaction is open: it was committed.
async fn pass_on(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    told: Arc<AtomicBool>,
    silent: Arc<AtomicBool>,
) {
    let mut kept: Vec<u8> = Vec::new();
    let mut head = [0; 5];
    while from.read_exact(&mut head).await.is_ok() {
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        let mut content = vec![0; length as usize - 4];
        from.read_exact(&mut content).await.unwrap();
        if silent.load(Ordering::SeqCst) {
            continue;
        }
        let message = [&head[..], &content].concat();
        let is_ready = head[0] == b'Z';
        if is_ready && content == b"I" && !kept.is_empty() && told.swap(false, Ordering::SeqCst) {
            let length = (ENDED.len() as u32 + 4).to_be_bytes();
            let _ = to.write_all(&[b"E", &length[..], ENDED].concat()).await;
            return;
        }
        kept.extend(message);
        let is_done = kept[0] == b'C';
        if (is_ready || !is_done) && to.write_all(&std::mem::take(&mut kept)).await.is_err() {
            return;
        }
    }
}

/// Runs `body` on a store on an empty database, with a proxy between them.
fn behind_a_proxy(options: &str, body: impl AsyncFn(&Database, &PostgresStore, &Proxy)) {
    on_a_database(async |database| {
        let server = database.address();
        let proxy = Proxy::to(server.get_host(), server.get_port()).await;
        let (there, here) = (format!(":{}/", server.get_port()), format!(":{}/", proxy.port));
        let url = format!("{}?sslmode=disable&{options}", database.url().replace(&there, &here));
        let store = PostgresStore::open(url.parse().unwrap()).await.unwrap();
        furnish(&store).await;
        body(database, &store, &proxy).await;
        store.close().await;
    });
}

#[test]
fn a_write_whose_connection_ends_after_its_commit_is_not_refused_for_itself() {
    behind_a_proxy("", async |_, store, proxy| {
        let other = tenant(9, "other");
        proxy.cut_the_next_commit();
        let unknown = store.create_tenant(&other).await.unwrap_err();
        assert!(proxy.has_cut());
        let reason = reason(unknown);
        assert!(reason.contains("57P01") && reason.contains("may have taken effect"), "{reason}");
        assert_eq!(store.get_tenant(other.id).await.unwrap(), Some(other));
    });
}

#[test]
fn a_transaction_whose_connection_ends_after_its_commit_is_looked_up() {
    behind_a_proxy("", async |_, store, proxy| {
        proxy.cut_the_next_commit();
        branch_off(store, "dev").await;
        assert!(proxy.has_cut());
        assert!(store.get_branch(ACME, &lake(), &name("dev")).await.unwrap().is_some());
    });
}

#[test]
fn a_transaction_that_the_server_ends_in_the_middle_is_made_again() {
    on_a_store(async |database, store| {
        furnish(store).await;
        let held = database.hold("SELECT 1 FROM branches FOR UPDATE").await;
        let copying = store.clone();
        let copy = tokio::spawn(async move { branch_off(&copying, "dev").await });
        let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while database.number(end).await == 0 {}
        held.commit().await;
        copy.await.unwrap();
    });
}

#[test]
fn a_call_without_an_answer_ends_in_time_and_says_what_is_known() {
    behind_a_proxy("call_timeout_ms=3000", async |_, store, proxy| {
        proxy.silent.store(true, Ordering::SeqCst);
        let read = reason(store.get_tenant(ACME).await.unwrap_err());
        assert!(read.contains("call_timeout_ms") && read.contains("no effect"), "{read}");
        proxy.silent.store(false, Ordering::SeqCst);
        // The next call then finds a connection on which its statement is prepared.
        store.create_tenant(&tenant(8, "first")).await.unwrap();
        proxy.silent.store(true, Ordering::SeqCst);
        let written = reason(store.create_tenant(&tenant(9, "other")).await.unwrap_err());
        assert!(
            written.contains("call_timeout_ms") && written.contains("may have taken effect"),
            "{written}"
        );
        proxy.silent.store(false, Ordering::SeqCst);
        assert!(store.get_tenant(tenant(9, "other").id).await.unwrap().is_some());
    });
}
