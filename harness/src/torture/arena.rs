//! An open database with the stores of several clients, and what can be done to it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pangolin_store::{CatalogStore, MemoryStore, Properties, Result, Tenant};
use tokio::time::sleep;
use uuid::Uuid;

use super::clients::{self, Clock, Manner};
use super::finding::{CaseRun, Trouble};
use super::nemesis::Nemesis;
use crate::backend::{AnyBackend, Instance};
use crate::compare::call::outcome;
use crate::compare::linearize::{self, judge};
use crate::contract::areas;
use crate::contract::class::Class;
use crate::contract::label::Label;
use crate::contract::model::{self, Model};
use crate::contract::op::Op;
use crate::generate::contention::ConcurrentCase;
use crate::trace::history::History;

/// How long after a failure a store may still fail its calls.
const RECOVERY: Duration = Duration::from_secs(10);

/// An open database.
pub(crate) struct Arena {
    instance: Box<dyn Instance>,
    /// The stores of the clients, all on the database of `instance`.
    stores: Vec<Arc<dyn CatalogStore>>,
    limit: Duration,
}

impl Arena {
    /// Opens a database, and so many stores on it; where it can be opened once only, all clients share one.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub(crate) async fn open(backend: &AnyBackend, stores: usize, limit: Duration) -> Result<Self> {
        let instance = backend.open().await?;
        let mut opened = vec![instance.store()];
        while opened.len() < stores {
            let Some(store) = instance.open_beside().await? else { break };
            opened.push(store);
        }
        Ok(Self { instance, stores: opened, limit })
    }

    /// Runs a case, and judges it.
    ///
    /// # Errors
    /// What the store says when it cannot be emptied.
    pub(crate) async fn run(
        &mut self,
        case: &ConcurrentCase,
        nemesis: Nemesis,
        manner: &Manner,
    ) -> Result<CaseRun> {
        self.instance.empty().await?;
        let mut troubles = Vec::new();
        let start = self.before(case, nemesis, &mut troubles).await;
        let clock = Arc::new(Clock::default());
        let mut calls = clients::run(case, &self.stores, &clock, manner).await?;
        if nemesis != Nemesis::None {
            self.recover(nemesis, &mut troubles).await;
        }
        let reads = reads_at_the_end(calls.iter().map(|call| &call.call), &start);
        calls.extend(clients::read(reads, &*self.stores[0], &clock, self.limit).await);
        if nemesis != Nemesis::None {
            self.go_on(case, nemesis, &mut troubles).await;
        }
        let before = case.before.iter().cloned().collect();
        let history = History { before, calls, nemesis: Vec::new() };
        let verdict = judge(&history, linearize::BUDGET);
        Ok(CaseRun { history, nemesis, verdict, troubles })
    }

    /// Makes the calls before the clients on the first store and on the model, which is returned.
    async fn before(
        &self,
        case: &ConcurrentCase,
        nemesis: Nemesis,
        troubles: &mut Vec<Trouble>,
    ) -> MemoryStore {
        let model = MemoryStore::new();
        for call in &case.before {
            let expected = outcome(call, &model, self.limit).await;
            let actual = outcome(call, &*self.stores[0], self.limit).await;
            if actual.agrees_with(&expected) || !troubles.is_empty() {
                continue;
            }
            let class = match actual.label() {
                Label::Backend => Class::Failed,
                _ => Class::Divergent,
            };
            let says = format!("before the clients ({nemesis}), it answered {}", actual.to_value());
            troubles.push(Trouble { class, method: call.method(), says });
        }
        model
    }

    /// Waits until each store creates and deletes something again.
    async fn recover(&self, nemesis: Nemesis, troubles: &mut Vec<Trouble>) {
        let tenant = probe();
        let probes =
            [Op::CreateTenant { tenant: tenant.clone() }, Op::DeleteTenant { tenant: tenant.id }];
        for store in &self.stores {
            let begun = Instant::now();
            for probe in &probes {
                while let Some(failure) = self.failure(probe, &**store).await {
                    if begun.elapsed() > RECOVERY {
                        let seconds = RECOVERY.as_secs();
                        let says =
                            format!("{seconds} s after {nemesis} it still answered {failure}");
                        troubles.push(Trouble {
                            class: Class::Failed,
                            method: probe.method(),
                            says,
                        });
                        return;
                    }
                    sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }

    /// Makes the writes of the clients once more, one after the other: whatever they answer, they must not
    /// fail.
    async fn go_on(&self, case: &ConcurrentCase, nemesis: Nemesis, troubles: &mut Vec<Trouble>) {
        let calls = case.clients.iter().flatten().filter(|call| !call.method().is_read());
        for (index, call) in calls.enumerate() {
            let store = &self.stores[index % self.stores.len()];
            if let Some(failure) = self.failure(call, &**store).await {
                let says =
                    format!("after {nemesis}, with nobody else calling, it answered {failure}");
                troubles.push(Trouble { class: Class::Failed, method: call.method(), says });
                return;
            }
        }
    }

    /// How a call failed in a way that the contract never allows, if it did.
    async fn failure(&self, call: &Op, store: &dyn CatalogStore) -> Option<String> {
        let answer = outcome(call, store, self.limit).await;
        answer.label().is_failure().then(|| answer.to_value().to_string())
    }
}

/// A tenant that no case has.
fn probe() -> Tenant {
    let name = "probe".parse().expect("a name without control characters, of 1 to 255 bytes");
    Tenant { id: Uuid::max().into(), name, properties: Properties::default() }
}

/// The reads that show everything that the calls of the clients may have left, each once.
fn reads_at_the_end<'c>(calls: impl Iterator<Item = &'c Op>, start: &MemoryStore) -> Vec<Op> {
    let after = start.snapshot();
    let mut reads = Vec::new();
    for call in calls {
        model::apply(call, &after);
        reads.extend(areas::touched(call, Model(&after)));
    }
    reads.extend(areas::everything(Model(start)));
    reads.extend(areas::everything(Model(&after)));
    let mut once: Vec<Op> = Vec::new();
    for read in reads {
        if !once.contains(&read) {
            once.push(read);
        }
    }
    once
}
