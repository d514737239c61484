//! What helps people to work on a ticket together: watchers, checklists, time, presence, and the guard against collisions.

use kernel::id::new_uuid;
use platform::caller::ActorKind;
use serde_json::json;
use testkit::Persona;

use super::world::World;

#[actix_web::test]
async fn a_ticket_is_watched_once_by_each_user_and_group() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let path = format!("/v1/tickets/{}/watchers", world.ticket(json!({})).await.id());
    let (user, group) = (new_uuid(), new_uuid());
    let added = world.ada.post(&path, json!({"type": "user", "id": user})).await.expect(201);
    assert_eq!((added.text("/watcher_id"), added.text("/source")), (user.to_string(), "hand".to_owned()));
    let _ = world.ada.post(&path, json!({"type": "group", "id": group})).await.expect(201);
    world.ada.post(&path, json!({"type": "user", "id": user})).await.expect_problem(409, "already_watching");
    assert_eq!(world.ada.get(&format!("{path}?filter[type]=group")).await.expect(200).rows().len(), 1);
    let _ = world.ada.delete(&format!("{path}/{}", added.id()), "*").await.expect(204);
    world.ada.delete(&format!("{path}/{}", added.id()), "*").await.expect_problem(404, "not_found");
    assert_eq!(world.ada.get(&path).await.expect(200).rows()[0]["watcher_id"], json!(group));
    world.stop().await;
}

#[actix_web::test]
async fn watchers_are_told_what_was_said_and_done_by_others_once_for_each_command() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let (id, ann, bob) = (world.ticket(json!({})).await.id(), new_uuid(), new_uuid());
    let (ann, bob) = (Persona { id: ann, ..Persona::administrator() }, Persona { id: bob, ..Persona::administrator() });
    for watcher in [&ann, &bob] {
        let watching = json!({"type": "user", "id": watcher.id});
        let _ = world.ada.post(&format!("/v1/tickets/{id}/watchers"), watching).await.expect(201);
    }
    let (ann, bob) = (world.app.client(&ann), world.app.client(&bob));
    let path = format!("/v1/tickets/{id}/messages");
    let _ = ann.post(&path, json!({"kind": "internal_note", "body": "I have called the driver."})).await.expect(201);
    let _ = world.patch(id, json!({"tags": ["quiet"]})).await.expect(200);
    let transition = json!({"to": "resolved", "resolution": {"code": "answered"}});
    let _ = world.reply(id, Some(transition)).await;
    let reference = world.current(id).await.text("/reference");
    let told = async |client: &testkit::Client| {
        let words = client.get("/v1/notifications?filter[class]=watch&sort=id").await.expect(200);
        words.rows().iter().map(|row| row["text"].as_str().unwrap().trim_start_matches(&reference).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(told(&bob).await, [": a note was added, it is open now.", ": a reply was sent, it is resolved now."]);
    assert_eq!(told(&ann).await, [": a reply was sent, it is resolved now."]);
    world.stop().await;
}

#[actix_web::test]
async fn the_group_of_a_second_mailbox_watches_the_ticket_of_the_mail() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let (desk, sales) = (world.group("Desk", &[], json!({})).await, world.group("Sales", &[], json!({})).await);
    for (address, group) in [("help@us.test", desk), ("sales@us.test", sales)] {
        let _ = world.ada.post("/v1/mailboxes", json!({"address": address, "name": "Desk", "group_id": group})).await.expect(201);
    }
    let raw = "From: jane@acme.test\r\nTo: help@us.test, sales@us.test\r\nMessage-ID: <m1@acme.test>\r\nSubject: Lift\r\n\r\nStuck.\r\n";
    let mut tickets = Vec::new();
    for (recipient, status) in [("help@us.test", 201), ("sales@us.test", 200), ("sales@us.test", 200)] {
        let mail = world.ada.request(reqwest::Method::POST, &format!("/v1/intake/email?recipient={recipient}"));
        let taken = world.ada.send(mail.header("content-type", "message/rfc822").body(raw)).await.expect(status);
        tickets.push(taken.text("/ticket_id"));
    }
    assert_eq!(tickets[0], tickets[2]);
    let watchers = world.ada.get(&format!("/v1/tickets/{}/watchers", tickets[0])).await.expect(200);
    let seen: Vec<_> = watchers.rows().iter().map(|row| (row["watcher_id"].clone(), row["source"].clone())).collect();
    assert_eq!(seen, [(json!(sales), json!("intake"))]);
    world.stop().await;
}

