//! Corrective actions: the day they are due, who verifies, and what a report waits for.

use serde_json::json;
use testkit::Persona;

use super::desk::{Desk, shown};

#[actix_web::test]
async fn an_owner_never_verifies_his_own_action() {
    let desk = Desk::at("2026-03-02T15:00:00Z").await;
    let report = desk.with_cause(json!({})).await;
    let action = desk.done(report, json!({})).await;
    let (otto, ada) = (&desk.otto.1, &desk.world.ada);
    desk.deed(otto, action, "verify", json!({})).await.expect_problem(403, "own_action");
    desk.deed(otto, action, "reject", json!({"reason": "No."})).await.expect_problem(403, "own_action");
    let verified = desk.deed(ada, action, "verify", json!({})).await.expect(200);
    assert_eq!(verified.text("/state"), "verified");
    desk.deed(otto, action, "effectiveness", json!({"effective": true})).await.expect_problem(403, "own_action");
    // Whoever did it in the owner's place judges it as little.
    let other = desk.planned(report, json!({"owner_id": kernel::id::new_uuid()})).await.expect(201).id();
    let _ = desk.deed(otto, other, "start", json!({})).await.expect(200);
    let _ = desk.deed(otto, other, "complete", shown()).await.expect(200);
    desk.deed(otto, other, "verify", json!({})).await.expect_problem(403, "own_action");
    desk.stop().await;
}

#[actix_web::test]
async fn a_report_with_an_unverified_action_is_neither_verified_nor_closed() {
    let desk = Desk::at("2026-03-02T15:00:00Z").await;
    let report = desk.with_cause(json!({})).await;
    let (first, second) = (desk.done(report, json!({})).await, desk.done(report, json!({})).await);
    let _ = desk.deed(&desk.world.ada, first, "verify", json!({})).await.expect(200);
    for step in ["verify", "close"] {
        let refused = desk.step(report, step, json!({})).await.expect_problem(409, "actions_unverified");
        assert!(refused.body.to_string().contains(&second.to_string()), "it names what is open");
    }
    let _ = desk.deed(&desk.grace, second, "cancel", json!({"reason": "The first does it all."})).await.expect(200);
    assert_eq!(desk.owed(second).await.0, "met", "it was done when it was cancelled");
    let _ = desk.step(report, "verify", json!({})).await.expect(200);
    desk.planned(report, json!({})).await.expect_problem(409, "no_actions_now");
    assert_eq!(desk.step(report, "close", json!({})).await.expect(200).text("/state"), "closed");
    desk.stop().await;
}

#[actix_web::test]
async fn a_report_is_not_closed_before_the_regulator_was_told() {
    let desk = Desk::at("2026-03-02T15:00:00Z").await;
    let report = desk.with_cause(json!({"injury_class": "amputation"})).await;
    let action = desk.done(report, json!({})).await;
    let _ = desk.deed(&desk.world.ada, action, "verify", json!({})).await.expect(200);
    let _ = desk.step(report, "verify", json!({})).await.expect(200);
    desk.step(report, "close", json!({})).await.expect_problem(409, "regulator_not_told");
    let _ = desk.step(report, "regulator-report", json!({"ref": "OSHA-1"})).await.expect(200);
    let _ = desk.step(report, "close", json!({})).await.expect(200);
    desk.stop().await;
}

#[actix_web::test]
async fn an_action_is_due_at_the_end_of_its_day_where_it_is_done() {
    let desk = Desk::at("2026-03-02T15:00:00Z").await;
    let phoenix = desk.world.neighbours.branch("America/Phoenix");
    let report = desk.with_cause(json!({"branch_id": phoenix})).await;
    let planned = desk.planned(report, json!({"due_on": "2026-03-20"})).await.expect(201);
    assert_eq!((planned.text("/due_at"), planned.text("/time_zone")), ("2026-03-21T07:00:00Z".to_owned(), "America/Phoenix".to_owned()));
    assert_eq!(desk.owed(planned.id()).await, ("running".to_owned(), "2026-03-21T07:00:00Z".to_owned()));
    let path = format!("/v1/corrective-actions/{}", planned.id());
    let sooner = desk.grace.patch(&path, &planned.etag(), json!({"due_on": "2026-03-05"})).await.expect(200);
    assert_eq!(desk.owed(planned.id()).await, ("running".to_owned(), "2026-03-06T07:00:00Z".to_owned()));
    let check = json!({"effectiveness_check_on": "2026-03-04"});
    desk.grace.patch(&path, &sooner.etag(), check).await.expect_problem(422, "validation_failed");
    desk.world.app.set_time("2026-03-06T07:00:01Z");
    desk.world.app.work().await;
    assert_eq!(desk.owed(planned.id()).await.0, "missed_open");
    let unplaced = desk.with_cause(json!({})).await;
    let planned = desk.planned(unplaced, json!({})).await.expect(201);
    assert_eq!(planned.text("/time_zone"), "America/Chicago", "that of the calendar which counts");
    desk.stop().await;
}

