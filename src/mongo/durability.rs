//! Whether what a call has seen on the primary will stay.
//!
//! A transaction, and a write that breaks a uniqueness, see what the primary has, which a majority may not
//! have yet and an election may undo. A call that is refused because of it therefore waits until a majority
//! has it. One that succeeds does so anyway, when it waits for its own write.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bson::doc;
use bson::oid::ObjectId;
use mongodb::error::Error;
use mongodb::event::EventHandler;
use mongodb::event::sdam::SdamEvent;
use mongodb::options::{Acknowledgment, WriteConcern};
use parking_lot::Mutex;

use super::MongoStore;
use super::schema::LEFTOVERS;

/// How long a majority may take to acknowledge a write.
const PATIENCE_WITH_MAJORITY: Duration = Duration::from_secs(10);

/// Waits for the journals of a majority, for a limited time.
pub(super) fn majority() -> WriteConcern {
    WriteConcern::builder()
        .w(Acknowledgment::Majority)
        .w_timeout(PATIENCE_WITH_MAJORITY)
        .journal(true)
        .build()
}

/// Counts elections, as far as the driver sees them. It sees one before it uses the new primary.
#[derive(Clone, Default)]
pub(super) struct Elections {
    counted: Arc<AtomicU64>,
    latest: Arc<Mutex<Option<ObjectId>>>,
}

impl Elections {
    pub(super) fn count(&self) -> u64 {
        self.counted.load(Ordering::Acquire)
    }

    /// What counts them.
    pub(super) fn handler(&self) -> EventHandler<SdamEvent> {
        let elections = self.clone();
        EventHandler::callback(move |event| {
            let SdamEvent::TopologyDescriptionChanged(event) = event else { return };
            elections.note(event.new_description.max_election_id());
        })
    }

    fn note(&self, election: Option<ObjectId>) {
        let mut latest = self.latest.lock();
        if *latest != election {
            *latest = election;
            self.counted.fetch_add(1, Ordering::AcqRel);
        }
    }
}

impl MongoStore {
    pub(super) fn elections(&self) -> u64 {
        self.shared.elections.count()
    }

    /// Waits until a majority has everything that the primary had; `false` when there has been an election
    /// since `before`, so that some of it may be undone.
    ///
    /// # Errors
    /// When a majority does not acknowledge it in time. The call that waits has changed nothing.
    pub(super) async fn has_settled(&self, before: u64) -> Result<bool, Error> {
        // A write that changes nothing waits for all that were before it.
        let nothing = doc! { "_id": "" };
        let update = doc! { "$set": { "owner": "" } };
        let notes = self.collection(LEFTOVERS);
        notes.update_one(nothing, update).write_concern(majority()).await?;
        Ok(self.elections() == before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_election_is_counted_once() {
        let elections = Elections::default();
        let (one, two) = (ObjectId::new(), ObjectId::new());
        for (election, count) in [(Some(one), 1), (Some(one), 1), (Some(two), 2)] {
            elections.note(election);
            assert_eq!(elections.count(), count);
        }
    }
}
