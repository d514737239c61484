//! Texts through the API: each goes out once, whatever is reported in whatever order, and a page's link reaches a relay only.

use kernel::id::new_uuid;
use platform::caller::ActorKind;
use serde_json::{Value, json};
use testkit::{Answer, Client, Persona};
use uuid::Uuid;

use super::model::{TextReport, TextState, after};
use crate::emergency::tests::NIGHT;
use crate::tests::world::World;

const CLAIM: &str = "/v1/outgoing-texts/claim";

fn relay(world: &World) -> Client {
    world.app.client(&Persona::new("Relay", ActorKind::Key, "outgoing-texts:*"))
}

async fn texted(world: &World, id: &str) -> Uuid {
    let body = json!({"provider": "acme", "message_id": id, "from": "+13125550100", "body": "The bin is full."});
    world.ada.post("/v1/intake/sms", body).await.expect(201).text("/ticket/id").parse().unwrap()
}

/// The one text that can be claimed.
async fn claimed(world: &World) -> Value {
    let answer = relay(world).post(CLAIM, json!({})).await.expect(200);
    let [text] = answer.rows() else { panic!("{}", answer.body) };
    text.clone()
}

async fn report(world: &World, text: &Value, body: Value) -> Answer {
    relay(world).post(&format!("/v1/outgoing-texts/{}/report", text["id"].as_str().unwrap()), body).await.expect(200)
}

async fn delivery(world: &World, ticket: Uuid) -> Value {
    let listed = world.ada.get(&format!("/v1/tickets/{ticket}/messages")).await.expect(200);
    listed.rows().iter().find_map(|row| row.get("delivery")).cloned().unwrap_or_default()
}

#[test]
fn reports_lead_to_one_state_whatever_their_order() {
    let mut table = String::new();
    for state in TextState::ALL {
        let states: Vec<_> = TextReport::ALL.iter().map(|report| after(*state, *report).as_str()).collect();
        table.push_str(&format!("{state}: {}\n", states.join(" ")));
    }
    let expected = "queued: sent failed delivered\nsent: sent failed delivered\nfailed: failed failed delivered\n\
        delivered: delivered delivered delivered\n";
    assert_eq!(table, expected);
}

#[actix_web::test]
async fn a_reply_by_text_is_queued_with_it_claimed_once_and_its_reports_may_come_in_any_order() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let ticket = texted(&world, "1").await;
    let reply = world.reply(ticket, None).await;
    assert_eq!(delivery(&world, ticket).await["state"], "queued");
    let text = claimed(&world).await;
    assert_eq!((&text["medium"], &text["to"], &text["body"]), (&json!("sms"), &json!("+13125550100"), &json!("We are on it.")));
    assert_eq!((&text["message_id"], &text["claims"]), (&json!(reply.text("/message/id")), &json!(1)));
    assert!(relay(&world).post(CLAIM, json!({})).await.expect(200).rows().is_empty(), "it is the first relay's");
    let arrived = report(&world, &text, json!({"outcome": "delivered", "provider_id": "x1"})).await;
    assert_eq!((arrived.text("/state"), arrived.text("/provider_id")), ("delivered".into(), "x1".into()));
    for late in ["sent", "delivered", "failed"] {
        let answer = report(&world, &text, json!({"outcome": late, "provider_id": "x1"})).await;
        assert_eq!((answer.text("/state"), answer.etag()), ("delivered".into(), arrived.etag()), "{late}");
    }
    let shown = delivery(&world, ticket).await;
    assert_eq!((&shown["state"], &shown["recipients"][0]["address"]), (&json!("delivered"), &json!("+13125550100")));
    assert_eq!(world.promise(ticket, "first_response").await["state"], "met");
    world.stop().await;
}

#[actix_web::test]
async fn what_is_not_reported_is_given_out_again_and_relays_at_once_share_nothing() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let ticket = texted(&world, "1").await;
    for _ in 0..6 {
        let _ = world.reply(ticket, None).await;
    }
    let relay = relay(&world);
    let claims = (0..4).map(|_| relay.post(CLAIM, json!({"limit": 3, "lease_s": 60, "medium": "sms"})));
    let answers = futures_util::future::join_all(claims).await;
    let mut ids: Vec<String> = answers.iter().flat_map(|answer| answer.rows()).map(|row| row["id"].to_string()).collect();
    ids.sort();
    ids.dedup();
    assert!(ids.len() >= 3 && ids.len() == answers.iter().map(|answer| answer.rows().len()).sum::<usize>());
    world.app.set_time("2026-03-02T15:00:59Z");
    let rest = relay.post(CLAIM, json!({})).await.expect(200).rows().len();
    assert_eq!(rest + ids.len(), 6);
    world.app.set_time("2026-03-02T15:01:00Z");
    assert_eq!(relay.post(CLAIM, json!({})).await.expect(200).rows().len(), ids.len());
    world.stop().await;
}

