//! Reports that hang on a ticket: their promises stand on it, and it does not go away before them.

use serde_json::json;

use super::desk::{Desk, incident};

#[actix_web::test]
async fn promises_about_a_report_stand_on_its_ticket() {
    let desk = Desk::at("2026-03-02T15:00:00Z").await;
    let branch = desk.world.neighbours.branch("America/Chicago");
    let ticket = desk.world.ticket(json!({"type": "safety", "branch_id": branch})).await.id();
    let report = desk.with_cause(json!({"ticket_id": ticket, "injury_class": "fatality"})).await;
    assert_eq!(desk.read(report).await.text("/branch_id"), branch.to_string(), "what is not stated is the ticket's");
    let promise = desk.world.promise(ticket, "safety_report").await;
    assert_eq!((promise["due_at"].as_str(), promise["state"].as_str()), (Some("2026-03-02T23:00:00Z"), Some("running")));
    let action = desk.planned(report, json!({})).await.expect(201).id();
    assert_eq!(desk.world.promise(ticket, "corrective_action").await["subject"]["id"], action.to_string());
    let _ = desk.step(report, "regulator-report", json!({"ref": "OSHA-1"})).await.expect(200);
    assert_eq!(desk.world.promise(ticket, "safety_report").await["state"], "met");
    desk.stop().await;
}

#[actix_web::test]
async fn a_report_hangs_on_a_ticket_of_its_kind_that_is_still_there() {
    let desk = Desk::at("2026-03-02T15:00:00Z").await;
    let general = desk.world.ticket(json!({})).await.id();
    let refused = desk.world.ada.post("/v1/safety-reports", incident(json!({"ticket_id": general}))).await;
    assert_eq!(refused.expect_problem(422, "validation_failed").text("/errors/0/code"), "not_a_safety_ticket");
    let (gone, kept) = (desk.world.ticket(json!({"type": "safety"})).await.id(), desk.world.ticket(json!({"type": "safety"})).await.id());
    let _ = desk.world.act(gone, "merge", json!({"into_ticket_id": kept})).await.expect(200);
    desk.world.ada.post("/v1/safety-reports", incident(json!({"ticket_id": gone}))).await.expect_problem(409, "ticket_merged");
    desk.stop().await;
}

#[actix_web::test]
async fn a_ticket_with_an_open_report_is_not_given_up() {
    let desk = Desk::at("2026-03-02T15:00:00Z").await;
    let (ticket, other) =
        (desk.world.ticket(json!({"type": "safety"})).await.id(), desk.world.ticket(json!({"type": "safety"})).await.id());
    let catch = desk.filed(json!({"ticket_id": ticket, "kind": "good_catch"})).await.id();
    let path = format!("/v1/tickets/{ticket}");
    let etag = desk.world.current(ticket).await.etag();
    desk.world.ada.delete(&path, &etag).await.expect_problem(409, "safety_report_open");
    desk.world.ada.patch(&path, &etag, json!({"spam": true})).await.expect_problem(409, "safety_report_open");
    desk.world.act(ticket, "merge", json!({"into_ticket_id": other})).await.expect_problem(409, "safety_report_open");
    let _ = desk.step(catch, "triage", json!({})).await.expect(200);
    let _ = desk.step(catch, "close", json!({"no_action_reason": "Done on the spot."})).await.expect(200);
    let etag = desk.world.current(ticket).await.etag();
    let _ = desk.world.ada.delete(&path, &etag).await.expect(204);
    desk.stop().await;
}
