use serde_json::{Value, json};
use testkit::{Answer, Client, Persona};
use uuid::Uuid;

use crate::testing::{account, pointers, start};

pub(super) fn terms() -> Value {
    json!({
        "currency": "USD",
        "term": {"initial_months": 36, "starts_on": "first_service"},
        "renewal": {"auto": true, "months": 12, "customer_notice": {"min_days": 90, "max_days": 180}},
        "prices": {"mode": "override", "price_date_basis": "service_date"},
    })
}

pub(super) async fn create(staff: &Client, account: Uuid, more: Value) -> Answer {
    let mut body = json!({"account_id": account, "kind": "service", "title": "Services", "terms": terms()});
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    staff.post("/v1/contracts", body).await.expect(201)
}

pub(super) async fn step(staff: &Client, id: Uuid, step: &str, body: Value) -> Answer {
    let path = format!("/v1/contracts/{id}");
    let etag = staff.get(&path).await.expect(200).etag();
    staff.act(&format!("{path}/{step}"), &etag, body).await
}

/// Brings a draft to its signature on a day.
pub(super) async fn sign(staff: &Client, id: Uuid, signed_on: &str) -> Answer {
    for name in ["negotiate", "submit", "approve", "send"] {
        let _ = step(staff, id, name, json!({})).await.expect(200);
    }
    step(staff, id, "sign", json!({"signed_on": signed_on, "signers": [{"name": "Pat Rivera"}]})).await
}

/// Acceptance, accounts and pricing 15, as far as it is about dates.
#[actix_web::test]
async fn renewal_windows_are_counted_from_the_first_service() {
    let (app, staff) = start().await;
    let acme = account(&staff, "Acme", None).await;
    let id = create(&staff, acme, json!({})).await.id();
    let signed = sign(&staff, id, "2023-01-05").await.expect(200);
    assert_eq!((signed.text("/status"), signed.text("/as_of_status")), ("active".to_owned(), "scheduled".to_owned()));
    assert!(staff.get(&format!("/v1/contracts/{id}/term")).await.expect(200).body["term"].is_null());
    let started = step(&staff, id, "first-service", json!({"on": "2023-04-01"})).await.expect(200);
    assert_eq!(started.text("/current_version/effective_until"), "2026-04-01");
    step(&staff, id, "first-service", json!({"on": "2023-05-01"})).await.expect_problem(409, "start_known");
    for (received, timing) in [("2025-10-02", "early"), ("2025-10-03", "valid"), ("2026-01-01", "valid"), ("2026-01-02", "late")] {
        let term = staff.get(&format!("/v1/contracts/{id}/term?notice_received={received}")).await.expect(200);
        assert_eq!(term.text("/notice_timing"), timing, "{received}");
        assert_eq!(term.body["term"]["reminder"], json!({"first": "2025-12-02", "last": "2025-12-17"}));
    }
    let next = staff.get(&format!("/v1/contracts/{id}/term?number=2")).await.expect(200);
    assert_eq!((next.text("/term/end"), next.text("/term/notice/last")), ("2027-04-01".to_owned(), "2027-01-01".to_owned()));
    for (date, status) in [("2023-03-31", "scheduled"), ("2023-04-01", "active"), ("2026-03-31", "active"), ("2026-04-01", "expired")] {
        let read = staff.get(&format!("/v1/contracts/{id}?as_of={date}")).await.expect(200);
        assert_eq!(read.text("/as_of_status"), status, "{date}");
    }
    app.stop().await;
}

#[actix_web::test]
async fn a_commercial_change_sends_a_pending_contract_back() {
    let (app, staff) = start().await;
    let acme = account(&staff, "Acme", None).await;
    let made = create(&staff, acme, json!({})).await;
    let path = format!("/v1/contracts/{}", made.id());
    step(&staff, made.id(), "submit", json!({})).await.expect_problem(409, "illegal_transition");
    let _ = step(&staff, made.id(), "negotiate", json!({})).await.expect(200);
    let pending = step(&staff, made.id(), "submit", json!({})).await.expect(200);
    let titled = staff.patch(&path, &pending.etag(), json!({"title": "Services 2026"})).await.expect(200);
    assert_eq!(titled.text("/status"), "pending_approval");
    let mut cheaper = terms();
    cheaper["prices"]["cap"] = json!("0.03");
    let revised = staff.patch(&path, &titled.etag(), json!({"terms": cheaper})).await.expect(200);
    assert_eq!(revised.text("/status"), "in_negotiation");
    let line = json!({"key": {"kind": "item", "code": "A"}, "uom": "each", "valid_from": "2026-01-01", "price": {"model": "flat", "unit_price": "1"}});
    let _ = step(&staff, made.id(), "submit", json!({})).await.expect(200);
    let _ = staff.post(&format!("{path}/prices"), json!({"lines": [line]})).await.expect(201);
    assert_eq!(staff.get(&path).await.expect(200).text("/status"), "in_negotiation");
    let _ = step(&staff, made.id(), "submit", json!({})).await.expect(200);
    let _ = step(&staff, made.id(), "approve", json!({})).await.expect(200);
    let etag = staff.get(&path).await.expect(200).etag();
    staff.patch(&path, &etag, json!({"service_lines": ["waste"]})).await.expect_problem(409, "illegal_transition");
    let _ = step(&staff, made.id(), "abandon", json!({"reason": "lost"})).await.expect(200);
    assert_eq!(staff.get(&format!("{path}/versions")).await.expect(200).text("/data/0/state"), "abandoned");
    app.stop().await;
}

