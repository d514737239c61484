//! Each filter and each order that a list documents walks an index, but for those that are named.

use kernel::id::new_uuid;
use platform::page::ListSpec;
use platform::scope::RowScope;
use sea_orm::{DbBackend, Select, Statement};
use serde_json::json;
use testkit::plan::{assert_walks, fill, unanswered};

use super::world::World;
use crate::outgoing_text;
use crate::outgoing_text::http::TextList;
use crate::safety::action::http::CorrectiveActionList;
use crate::safety::report::http::SafetyReportList;
use crate::safety::{action, report};

/// Demands that a list is answered by indexes, but for filters on `unindexed`.
pub(super) async fn only<S: ListSpec>(world: &World, visible: Select<S::Entity>, unindexed: &[&str]) {
    let found = unanswered::<S>(&world.app.db, &visible).await;
    let expected = |query: &&String| unindexed.iter().any(|field| query.starts_with(&format!("filter[{field}]")));
    let others: Vec<&String> = found.iter().filter(|query| !expected(query)).collect();
    assert!(others.is_empty(), "{}: {others:?}", std::any::type_name::<S>());
    // PostgreSQL knows how many rows to expect, and may do without an index.
    let outdated = world.app.db.backend() == DbBackend::Sqlite && found.len() < unindexed.len();
    assert!(!outdated, "{}: only {found:?}", std::any::type_name::<S>());
}

#[actix_web::test]
async fn every_filter_and_order_of_safety_reports_and_their_actions_walks_an_index() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let happened = json!({"kind": "incident", "description": "A drum rolled off.", "occurred_at": "2026-03-01T12:00:00Z"});
    let filed = world.ada.post("/v1/safety-reports", happened).await.expect(201);
    let _ = world.ada.act(&format!("/v1/safety-reports/{}/triage", filed.id()), &filed.etag(), json!({})).await.expect(200);
    let planned = json!({"safety_report_id": filed.id(), "description": "Chock the drums.", "owner_id": new_uuid(), "due_on": "2026-03-20",
        "hierarchy": "engineering"});
    let _ = world.ada.post("/v1/corrective-actions", planned).await.expect(201);
    fill::<report::entity::Entity>(&world.app.db, &[]).await;
    fill::<action::entity::Entity>(&world.app.db, &[]).await;
    only::<SafetyReportList>(&world, report::store::visible(&RowScope::All), &[]).await;
    only::<CorrectiveActionList>(&world, action::store::visible(&RowScope::All), &[]).await;
    world.app.stop().await;
}

#[actix_web::test]
async fn the_list_of_outgoing_texts_and_what_relays_claim_walk_indexes() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let text = json!({"provider": "acme", "message_id": "1", "from": "+13125550100", "body": "The bin is full."});
    let ticket = world.ada.post("/v1/intake/sms", text).await.expect(201).text("/ticket/id").parse().unwrap();
    let _ = world.reply(ticket, None).await;
    let each = [("carried_id", "{uuid}"), ("ticket_id", "{uuid}"), ("created_at", "{instant}"), ("state", "'delivered'")];
    fill::<outgoing_text::store::Entity>(&world.app.db, &each).await;
    only::<TextList>(&world, outgoing_text::store::visible(&RowScope::All), &["kind", "medium"]).await;
    let due = "SELECT id FROM outgoing_text WHERE state = 'queued' AND next_at <= '2026-03-02' ORDER BY next_at, id LIMIT 50";
    assert_walks(&world.app.db, &Statement::from_string(world.app.db.backend(), due), "outgoing_text_due").await;
    world.app.stop().await;
}
