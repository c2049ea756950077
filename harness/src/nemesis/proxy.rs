//! A proxy between stores and their server.

use std::fmt;
use std::future::pending;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;

use super::fate::Fate;
use super::line::{Accepted, Line, Verdict};
use super::wire::{Answers, Calls, Sent};
use crate::server::{self, Engine};

/// Listens on a free port of 127.0.0.1, and forwards every connection to a server, until it strikes.
///
/// It counts the *messages* of clients, over all connections:
///
/// - PostgreSQL: a simple query, or everything up to a `Sync`. Each gets one answer. What opens and closes a
///   connection does not count: start-up, password, `Terminate`.
/// - MongoDB: a command. `hello`, logins and `endSessions` do not count: the driver sends them by itself.
///
/// A message is forwarded when all of it has arrived. Connections are not encrypted: PostgreSQL's clients are
/// told that the server cannot encrypt, and clients that insist on it fail.
///
/// Its tasks belong to the runtime on which it was started. They end with this value, and so do all
/// connections.
pub struct Proxy {
    engine: Engine,
    address: SocketAddr,
    line: Arc<Line>,
    accepting: AbortHandle,
}

impl Proxy {
    /// Starts a proxy to the server at `target`, which is `HOST:PORT`.
    ///
    /// # Errors
    /// No port is free. A server that cannot be reached is no error; connections to the proxy are then closed.
    pub async fn start(target: &str, engine: Engine) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let line = Arc::new(Line::new());
        let proxied = accept(listener, target.to_owned(), engine, Arc::clone(&line));
        let accepting = tokio::spawn(proxied).abort_handle();
        Ok(Self { engine, address, line, accepting })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of the same database through this proxy. A client of MongoDB uses this one node alone, so it
    /// does not learn the address of the server from the server itself.
    pub fn url(&self, database: &str) -> String {
        server::url_at(database, self.engine, &self.address.to_string())
    }

    /// Counts messages from zero, and strikes as `fate` says. It replaces a fate that has not struck yet. What
    /// an earlier one did stays until [`heal`](Self::heal).
    pub fn arm(&self, fate: Fate) {
        self.line.arm(fate);
    }

    /// How many messages clients have sent since the last [`arm`](Self::arm), or since the start. A message
    /// counts also when it is not forwarded.
    pub fn messages(&self) -> u64 {
        self.line.messages()
    }

    /// Whether the last fate has struck. It has as soon as its message has arrived, also when a delay or the
    /// wait for an answer has not ended.
    pub fn has_struck(&self) -> bool {
        self.line.has_struck()
    }

    /// Waits until the last fate has struck.
    pub async fn struck(&self) {
        self.line.struck().await;
    }

