//! Who gets which ticket, through the API.

use futures_util::future::join_all;
use kernel::id::new_uuid;
use serde_json::{Value, json};
use testkit::Persona;

use crate::tests::world::{World, ticket};

const NOW: &str = "2026-03-02T15:00:00Z";

async fn settings(world: &World, routing: Value) {
    let read = world.ada.get("/v1/ticket-settings").await.expect(200);
    let body = json!({"routing": routing});
    let _ = world.ada.write(reqwest::Method::PUT, "/v1/ticket-settings", &read.etag(), body).await.expect(200);
}

#[actix_web::test]
async fn a_new_ticket_goes_to_whoever_has_the_lowest_load_for_his_capacity() {
    let world = World::at(NOW).await;
    let (ann, ben) = (world.agent("Ann", json!({"capacity_points": 8})).await, world.agent("Ben", json!({"capacity_points": 4})).await);
    let group = world.group("Desk", &[ann, ben], json!({})).await;
    let mut given = Vec::new();
    for priority in ["urgent", "normal", "normal", "high"] {
        given.push(world.ticket(json!({"group_id": group, "priority": priority})).await);
    }
    // Ann 4 of 8; Ben 1 of 4, then 2 of 4, which is as much as Ann has: Ann was given a ticket longer ago.
    let assignees: Vec<String> = given.iter().map(|one| one.text("/assignee_id")).collect();
    assert_eq!(assignees, [ann, ben, ben, ann].map(|agent| agent.to_string()));
    assert_eq!((given[0].text("/status"), given[0].text("/override_reason")), ("new".to_owned(), "null".to_owned()));
    let path = format!("/v1/tickets/{}/assignment-decisions", given[2].id());
    let decision = world.ada.get(&path).await.expect(200).rows()[0].clone();
    assert_eq!((&decision["occasion"], &decision["decision"]["source"]), (&json!("opened"), &json!("explicit_group")));
    let loads: Vec<&Value> = decision["decision"]["candidates"].as_array().unwrap().iter().map(|one| &one["load"]).collect();
    assert_eq!(loads, [&json!("1.00"), &json!("4.00")]);
    // What waits counts half.
    world.reply(given[0].id(), Some(json!({"to": "waiting_customer", "reason": "the gate code"}))).await;
    let dry = world.ada.post("/v1/routing-rules/dry-run", json!({"ticket": {"group_id": group}})).await.expect(200);
    assert_eq!(dry.body["candidates"][0]["load"], "4.00", "{}", dry.body);
    assert_eq!(world.app.events().await.iter().filter(|name| *name == "ticket.assigned").count(), 4);
    world.stop().await;
}

#[actix_web::test]
async fn rules_are_tried_in_an_order_that_two_people_cannot_mix_up() {
    let world = World::at(NOW).await;
    let skill = json!([{"name": "drums", "level": 2, "expires_on": "2026-03-01"}]);
    let (ann, ben) = (world.agent("Ann", json!({"skills": skill})).await, world.agent("Ben", json!({})).await);
    let (one, other) = (world.group("One", &[ann], json!({"lead_id": ben})).await, world.group("Other", &[ben], json!({})).await);
    let rule = |name: &str, group, conditions: Value, skills: Value| json!({"name": name, "group_id": group, "conditions": conditions, "required_skills": skills});
    let drums = rule("Drums", one, json!({"any_tags": ["drums"]}), json!([{"name": "drums", "level": 1}]));
    let drums = world.ada.post("/v1/routing-rules", drums).await.expect(201);
    let rest = world.ada.post("/v1/routing-rules", rule("Rest", other, json!({}), json!([]))).await.expect(201);
    let order = world.ada.get("/v1/routing-rules/order").await.expect(200);
    assert_eq!(order.body["rule_ids"], json!([drums.id(), rest.id()]));
    // Ann's skill has expired: nobody can take it, and it stays with the group.
    let failed = world.ticket(json!({"tags": ["drums"]})).await;
    assert_eq!((failed.text("/group_id"), failed.text("/assignee_id")), (one.to_string(), "null".to_owned()));
    assert!(world.app.events().await.contains(&"ticket.assignment_failed".to_owned()));
    let lead = world.app.client(&Persona { id: ben, ..Persona::administrator() });
    let words = lead.get("/v1/notifications").await.expect(200);
    assert_eq!(words.text("/data/0/text"), format!("Nobody can take {}.", failed.text("/reference")));
    assert_eq!(world.ticket(json!({"tags": ["drums", "x"], "assignee_id": ben})).await.text("/group_id"), "null");
    let put = |etag: String, ids: Value| {
        let ada = world.ada.clone();
        async move { ada.write(reqwest::Method::PUT, "/v1/routing-rules/order", &etag, json!({"rule_ids": ids})).await }
    };
    put(order.etag(), json!([rest.id()])).await.expect_problem(422, "validation_failed");
    let _ = put(order.etag(), json!([rest.id(), drums.id()])).await.expect(200);
    put(order.etag(), json!([drums.id(), rest.id()])).await.expect_problem(412, "stale_version");
    assert_eq!(world.ticket(json!({"tags": ["drums"]})).await.text("/assignee_id"), ben.to_string());
    let names: Vec<Value> = world.ada.get("/v1/routing-rules").await.expect(200).rows().iter().map(|row| row["name"].clone()).collect();
    assert_eq!(names, ["Rest", "Drums"]);
    let off = world.ada.patch(&format!("/v1/routing-rules/{}", rest.id()), &rest.etag(), json!({"active": false})).await.expect(200);
    assert_eq!(off.body["active"], false);
    let dry = world.ada.post("/v1/routing-rules/dry-run", json!({"ticket": {"tags": ["drums"]}})).await.expect(200);
    assert_eq!((&dry.body["rule_id"], &dry.body["excluded"][0]["reasons"][0]["code"]), (&json!(drums.id()), &json!("expired_skill")));
    world.stop().await;
}