#[actix_web::test]
async fn a_signed_contract_is_immutable_exclusive_and_keeps_its_account_open() {
    let (app, staff) = start().await;
    let acme = account(&staff, "Acme", None).await;
    let fixed = json!({"currency": "USD", "term": {"starts_on": "fixed", "fixed_start": "2026-04-01", "initial_months": 12},
        "prices": {"mode": "closed", "price_date_basis": "service_date"}});
    let first = create(&staff, acme, json!({"terms": fixed, "service_lines": ["Waste"]})).await.id();
    let _ = sign(&staff, first, "2026-03-01").await.expect(200);
    let etag = staff.get(&format!("/v1/contracts/{first}")).await.expect(200).etag();
    staff.patch(&format!("/v1/contracts/{first}"), &etag, json!({"title": "x"})).await.expect_problem(409, "version_signed");
    let second = create(&staff, acme, json!({"terms": fixed})).await.id();
    let refused = sign(&staff, second, "2026-03-01").await;
    refused.clone().expect_problem(409, "contract_overlap");
    assert_eq!(refused.body["conflicts"], json!([first, second]));
    for name in ["onboard", "activate", "start-closing"] {
        let _ = staff.act(&format!("/v1/accounts/{acme}/{name}"), "*", json!({})).await.expect(200);
    }
    let close = format!("/v1/accounts/{acme}/close");
    staff.act(&close, "*", json!({})).await.expect_problem(409, "account_in_use");
    let _ = staff.act(&close, "*", json!({"override_reason": "Merged into the parent's contract"})).await.expect(200);
    app.stop().await;
}

#[actix_web::test]
async fn only_contacts_with_authority_sign() {
    let (app, staff) = start().await;
    let acme = account(&staff, "Acme", None).await;
    let role = json!({"account_id": acme, "function": "executive", "authorities": ["sign"], "valid_from": "2026-03-01"});
    let pat = staff.post("/v1/contacts", json!({"name": "Pat", "roles": [role]})).await.expect(201).id();
    let id = create(&staff, acme, json!({})).await.id();
    for name in ["negotiate", "submit", "approve", "send"] {
        let _ = step(&staff, id, name, json!({})).await.expect(200);
    }
    let signature = |on: &str| json!({"signed_on": on, "signers": [{"contact_id": pat, "name": "Pat"}]});
    let early = step(&staff, id, "sign", signature("2026-02-28")).await;
    assert_eq!(pointers(&early.expect(422)), ["/signers/0/contact_id"]);
    let _ = step(&staff, id, "sign", signature("2026-03-01")).await.expect(200);
    app.stop().await;
}

#[actix_web::test]
async fn every_fault_of_the_terms_is_named() {
    let (app, staff) = start().await;
    let acme = account(&staff, "Acme", None).await;
    let terms = json!({"currency": "USD", "term": {"starts_on": "fixed"},
        "renewal": {"auto": true, "months": 12, "customer_notice": {"min_days": 90, "max_days": 30}},
        "prices": {"mode": "discount_off", "price_date_basis": "order_date"}});
    let body = json!({"account_id": acme, "kind": "msa", "title": " ", "coverage": {"mode": "list"}, "terms": terms});
    let answer = staff.post("/v1/contracts", body).await;
    answer.clone().expect_problem(422, "validation_failed");
    let expected = [
        "/title",
        "/coverage/sites",
        "/terms/term/fixed_start",
        "/terms/renewal/customer_notice/max_days",
        "/terms/prices/discount",
        "/terms/renewal",
    ];
    assert_eq!(pointers(&answer), expected);
    app.stop().await;
}

#[actix_web::test]
async fn a_customer_sees_contracts_once_they_are_signed() {
    let (app, staff) = start().await;
    let acme = account(&staff, "Acme", None).await;
    let id = create(&staff, acme, json!({})).await.id();
    let customer = app.client(&Persona::customer(&[acme], "contracts:read"));
    assert!(customer.get("/v1/contracts").await.expect(200).rows().is_empty());
    customer.get(&format!("/v1/contracts/{id}")).await.expect_problem(404, "not_found");
    let _ = sign(&staff, id, "2026-03-01").await.expect(200);
    let seen = customer.get(&format!("/v1/contracts/{id}")).await.expect(200);
    assert!(seen.body.get("approved_by").is_none() && seen.text("/status") == "active");
    app.stop().await;
}
