//! The report of a recorded history that was judged offline.

use serde::Serialize;
use serde_json::Value;

use super::decision::Decision;
use super::explanation::Explanation;
use super::shown::ShownHistory;
use crate::compare::linearize::Verdict;
use crate::trace::history::History;

const SCHEMA: u32 = 1;

/// A recorded history and what the judge says of it.
#[derive(Clone, Copy, Debug)]
pub struct CheckedHistory<'h> {
    /// Its name, such as that of its file.
    pub name: &'h str,
    /// The history.
    pub history: &'h History,
    /// What the judge says.
    pub verdict: &'h Verdict,
}

#[derive(Serialize)]
struct Document<'h> {
    schema: u32,
    decision: Decision,
    histories: Vec<Entry<'h>>,
}

#[derive(Serialize)]
struct Entry<'h> {
    name: &'h str,
    verdict: &'static str,
    clients: usize,
    calls: usize,
    unknown: usize,
    pairs: u64,
    overlapping: u64,
    /// Indices of calls, from 0, in the order in which they began.
    order: &'h [usize],
    stuck: Vec<StuckEntry<'h>>,
}

#[derive(Serialize)]
struct StuckEntry<'h> {
    call: usize,
    client: usize,
    answered: Option<&'h Value>,
    expected: &'h Value,
}

/// The decision over all of them; without any, nothing is shown.
pub fn decision(checked: &[CheckedHistory<'_>]) -> Decision {
    let decisions = checked.iter().map(|checked| match checked.verdict {
        Verdict::Linearizable => Decision::Kept,
        Verdict::NotLinearizable(_) => Decision::Broken,
        Verdict::Undecided => Decision::Unproven,
    });
    decisions.max().unwrap_or(Decision::Unproven)
}

/// The reports for machines. Their shape is stable; `schema` grows when it changes.
pub fn to_json(checked: &[CheckedHistory<'_>]) -> String {
    let histories = checked.iter().map(CheckedHistory::entry).collect();
    let document = Document { schema: SCHEMA, decision: decision(checked), histories };
    let text = serde_json::to_string_pretty(&document).expect("the report has string keys only");
    text + "\n"
}

impl<'h> CheckedHistory<'h> {
    /// The report for a terminal: a line, and for a history that cannot be linearized its lanes and why.
    pub fn to_terminal(&self) -> String {
        let Self { name, history, verdict } = self;
        let (pairs, overlapping) = history.pairs();
        let (clients, calls) = (self.clients(), history.calls.len());
        let about = format!(
            "{clients} clients, {calls} calls, {overlapping} of {pairs} pairs of calls overlap"
        );
        match verdict {
            Verdict::Linearizable => format!("{name}: linearizable ({about})\n"),
            Verdict::Undecided => {
                format!("{name}: UNDECIDED ({about}): too much for the judge, and no pass\n")
            }
            Verdict::NotLinearizable(witness) => {
                let shown = ShownHistory { history, explanation: Explanation::from(witness) };
                let shown = super::terminal::indented(&shown.to_text());
                format!("{name}: NOT LINEARIZABLE ({about})\n\n{shown}\n")
            }
        }
    }

    fn clients(&self) -> usize {
        self.history.clients().into_iter().filter(|&client| client > 0).count()
    }

    fn entry(&self) -> Entry<'h> {
        let Self { name, history, verdict } = *self;
        let (pairs, overlapping) = history.pairs();
        let witness = match verdict {
            Verdict::NotLinearizable(witness) => Some(witness),
            Verdict::Linearizable | Verdict::Undecided => None,
        };
        let stuck = witness.iter().flat_map(|witness| &witness.stuck).filter_map(|stuck| {
            let call = history.calls.get(stuck.call)?;
            let answered = call.result.as_ref();
            let (client, expected) = (call.client, &stuck.expected);
            Some(StuckEntry { call: stuck.call, client, answered, expected })
        });
        Entry {
            name,
            verdict: match verdict {
                Verdict::Linearizable => "linearizable",
                Verdict::NotLinearizable(_) => "not_linearizable",
                Verdict::Undecided => "undecided",
            },
            clients: self.clients(),
            calls: history.calls.len(),
            unknown: history.calls.iter().filter(|call| call.label().is_none()).count(),
            pairs,
            overlapping,
            order: witness.map_or(&[], |witness| &witness.order),
            stuck: stuck.collect(),
        }
    }
}
