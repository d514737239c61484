//! Webhooks over HTTP, with receivers that listen.

mod receiver;

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::LocalBoxFuture;
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::id::new_uuid;
use platform::peer::{PeerRequest, PeerResponse, Peers};
use platform::problem::Problem;
use serde_json::{Value, json};
use sha2::Sha256;
use testkit::{Answer, App, Client, Persona};
use uuid::Uuid;

use self::receiver::{Received, Receiver};
use crate::Feed;

/// Every account stands alone.
struct Accounts;

impl Peers for Accounts {
    fn call(&self, request: PeerRequest) -> LocalBoxFuture<'_, Result<PeerResponse, Problem>> {
        let account = request.path.split('/').nth(3).unwrap().to_owned();
        let body = serde_json::to_vec(&json!({"data": [account]})).unwrap().into();
        Box::pin(async move { Ok(PeerResponse { status: StatusCode::OK, body }) })
    }
}

async fn start() -> App {
    let more = [("LIAISON_WEBHOOKS_ON_THIS_HOST", "on"), ("LIAISON_WEBHOOK_RETRIES_S", "5,30")];
    App::configured(crate::service(), Arc::new(Accounts), &more).await
}

fn event(subject: Uuid, sequence: i64, account: Option<Uuid>) -> String {
    json!({
        "id": new_uuid(), "type": "ticket.changed", "service": "tickets", "subject": {"type": "ticket", "id": subject}, "sequence": sequence,
        "occurred_at": "2026-03-02T15:00:00Z", "recorded_at": "2026-03-02T15:00:00Z",
        "actor": {"kind": "user", "id": Uuid::nil(), "name": "Ada"}, "account_id": account, "site_id": null, "branch_id": null,
        "portal": account.is_some(), "deleted": false, "data": {"secret": "internal"}
    })
    .to_string()
}

async fn tell(app: &App, events: &[String]) {
    Feed::new(app.db.clone()).add(events).await.unwrap();
}

async fn hook(client: &Client, url: &str, more: Value) -> Answer {
    let mut body = json!({"url": url, "types": ["ticket.*"]});
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    client.post("/v1/webhooks", body).await
}

/// Works until so many have arrived.
async fn arrive(app: &App, receiver: &Receiver, count: usize) -> Vec<Received> {
    for _ in 0..500 {
        app.work().await;
        if receiver.received().len() >= count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    settle(app).await;
    let received = receiver.received();
    assert_eq!(received.len(), count, "{received:?}");
    received
}

/// Works until what was answered is noted, and nothing is due.
async fn settle(app: &App) {
    for _ in 0..6 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        app.work().await;
    }
}

async fn deliveries(client: &Client, hook: &Answer) -> Vec<(String, i64)> {
    let page = client.get(&format!("/v1/webhooks/{}/deliveries?sort=id", hook.id())).await.expect(200);
    let one = |row: &Value| (row["state"].as_str().unwrap().to_owned(), row["attempt_count"].as_i64().unwrap());
    page.rows().iter().map(one).collect()
}

/// As a receiver checks it by the specification.
fn signed(received: &Received, secret: &str) -> bool {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{}.{}.{}", received.id, received.timestamp, received.body).as_bytes());
    let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    received.signature.split(' ').any(|one| one == expected)
}

#[actix_web::test]
async fn what_happens_arrives_signed_and_once() {
    let (app, receiver) = (start().await, Receiver::start());
    let ada = app.administrator();
    tell(&app, &[event(new_uuid(), 1, None)]).await;
    let made = hook(&ada, &receiver.url, json!({})).await.expect(201);
    let ticket = new_uuid();
    tell(&app, &[event(ticket, 1, None), event(ticket, 2, None)]).await;
    let received = arrive(&app, &receiver, 2).await;
    assert_eq!(receiver.sequences(), [1, 2], "and nothing from before it was made");
    assert!(received.iter().all(|one| signed(one, &made.text("/secret"))));
    assert_eq!(
        (received[0].id.as_str(), &received[0].json()["data"]),
        (received[0].json()["id"].as_str().unwrap(), &json!({"secret": "internal"}))
    );
    assert_eq!(deliveries(&ada, &made).await, [("delivered".to_owned(), 1), ("delivered".to_owned(), 1)]);
    app.set_time("2026-04-02T00:00:00Z");
    app.work().await;
    assert!(deliveries(&ada, &made).await.is_empty(), "kept as long as the feed");
    let read = ada.get(&format!("/v1/webhooks/{}", made.id())).await.expect(200);
    assert!(read.body.get("secret").is_none() && !read.text("/cursor").is_empty());
    receiver.stop().await;
    app.stop().await;
}

