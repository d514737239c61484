//! Carrying out what fell due of a promise: one notice to each who is told, however much fell due at once.
//!
//! It runs in the transaction that marks the timers as fired, on owners that are held, and the log refuses a moment twice: so
//! nothing is done twice, whoever runs it and however often.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use kernel::id::{GroupId, TicketId, new_uuid};
use platform::db::Tx;
use platform::outbox::Change;
use platform::problem::Problem;
use serde::Serialize;
use uuid::Uuid;

use super::model::{EscalationAction, EscalationStep, EscalationTarget, raised};
use super::{run_entity, store};
use crate::group;
use crate::notification::model::{DeskRole, NoticeChannel, NotificationClass, Recipient};
use crate::notification::{self, Notification};
use crate::obligation::engine::Obligation;
use crate::obligation::wire::SubjectView;
use crate::obligation::{Holder, Owner};
use crate::rulebook::{EscalationEntry, Rulebook};
use crate::ticket::event;
use crate::ticket::model::Ticket;
use crate::timer::entity::Model as Timer;
use crate::vocabulary::{ObligationKind, ObligationState, TicketType};

/// Someone is told that a promise's time is running out, or is over.
#[derive(Serialize)]
struct Notice {
    ticket_id: Option<TicketId>,
    number: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<SubjectView>,
    kind: ObligationKind,
    cycle: i32,
    due_at: Option<DateTime<Utc>>,
    /// What fell due since the last notice.
    steps: Vec<String>,
    late_by_s: i64,
}

/// A moment of a plan that is to be carried out.
struct Fallen<'a> {
    timer: &'a Timer,
    entry: &'a EscalationEntry,
    step: &'a EscalationStep,
}

/// All that fell due of one promise.
struct Fall<'a> {
    obligation: Obligation,
    /// The responsible are told by the SLA policy's own percentages.
    warned: Vec<&'a Timer>,
    fallen: Vec<Fallen<'a>>,
}

/// Whom to tell, how loudly and by which way; each once.
type Told = BTreeMap<Recipient, (NotificationClass, NoticeChannel)>;

impl<'a> Fall<'a> {
    /// What is still valid of these timers; none when nothing is to be done. A breach is told by its own event.
    fn of(obligation: &Obligation, timers: &'a [Timer], rules: &'a Rulebook, now: DateTime<Utc>) -> Option<Self> {
        let seen = obligation.seen_at(now);
        let valid = |timer: &&Timer| timer.generation == seen.generation && seen.is_active() && seen.state != ObligationState::Paused;
        let in_time = seen.state == ObligationState::Running;
        let warned = timers.iter().filter(valid).filter(|timer| timer.escalation_version_id.is_none() && in_time).collect();
        let fallen = timers.iter().filter(valid).filter_map(|timer| {
            let entry = rules.escalation(timer.escalation_version_id?.into())?;
            let step = entry.steps.get(usize::try_from(timer.escalation_step?).ok()?)?;
            Some(Fallen { timer, entry, step })
        });
        let fall = Self { obligation: seen.clone(), warned, fallen: fallen.collect() };
        (!fall.warned.is_empty() || !fall.fallen.is_empty()).then_some(fall)
    }

    fn timers(&self) -> impl Iterator<Item = &Timer> {
        self.warned.iter().copied().chain(self.fallen.iter().map(|fallen| fallen.timer))
    }

    fn change(&self, holder: &Holder, now: DateTime<Utc>) -> Change {
        let first = self.timers().map(|timer| timer.fire_at).min().unwrap_or(now);
        let notice = Notice {
            ticket_id: holder.ticket_id(),
            number: holder.ticket.map(|(_, number)| number),
            subject: self.obligation.subject.map(Into::into),
            kind: self.obligation.kind,
            cycle: self.obligation.cycle,
            due_at: self.obligation.due_at,
            steps: self.timers().map(|timer| timer.step.clone()).collect(),
            late_by_s: (now - first).num_seconds(),
        };
        holder.change("obligation.escalated", &self.obligation).after(&notice)
    }

    fn text(&self, holder: &Holder) -> String {
        let what = self.obligation.kind.as_str().replace('_', " ");
        let whose = holder.ticket.map(|(_, number)| format!(" of T-{number}")).unwrap_or_default();
        let tense = if self.obligation.state == ObligationState::Running { "is" } else { "was" };
        let due = self.obligation.due_at.map(|due| due.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)).unwrap_or_default();
        format!("The {what}{whose} {tense} due at {due}.")
    }
}

/// Carries out what fell due of an owner's promises, and tells of it. The owner is written by the caller.
///
/// # Errors
/// Those of the database.
pub(crate) async fn fire(tx: &Tx, owner: &mut Owner, timers: &BTreeMap<Uuid, Vec<Timer>>) -> Result<(), Problem> {
    let rules = Arc::clone(owner.rules());
    let due = |one: &Obligation| Fall::of(one, timers.get(&one.id.uuid())?, &rules, tx.now());
    let falls: Vec<Fall<'_>> = owner.promises().list.iter().filter_map(due).collect();
    for fall in falls {
        tx.record(fall.change(&owner.holder(), tx.now()));
        let mut told = Told::new();
        for fallen in &fall.fallen {
            let outcome = carry_out(tx, owner, fallen.step, &mut told).await?;
            store::log(tx, line(&fall.obligation, &owner.holder(), fallen, (outcome, tx.now())));
        }
        if !fall.warned.is_empty() {
            told.entry(responsible(owner.ticket())).or_insert((NotificationClass::Escalation, NoticeChannel::Desk));
        }
        tell(tx, owner, &fall, told).await?;
    }
    Ok(())
}

