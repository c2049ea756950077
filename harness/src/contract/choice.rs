//! Choices: what is drawn, from whatever source of randomness.

/// A source of choices.
pub trait Entropy {
    /// A number below `bound`, which is at least 1.
    fn below(&mut self, bound: usize) -> usize;

    /// Whether every choice from now on is the first.
    fn has_run_out(&self) -> bool;
}

/// Choices of several kinds from one source.
pub(crate) struct Chooser<'a>(pub(crate) &'a mut dyn Entropy);

impl Chooser<'_> {
    /// A number below `bound`, which is at least 1.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0.below(bound)
    }

    /// Whether every choice from now on is the first.
    pub(crate) fn has_run_out(&self) -> bool {
        self.0.has_run_out()
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
