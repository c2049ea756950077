//! An open database with the stores of several clients, and what can be done to it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pangolin_store::{CatalogStore, MemoryStore, Properties, Result, StoreError, Tenant};
use tokio::time::sleep;
use uuid::Uuid;

use super::caller::Caller;
use super::clients::{self, Clock, Manner, Ran, Strike};
use super::finding::{CaseRun, Trouble};
use super::nemesis::Nemesis;
use super::weapon::Line;
use crate::backend::{AnyBackend, Instance};
use crate::compare::call::outcome;
use crate::compare::linearize::{self, judge};
use crate::contract::areas;
use crate::contract::choice::Chooser;
use crate::contract::class::Class;
use crate::contract::label::Label;
use crate::contract::model::{self, Model};
use crate::contract::op::Op;
use crate::generate::contention::ConcurrentCase;
use crate::nemesis::Proxy;
use crate::server::{self, Engine};
use crate::trace::history::History;

/// How long after a failure a store may still fail its calls.
const RECOVERY: Duration = Duration::from_secs(10);

/// An open database.
pub(crate) struct Arena {
    instance: Box<dyn Instance>,
    /// Where everything is read at the end, and what nothing strikes.
    plain: Arc<dyn CatalogStore>,
    /// The stores of the clients, all on the database of `instance`, and the first one the one that is struck.
    stores: Vec<Arc<dyn CatalogStore>>,
    callers: Vec<Arc<dyn Caller>>,
    proxy: Option<Arc<Proxy>>,
    limit: Duration,
}

impl Arena {
    /// Opens a database for cases under those nemeses that need the same, and so many stores on it; where it can
    /// be opened once only, all clients share one.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub(crate) async fn open(
        backend: &AnyBackend,
        nemesis: Nemesis,
        stores: usize,
        limit: Duration,
    ) -> Result<Self> {
        let instance = backend.open().await?;
        let plain = instance.store();
        let mut opened = Vec::new();
        let proxy = match instance.url() {
            Some(url) if nemesis.is_on_the_line() => {
                let (proxy, store) = through_proxy(&url).await?;
                opened.push(store);
                Some(proxy)
            }
            _ => None,
        };
        if opened.is_empty() {
            opened.push(Arc::clone(&plain));
        }
        while opened.len() < stores.max(1 + usize::from(proxy.is_some())) {
            let Some(store) = instance.open_beside().await? else { break };
            opened.push(store);
        }
        let caller = |store: &Arc<dyn CatalogStore>| Arc::new(Arc::clone(store)) as Arc<dyn Caller>;
        let callers = opened.iter().map(caller).collect();
        Ok(Self { instance, plain, stores: opened, callers, proxy, limit })
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
        let Ran { mut calls, incidents } =
            clients::run(case, &self.callers, &clock, manner).await?;
        if nemesis != Nemesis::None {
            self.recover(nemesis, &mut troubles).await;
        }
        let reads = reads_at_the_end(calls.iter().map(|call| &call.call), &start);
        calls.extend(clients::read(reads, &*self.plain, &clock, self.limit).await);
        if nemesis != Nemesis::None {
            self.go_on(case, nemesis, &mut troubles).await;
        }
        let before = case.before.iter().cloned().collect();
        let history = History { before, calls, nemesis: incidents };
        let verdict = judge(&history, linearize::BUDGET);
        Ok(CaseRun { history, nemesis, verdict, troubles })
    }

    /// Draws how a case runs under a nemesis.
    pub(crate) fn draw(
        &self,
        choose: &mut Chooser<'_>,
        case: &ConcurrentCase,
        nemesis: Nemesis,
    ) -> Manner {
        let mut manner = Manner { limit: self.limit, ..Manner::default() };
        if nemesis == Nemesis::GiveUp {
            manner.draw_given_up(choose, case);
        }
        let calls = case.clients.first().map_or(0, Vec::len);
        if let Some(proxy) = &self.proxy
            && calls > 0
            && let Some(line) = Line::draw(choose, proxy, nemesis, self.limit)
        {
            let call = choose.below(calls);
            manner.strike = Some(Strike { client: 0, call, weapon: Arc::new(line) });
        }
        manner
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
            let actual = outcome(call, &*self.plain, self.limit).await;
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

/// A proxy to the server of a database, and a store that reaches it through the proxy. The store is impatient, so
/// that an outage outlasts its patience soon.
async fn through_proxy(url: &str) -> Result<(Arc<Proxy>, Arc<dyn CatalogStore>)> {
    let engine = if url.starts_with("mongodb") { Engine::Mongo } else { Engine::Postgres };
    let target = server::address_of(url, engine)
        .ok_or_else(|| StoreError::backend("its URL has no address"))?;
    let proxy = Proxy::start(&target, engine).await.map_err(StoreError::backend)?;
    let options = match engine {
        Engine::Postgres => "acquire_timeout_ms=1000&lock_timeout_ms=3000",
        Engine::Mongo => "serverSelectionTimeoutMS=1000",
    };
    let url = proxy.url(url);
    let joint = if url.contains('?') { '&' } else { '?' };
    let store = pangolin_store::open(&format!("{url}{joint}{options}")).await?;
    Ok((Arc::new(proxy), store))
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
