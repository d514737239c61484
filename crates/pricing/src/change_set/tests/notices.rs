//! Acceptance, "Notice gate": a raise holds for an account only once it is proved that it was told in time.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Bench, flat, pct};

async fn customer(bench: &Bench, code: &str) -> Uuid {
    let account = bench.scene.account();
    bench.scene.accounts.contact(account, "cleo@customer.example");
    bench.bought(account, code, "12").await;
    account
}

/// An account whose contract prices what is raised on the list.
async fn contracted(bench: &Bench) -> Uuid {
    let account = customer(bench, "DRUM").await;
    let book =
        bench.scene.published(&format!("C-{}", &account.simple().to_string()[20..]), "contract", json!([flat("DRUM", "90.00")])).await;
    let body = json!({"book_id": book, "subject": {"kind": "account", "id": account}, "start": "2026-01-01"});
    let _ = bench.scene.ada.post("/v1/price-assignments", body).await.expect(201);
    account
}

async fn notice(bench: &Bench, path: &str, account: Uuid) -> Value {
    bench.read(&format!("{path}/notices/{account}")).await.body
}

#[actix_web::test]
async fn a_raise_waits_for_proof_that_the_customer_was_told_in_time() {
    let bench = Bench::with(&["DRUM"]).await;
    let (early, late, bounced) = (customer(&bench, "DRUM").await, customer(&bench, "DRUM").await, customer(&bench, "DRUM").await);
    let stranger = bench.scene.account();
    let contracted = contracted(&bench).await;
    let path = bench.published(pct("0.05")).await;
    assert_eq!(bench.read(&path).await.text("/state"), "published");
    let drafts = bench.scene.accounts.notices.of(early);
    assert_eq!(drafts.len(), 1);
    assert_eq!((&drafts[0]["payload"]["effective_on"], &drafts[0]["payload"]["lead_days_required"]), (&json!("2027-01-01"), &json!(30)));
    let line = json!([{"sku": "DRUM", "old": "100.00", "new": "105.00", "currency": "USD", "unit": "each"}]);
    assert_eq!(drafts[0]["payload"]["items"], line);
    assert_eq!(bench.pays(early, "DRUM", "2027-01-01").await, "100.00", "not proved yet");
    let desk = &bench.scene.accounts.notices;
    desk.tell(early, "sent", Some("2026-11-25T15:00:00Z"));
    desk.tell(late, "sent", Some("2026-12-05T15:00:00Z"));
    desk.tell(bounced, "bounced", Some("2026-11-25T15:00:00Z"));
    bench.scene.app.set_time("2026-12-06T16:00:00Z");
    bench.scene.app.work().await;
    assert_eq!(
        (bench.pays(early, "DRUM", "2026-12-31").await, bench.pays(early, "DRUM", "2027-01-01").await),
        ("100.00".into(), "105.00".into())
    );
    assert_eq!(
        (bench.pays(late, "DRUM", "2027-01-03").await, bench.pays(late, "DRUM", "2027-01-04").await),
        ("100.00".into(), "105.00".into())
    );
    assert_eq!(bench.pays(bounced, "DRUM", "2030-01-01").await, "100.00");
    assert_eq!(bench.pays(stranger, "DRUM", "2027-01-01").await, "105.00", "nobody is owed a notice of what they never bought");
    assert_eq!(bench.pays(contracted, "DRUM", "2027-01-01").await, "90.00");
    let pending = bench.scene.price("DRUM", "1", json!({"account_id": bounced, "price_date": "2027-01-01"})).await.expect(200);
    assert_eq!(pending.text("/trace/steps/0/code"), "notice_pending");
    let (early_notice, late_notice) = (notice(&bench, &path, early).await, notice(&bench, &path, late).await);
    let bounced_notice = notice(&bench, &path, bounced).await;
    assert_eq!((&early_notice["state"], &early_notice["release_on"]), (&json!("sent"), &json!("2027-01-01")));
    assert_eq!(late_notice["release_on"], "2027-01-04");
    assert_eq!((&bounced_notice["state"], &bounced_notice["release_on"]), (&json!("bounced"), &Value::Null));
    bench.scene.app.stop().await;
}

#[actix_web::test]
async fn a_decrease_is_told_to_nobody_and_holds_at_once() {
    let bench = Bench::with(&["DRUM"]).await;
    let account = customer(&bench, "DRUM").await;
    let path = bench.published(pct("-0.05")).await;
    assert!(bench.read(&format!("{path}/notices")).await.rows().is_empty());
    assert!(bench.scene.accounts.notices.of(account).is_empty());
    assert_eq!(
        (bench.pays(account, "DRUM", "2026-12-31").await, bench.pays(account, "DRUM", "2027-01-01").await),
        ("100.00".into(), "95.00".into())
    );
    bench.scene.app.stop().await;
}

