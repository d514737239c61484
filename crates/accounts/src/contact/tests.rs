use serde_json::json;
use testkit::Persona;

use super::model::{checked_email, checked_phone};
use crate::testing::{account, pointers, site, start};

#[test]
fn addresses_and_numbers_have_one_stored_form() {
    assert_eq!(checked_email(" Pat@Example.COM ").unwrap(), "pat@example.com");
    for wrong in ["pat", "@example.com", "pat@", "pat@localhost", "a b@example.com", "a@b@example.com", "Pat <pat@example.com>"] {
        assert!(checked_email(wrong).is_err(), "{wrong}");
    }
    assert_eq!(checked_phone("+1 (312) 555-0100", "/phone").unwrap(), "+13125550100");
    for wrong in ["555", "call me", "+1 312 555 0100 x4", "1234567890123456"] {
        assert!(checked_phone(wrong, "/phone").is_err(), "{wrong}");
    }
}

#[actix_web::test]
async fn a_sender_is_recognised_whatever_the_case() {
    let (app, staff) = start().await;
    let acme = account(&staff, "Acme", None).await;
    let role = json!({"account_id": acme, "function": "primary", "authorities": ["sign", "order", "sign"], "valid_from": "2026-01-01"});
    let body = json!({"name": "Pat", "email": "Pat@Example.com", "phone": "+1 312 555 0100", "preferred": "email", "roles": [role]});
    let pat = staff.post("/v1/contacts", body).await.expect(201);
    assert_eq!(pat.body["roles"][0]["authorities"], json!(["sign", "order"]));
    for query in [
        "filter[email]=PAT@example.COM",
        "filter[phone]=%2B1.312.555.0100",
        &format!("filter[account_id]={acme}"),
        "filter[email][in]=x@y.z,pat@example.com",
        "q=pat",
        "q=example.com",
    ] {
        let found = staff.get(&format!("/v1/contacts?{query}")).await.expect(200);
        assert_eq!(found.rows().len(), 1, "{query}");
        assert_eq!(found.rows()[0]["roles"][0]["account_id"], json!(acme));
    }
    assert!(staff.get("/v1/contacts?filter[email]=other@example.com").await.expect(200).rows().is_empty());
    app.stop().await;
}

#[actix_web::test]
async fn authority_comes_from_roles_that_do_not_repeat() {
    let (app, staff) = start().await;
    let acme = account(&staff, "Acme", None).await;
    let place = site(&staff, acme, "S-1").await.id();
    let pat = staff.post("/v1/contacts", json!({"name": "Pat"})).await.expect(201);
    let roles = format!("/v1/contacts/{}/roles", pat.id());
    let role = json!({"account_id": acme, "site_id": place, "function": "billing", "valid_from": "2026-01-01"});
    let added = staff.act(&roles, &pat.etag(), role.clone()).await.expect(200);
    staff.act(&roles, &added.etag(), role.clone()).await.expect_problem(409, "role_overlap");
    let end = format!("{roles}/{}/end", added.text("/roles/0/id"));
    let ended = staff.act(&end, &added.etag(), json!({"on": "2026-06-01"})).await.expect(200);
    assert_eq!(ended.text("/roles/0/valid_until"), "2026-06-01");
    let mut later = role;
    later["valid_from"] = json!("2026-06-01");
    let _ = staff.act(&roles, &ended.etag(), later.clone()).await.expect(200);
    later["account_id"] = json!(account(&staff, "Other", None).await);
    let foreign_site = staff.act(&roles, "*", later).await;
    assert_eq!(foreign_site.expect(422).text("/errors/0/pointer"), "/site_id");
    app.stop().await;
}

#[actix_web::test]
async fn every_fault_of_a_contact_is_named() {
    let (app, staff) = start().await;
    let role =
        json!({"account_id": kernel::id::new_uuid(), "function": "billing", "valid_from": "2026-02-01", "valid_until": "2026-02-01"});
    let answer = staff.post("/v1/contacts", json!({"name": " ", "email": "x", "phone": "1", "roles": [role]})).await;
    answer.clone().expect_problem(422, "validation_failed");
    assert_eq!(pointers(&answer), ["/name", "/email", "/phone", "/roles/0/valid_until"]);
    let unreachable = staff.post("/v1/contacts", json!({"name": "Pat", "preferred": "sms"})).await;
    assert_eq!(unreachable.expect(422).text("/errors/0/code"), "unreachable");
    app.stop().await;
}

#[actix_web::test]
async fn contacts_are_seen_through_their_roles() {
    let (app, staff) = start().await;
    let (acme, other) = (account(&staff, "Acme", None).await, account(&staff, "Other", None).await);
    let role = |account| json!({"account_id": account, "function": "primary", "valid_from": "2026-01-01"});
    let pat = staff.post("/v1/contacts", json!({"name": "Pat", "roles": [role(acme), role(other)]})).await.expect(201);
    let _ = staff.post("/v1/contacts", json!({"name": "Quinn", "roles": [role(other)]})).await.expect(201);
    let _ = staff.post("/v1/contacts", json!({"name": "Riley"})).await.expect(201);
    let customer = app.client(&Persona::customer(&[acme], "contacts:read"));
    let seen = customer.get("/v1/contacts").await.expect(200);
    assert_eq!(seen.rows().len(), 1);
    assert_eq!(seen.rows()[0]["id"], json!(pat.id()));
    assert_eq!(seen.rows()[0]["roles"].as_array().unwrap().len(), 1);
    assert_eq!(app.client(&Persona::of_branches(&[])).get("/v1/contacts").await.expect(200).rows().len(), 3);
    app.stop().await;
}

#[actix_web::test]
async fn another_systems_reference_makes_one_contact_and_keeps_its_roles() {
    let (app, staff) = start().await;
    let acme = account(&staff, "Acme", None).await;
    let role = json!({"account_id": acme, "function": "primary", "valid_from": "2026-01-01"});
    let path = "/v1/contacts/by-external-ref/crm-9";
    let made = staff.put(path, json!({"name": "Pat", "roles": [role]})).await.expect(201);
    let changed = staff.put(path, json!({"name": "Pat Rivera", "email": "pat@example.com"})).await.expect(200);
    assert_eq!((changed.id(), changed.text("/name")), (made.id(), "Pat Rivera".to_owned()));
    assert_eq!(changed.body["roles"], made.body["roles"]);
    app.stop().await;
}
