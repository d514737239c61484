//! Word that shall reach people by mail: one mail for each, queued once it may be delivered and never before.
//!
//! It is automatic mail, so nothing answers it and addresses that fail get none, but nobody asked to be spared much of it: only
//! strangers are. It names no ticket to mail systems, so what comes back of it is no part of a customer's conversation.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::MessageId;
use platform::db::{Db, Tx};
use platform::problem::Problem;
use platform::stamp::Touch;
use platform::worker::{Outcome, Worker};
use uuid::Uuid;

use super::http::changed;
use super::model::{Handover, Left, Notification, Recipient};
use super::store;
use crate::agent::model::Agent;
use crate::intake::mailbox::model::Mailbox;
use crate::intake::mailbox::store as mailboxes;
use crate::intake::outgoing::model::{Head, MailKind, Outgoing};
use crate::intake::outgoing::store as outgoing;
use crate::intake::{Intake, address, email};
use crate::message::model::MailHead;
use crate::routing::roster::Roster;
use crate::rulebook::{MailSettings, Rules};

const AT_ONCE: u64 = 50;
/// Longer subjects are cut.
const SUBJECT: usize = 120;

/// The worker.
pub(crate) struct Letters {
    pub(crate) db: Db,
    pub(crate) rules: Rules,
    pub(crate) intake: Arc<Intake>,
}

#[async_trait(?Send)]
impl Worker for Letters {
    fn name(&self) -> &'static str {
        "letters"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let due = store::to_mail(self.db.read(), self.db.clock().now(), AT_ONCE).await?;
        for id in &due {
            self.db.write("notification.mail", async |tx| self.hand_over(tx, *id).await).await?;
        }
        Ok(if due.is_empty() { Outcome::Idle } else { Outcome::Worked(u64::try_from(due.len()).unwrap_or(AT_ONCE)) })
    }

    fn pause(&self) -> Duration {
        Duration::from_secs(1)
    }
}

impl Letters {
    /// Queues the mail of a notification, unless another replica has done so.
    async fn hand_over(&self, tx: &Tx, id: Uuid) -> Result<(), Problem> {
        let Some(left) = store::hold_waiting(tx, id).await? else { return Ok(()) };
        let handover = self.queue(tx, &left).await?;
        let left = left.handed_over(handover);
        store::save(tx, &left).await?;
        let event = if handover == Handover::Queued { "notification.queued" } else { "notification.undeliverable" };
        tx.record(changed(event, &left));
        Ok(())
    }

    async fn queue(&self, tx: &Tx, left: &Left) -> Result<Handover, Problem> {
        let roster = self.rules.rosters.current(tx).await?;
        let known = addresses(&roster, &left.word, tx.now());
        if known.is_empty() {
            return Ok(Handover::NoAddress);
        }
        let rules = self.rules.current(tx).await?;
        let to = reachable(tx, known, &rules.settings.mail).await?;
        if to.is_empty() {
            return Ok(Handover::Suppressed);
        }
        let Some(mailbox) = mailboxes::of_branch(tx, left.word.branch_id).await? else { return Ok(Handover::NoMailbox) };
        let about = (None, MessageId::from_uuid(left.id.uuid()));
        let written = (self.head(&mailbox, left, to), body(&left.word));
        outgoing::queue(tx, &Outgoing::queued(MailKind::Notification, about, &mailbox, written, Touch::of(tx))).await?;
        Ok(Handover::Queued)
    }

    fn head(&self, mailbox: &Mailbox, left: &Left, to: Vec<String>) -> Head {
        let subject = left.word.text.chars().map(|one| if one.is_control() { ' ' } else { one }).take(SUBJECT).collect();
        let fields = MailHead {
            message_id: Some(format!("w.{}@{}", left.id.uuid().simple(), address::domain(&mailbox.address))),
            subject: Some(subject),
            from: Some(mailbox.address.clone()),
            to,
            ..MailHead::default()
        };
        let from_name = mailbox.name.chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
        Head { from_name, reply_to: mailbox.address.clone(), loop_id: Some(self.intake.loop_id.clone()), fields }
    }
}

fn body(word: &Notification) -> String {
    let link = word.link.as_deref().map(|link| format!("\n{link}\n")).unwrap_or_default();
    format!("{}\n{link}", word.text)
}

/// Where word reaches those it is for: a person, absent or not; the members of a group and those who are told as what is
/// meant, unless they are away while others are there.
fn addresses(roster: &Roster, word: &Notification, now: DateTime<Utc>) -> BTreeSet<String> {
    let of = |agents: Vec<&Agent>| agents.into_iter().filter_map(|agent| agent.email.clone()).collect::<BTreeSet<_>>();
    let active = || roster.agents.values().filter(|agent| agent.active && agent.email.is_some());
    let concerned: Vec<&Agent> = match word.to {
        Recipient::User(user) => return of(active().filter(|agent| agent.id == user).collect()),
        Recipient::Group(group) => {
            let members = roster.groups.get(&group).map(|group| &group.members);
            active().filter(|agent| members.is_some_and(|members| members.contains(&agent.id))).collect()
        }
        Recipient::Role(role) => {
            let serves =
                |agent: &Agent| agent.branch_ids.is_empty() || word.branch_id.is_none_or(|branch| agent.branch_ids.contains(&branch));
            active().filter(|agent| agent.told_as.contains(&role) && serves(agent)).collect()
        }
    };
    let there: Vec<&Agent> = concerned.iter().copied().filter(|agent| agent.absence_at(now).is_none()).collect();
    of(if there.is_empty() { concerned } else { there })
}

/// Those that do not fail, and are not our own mailboxes.
async fn reachable(tx: &Tx, known: BTreeSet<String>, settings: &MailSettings) -> Result<Vec<String>, Problem> {
    let ours = mailboxes::addresses(tx).await?;
    let mut reachable = Vec::new();
    for one in known {
        if !ours.contains(&address::split_plus(&one).0) && !email::store::is_suppressed(tx, &one, settings).await? {
            reachable.push(one);
        }
    }
    Ok(reachable)
}
