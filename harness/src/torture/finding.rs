//! What the run of a concurrent case showed, and what makes two findings the same.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::nemesis::Nemesis;
use crate::compare::linearize::{Verdict, Witness};
use crate::compare::signature::Signature;
use crate::contract::class::Class;
use crate::contract::label::Label;
use crate::contract::method::Method;
use crate::trace::history::{ClientCall, History};

/// The run of one case on one store.
#[derive(Clone, Debug)]
pub(crate) struct CaseRun {
    pub(crate) history: History,
    pub(crate) nemesis: Nemesis,
    pub(crate) verdict: Verdict,
    /// What else went wrong.
    pub(crate) troubles: Vec<Trouble>,
    /// The method that was struck, and at which message, if it was at one.
    pub(crate) struck: Option<(Method, Option<u64>)>,
}

/// Something that went wrong beside the answers of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) class: Class,
    /// The method that showed it.
    pub(crate) method: Method,
    /// What happened, for people.
    pub(crate) says: String,
}

/// One way in which a store broke its promises, with the smallest history that shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Breach {
    /// What makes it this one.
    pub signature: Signature,
    /// In how many histories it was seen.
    pub count: u64,
    /// In which history of the store it was seen first; histories count from 1.
    pub first: u64,
    /// What the store went through.
    pub nemesis: Nemesis,
    /// What happened, for people.
    pub says: String,
    /// The smallest history that shows it, as text.
    pub history: String,
    /// The same with the calls that the proof does not need, their results left out: what is saved, so that another run
    /// can make all calls again.
    pub case: String,
    /// How far its results can be explained; empty when they can.
    pub order: Vec<usize>,
    /// The calls that cannot follow, each with what the model answers instead.
    pub stuck: Vec<(usize, Value)>,
}

impl CaseRun {
    /// What it showed, each with a sentence about it; a case can show several things.
    pub(crate) fn breaches(&self, backend: &Arc<str>) -> Vec<(Signature, String)> {
        let mut found = Vec::new();
        let mut add = |class, method: Method, path: String, says: String| {
            let backend = Arc::clone(backend);
            let signature = Signature { backend, feature: method.feature(), method, class, path };
            if found.iter().all(|(known, _)| *known != signature) {
                found.push((signature, says));
            }
        };
        let nemesis = self.nemesis.to_string();
        for call in &self.history.calls {
            if let Some(class) = self.class_of_failure(call) {
                let says = format!("client {} got {}", call.client, shown(call));
                add(class, call.call.method(), nemesis.clone(), says);
            }
        }
        for Trouble { class, method, says } in &self.troubles {
            add(*class, *method, nemesis.clone(), says.clone());
        }
        if let Verdict::NotLinearizable(witness) = &self.verdict {
            let class = match self.nemesis {
                Nemesis::None => Class::NotLinearizable,
                _ => Class::NotAtomic,
            };
            let (method, path) = self.blame(witness);
            add(class, method, path, "no order of the calls explains all results".to_owned());
        }
        found
    }

    /// The class of a call that failed in a way that the nemesis does not excuse.
    fn class_of_failure(&self, call: &ClientCall) -> Option<Class> {
        let error = call.result.as_ref()?.get("error")?;
        match Label::deserialize(error).ok()? {
            Label::Panic => Some(Class::Panic),
            Label::Hang => Some(Class::Hang),
            Label::Backend if call.client == 0 || !self.nemesis.excuses_failures() => {
                Some(Class::Failed)
            }
            _ => None,
        }
    }

    /// The method of the call that cannot follow, and what it answered.
    fn blame(&self, witness: &Witness) -> (Method, String) {
        let calls = &self.history.calls;
        // The answers of the clients say more than the reads at the end.
        let of_clients = witness.stuck.iter().find(|stuck| calls[stuck.call].client > 0);
        let stuck = of_clients.or(witness.stuck.first()).map(|stuck| &calls[stuck.call]);
        let Some(call) = stuck.or(calls.first()) else {
            return (Method::ListTenants, self.nemesis.to_string());
        };
        let answered = call.label().map_or_else(|| "unknown".to_owned(), |label| label.to_string());
        (call.call.method(), format!("{}/{answered}", self.nemesis))
    }
}

fn shown(call: &ClientCall) -> String {
    call.result.as_ref().map_or_else(|| "no answer".to_owned(), Value::to_string)
}
