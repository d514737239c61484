use serde_json::json;
use testkit::Persona;

use crate::testing::{account, pointers, site, site_body, start};

#[actix_web::test]
async fn a_site_code_is_unique_within_its_account() {
    let (app, staff) = start().await;
    let (acme, other) = (account(&staff, "Acme", None).await, account(&staff, "Other", None).await);
    let first = site(&staff, acme, "s-1").await;
    assert_eq!(first.text("/code"), "S-1");
    staff.post("/v1/sites", site_body(acme, "S-1")).await.expect_problem(409, "site_code_taken");
    let second = site(&staff, other, "S-1").await;
    assert_ne!(first.id(), second.id());
    assert_eq!(staff.get(&format!("/v1/accounts/{acme}/sites")).await.expect(200).rows().len(), 1);
    assert_eq!(staff.get("/v1/sites?filter[state]=IL&filter[postal_code]=60540&sort=name").await.expect(200).rows().len(), 2);
    for (q, found) in [("naper", 2), ("store%20s-1", 2), ("60540", 2), ("denver", 0)] {
        assert_eq!(staff.get(&format!("/v1/sites?q={q}")).await.expect(200).rows().len(), found, "{q}");
    }
    let path = format!("/v1/sites/{}", first.id());
    let _ = staff.patch(&path, "*", json!({"name": "Depot"})).await.expect(200);
    assert_eq!(staff.get("/v1/sites?q=depot").await.expect(200).rows().len(), 1);
    app.stop().await;
}

#[actix_web::test]
async fn every_fault_of_a_site_is_named() {
    let (app, staff) = start().await;
    let acme = account(&staff, "Acme", None).await;
    let mut body = site_body(acme, "a b");
    body["time_zone"] = json!("Chicago");
    body["address"]["postal_code"] = json!("606");
    body["position"] = json!({"latitude": "91", "longitude": "-87.6"});
    let answer = staff.post("/v1/sites", body).await;
    answer.clone().expect_problem(422, "validation_failed");
    assert_eq!(pointers(&answer), ["/code", "/address/postal_code", "/position/latitude", "/time_zone"]);
    let missing = staff.post("/v1/sites", json!({"account_id": acme, "code": "A", "name": "A", "time_zone": "UTC", "zone": 1})).await;
    missing.clone().expect_problem(422, "validation_failed");
    assert_eq!(pointers(&missing), ["/address", "/zone"]);
    app.stop().await;
}

#[actix_web::test]
async fn an_epa_identifier_of_another_state_is_kept_with_a_warning() {
    let (app, staff) = start().await;
    let acme = account(&staff, "Acme", None).await;
    let made = site(&staff, acme, "S-1").await;
    let path = format!("/v1/sites/{}/regulatory-ids", made.id());
    let epa = |value: &str| json!({"kind": "epa", "value": value, "valid_from": "2026-01-01"});
    let wrong = staff.act(&path, &made.etag(), epa("ILD00081086")).await;
    assert_eq!(wrong.expect(422).text("/errors/0/code"), "epa_id_shape");
    let good = staff.act(&path, &made.etag(), epa("ild000810861")).await.expect(200);
    assert_eq!(good.body["regulatory_ids"][0]["warnings"], json!([]));
    let odd = staff.act(&path, &good.etag(), epa("WID000810861")).await.expect(200);
    assert_eq!(odd.text("/regulatory_ids/1/warnings/0/code"), "epa_state_mismatch");
    staff.act(&path, &odd.etag(), epa("WID000810861")).await.expect_problem(409, "regulatory_id_overlap");
    let placeholder = staff.act(&path, &odd.etag(), epa("ILCESQG")).await;
    assert_eq!(placeholder.expect(422).text("/errors/0/code"), "epa_id_placeholder");
    let retire = format!("{path}/{}/retire", odd.text("/regulatory_ids/1/id"));
    let retired = staff.act(&retire, &odd.etag(), json!({"on": "2026-03-01"})).await.expect(200);
    assert_eq!(retired.text("/regulatory_ids/1/status"), "inactive");
    assert_eq!(staff.get(&format!("/v1/sites/{}", made.id())).await.expect(200).body, retired.body);
    app.stop().await;
}

