//! What holds of all rows at any time, whatever was done: for the end of any test, and of the replay of real mail.
//!
//! That every change is told and noted is demanded when an application stops; row scope and stale versions are questions of
//! requests, which the contract tests put to every operation.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::id::MessageId;
use platform::rows::word;
use platform::scope::RowScope;
use sea_orm::{ConnectionTrait, EntityTrait, Statement};
use testkit::App;
use uuid::Uuid;

use crate::obligation::engine::{Obligation, Target};

use crate::rulebook::Rulebook;
use crate::vocabulary::{AuthorKind, ObligationState};
use crate::{emergency, message, notice, obligation, routing, rulebook, safety, ticket};

/// What is never found, each with what it would mean.
const NEVER: [(&str, &str); 15] = [
    (
        "a gap between the messages of a ticket",
        "SELECT ticket_id FROM message GROUP BY ticket_id HAVING min(seq) <> 1 OR max(seq) <> count(*)",
    ),
    (
        "a ticket that counts messages that it has not",
        "SELECT id FROM ticket WHERE message_count <> (SELECT count(*) FROM message WHERE message.ticket_id = ticket.id)",
    ),
    (
        "a due instant of a promise that is paused or was dropped",
        "SELECT id FROM obligation WHERE due_at IS NOT NULL AND state IN ('paused', 'cancelled', 'waived')",
    ),
    (
        "a promise broken without an instant",
        "SELECT id FROM obligation WHERE breached_at IS NULL AND state IN ('missed_open', 'missed_closed')",
    ),
    ("a promise met late", "SELECT id FROM obligation WHERE state = 'met' AND satisfied_at > due_at"),
    (
        "a promise missed though it was kept in time",
        "SELECT id FROM obligation WHERE state = 'missed_closed' AND (satisfied_at IS NULL OR satisfied_at <= breached_at)",
    ),
    (
        "two next responses at once",
        "SELECT ticket_id FROM obligation WHERE kind = 'next_response' AND state IN ('running', 'paused', 'missed_open') \
         GROUP BY ticket_id HAVING count(*) > 1",
    ),
    (
        "two surveys of one cycle",
        "SELECT ticket_id FROM survey WHERE state IN ('scheduled', 'sent') GROUP BY ticket_id, cycle HAVING count(*) > 1",
    ),
    ("a merged ticket without its target", "SELECT id FROM ticket WHERE (status = 'merged') <> (merged_into_id IS NOT NULL)"),
    (
        "a message that came to a merged ticket",
        "SELECT message.id FROM message JOIN ticket ON ticket.id = ticket_id WHERE status = 'merged' AND recorded_at > moved_at",
    ),
    ("something taken in twice", "SELECT min(raw_sha256) FROM intake_record GROUP BY channel, dedupe_key HAVING count(*) > 1"),
    (
        "an acknowledgement of what no person wrote",
        "SELECT id FROM outgoing_mail WHERE kind = 'acknowledgement' AND NOT EXISTS (SELECT 1 FROM intake_record \
         WHERE intake_record.ticket_id = outgoing_mail.ticket_id AND sender = address AND auto_class = 'none')",
    ),
    (
        "two acknowledgements of one ticket",
        "SELECT ticket_id FROM outgoing_mail WHERE kind = 'acknowledgement' GROUP BY ticket_id HAVING count(*) > 1",
    ),
    (
        "a ticket that waits without a reason",
        "SELECT id FROM ticket WHERE status IN ('waiting_customer', 'waiting_vendor') AND status_reason IS NULL",
    ),
    ("a rule run by more than five others", "SELECT id FROM automation_run WHERE depth > 5"),
];

/// Demands every invariant of every row.
pub(crate) async fn hold(app: &App) {
    let db = app.db.read();
    for (what, sql) in NEVER {
        let found = db.query_all_raw(Statement::from_string(app.db.backend(), sql)).await.unwrap();
        assert!(found.is_empty(), "{what}: {} times", found.len());
    }
    let rules = rulebook::store::load(db).await.unwrap();
    for row in obligation::entity::Entity::find().all(db).await.unwrap() {
        let promise = obligation::store::obligation(row).unwrap();
        demand_arithmetic(&promise, &rules);
    }
    demand_breaches_stay(app).await;
    demand_a_forest(app).await;
    demand_of_what_hangs_on_tickets(app).await;
    demand_members(app).await;
}

/// The open hours until a promise is due, without its pauses, are what was promised. When more was used than is promised now, it is
/// due at the change, and an instant that a person or a regulator set is nobody's sum.
fn demand_arithmetic(promise: &Obligation, rules: &Rulebook) {
    let open = promise.segments.last().unwrap();
    let (Some(due), Target::Seconds(target), None) = (promise.due_at, open.target, &open.fixed) else { return };
    let sticky = promise.segments.iter().any(|segment| segment.fixed.is_some());
    let unfinished = Obligation { satisfied_at: None, ..promise.clone() };
    let worked = unfinished.consumed_at(due, rules).num_seconds();
    assert!(sticky || worked == target || due <= open.from, "{promise:?}: {worked} s until it is due");
    if promise.state == ObligationState::MissedOpen && promise.segments.len() == 1 {
        assert_eq!(promise.breached_at, Some(due), "{promise:?} is broken when it was due");
    }
}

