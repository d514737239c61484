//! What a written case leaves for the rules to be tried on, in its own transaction.

use kernel::id::{AutomationId, new_uuid};
use platform::db::Tx;
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, IntoActiveModel, QueryTrait};

use super::model::AutomationTrigger;
use super::task_entity::{Column, Entity, Model};
use crate::ticket::case::Case;
use crate::ticket::model::Ticket;
use crate::vocabulary::AuthorKind;

/// Runs that one event may cause one after the other.
pub(crate) const LONGEST_CHAIN: i32 = 5;

/// Leaves the tasks of a case that is being written; nothing when no rule waits for what happened.
pub(crate) fn feed(tx: &Tx, case: &Case) {
    let task = |trigger: AutomationTrigger| Model {
        id: new_uuid(),
        ticket_id: case.ticket.id.uuid(),
        trigger: trigger.to_string(),
        depth: case.chained,
        automation_id: None,
        anchor_at: None,
        due_at: tx.now(),
        done_at: None,
    };
    let mut tasks = Vec::new();
    for rule in case.rules.automations.iter() {
        if rule.terms.trigger == AutomationTrigger::HoursSince {
            let before = case.before.as_ref().and_then(|(ticket, _)| rule.terms.ripens(ticket));
            if let Some((anchor, due_at)) = rule.terms.ripens(&case.ticket).filter(|ripe| before != Some(*ripe)) {
                let automation_id = Some(AutomationId::uuid(rule.id));
                tasks.push(Model { automation_id, anchor_at: Some(anchor), due_at, ..task(AutomationTrigger::HoursSince) });
            }
        }
    }
    if case.chained < LONGEST_CHAIN {
        let awaited = |trigger: &AutomationTrigger| case.rules.automations.iter().any(|rule| rule.terms.trigger == *trigger);
        tasks.extend(happened(case).filter(awaited).map(task));
    }
    if !tasks.is_empty() {
        let once = OnConflict::columns([Column::AutomationId, Column::TicketId, Column::AnchorAt]).do_nothing().to_owned();
        let rows = tasks.into_iter().map(IntoActiveModel::into_active_model);
        tx.write_later(Entity::insert_many(rows).on_conflict(once).into_query());
    }
}

/// What happened to the ticket. What machines wrote is no message here, so that no rule answers a rule.
fn happened(case: &Case) -> impl Iterator<Item = AutomationTrigger> {
    let created = case.before.is_none();
    let by_person =
        |message: &crate::message::model::Message| !message.content.automatic && message.content.author.kind != AuthorKind::Automation;
    let written = !created && case.messages.iter().any(by_person);
    let updated = case.before.as_ref().is_some_and(|(before, _)| differs(before, &case.ticket));
    [(created, AutomationTrigger::TicketCreated), (updated, AutomationTrigger::TicketUpdated), (written, AutomationTrigger::MessageAdded)]
        .into_iter()
        .filter_map(|(happened, trigger)| happened.then_some(trigger))
}

/// True when more differs than what follows from messages and clocks.
fn differs(before: &Ticket, after: &Ticket) -> bool {
    let same = Ticket {
        stamp: after.stamp,
        due_at: after.due_at,
        message_count: after.message_count,
        last_customer_message_at: after.last_customer_message_at,
        last_public_reply_at: after.last_public_reply_at,
        last_human_touch_at: after.last_human_touch_at,
        sla_policy_version_id: after.sla_policy_version_id,
        ..before.clone()
    };
    same != *after
}
