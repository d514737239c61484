//! Filing and working on safety reports together with what is promised to the regulator: one transaction, the report held.

use kernel::Fault;
use kernel::id::SafetyReportId;
use platform::db::Tx;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::stamp::Touch;

use super::model::{Facts, SafetyReport, holder};
use super::record::SafetyReportRecord;
use super::store;
use crate::message::model::Author;
use crate::notification::model::{DeskRole, NotificationClass};
use crate::notification::{self, Notification, Recipient};
use crate::obligation::Owner;
use crate::place::Known;
use crate::rulebook::{Rulebook, Rules};
use crate::safety::settings::SafetySettings;
use crate::step::Held;
use crate::ticket::commands;
use crate::vocabulary::{AuthorKind, ObligationKind, TicketType};

/// A report and what is promised about it, while a command works on both.
pub(crate) struct Matter {
    pub(crate) report: SafetyReport,
    before: Option<SafetyReport>,
    owner: Owner,
}

impl Matter {
    /// A new report. Local dates are the branch's, where its zone is known, else those of the calendar that holds.
    ///
    /// # Errors
    /// 409 `ticket_merged`; every field fault.
    pub(super) async fn file(tx: &Tx, rules: &Rules, (place, zone): Known, (facts, anonymous): (Facts, bool)) -> Result<Self, Problem> {
        let (rulebook, holder) = (rules.current(tx).await?, holder(place));
        let zone = zone.unwrap_or_else(|| rulebook.for_ticket(holder.traits, tx.now()).zone());
        let report = SafetyReport::file((place, zone), facts, anonymous, &rulebook.settings.safety, Touch::of(tx))?;
        let owner = Owner::about(tx, rules, place.ticket_id, (report.subject(), holder)).await?;
        if let Owner::Ticket(case) = &owner {
            case.ticket.demand_unmerged()?;
        }
        if place.ticket_id.is_some() && owner.ticket().is_none_or(|ticket| ticket.kind != TicketType::Safety) {
            return Err(Fault::field("/ticket_id", "not_a_safety_ticket", "A safety report hangs on a ticket of the type safety.").into());
        }
        Ok(Self { report, before: None, owner })
    }

    fn rules(&self) -> &Rulebook {
        self.owner.rules()
    }

    pub(super) fn settings(&self) -> SafetySettings {
        self.rules().settings.safety
    }

    /// What is owed to the regulator follows the report: an injury that turns out graver, or one that does not, and his being told.
    fn follow_duty(&mut self, tx: &Tx) {
        let (report, before) = (&self.report, self.before.as_ref());
        let (owed, owed_before) = (report.owed_until(), before.and_then(SafetyReport::owed_until));
        let told_before = before.map_or(0, |before| before.progress.told.len());
        if let Some(told) = report.progress.told.get(told_before) {
            self.owner.keep(report.subject(), ObligationKind::SafetyReport, told.reported_at);
        } else if owed != owed_before {
            self.owner.release(report.subject(), tx.now());
            if let Some(until) = owed {
                self.owner.promise_until(report.subject(), ObligationKind::SafetyReport, report.facts.learned_at, until);
            }
        }
    }

    /// The safety managers learn of a report, everybody concerned of a regulator who is to be told sooner, a lead of the part.
    async fn tell(&self, tx: &Tx) -> Result<(), Problem> {
        let (report, before) = (&self.report, self.before.as_ref());
        let lead = report.lead_id.filter(|lead| lead.uuid() != tx.actor().id);
        let due = report.owed_until().filter(|due| before.and_then(SafetyReport::owed_until).is_none_or(|before| *due < before));
        if let Some(due) = due {
            let text = format!("A regulator must be told of an injury ({}) by {due:?}.", report.facts.injury_class);
            self.remind(tx, (NotificationClass::Emergency, &text)).await?;
        } else if before.is_none() {
            let kind = report.facts.kind.as_str().replace('_', " ");
            let manager = Recipient::Role(DeskRole::SafetyManager);
            self.leave(tx, manager, NotificationClass::Alert, &format!("A safety report was filed: {kind}.")).await?;
        }
        match lead.filter(|_| before.and_then(|before| before.lead_id) != report.lead_id) {
            Some(lead) => {
                self.leave(tx, Recipient::User(lead), NotificationClass::Assignment, "A safety report is yours to investigate.").await
            }
            None => Ok(()),
        }
    }

    /// Leaves word for whoever leads the investigation and for the safety managers.
    pub(crate) async fn remind(&self, tx: &Tx, (class, text): (NotificationClass, &str)) -> Result<(), Problem> {
        self.leave(tx, Recipient::Role(DeskRole::SafetyManager), class, text).await?;
        match self.report.lead_id {
            Some(lead) => self.leave(tx, Recipient::User(lead), class, text).await,
            None => Ok(()),
        }
    }

    async fn leave(&self, tx: &Tx, to: Recipient, class: NotificationClass, text: &str) -> Result<(), Problem> {
        let word = Notification::about(&self.owner.holder(), to, class, text).subject(Some(self.report.subject()));
        notification::tell(tx, self.rules(), word).await
    }

    fn change(&self, event: &'static str) -> Change {
        let (report, place) = (&self.report, self.report.place);
        let change = Change::new(event, "safety_report", report.id, report.stamp.version)
            .account(place.account_id)
            .site(place.site_id)
            .branch(place.branch_id)
            .after(&SafetyReportRecord::from(report));
        match &self.before {
            Some(before) => change.before(&SafetyReportRecord::from(before)),
            None => change,
        }
    }
}

impl Held for Matter {
    type Id = SafetyReportId;

    async fn resume(tx: &Tx, rules: &Rules, scope: &RowScope, id: SafetyReportId) -> Result<Self, Problem> {
        let report = store::find_locked(tx, scope, id).await?;
        let about = (report.subject(), holder(report.place));
        let owner = Owner::about(tx, rules, report.place.ticket_id, about).await?;
        Ok(Self { before: Some(report.clone()), report, owner })
    }

    fn version(&self) -> i64 {
        self.report.stamp.version
    }

    async fn write(&mut self, tx: &Tx, event: &'static str) -> Result<(), Problem> {
        self.follow_duty(tx);
        write_owner(tx, &mut self.owner).await?;
        match &self.before {
            None => store::insert(tx, &self.report)?,
            Some(_) => store::save(tx, &self.report).await?,
        }
        tx.record(self.change(event));
        self.tell(tx).await
    }

    fn answer(&self, _: &Tx, _: &RowScope) -> Result<Reply, Problem> {
        super::http::answer(&self.report)
    }
}

/// Whoever answers for the investigation.
pub(crate) fn lead_of(report: &SafetyReport) -> Recipient {
    report.lead_id.map_or(Recipient::Role(DeskRole::SafetyManager), Recipient::User)
}

/// Writes what is promised. Whoever of ours works on a report has touched its ticket.
pub(crate) async fn write_owner(tx: &Tx, owner: &mut Owner) -> Result<(), Problem> {
    if let Owner::Ticket(case) = owner
        && Author::of(tx.actor()).kind == AuthorKind::Agent
    {
        case.acted();
    }
    owner.write(tx).await?;
    if let Owner::Ticket(case) = owner {
        commands::tell_touch(tx, case);
    }
    Ok(())
}
