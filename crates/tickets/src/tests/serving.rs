//! A ticket belongs to the branch that serves its customer, however it came in.

use kernel::id::new_uuid;
use serde_json::{Value, json};
use testkit::Persona;

use super::world::{World, ticket};

#[actix_web::test]
async fn a_ticket_without_a_branch_belongs_to_the_one_that_serves_its_site_or_account() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let (chicago, denver) = (new_uuid(), new_uuid());
    let account = world.neighbours.account(Some(chicago));
    let (near, far) = (world.neighbours.site(account, None), world.neighbours.site(account, Some(denver)));
    for (more, branch) in [
        (json!({"account_id": account}), json!(chicago)),
        (json!({"account_id": account, "site_id": near}), json!(chicago)),
        (json!({"account_id": account, "site_id": far}), json!(denver)),
        (json!({"site_id": far}), json!(denver)),
        (json!({"site_id": near}), json!(chicago)),
        (json!({"account_id": account, "branch_id": denver}), json!(denver)),
        (json!({}), Value::Null),
    ] {
        assert_eq!(world.ticket(more.clone()).await.body["branch_id"], branch, "{more}");
    }
    let bo = world.app.client(&Persona::of_branches(&[denver]));
    assert_eq!(bo.get("/v1/tickets").await.expect(200).rows().len(), 4);
    bo.post("/v1/tickets", ticket(json!({"account_id": account}))).await.expect_problem(422, "validation_failed");
    let cleo = world.app.client(&Persona::customer(&[account], "tickets:read tickets:write"));
    let hers = cleo.post("/v1/tickets", json!({"subject": "Spill", "description": "Please come."})).await.expect(201).id();
    assert_eq!(world.current(hers).await.text("/branch_id"), chicago.to_string());
    world.stop().await;
}

#[actix_web::test]
async fn bulk_upserts_changes_and_calls_find_the_branch_too() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let chicago = new_uuid();
    let account = world.neighbours.account(Some(chicago));
    let nobody = world.neighbours.nobody();
    let items = json!([ticket(json!({"account_id": account})), ticket(json!({"account_id": nobody}))]);
    let report = world.ada.post("/v1/tickets/bulk", json!({"atomic": false, "items": items})).await.expect(200);
    assert_eq!(report.text("/data/0/body/branch_id"), chicago.to_string());
    assert_eq!(report.text("/data/1/problem/errors/0/pointer"), "/account_id");
    let path = "/v1/tickets/by-external/crm/1";
    let made = world.ada.put(path, ticket(json!({"account_id": account}))).await.expect(201);
    assert_eq!(made.text("/branch_id"), chicago.to_string());
    let plain = world.ticket(json!({})).await.id();
    let changed = world.patch(plain, json!({"account_id": account})).await;
    assert_eq!(changed.text("/branch_id"), chicago.to_string());
    let cleared = world.patch(plain, json!({"account_id": account, "branch_id": null})).await;
    assert_eq!(cleared.text("/branch_id"), "null");
    let call = |account| {
        json!({"provider": "acme", "call_id": new_uuid(), "occurred_at": "2026-03-02T14:50:00Z", "account_id": account,
            "caller": {"phone": "+13125550100"}, "notes": "Asks for a pickup."})
    };
    let taken = world.ada.post("/v1/intake/phone", call(account)).await.expect(201);
    assert_eq!(taken.text("/ticket/branch_id"), chicago.to_string());
    // A call is taken in whatever accounts says of it.
    let taken = world.ada.post("/v1/intake/phone", call(nobody)).await.expect(201);
    assert_eq!(taken.text("/ticket/branch_id"), "null");
    world.stop().await;
}

#[actix_web::test]
async fn mail_of_a_known_sender_belongs_to_his_accounts_branch() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let chicago = new_uuid();
    let account = world.neighbours.account(Some(chicago));
    world.neighbours.contact("jane@acme.test", account);
    let _ = world.ada.post("/v1/mailboxes", json!({"address": "help@us.test", "name": "Desk"})).await.expect(201);
    let raw = "From: jane@acme.test\r\nTo: help@us.test\r\nMessage-ID: <m1@acme.test>\r\nSubject: Lift\r\n\r\nIt is stuck.\r\n";
    let request = world.ada.request(reqwest::Method::POST, "/v1/intake/email?recipient=help@us.test");
    let taken = world.ada.send(request.header("content-type", "message/rfc822").body(raw)).await.expect(201);
    let ticket = world.current(taken.text("/ticket_id").parse().unwrap()).await;
    assert_eq!((ticket.text("/account_id"), ticket.text("/branch_id")), (account.to_string(), chicago.to_string()));
    let other = world.app.client(&Persona::of_branches(&[new_uuid()]));
    assert!(other.get("/v1/intake/records").await.expect(200).rows().is_empty());
    world.stop().await;
}

#[actix_web::test]
async fn accounts_is_asked_once_about_a_customer_and_what_it_does_not_know_is_refused() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let account = world.neighbours.account(Some(new_uuid()));
    for _ in 0..3 {
        let _ = world.ticket(json!({"account_id": account})).await;
    }
    assert_eq!(world.neighbours.asked.lock().unwrap().len(), 1);
    let site = world.neighbours.site(new_uuid(), None);
    for (more, pointer) in [
        (json!({"account_id": world.neighbours.nobody()}), "/account_id"),
        (json!({"account_id": account, "site_id": site}), "/site_id"),
        (json!({"site_id": new_uuid()}), "/site_id"),
    ] {
        let refused = world.ada.post("/v1/tickets", ticket(more)).await.expect(422);
        assert_eq!(refused.text("/errors/0/pointer"), pointer);
    }
    *world.neighbours.down.lock().unwrap() = true;
    let _ = world.ticket(json!({"account_id": account})).await;
    world.ada.post("/v1/tickets", ticket(json!({"account_id": new_uuid()}))).await.expect_problem(503, "unavailable");
    world.stop().await;
}
