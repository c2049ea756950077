//! An open database with the stores of several clients, and what can be done to it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pangolin_store::{CatalogStore, MemoryStore, Properties, Result, Tenant};
use tokio::time::sleep;
use uuid::Uuid;

use super::clients::{self, Clock, Manner, Ran};
use super::finding::{CaseRun, Trouble};
use super::ground::{Ground, Opening, Setting};
use super::nemesis::Nemesis;
use super::residue;
use crate::backend::AnyBackend;
use crate::compare::call::outcome;
use crate::compare::linearize::{self, judge};
use crate::contract::areas;
use crate::contract::choice::Chooser;
use crate::contract::class::Class;
use crate::contract::label::Label;
use crate::contract::method::Method;
use crate::contract::model::{self, Model};
use crate::contract::op::Op;
use crate::contract::outcome::with_causes;
use crate::generate::contention::ConcurrentCase;
use crate::trace::history::{History, Incident};

/// How long after a failure a store may still fail its calls.
const RECOVERY: Duration = Duration::from_secs(10);

/// An open database, where cases run.
pub(crate) struct Arena {
    ground: Ground,
    limit: Duration,
}

impl Arena {
    /// Opens a database for cases in a setting.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub(crate) async fn open(
        backend: &AnyBackend,
        setting: Setting,
        opening: &Opening,
        limit: Duration,
    ) -> Result<Self> {
        Ok(Self { ground: Ground::open(backend, setting, opening).await?, limit })
    }

    /// Draws how a case runs under a nemesis.
    pub(crate) fn draw(
        &self,
        choose: &mut Chooser<'_>,
        case: &ConcurrentCase,
        nemesis: Nemesis,
    ) -> Manner {
        self.ground.draw(choose, case, nemesis, self.limit)
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
        self.ground.empty().await?;
        let mut troubles = Vec::new();
        let start = self.before(case, nemesis, &mut troubles).await;
        let clock = Arc::new(Clock::default());
        let Ran { mut calls, mut incidents, struck } =
            clients::run(case, &self.ground.callers, &clock, manner).await?;
        if nemesis != Nemesis::None {
            self.recover(nemesis, &mut troubles).await;
        }
        let reads = reads_at_the_end(calls.iter().map(|call| &call.call), &start);
        let plain = self.ground.instance.store();
        calls.extend(clients::read(reads, &*plain, &clock, self.limit).await);
        if nemesis != Nemesis::None {
            self.go_on(case, nemesis, &mut troubles).await;
            self.leave_nothing(nemesis, &mut troubles).await;
        }
        if nemesis == Nemesis::FewConnections {
            let (begin, end) = (0, Some(clock.now()));
            incidents.push(Incident { nemesis: "few connections".to_owned(), begin, end });
        }
        let before = case.before.iter().cloned().collect();
        let history = History { before, calls, nemesis: incidents };
        let verdict = judge(&history, linearize::BUDGET);
        Ok(CaseRun { history, nemesis, verdict, troubles, struck })
    }

    /// Makes the calls before the clients on the first store and on the model, which is returned.
    async fn before(
        &self,
        case: &ConcurrentCase,
        nemesis: Nemesis,
        troubles: &mut Vec<Trouble>,
    ) -> MemoryStore {
        let model = MemoryStore::new();
        let plain = self.ground.instance.store();
        for call in &case.before {
            let expected = outcome(call, &model, self.limit).await;
            let actual = outcome(call, &*plain, self.limit).await;
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
        for store in &self.ground.stores {
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
        let stores = &self.ground.stores;
        for (index, call) in calls.enumerate() {
            let Some(store) = stores.get(index % stores.len().max(1)) else { continue };
            if let Some(failure) = self.failure(call, &**store).await {
                let says =
                    format!("after {nemesis}, with nobody else calling, it answered {failure}");
                troubles.push(Trouble { class: Class::Failed, method: call.method(), says });
                return;
            }
        }
    }

    /// Deletes everything through the contract: what is left then belongs to nothing.
    async fn leave_nothing(&self, nemesis: Nemesis, troubles: &mut Vec<Trouble>) {
        let plain = self.ground.instance.store();
        let Some(url) = self.ground.instance.url() else { return };
        if let Err(error) = residue::delete_everything(&*plain).await {
            let says =
                format!("after {nemesis} its tenants cannot be deleted: {}", with_causes(&error));
            troubles.push(Trouble { class: Class::Failed, method: Method::DeleteTenant, says });
            return;
        }
        // What a store deletes later, it deletes when it is opened.
        let opened = self.ground.instance.open_beside().await;
        let left = match opened {
            Ok(_) => residue::of(&url).await,
            Err(error) => Err(error),
        };
        let says = match left {
            Ok(left) if left.is_empty() => return,
            Ok(left) => left.join(", "),
            Err(error) => with_causes(&error),
        };
        let says = format!("after {nemesis}, and with every tenant deleted, there are {says}");
        troubles.push(Trouble { class: Class::Leftover, method: Method::DeleteTenant, says });
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
