//! Agents, groups and territories.

use kernel::id::new_uuid;
use serde_json::json;
use testkit::Persona;

use crate::tests::world::World;

const NOW: &str = "2026-03-02T15:00:00Z";

#[actix_web::test]
async fn an_agent_joins_and_leaves_groups_and_both_sides_show_it() {
    let world = World::at(NOW).await;
    let (one, other) = (world.group("One", &[], json!({})).await, world.group("Other", &[], json!({})).await);
    let ann = world.agent("Ann", json!({"group_ids": [one], "skills": [{"name": "drums", "level": 3, "expires_on": null}]})).await;
    let path = format!("/v1/agents/{ann}");
    let read = world.ada.get(&path).await.expect(200);
    assert_eq!((&read.body["group_ids"], &read.body["user_id"]), (&json!([one]), &json!(ann)));
    assert_eq!(world.ada.get(&format!("/v1/groups/{one}")).await.expect(200).body["members"], json!([ann]));
    let moved = world.ada.patch(&path, &read.etag(), json!({"group_ids": [other], "capacity_points": 4})).await.expect(200);
    assert_eq!((&moved.body["group_ids"], &moved.body["capacity_points"]), (&json!([other]), &json!(4)));
    let left = world.ada.get(&format!("/v1/groups/{one}")).await.expect(200);
    assert_eq!((&left.body["members"], left.text("/version")), (&json!([]), "3".to_owned()));
    let joined = world.ada.get(&format!("/v1/groups/{other}")).await.expect(200);
    let emptied = world.ada.patch(&format!("/v1/groups/{other}"), &joined.etag(), json!({"members": []})).await.expect(200);
    assert_eq!(emptied.body["members"], json!([]));
    assert_eq!(world.ada.get("/v1/agents?filter[active]=true").await.expect(200).rows()[0]["group_ids"], json!([]));
    world.stop().await;
}