#[actix_web::test]
async fn owner_territory_branch_and_triage_follow_from_what_accounts_knows() {
    let world = World::at(NOW).await;
    let (chicago, joliet) = (new_uuid(), new_uuid());
    let account = world.neighbours.account(Some(chicago));
    let site = world.neighbours.site(account, None);
    let names = ["Owner", "Chicago", "Joliet", "Triage"];
    let mut agents = Vec::new();
    for name in names {
        agents.push(world.agent(name, json!({"capacity_points": 1})).await);
    }
    let _ = world.group("Chicago", &agents[1..2], json!({"branch_id": chicago, "takes_branch_work": true})).await;
    let _ = world.group("Joliet", &agents[2..3], json!({"branch_id": joliet, "takes_branch_work": true})).await;
    let triage = world.group("Triage", &agents[3..], json!({})).await;
    settings(&world, json!({"triage_group_id": triage})).await;
    let range = json!([{"country": "US", "from": "606", "to": "606"}]);
    let territory = json!({"name": "Loop", "branch_id": joliet, "postal_ranges": range, "effective_from": "2026-01-01"});
    let territory = world.ada.post("/v1/territories", territory).await.expect(201).id();
    world.neighbours.owner(account, agents[0]);
    let at_site = json!({"account_id": account, "site_id": site});
    let by_owner = world.ticket(at_site.clone()).await;
    assert_eq!((by_owner.text("/assignee_id"), by_owner.text("/group_id")), (agents[0].to_string(), "null".to_owned()));
    // The owner has enough: the territory's branch takes it, and becomes the ticket's.
    let by_place = world.ticket(at_site).await;
    assert_eq!((by_place.text("/assignee_id"), by_place.text("/branch_id")), (agents[2].to_string(), joliet.to_string()));
    assert_eq!(by_place.text("/territory_id"), territory.to_string());
    let by_branch = world.ticket(json!({"branch_id": chicago})).await;
    assert_eq!(by_branch.text("/assignee_id"), agents[1].to_string());
    assert_eq!(world.ticket(json!({})).await.text("/assignee_id"), agents[3].to_string());
    world.stop().await;
}

#[actix_web::test]
async fn mail_and_calls_are_routed_like_everything_else() {
    let world = World::at(NOW).await;
    let ann = world.agent("Ann", json!({})).await;
    let group = world.group("Desk", &[ann], json!({})).await;
    settings(&world, json!({"triage_group_id": group})).await;
    let _ = world.ada.post("/v1/mailboxes", json!({"address": "help@us.test", "name": "Desk"})).await.expect(201);
    let raw = "From: jane@acme.test\r\nTo: help@us.test\r\nMessage-ID: <m1@acme.test>\r\nSubject: Lift\r\n\r\nIt is stuck.\r\n";
    let request = world.ada.request(reqwest::Method::POST, "/v1/intake/email?recipient=help@us.test");
    let taken = world.ada.send(request.header("content-type", "message/rfc822").body(raw)).await.expect(201);
    let mailed = world.current(taken.text("/ticket_id").parse().unwrap()).await;
    assert_eq!((mailed.text("/assignee_id"), mailed.text("/group_id")), (ann.to_string(), group.to_string()));
    let call = json!({"provider": "acme", "call_id": "1", "occurred_at": NOW, "caller": {"phone": "+13125550100"}, "notes": "Pickup."});
    let called = world.ada.post("/v1/intake/phone", call).await.expect(201);
    assert_eq!(called.text("/ticket/assignee_id"), ann.to_string());
    let cleo =
        world.app.client(&Persona::customer(&[new_uuid()], "tickets:read tickets:write assignment-decisions:read routing-rules:read"));
    let hers = cleo.post("/v1/tickets", json!({"subject": "Spill", "description": "Please come."})).await.expect(201);
    assert_eq!((hers.text("/assignee_id"), hers.text("/group_id")), ("null".to_owned(), "null".to_owned()));
    assert_eq!(world.current(hers.id()).await.text("/assignee_id"), ann.to_string());
    assert!(cleo.get(&format!("/v1/tickets/{}/assignment-decisions", hers.id())).await.expect(200).rows().is_empty());
    cleo.post("/v1/routing-rules/dry-run", json!({"ticket": {}})).await.expect_problem(404, "not_found");
    world.stop().await;
}

