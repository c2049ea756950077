//! Drawing concurrent cases: from one state, the calls of several clients that get into each other's way.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use pangolin_store::MemoryStore;

use super::scene::{SCENES, Scene};
use crate::contract::areas;
use crate::contract::choice::{Chooser, Entropy};
use crate::contract::draw::Draw;
use crate::contract::feature::Feature;
use crate::contract::method::{Effect, Method};
use crate::contract::model::{self, Model};
use crate::contract::op::Op;

/// How many clients a case has.
pub const CLIENTS: RangeInclusive<usize> = 3..=6;

/// How many calls a client makes.
pub const CALLS: RangeInclusive<usize> = 2..=4;

/// How many steps are drawn before the clients, beside those that they need.
const BEFORE: RangeInclusive<usize> = 3..=14;

/// How many methods of a scene the clients call, in most cases.
const SWARM: RangeInclusive<usize> = 3..=6;

/// How many calls are drawn for one that meets a call of another client.
const CANDIDATES: usize = 6;

/// What several clients do at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConcurrentCase {
    /// What is done before, one call after the other.
    pub before: Vec<Op>,
    /// The calls of each client, in order.
    pub clients: Vec<Vec<Op>>,
    /// Whether all clients wait for one another before each call, and not before the first alone.
    pub in_step: bool,
}

impl ConcurrentCase {
    /// How many calls the clients make.
    pub fn calls(&self) -> usize {
        self.clients.iter().map(Vec::len).sum()
    }
}

/// Draws a case of so many clients, in a scene about one of the features; about any, when there are none.
pub fn concurrent_case(
    entropy: &mut dyn Entropy,
    features: &BTreeSet<Feature>,
    clients: RangeInclusive<usize>,
) -> ConcurrentCase {
    let mut choose = Chooser(entropy);
    let scenes: Vec<Scene> =
        SCENES.iter().copied().filter(|scene| scene.is_about(features)).collect();
    let scene = choose.pick(&scenes).copied().unwrap_or(SCENES[0]);
    let mut draw = Contention { choose, methods: scene.methods(), start: MemoryStore::new() };
    let before = draw.before();
    draw.switch_off();
    let count = draw.within(&clients);
    let mut drawn: Vec<Vec<Op>> = Vec::new();
    for _ in 0..count {
        let others = drawn.concat();
        let calls = draw.client(&others);
        drawn.push(calls);
    }
    ConcurrentCase { before, clients: drawn, in_step: draw.choose.percent(50) }
}

struct Contention<'a> {
    choose: Chooser<'a>,
    methods: Vec<Method>,
    /// The state in which the clients begin.
    start: MemoryStore,
}

impl Contention<'_> {
    fn within(&mut self, bounds: &RangeInclusive<usize>) -> usize {
        bounds.start() + self.choose.below(bounds.end() - bounds.start() + 1)
    }

    /// The calls that lead to the state in which the clients begin. Most of what clients would change or take away
    /// is left to them.
    fn before(&mut self) -> Vec<Op> {
        let steps = self.within(&BEFORE);
        let mut calls = Vec::new();
        for _ in 0..steps {
            let wanted = self.method();
            let method = self.first_needed(wanted);
            if method == wanted && method.effect() != Effect::Create && !self.choose.percent(20) {
                // What it works on is there; it is the clients who call it.
                calls.extend(self.create());
                continue;
            }
            calls.push(self.call(method));
        }
        calls
    }

    /// Switches methods off, so that those left meet more often.
    fn switch_off(&mut self) {
        if self.choose.percent(35) {
            return;
        }
        let mut distinct = self.methods.clone();
        distinct.dedup();
        let mut left = Vec::new();
        for _ in 0..self.within(&SWARM) {
            left.extend(self.choose.pick(&distinct).copied());
        }
        self.methods.retain(|method| left.contains(method));
    }

    /// A call that creates something of the scene.
    fn create(&mut self) -> Option<Op> {
        let is_create = |method: &&Method| method.effect() == Effect::Create;
        let creates: Vec<Method> = self.methods.iter().filter(is_create).copied().collect();
        let wanted = *self.choose.pick(&creates)?;
        let method = self.first_needed(wanted);
        Some(self.call(method))
    }

    fn method(&mut self) -> Method {
        self.choose.pick(&self.methods).copied().unwrap_or(Method::ListTenants)
    }

    /// The method that must be called first, so that this one has something to work on.
    fn first_needed(&mut self, method: Method) -> Method {
        let mut method = method;
        while let Some(first) = areas::prerequisite(method, Model(&self.start)) {
            method = first;
        }
        method
    }

    /// Draws a call in the state in which the clients begin, and makes it.
    fn call(&mut self, method: Method) -> Op {
        let call = draw(&mut self.choose, method, &self.start);
        model::apply(&call, &self.start);
        call
    }

    /// The calls of a client that knows of no other. Mostly, they meet calls of the `others`.
    fn client(&mut self, others: &[Op]) -> Vec<Op> {
        let count = self.within(&CALLS);
        let own = self.start.snapshot();
        let mut calls = Vec::new();
        for _ in 0..count {
            let call = self.meeting(others, &own);
            model::apply(&call, &own);
            calls.push(call);
        }
        calls
    }

    /// A call that meets one of the `others`, if one is drawn soon.
    fn meeting(&mut self, others: &[Op], own: &MemoryStore) -> Op {
        let start = self.start.snapshot();
        if let Some(other) = self.choose.pick(others).cloned() {
            // The very same call; or a read that shows what the other touches.
            if self.choose.percent(12) {
                return other;
            }
            let shown = footprint(&other, &start);
            if self.choose.percent(20)
                && let Some(read) = self.choose.pick(&shown)
            {
                return read.clone();
            }
        }
        let theirs: Vec<Op> = others.iter().flat_map(|other| footprint(other, &start)).collect();
        let mut last = None;
        for _ in 0..CANDIDATES {
            let method = self.method();
            let call = draw(&mut self.choose, method, own);
            if meets(&call, &theirs, &start) {
                return call;
            }
            last = Some(call);
        }
        last.unwrap_or(Op::ListTenants { page: pangolin_store::Page::all() })
    }
}

fn draw(choose: &mut Chooser<'_>, method: Method, model: &MemoryStore) -> Op {
    let choose = Chooser(&mut *choose.0);
    areas::draw(method, &mut Draw { choose, model: Model(model) })
}

/// Whether a call touches or reads what others do, as their reads show.
fn meets(call: &Op, theirs: &[Op], start: &MemoryStore) -> bool {
    if call.method().is_read() {
        // Whatever page of it is asked for.
        let same = |read: &Op| read.method() == call.method() && read.tenant() == call.tenant();
        return theirs.iter().any(same);
    }
    footprint(call, start).iter().any(|read| theirs.contains(read))
}

/// The reads that show what a call touches or reads, before it is made and after.
fn footprint(call: &Op, start: &MemoryStore) -> Vec<Op> {
    if call.method().is_read() {
        return vec![call.clone()];
    }
    let after = start.snapshot();
    model::apply(call, &after);
    let mut reads = areas::touched(call, Model(&after));
    reads.extend(areas::touched(call, Model(start)));
    reads
}
