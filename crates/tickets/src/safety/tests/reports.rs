//! Safety reports: the regulator's clock, the steps, and who learns of it.

use serde_json::json;
use testkit::Persona;

use super::desk::{Desk, incident};

#[actix_web::test]
async fn a_regulators_clock_runs_in_all_hours_from_when_we_learned_of_the_injury() {
    // Saturday 21:00 in Chicago; the clocks go forward that night.
    let desk = Desk::at("2026-03-08T03:00:00Z").await;
    for (injury, due) in [
        ("hospitalisation", "2026-03-09T03:00:00Z"),
        ("amputation", "2026-03-09T03:00:00Z"),
        ("eye_loss", "2026-03-09T03:00:00Z"),
        ("fatality", "2026-03-08T11:00:00Z"),
    ] {
        let filed = desk.filed(json!({"injury_class": injury})).await;
        assert_eq!(filed.text("/regulator_report/due_at"), due, "{injury}");
        assert_eq!(desk.owed(filed.id()).await, ("running".to_owned(), due.to_owned()), "{injury}");
    }
    for injury in ["none", "first_aid", "recordable"] {
        let filed = desk.filed(json!({"injury_class": injury})).await;
        assert_eq!(filed.text("/regulator_report/due_at"), "null");
        assert!(desk.promises(filed.id()).await.is_empty());
    }
    desk.stop().await;
}

#[actix_web::test]
async fn telling_the_regulator_keeps_the_promise_and_being_late_breaks_it() {
    let desk = Desk::at("2026-03-08T03:00:00Z").await;
    let (kept, late) =
        (desk.filed(json!({"injury_class": "fatality"})).await.id(), desk.filed(json!({"injury_class": "fatality"})).await.id());
    desk.world.app.set_time("2026-03-08T10:00:00Z");
    let early = json!({"ref": "OSHA-1", "reported_at": "2026-03-08T02:59:59Z"});
    desk.step(kept, "regulator-report", early).await.expect_problem(422, "validation_failed");
    let told = desk.step(kept, "regulator-report", json!({"ref": "OSHA-1"})).await.expect(200);
    assert_eq!(
        (told.text("/regulator_report/reported_at"), told.text("/regulator_report/ref")),
        ("2026-03-08T10:00:00Z".to_owned(), "OSHA-1".to_owned())
    );
    assert_eq!(desk.owed(kept).await.0, "met");
    desk.step(kept, "regulator-report", json!({"ref": "OSHA-2"})).await.expect_problem(409, "regulator_told");
    desk.world.app.set_time("2026-03-08T12:00:00Z");
    desk.world.app.work().await;
    assert_eq!(desk.owed(late).await.0, "missed_open");
    let _ = desk.step(late, "regulator-report", json!({"ref": "OSHA-3"})).await.expect(200);
    assert_eq!(desk.owed(late).await.0, "missed_closed");
    desk.stop().await;
}

#[actix_web::test]
async fn an_injury_that_turns_out_graver_tightens_the_clock_from_when_we_learned_of_it() {
    let desk = Desk::at("2026-03-02T15:00:00Z").await;
    let report = desk.filed(json!({"injury_class": "first_aid"})).await.id();
    desk.world.app.set_time("2026-03-02T16:00:00Z");
    let graver = desk.patch(report, json!({"injury_class": "hospitalisation"})).await.expect(200);
    assert_eq!(graver.text("/regulator_report/due_at"), "2026-03-03T15:00:00Z");
    let _ = desk.step(report, "regulator-report", json!({"ref": "OSHA-1"})).await.expect(200);
    desk.world.app.set_time("2026-03-03T00:00:00Z");
    let _ = desk.patch(report, json!({"injury_class": "amputation"})).await.expect(200);
    assert_eq!(desk.owed(report).await.0, "met", "a regulator who knows of an injury as grave need not be told again");
    let fatal = desk.patch(report, json!({"injury_class": "fatality"})).await.expect(200);
    assert_eq!(fatal.text("/regulator_report/reported_at"), "null", "of the death he was not told");
    assert_eq!(desk.owed(report).await, ("missed_open".to_owned(), "2026-03-02T23:00:00Z".to_owned()), "a breach is a fact of the clock");
    let _ = desk.patch(report, json!({"injury_class": "hospitalisation"})).await.expect(200);
    assert_eq!(desk.owed(report).await.0, "cancelled", "it was no death after all");
    let breaches = desk.promises(report).await.into_iter().filter(|promise| promise.breached_at.is_some()).count();
    assert_eq!(breaches, 1, "what was broken stays on record");
    desk.stop().await;
}

