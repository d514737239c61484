use std::sync::Arc;

use clients::accounts as questions;
use futures_util::future::LocalBoxFuture;
use platform::peer::{PeerRequest, PeerResponse, Peers};
use platform::problem::Problem;
use serde_json::{Value, json};
use testkit::{Client, Persona};
use uuid::Uuid;

use crate::testing::{account, site, start};

/// Asks the service under test, as other services do.
struct Over(Client);

impl Peers for Over {
    fn call(&self, request: PeerRequest) -> LocalBoxFuture<'_, Result<PeerResponse, Problem>> {
        Box::pin(async move {
            let answer = self.0.get(&request.path).await;
            Ok(PeerResponse { status: actix_web::http::StatusCode::from_u16(answer.status.as_u16()).unwrap(), body: answer.bytes.into() })
        })
    }
}

fn line(price: &str, site: Option<Uuid>) -> Value {
    json!({"key": {"kind": "item", "code": "DRUM55"}, "site_id": site, "uom": "drum", "valid_from": "2026-01-01",
        "price": {"model": "flat", "unit_price": price}})
}

async fn signed(staff: &Client, account: Uuid, more: Value, lines: Value) -> Uuid {
    let mut body = json!({"account_id": account, "kind": "service", "title": "Services", "terms": {"currency": "USD",
        "term": {"starts_on": "fixed", "fixed_start": "2026-01-01", "initial_months": 12},
        "prices": {"mode": "override", "price_date_basis": "service_date"}}});
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    let id = staff.post("/v1/contracts", body).await.expect(201).id();
    let path = format!("/v1/contracts/{id}");
    let _ = staff.post(&format!("{path}/prices"), json!({"lines": lines})).await.expect(201);
    for step in ["negotiate", "submit", "approve", "send"] {
        let _ = staff.act(&format!("{path}/{step}"), "*", json!({})).await.expect(200);
    }
    let signature = json!({"signed_on": "2025-12-15", "signers": [{"name": "Pat"}]});
    let _ = staff.act(&format!("{path}/sign"), "*", signature).await.expect(200);
    id
}

/// Acceptance, accounts and pricing 3: the contract's side of the candidates.
#[actix_web::test]
async fn the_context_offers_the_contract_levels_nearest_first() {
    let (app, staff) = start().await;
    let branch =
        staff.post("/v1/branches", json!({"code": "CHI", "name": "Chicago", "time_zone": "America/Chicago"})).await.expect(201).id();
    let parent = account(&staff, "Parent", None).await;
    let acme = account(&staff, "Acme", Some(parent)).await;
    let _ = staff.patch(&format!("/v1/accounts/{acme}"), "*", json!({"branch_id": branch, "segment": "strategic"})).await.expect(200);
    let (here, there) = (site(&staff, acme, "S-1").await.id(), site(&staff, acme, "S-2").await.id());
    let master = json!({"kind": "msa", "coverage": {"mode": "descendants"}});
    let above = signed(&staff, parent, master, json!([line("170.00", None)])).await;
    let narrow = json!({"kind": "msa", "coverage": {"mode": "all"}});
    let mut other = line("1.00", None);
    other["key"]["code"] = json!("TRIP");
    signed(&staff, parent, narrow, json!([other])).await;
    let own = signed(&staff, acme, json!({}), json!([line("162.00", None), line("158.00", Some(here)), line("99.00", Some(there))])).await;
    let peers: Arc<dyn Peers> = Arc::new(Over(staff.clone()));
    let date = Some("2026-03-16".parse().unwrap());
    let context = questions::pricing_context(&*peers, acme.into(), Some(here.into()), date).await.unwrap().unwrap();
    assert_eq!(context.ancestors, [parent.into()]);
    assert_eq!((context.branch_id, context.time_zone.as_str()), (Some(branch.into()), "America/Chicago"));
    assert_eq!(context.segment.as_deref(), Some("strategic"));
    let found: Vec<(Uuid, u16, usize)> =
        context.contracts.iter().map(|contract| (contract.contract_id.uuid(), contract.distance, contract.lines.len())).collect();
    assert_eq!(found, [(own, 0, 2), (above, 1, 1)]);
    let ended = questions::pricing_context(&*peers, acme.into(), None, Some("2027-01-01".parse().unwrap())).await.unwrap().unwrap();
    assert!(ended.contracts.is_empty());
    let all = questions::pricing_context(&*peers, acme.into(), None, None).await.unwrap().unwrap();
    assert_eq!(all.contracts.first().map(|contract| contract.lines.len()), Some(3));
    assert!(questions::pricing_context(&*peers, parent.into(), Some(here.into()), None).await.unwrap().is_none());
    app.stop().await;
}

#[actix_web::test]
async fn the_context_is_asked_again_by_its_tag() {
    let (app, staff) = start().await;
    let acme = account(&staff, "Acme", None).await;
    let path = format!("/v1/accounts/{acme}/pricing-context");
    let first = staff.get(&path).await.expect(200);
    let again = || staff.request("GET".parse().unwrap(), &path).header("If-None-Match", first.etag());
    let _ = staff.send(again()).await.expect(304);
    let _ = staff.patch(&format!("/v1/accounts/{acme}"), "*", json!({"segment": "b"})).await.expect(200);
    let _ = staff.send(again()).await.expect(200);
    let customer = app.client(&Persona::customer(&[acme], "accounts:read contracts:read"));
    customer.get(&path).await.expect_problem(403, "missing_permission");
    staff.get(&format!("{path}?colour=red")).await.expect_problem(400, "invalid_query");
    app.stop().await;
}

#[actix_web::test]
async fn other_services_read_what_this_one_writes() {
    let (app, staff) = start().await;
    let acme = account(&staff, "Acme", None).await;
    let place = site(&staff, acme, "S-1").await.id();
    let role = json!({"account_id": acme, "function": "primary", "authorities": ["approve_price"], "valid_from": "2026-01-01"});
    let _ = staff.post("/v1/contacts", json!({"name": "Pat", "email": "pat+dock@example.com", "roles": [role]})).await.expect(201);
    let peers: Arc<dyn Peers> = Arc::new(Over(staff.clone()));
    let read = questions::account(&*peers, acme.into()).await.unwrap().unwrap();
    assert_eq!((read.number.as_str(), read.payment_terms.to_string().as_str()), ("A-1001", "net30"));
    assert_eq!(questions::sites(&*peers, acme.into()).await.unwrap().len(), 1);
    assert_eq!(questions::site(&*peers, place.into()).await.unwrap().unwrap().time_zone, "America/Chicago");
    let found = questions::contacts_by_email(&*peers, "Pat+Dock@example.com").await.unwrap();
    let role = found.first().and_then(|contact| contact.roles.first()).unwrap();
    assert!(role.permits("approve_price", acme.into(), Some(place.into()), "2026-03-02".parse().unwrap()));
    assert!(questions::account(&*peers, kernel::id::new_uuid().into()).await.unwrap().is_none());
    app.stop().await;
}
