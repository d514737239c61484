//! Who sees a notice, and what of it.

use serde_json::{Value, json};
use testkit::Persona;

use super::desk::{Desk, general};

const PORTAL: &str = "notices:read notices:acknowledge";

#[actix_web::test]
async fn customers_see_what_has_gone_out_to_their_account_and_answer_in_person() {
    let desk = Desk::at("2026-02-20T16:00:00Z").await;
    let cleo = desk.world.app.client(&Persona::customer(&[desk.account], PORTAL));
    let stranger = desk.world.app.client(&Persona::customer(&[desk.world.neighbours.account(None)], PORTAL));
    let draft = desk.approved(desk.pricing(json!({}))).await;
    cleo.get(&format!("/v1/notices/{draft}")).await.expect_problem(404, "not_found");
    assert!(cleo.get("/v1/notices").await.expect(200).rows().is_empty(), "not before it goes out");
    let _ = desk.step(&desk.world.ada, draft, "send", json!({})).await.expect(200);
    let read = cleo.get(&format!("/v1/notices/{draft}")).await.expect(200);
    assert_eq!(
        (&read.body["recipients"], &read.body["created_by"], &read.body["change_set_ref"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(cleo.get("/v1/notices").await.expect(200).rows().len(), 1);
    assert!(stranger.get("/v1/notices").await.expect(200).rows().is_empty());
    stranger.get(&format!("/v1/notices/{draft}")).await.expect_problem(404, "not_found");
    cleo.get("/v1/notices?filter[change_set_ref]=cs-1").await.expect_problem(400, "invalid_query");
    cleo.get(&format!("/v1/notices/{draft}/proof")).await.expect_problem(404, "not_found");
    desk.step(&cleo, draft, "acknowledge", json!({"by": "Bob"})).await.expect_problem(422, "validation_failed");
    let answered = desk.step(&cleo, draft, "acknowledge", json!({})).await.expect(200);
    assert_eq!((answered.text("/state"), answered.text("/answer/method")), ("acknowledged".into(), "portal".into()));
    assert_ne!(answered.text("/delivered_at"), "null", "an answer proves that it arrived");
    assert_eq!(desk.promise(draft, "notice_ack").await, "met");
    let other = desk.sent(general(desk.account)).await;
    let refused = desk.step(&cleo, other, "refuse", json!({"reason": "Not ours."})).await.expect(200);
    assert_eq!((refused.text("/state"), refused.text("/answer/reason")), ("refused".into(), "Not ours.".into()));
    desk.stop().await;
}

#[actix_web::test]
async fn staff_see_the_notices_of_their_branches() {
    let desk = Desk::at("2026-02-20T16:00:00Z").await;
    let (own, other) = (desk.world.neighbours.branch("America/Chicago"), desk.world.neighbours.branch("America/Chicago"));
    let id = desk.world.ada.post("/v1/notices", desk.pricing(json!({"branch_id": own}))).await.expect(201).id();
    let (ours, theirs) = (desk.world.app.client(&Persona::of_branches(&[own])), desk.world.app.client(&Persona::of_branches(&[other])));
    let _ = ours.get(&format!("/v1/notices/{id}")).await.expect(200);
    theirs.get(&format!("/v1/notices/{id}")).await.expect_problem(404, "not_found");
    assert_eq!((ours.get("/v1/notices").await.expect(200).rows().len(), theirs.get("/v1/notices").await.expect(200).rows().len()), (1, 0));
    theirs.post("/v1/notices", desk.pricing(json!({"branch_id": own}))).await.expect_problem(422, "validation_failed");
    desk.stop().await;
}

#[actix_web::test]
async fn staff_say_who_answered_and_how() {
    let desk = Desk::at("2026-02-20T16:00:00Z").await;
    let id = desk.sent(general(desk.account)).await;
    let refused = desk.step(&desk.world.ada, id, "acknowledge", json!({})).await.expect_problem(422, "validation_failed");
    let pointers: Vec<&str> = refused.body["errors"].as_array().unwrap().iter().filter_map(|one| one["pointer"].as_str()).collect();
    assert_eq!(pointers, ["/by", "/method"]);
    let early = json!({"by": "Cleo", "method": "letter", "at": "2026-02-19T16:00:00Z"});
    desk.step(&desk.world.ada, id, "acknowledge", early).await.expect_problem(422, "validation_failed");
    desk.stop().await;
}

#[actix_web::test]
async fn a_customer_answers_a_notice_on_a_ticket_that_they_do_not_see() {
    let desk = Desk::at("2026-02-20T16:00:00Z").await;
    let ticket = desk.world.ticket(json!({"account_id": desk.account, "confidential": true})).await.id();
    let id = desk.sent(desk.pricing(json!({"ticket_id": ticket}))).await;
    let cleo = desk.world.app.client(&Persona::customer(&[desk.account], PORTAL));
    let read = cleo.get(&format!("/v1/notices/{id}")).await.expect(200);
    assert_eq!(read.body["ticket_id"], Value::Null);
    let _ = desk.step(&cleo, id, "acknowledge", json!({})).await.expect(200);
    assert_eq!(desk.world.promise(ticket, "notice_ack").await["state"], "met");
    let other = desk.sent(desk.pricing(json!({"ticket_id": ticket}))).await;
    let etag = desk.world.current(ticket).await.etag();
    let _ = desk.world.ada.delete(&format!("/v1/tickets/{ticket}"), &etag).await.expect(204);
    let _ = desk.step(&cleo, other, "acknowledge", json!({})).await.expect(200);
    desk.stop().await;
}
