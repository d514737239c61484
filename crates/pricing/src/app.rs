//! What pricing's handlers share.

use std::sync::Arc;

use kernel::Clock;
use platform::db::Db;
use platform::peer::Peers;
use platform::problem::Problem;

use crate::contexts::Contexts;
use crate::live::Live;

/// The state of a started pricing service.
pub struct Pricing {
    pub db: Db,
    pub clock: Clock,
    pub peers: Arc<dyn Peers>,
    pub live: Arc<Live>,
    pub contexts: Contexts,
}

impl Pricing {
    /// Makes a committed change visible to this process's next price.
    ///
    /// # Errors
    /// 503 when the database cannot be read.
    pub async fn refresh(&self) -> Result<(), Problem> {
        self.live.refresh(self.db.read()).await.map(|_| ())
    }
}
