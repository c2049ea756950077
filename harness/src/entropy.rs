//! Where choices come from: one chooser, two sources of randomness.

use arbitrary::Unstructured;
use proptest::prelude::RngExt;
use proptest::test_runner::{RngAlgorithm, TestRng};
use sha2::{Digest, Sha256};

/// A source of choices.
pub trait Entropy {
    /// A number below `bound`, which is at least 1.
    fn below(&mut self, bound: usize) -> usize;
}

impl Entropy for TestRng {
    fn below(&mut self, bound: usize) -> usize {
        self.random_range(0..bound)
    }
}

/// Fuzzer's bytes; when they run out, every choice is the first.
impl Entropy for Unstructured<'_> {
    fn below(&mut self, bound: usize) -> usize {
        self.int_in_range(0..=bound - 1).unwrap_or(0)
    }
}

/// The source of case number `case` of a campaign: the same for the same `seed`, whatever runs
/// beside it.
pub fn of_case(seed: u64, case: u64) -> TestRng {
    let mut digest = Sha256::new();
    digest.update(seed.to_le_bytes());
    digest.update(case.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &digest.finalize())
}

/// Choices of several kinds from one source.
pub(crate) struct Chooser<'a>(pub(crate) &'a mut dyn Entropy);

impl Chooser<'_> {
    /// A number below `bound`, which is at least 1.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0.below(bound)
    }

    /// True so many times in a hundred.
    pub(crate) fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of the items; `None` when there are none.
    pub(crate) fn pick<'i, T>(&mut self, items: &'i [T]) -> Option<&'i T> {
        if items.is_empty() {
            return None;
        }
        items.get(self.below(items.len()))
    }

    /// Each item with that chance.
    pub(crate) fn some_of<T: Clone>(&mut self, items: &[T], percent: usize) -> Vec<T> {
        items.iter().filter(|_| self.percent(percent)).cloned().collect()
    }
}