#[actix_web::test]
async fn an_object_waits_for_its_earlier_event_and_others_do_not() {
    let (app, receiver) = (start().await, Receiver::start());
    let ada = app.administrator();
    let made = hook(&ada, &receiver.url, json!({})).await.expect(201);
    receiver.answer(&[500]);
    let (first, second) = (new_uuid(), new_uuid());
    tell(&app, &[event(first, 1, None)]).await;
    let _ = arrive(&app, &receiver, 1).await;
    tell(&app, &[event(first, 2, None), event(second, 7, None)]).await;
    let _ = arrive(&app, &receiver, 2).await;
    assert_eq!(receiver.sequences(), [1, 7]);
    let failing = ada.get(&format!("/v1/webhooks/{}", made.id())).await;
    assert!(failing.body["failing_since"].is_null(), "the other one arrived");
    app.set_time("2026-03-02T15:00:04Z");
    settle(&app).await;
    assert_eq!(receiver.sequences(), [1, 7], "five seconds have not passed");
    app.set_time("2026-03-02T15:00:06Z");
    let received = arrive(&app, &receiver, 4).await;
    assert_eq!(receiver.sequences(), [1, 7, 1, 2]);
    assert_eq!(received[0].id, received[2].id, "the same id at each attempt");
    let listed = ada.get(&format!("/v1/webhooks/{}/deliveries?sort=id", made.id())).await;
    let whole = ada.get(&format!("/v1/deliveries/{}", listed.text("/data/0/id"))).await.expect(200);
    assert_eq!((whole.text("/attempts/0/status"), whole.text("/attempts/1/status")), ("500".into(), "204".into()));
    assert_eq!(whole.text("/attempts/0/answer"), "heard");
    receiver.stop().await;
    app.stop().await;
}

#[actix_web::test]
async fn what_failed_as_often_as_it_may_lets_the_next_one_go_and_can_be_sent_again() {
    let (app, receiver) = (start().await, Receiver::start());
    let ada = app.administrator();
    let made = hook(&ada, &receiver.url, json!({})).await.expect(201);
    let ticket = new_uuid();
    receiver.answer(&[500, 302, 404]);
    tell(&app, &[event(ticket, 1, None), event(ticket, 2, None)]).await;
    let _ = arrive(&app, &receiver, 1).await;
    app.set_time("2026-03-02T15:00:06Z");
    let _ = arrive(&app, &receiver, 2).await;
    app.set_time("2026-03-02T15:00:40Z");
    let _ = arrive(&app, &receiver, 4).await;
    assert_eq!(receiver.sequences(), [1, 1, 1, 2]);
    assert_eq!(deliveries(&ada, &made).await, [("failed".to_owned(), 3), ("delivered".to_owned(), 1)]);
    let failed = ada.get(&format!("/v1/webhooks/{}/deliveries?filter[state]=failed", made.id())).await.expect(200);
    let _ = ada.post(&format!("/v1/deliveries/{}/replay", failed.text("/data/0/id")), Value::Null).await.expect(200);
    let _ = arrive(&app, &receiver, 5).await;
    assert_eq!(deliveries(&ada, &made).await, [("delivered".to_owned(), 4), ("delivered".to_owned(), 1)]);
    let all = ada.post(&format!("/v1/webhooks/{}/replay", made.id()), json!({"after": "0"})).await.expect(200);
    assert_eq!(all.text("/deliveries"), "2");
    let _ = arrive(&app, &receiver, 7).await;
    assert_eq!(receiver.sequences()[5..], [1, 2]);
    let none = ada.post(&format!("/v1/webhooks/{}/replay", made.id()), json!({"since": "2026-03-03T00:00:00Z"})).await.expect(200);
    assert_eq!(none.text("/deliveries"), "0");
    let both = ada.post(&format!("/v1/webhooks/{}/replay", made.id()), json!({})).await.expect(422);
    assert_eq!(both.text("/errors/0/code"), "after_or_since");
    receiver.stop().await;
    app.stop().await;
}

#[actix_web::test]
async fn one_that_is_gone_is_disabled_and_told_of_everything_when_it_is_back() {
    let (app, receiver) = (start().await, Receiver::start());
    let ada = app.administrator();
    let made = hook(&ada, &receiver.url, json!({})).await.expect(201);
    receiver.answer(&[410]);
    tell(&app, &[event(new_uuid(), 1, None)]).await;
    let _ = arrive(&app, &receiver, 1).await;
    let path = format!("/v1/webhooks/{}", made.id());
    let gone = ada.get(&path).await.expect(200);
    assert_eq!((gone.text("/state"), gone.text("/disabled_reason")), ("disabled".into(), "gone".into()));
    tell(&app, &[event(new_uuid(), 2, None)]).await;
    settle(&app).await;
    assert_eq!(receiver.sequences(), [1]);
    let _ = ada.act(&format!("{path}/enable"), &gone.etag(), Value::Null).await.expect(200);
    let _ = arrive(&app, &receiver, 2).await;
    assert_eq!(receiver.sequences(), [1, 2]);
    receiver.stop().await;
    app.stop().await;
}

