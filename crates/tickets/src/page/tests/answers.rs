use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Client, Persona};
use uuid::Uuid;

use super::page;
use crate::emergency::tests::NIGHT;
use crate::tests::world::World;

fn person(world: &World, name: &str, id: Uuid, branches: &[Uuid]) -> Client {
    let mut persona = Persona::of_branches(branches);
    persona.id = id;
    persona.name = name.to_owned();
    world.app.client(&persona)
}

/// The page's link, as its recipient finds it.
async fn link(client: &Client) -> String {
    let left = client.get("/v1/notifications?filter[class]=emergency").await.expect(200);
    let link = left.rows().iter().find_map(|row| row["link"].as_str()).unwrap_or_else(|| panic!("{}", left.body)).to_owned();
    link[link.find("/v1/").unwrap()..].to_owned()
}

async fn browse(client: &Client, method: Method, path: &str) -> Answer {
    client.send(client.request(method, path).header("accept", "text/html")).await
}

#[actix_web::test]
async fn one_tap_on_a_pages_link_takes_charge_and_looking_does_not() {
    let world = World::at(NIGHT).await;
    let (ann, ben) = (world.agent("Ann", json!({})).await, world.agent("Ben", json!({})).await);
    world.on_call(&[ann, ben]).await;
    let (ticket, emergency) = world.emergency(json!({"subject": "Acid <b>spill</b>"})).await;
    world.app.work().await;
    world.work_at("2026-03-02T09:40:00Z").await;
    let path = link(&person(&world, "Ann", ann, &[Uuid::nil()])).await;
    let nobody = world.app.anonymous();
    let seen = browse(&nobody, Method::GET, &path).await.expect(200);
    let html = String::from_utf8(seen.bytes.clone()).unwrap();
    assert!(html.contains("I take charge") && !html.contains("<b>spill") && seen.header("cache-control") == "no-store", "{html}");
    let data = nobody.send(nobody.request(Method::GET, &path).header("accept", "application/json")).await.expect(200);
    assert_eq!((data.text("/open"), data.text("/reference")), ("true".into(), world.current(ticket).await.text("/reference")));
    assert_eq!(world.alert(emergency).await.text("/state"), "paging", "looking records nothing");
    let tapped = browse(&nobody, Method::POST, &format!("{path}/acknowledge")).await.expect(200);
    assert!(String::from_utf8(tapped.bytes).unwrap().contains("Somebody has taken charge"));
    let alert = world.alert(emergency).await;
    assert_eq!((alert.text("/state"), alert.text("/desk/acknowledged_by")), ("acknowledged".into(), ann.to_string()));
    assert_eq!(world.pages(emergency).await, [page(1, 1, "timed_out"), page(2, 1, "acked")], "whoever answers answers for all");
    let _ = browse(&nobody, Method::POST, &format!("{path}/acknowledge")).await.expect(200);
    world.work_at("2026-03-02T11:00:00Z").await;
    assert_eq!(world.pages(emergency).await.len(), 2, "nobody else is woken");
    let acknowledged = world.app.events().await.iter().filter(|event| *event == "emergency.acknowledged").count();
    assert_eq!(acknowledged, 1);
    let _ = browse(&nobody, Method::GET, "/v1/public/pages/nonsense").await.expect(404);
    world.stop().await;
}