#[actix_web::test]
async fn what_an_agent_or_group_names_must_exist_and_make_sense() {
    let world = World::at(NOW).await;
    let ann = world.agent("Ann", json!({})).await;
    let stranger = new_uuid();
    let body = json!({"user_id": ann, "name": "Ann", "time_zone": "America/Chicago", "capacity_points": 1});
    world.ada.post("/v1/agents", body.clone()).await.expect_problem(409, "agent_exists");
    for (member, value, pointer) in [
        ("time_zone", json!("Mars/Olympus"), "/time_zone"),
        ("calendar_id", json!(stranger), "/calendar_id"),
        ("group_ids", json!([stranger]), "/group_ids/0"),
        ("territory_ids", json!([stranger]), "/territory_ids/0"),
        ("skills", json!([{"name": "a", "level": 1}, {"name": "a", "level": 2}]), "/skills/1"),
        ("skills", json!([{"name": "a", "level": 6}]), "/skills/0/level"),
        ("availability", json!({"state": "out", "cover_agent_id": stranger}), "/availability/cover_agent_id"),
        ("availability", json!({"state": "busy", "to": "2026-03-03T15:00:00Z"}), "/availability/state"),
    ] {
        let mut body = body.clone();
        body["user_id"] = json!(new_uuid());
        body[member] = value;
        assert_eq!(world.ada.post("/v1/agents", body).await.expect(422).text("/errors/0/pointer"), pointer);
    }
    for (more, pointer) in [(json!({"members": [stranger]}), "/members/0"), (json!({"takes_branch_work": true}), "/branch_id")] {
        let mut body = json!({"name": "Desk"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(world.ada.post("/v1/groups", body).await.expect(422).text("/errors/0/pointer"), pointer);
    }
    world.stop().await;
}

#[actix_web::test]
async fn everybody_says_of_themselves_whether_they_are_there() {
    let world = World::at(NOW).await;
    let (ann, ben) = (world.agent("Ann", json!({})).await, world.agent("Ben", json!({})).await);
    let own = Persona { id: ann, ..Persona::new("Ann", platform::caller::ActorKind::User, "agents:read agents:availability") };
    let client = world.app.client(&own);
    let out = json!({"state": "out", "to": "2026-03-03T15:00:00Z", "cover_agent_id": ben});
    let write = |agent| (reqwest::Method::PUT, format!("/v1/agents/{agent}/availability"));
    let (method, path) = write(ann);
    let answer = client.write(method, &path, "\"v1\"", out.clone()).await.expect(200);
    assert_eq!(answer.body["availability"]["from"], "2026-03-02T15:00:00Z");
    let (method, path) = write(ben);
    client.write(method.clone(), &path, "\"v1\"", out.clone()).await.expect_problem(403, "missing_permission");
    let itself = world.ada.write(method, &path, "\"v1\"", out).await.expect(422);
    assert_eq!(itself.text("/errors/0/pointer"), "/cover_agent_id");
    assert_eq!(world.availability(ben, json!({"state": "busy"})).await.expect(200).text("/availability/state"), "busy");
    world.stop().await;
}

#[actix_web::test]
async fn territories_that_meet_are_refused_naming_both() {
    let world = World::at(NOW).await;
    let (branch, account) = (new_uuid(), new_uuid());
    let territory = |name: &str, from: &str, to: &str, since: &str, until: serde_json::Value| {
        json!({"name": name, "branch_id": branch, "postal_ranges": [{"country": "US", "from": from, "to": to}],
            "account_ids": [account], "effective_from": since, "effective_until": until})
    };
    let south = territory("South", "60400", "60499", "2026-01-01", json!("2026-07-01"));
    let south = world.ada.post("/v1/territories", south).await.expect(201);
    // The same account, in the same time, somewhere else.
    let clash = world.ada.post("/v1/territories", territory("West", "605", "605", "2026-06-30", json!(null))).await;
    assert_eq!(clash.body["conflicts"].as_array().unwrap().len(), 2, "{}", clash.body);
    assert_eq!(clash.body["conflicts"][0], json!(south.id()));
    clash.expect_problem(409, "territory_overlap");
    let later = world.ada.post("/v1/territories", territory("Later", "604", "604", "2026-07-01", json!(null))).await.expect(201);
    let path = format!("/v1/territories/{}", later.id());
    let back = json!({"account_ids": [], "effective_from": "2026-06-01"});
    world.ada.patch(&path, &later.etag(), back).await.expect_problem(409, "territory_overlap");
    let odd = territory("Odd", "604", "6049", "2026-01-01", json!(null));
    assert_eq!(world.ada.post("/v1/territories", odd).await.expect(422).text("/errors/0/pointer"), "/postal_ranges/0/to");
    world.stop().await;
}

#[actix_web::test]
async fn staff_see_the_groups_and_territories_of_their_branches_and_customers_none() {
    let world = World::at(NOW).await;
    let (mine, theirs) = (new_uuid(), new_uuid());
    for (name, branch) in [("Mine", json!(mine)), ("Theirs", json!(theirs)), ("All", json!(null))] {
        let _ = world.group(name, &[], json!({"branch_id": branch, "takes_branch_work": !branch.is_null()})).await;
    }
    let second = json!({"name": "Second", "branch_id": mine, "takes_branch_work": true});
    world.ada.post("/v1/groups", second).await.expect_problem(409, "branch_taken");
    let bo = world.app.client(&Persona::of_branches(&[mine]));
    let names: Vec<String> =
        bo.get("/v1/groups").await.expect(200).rows().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["All", "Mine"]);
    let foreign = bo.post("/v1/groups", json!({"name": "x", "branch_id": theirs})).await.expect(422);
    assert_eq!(foreign.text("/errors/0/pointer"), "/branch_id");
    let cleo = world.app.client(&Persona::customer(&[new_uuid()], "groups:read agents:read territories:read"));
    let _ = world.agent("Ann", json!({})).await;
    for path in ["/v1/groups", "/v1/agents", "/v1/territories"] {
        assert!(cleo.get(path).await.expect(200).rows().is_empty(), "{path}");
    }
    world.stop().await;
}
