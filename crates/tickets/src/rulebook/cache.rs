//! The rulebook of the present generation, kept while the generation stays.

use std::sync::{Arc, PoisonError, RwLock};

use platform::problem::Problem;
use sea_orm::ConnectionTrait;

use super::{Rulebook, store};
use crate::routing::roster::Rosters;

/// A handle; clones share the rulebook.
#[derive(Clone, Default)]
pub(crate) struct Rules {
    kept: Arc<RwLock<Arc<Rulebook>>>,
    /// Who works at the desk, of a generation of its own: people come and go more often than rules change.
    pub(crate) rosters: Rosters,
}

impl Rules {
    /// The rulebook of the generation that the database is at. Must not be used after the same transaction changed rules:
    /// then [`store::load`] reads what is not committed yet.
    pub(crate) async fn current<C: ConnectionTrait>(&self, db: &C) -> Result<Arc<Rulebook>, Problem> {
        let generation = store::generation(db).await?;
        self.at(db, generation).await
    }

    /// The rulebook in memory, of whatever generation: to decide on before the database has told its own.
    pub(crate) fn kept(&self) -> Arc<Rulebook> {
        Arc::clone(&self.kept.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The rulebook of a generation that was read just now.
    pub(crate) async fn at<C: ConnectionTrait>(&self, db: &C, generation: i64) -> Result<Arc<Rulebook>, Problem> {
        let kept = self.kept();
        if kept.generation == generation {
            return Ok(kept);
        }
        let loaded = Arc::new(store::load(db).await?);
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&loaded);
        Ok(loaded)
    }
}