#[actix_web::test]
async fn a_page_is_answered_by_whoever_was_paged_whatever_branches_are_theirs() {
    let world = World::at(NIGHT).await;
    let (ann, ben) = (world.agent("Ann", json!({})).await, world.agent("Ben", json!({})).await);
    world.on_call(&[ann]).await;
    let (ours, theirs) = (world.neighbours.branch("America/Chicago"), world.neighbours.branch("America/Chicago"));
    let (ticket, emergency) = world.emergency(json!({"branch_id": ours})).await;
    world.app.work().await;
    let listed = world.ada.get(&format!("/v1/emergencies/{emergency}/pages")).await.expect(200);
    let path = format!("/v1/pages/{}", listed.rows()[0]["id"].as_str().unwrap());
    let (ann, ben) = (person(&world, "Ann", ann, &[theirs]), person(&world, "Ben", ben, &[theirs]));
    ben.get(&path).await.expect_problem(404, "not_found");
    ben.post(&format!("{path}/ack"), json!({})).await.expect_problem(404, "not_found");
    let customer = world.app.client(&Persona::customer(&[Uuid::nil()], "*:*"));
    customer.post(&format!("{path}/ack"), json!({})).await.expect_problem(404, "not_found");
    let answered = ann.post(&format!("{path}/ack"), json!({})).await.expect(200);
    assert_eq!((answered.text("/state"), answered.text("/ack_at")), ("acked".into(), NIGHT.into()));
    let _ = ann.post(&format!("{path}/ack"), json!({})).await.expect(200);
    assert_eq!(world.promise(ticket, "emergency_ack").await["state"], "met");
    assert_eq!(world.current(ticket).await.text("/status"), "open", "taking charge is a person's act");
    world.stop().await;
}

#[actix_web::test]
async fn two_who_answer_at_once_take_charge_once() {
    let world = World::at(NIGHT).await;
    let ann = world.agent("Ann", json!({})).await;
    world.on_call(&[ann]).await;
    let (_, emergency) = world.emergency(json!({})).await;
    world.app.work().await;
    let listed = world.ada.get(&format!("/v1/emergencies/{emergency}/pages")).await.expect(200);
    let path = format!("/v1/pages/{}/ack", listed.rows()[0]["id"].as_str().unwrap());
    let answers = futures_util::future::join_all((0..6).map(|_| world.ada.post(&path, json!({})))).await;
    assert!(answers.iter().all(|answer| answer.status.is_success()));
    let acknowledged = world.app.events().await.iter().filter(|event| *event == "emergency.acknowledged").count();
    assert_eq!(acknowledged, 1);
    world.stop().await;
}

#[actix_web::test]
async fn a_page_that_did_not_go_out_brings_the_next_level_at_once() {
    let world = World::at(NIGHT).await;
    let (ann, ben) = (world.agent("Ann", json!({})).await, world.agent("Ben", json!({})).await);
    world.on_call(&[ann, ben]).await;
    let (_, emergency) = world.emergency(json!({})).await;
    world.app.work().await;
    let listed = world.ada.get(&format!("/v1/emergencies/{emergency}/pages")).await.expect(200);
    let path = format!("/v1/pages/{}/fail", listed.rows()[0]["id"].as_str().unwrap());
    let failed = world.ada.post(&path, json!({"reason": "No such number."})).await.expect(200);
    assert_eq!((failed.text("/state"), failed.text("/fail_reason")), ("failed".into(), "No such number.".into()));
    world.ada.post(&path, json!({"reason": "Again."})).await.expect_problem(409, "illegal_transition");
    world.app.work().await;
    assert_eq!(world.pages(emergency).await, [page(1, 1, "failed"), page(2, 1, "sent")]);
    world.stop().await;
}

#[actix_web::test]
async fn word_of_a_page_is_seen_at_once_at_night_and_its_link_by_its_recipient_alone() {
    let world = World::at(NIGHT).await;
    let ann = world.agent("Ann", json!({})).await;
    world.on_call(&[ann]).await;
    let (ticket, emergency) = world.emergency(json!({})).await;
    world.app.work().await;
    let own = person(&world, "Ann", ann, &[Uuid::nil()]);
    let left = own.get(&format!("/v1/notifications?filter[ticket_id]={ticket}")).await.expect(200);
    let word = left.rows().iter().find(|row| row["class"] == "emergency" && row["user_id"] == json!(ann)).expect("told");
    assert_eq!((&word["deliver_at"], &word["channel"]), (&json!(NIGHT), &json!("email")));
    assert_eq!(word["subject"], json!({"type": "emergency", "id": emergency}));
    assert!(word["link"].as_str().unwrap().contains("/v1/public/pages/"));
    let events: Vec<Value> = world.app.envelopes().await;
    assert!(!Value::from(events).to_string().contains("/v1/public/pages/"), "events are read by many");
    world.stop().await;
}
