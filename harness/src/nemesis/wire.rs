//! The messages of both protocols, found in streams of bytes.

use std::io;

use crate::server::Engine;

/// What a client sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// A message that counts.
    Call {
        bytes: Vec<u8>,
        /// The answer that it gets; `None` if it gets none.
        answer: Option<u64>,
    },
    /// One that belongs to the connection itself.
    Aside(Vec<u8>),
    /// It asks for a connection that is encrypted.
    WishForEncryption,
}

/// A part of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) bytes: Vec<u8>,
    /// Which answer it is a part of.
    pub(super) of: u64,
    pub(super) is_end: bool,
}

/// What a client sends, one message after the other.
pub(super) struct Calls {
    engine: Engine,
    pub(super) buffer: Vec<u8>,
    /// How much of the buffer is known to be whole frames that do not end a message yet.
    scanned: usize,
    /// PostgreSQL: whether the start-up message was sent, and how many messages after it.
    has_begun: bool,
    sent: u64,
}

impl Calls {
    pub(super) fn new(engine: Engine) -> Self {
        Self { engine, buffer: Vec::new(), scanned: 0, has_begun: false, sent: 0 }
    }

    /// The next message, if the buffer has all of it.
    pub(super) fn next(&mut self) -> io::Result<Option<Sent>> {
        match self.engine {
            Engine::Postgres if self.has_begun => self.next_typed(),
            Engine::Postgres => self.next_untyped(),
            Engine::Mongo => self.next_of_mongo(),
        }
    }

    /// PostgreSQL's first messages have no type.
    fn next_untyped(&mut self) -> io::Result<Option<Sent>> {
        const SSL: u32 = 80_877_103;
        const GSS: u32 = 80_877_104;
        let Some(length) = big_endian(&self.buffer, 0) else { return Ok(None) };
        let Some(bytes) = take(&mut self.buffer, whole(length, 8)?) else { return Ok(None) };
        if matches!(big_endian(&bytes, 4), Some(SSL | GSS)) {
            return Ok(Some(Sent::WishForEncryption));
        }
        self.has_begun = true;
        Ok(Some(Sent::Aside(bytes)))
    }

    fn next_typed(&mut self) -> io::Result<Option<Sent>> {
        while let Some(end) = end_of_typed(&self.buffer, self.scanned)? {
            let kind = self.buffer[self.scanned];
            self.scanned = end;
            match kind {
                // Query, Sync, FunctionCall: the server answers and is then ready for the next one.
                b'Q' | b'S' | b'F' => {
                    self.sent += 1;
                    let answer = Some(self.sent);
                    return Ok(self.take_scanned().map(|bytes| Sent::Call { bytes, answer }));
                }
                // Flush, CopyData, CopyDone, CopyFail, Terminate, and all answers to a request for a
                // password: the client may wait for an answer, or has no more to send.
                b'H' | b'd' | b'c' | b'f' | b'X' | b'p' => {
                    return Ok(self.take_scanned().map(Sent::Aside));
                }
                _ => {}
            }
        }
        Ok(None)
    }

    fn take_scanned(&mut self) -> Option<Vec<u8>> {
        let end = std::mem::take(&mut self.scanned);
        take(&mut self.buffer, end)
    }

    fn next_of_mongo(&mut self) -> io::Result<Option<Sent>> {
        let Some(bytes) = take_mongo(&mut self.buffer)? else { return Ok(None) };
        if !is_counted_by_mongo(&bytes) {
            return Ok(Some(Sent::Aside(bytes)));
        }
        const MORE_TO_COME: u32 = 2;
        let has_answer = little_endian(&bytes, 16).is_none_or(|flags| flags & MORE_TO_COME == 0);
        let answer = little_endian(&bytes, 4).filter(|_| has_answer).map(u64::from);
        Ok(Some(Sent::Call { bytes, answer }))
    }
}

/// Whether a message is a command of a store and not of the driver, which watches the server, and says when
/// it begins and ends.
fn is_counted_by_mongo(message: &[u8]) -> bool {
    const QUERY: u32 = 2004;
    const MSG: u32 = 2013;
    const OF_THE_DRIVER: [&[u8]; 7] = [
        b"hello",
        b"isMaster",
        b"ismaster",
        b"saslStart",
        b"saslContinue",
        b"authenticate",
        b"endSessions",
    ];
    match little_endian(message, 12) {
        // Only the first message of a connection may have this form.
        Some(QUERY) => false,
        Some(MSG) => {
            // Header, flags, kind of section, length of the document, type of its first element; then the
            // element's name, which is the command's.
            let name = message.get(26..).unwrap_or_default();
            let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
            !OF_THE_DRIVER.contains(&name)
        }
        _ => true,
    }
}

/// What a server answers.
pub(super) struct Answers {
    engine: Engine,
    pub(super) buffer: Vec<u8>,
    /// PostgreSQL: how many answers have ended; that to the start-up is the first.
    ended: u64,
}

impl Answers {
    pub(super) fn new(engine: Engine) -> Self {
        Self { engine, buffer: Vec::new(), ended: 0 }
    }

    /// The next part of an answer, as much of it as the buffer has.
    pub(super) fn next(&mut self) -> io::Result<Option<Answer>> {
        match self.engine {
            Engine::Postgres => self.next_of_postgres(),
            Engine::Mongo => {
                let Some(bytes) = take_mongo(&mut self.buffer)? else { return Ok(None) };
                let of = little_endian(&bytes, 8).unwrap_or_default().into();
                Ok(Some(Answer { bytes, of, is_end: true }))
            }
        }
    }

