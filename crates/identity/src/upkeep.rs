//! Removing what no longer matters: old revocations, forgiven attempts, long-expired sessions, retired private keys.

use std::time::Duration;

use async_trait::async_trait;
use platform::problem::Problem;
use platform::worker::{Outcome, Worker};

use crate::directory::Directory;
use crate::revocations;
use crate::sessions;
use crate::signing_keys;
use crate::throttle;

/// The worker.
pub(crate) struct Upkeep(pub(crate) Directory);

#[async_trait(?Send)]
impl Worker for Upkeep {
    fn name(&self) -> &'static str {
        "identity.upkeep"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let now = self.0.wall.now();
        let removed = self
            .0
            .db
            .write("identity.upkeep", async |tx| {
                let revoked = revocations::store::prune(tx, now).await?;
                let attempts = throttle::store::prune(tx, now).await?;
                let expired = sessions::store::prune(tx, now).await?;
                let erased = signing_keys::store::erase_retired(tx, now).await?;
                Ok(revoked.saturating_add(attempts).saturating_add(expired).saturating_add(erased))
            })
            .await?;
        Ok(if removed == 0 { Outcome::Idle } else { Outcome::Worked(removed) })
    }

    fn pause(&self) -> Duration {
        Duration::from_secs(60)
    }
}