#[actix_web::test]
async fn who_cannot_be_told_is_work_for_somebody_and_a_waiver_lets_the_raise_hold() {
    let bench = Bench::with(&["DRUM"]).await;
    let account = bench.scene.account();
    bench.bought(account, "DRUM", "3").await;
    let left_out = customer(&bench, "DRUM").await;
    let mut terms = pct("0.05");
    terms["exclusions"] = json!([{"subject": {"kind": "account", "id": left_out}, "reason": "open_retention_case"}]);
    let path = bench.published(terms).await;
    let stuck = bench.read(&format!("{path}/notices?filter[state]=stuck")).await;
    assert_eq!((stuck.text("/data/0/account_id"), stuck.text("/data/0/reason")), (account.to_string(), "no_contact".into()));
    assert_eq!(notice(&bench, &path, left_out).await["reason"], "open_retention_case");
    let waive = format!("{path}/notices/{account}");
    bench.scene.accounts.contact(account, "new@customer.example");
    let etag = bench.read(&waive).await.etag();
    let _ = bench.scene.ada.act(&format!("{waive}/retry"), &etag, json!({})).await.expect(200);
    bench.scene.app.work().await;
    let drafted = bench.read(&waive).await;
    assert_eq!(drafted.text("/state"), "drafted");
    bench.scene.ada.act(&format!("{waive}/retry"), &drafted.etag(), json!({})).await.expect_problem(409, "not_stuck");
    bench.scene.accounts.notices.tell(account, "withdrawn", None);
    bench.scene.app.set_time("2026-11-20T16:05:00Z");
    bench.scene.app.work().await;
    assert_eq!(notice(&bench, &path, account).await["reason"], "withdrawn");
    let etag = bench.read(&waive).await.etag();
    let waived = bench.grace.act(&format!("{waive}/waive"), &etag, json!({"reason": "Agreed by phone."})).await.expect(200);
    assert_eq!((waived.text("/state"), waived.text("/release_on")), ("waived".into(), "2027-01-01".into()));
    let again = bench.grace.act(&format!("{waive}/waive"), &waived.etag(), json!({"reason": "Once more."})).await;
    again.expect_problem(409, "notice_decided");
    assert_eq!(bench.pays(account, "DRUM", "2027-01-01").await, "105.00");
    assert_eq!(bench.pays(left_out, "DRUM", "2027-01-01").await, "100.00");
    bench.scene.app.stop().await;
}

#[actix_web::test]
async fn a_later_raise_takes_the_place_of_one_that_never_came() {
    let bench = Bench::with(&["DRUM"]).await;
    let account = customer(&bench, "DRUM").await;
    let _ = bench.published(pct("0.10")).await;
    let second = json!({"operation": {"kind": "pct", "percent": "0.10"}, "effective_on": "2027-07-01"});
    let _ = bench.published(second).await;
    assert_eq!(bench.pays(account, "DRUM", "2028-01-01").await, "100.00", "neither is proved");
    bench.scene.accounts.notices.tell(account, "sent", Some("2026-11-20T15:00:00Z"));
    bench.scene.app.set_time("2026-11-21T16:00:00Z");
    bench.scene.app.work().await;
    assert_eq!(
        (bench.pays(account, "DRUM", "2027-06-30").await, bench.pays(account, "DRUM", "2027-07-01").await),
        ("100.00".into(), "121.00".into())
    );
    bench.scene.app.stop().await;
}

#[actix_web::test]
async fn what_is_lowered_or_raised_again_reaches_nobody_who_was_not_told_of_the_first_raise() {
    let bench = Bench::with(&["DRUM"]).await;
    let untold = customer(&bench, "DRUM").await;
    let mut terms = pct("0.10");
    terms["notices"] = json!({"lead_days": 30, "also_notify": [untold]});
    let _ = bench.published(terms).await;
    let change = |percent: &str, day: &str| json!({"operation": {"kind": "pct", "percent": percent}, "effective_on": day});
    let _ = bench.published(change("-0.05", "2027-03-01")).await;
    assert_eq!(bench.pays(bench.scene.account(), "DRUM", "2027-03-01").await, "104.50");
    assert_eq!(bench.pays(untold, "DRUM", "2027-03-01").await, "100.00", "more than was paid before, and not told");
    // Nothing was bought in the year before the next raise, but what came before it was never told either.
    bench.scene.app.set_time("2028-01-10T16:00:00Z");
    let again = bench.published(change("0.10", "2028-06-01")).await;
    assert_eq!(notice(&bench, &again, untold).await["state"], "drafted");
    assert_eq!(bench.pays(untold, "DRUM", "2028-06-01").await, "100.00");
    let _ = bench.published(change("-0.12", "2028-09-01")).await;
    assert_eq!(bench.pays(bench.scene.account(), "DRUM", "2028-09-01").await, "101.16");
    assert_eq!(bench.pays(untold, "DRUM", "2028-09-01").await, "100.00", "less than before the second raise, more than before the first");
    let _ = bench.published(change("-0.30", "2029-01-01")).await;
    assert_eq!(bench.pays(untold, "DRUM", "2029-01-01").await, "70.81", "less than was ever paid needs no word");
    bench.scene.app.stop().await;
}

#[actix_web::test]
async fn nobody_is_told_while_it_is_open_whether_a_book_follows() {
    let bench = Bench::with(&["DRUM"]).await;
    let account = customer(&bench, "DRUM").await;
    let _ = bench.scene.published("BR", "branch", json!([flat("DRUM", "80.00")])).await;
    let path = bench.previewed(pct("0.05")).await;
    for step in ["approve", "publish"] {
        let _ = bench.step(&bench.grace, &path, step).await.expect(200);
    }
    let last = bench.read(&format!("{path}/books?sort=-id")).await.text("/data/0/book_id");
    let draft = bench.scene.draft(last.parse().unwrap(), "2026-12-01").await;
    bench.scene.publish(&draft).await;
    bench.scene.app.work().await;
    assert_eq!(bench.read(&path).await.text("/state"), "partially_blocked");
    assert!(bench.scene.accounts.notices.of(account).is_empty());
    let settled = bench.step(&bench.grace, &path, "settle").await.expect(200);
    assert_eq!(settled.text("/state"), "published");
    bench.scene.app.work().await;
    assert_eq!(
        bench.scene.accounts.notices.of(account)[0]["payload"]["items"].as_array().unwrap().len(),
        1,
        "of the book that is published"
    );
    bench.scene.app.stop().await;
}
