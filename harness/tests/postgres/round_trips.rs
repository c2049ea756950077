//! Round trips, counted on the wire: the server reports after each one that it is ready for the next.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pangolin_store::store::{
    Assets, Branches, BusinessMetadataStore, Catalogs, Namespaces, Tenants,
};
use pangolin_store::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use super::fixture::*;

/// A proxy between a store and the server that counts round trips.
struct Wire {
    port: u16,
    ready: Arc<AtomicUsize>,
}

impl Wire {
    async fn to(host: &str, port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let wire = Self {
            port: listener.local_addr().unwrap().port(),
            ready: Arc::new(AtomicUsize::new(0)),
        };
        let (ready, server) = (Arc::clone(&wire.ready), format!("{host}:{port}"));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.unwrap();
                server.set_nodelay(true).unwrap();
                client.set_nodelay(true).unwrap();
                let (mut from_client, to_client) = client.into_split();
                let (from_server, mut to_server) = server.into_split();
                tokio::spawn(async move {
                    let _ = tokio::io::copy(&mut from_client, &mut to_server).await;
                });
                tokio::spawn(pass_on(from_server, to_client, Arc::clone(&ready)));
            }
        });
        wire
    }

    /// How many round trips `call` takes.
    async fn count(&self, call: impl Future) -> usize {
        let before = self.ready.load(Ordering::SeqCst);
        call.await;
        self.ready.load(Ordering::SeqCst) - before
    }
}

/// Forwards the server's messages: each is a letter, a length of four bytes that includes itself, and
/// content.
async fn pass_on(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, ready: Arc<AtomicUsize>) {
    let mut head = [0; 5];
    while from.read_exact(&mut head).await.is_ok() {
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        let mut content = vec![0; length as usize - 4];
        from.read_exact(&mut content).await.unwrap();
        if head[0] == b'Z' {
            ready.fetch_add(1, Ordering::SeqCst);
        }
        if to.write_all(&[&head[..], &content].concat()).await.is_err() {
            return;
        }
    }
}

#[test]
fn a_hot_call_is_one_round_trip() {
    on_a_database(async |database| {
        let server = database.address();
        let wire = Wire::to(server.get_host(), server.get_port()).await;
        let url = database
            .url()
            .replace(&format!(":{}/", server.get_port()), &format!(":{}/", wire.port));
        let options = format!("{url}?sslmode=disable").parse().unwrap();
        let store = PostgresStore::open(options).await.unwrap();
        furnish(&store).await;
        let update = AssetUpdate { location: Some(text("new")), ..Default::default() };
        let swap = |expected: Option<&str>, new| MetadataSwap {
            expected: expected.map(text),
            new: text(new),
        };
        // The first call prepares the statements, the second is counted.
        for (number, trips) in [(1, None), (2, Some(1))] {
            let asset = asset(number);
            let at = place_of("main", &asset);
            let to = AssetPlace { name: name(&format!("moved {number}")), ..asset.place() };
            let moved = AssetRef { name: to.name.clone(), ..at.clone() };
            let counts = [
                wire.count(async { store.get_tenant(ACME).await.unwrap() }).await,
                wire.count(async { store.get_catalog(ACME, &lake()).await.unwrap() }).await,
                wire.count(async { store.create_asset(ACME, &on("main"), &asset).await.unwrap() })
                    .await,
                wire.count(async {
                    store.create_asset(ACME, &on("main"), &asset).await.unwrap_err()
                })
                .await,
                wire.count(async {
                    store.create_asset(ACME, &on("none"), &asset).await.unwrap_err()
                })
                .await,
                wire.count(async { store.get_asset(ACME, &at).await.unwrap() }).await,
                wire.count(async {
                    store.get_asset_by_id(ACME, &on("main"), asset.id).await.unwrap()
                })
                .await,
                wire.count(async {
                    store.list_assets(ACME, &on("main"), &at.namespace, &Page::all()).await.unwrap()
                })
                .await,
                wire.count(async { store.update_asset(ACME, &at, &update).await.unwrap() }).await,
                wire.count(async {
                    store.commit_metadata(ACME, &at, &swap(None, "1")).await.unwrap()
                })
                .await,
                wire.count(async {
                    store.commit_metadata(ACME, &at, &swap(None, "1")).await.unwrap_err()
                })
                .await,
                wire.count(async {
                    store.upsert_business_metadata(ACME, asset.id, &metadata("x")).await.unwrap()
                })
                .await,
                wire.count(async { store.rename_asset(ACME, &at, &to).await.unwrap() }).await,
                wire.count(async { store.get_branch(ACME, &lake(), &name("main")).await.unwrap() })
                    .await,
                wire.count(async {
                    store.get_namespace(ACME, &lake(), &at.namespace).await.unwrap()
                })
                .await,
                wire.count(async { store.delete_asset(ACME, &moved).await.unwrap() }).await,
            ];
            if let Some(trips) = trips {
                assert_eq!(counts, [trips; 16]);
            }
        }
        assert_eq!(
            wire.count(branch_off(&store, "one")).await,
            6,
            "two of them prepare statements"
        );
        assert_eq!(wire.count(branch_off(&store, "two")).await, 4);
        store.close().await;
    });
}
