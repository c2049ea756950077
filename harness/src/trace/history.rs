//! Histories: what several clients did to one database at once, and what each call answered.
//!
//! The text is a trace's, with more fields: a line a call, in the order in which the calls began.
//!
//! ```text
//! {"create_tenant":{…}}                                             before all clients, alone, as the model answers
//! {"client":1,"begin":1,"end":4,"call":{"delete_tenant":{…}},"result":{"ok":null}}
//! {"client":2,"begin":2,"call":{"create_warehouse":{…}}}            never answered: its outcome is unknown
//! {"nemesis":"cut after message 2","begin":3,"end":5}               what else happened, for people
//! ```
//!
//! `begin` and `end` count what happened in the whole history, so that of two calls that do not overlap one is
//! known to be the first. A [`Trace`] is a history of one client.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::contract::label::Label;
use crate::contract::op::Op;
use crate::trace::step::Step;
use crate::trace::{ParseTraceError, Trace};

/// What several clients did to one database.
#[derive(Clone, Default, PartialEq)]
pub struct History {
    /// What was done before, one step after the other, as the model answers.
    pub before: Trace,
    /// The calls of all clients, in the order in which they began.
    pub calls: Vec<ClientCall>,
    /// What else happened meanwhile.
    pub nemesis: Vec<Incident>,
}

/// A call of a client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientCall {
    /// Which client; a client makes one call after the other.
    pub client: usize,
    /// Its place among all that happened.
    pub begin: u64,
    /// The place of its answer; `None`: it was given up, or its client was killed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<u64>,
    /// The call.
    pub call: Op,
    /// Its outcome: `{"ok":…}` or `{"error":…}`, with fingerprints in place of secrets; `None` without an `end`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
}

/// Something that happened to the server, to a connection or to a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    /// What, in a few words.
    pub nemesis: String,
    /// When it began.
    pub begin: u64,
    /// When it was over; `None`: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<u64>,
}

impl ClientCall {
    /// Its kind of outcome; `None` where that is unknown: it did not answer, or answered that the database or the
    /// network failed, so that it may have taken effect at any time after it began, or never.
    pub fn label(&self) -> Option<Label> {
        let result = self.result.as_ref()?;
        let label = match result.get("error") {
            None => Label::Ok,
            Some(error) => Label::deserialize(error).ok()?,
        };
        (!label.is_failure()).then_some(label)
    }

    /// Whether it had an answer before the other began, or the other way round.
    pub fn overlaps(&self, other: &Self) -> bool {
        let ended_before = |one: &Self, then: &Self| one.end.is_some_and(|end| end < then.begin);
        !ended_before(self, other) && !ended_before(other, self)
    }

    /// Whether it can have changed something, as far as its answer says.
    pub fn may_change(&self) -> bool {
        !self.call.method().is_read() && self.label().is_none_or(Label::is_success)
    }
}

impl History {
    /// Reads a history. A trace is one, too.
    ///
    /// # Errors
    /// [`ParseTraceError`] names the first line that is no call, or that cannot follow on those before it.
    pub fn parse(text: &str) -> Result<Self, ParseTraceError> {
        let mut history = Self::default();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let added = history.add_line(line);
            added.map_err(|reason| ParseTraceError { line: index + 1, reason })?;
        }
        history.calls.sort_by_key(|call| call.begin);
        Ok(history)
    }

    fn add_line(&mut self, line: &str) -> Result<(), String> {
        let value = super::json(line)?;
        if value.get("nemesis").is_some() {
            self.nemesis.push(super::from_value(value)?);
            return Ok(());
        }
        if value.get("client").is_none() {
            if !self.calls.is_empty() {
                return Err("a call without a client comes before those of clients".to_owned());
            }
            self.before.steps.push(Step::from_value(value)?);
            return Ok(());
        }
        let call: ClientCall = super::from_value(value)?;
        if call.end.is_some_and(|end| end <= call.begin) {
            return Err("end: must be after begin".to_owned());
        }
        if call.end.is_some() != call.result.is_some() {
            return Err("result: a call with an end has a result, and no other".to_owned());
        }
        self.calls.push(call);
        Ok(())
    }

    /// The history as text: a line a call, each ended by a line feed.
    pub fn to_lines(&self) -> String {
        let line = |value: Value| format!("{value}\n");
        let mut timed: Vec<(u64, Value)> =
            self.calls.iter().map(|call| (call.begin, json!(call))).collect();
        timed.extend(self.nemesis.iter().map(|incident| (incident.begin, json!(incident))));
        timed.sort_by_key(|(begin, _)| *begin);
        self.before.to_lines()
            + &timed.into_iter().map(|(_, value)| line(value)).collect::<String>()
    }

    /// The clients, in order.
    pub fn clients(&self) -> BTreeSet<usize> {
        self.calls.iter().map(|call| call.client).collect()
    }

    /// How many pairs of calls of different clients there are, and how many of them overlap. Reads at the end, by
    /// the client 0, are not counted.
    pub fn pairs(&self) -> (u64, u64) {
        let calls: Vec<&ClientCall> = self.calls.iter().filter(|call| call.client > 0).collect();
        let (mut pairs, mut overlapping) = (0, 0);
        for (index, one) in calls.iter().enumerate() {
            for other in calls[index + 1..].iter().filter(|other| other.client != one.client) {
                pairs += 1;
                overlapping += u64::from(one.overlaps(other));
            }
        }
        (pairs, overlapping)
    }
}

/// As text, so that a failing test prints what can be judged again.
impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{}", self.to_lines())
    }
}
