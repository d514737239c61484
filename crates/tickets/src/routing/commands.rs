//! Routing a ticket inside a command: deciding on held agents, writing the decision down, and telling those concerned.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{GroupId, UserId};
use platform::db::Tx;
use platform::problem::Problem;
use sea_orm::ConnectionTrait;

use super::decision::model::{Decision, Occasion};
use super::decision::store;
use super::engine::{self, Facts, Question};
use super::loads;
use super::roster::Roster;
use crate::agent::duty;
use crate::notification::model::{DeskRole, NotificationClass};
use crate::notification::{self, Notification, Recipient};
use crate::rulebook::{Rulebook, Rules};
use crate::ticket::case::Case;
use crate::ticket::event;
use crate::ticket::model::Ticket;

/// What a ticket is decided on: the roster and rules of one moment, and what was asked before.
#[derive(Clone, Copy)]
pub(crate) struct Grounds<'a> {
    pub(crate) roster: &'a Roster,
    pub(crate) rulebook: &'a Rulebook,
    pub(crate) facts: &'a Facts,
}

impl<'a> Grounds<'a> {
    fn question(&self, ticket: &'a Ticket, on_call: &'a BTreeSet<UserId>, now: DateTime<Utc>) -> Question<'a> {
        Question { ticket, facts: self.facts, roster: self.roster, rulebook: self.rulebook, on_call, now }
    }
}

/// Decides who gets a ticket; whoever could get it is held until the transaction ends, so that two decisions at once never
/// fill an agent beyond its capacity.
pub(crate) async fn decide(tx: &Tx, grounds: Grounds<'_>, ticket: &Ticket) -> Result<Decision, Problem> {
    let on_call = grounds.roster.on_call(tx.now());
    let plan = engine::plan(&grounds.question(ticket, &on_call, tx.now()));
    let loads = loads::held(tx, &grounds.rulebook.settings.routing, &plan.agents(), ticket.id).await?;
    Ok(engine::decide(plan, &loads))
}

/// As [`decide`], holding and changing nothing.
pub(crate) async fn rehearse<C: ConnectionTrait>(
    db: &C,
    grounds: Grounds<'_>,
    ticket: &Ticket,
    now: DateTime<Utc>,
) -> Result<Decision, Problem> {
    let on_call = grounds.roster.on_call(now);
    let plan = engine::plan(&grounds.question(ticket, &on_call, now));
    let loads = loads::read(db, &grounds.rulebook.settings.routing, &plan.agents(), ticket.id).await?;
    Ok(engine::decide(plan, &loads))
}

/// Routes a new ticket that names nobody, when there is anybody to route to.
///
/// # Errors
/// 422 when it names somebody outside its group without a reason.
pub(crate) async fn open(tx: &Tx, grounds: Grounds<'_>, ticket: &mut Ticket) -> Result<Option<Decision>, Problem> {
    if grounds.roster.is_idle() {
        return Ok(None);
    }
    if ticket.assignee_id.is_some() {
        check_membership(grounds.roster, ticket)?;
        return Ok(None);
    }
    let decision = decide(tx, grounds, ticket).await?;
    ticket.take(&decision, tx.now());
    Ok(Some(decision))
}

/// Demands that the assignee is of the group, or that the ticket says why not.
///
/// # Errors
/// 422 at `/assignee_id`.
pub(crate) fn check_membership(roster: &Roster, ticket: &Ticket) -> Result<(), Fault> {
    let group = ticket.group_id.and_then(|id| roster.groups.get(&GroupId::from(id)));
    let outside = group.zip(ticket.assignee_id).is_some_and(|(group, assignee)| !group.members.contains(&assignee));
    if outside && ticket.override_reason.is_none() {
        let message = "The assignee is not a member of the group: state override_reason.";
        return Err(Fault::field("/assignee_id", "not_in_group", message));
    }
    Ok(())
}

/// Demands that the group that a ticket goes to is one.
fn check_group(roster: &Roster, case: &Case) -> Result<(), Fault> {
    let had = case.before.as_ref().and_then(|(before, _)| before.group_id);
    let given = case.ticket.group_id.filter(|group| had != Some(*group));
    if given.is_some_and(|group| !roster.groups.contains_key(&group.into())) {
        return Err(Fault::field("/group_id", "unknown_reference", "There is no such group."));
    }
    Ok(())
}

