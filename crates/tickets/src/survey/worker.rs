//! Sends invitations that are due, and notes those that have run out.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use platform::db::{Db, Tx};
use platform::problem::Problem;
use platform::scope::RowScope;
use platform::stamp::Touch;
use platform::worker::{Outcome, Worker};
use uuid::Uuid;

use super::model::{CancelReason, Survey, SurveyState, hindrance};
use super::schedule::changed;
use super::store;
use crate::intake::Intake;
use crate::intake::dedupe::sha256;
use crate::intake::email::automatic::{self, Automatic, Unsent};
use crate::rulebook::Rules;
use crate::survey_template::model::Filling;
use crate::ticket::model::Ticket;
use crate::{survey_template, ticket};

/// Surveys in one step.
const BATCH: u64 = 50;
/// How long an invitation waits when too much automatic mail went to its address.
const LATER: TimeDelta = TimeDelta::minutes(15);

/// The worker.
pub(crate) struct Surveys {
    pub(crate) db: Db,
    pub(crate) rules: Rules,
    pub(crate) intake: Arc<Intake>,
}

#[async_trait(?Send)]
impl Worker for Surveys {
    fn name(&self) -> &'static str {
        "surveys"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let now = self.db.clock().now();
        let due = store::due(self.db.read(), now, BATCH).await?;
        for id in &due {
            self.db.write("survey.send", async |tx| self.send(tx, *id).await).await?;
        }
        let ended = store::run_out(self.db.read(), now, BATCH).await?;
        if !ended.is_empty() {
            self.db.write("surveys.expire", async |tx| expire(tx, &ended).await).await?;
        }
        let worked = u64::try_from(due.len() + ended.len()).unwrap_or(BATCH);
        Ok(if worked == 0 { Outcome::Idle } else { Outcome::Worked(worked) })
    }

    fn pause(&self) -> Duration {
        Duration::from_secs(5)
    }
}

async fn expire(tx: &Tx, ended: &[Uuid]) -> Result<(), Problem> {
    for id in ended {
        if let Some(survey) = store::hold_in(tx, *id, SurveyState::Sent).await? {
            let expired = survey.expired(Touch::of(tx))?;
            store::save(tx, &expired).await?;
            tx.record(changed("survey.expired", &expired));
        }
    }
    Ok(())
}

impl Surveys {
    /// Sends one invitation, unless something has come in between.
    async fn send(&self, tx: &Tx, id: Uuid) -> Result<(), Problem> {
        let Some(survey) = store::hold_in(tx, id, SurveyState::Scheduled).await? else { return Ok(()) };
        let (next, event) = match self.invited(tx, &survey).await? {
            Ok(sent) => (sent, "survey.sent"),
            Err(Unsent::Never(reason)) => (survey.cancelled(reason, Touch::of(tx))?, "survey.cancelled"),
            Err(Unsent::Later) => (survey.postponed(tx.now() + LATER, Touch::of(tx)), "survey.postponed"),
        };
        store::save(tx, &next).await?;
        tx.record(changed(event, &next));
        Ok(())
    }

    async fn invited(&self, tx: &Tx, survey: &Survey) -> Result<Result<Survey, Unsent<CancelReason>>, Problem> {
        let never = |reason| Ok(Err(Unsent::Never(reason)));
        let ticket = match ticket::store::find(tx, &RowScope::All, survey.ticket_id).await {
            Err(problem) if problem.code() == "not_found" => return never(CancelReason::Deleted),
            found => found?,
        };
        if let Some(reason) = hindrance(&ticket) {
            return never(reason);
        }
        let rules = self.rules.current(tx).await?;
        let settings = &rules.settings.surveys;
        if store::asked_since(tx, survey, tx.now() - settings.pause(), true).await? {
            return never(CancelReason::RecentlyAsked);
        }
        let Some(template) = survey_template::store::for_language(tx, ticket.language.as_deref()).await? else {
            return never(CancelReason::NotSendable);
        };
        let token = self.intake.signer.link_token("survey", survey.id.uuid());
        let mail = self.mail(&ticket, survey, (&template, &token));
        match automatic::send(tx, (&self.intake, &self.rules), &ticket, &mail).await? {
            Ok(()) => Ok(Ok(survey.sent(template.id, sha256(token.as_bytes()), settings, Touch::of(tx))?)),
            Err(Unsent::Later) => Ok(Err(Unsent::Later)),
            Err(Unsent::Never(automatic::Refusal::NoMailbox)) => never(CancelReason::NotSendable),
            Err(Unsent::Never(automatic::Refusal::Suppressed)) => never(CancelReason::AddressSuppressed),
        }
    }

    fn mail(&self, ticket: &Ticket, survey: &Survey, (template, token): (&survey_template::model::SurveyTemplate, &str)) -> Automatic {
        let link = format!("{}/v1/public/surveys/{token}", self.intake.public_url);
        let reference = ticket.reference();
        let name = survey.name.as_deref().unwrap_or(&survey.email);
        let filling = Filling { name, reference: &reference, subject: &ticket.subject, link: &link };
        Automatic {
            to: survey.email.clone(),
            subject: filling.fill(&template.subject),
            body: filling.fill(&template.body),
            note: format!("A survey was sent to {}.", survey.email),
        }
    }
}