#[actix_web::test]
async fn a_reply_that_does_not_arrive_keeps_no_promise_until_it_does() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let ticket = texted(&world, "1").await;
    let _ = world.reply(ticket, None).await;
    let text = claimed(&world).await;
    let _ = report(&world, &text, json!({"outcome": "sent"})).await;
    assert_eq!(world.promise(ticket, "first_response").await["state"], "met");
    let failed = report(&world, &text, json!({"outcome": "failed", "error": "No such number.", "permanent": true})).await;
    assert_eq!((failed.text("/state"), failed.text("/error")), ("failed".into(), "No such number.".into()));
    assert_eq!(world.promise(ticket, "first_response").await["state"], "running");
    let _ = report(&world, &text, json!({"outcome": "delivered"})).await;
    assert_eq!(world.promise(ticket, "first_response").await["state"], "met");
    let _ = world.reply(ticket, None).await;
    world.work_at("2026-03-20T15:00:00Z").await;
    let given_up = world.ada.get("/v1/outgoing-texts?filter[state]=failed").await.expect(200);
    assert_eq!(given_up.text("/data/0/error"), "No relay has sent it in time.");
    world.stop().await;
}

#[actix_web::test]
async fn machines_write_no_more_to_a_number_that_fails_for_good_and_people_do() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let ticket = texted(&world, "1").await;
    let script = world.app.client(&Persona::new("Script", ActorKind::Key, "*:*"));
    let path = format!("/v1/tickets/{ticket}/messages");
    for _ in 0..3 {
        let _ = script.post(&path, json!({"body": "On its way."})).await.expect(201);
        let text = claimed(&world).await;
        let _ = report(&world, &text, json!({"outcome": "failed", "permanent": true})).await;
    }
    let _ = script.post(&path, json!({"body": "On its way."})).await.expect(201);
    assert!(relay(&world).post(CLAIM, json!({})).await.expect(200).rows().is_empty());
    assert_eq!(world.ada.get("/v1/outgoing-texts?filter[state]=failed").await.expect(200).rows().len(), 4);
    let _ = world.reply(ticket, None).await;
    assert_eq!(claimed(&world).await["body"], "We are on it.");
    world.stop().await;
}

#[actix_web::test]
async fn a_chat_is_answered_in_its_session_and_what_was_said_there_is_not_sent() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let chat = |id: &str, more: Value| {
        let mut body = json!({"provider": "acme", "message_id": id, "session_id": "s:1", "body": "Hello."});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let opened = world.ada.post("/v1/intake/chat", chat("1", json!({}))).await.expect(201);
    let said = chat("2", json!({"author": "agent", "agent_id": new_uuid()}));
    let _ = world.ada.post("/v1/intake/chat", said).await.expect(201);
    assert!(relay(&world).post(CLAIM, json!({})).await.expect(200).rows().is_empty());
    let _ = world.reply(opened.text("/ticket/id").parse().unwrap(), None).await;
    assert!(relay(&world).post(CLAIM, json!({"medium": "sms"})).await.expect(200).rows().is_empty());
    assert!(relay(&world).post(CLAIM, json!({"provider": "other"})).await.expect(200).rows().is_empty());
    let answer = relay(&world).post(CLAIM, json!({"medium": "chat", "provider": "acme"})).await.expect(200);
    assert_eq!((answer.text("/data/0/provider"), answer.text("/data/0/to")), ("acme".into(), "s:1".into()));
    let by_mail = world.ticket(json!({"channel": "email"})).await;
    let _ = world.reply(by_mail.id(), None).await;
    assert!(relay(&world).post(CLAIM, json!({})).await.expect(200).rows().is_empty());
    world.stop().await;
}

