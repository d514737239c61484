//! The list of promises, the filters on promises of the list of tickets, and whose a promise is.

use std::fmt::Display;

use kernel::id::new_uuid;
use serde_json::{Value, json};
use testkit::{Client, Persona};
use uuid::Uuid;

use super::world::World;

/// Monday 09:00 in Chicago; first responses are due two business hours later.
const START: &str = "2026-03-02T15:00:00Z";

async fn count(client: &Client, query: impl Display) -> i64 {
    let page = client.get(&format!("/v1/{query}&count=true&limit=1")).await.expect(200);
    page.body["count"].as_i64().unwrap()
}

async fn first_response(world: &World, ticket: Uuid) -> Value {
    let query = format!("/v1/obligations?filter[ticket_id]={ticket}&filter[kind]=first_response");
    world.ada.get(&query).await.expect(200).rows()[0].clone()
}

#[actix_web::test]
async fn a_promise_is_missed_from_its_due_instant_on_whether_or_not_a_worker_ran() {
    let world = World::at(START).await;
    let id = world.ticket(json!({})).await.id();
    let state = async |state: &str| {
        let of_promises = count(&world.ada, format!("obligations?filter[kind]=first_response&filter[state]={state}")).await;
        let of_tickets = count(&world.ada, format!("tickets?filter[obligation.kind]=first_response&filter[obligation.state]={state}"));
        assert_eq!(of_promises, of_tickets.await, "{state}");
        of_promises
    };
    world.app.set_time("2026-03-02T17:00:00Z");
    assert_eq!((state("running").await, state("missed_open").await), (1, 0));
    world.app.set_time("2026-03-02T17:00:00.001Z");
    assert_eq!((state("running").await, state("missed_open").await), (0, 1));
    let seen = first_response(&world, id).await;
    assert_eq!(
        (&seen["state"], &seen["outcome"], &seen["breached_at"]),
        (&json!("missed_open"), &json!("missed"), &json!("2026-03-02T17:00:00Z"))
    );
    for (filter, expected) in [
        ("filter[breached_at][lte]=2026-03-02T17:00:00Z", 1),
        ("filter[breached_at][gt]=2026-03-02T17:00:00Z", 0),
        ("filter[outcome]=missed", 1),
        ("filter[outcome][nin]=missed,open", 0),
        ("filter[outcome][nin]=missed,open,met,excused,dropped", 0),
        ("filter[state][ne]=missed_open", 0),
        ("filter[excused][exists]=true", 0),
    ] {
        assert_eq!(count(&world.ada, format!("obligations?filter[kind]=first_response&{filter}")).await, expected, "{filter}");
    }
    world.app.work().await;
    assert_eq!((state("running").await, state("missed_open").await), (0, 1));
    world.stop().await;
}

#[actix_web::test]
async fn one_promise_must_match_all_that_is_asked_of_it() {
    let world = World::at(START).await;
    let answered = world.ticket(json!({})).await.id();
    let late = world.ticket(json!({"priority": "high"})).await.id();
    let _ = world.reply(answered, None).await;
    world.app.set_time("2026-03-02T17:30:00Z");
    let _ = world.patch(late, json!({"tags": ["late"]})).await;
    let ids = async |query: &str| {
        let page = world.ada.get(&format!("/v1/tickets?sort=id&fields=id&{query}")).await.expect(200);
        page.rows().iter().map(|row| row["id"].as_str().unwrap().parse().unwrap()).collect::<Vec<Uuid>>()
    };
    assert_eq!(ids("filter[obligation.kind]=first_response&filter[obligation.state]=met").await, [answered]);
    assert_eq!(ids("filter[obligation.kind]=first_response&filter[obligation.outcome]=missed").await, [late]);
    let none: [Uuid; 0] = [];
    assert_eq!(ids("filter[obligation.kind]=next_response&filter[obligation.state]=met").await, none, "another promise of it is met");
    assert_eq!(ids("filter[obligation.state]=missed_open&filter[obligation.due_at][lt]=2026-03-02T17:00:00Z").await, none);
    assert_eq!(ids("filter[obligation.state]=missed_open&filter[obligation.due_at][lte]=2026-03-02T17:00:00Z").await, [late]);
    assert_eq!(ids("filter[obligation_state]=missed_open&filter[priority]=high").await, [late]);
    assert_eq!(ids("filter[obligation.excused][exists]=true").await, none);
    world.stop().await;
}

