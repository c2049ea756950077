//! Strikes on a replica set.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::sleep;

use super::nemesis::Nemesis;
use super::weapon::{Later, Weapon};
use crate::server::{ReplicaSet, ServerError};

/// How long a majority is missing.
const MISSING: Duration = Duration::from_millis(1_500);

/// Deposes the primary of a replica set, or takes its majority away for a while.
pub(crate) struct Election {
    set: Arc<ReplicaSet>,
    nemesis: Nemesis,
    after: Duration,
    later: Later,
}

impl Election {
    pub(crate) fn new(set: Arc<ReplicaSet>, nemesis: Nemesis, after: Duration) -> Self {
        Self { set, nemesis, after, later: Later::default() }
    }
}

#[async_trait]
impl Weapon for Election {
    async fn strike(&self) {
        let Ok(primary) = self.set.primary().await else { return };
        let (set, nemesis, after) = (Arc::clone(&self.set), self.nemesis, self.after);
        self.later.begin(async move {
            sleep(after).await;
            strike(&set, primary, nemesis).await.is_ok()
        });
    }

    async fn rest(&self) -> bool {
        self.later.end().await
    }
}

async fn strike(set: &ReplicaSet, primary: usize, nemesis: Nemesis) -> Result<(), ServerError> {
    match nemesis {
        Nemesis::KillPrimary => {
            set.kill(primary).await?;
            set.primary().await?;
            set.start_again(primary).await?;
        }
        Nemesis::FreezePrimary => {
            set.freeze(primary).await?;
            set.primary().await?;
            set.thaw(primary)?;
        }
        Nemesis::NoMajority => {
            let secondaries = (0..3).filter(|&node| node != primary);
            for node in secondaries.clone() {
                set.freeze(node).await?;
            }
            sleep(MISSING).await;
            for node in secondaries {
                set.thaw(node)?;
            }
        }
        _ => {
            set.step_down().await?;
        }
    }
    set.primary().await.map(drop)
}
