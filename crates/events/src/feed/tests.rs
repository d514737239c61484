use kernel::id::new_uuid;
use serde_json::json;
use testkit::{App, Persona};
use uuid::Uuid;

use super::Feed;

fn envelope(id: Uuid, event: &str, subject: Uuid, sequence: i64, account: Option<Uuid>) -> String {
    let subject_type = event.split('.').next().unwrap();
    json!({
        "id": id, "type": event, "service": "tickets", "subject": {"type": subject_type, "id": subject}, "sequence": sequence,
        "occurred_at": "2026-03-02T15:00:00Z", "recorded_at": "2026-03-02T15:00:00Z",
        "actor": {"kind": "user", "id": Uuid::nil(), "name": "Ada"}, "account_id": account, "site_id": null, "branch_id": null,
        "portal": account.is_some(), "deleted": event.ends_with(".deleted"), "data": {"secret": "internal"}
    })
    .to_string()
}

#[actix_web::test]
async fn an_event_delivered_twice_is_shown_once_and_in_order() {
    let app = App::start(crate::service()).await;
    let feed = Feed::new(app.db.clone());
    let ticket = new_uuid();
    let first = envelope(new_uuid(), "ticket.created", ticket, 1, None);
    let second = envelope(new_uuid(), "ticket.resolved", ticket, 2, None);
    feed.add(&[first.clone(), second.clone()]).await.unwrap();
    feed.add(&[first, second]).await.unwrap();
    let ada = app.administrator();
    let page = ada.get("/v1/events?limit=1").await.expect(200);
    assert_eq!(page.rows()[0]["type"], "ticket.created");
    let rest = ada.get(&format!("/v1/events?after={}", page.text("/next_cursor"))).await.expect(200);
    assert_eq!(rest.rows().len(), 1);
    assert_eq!(rest.rows()[0]["type"], "ticket.resolved");
    let end = ada.get(&format!("/v1/events?after={}", rest.text("/next_cursor"))).await.expect(200);
    assert!(end.rows().is_empty());
    assert_eq!(end.text("/next_cursor"), rest.text("/next_cursor"));
    app.stop().await;
}

#[actix_web::test]
async fn changes_show_each_object_once_with_tombstones() {
    let app = App::start(crate::service()).await;
    let feed = Feed::new(app.db.clone());
    let (kept, gone) = (new_uuid(), new_uuid());
    let events = [("ticket.created", kept, 1), ("ticket.created", gone, 1), ("ticket.resolved", kept, 2), ("ticket.deleted", gone, 2)];
    let envelopes: Vec<String> = events.iter().map(|(event, id, sequence)| envelope(new_uuid(), event, *id, *sequence, None)).collect();
    feed.add(&envelopes).await.unwrap();
    let page = app.administrator().get("/v1/changes?types=ticket").await.expect(200);
    assert_eq!(page.rows().len(), 2);
    assert_eq!((&page.rows()[0]["version"], &page.rows()[0]["deleted"]), (&json!(2), &json!(false)));
    assert_eq!(page.rows()[1]["deleted"], true);
    assert!(app.administrator().get("/v1/changes?types=order").await.expect(200).rows().is_empty());
    app.stop().await;
}

#[actix_web::test]
async fn customers_see_their_own_portal_events_without_data() {
    let app = App::start(crate::service()).await;
    let feed = Feed::new(app.db.clone());
    let (own, other) = (new_uuid(), new_uuid());
    let envelopes = [Some(own), Some(other), None].map(|account| envelope(new_uuid(), "ticket.created", new_uuid(), 1, account));
    feed.add(&envelopes).await.unwrap();
    let cleo = app.client(&Persona::customer(&[own], "events:read"));
    let page = cleo.get("/v1/events").await.expect(200);
    assert_eq!(page.rows().len(), 1);
    assert_eq!(page.rows()[0]["account_id"], own.to_string());
    assert!(page.rows()[0].get("data").is_none() && page.rows()[0].get("actor").is_none());
    app.stop().await;
}

#[actix_web::test]
async fn a_query_that_is_not_understood_is_refused() {
    let app = App::start(crate::service()).await;
    let ada = app.administrator();
    ada.get("/v1/events?limit=0").await.expect_problem(400, "invalid_limit");
    ada.get("/v1/events?after=x").await.expect_problem(400, "invalid_cursor");
    ada.get("/v1/events?colour=red").await.expect_problem(400, "invalid_query");
    app.stop().await;
}
