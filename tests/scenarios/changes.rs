//! Acceptance scenario 11 of accounts and pricing: a raise waits, customer by customer, for proof that it was told, which the tickets
//! service keeps.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Answer, Client};
use uuid::Uuid;

use super::pricing::flat;
use super::stage::Stage;

/// Somebody who buys what is raised, and can be told.
async fn buyer(stage: &Stage, name: &str, item: &str) -> Uuid {
    let account = stage.account(name).await;
    let role = json!({"account_id": account, "function": "billing", "authorities": ["approve_price"], "valid_from": "2026-01-01"});
    let contact = json!({"name": "Cleo", "email": format!("{}@customer.example", name.to_lowercase()), "roles": [role]});
    let _ = stage.ada.post("/v1/contacts", contact).await.expect(201);
    let usage = json!({"account_id": account, "item_id": item, "month": "2026-06-01", "quantity": "12"});
    let _ = stage.ada.post("/v1/item-usages/bulk", json!({"atomic": true, "items": [usage]})).await.expect(200);
    account
}

/// Reads until a member has a value, since workers follow in their own time.
async fn until(stage: &Stage, path: &str, member: &str, value: &str) -> Answer {
    for _ in 0..300 {
        let answer = stage.ada.get(path).await.expect(200);
        if answer.body.pointer(member).is_some_and(|found| found == value) {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{path} never has {member} = {value}: {}", stage.ada.get(path).await.body);
}

async fn act(who: &Client, path: &str, step: &str, body: Value) -> Answer {
    let etag = who.get(path).await.expect(200).etag();
    who.act(&format!("{path}/{step}"), &etag, body).await.expect(200)
}

async fn pays(stage: &Stage, account: Uuid, day: &str) -> String {
    let line = json!({"item_code": "GATE", "quantity": "1"});
    let price = json!({"currency": "USD", "account_id": account, "price_date": day, "line": line});
    stage.ada.post("/v1/price", price).await.expect(200).text("/total")
}

/// Previews a change of the list from New Year, has another person agree to it, and waits until it is published.
async fn published(stage: &Stage, grace: &Client, book: Uuid, percent: &str) -> String {
    let terms = json!({"filter": {"book_ids": [book]}, "operation": {"kind": "pct", "percent": percent}, "effective_on": "2027-01-01"});
    let made = stage.ada.post("/v1/change-sets", json!({"name": "New Year", "terms": terms})).await.expect(201);
    let path = made.header("location").to_owned();
    let previewed = act(&stage.ada, &path, "preview", json!({})).await;
    let decision = json!({"preview_hash": previewed.text("/preview/hash")});
    for step in ["approve", "publish"] {
        let _ = act(grace, &path, step, decision.clone()).await;
    }
    let _ = until(stage, &path, "/state", "published").await;
    path
}

/// The draft that tickets has for an account, as a letter that somebody else approved.
async fn approved(stage: &Stage, grace: &Client, set: &str, account: Uuid) -> String {
    let owed = until(stage, &format!("{set}/notices/{account}"), "/state", "drafted").await;
    let path = format!("/v1/notices/{}", owed.text("/notice_id"));
    let draft = stage.ada.get(&path).await.expect(200);
    assert_eq!((draft.text("/payload/items/0/old"), draft.text("/payload/items/0/new")), ("100.00".into(), "105.00".into()));
    assert_eq!(
        (draft.text("/recipients/0/address").contains("@customer.example"), draft.text("/latest_send_on")),
        (true, "2026-12-02".into())
    );
    let letter = json!({"recipients": [{"channel": "letter", "address": "1 Dock Street"}]});
    let _ = stage.ada.patch(&path, &draft.etag(), letter).await.expect(200);
    let _ = act(grace, &path, "approve", json!({})).await;
    path
}

pub(super) async fn scenario_11_notice_gate(stage: &Stage) {
    stage.at("2026-11-20T16:00:00Z").await;
    stage.item("GATE", "each", json!({})).await;
    let item = stage.ada.get("/v1/items?filter[code]=GATE").await.expect(200).text("/data/0/id");
    let book = stage.book("GATES", "standard", json!([flat("GATE", "100.00")])).await;
    let grace = stage.deployment.person(&stage.ada, "grace@liaison.example", json!({"name": "Grace", "roles": ["admin"]})).await;
    let mut customers = Vec::new();
    for name in ["Early", "Late", "Bounced"] {
        customers.push(buyer(stage, name, &item).await);
    }
    let (early, late, bounced) = (customers[0], customers[1], customers[2]);
    let set = published(stage, &grace, book, "0.05").await;
    assert_eq!(pays(stage, early, "2027-01-01").await, "100.00", "nothing is proved yet");
    let mut letters = Vec::new();
    for account in &customers {
        letters.push(approved(stage, &grace, &set, *account).await);
    }
    stage.at("2026-11-25T15:00:00Z").await;
    let _ = act(&stage.ada, &letters[0], "send", json!({})).await;
    let sent = act(&stage.ada, &letters[2], "send", json!({})).await;
    let returned = json!({"recipient_id": sent.text("/recipients/0/id"), "outcome": "bounced"});
    let _ = act(&stage.ada, &letters[2], "deliveries", returned).await;
    stage.at("2026-12-05T15:00:00Z").await;
    let _ = act(&stage.ada, &letters[1], "send", json!({"late_reason": "The printer was broken."})).await;
    stage.at("2026-12-06T15:00:00Z").await;
    let _ = until(stage, &format!("{set}/notices/{early}"), "/release_on", "2027-01-01").await;
    let _ = until(stage, &format!("{set}/notices/{late}"), "/release_on", "2027-01-04").await;
    let _ = until(stage, &format!("{set}/notices/{bounced}"), "/state", "bounced").await;
    assert_eq!((pays(stage, early, "2026-12-31").await, pays(stage, early, "2027-01-01").await), ("100.00".into(), "105.00".into()));
    assert_eq!((pays(stage, late, "2027-01-03").await, pays(stage, late, "2027-01-04").await), ("100.00".into(), "105.00".into()));
    assert_eq!(pays(stage, bounced, "2028-01-01").await, "100.00");
}