    /// Forwards everything again, also what is delayed. A fate that has not struck is taken back. Connections
    /// that are silent, or whose answer is awaited and will not be passed on, are closed, so that both sides
    /// learn of it.
    pub fn heal(&self) {
        self.line.heal();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("engine", &self.engine)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

async fn accept(listener: TcpListener, target: String, engine: Engine, line: Arc<Line>) {
    let target: Arc<str> = target.into();
    // They end with this task.
    let mut connections = JoinSet::new();
    loop {
        let Ok((client, _)) = listener.accept().await else { continue };
        if let Some(accepted) = line.accept() {
            let connection = Connection { engine, line: Arc::clone(&line), cut: OnceLock::new() };
            connections.spawn(connection.run(client, Arc::clone(&target), accepted));
        }
        while connections.try_join_next().is_some() {}
    }
}

struct Connection {
    engine: Engine,
    line: Arc<Line>,
    /// Set when the connection is being cut: the answer that the client does not get, if one is awaited.
    cut: OnceLock<Option<u64>>,
}

impl Connection {
    async fn run(self, client: TcpStream, target: Arc<str>, accepted: Accepted) {
        tokio::select! {
            () = self.carry(client, &target) => {}
            () = self.line.closed(accepted) => {}
        }
    }

    /// Carries what both sides send until one of them ends the connection.
    async fn carry(&self, mut client: TcpStream, target: &str) {
        let mut calls = Calls::new(self.engine);
        let Ok(Some(first)) = self.first_message(&mut client, &mut calls).await else { return };
        let Ok(mut server) = TcpStream::connect(target).await else { return };
        // A connection works without it, only slower.
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        // How it ended does not matter: both sides learn that it did.
        let _ = tokio::select! {
            ended = self.carry_calls(first, calls, from_client, to_server) => ended,
            ended = self.carry_answers(from_server, to_client) => ended,
        };
        if self.cut.get().is_some() {
            self.line.close_all_if_refused();
        }
        if self.line.is_silent() {
            pending().await
        }
    }

    /// The first message other than a wish for encryption, which is refused; `None` at the end.
    async fn first_message(
        &self,
        client: &mut TcpStream,
        calls: &mut Calls,
    ) -> io::Result<Option<Sent>> {
        loop {
            match calls.next()? {
                Some(Sent::WishForEncryption) if self.line.is_silent() => pending().await,
                Some(Sent::WishForEncryption) => client.write_all(b"N").await?,
                Some(sent) => return Ok(Some(sent)),
                None if read_more(client, &mut calls.buffer).await? => {}
                None => return Ok(None),
            }
        }
    }

    async fn carry_calls(
        &self,
        first: Sent,
        mut calls: Calls,
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
    ) -> io::Result<()> {
        let mut sent = Some(first);
        loop {
            if let Some(sent) = sent {
                self.carry_call(sent, &mut to).await?;
            } else if !read_more(&mut from, &mut calls.buffer).await? {
                break;
            }
            sent = calls.next()?;
        }
        if self.line.aside() == Verdict::Hold {
            pending().await
        }
        to.write_all(&calls.buffer).await?;
        to.shutdown().await?;
        // The server may still answer, and closes its end then.
        pending().await
    }

    /// An error closes the connection.
    async fn carry_call(&self, sent: Sent, to: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
        let (bytes, answer, verdict) = match sent {
            Sent::Call { bytes, answer } => (bytes, answer, self.line.count()),
            Sent::Aside(bytes) => (bytes, None, self.line.aside()),
            Sent::WishForEncryption => return Err(io::ErrorKind::InvalidData.into()),
        };
        match verdict {
            Verdict::Forward => to.write_all(&bytes).await,
            Verdict::ForwardLater { after, heals } => {
                // It does not matter which of both it was.
                let _ = timeout(after, self.line.healed(heals)).await;
                if self.line.aside() == Verdict::Hold {
                    pending().await
                }
                to.write_all(&bytes).await
            }
            Verdict::ForwardAndClose { heals } => {
                self.cut.get_or_init(|| answer);
                to.write_all(&bytes).await?;
                if answer.is_some() {
                    self.line.healed(heals).await;
                }
                Err(io::ErrorKind::ConnectionAborted.into())
            }
            Verdict::Close => Err(io::ErrorKind::ConnectionAborted.into()),
            Verdict::Hold => pending().await,
        }
    }

    async fn carry_answers(
        &self,
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
    ) -> io::Result<()> {
        let mut answers = Answers::new(self.engine);
        loop {
            let Some(answer) = answers.next()? else {
                if read_more(&mut from, &mut answers.buffer).await? {
                    continue;
                }
                return Ok(());
            };
            let is_swallowed = self.cut.get() == Some(&Some(answer.of));
            if is_swallowed && answer.is_end {
                return Ok(());
            }
            if !is_swallowed && !self.line.is_silent() {
                to.write_all(&answer.bytes).await?;
            }
        }
    }
}

/// Whether there was more to read.
async fn read_more(from: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> io::Result<bool> {
    const MOST: usize = 16 << 10;
    buffer.reserve(MOST);
    Ok(from.read_buf(buffer).await? > 0)
}
