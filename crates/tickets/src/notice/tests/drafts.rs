//! What is drafted, approved and sent, and when that is too late.

use kernel::id::new_uuid;
use serde_json::json;

use super::desk::{Desk, general};

#[actix_web::test]
async fn scenario_19_a_pricing_notice_after_its_lead_needs_a_reason() {
    let desk = Desk::at("2026-02-20T16:00:00Z").await;
    let id = desk.approved(desk.pricing(json!({}))).await;
    assert_eq!(desk.read(id).await.text("/latest_send_on"), "2026-03-02");
    desk.world.app.set_time("2026-03-03T15:00:00Z");
    let refused = desk.step(&desk.world.ada, id, "send", json!({})).await.expect_problem(422, "notice_too_late");
    assert_eq!((refused.text("/latest_send_on"), refused.text("/errors/0/pointer")), ("2026-03-02".into(), "/late_reason".into()));
    let late = json!({"late_reason": "The index came late."});
    assert_eq!(desk.step(&desk.world.ada, id, "send", late).await.expect(200).text("/state"), "sent");
    let proof = desk.proof(id).await;
    assert_eq!((&proof.body["in_time"], proof.text("/sent_on")), (&json!(false), "2026-03-03".into()));
    assert_eq!(desk.promise(id, "notice_lead_time").await, "missed_closed");
    desk.stop().await;
}

#[actix_web::test]
async fn the_last_day_in_time_ends_at_the_branchs_midnight() {
    let desk = Desk::at("2026-02-20T16:00:00Z").await;
    let honolulu = desk.world.neighbours.branch("Pacific/Honolulu");
    let (chicago, hawaii) =
        (desk.approved(desk.pricing(json!({}))).await, desk.approved(desk.pricing(json!({"branch_id": honolulu}))).await);
    desk.world.app.set_time("2026-03-03T05:59:59Z");
    let _ = desk.step(&desk.world.ada, chicago, "send", json!({})).await.expect(200);
    assert_eq!(
        (desk.promise(chicago, "notice_lead_time").await, desk.proof(chicago).await.text("/in_time")),
        ("met".into(), "true".into())
    );
    desk.world.app.set_time("2026-03-03T06:00:00Z");
    assert_eq!(desk.step(&desk.world.ada, hawaii, "send", json!({})).await.expect(200).text("/time_zone"), "Pacific/Honolulu");
    let other = desk.approved(desk.pricing(json!({}))).await;
    desk.step(&desk.world.ada, other, "send", json!({})).await.expect_problem(422, "notice_too_late");
    desk.stop().await;
}

#[actix_web::test]
async fn somebody_else_approves_and_then_the_text_is_fixed() {
    let desk = Desk::at("2026-02-20T16:00:00Z").await;
    let template = json!({"kind": "pricing_change", "language": "DE", "subject": "Preise ab {{effective_on}}", "body": "{{items}}"});
    let template = desk.world.ada.post("/v1/notice-templates", template).await.expect(201);
    let id = desk.world.ada.post("/v1/notices", desk.pricing(json!({"language": "de"}))).await.expect(201).id();
    desk.step(&desk.world.ada, id, "send", json!({})).await.expect_problem(409, "illegal_transition");
    desk.step(&desk.world.ada, id, "approve", json!({})).await.expect_problem(403, "own_notice");
    let preview = desk.world.ada.get(&format!("/v1/notices/{id}/preview")).await.expect(200);
    assert_eq!(
        (preview.text("/subject"), preview.text("/body")),
        ("Preise ab 2026-04-01".into(), "DRUM55: 185.00 -> 190.50 USD / each".into())
    );
    let approved = desk.step(&desk.grace, id, "approve", json!({})).await.expect(200);
    assert_eq!(approved.text("/text/sha256"), preview.text("/sha256"));
    let path = format!("/v1/notice-templates/{}", template.id());
    let _ = desk.world.ada.patch(&path, &template.etag(), json!({"body": "Other."})).await.expect(200);
    assert_eq!(desk.proof(id).await.text("/text_sha256"), preview.text("/sha256"), "approved texts stay as they are");
    desk.world
        .ada
        .patch(&format!("/v1/notices/{id}"), &approved.etag(), json!({"language": null}))
        .await
        .expect_problem(409, "not_a_draft");
    let wrong = json!({"kind": "general", "language": "en", "subject": "{{subject}}", "body": "{{items}}"});
    let refused = desk.world.ada.post("/v1/notice-templates", wrong).await.expect_problem(422, "validation_failed");
    assert_eq!((refused.text("/errors/0/pointer"), refused.text("/errors/0/code")), ("/body".into(), "unknown_name".into()));
    let again = json!({"kind": "pricing_change", "language": "de", "subject": "x", "body": "y"});
    desk.world.ada.post("/v1/notice-templates", again).await.expect_problem(409, "template_taken");
    desk.stop().await;
}