#[actix_web::test]
async fn a_slow_endpoint_holds_up_nobody_else() {
    let (app, slow, quick) = (start().await, Receiver::start(), Receiver::start());
    let ada = app.administrator();
    slow.wait(Duration::from_secs(3));
    for receiver in [&slow, &quick] {
        let _ = hook(&ada, &receiver.url, json!({})).await.expect(201);
    }
    for n in 1..=5 {
        tell(&app, &[event(new_uuid(), n, None)]).await;
        let _ = arrive(&app, &quick, usize::try_from(n).unwrap()).await;
    }
    assert!(slow.received().is_empty(), "it has not answered once yet");
    slow.stop().await;
    quick.stop().await;
    app.stop().await;
}

#[actix_web::test]
async fn a_customer_is_told_of_what_is_theirs_and_without_data() {
    let (app, receiver) = (start().await, Receiver::start());
    let (account, other) = (new_uuid(), new_uuid());
    let cleo = app.client(&Persona::customer(&[account], "webhooks:* events:read"));
    let made = hook(&cleo, &receiver.url, json!({})).await.expect(201);
    tell(&app, &[event(new_uuid(), 1, Some(other)), event(new_uuid(), 2, None), event(new_uuid(), 3, Some(account))]).await;
    let received = arrive(&app, &receiver, 1).await;
    let body = received[0].json();
    assert_eq!((&body["sequence"], body.get("data"), body.get("actor")), (&json!(3), None, None));
    let stranger = app.client(&Persona::customer(&[other], "webhooks:*"));
    let _ = stranger.get(&format!("/v1/webhooks/{}", made.id())).await.expect(404);
    let _ = stranger.get(&format!("/v1/webhooks/{}/deliveries", made.id())).await.expect(404);
    let own = cleo.get(&format!("/v1/webhooks/{}/deliveries", made.id())).await.expect(200);
    let _ = stranger.get(&format!("/v1/deliveries/{}", own.text("/data/0/id"))).await.expect(404);
    assert!(stranger.get("/v1/webhooks").await.expect(200).rows().is_empty());
    receiver.stop().await;
    app.stop().await;
}

#[actix_web::test]
async fn for_some_time_both_secrets_sign() {
    let (app, receiver) = (start().await, Receiver::start());
    let ada = app.administrator();
    let made = hook(&ada, &receiver.url, json!({})).await.expect(201);
    let path = format!("/v1/webhooks/{}", made.id());
    let rotated = ada.act(&format!("{path}/rotate-secret"), &made.etag(), json!({"overlap_hours": 1})).await.expect(200);
    let (old, new) = (made.text("/secret"), rotated.text("/secret"));
    assert!(old != new && old.starts_with("whsec_"));
    let _ = ada.post(&format!("{path}/test"), Value::Null).await.expect(202);
    let ping = arrive(&app, &receiver, 1).await;
    assert_eq!(ping[0].json()["type"], "webhook.ping");
    assert!(signed(&ping[0], &old) && signed(&ping[0], &new));
    app.set_time("2026-03-02T16:00:00Z");
    let _ = ada.post(&format!("{path}/test"), Value::Null).await.expect(202);
    let later = arrive(&app, &receiver, 2).await;
    assert!(!signed(&later[1], &old) && signed(&later[1], &new));
    let key = "made-twice";
    let twice = async || ada.post_keyed("/v1/webhooks", key, json!({"url": receiver.url})).await.expect(201);
    let (first, second) = (twice().await, twice().await);
    assert_eq!((first.id(), first.text("/secret")), (second.id(), second.text("/secret")), "a replay shows the secret that was made");
    receiver.stop().await;
    app.stop().await;
}

#[actix_web::test]
async fn no_endpoint_is_inside_and_a_deleted_one_is_gone() {
    let app = App::configured(crate::service(), Arc::new(Accounts), &[]).await;
    let ada = app.administrator();
    let code = async |url: &str| hook(&ada, url, json!({})).await.expect(422).text("/errors/0/code");
    assert_eq!(code("http://hooks.example.com/in").await, "https_only");
    assert_eq!(code("https://127.0.0.1/in").await, "address_not_public");
    assert_eq!(code("https://localhost/in").await, "address_not_public");
    assert_eq!(code("https://[::ffff:10.0.0.1]/in").await, "address_not_public");
    let made = hook(&ada, "https://203.0.114.1/in", json!({"description": "Desk"})).await.expect(201);
    let path = format!("/v1/webhooks/{}", made.id());
    let inside = ada.patch(&path, &made.etag(), json!({"url": "https://10.0.0.1/in"})).await.expect(422);
    assert_eq!(inside.text("/errors/0/pointer"), "/url");
    let _ = ada.delete(&path, &made.etag()).await.expect(204);
    let _ = ada.get(&path).await.expect(404);
    app.stop().await;
}
