//! Gives up texts that no relay has sent in time: people see then that the customer was not reached, and the promise is owed.

use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use platform::db::Db;
use platform::problem::Problem;
use platform::scope::RowScope;
use platform::worker::{Outcome, Worker};

use super::commands::{Reported, report};
use super::model::{TextReport, TextState};
use super::store;
use crate::rulebook::Rules;

/// Texts in one step.
const BATCH: u64 = 50;

/// The worker.
pub(crate) struct StaleTexts {
    pub(crate) db: Db,
    pub(crate) rules: Rules,
}

#[async_trait(?Send)]
impl Worker for StaleTexts {
    fn name(&self) -> &'static str {
        "stale-texts"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let patience = TimeDelta::seconds(self.rules.current(self.db.read()).await?.settings.mail.retry_for_s);
        let stale = store::stale(self.db.read(), self.db.clock().now() - patience, BATCH).await?;
        for id in &stale {
            let given_up = async |tx: &platform::db::Tx| {
                // A relay may have reported meanwhile.
                if store::hold(tx, &RowScope::All, *id).await?.state == TextState::Queued {
                    let error = Some("No relay has sent it in time.".to_owned());
                    let reported = Reported { outcome: TextReport::Failed, permanent: false, error, provider_ref: None };
                    report(tx, &self.rules, &RowScope::All, *id, reported).await?;
                }
                Ok::<_, Problem>(())
            };
            self.db.write("outgoing_text.give_up", given_up).await?;
        }
        Ok(if stale.is_empty() { Outcome::Idle } else { Outcome::Worked(u64::try_from(stale.len()).unwrap_or(BATCH)) })
    }

    fn pause(&self) -> Duration {
        Duration::from_secs(30)
    }
}
