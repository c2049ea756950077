//! Counts the round trips of calls between a store and its server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// A proxy between a client and a server that counts round trips.
pub struct Wire {
    /// The port on which it listens, on 127.0.0.1.
    pub port: u16,
    trips: Arc<AtomicU64>,
}

const CLIENT: u8 = 1;
const SERVER: u8 = 2;

impl Wire {
    /// Listens, and forwards to that address.
    ///
    /// # Errors
    /// The operating system's error.
    pub async fn to(server: String) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let wire = Self { port: listener.local_addr()?.port(), trips: Arc::default() };
        let trips = Arc::clone(&wire.trips);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(&server).await else { return };
                // Without this, delays of small packets would add to the measured time.
                let _ = (client.set_nodelay(true), server.set_nodelay(true));
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                let spoke = Arc::new(AtomicU8::new(SERVER));
                let counted = (Arc::clone(&spoke), Arc::clone(&trips));
                tokio::spawn(pass_on(from_client, to_server, CLIENT, counted));
                tokio::spawn(pass_on(from_server, to_client, SERVER, (spoke, Arc::clone(&trips))));
            }
        });
        Ok(wire)
    }

    /// The round trips so far: how often a client sent data after its server had sent data.
    pub fn trips(&self) -> u64 {
        self.trips.load(Ordering::SeqCst)
    }
}

async fn pass_on(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    who: u8,
    (spoke, trips): (Arc<AtomicU8>, Arc<AtomicU64>),
) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if spoke.swap(who, Ordering::SeqCst) == SERVER && who == CLIENT {
            trips.fetch_add(1, Ordering::SeqCst);
        }
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}
