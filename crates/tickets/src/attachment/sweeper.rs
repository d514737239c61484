//! Forgets what was sent here and belongs to nothing: files that never got a message, uploads that broke off with their process.

use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use platform::db::Db;
use platform::problem::Problem;
use platform::worker::{Outcome, Worker};

use super::{files, store};

/// How long a file may wait for its message.
const PATIENCE: TimeDelta = TimeDelta::days(1);
const AT_ONCE: u64 = 100;

/// The worker.
pub(crate) struct FileSweeper {
    pub(crate) db: Db,
}

#[async_trait(?Send)]
impl Worker for FileSweeper {
    fn name(&self) -> &'static str {
        "files"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let (db, until) = (self.db.read(), self.db.clock().now() - PATIENCE);
        let unclaimed = store::unclaimed(db, until, AT_ONCE).await?;
        let broken_off = files::broken_off(db, until, AT_ONCE).await?;
        for file in &unclaimed {
            self.db.write("file.forget", async |tx| store::forget(tx, file).await).await?;
        }
        for content_id in &broken_off {
            self.db.write("file.drop", async |tx| files::drop_pieces(tx, *content_id).await).await?;
        }
        let done = u64::try_from(unclaimed.len() + broken_off.len()).unwrap_or(AT_ONCE);
        Ok(if done == 0 { Outcome::Idle } else { Outcome::Worked(done) })
    }

    fn pause(&self) -> Duration {
        Duration::from_secs(600)
    }
}