#[actix_web::test]
async fn who_had_a_ticket_when_its_promise_was_broken_keeps_the_breach() {
    let world = World::at(START).await;
    let (ann, bo, chicago, denver) = (new_uuid(), new_uuid(), new_uuid(), new_uuid());
    let id = world.ticket(json!({"branch_id": chicago, "assignee_id": ann})).await.id();
    let _ = world.act(id, "assign", json!({"assignee_id": bo})).await.expect(200);
    assert_eq!(first_response(&world, id).await["assignee_id"], json!(bo), "what is owed goes with the ticket");
    let _ = world.act(id, "assign", json!({"assignee_id": ann})).await.expect(200);
    world.app.set_time("2026-03-02T18:00:00Z");
    let _ = world.act(id, "assign", json!({"assignee_id": bo})).await.expect(200);
    let _ = world.patch(id, json!({"branch_id": denver})).await;
    let _ = world.reply(id, None).await;
    let broken = first_response(&world, id).await;
    assert_eq!((&broken["state"], &broken["assignee_id"], &broken["branch_id"]), (&json!("missed_closed"), &json!(ann), &json!(chicago)));
    let of = async |branch: Uuid| world.app.client(&Persona::of_branches(&[branch])).get("/v1/obligations").await.expect(200);
    assert!(of(chicago).await.rows().iter().any(|row| row["id"] == broken["id"]), "Chicago's figures keep what Chicago broke");
    assert!(of(denver).await.rows().iter().all(|row| row["id"] != broken["id"]));
    world.stop().await;
}

#[actix_web::test]
async fn an_excuse_is_told_from_a_breach_and_late_word_of_an_answer_in_time_is_no_breach() {
    let world = World::at(START).await;
    let (excused, called) = (world.ticket(json!({})).await.id(), world.ticket(json!({})).await.id());
    world.app.set_time("2026-03-02T18:00:00Z");
    world.app.work().await;
    let promise = first_response(&world, excused).await;
    let etag = format!("\"v{}\"", promise["version"]);
    let path = format!("/v1/obligations/{}/excuse", promise["id"].as_str().unwrap());
    let _ = world.ada.act(&path, &etag, json!({"reason": "The line was down."})).await.expect(200);
    let call = json!({"kind": "call", "body": "We talked.", "call": {"direction": "outbound", "contact_made": true},
        "occurred_at": "2026-03-02T16:00:00Z"});
    let _ = world.ada.post(&format!("/v1/tickets/{called}/messages"), call).await.expect(201);
    assert_eq!(first_response(&world, excused).await["outcome"], "excused");
    let kept = first_response(&world, called).await;
    assert_eq!((&kept["outcome"], &kept["breached_at"], &kept["taken_s"]), (&json!("met"), &json!("2026-03-02T17:00:00Z"), &json!(3_600)));
    let outcome = async |outcome: &str| {
        let tickets = count(&world.ada, format!("tickets?filter[obligation.kind]=first_response&filter[obligation.outcome]={outcome}"));
        let tickets = tickets.await;
        let promises = count(&world.ada, format!("obligations?filter[kind]=first_response&filter[outcome]={outcome}"));
        assert_eq!(promises.await, tickets);
        tickets
    };
    assert_eq!((outcome("excused").await, outcome("met").await, outcome("missed").await), (1, 1, 0));
    world.stop().await;
}

#[actix_web::test]
async fn customers_see_what_was_promised_to_them_and_nothing_of_the_desk() {
    let world = World::at(START).await;
    let account = world.neighbours.account(None);
    let (mine, confidential) = (json!({"account_id": account}), json!({"account_id": account, "confidential": true}));
    let (mine, _, _) = (world.ticket(mine).await.id(), world.ticket(confidential).await, world.ticket(json!({})).await);
    let cleo = world.app.client(&Persona::customer(&[account], "tickets:read"));
    let seen = cleo.get("/v1/obligations").await.expect(200);
    let expected = cleo.get(&format!("/v1/tickets/{mine}/obligations")).await.expect(200);
    assert_eq!((seen.rows().len(), expected.rows().len()), (1, 1));
    let row = &seen.rows()[0];
    assert_eq!((&row["ticket_id"], &row["kind"], &row["outcome"]), (&json!(mine), &json!("first_response"), &Value::Null));
    for filter in ["filter[assignee_id][exists]=true", "filter[outcome]=missed", "filter[excused][exists]=true"] {
        cleo.get(&format!("/v1/obligations?{filter}")).await.expect_problem(400, "invalid_query");
    }
    cleo.get("/v1/tickets?filter[obligation.outcome]=missed").await.expect_problem(400, "invalid_query");
    let public = "filter[obligation.kind][in]=first_response,transfer_accept,daily_touch&filter[obligation.state]=running";
    assert_eq!(count(&cleo, format!("tickets?{public}")).await, 1);
    assert_eq!(count(&cleo, "tickets?filter[obligation.kind]=daily_touch").await, 0);
    world.stop().await;
}