#[actix_web::test]
async fn the_desk_may_do_without_a_second_pair_of_eyes() {
    let desk = Desk::at("2026-02-20T16:00:00Z").await;
    let settings = desk.world.ada.get("/v1/ticket-settings").await.expect(200);
    let mut without = settings.body.clone();
    without["notice_four_eyes"] = json!(false);
    let _ = desk.world.ada.write(reqwest::Method::PUT, "/v1/ticket-settings", &settings.etag(), without).await.expect(200);
    let id = desk.world.ada.post("/v1/notices", general(desk.account)).await.expect(201).id();
    let _ = desk.step(&desk.world.ada, id, "approve", json!({})).await.expect(200);
    desk.stop().await;
}

#[actix_web::test]
async fn each_kind_takes_its_own_members_and_no_others() {
    let desk = Desk::at("2026-02-20T16:00:00Z").await;
    let refused = async |body: serde_json::Value| {
        let answer = desk.world.ada.post("/v1/notices", body).await.expect_problem(422, "validation_failed");
        (answer.text("/errors/0/pointer"), answer.text("/errors/0/code"))
    };
    let mut general = general(desk.account);
    general["payload"]["effective_on"] = json!("2026-04-01");
    assert_eq!(refused(general.clone()).await, ("/payload/effective_on".into(), "unknown_field".into()));
    general["payload"] = json!({"kind": "general", "text": "x"});
    assert_eq!(refused(general.clone()).await, ("/payload/subject".into(), "required".into()));
    general["payload"]["subject"] = json!("x");
    general["recipients"] = json!([{"address": "nobody"}]);
    assert_eq!(refused(general.clone()).await, ("/recipients/0/address".into(), "email_address".into()));
    general["recipients"] = json!([{"address": "a@b.test"}, {"address": "A@b.test"}]);
    assert_eq!(refused(general).await, ("/recipients/1".into(), "duplicate_recipient".into()));
    let stranger = desk.pricing(json!({"account_id": desk.world.neighbours.nobody()}));
    assert_eq!(refused(stranger).await, ("/account_id".into(), "unknown_reference".into()));
    let elsewhere = desk.pricing(json!({"ticket_id": new_uuid()}));
    assert_eq!(refused(elsewhere).await, ("/ticket_id".into(), "unknown_reference".into()));
    desk.stop().await;
}

#[actix_web::test]
async fn a_change_set_tells_many_accounts_at_once() {
    let desk = Desk::at("2026-02-20T16:00:00Z").await;
    let mut items: Vec<_> = (0..5).map(|n| desk.pricing(json!({"external_ref": format!("cs-1/{n}")}))).collect();
    items.push(desk.pricing(json!({"external_ref": "cs-1/0"})));
    items.push(desk.pricing(json!({"account_id": desk.world.neighbours.nobody()})));
    let made = desk.world.ada.post("/v1/notices/bulk", json!({"atomic": false, "items": items})).await.expect(200);
    assert_eq!((&made.body["succeeded"], &made.body["failed"]), (&json!(5), &json!(2)));
    assert_eq!(made.body["data"][5]["problem"]["code"], "external_ref_taken");
    let steps: Vec<_> = (0..5).map(|n| json!({"notice_id": made.body["data"][n]["body"]["id"], "version": 1})).collect();
    let approved = desk.grace.post("/v1/notices/bulk-approve", json!({"atomic": true, "items": steps})).await.expect(200);
    assert_eq!(approved.body["succeeded"], 5);
    let stale = desk.grace.post("/v1/notices/bulk-send", json!({"atomic": false, "items": steps})).await.expect(200);
    assert_eq!((&stale.body["failed"], &stale.body["data"][0]["status"]), (&json!(5), &json!(412)));
    let steps: Vec<_> = (0..5).map(|n| json!({"notice_id": made.body["data"][n]["body"]["id"], "version": 2})).collect();
    let sent = desk.grace.post("/v1/notices/bulk-send", json!({"atomic": true, "items": steps})).await.expect(200);
    assert_eq!(sent.body["succeeded"], 5);
    let found =
        desk.world.ada.get("/v1/notices?filter[change_set_ref]=cs-1&filter[agreement_ref]=C-7&filter[state]=sent").await.expect(200);
    assert_eq!(found.rows().len(), 5);
    let mails = desk.world.ada.get("/v1/outgoing-mails?filter[kind]=notice").await.expect(200);
    assert_eq!(mails.rows().len(), 5);
    desk.stop().await;
}