#[actix_web::test]
async fn a_ticket_is_routed_on_demand_and_tried_out_without_a_trace() {
    let world = World::at(NOW).await;
    let id = world.ticket(json!({})).await.id();
    let ann = world.agent("Ann", json!({})).await;
    let group = world.group("Desk", &[ann], json!({})).await;
    let rule = json!({"name": "All", "group_id": group});
    let _ = world.ada.post("/v1/routing-rules", rule).await.expect(201);
    let before = world.current(id).await;
    let dry = world.ada.post("/v1/routing-rules/dry-run", json!({"ticket_id": id})).await.expect(200);
    assert_eq!(dry.body["assignee_id"], json!(ann));
    assert_eq!(world.current(id).await.body, before.body);
    let routed = world.act(id, "route", json!({})).await.expect(200);
    assert_eq!((&routed.body["ticket"]["assignee_id"], &routed.body["decision"]["source"]), (&json!(ann), &json!("rule")));
    world.ada.act(&format!("/v1/tickets/{id}/route"), &before.etag(), json!({})).await.expect_problem(412, "stale_version");
    // Its own points do not count against whoever has it; when nobody can take it, it stays.
    let etag = world.ada.get(&format!("/v1/agents/{ann}")).await.expect(200).etag();
    let _ = world.ada.patch(&format!("/v1/agents/{ann}"), &etag, json!({"capacity_points": 1})).await.expect(200);
    assert_eq!(world.act(id, "route", json!({})).await.expect(200).body["decision"]["assignee_id"], json!(ann));
    let _ = world.availability(ann, json!({"state": "out"})).await.expect(200);
    let kept = world.act(id, "route", json!({"regroup": true})).await.expect(200);
    assert_eq!((&kept.body["decision"]["assignee_id"], &kept.body["ticket"]["assignee_id"]), (&Value::Null, &json!(ann)));
    let both = json!({"ticket_id": id, "ticket": {}});
    world.ada.post("/v1/routing-rules/dry-run", both).await.expect_problem(422, "validation_failed");
    let occasions: Vec<Value> = world
        .ada
        .get(&format!("/v1/tickets/{id}/assignment-decisions"))
        .await
        .expect(200)
        .rows()
        .iter()
        .map(|row| row["occasion"].clone())
        .collect();
    assert_eq!(occasions, ["demanded"; 3]);
    world.stop().await;
}

#[actix_web::test]
async fn who_is_not_of_the_group_gets_a_ticket_only_for_a_reason() {
    let world = World::at(NOW).await;
    let (ann, ben) = (world.agent("Ann", json!({})).await, world.agent("Ben", json!({})).await);
    let group = world.group("Desk", &[ann], json!({})).await;
    let refused = world.ada.post("/v1/tickets", ticket(json!({"group_id": group, "assignee_id": ben}))).await.expect(422);
    assert_eq!((refused.text("/errors/0/pointer"), refused.text("/errors/0/code")), ("/assignee_id".to_owned(), "not_in_group".to_owned()));
    let id = world.ticket(json!({"group_id": group})).await.id();
    world.act(id, "assign", json!({"assignee_id": ben})).await.expect_problem(422, "validation_failed");
    let moved = world.act(id, "assign", json!({"assignee_id": ben, "override_reason": "Knows the site."})).await.expect(200);
    assert_eq!((moved.text("/assignee_id"), moved.text("/override_reason")), (ben.to_string(), "Knows the site.".to_owned()));
    let back = world.act(id, "assign", json!({"assignee_id": ann})).await.expect(200);
    assert_eq!(back.text("/override_reason"), "null");
    let reason = json!({"assignee_id": ben, "override_reason": "Knows the site."});
    let _ = world.act(id, "assign", reason).await.expect(200);
    let latest = world.ada.get(&format!("/v1/tickets/{id}/assignment-decisions")).await.expect(200).rows()[0].clone();
    assert_eq!((&latest["occasion"], &latest["decision"]["assignee_id"]), (&json!("by_hand"), &json!(ben)));
    world.stop().await;
}

