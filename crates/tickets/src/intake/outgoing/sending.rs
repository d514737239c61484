//! Sends what is queued to the mail server: each mail as often as it takes, each recipient once.
//!
//! A mail is put off before it is sent, so that a process that dies in between neither loses it nor sends it twice in a
//! moment; the answer of the server is written after. When a process dies between the two, the mail goes out again under
//! the same Message-ID, by which mail systems know it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use platform::db::{Db, Tx};
use platform::problem::Problem;
use platform::stamp::Touch;
use platform::worker::{Outcome, Worker};

use super::model::{MailState, Outgoing};
use super::recipient::Verdict;
use super::relay::{Relay, Session};
use super::{compose, outcome, store};
use crate::intake::email::store as mails;
use crate::rulebook::{MailSettings, Rules};

/// Mails sent over one connection.
const AT_ONCE: u64 = 50;
/// How long a mail that is being sent is left alone.
const CLAIM: TimeDelta = TimeDelta::minutes(10);

/// The worker.
pub(crate) struct Sending {
    pub(crate) db: Db,
    pub(crate) rules: Rules,
    pub(crate) relay: Relay,
}

#[async_trait(?Send)]
impl Worker for Sending {
    fn name(&self) -> &'static str {
        "sending"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let rules = self.rules.current(self.db.read()).await?;
        let settings = &rules.settings.mail;
        let due = store::due(self.db.read(), self.db.clock().now(), rules.settings.hold_unscanned_files, AT_ONCE).await?;
        if due.is_empty() {
            return Ok(Outcome::Idle);
        }
        let mut session = match self.relay.connect().await {
            Ok(session) => session,
            Err(problem) => {
                self.out_of_patience(&due, settings, &problem).await?;
                return Err(problem);
            }
        };
        let mut sent = 0;
        for mail in &due {
            if session.has_broken() {
                break;
            }
            sent += u64::from(self.send(&mut session, mail, settings).await?);
        }
        session.end().await;
        Ok(if sent == 0 { Outcome::Idle } else { Outcome::Worked(sent) })
    }

    fn pause(&self) -> Duration {
        Duration::from_secs(2)
    }
}

impl Sending {
    /// Sends one mail unless somebody else does; true when it was tried.
    async fn send(&self, session: &mut Session, mail: &Outgoing, settings: &MailSettings) -> Result<bool, Problem> {
        let claimed = self.db.write("outgoing.claim", async |tx| store::claim(tx, mail, tx.now() + CLAIM).await).await?;
        if !claimed {
            return Ok(false);
        }
        let to = mail.pending();
        let verdicts = match compose::composed(self.db.read(), mail).await {
            Ok(raw) => self.relay.send(session, mail.return_path(), &to, &raw).await,
            Err(problem) => {
                tracing::warn!(mail = %mail.id, cause = problem.cause(), "a mail cannot be written");
                let refusal = Verdict::Refused { text: "the mail cannot be written".to_owned(), at_recipient: false };
                to.iter().map(|address| (address.clone(), refusal.clone())).collect()
            }
        };
        self.db.write("outgoing.sent", async |tx| self.note(tx, mail, &verdicts, settings).await).await?;
        Ok(true)
    }

    async fn note(&self, tx: &Tx, mail: &Outgoing, verdicts: &[(String, Verdict)], settings: &MailSettings) -> Result<(), Problem> {
        for (address, verdict) in verdicts {
            if matches!(verdict, Verdict::Refused { at_recipient: true, .. }) {
                mails::note_failure(tx, address, mail.id, tx.now()).await?;
            }
        }
        let next = store::hold(tx, mail.id).await?.attempted(verdicts, settings, Touch::of(tx));
        let event = match next.state {
            MailState::Queued => "outgoing_mail.deferred",
            MailState::Failed | MailState::Bounced => "outgoing_mail.failed",
            MailState::Sent | MailState::Delivered => "outgoing_mail.sent",
        };
        outcome::settle(tx, &self.rules, next, event).await?;
        Ok(())
    }

    /// While the server cannot be reached nothing is tried, but what has waited too long is given up where people see it.
    async fn out_of_patience(&self, due: &[Outgoing], settings: &MailSettings, problem: &Problem) -> Result<(), Problem> {
        let why = problem.cause().unwrap_or("the mail server cannot be reached").to_owned();
        for mail in due.iter().filter(|mail| settings.last_attempt(mail.queued_at) <= self.db.clock().now()) {
            let verdicts: Vec<_> = mail.pending().into_iter().map(|address| (address, Verdict::Later(why.clone()))).collect();
            self.db.write("outgoing.given_up", async |tx| self.note(tx, mail, &verdicts, settings).await).await?;
        }
        Ok(())
    }
}

/// The worker, where a mail server is configured.
pub(crate) fn worker(db: &Db, rules: &Rules, relay: Option<Relay>) -> Option<Arc<dyn Worker>> {
    let sending = Sending { db: db.clone(), rules: rules.clone(), relay: relay? };
    Some(Arc::new(sending))
}