#[actix_web::test]
async fn what_was_sent_back_is_owed_again_from_the_instant_it_had() {
    let desk = Desk::at("2026-03-02T15:00:00Z").await;
    let report = desk.with_cause(json!({})).await;
    let action = desk.done(report, json!({"due_on": "2026-03-02"})).await;
    assert_eq!(desk.owed(action).await.0, "met");
    desk.world.app.set_time("2026-03-03T15:00:00Z");
    let rejected = desk.deed(&desk.world.ada, action, "reject", json!({"reason": "One ramp has none."})).await.expect(200);
    assert_eq!((rejected.text("/state"), rejected.text("/rejected_reason")), ("rejected".to_owned(), "One ramp has none.".to_owned()));
    assert_eq!(desk.owed(action).await, ("missed_open".to_owned(), "2026-03-03T06:00:00Z".to_owned()));
    desk.deed(&desk.otto.1, action, "complete", shown()).await.expect_problem(409, "illegal_transition");
    let _ = desk.deed(&desk.otto.1, action, "start", json!({})).await.expect(200);
    let done = desk.deed(&desk.otto.1, action, "complete", shown()).await.expect(200);
    assert_eq!(done.body["evidence"].as_array().unwrap().len(), 2, "what showed it before stays");
    assert_eq!(desk.owed(action).await.0, "missed_closed");
    desk.stop().await;
}

#[actix_web::test]
async fn evidence_is_words_or_a_file_of_whoever_did_it() {
    let desk = Desk::at("2026-03-02T15:00:00Z").await;
    let report = desk.with_cause(json!({})).await;
    let action = desk.planned(report, json!({})).await.expect(201).id();
    let (_, otto) = &desk.otto;
    let _ = desk.deed(otto, action, "start", json!({})).await.expect(200);
    let upload = |client: &testkit::Client| {
        let request = client.request(reqwest::Method::POST, "/v1/attachments?name=ramp.txt").header("Content-Type", "text/plain");
        (client.clone(), request.body("The ramp, from below."))
    };
    let (client, request) = upload(&desk.world.ada);
    let foreign = client.send(request).await.expect(201).id();
    let refused = json!({"evidence": [{"attachment_id": foreign}]});
    desk.deed(otto, action, "complete", refused).await.expect_problem(422, "validation_failed");
    desk.deed(otto, action, "complete", json!({"evidence": [{}]})).await.expect_problem(422, "validation_failed");
    let (client, request) = upload(otto);
    let own = client.send(request).await.expect(201).id();
    let _ = desk.deed(otto, action, "complete", json!({"evidence": [{"attachment_id": own}]})).await.expect(200);
    desk.world.app.set_time("2026-03-05T15:00:00Z");
    desk.world.app.work().await;
    let path = format!("/v1/corrective-actions/{action}/evidence/{own}");
    let file = desk.grace.get(&path).await.expect(200);
    assert_eq!(file.bytes, b"The ramp, from below.", "it is not forgotten though no message has it");
    desk.grace.get(&format!("/v1/corrective-actions/{action}/evidence/{foreign}")).await.expect_problem(404, "not_found");
    desk.stop().await;
}

#[actix_web::test]
async fn the_owner_is_reminded_and_so_is_whoever_checks_whether_it_helped() {
    let desk = Desk::at("2026-03-02T15:00:00Z").await;
    let report = desk.with_cause(json!({})).await;
    let day = json!({"due_on": "2026-03-04", "effectiveness_check_on": "2026-03-18"});
    let action = desk.planned(report, day).await.expect(201).id();
    let (_, otto) = &desk.otto;
    for (now, words) in [("2026-03-02T16:00:00Z", 1), ("2026-03-03T16:00:00Z", 2), ("2026-03-05T16:00:00Z", 3), ("2026-03-06T16:00:00Z", 4)]
    {
        desk.world.app.set_time(now);
        desk.world.app.work().await;
        desk.world.app.work().await;
        assert_eq!(desk.word_for(otto).await.len(), words, "{now}");
    }
    let _ = desk.deed(otto, action, "start", json!({})).await.expect(200);
    let _ = desk.deed(otto, action, "complete", shown()).await.expect(200);
    let _ = desk.deed(&desk.world.ada, action, "verify", json!({})).await.expect(200);
    desk.world.app.set_time("2026-03-18T16:00:00Z");
    desk.world.app.work().await;
    assert_eq!(desk.word_for(otto).await.len(), 4, "his part is done");
    let word = desk.word_for(&desk.grace).await;
    assert_eq!(word.iter().filter(|text| text.contains("Check whether")).count(), 1);
    let checked =
        desk.deed(&desk.grace, action, "effectiveness", json!({"effective": false, "note": "They roll still."})).await.expect(200);
    assert_eq!(checked.text("/effectiveness/effective"), "false");
    desk.deed(&desk.grace, action, "effectiveness", json!({"effective": true})).await.expect_problem(409, "checked_already");
    assert!(desk.word_for(&desk.grace).await.contains(&"A corrective action did not help.".to_owned()));
    desk.stop().await;
}

#[actix_web::test]
async fn only_whoever_may_verify_does() {
    let desk = Desk::at("2026-03-02T15:00:00Z").await;
    let report = desk.with_cause(json!({})).await;
    let action = desk.done(report, json!({})).await;
    let worker = Persona::new("Wanda", platform::caller::ActorKind::User, "corrective-actions:read corrective-actions:work");
    let worker = desk.world.app.client(&worker);
    desk.deed(&worker, action, "verify", json!({})).await.expect_problem(403, "missing_permission");
    desk.stop().await;
}