#[actix_web::test]
async fn only_groups_that_there_are_get_work() {
    let world = World::at(NOW).await;
    let nobody = new_uuid();
    let notify = json!([{"responsible": true, "text": "x"}, {"group_id": nobody, "text": "x"}]);
    let made: [(&str, Value, &str); 6] = [
        ("/v1/tickets", ticket(json!({"group_id": nobody})), "/group_id"),
        ("/v1/routing-rules", json!({"name": "x", "group_id": nobody}), "/group_id"),
        ("/v1/mailboxes", json!({"address": "help@us.test", "name": "Desk", "group_id": nobody}), "/group_id"),
        ("/v1/macros", json!({"name": "x", "actions": {"notify": notify}}), "/actions/notify/1/group_id"),
        (
            "/v1/automations",
            json!({"name": "x", "position": 1, "terms": {"trigger": "ticket_created", "actions": {"group_id": nobody}}}),
            "/terms/actions/group_id",
        ),
        (
            "/v1/escalation-policies",
            json!({"name": "x", "steps": [{"at": {"percent": 50}, "action": "notify", "to": "group", "group_id": nobody}]}),
            "/steps/0/group_id",
        ),
    ];
    for (path, body, pointer) in made {
        let refused = world.ada.post(path, body).await;
        assert_eq!(refused.text("/errors/0/pointer"), pointer, "{path}: {}", refused.body);
        refused.expect_problem(422, "validation_failed");
    }
    let id = world.ticket(json!({})).await.id();
    world.act(id, "assign", json!({"group_id": nobody})).await.expect_problem(422, "validation_failed");
    let settings = world.ada.get("/v1/ticket-settings").await.expect(200);
    let triage = json!({"routing": {"triage_group_id": nobody}});
    let refused = world.ada.write(reqwest::Method::PUT, "/v1/ticket-settings", &settings.etag(), triage).await;
    assert_eq!(refused.text("/errors/0/pointer"), "/routing/triage_group_id");
    world.stop().await;
}

#[actix_web::test]
async fn routings_at_once_never_fill_an_agent_beyond_capacity() {
    let world = World::at(NOW).await;
    let mut agents = Vec::new();
    for name in ["Ann", "Ben", "Cid"] {
        agents.push(world.agent(name, json!({"capacity_points": 2})).await);
    }
    let group = world.group("Desk", &agents, json!({})).await;
    let all = (0..12).map(|_| world.ada.post("/v1/tickets", ticket(json!({"group_id": group}))));
    let given: Vec<String> = join_all(all).await.into_iter().map(|answer| answer.expect(201).text("/assignee_id")).collect();
    for agent in agents {
        assert_eq!(given.iter().filter(|one| **one == agent.to_string()).count(), 2, "{given:?}");
    }
    assert_eq!(given.iter().filter(|one| *one == "null").count(), 6);
    world.stop().await;
}

#[actix_web::test]
async fn what_follows_up_on_a_closed_ticket_is_routed_by_what_is_known_of_its_customer() {
    let world = World::at(NOW).await;
    let ann = world.agent("Ann", json!({})).await;
    let account = world.neighbours.account(None);
    world.neighbours.owner(account, ann);
    let texted = |id: &str, body: &str| {
        let text = json!({"provider": "acme", "message_id": id, "from": "+13125550100", "body": body, "account_id": account});
        let ada = world.ada.clone();
        async move { ada.post("/v1/intake/sms", text).await.expect(201) }
    };
    let first = texted("1", "The bin is full.").await.text("/ticket/id").parse().unwrap();
    world.reply(first, Some(json!({"to": "resolved", "resolution": {"code": "answered"}}))).await;
    world.work_at("2026-03-06T15:00:00Z").await;
    assert_eq!(world.current(first).await.text("/status"), "closed");
    world.app.set_time("2026-03-25T15:00:00Z");
    let again = json!({"kind": "inbound", "body": "It is full again, please come."});
    let asked = world.ada.post(&format!("/v1/tickets/{first}/messages"), again).await.expect(201);
    assert_eq!((asked.text("/ticket/follow_up_of_id"), asked.text("/ticket/assignee_id")), (first.to_string(), ann.to_string()));
    world.stop().await;
}
