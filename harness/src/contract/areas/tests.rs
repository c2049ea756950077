//! No method is forgotten: each is drawn, and what each write touches is read back.

use std::collections::BTreeSet;

use pangolin_store::MemoryStore;
use proptest::test_runner::{RngAlgorithm, TestRng};
use strum::IntoEnumIterator;

use super::*;
use crate::contract::choice::Chooser;
use crate::contract::model;

/// Draws calls of every method again and again, makes them on one model, and hands each to `look`.
fn draw_all(mut look: impl FnMut(Method, &Op, Model<'_>)) {
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let store = MemoryStore::new();
    for _ in 0..40 {
        for method in Method::iter() {
            let choose = Chooser(&mut rng);
            let op = draw(method, &mut Draw { choose, model: Model(&store) });
            model::apply(&op, &store);
            look(method, &op, Model(&store));
        }
    }
}

#[test]
fn every_method_is_drawn_as_itself() {
    draw_all(|method, op, _| assert_eq!(op.method(), method));
}

#[test]
fn every_write_is_read_back_by_reads_and_no_read_is() {
    draw_all(|method, op, model| {
        let reads = touched(op, model);
        assert!(reads.iter().all(|read| read.method().is_read()), "{op:?}: {reads:?}");
        assert_eq!(reads.is_empty(), method.is_read(), "{op:?}: {reads:?}");
    });
}

#[test]
fn rows_of_every_feature_are_read_at_the_end() {
    let mut read = BTreeSet::new();
    draw_all(|_, _, model| {
        for tenant in model.tenants() {
            read.extend(
                Feature::iter().filter(|&feature| !rows(feature, tenant, model).is_empty()),
            );
        }
    });
    assert_eq!(read, Feature::iter().collect());
}

#[test]
fn what_a_method_needs_first_can_be_made_from_nothing() {
    let store = MemoryStore::new();
    for mut method in Method::iter() {
        let mut before = BTreeSet::new();
        while let Some(first) = prerequisite(method, Model(&store)) {
            assert!(before.insert(first), "{first} needs itself first");
            method = first;
        }
    }
}
