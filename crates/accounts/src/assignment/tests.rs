use chrono::NaiveDate;
use futures_util::future::join_all;
use kernel::Period;
use kernel::id::{AccountId, AssignmentId, UserId, new_uuid};
use platform::stamp::{Stamp, Touch};
use serde_json::json;
use uuid::Uuid;

use super::model::{Assignee, Assignment, AssignmentRole, Subject};
use crate::testing::{account, site, start};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn primary(subject: Subject, from: &str, until: Option<&str>) -> Assignment {
    Assignment {
        id: AssignmentId::generate(),
        subject,
        role: AssignmentRole::Csr,
        assignee: Assignee::User(UserId::generate()),
        period: Period::new(day(from), until.map(day)).unwrap(),
        primary: true,
        external_ref: None,
        stamp: Stamp::new(Touch { by: Uuid::nil(), at: "2026-03-02T15:00:00Z".parse().unwrap() }),
    }
}

#[test]
fn primaries_may_follow_but_not_overlap() {
    let subject = Subject { account_id: AccountId::generate(), site_id: None };
    let first = primary(subject, "2026-01-01", Some("2026-02-01"));
    let next = primary(subject, "2026-02-01", None);
    let early = primary(subject, "2026-01-31", None);
    assert!(next.check_primary(std::slice::from_ref(&first)).is_ok());
    let fault = early.check_primary(std::slice::from_ref(&first)).unwrap_err();
    assert_eq!((&*fault.code, fault.conflicts.clone()), ("primary_overlap", vec![first.id.uuid(), early.id.uuid()]));
    let helper = Assignment { primary: false, ..early.clone() };
    assert!(helper.check_primary(std::slice::from_ref(&first)).is_ok());
    let elsewhere = Assignment { subject: Subject { account_id: AccountId::generate(), site_id: None }, ..early };
    assert!(elsewhere.check_primary(&[first]).is_ok());
}

#[actix_web::test]
async fn there_is_one_primary_for_a_subject_and_role() {
    let (app, staff) = start().await;
    let acme = account(&staff, "Acme", None).await;
    let place = site(&staff, acme, "S-1").await.id();
    let body = |site: Option<Uuid>, from: &str| json!({"account_id": acme, "site_id": site, "role": "csr", "user_id": new_uuid(), "valid_from": from, "primary": true});
    let first = staff.post("/v1/assignments", body(None, "2026-01-01")).await.expect(201);
    let clash = staff.post("/v1/assignments", body(None, "2026-05-01")).await;
    clash.clone().expect_problem(409, "primary_overlap");
    assert_eq!(clash.body["conflicts"][0], json!(first.id()));
    let _ = staff.post("/v1/assignments", body(Some(place), "2026-01-01")).await.expect(201);
    let end = format!("/v1/assignments/{}/end", first.id());
    let _ = staff.act(&end, &first.etag(), json!({"on": "2026-05-01"})).await.expect(200);
    let _ = staff.post("/v1/assignments", body(None, "2026-05-01")).await.expect(201);
    let both = json!({"account_id": acme, "role": "am", "valid_from": "2026-01-01"});
    assert_eq!(staff.post("/v1/assignments", both).await.expect(422).text("/errors/0/code"), "one_of");
    assert_eq!(staff.get(&format!("/v1/assignments?filter[account_id]={acme}&filter[primary]=true")).await.expect(200).rows().len(), 3);
    app.stop().await;
}

#[actix_web::test]
async fn of_many_primaries_at_once_one_is_taken() {
    let (app, staff) = start().await;
    let acme = account(&staff, "Acme", None).await;
    // Bounded periods, which no unique index compares.
    let body = json!({"account_id": acme, "role": "csr", "team_id": new_uuid(), "valid_from": "2026-01-01", "valid_until": "2027-01-01", "primary": true});
    let answers = join_all((0..12).map(|_| staff.post("/v1/assignments", body.clone()))).await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    let refused = answers.iter().filter(|answer| answer.status == 409).count();
    assert_eq!((made, refused), (1, 11));
    app.stop().await;
}