#[actix_web::test]
async fn a_report_goes_its_way_and_no_other() {
    let desk = Desk::at("2026-03-02T15:00:00Z").await;
    let report = desk.filed(json!({})).await.id();
    desk.step(report, "investigate", json!({})).await.expect_problem(409, "illegal_transition");
    desk.step(report, "close", json!({"no_action_reason": "It was nothing."})).await.expect_problem(409, "illegal_transition");
    let _ = desk.step(report, "triage", json!({"note": "Look at the ramp."})).await.expect(200);
    desk.step(report, "close", json!({"no_action_reason": "It was nothing."})).await.expect_problem(409, "illegal_transition");
    let _ = desk.step(report, "investigate", json!({})).await.expect(200);
    let _ = desk.step(report, "open-actions", json!({"root_cause": "The ramp is steep."})).await.expect(200);
    desk.step(report, "verify", json!({})).await.expect_problem(409, "no_actions");
    let catch = desk.filed(json!({"kind": "good_catch"})).await.id();
    let _ = desk.step(catch, "triage", json!({})).await.expect(200);
    desk.step(catch, "close", json!({})).await.expect_problem(422, "validation_failed");
    let closed = desk.step(catch, "close", json!({"no_action_reason": "Done on the spot."})).await.expect(200);
    assert_eq!((closed.text("/state"), closed.text("/no_action_reason")), ("closed".to_owned(), "Done on the spot.".to_owned()));
    desk.patch(catch, json!({"description": "Something else."})).await.expect_problem(409, "report_closed");
    desk.stop().await;
}

#[actix_web::test]
async fn a_report_says_what_can_have_been() {
    let desk = Desk::at("2026-03-02T15:00:00Z").await;
    for (more, pointer) in [
        (json!({"learned_at": "2026-03-02T15:00:01Z"}), "/learned_at"),
        (json!({"learned_at": "2026-03-01T11:00:00Z"}), "/occurred_at"),
        (json!({"kind": "near_miss", "injury_class": "first_aid"}), "/injury_class"),
        (json!({"anonymous": true, "reporter": {"name": "Rita"}}), "/reporter"),
        (json!({"site_id": kernel::id::new_uuid(), "account_id": desk.world.neighbours.nobody()}), "/site_id"),
        (json!({"ticket_id": kernel::id::new_uuid()}), "/ticket_id"),
    ] {
        let refused = desk.world.ada.post("/v1/safety-reports", incident(more)).await.expect(422);
        assert_eq!(refused.text("/errors/0/pointer"), pointer);
    }
    desk.stop().await;
}

#[actix_web::test]
async fn safety_managers_and_the_lead_are_told_and_reminded() {
    let desk = Desk::at("2026-03-08T03:00:00Z").await;
    let report = desk.filed(json!({"injury_class": "fatality"})).await.id();
    let told = desk.word_for(&desk.grace).await;
    assert_eq!(told, ["A regulator must be told of an injury (fatality) by 2026-03-08T11:00:00Z."], "at once, though it is night");
    let _ = desk.step(report, "triage", json!({"lead_id": desk.otto.0})).await.expect(200);
    desk.world.app.set_time("2026-03-08T07:00:00Z");
    desk.world.app.work().await;
    desk.world.app.work().await;
    assert_eq!(desk.word_for(&desk.otto.1).await.len(), 1, "reminded halfway, once; what is his is told at the next opening");
    desk.world.app.set_time("2026-03-09T14:00:00Z");
    desk.world.app.work().await;
    let word = desk.word_for(&desk.otto.1).await;
    assert_eq!(word.len(), 3);
    assert!(word.contains(&"A safety report is yours to investigate.".to_owned()));
    assert!(word.contains(&"A regulator had to be told of an injury (fatality) by 2026-03-08T11:00:00Z.".to_owned()));
    desk.stop().await;
}

#[actix_web::test]
async fn staff_see_reports_of_their_branches_and_customers_none() {
    let desk = Desk::at("2026-03-02T15:00:00Z").await;
    let (chicago, account) = (desk.world.neighbours.branch("America/Chicago"), desk.world.neighbours.account(None));
    let report = desk.filed(json!({"branch_id": chicago, "account_id": account})).await.id();
    let action = {
        let _ = desk.step(report, "triage", json!({})).await.expect(200);
        desk.planned(report, json!({})).await.expect(201).id()
    };
    let here = desk.world.app.client(&Persona::of_branches(&[chicago]));
    let elsewhere = desk.world.app.client(&Persona::of_branches(&[kernel::id::new_uuid()]));
    let customer = desk.world.app.client(&Persona::customer(&[account], "*:*"));
    for path in [format!("/v1/safety-reports/{report}"), format!("/v1/corrective-actions/{action}")] {
        let _ = here.get(&path).await.expect(200);
        elsewhere.get(&path).await.expect_problem(404, "not_found");
        customer.get(&path).await.expect_problem(404, "not_found");
    }
    for list in ["/v1/safety-reports", "/v1/corrective-actions"] {
        assert_eq!(here.get(list).await.expect(200).rows().len(), 1);
        assert!(elsewhere.get(list).await.expect(200).rows().is_empty());
        assert!(customer.get(list).await.expect(200).rows().is_empty());
    }
    let found = here.get("/v1/safety-reports?filter[injury_class]=none&filter[state]=triaged&sort=-occurred_at").await.expect(200);
    assert_eq!(found.rows().len(), 1);
    desk.stop().await;
}