async fn tell(tx: &Tx, owner: &Owner, fall: &Fall<'_>, told: Told) -> Result<(), Problem> {
    let holder = owner.holder();
    let danger = holder.traits.kind == TicketType::ServiceEmergency || fall.obligation.kind == ObligationKind::EmergencyAck;
    for (to, (class, channel)) in told {
        let class = if danger { NotificationClass::Emergency } else { class };
        let word = Notification::about(&holder, to, class, fall.text(&holder)).by(channel).subject(fall.obligation.subject);
        let word = word.in_group(owner.ticket().and_then(|ticket| ticket.group_id));
        notification::tell(tx, owner.rules(), word).await?;
    }
    Ok(())
}

/// Does what a step says, and says what came of it.
async fn carry_out(tx: &Tx, owner: &mut Owner, step: &EscalationStep, told: &mut Told) -> Result<String, Problem> {
    match step.action {
        EscalationAction::RaisePriority => Ok(raise(tx, owner)),
        EscalationAction::Reassign => {
            let to = recipient(tx, owner.ticket(), step).await?;
            let moved = reassign(owner, to);
            if moved {
                told.insert(to, (NotificationClass::Assignment, step.way()));
            }
            Ok(if moved { named("reassigned to", to) } else { named("nothing to reassign to", to) })
        }
        EscalationAction::Notify | EscalationAction::Page => {
            let to = recipient(tx, owner.ticket(), step).await?;
            let paged = step.action == EscalationAction::Page;
            let class = if paged { NotificationClass::Page } else { NotificationClass::Escalation };
            let known = told.get(&to).is_some_and(|(known, _)| *known == NotificationClass::Page);
            if !known {
                told.insert(to, (class, step.way()));
            }
            Ok(named(if paged { "paged" } else { "told" }, to))
        }
    }
}

fn named(what: &str, to: Recipient) -> String {
    match to {
        Recipient::User(user) => format!("{what} user {user}"),
        Recipient::Group(group) => format!("{what} group {group}"),
        Recipient::Role(role) => format!("{what} {role}"),
    }
}

fn raise(tx: &Tx, owner: &mut Owner) -> String {
    let Owner::Ticket(case) = owner else { return "no ticket to raise".to_owned() };
    let Some(priority) = raised(case.ticket.priority) else { return "is urgent already".to_owned() };
    case.ticket.priority = priority;
    case.retrait();
    tx.record(event::internal("ticket.updated", &case.ticket).after(&event::TicketEvent::of(&case.ticket)));
    format!("raised to {priority}")
}

/// False when there is no ticket, or it is theirs already.
fn reassign(owner: &mut Owner, to: Recipient) -> bool {
    let Owner::Ticket(case) = owner else { return false };
    let before = (case.ticket.assignee_id, case.ticket.group_id);
    match to {
        Recipient::User(user) => case.assign(Some(user), None, false),
        Recipient::Group(group) => case.assign(None, Some(Some(group.uuid())), false),
        Recipient::Role(_) => return false,
    }
    before != (case.ticket.assignee_id, case.ticket.group_id)
}

/// Whoever works on a ticket; without one its group, without that whoever triages.
pub(crate) fn responsible(ticket: Option<&Ticket>) -> Recipient {
    let group = || ticket.and_then(|ticket| ticket.group_id).map(|group| Recipient::Group(group.into()));
    let person = ticket.and_then(|ticket| ticket.assignee_id).map(Recipient::User);
    person.or_else(group).unwrap_or(Recipient::Role(DeskRole::Triage))
}

/// Whom a step is for, as things are now. What names nobody falls to those who are next to it.
async fn recipient(tx: &Tx, ticket: Option<&Ticket>, step: &EscalationStep) -> Result<Recipient, Problem> {
    let triage = Recipient::Role(DeskRole::Triage);
    Ok(match step.to {
        Some(EscalationTarget::GroupLead) => match ticket.and_then(|ticket| ticket.group_id).map(GroupId::from) {
            Some(group) => group::store::lead_of(tx, group).await?.map_or(Recipient::Group(group), Recipient::User),
            None => triage,
        },
        Some(EscalationTarget::BranchManager) => Recipient::Role(DeskRole::BranchManager),
        Some(EscalationTarget::Role) => step.role.map_or(triage, Recipient::Role),
        Some(EscalationTarget::Group) => step.group_id.map_or(triage, Recipient::Group),
        Some(EscalationTarget::User) => step.user_id.map_or(triage, Recipient::User),
        Some(EscalationTarget::Assignee) | None => responsible(ticket),
    })
}

fn line(obligation: &Obligation, holder: &Holder, fallen: &Fallen<'_>, (outcome, now): (String, DateTime<Utc>)) -> run_entity::Model {
    run_entity::Model {
        id: new_uuid(),
        policy_id: fallen.entry.policy_id.uuid(),
        version_id: fallen.entry.version_id.uuid(),
        obligation_id: obligation.id.uuid(),
        generation: fallen.timer.generation,
        step: fallen.timer.step.clone(),
        ticket_id: holder.ticket_id().map(TicketId::uuid),
        branch_id: holder.traits.branch_id.map(Into::into),
        action: fallen.step.action.to_string(),
        outcome,
        planned_at: fallen.timer.fire_at,
        ran_at: now,
        late_by_s: (now - fallen.timer.fire_at).num_seconds(),
    }
}
