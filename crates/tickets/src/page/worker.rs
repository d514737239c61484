//! Pages whoever is on call, level by level, until somebody takes charge.
//!
//! Of all replicas one runs this, by lease; and if two did, each emergency is held while it is decided whom to page, and the index
//! on level and round refuses a second page. Nothing due is kept in memory: what fell due during downtime is made up for.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::{EmergencyId, PageId};
use platform::db::{Db, Tx};
use platform::problem::Problem;
use platform::scope::RowScope;
use platform::stamp::{Stamp, Touch};
use platform::worker::{Outcome, Worker};

use super::commands::changed;
use super::model::{Page, PageState};
use super::store;
use crate::emergency::commands::internal;
use crate::emergency::model::Emergency;
use crate::emergency::paging::{Call, Link};
use crate::intake::Intake;
use crate::intake::dedupe::sha256;
use crate::notification::model::{DeskRole, NoticeChannel, NotificationClass};
use crate::notification::{self, Notification, Recipient};
use crate::oncall_schedule::expansion::Timetable;
use crate::routing::roster::Roster;
use crate::rulebook::Rules;
use crate::ticket::model::Ticket;
use crate::{emergency, outgoing_text, ticket};

/// Emergencies in one step.
const BATCH: u64 = 50;

/// The worker.
pub(crate) struct Pager {
    pub(crate) db: Db,
    pub(crate) rules: Rules,
    pub(crate) intake: Arc<Intake>,
}

#[async_trait(?Send)]
impl Worker for Pager {
    fn name(&self) -> &'static str {
        "pager"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let due = emergency::store::due(self.db.read(), self.db.clock().now(), BATCH).await?;
        for id in &due {
            self.db.write("emergency.page", async |tx| self.page(tx, (*id).into()).await).await?;
        }
        Ok(if due.is_empty() { Outcome::Idle } else { Outcome::Worked(u64::try_from(due.len()).unwrap_or(BATCH)) })
    }

    fn pause(&self) -> Duration {
        Duration::from_secs(1)
    }
}

impl Pager {
    async fn page(&self, tx: &Tx, id: EmergencyId) -> Result<(), Problem> {
        let before = emergency::store::hold(tx, id).await?;
        let ticket = ticket::store::find(tx, &RowScope::All, before.ticket_id).await?;
        let (rules, roster) = (self.rules.current(tx).await?, self.rules.rosters.current(tx).await?);
        let chain = chain(&roster, &before, &ticket, tx.now());
        // It may have been paged or acknowledged since it was claimed.
        let Some(round) = before.paged(&chain, &rules.settings.on_call, Touch::of(tx))? else { return Ok(()) };
        for page in store::unanswered(tx, id).await? {
            let page = page.timed_out(Touch::of(tx))?;
            store::save(tx, &page).await?;
            tx.record(changed("page.timed_out", &page, &ticket));
        }
        emergency::store::save(tx, &round.emergency).await?;
        let event = if round.calls.is_empty() { "emergency.paging_ended" } else { "emergency.paged" };
        tx.record(internal(event, &round.emergency, &ticket));
        let late_by_s = before.next_page_at.map_or(0, |due| (tx.now() - due).num_seconds());
        let mut told = BTreeSet::new();
        for call in &round.calls {
            let (page, link) = self.drafted(&round.emergency, *call, (late_by_s, Touch::of(tx)));
            store::insert(tx, &page).await?;
            tx.record(changed("page.sent", &page, &ticket));
            // Who is on call on two levels that are paged at once is told once.
            if told.insert(call.user) {
                let word = word(&ticket, &round.emergency, *call);
                if call.channel == NoticeChannel::Sms {
                    let number = call.user.and_then(|user| roster.agents.get(&user)?.phone.clone());
                    outgoing_text::commands::page(tx, &ticket, (&page, number), format!("{}\n{link}", word.text));
                }
                notification::tell(tx, &rules, word.link(Some(link))).await?;
            }
        }
        Ok(())
    }

    /// A page, and the link that answers it.
    fn drafted(&self, emergency: &Emergency, call: Call, (late_by_s, touch): (i64, Touch)) -> (Page, String) {
        let id = PageId::generate();
        let token = self.intake.signer.link_token("page", id.uuid());
        let page = Page {
            id,
            stamp: Stamp::new(touch),
            emergency_id: emergency.id,
            ticket_id: emergency.ticket_id,
            call,
            state: PageState::Sent,
            sent_at: touch.at,
            times_out_at: emergency.next_page_at,
            late_by_s,
            ack_at: None,
            ack_by: None,
            fail_reason: None,
            token_hash: sha256(token.as_bytes()),
        };
        (page, format!("{}/v1/public/pages/{token}", self.intake.public_url))
    }
}

/// Who is on call now for an emergency: on the schedule it names, else on its branch's or the default one.
fn chain(roster: &Roster, emergency: &Emergency, ticket: &Ticket, now: DateTime<Utc>) -> Vec<Link> {
    let named = emergency.schedule_id.and_then(|id| roster.timetables.iter().find(|one| one.schedule.id == id));
    let links = |timetable: &Timetable| {
        let link = |(level, user)| Link { level, user, channel: timetable.channel(level, now) };
        timetable.chain(now).map(|(level, duty)| link((level, duty.user))).collect()
    };
    named.or_else(|| roster.timetable_of(ticket.branch_id)).map(links).unwrap_or_default()
}

/// What whoever is paged is told. Nothing keeps it quiet.
fn word(ticket: &Ticket, emergency: &Emergency, call: Call) -> Notification {
    let hazard = emergency.hazard_code.as_deref().map(|code| format!(" ({code})")).unwrap_or_default();
    let text = format!("Emergency {}{hazard}: {}. Take charge, or others are paged.", ticket.reference(), ticket.subject);
    let to = call.user.map_or(Recipient::Role(DeskRole::DutyManager), Recipient::User);
    let word = Notification::of_ticket(ticket, to, NotificationClass::Emergency, text);
    word.by(call.channel).subject(Some(emergency.subject()))
}