#[actix_web::test]
async fn what_is_promised_follows_a_drafts_dates_and_ends_with_it() {
    let desk = Desk::at("2026-02-20T16:00:00Z").await;
    let ticket = desk.world.ticket(json!({"account_id": desk.account})).await.id();
    let drafted = desk.world.ada.post("/v1/notices", desk.pricing(json!({"ticket_id": ticket}))).await.expect(201);
    assert_eq!(desk.world.promise(ticket, "notice_lead_time").await["due_at"], "2026-03-03T06:00:00Z");
    assert_eq!(desk.world.current(ticket).await.text("/last_human_touch_at"), "2026-02-20T16:00:00Z");
    let mut payload = drafted.body["payload"].clone();
    payload["effective_on"] = json!("2026-05-01");
    let path = format!("/v1/notices/{}", drafted.id());
    let _ = desk.world.ada.patch(&path, &drafted.etag(), json!({"payload": payload})).await.expect(200);
    assert_eq!(desk.world.promise(ticket, "notice_lead_time").await["due_at"], "2026-04-02T05:00:00Z");
    let _ = desk.step(&desk.world.ada, drafted.id(), "withdraw", json!({"reason": "Called off."})).await.expect(200);
    assert_eq!(desk.world.promise(ticket, "notice_lead_time").await["state"], "cancelled");
    let discrepancy = json!({"kind": "profile_discrepancy", "profile_id": new_uuid(), "field": "pH", "declared": "7", "observed": "2",
        "qty_delta_pct": "12.5", "discovered_on": "2026-02-19", "regulatory_due_on": "2026-03-06"});
    let late = desk.approved(desk.pricing(json!({"ticket_id": ticket, "payload": discrepancy}))).await;
    assert_eq!(desk.world.promise(ticket, "notice_lead_time").await["due_at"], "2026-03-07T06:00:00Z", "the end of the regulator's day");
    desk.world.app.set_time("2026-03-09T15:00:00Z");
    let _ = desk.step(&desk.world.ada, late, "send", json!({})).await.expect(200);
    assert_eq!(desk.world.promise(ticket, "notice_lead_time").await["state"], "missed_closed", "late, and out all the same");
    desk.stop().await;
}

#[actix_web::test]
async fn a_draft_is_made_once_for_a_reference_and_replaced_until_it_is_approved() {
    let desk = Desk::at("2026-02-20T16:00:00Z").await;
    let (ada, path) = (&desk.world.ada, "/v1/notices/by-external-ref/erp-7");
    let made = ada.put(path, desk.pricing(json!({}))).await.expect(201);
    assert_eq!(made.text("/external_ref"), "erp-7");
    let again = ada.put(path, desk.pricing(json!({"language": "de"}))).await.expect(200);
    assert_eq!((again.id(), again.text("/language"), again.text("/version")), (made.id(), "de".into(), "2".into()));
    let elsewhere = desk.pricing(json!({"account_id": desk.world.neighbours.account(None)}));
    let refused = ada.put(path, elsewhere).await.expect_problem(422, "validation_failed");
    assert_eq!(refused.text("/errors/0/pointer"), "/account_id");
    let other =
        json!({"payload": {"kind": "general", "subject": "s", "text": "t"}, "recipients": [{"channel": "letter", "address": "Dock"}]});
    ada.put(path, other).await.expect_problem(422, "validation_failed");
    let _ = desk.step(&desk.grace, made.id(), "approve", json!({})).await.expect(200);
    ada.put(path, desk.pricing(json!({}))).await.expect_problem(409, "not_a_draft");
    ada.post("/v1/notices", desk.pricing(json!({"external_ref": "erp-7"}))).await.expect_problem(409, "external_ref_taken");
    desk.stop().await;
}
