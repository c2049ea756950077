//! Several shards of a torture run as one.

use super::finding::Breach;
use super::results::{StoreTally, TortureResults};
use crate::campaign::Misfit;

impl TortureResults {
    /// Adds other shards of the same run: sums, and the shortest history of each breach.
    ///
    /// # Errors
    /// [`Misfit`] when the seed or the stores are others, or a shard is in both.
    pub fn merge(mut self, other: Self) -> Result<Self, Misfit> {
        self.fits(&other)?;
        self.shards.extend(other.shards);
        self.shards.sort_unstable();
        for (mine, theirs) in self.stores.iter_mut().zip(other.stores) {
            mine.join(theirs);
        }
        other.breaches.into_iter().for_each(|breach| self.join(breach));
        self.breaches.sort_by(|one, other| one.signature.cmp(&other.signature));
        self.unseen.extend(other.unseen);
        self.unseen.sort_unstable();
        self.unseen.dedup();
        // Every shard judges the same saved histories.
        self.saved = self.saved.max(other.saved);
        self.elapsed += other.elapsed;
        Ok(self)
    }

    fn fits(&self, other: &Self) -> Result<(), Misfit> {
        if self.seed != other.seed {
            return Err(Misfit::Seed { mine: self.seed, theirs: other.seed });
        }
        let theirs = other.stores.iter().map(|store| &store.description);
        Misfit::check_stores(self.stores.iter().map(|store| &store.description), theirs)?;
        Misfit::check_shards(&self.shards, &other.shards)
    }

    fn join(&mut self, breach: Breach) {
        let mut mine = self.breaches.iter_mut();
        let Some(mine) = mine.find(|mine| mine.signature == breach.signature) else {
            self.breaches.push(breach);
            return;
        };
        let (count, first) = (mine.count + breach.count, mine.first.min(breach.first));
        let length = |breach: &Breach| (breach.history.lines().count(), breach.history.len());
        if length(&breach) < length(mine) {
            *mine = breach;
        }
        (mine.count, mine.first) = (count, first);
    }
}

impl StoreTally {
    fn join(&mut self, other: Self) {
        for (nemesis, tally) in &other.nemeses {
            self.nemeses.entry(*nemesis).or_default().add(tally);
        }
        other.cuts.into_iter().for_each(|cut| self.add_cut(cut));
        self.elapsed += other.elapsed;
    }
}
