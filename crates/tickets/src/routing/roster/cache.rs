//! The roster of the present generation, kept while the generation stays.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use platform::problem::Problem;
use platform::recent::Recent;
use sea_orm::ConnectionTrait;

use super::{Roster, store};

/// How old the roster in memory may be for deciding what peers are asked before a transaction. Within the transaction only the
/// generation of the database counts.
const LOOKED_FOR: Duration = Duration::from_secs(1);

/// A handle; clones share the roster.
#[derive(Clone)]
pub(crate) struct Rosters {
    kept: Arc<RwLock<Arc<Roster>>>,
    looked: Arc<RwLock<Recent<(), ()>>>,
}

impl Default for Rosters {
    fn default() -> Self {
        Self { kept: Arc::default(), looked: Arc::new(RwLock::new(Recent::new(LOOKED_FOR))) }
    }
}

impl Rosters {
    /// The roster in memory, of whatever generation: to decide on before the database has told its own.
    pub(crate) fn kept(&self) -> Arc<Roster> {
        Arc::clone(&self.kept.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The roster of the generation that the database is at. Must not be used after the same transaction changed it.
    pub(crate) async fn current<C: ConnectionTrait>(&self, db: &C) -> Result<Arc<Roster>, Problem> {
        let generation = store::generation(db).await?;
        self.at(db, generation).await
    }

    /// The roster of a generation that was read just now.
    pub(crate) async fn at<C: ConnectionTrait>(&self, db: &C, generation: i64) -> Result<Arc<Roster>, Problem> {
        let kept = self.kept();
        if kept.generation == generation {
            return Ok(kept);
        }
        let loaded = Arc::new(store::load(db).await?);
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&loaded);
        Ok(loaded)
    }

    /// A roster that was compared with the database within the last second, so that opening a ticket does not pay for a look.
    pub(crate) async fn recent<C: ConnectionTrait>(&self, db: &C) -> Result<Arc<Roster>, Problem> {
        if self.looked.read().unwrap_or_else(PoisonError::into_inner).get(&()).is_some() {
            return Ok(self.kept());
        }
        let roster = self.current(db).await?;
        self.looked.read().unwrap_or_else(PoisonError::into_inner).keep((), ());
        Ok(roster)
    }

    /// The next look goes to the database.
    pub(crate) fn look_again(&self) {
        *self.looked.write().unwrap_or_else(PoisonError::into_inner) = Recent::new(LOOKED_FOR);
    }
}