#[actix_web::test]
async fn what_blocks_must_be_done_before_a_ticket_is_resolved_by_whatever_path() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let id = world.ticket(json!({})).await.id();
    world.reply(id, None).await;
    let path = format!("/v1/tickets/{id}/checklist");
    let photos = world.ada.post(&path, json!({"text": "Photos taken", "blocking": true})).await.expect(201);
    let _ = world.ada.post(&path, json!({"text": "Say thanks"})).await.expect(201);
    let listed = world.ada.get(&path).await.expect(200);
    assert_eq!(listed.rows().iter().map(|row| row["position"].as_i64()).collect::<Vec<_>>(), [Some(1), Some(2)]);
    let refused = world.act(id, "resolve", json!({"code": "answered"})).await;
    assert_eq!(refused.body["conflicts"], json!([photos.id()]));
    assert!(refused.text("/detail").contains("Photos taken"));
    refused.expect_problem(409, "checklist_open");
    let answer = json!({"body": "Done.", "transition": {"to": "resolved", "resolution": {"code": "answered"}}});
    world.ada.post(&format!("/v1/tickets/{id}/messages"), answer).await.expect_problem(409, "checklist_open");
    assert_eq!(world.current(id).await.text("/message_count"), "2", "the message was not added either");
    let item = format!("{path}/{}", photos.id());
    world.ada.patch(&item, "\"v9\"", json!({"done": true})).await.expect_problem(412, "stale_version");
    let done = world.ada.patch(&item, &photos.etag(), json!({"done": true})).await.expect(200);
    assert_eq!(done.text("/done_at"), "2026-03-02T15:00:00Z");
    assert_eq!(world.act(id, "resolve", json!({"code": "answered"})).await.expect(200).text("/status"), "resolved");
    let _ = world.ada.delete(&item, &done.etag()).await.expect(204);
    world.stop().await;
}

#[actix_web::test]
async fn time_is_summed_on_the_ticket_and_corrected_by_a_new_version() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let id = world.ticket(json!({})).await.id();
    let path = format!("/v1/tickets/{id}/time-entries");
    let entry = json!({"minutes": 45, "billable": true, "note": "On the phone", "work_date": "2026-03-02"});
    let made = world.ada.post(&path, entry).await.expect(201);
    let _ = world.ada.post(&path, json!({"minutes": 10, "work_date": "2026-02-27"})).await.expect(201);
    world.ada.post(&path, json!({"minutes": 10, "work_date": "2026-03-04"})).await.expect_problem(422, "validation_failed");
    let sum = async || world.ada.get(&format!("/v1/tickets/{id}?include=time")).await.expect(200).body["time"].clone();
    assert_eq!(sum().await, json!({"minutes": 55, "billable_minutes": 45, "entries": 2}));
    let one = format!("{path}/{}", made.id());
    world.ada.patch(&one, &made.etag(), json!({"minutes": 30})).await.expect_problem(422, "validation_failed");
    let corrected = world.ada.patch(&one, &made.etag(), json!({"minutes": 30, "reason": "Half was another ticket's."})).await.expect(200);
    assert_eq!((corrected.text("/version"), corrected.text("/minutes")), ("2".to_owned(), "30".to_owned()));
    assert_eq!(sum().await, json!({"minutes": 40, "billable_minutes": 30, "entries": 2}));
    let audit = world.ada.get(&format!("/v1/audit/tickets?subject_id={}", made.id())).await.expect(200);
    assert_eq!(audit.rows()[1]["reason"], "Half was another ticket's.");
    world.stop().await;
}