/// What was told as broken is so still, since the same instant.
async fn demand_breaches_stay(app: &App) {
    let rows = obligation::entity::Entity::find().all(app.db.read()).await.unwrap();
    let now: BTreeMap<Uuid, Option<DateTime<Utc>>> = rows.into_iter().map(|row| (row.id, row.breached_at)).collect();
    for told in app.envelopes().await.iter().filter(|envelope| envelope["type"] == "obligation.breached") {
        let id: Uuid = told["data"]["id"].as_str().or(told["subject"]["id"].as_str()).unwrap().parse().unwrap();
        let at: DateTime<Utc> = told["occurred_at"].as_str().unwrap().parse().unwrap();
        assert!(now.get(&id).is_none_or(|breached| *breached == Some(at)), "{told}: broken at {:?}", now.get(&id));
    }
}

/// Whoever follows merged tickets comes to one that is not.
async fn demand_a_forest(app: &App) {
    let tickets = ticket::entity::Entity::find().all(app.db.read()).await.unwrap();
    let into: BTreeMap<Uuid, Uuid> = tickets.iter().filter_map(|row| Some((row.id, row.merged_into_id?))).collect();
    for start in into.keys() {
        let steps = std::iter::successors(Some(start), |at| into.get(*at)).take(into.len() + 2).count();
        assert!(steps <= into.len() + 1, "{start} is merged into itself");
    }
}

async fn demand_of_what_hangs_on_tickets(app: &App) {
    let db = app.db.read();
    let messages = message::entity::Entity::find().all(db).await.unwrap();
    let written: BTreeMap<Uuid, &message::entity::Model> = messages.iter().map(|row| (row.id, row)).collect();
    for row in emergency::entity::Entity::find().all(db).await.unwrap().into_iter().filter(|row| row.state == "loop_closed") {
        let one = emergency::store::emergency(row).unwrap();
        let since = one.acknowledged.as_ref().unwrap().at;
        for id in [one.customer_informed_message_id, one.loop_closed_message_id].map(|id| id.map(MessageId::uuid)) {
            let said = written[&id.unwrap()];
            let human = word::<AuthorKind>(&said.author_kind).unwrap() == AuthorKind::Agent && !said.automatic;
            assert!(human && said.occurred_at >= since, "a loop is closed by a person, after somebody took charge: {said:?}");
        }
    }
    for row in safety::action::entity::Entity::find().all(db).await.unwrap() {
        let action = safety::action::store::action(row).unwrap();
        assert_ne!(action.history.verified_by, Some(action.plan.owner_id.uuid()), "nobody verifies what is his own");
    }
    for row in notice::entity::Entity::find().all(db).await.unwrap().into_iter().filter(|row| row.kind == "pricing_change") {
        let (latest, sent) = (row.latest_send_on, row.sent_at);
        let one = notice::store::notice(row).unwrap();
        let late = latest.zip(sent).is_some_and(|(latest, sent)| kernel::calendar::date_of(one.zone, sent) > latest);
        assert!(!late || one.history.late_reason.is_some(), "{:?} was sent late without a reason", one.id);
    }
    demand_secrecy(app).await;
}

/// No event of a safety report tells who is behind it.
async fn demand_secrecy(app: &App) {
    let mut told = app.envelopes().await;
    told.retain(|envelope| envelope["subject"]["type"] == "safety_report");
    for row in safety::report::identity_entity::Entity::find().all(app.db.read()).await.unwrap() {
        let mut names = Vec::new();
        texts(&row.identities, &mut names);
        for name in names.into_iter().filter(|name| name.contains(' ')) {
            assert!(!told.iter().any(|envelope| envelope["data"].to_string().contains(name)), "an event tells of {name}");
        }
    }
}

fn texts<'v>(value: &'v serde_json::Value, found: &mut Vec<&'v str>) {
    match value {
        serde_json::Value::String(text) => found.push(text),
        serde_json::Value::Array(list) => list.iter().for_each(|one| texts(one, found)),
        serde_json::Value::Object(members) => members.values().for_each(|one| texts(one, found)),
        _ => {}
    }
}

/// An assignee is of the ticket's group, or it is said why not.
async fn demand_members(app: &App) {
    let roster = routing::roster::store::load(app.db.read()).await.unwrap();
    let rows = ticket::entity::Entity::find().all(app.db.read()).await.unwrap();
    for row in rows.iter().filter(|row| row.group_id.is_some() && row.assignee_id.is_some() && row.deleted_at.is_none()) {
        let one = ticket::store::find(app.db.read(), &RowScope::All, row.id.into()).await.unwrap();
        assert!(routing::commands::check_membership(&roster, &one).is_ok(), "{:?} is assigned outside its group", one.id);
    }
}