    fn next_of_postgres(&mut self) -> io::Result<Option<Answer>> {
        const READY_FOR_QUERY: u8 = b'Z';
        let of = self.ended;
        let mut at = 0;
        let mut is_end = false;
        while !is_end && let Some(end) = end_of_typed(&self.buffer, at)? {
            is_end = self.buffer[at] == READY_FOR_QUERY;
            at = end;
        }
        self.ended += u64::from(is_end);
        let bytes = take(&mut self.buffer, at).filter(|bytes| !bytes.is_empty());
        Ok(bytes.map(|bytes| Answer { bytes, of, is_end }))
    }
}

/// Where the frame that begins at `at` ends, if the buffer has all of it: a byte for its type, then its length
/// without that byte.
fn end_of_typed(buffer: &[u8], at: usize) -> io::Result<Option<usize>> {
    let Some(length) = big_endian(buffer, at + 1) else { return Ok(None) };
    let end = at + 1 + whole(length, 4)?;
    Ok((end <= buffer.len()).then_some(end))
}

fn take_mongo(buffer: &mut Vec<u8>) -> io::Result<Option<Vec<u8>>> {
    let Some(length) = little_endian(buffer, 0) else { return Ok(None) };
    Ok(take(buffer, whole(length, 16)?))
}

/// The first bytes of a buffer, if it has as many.
fn take(buffer: &mut Vec<u8>, length: usize) -> Option<Vec<u8>> {
    if buffer.len() < length {
        return None;
    }
    let rest = buffer.split_off(length);
    Some(std::mem::replace(buffer, rest))
}

fn whole(length: u32, least: u32) -> io::Result<usize> {
    const MOST: u32 = i32::MAX as u32;
    if !(least..=MOST).contains(&length) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a length that no message has"));
    }
    usize::try_from(length).map_err(io::Error::other)
}

fn big_endian(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn little_endian(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(kind: u8, content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len() + 4).unwrap();
        [&[kind], &length.to_be_bytes()[..], content].concat()
    }

    fn start_up(code: u32) -> Vec<u8> {
        [8_u32.to_be_bytes(), code.to_be_bytes()].concat()
    }

    fn command(id: u32, flags: u32, name: &str) -> Vec<u8> {
        let document = [&[0, 0, 0, 0, 16], name.as_bytes(), &[0, 1, 0, 0, 0, 0]].concat();
        let length = u32::try_from(21 + document.len()).unwrap();
        let words = [length, id, 0, 2013, flags].map(u32::to_le_bytes).concat();
        [words, vec![0], document].concat()
    }

    /// The messages in `bytes` when they arrive one byte at a time.
    fn trickled(engine: Engine, bytes: &[u8]) -> Vec<Sent> {
        let mut calls = Calls::new(engine);
        let mut found = Vec::new();
        for byte in bytes {
            calls.buffer.push(*byte);
            found.extend(calls.next().unwrap());
        }
        assert!(calls.buffer.is_empty());
        found
    }

    #[test]
    fn a_message_to_postgresql_ends_with_a_sync_or_is_a_query() {
        let start = start_up(196_608);
        let password = typed(b'p', b"secret");
        let query = typed(b'Q', b"BEGIN\0");
        let extended = [typed(b'P', b"S"), typed(b'B', b""), typed(b'E', b"Q"), typed(b'S', b"")];
        let extended = extended.concat();
        let end = typed(b'X', b"");
        let all = [&start_up(80_877_103), &start, &password, &query, &extended, &end];
        let all = all.map(Vec::as_slice).concat();
        let expected = vec![
            Sent::WishForEncryption,
            Sent::Aside(start),
            Sent::Aside(password),
            Sent::Call { bytes: query, answer: Some(1) },
            Sent::Call { bytes: extended, answer: Some(2) },
            Sent::Aside(end),
        ];
        assert_eq!(trickled(Engine::Postgres, &all), expected);
    }

    #[test]
    fn a_message_to_mongodb_is_a_command_of_the_store() {
        let [hello, insert, sent] =
            [command(1, 0, "hello"), command(2, 0, "insert"), command(3, 2, "insert")];
        let all = [&hello, &insert, &sent].map(Vec::as_slice).concat();
        let expected = vec![
            Sent::Aside(hello),
            Sent::Call { bytes: insert, answer: Some(2) },
            Sent::Call { bytes: sent, answer: None },
        ];
        assert_eq!(trickled(Engine::Mongo, &all), expected);
    }

    #[test]
    fn an_answer_of_postgresql_ends_when_the_server_is_ready() {
        let mut answers = Answers::new(Engine::Postgres);
        let (row, ready) = (typed(b'D', b"row"), typed(b'Z', b"I"));
        let first = [row.as_slice(), &ready].concat();
        answers.buffer = [first.as_slice(), &row, &row[..3]].concat();
        assert_eq!(answers.next().unwrap(), Some(Answer { bytes: first, of: 0, is_end: true }));
        let part = Some(Answer { bytes: row.clone(), of: 1, is_end: false });
        assert_eq!(answers.next().unwrap(), part);
        assert_eq!(answers.next().unwrap(), None);
        answers.buffer.extend([&row[3..], &ready].concat());
        let rest = Some(Answer { bytes: [row, ready].concat(), of: 1, is_end: true });
        assert_eq!(answers.next().unwrap(), rest);
    }

    #[test]
    fn a_length_that_no_message_has_is_an_error() {
        for engine in [Engine::Postgres, Engine::Mongo] {
            let mut calls = Calls::new(engine);
            calls.buffer = vec![0; 16];
            assert!(calls.next().is_err(), "{engine}");
        }
    }
}