#[actix_web::test]
async fn time_of_others_is_entered_and_corrected_only_with_a_permission_of_its_own() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let path = format!("/v1/tickets/{}/time-entries", world.ticket(json!({})).await.id());
    let made = world.ada.post(&path, json!({"minutes": 45, "work_date": "2026-03-02"})).await.expect(201);
    let bo = world.app.client(&Persona::new("Bo", ActorKind::User, "tickets:read tickets:work"));
    let _ = bo.post(&path, json!({"minutes": 5, "work_date": "2026-03-02"})).await.expect(201);
    let other = json!({"minutes": 5, "work_date": "2026-03-02", "user_id": new_uuid()});
    bo.post(&path, other).await.expect_problem(403, "missing_permission");
    let correction = json!({"minutes": 5, "reason": "x"});
    bo.patch(&format!("{path}/{}", made.id()), &made.etag(), correction).await.expect_problem(403, "missing_permission");
    world.stop().await;
}

#[actix_web::test]
async fn presence_is_seen_by_others_and_ends_unless_it_is_renewed() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let path = format!("/v1/tickets/{}/presence", world.ticket(json!({})).await.id());
    let bo = world.app.client(&Persona::new("Bo", ActorKind::User, "tickets:read tickets:work"));
    let _ = world.ada.put(&path, json!({"activity": "viewing"})).await.expect(200);
    world.app.set_time("2026-03-02T15:00:20Z");
    let _ = bo.put(&path, json!({"activity": "viewing"})).await.expect(200);
    let both = world.ada.put(&path, json!({"activity": "replying"})).await.expect(200);
    let seen: Vec<_> = both.rows().iter().map(|row| (row["name"].clone(), row["activity"].clone(), row["since"].clone())).collect();
    let ada = (json!("Ada Administrator"), json!("replying"), json!("2026-03-02T15:00:00Z"));
    assert_eq!(seen, [ada, (json!("Bo"), json!("viewing"), json!("2026-03-02T15:00:20Z"))]);
    world.app.set_time("2026-03-02T15:00:50Z");
    assert!(bo.get(&path).await.expect(200).rows().is_empty());
    world.stop().await;
}

#[actix_web::test]
async fn of_two_who_answer_at_the_same_time_the_second_is_told_what_came_in_between() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let id = world.ticket(json!({})).await.id();
    let path = format!("/v1/tickets/{id}/messages");
    let first = world.ada.get(&path).await.expect(200).rows()[0]["id"].clone();
    let answer = |body: &str| json!({"body": body, "expected_last_message_id": first});
    let said = world.ada.post(&path, answer("We come at nine.")).await.expect(201);
    let refused = world.ada.post(&path, answer("We come at ten.")).await;
    assert_eq!(refused.body["conflicts"], json!([said.text("/message/id")]));
    refused.expect_problem(409, "collision");
    let unknown = json!({"body": "x", "expected_last_message_id": new_uuid()});
    world.ada.post(&path, unknown).await.expect_problem(422, "validation_failed");
    let knowing = json!({"body": "Or at ten.", "expected_last_message_id": said.text("/message/id")});
    let _ = world.ada.post(&path, knowing).await.expect(201);
    world.stop().await;
}

#[actix_web::test]
async fn customers_learn_nothing_of_how_the_desk_works_on_their_ticket() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let account = world.neighbours.account(None);
    let cleo = world.app.client(&Persona::customer(&[account], "tickets:read tickets:write tickets:work"));
    let id = world.ticket(json!({"account_id": account})).await.id();
    let first = world.ada.get(&format!("/v1/tickets/{id}/messages")).await.expect(200).rows()[0]["id"].clone();
    let note = json!({"kind": "internal_note", "body": "They have not paid."});
    let _ = world.ada.post(&format!("/v1/tickets/{id}/messages"), note).await.expect(201);
    for part in ["watchers", "checklist", "time-entries", "presence"] {
        cleo.get(&format!("/v1/tickets/{id}/{part}")).await.expect_problem(404, "not_found");
    }
    cleo.post(&format!("/v1/tickets/{id}/checklist"), json!({"text": "x"})).await.expect_problem(404, "not_found");
    assert!(cleo.get(&format!("/v1/tickets/{id}?include=time")).await.expect(200).body.get("time").is_none());
    let more = json!({"body": "Hello?", "expected_last_message_id": first});
    let _ = cleo.post(&format!("/v1/tickets/{id}/messages"), more).await.expect(201);
    world.stop().await;
}