#[actix_web::test]
async fn a_page_by_text_carries_its_link_to_the_relay_and_to_nobody_else() {
    let world = World::at(NIGHT).await;
    let (ann, ben) = (world.agent("Ann", json!({"phone": "+13125550111"})).await, world.agent("Ben", json!({})).await);
    let layer = |name: &str, level: i64, member: Uuid| json!({"name": name, "level": level, "channel": "sms", "handoff": {"day": "mon", "time_min": 480}, "starts_on": "2026-01-05", "members": [member]});
    let plan = json!({"time_zone": "America/Chicago", "layers": [layer("One", 1, ann), layer("Two", 2, ben)]});
    let _ = world.ada.post("/v1/oncall-schedules", json!({"name": "Night", "is_default": true, "plan": plan})).await.expect(201);
    let (_, emergency) = world.emergency(json!({})).await;
    world.app.work().await;
    let reader = world.app.client(&Persona::new("Reader", ActorKind::User, "*:read"));
    let _ = reader.post(CLAIM, json!({})).await.expect(403);
    let text = claimed(&world).await;
    assert_eq!((&text["kind"], &text["user_id"], &text["to"]), (&json!("page"), &json!(ann), &json!("+13125550111")));
    let body = text["body"].as_str().unwrap();
    let link = &body[body.find("/v1/public/pages/").unwrap()..];
    let seen = reader.get("/v1/outgoing-texts").await.expect(200);
    assert_eq!(seen.rows().len(), 1);
    let token = link.rsplit('/').next().unwrap();
    assert!(!seen.body.to_string().contains(token));
    let told = world.app.envelopes().await;
    assert!(told.iter().any(|event| event["type"] == "outgoing_text.queued"));
    assert!(told.iter().all(|event| !event.to_string().contains(token)), "no event names the link");
    let _ = report(&world, &text, json!({"outcome": "failed", "error": "Out of reach."})).await;
    world.app.work().await;
    let pages = world.pages(emergency).await;
    assert_eq!(pages, [(1, 1, "failed".to_owned()), (2, 1, "sent".to_owned())], "the next level at once");
    let next = relay(&world).post(CLAIM, json!({"lease_s": 30})).await.expect(200);
    assert_eq!((next.text("/data/0/user_id"), next.text("/data/0/to")), (ben.to_string(), "null".into()), "the relay has to know");
    let body = next.text("/data/0/body");
    let link = &body[body.find("/v1/public/pages/").unwrap()..];
    let _ = world.app.anonymous().post(&format!("{link}/acknowledge"), json!({})).await.expect(200);
    world.app.set_time("2026-03-02T09:32:00Z");
    assert!(relay(&world).post(CLAIM, json!({})).await.expect(200).rows().is_empty(), "nobody is woken for what is answered");
    world.stop().await;
}

#[actix_web::test]
async fn the_files_of_a_reply_go_to_the_relay_with_its_text() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let ticket = texted(&world, "1").await;
    let sent = world.ada.request(reqwest::Method::POST, "/v1/attachments?name=map.pdf").header("content-type", "application/pdf");
    let file = world.ada.send(sent.body("%PDF-1.4 the way")).await.expect(201);
    let reply = json!({"body": "See the map.", "attachments": [file.id()]});
    let _ = world.ada.post(&format!("/v1/tickets/{ticket}/messages"), reply).await.expect(201);
    let text = claimed(&world).await;
    let given = &text["attachments"][0];
    assert_eq!((&given["name"], &given["sha256"], &given["size"]), (&json!("map.pdf"), &file.body["sha256"], &json!(16)));
    let path = given["path"].as_str().unwrap();
    assert_eq!(relay(&world).get(path).await.expect(200).bytes, b"%PDF-1.4 the way");
    let reader = world.app.client(&Persona::new("Reader", ActorKind::User, "*:read"));
    let _ = reader.get(path).await.expect(403);
    let other = path.replace(&file.id().to_string(), &new_uuid().to_string());
    relay(&world).get(&other).await.expect_problem(404, "not_found");
    world.stop().await;
}

#[actix_web::test]
async fn whoever_delivers_sends_files_without_any_other_permission() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let gateway = world.app.client(&Persona::new("Gateway", ActorKind::Key, "intake:write"));
    let send = |path: &str| gateway.send(gateway.request(reqwest::Method::POST, path).header("content-type", "text/plain").body("A list."));
    let _ = send("/v1/attachments?name=a.txt").await.expect(403);
    let file = send("/v1/intake/attachments?name=a.txt").await.expect(201);
    let body = json!({"provider": "acme", "message_id": "1", "from": "+13125550100", "body": "See.", "attachments": [file.id()]});
    let _ = gateway.post("/v1/intake/sms", body).await.expect(201);
    world.stop().await;
}
