//! Sources of choices: a random number generator, and the bytes of a fuzzer.

use arbitrary::Unstructured;
use proptest::prelude::RngExt;
use proptest::test_runner::{RngAlgorithm, TestRng};
use sha2::{Digest, Sha256};

use crate::contract::choice::Entropy;

impl Entropy for TestRng {
    fn below(&mut self, bound: usize) -> usize {
        self.random_range(0..bound)
    }

    fn has_run_out(&self) -> bool {
        false
    }
}

/// The bytes of a fuzzer; when they run out, every choice is the first.
impl Entropy for Unstructured<'_> {
    fn below(&mut self, bound: usize) -> usize {
        self.int_in_range(0..=bound - 1).unwrap_or(0)
    }

    fn has_run_out(&self) -> bool {
        self.is_empty()
    }
}

/// A source whose choices are recorded as the bytes with which a fuzzer makes the same ones.
pub struct Recorded<E> {
    source: E,
    bytes: Vec<u8>,
}

impl<E: Entropy> Recorded<E> {
    /// Records the choices of `source`.
    pub fn new(source: E) -> Self {
        Self { source, bytes: Vec::new() }
    }

    /// The bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

impl<E: Entropy> Entropy for Recorded<E> {
    fn below(&mut self, bound: usize) -> usize {
        let choice = self.source.below(bound);
        // As many bytes as the fuzzer's source takes for that bound, the highest first.
        let unused = (bound - 1).leading_zeros() / 8;
        self.bytes.extend(choice.to_be_bytes().into_iter().skip(unused as usize));
        choice
    }

    fn has_run_out(&self) -> bool {
        self.source.has_run_out()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{Scope, case};

    #[test]
    fn recorded_bytes_lead_a_fuzzer_to_the_same_trace() {
        for number in 0..20 {
            let mut recorded = Recorded::new(of_case(1, number));
            let drawn = case(&mut recorded, &Scope::default());
            let bytes = recorded.into_bytes();
            let again = case(&mut Unstructured::new(&bytes), &Scope::default());
            assert_eq!(again, drawn);
            let half = case(&mut Unstructured::new(&bytes[..bytes.len() / 2]), &Scope::default());
            assert!(half.steps.len() < drawn.steps.len(), "it ends where the bytes do");
        }
    }
}