#[actix_web::test]
async fn a_saved_view_answers_as_the_list_does_with_the_reader_s_own_scope() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    for (subject, priority) in [("Lift stuck", "urgent"), ("Lift slow", "urgent"), ("Lift squeaks", "low"), ("Bill", "urgent")] {
        let _ = world.ticket(json!({"subject": subject, "priority": priority})).await;
    }
    let filters = json!([{"field": "priority", "op": "in", "value": "urgent,high"}, {"field": "open", "value": "true"}]);
    let view = json!({"name": "Urgent lifts", "q": "lift", "filters": filters, "sort": "number", "columns": ["id", "subject"]});
    let made = world.ada.post("/v1/saved-views", view.clone()).await.expect(201);
    let path = format!("/v1/saved-views/{}/tickets", made.id());
    let first = world.ada.get(&format!("{path}?limit=1")).await.expect(200);
    assert_eq!(
        (first.rows().len(), first.rows()[0].as_object().unwrap().len(), first.text("/data/0/subject")),
        (1, 2, "Lift stuck".into())
    );
    assert!(first.header("link").starts_with(&format!("<{path}?limit=1&cursor=")), "{}", first.header("link"));
    let rest = world.ada.get(&format!("{path}?limit=1&cursor={}", first.text("/next_cursor"))).await.expect(200);
    assert_eq!((rest.text("/data/0/subject"), rest.text("/next_cursor")), ("Lift slow".into(), "null".into()));
    let turned = world.ada.get(&format!("{path}?sort=-number&fields=subject&filter[status]=new")).await.expect(200);
    assert_eq!(turned.rows(), [json!({"subject": "Lift slow"}), json!({"subject": "Lift stuck"})]);
    for refused in ["zzz=1", "filter[open]=false", "limit=0"] {
        let answer = world.ada.get(&format!("{path}?{refused}")).await;
        assert_eq!(answer.status, 400, "{refused}");
    }
    world.ada.post("/v1/saved-views", view).await.expect_problem(409, "view_name_taken");
    let unknown = json!({"name": "x", "filters": [{"field": "colour", "value": "red"}]});
    world.ada.post("/v1/saved-views", unknown).await.expect_problem(422, "invalid_view");
    world.stop().await;
}

#[actix_web::test]
async fn a_view_is_its_owner_s_until_it_is_shared_and_only_the_owner_changes_it() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let bo = world.app.client(&Persona::of_branches(&[new_uuid()]));
    let cleo = world.app.client(&Persona::customer(&[new_uuid()], "*:*"));
    let _ = world.ticket(json!({"branch_id": new_uuid()})).await;
    let made = world.ada.post("/v1/saved-views", json!({"name": "All"})).await.expect(201);
    let path = format!("/v1/saved-views/{}", made.id());
    bo.get(&path).await.expect_problem(404, "not_found");
    world.ada.patch(&path, &made.etag(), json!({"sharing": "group"})).await.expect_problem(422, "validation_failed");
    let group = world.ada.post("/v1/groups", json!({"name": "Dispatch"})).await.expect(201).id();
    let shared = world.ada.patch(&path, &made.etag(), json!({"sharing": "group", "group_id": group})).await.expect(200);
    bo.get(&path).await.expect_problem(404, "not_found");
    let everyone = json!({"sharing": "everyone", "group_id": null});
    let shared = world.ada.patch(&path, &shared.etag(), everyone).await.expect(200);
    assert_eq!(bo.get("/v1/saved-views").await.expect(200).rows().len(), 1);
    assert!(bo.get(&format!("{path}/tickets")).await.expect(200).rows().is_empty(), "not of his branch");
    assert_eq!(world.ada.get(&format!("{path}/tickets")).await.expect(200).rows().len(), 1);
    bo.patch(&path, &shared.etag(), json!({"name": "Mine"})).await.expect_problem(403, "not_the_owner");
    bo.delete(&path, &shared.etag()).await.expect_problem(403, "not_the_owner");
    cleo.get(&path).await.expect_problem(404, "not_found");
    cleo.post("/v1/saved-views", json!({"name": "x"})).await.expect_problem(404, "not_found");
    let _ = world.ada.delete(&path, &shared.etag()).await.expect(204);
    world.stop().await;
}