#[actix_web::test]
async fn a_site_keeps_its_position_and_changes_by_version() {
    let (app, staff) = start().await;
    let acme = account(&staff, "Acme", None).await;
    let made = site(&staff, acme, "S-1").await;
    let path = format!("/v1/sites/{}", made.id());
    let patch = json!({"position": {"latitude": "41.878113", "longitude": "-87.629799"}, "access_notes": "Dock 4"});
    let patched = staff.patch(&path, &made.etag(), patch).await.expect(200);
    assert_eq!(patched.body["position"], json!({"latitude": "41.878113", "longitude": "-87.629799"}));
    let cleared = staff.patch(&path, &patched.etag(), json!({"position": null})).await.expect(200);
    assert_eq!((cleared.body["position"].is_null(), cleared.text("/access_notes")), (true, "Dock 4".to_owned()));
    let stopped = staff.act(&format!("{path}/deactivate"), &cleared.etag(), json!({})).await.expect(200);
    assert_eq!(stopped.text("/status"), "inactive");
    staff.act(&format!("{path}/deactivate"), &stopped.etag(), json!({})).await.expect_problem(409, "illegal_transition");
    app.stop().await;
}

#[actix_web::test]
async fn a_site_bound_customer_sees_that_site_only() {
    let (app, staff) = start().await;
    let acme = account(&staff, "Acme", None).await;
    let (mine, other) = (site(&staff, acme, "S-1").await, site(&staff, acme, "S-2").await);
    let persona = Persona { sites: Some(vec![mine.id()]), ..Persona::customer(&[acme], "sites:read") };
    let customer = app.client(&persona);
    assert_eq!(customer.get("/v1/sites").await.expect(200).rows().len(), 1);
    let seen = customer.get(&format!("/v1/sites/{}", mine.id())).await.expect(200);
    assert!(seen.body.get("external_ref").is_none());
    customer.get(&format!("/v1/sites/{}", other.id())).await.expect_problem(404, "not_found");
    app.stop().await;
}

#[actix_web::test]
async fn staff_of_a_branch_see_its_sites_and_those_of_its_accounts() {
    let (app, staff) = start().await;
    let mut branches = Vec::new();
    for code in ["CHI", "DEN"] {
        let body = json!({"code": code, "name": code, "time_zone": "America/Chicago"});
        branches.push(staff.post("/v1/branches", body).await.expect(201).id());
    }
    let acme = account(&staff, "Acme", None).await;
    let _ = staff.patch(&format!("/v1/accounts/{acme}"), "*", json!({"branch_id": branches[0]})).await.expect(200);
    for (code, branch) in [("A", None), ("B", Some(branches[0])), ("C", Some(branches[1]))] {
        let mut body = site_body(acme, code);
        body["branch_id"] = json!(branch);
        let _ = staff.post("/v1/sites", body).await.expect(201);
    }
    for (branch, seen) in [(branches[0], 2), (branches[1], 1)] {
        let local = app.client(&Persona::of_branches(&[branch]));
        assert_eq!(local.get("/v1/sites").await.expect(200).rows().len(), seen);
    }
    app.stop().await;
}

#[actix_web::test]
async fn another_systems_reference_makes_one_site_and_changes_it_afterwards() {
    let (app, staff) = start().await;
    let acme = account(&staff, "Acme", None).await;
    let path = "/v1/sites/by-external-ref/erp-1";
    let made = staff.put(path, site_body(acme, "S-1")).await.expect(201);
    let mut body = site_body(acme, "S-1");
    body["name"] = json!("Renamed");
    let changed = staff.put(path, body).await.expect(200);
    assert_eq!((made.id(), changed.text("/name"), changed.text("/external_ref")), (changed.id(), "Renamed".to_owned(), "erp-1".to_owned()));
    let items = json!([site_body(acme, "S-2"), site_body(acme, "S-1")]);
    let many = staff.post("/v1/sites/bulk", json!({"atomic": false, "items": items})).await.expect(200);
    assert_eq!((many.text("/data/0/status"), many.text("/data/1/problem/code")), ("201".to_owned(), "site_code_taken".to_owned()));
    app.stop().await;
}