impl Ticket {
    /// Goes where a decision sends it. When nobody could have it, whoever has it keeps it.
    pub(crate) fn take(&mut self, decision: &Decision, now: DateTime<Utc>) {
        self.group_id = decision.group_id.map(Into::into).or(self.group_id);
        self.territory_id = decision.territory_id.or(self.territory_id);
        self.branch_id = decision.branch_id.or(self.branch_id);
        if decision.source.is_some() {
            self.required_skills.clone_from(&decision.required_skills);
        }
        if decision.assignee_id.is_some() {
            self.assignee_id = decision.assignee_id;
            self.cover_for_id = decision.cover_for_id;
            self.cover_since = decision.cover_for_id.map(|_| now);
            self.override_reason.clone_from(&decision.override_reason);
        }
    }
}

/// Puts a decision on record with the ticket that was written, and tells whoever is concerned.
pub(crate) async fn told(
    tx: &Tx,
    grounds: Grounds<'_>,
    ticket: &Ticket,
    (occasion, decision): (Occasion, &Decision),
) -> Result<(), Problem> {
    store::insert(tx, ticket.id, occasion, decision)?;
    match decision.assignee_id {
        Some(assignee) => {
            duty::assigned(tx, assignee).await?;
            tell_assignee(tx, grounds, ticket, (occasion, assignee)).await?;
            if occasion == Occasion::Opened {
                tx.record(event::assigned(None, ticket));
            }
        }
        None => {
            tx.record(event::internal("ticket.assignment_failed", ticket).after(decision));
            tell_lead(tx, grounds, ticket).await?;
        }
    }
    Ok(())
}

/// Notes that a person gave a ticket to somebody, and why when that one is not of the group. The caller writes the case; `under` is
/// where in the request it says so.
///
/// # Errors
/// 422 when there is no such group, or the assignee is not of it and there is no reason.
pub(crate) async fn given_by_hand(
    tx: &Tx,
    rules: &Rules,
    case: &mut Case,
    override_reason: Option<String>,
    under: &str,
) -> Result<(), Problem> {
    let roster = rules.rosters.current(tx).await?;
    case.ticket.override_reason = override_reason.filter(|_| case.ticket.assignee_id.is_some());
    check_group(&roster, case).and_then(|()| check_membership(&roster, &case.ticket)).map_err(|fault| fault.under(under))?;
    let ticket = &case.ticket;
    let (assignee_id, override_reason) = (ticket.assignee_id, ticket.override_reason.clone());
    let decision = Decision { group_id: ticket.group_id.map(Into::into), assignee_id, override_reason, ..Decision::default() };
    store::insert(tx, ticket.id, Occasion::ByHand, &decision)?;
    if let Some(assignee) = assignee_id.filter(|assignee| roster.agents.contains_key(assignee)) {
        duty::assigned(tx, assignee).await?;
    }
    Ok(())
}

/// Leaves word with whoever leads the group that nobody in it can take a ticket.
async fn tell_lead(tx: &Tx, grounds: Grounds<'_>, ticket: &Ticket) -> Result<(), Problem> {
    let group = ticket.group_id.and_then(|id| grounds.roster.groups.get(&GroupId::from(id)));
    let text = format!("Nobody can take {}.", ticket.reference());
    let to = match group {
        Some(group) => group.lead_id.map(Recipient::User),
        None => Some(Recipient::Role(DeskRole::Triage)),
    };
    let Some(to) = to else { return Ok(()) };
    notification::tell(tx, grounds.rulebook, Notification::of_ticket(ticket, to, NotificationClass::Alert, text)).await
}

/// Leaves word with whoever was given a ticket by rule.
async fn tell_assignee(tx: &Tx, grounds: Grounds<'_>, ticket: &Ticket, (occasion, assignee): (Occasion, UserId)) -> Result<(), Problem> {
    let reference = ticket.reference();
    let text = match (occasion, ticket.cover_for_id.and_then(|agent| grounds.roster.agents.get(&agent))) {
        (Occasion::Returned, _) => format!("{reference} is yours again: your cover has not touched it."),
        (_, Some(away)) => format!("{reference} is yours: you cover for {}.", away.name),
        (_, None) => format!("{reference} is yours."),
    };
    let word = Notification::of_ticket(ticket, Recipient::User(assignee), NotificationClass::Assignment, text);
    notification::tell(tx, grounds.rulebook, word).await
}
