//! Merging and taking apart, through the API.

use kernel::id::new_uuid;
use platform::scope::RowScope;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use testkit::Persona;
use uuid::Uuid;

use crate::intake::tests::desk::{Desk, mail};
use crate::tests::world::World;
use crate::ticket;

const NINE: &str = "2026-03-02T15:00:00Z";

async fn merge(world: &World, source: Uuid, target: Uuid) -> testkit::Answer {
    world.act(source, "merge", json!({"into_ticket_id": target, "reason": "The same pickup."})).await
}

async fn bodies(client: &testkit::Client, ticket: Uuid) -> Vec<(String, Value, i64)> {
    let listed = client.get(&format!("/v1/tickets/{ticket}/messages")).await.expect(200);
    let row = |row: &Value| (row["body"].as_str().unwrap().to_owned(), row["merged_from"].clone(), row["seq"].as_i64().unwrap());
    listed.rows().iter().map(row).collect()
}

#[actix_web::test]
async fn merged_tickets_are_one_conversation_with_the_earlier_start() {
    let world = World::at(NINE).await;
    let early = json!({"description": "Early", "tags": ["a", "b"], "requester": {"kind": "customer", "email": "dan@example.com"}});
    let source = world.ticket(early).await.id();
    world.app.set_time("2026-03-02T15:30:00Z");
    let target = world.ticket(json!({"description": "Late", "tags": ["b", "c"]})).await.id();
    world.app.set_time("2026-03-02T15:40:00Z");
    let note = json!({"kind": "internal_note", "body": "Called the driver about it."});
    let _ = world.ada.post(&format!("/v1/tickets/{source}/messages"), note).await.expect(201);
    let merged = merge(&world, source, target).await.expect(200);
    assert_eq!((merged.text("/merge/target_id"), merged.text("/ticket/status")), (target.to_string(), "new".to_owned()));
    assert_eq!(merged.body["ticket"]["tags"], json!(["b", "c", "a"]));
    assert_eq!(merged.text("/ticket/participants/0/email"), "dan@example.com");
    let from = json!(source);
    let expected = [("Early", &from, 1), ("Late", &Value::Null, 1), ("Called the driver about it.", &from, 2)];
    assert_eq!(bodies(&world.ada, target).await, expected.map(|(body, from, seq)| (body.to_owned(), from.clone(), seq)));
    let whole = world.ada.get(&format!("/v1/tickets/{target}?include=messages")).await.expect(200);
    assert_eq!(whole.text("/messages/0/merged_from"), source.to_string());
    let promise = world.promise(target, "first_response").await;
    assert_eq!((&promise["start_at"], &promise["due_at"]), (&json!(NINE), &json!("2026-03-02T17:00:00Z")));
    let ended = world.promise(source, "first_response").await;
    assert_eq!((&ended["state"], &ended["cause"]), (&json!("cancelled"), &json!("merged")));
    let listed = world.ada.get(&format!("/v1/tickets/{target}/merges")).await.expect(200);
    assert_eq!(listed.rows()[0]["source_id"], json!(source));
    world.stop().await;
}

#[actix_web::test]
async fn nothing_new_happens_on_a_merged_ticket() {
    let world = World::at(NINE).await;
    let (source, target) = (world.ticket(json!({})).await.id(), world.ticket(json!({})).await.id());
    let _ = merge(&world, source, target).await.expect(200);
    let path = format!("/v1/tickets/{source}");
    world.ada.post(&format!("{path}/messages"), json!({"body": "x"})).await.expect_problem(409, "ticket_merged");
    world.act(source, "assign", json!({"assignee_id": new_uuid()})).await.expect_problem(409, "ticket_merged");
    world.act(source, "resolve", json!({"code": "answered"})).await.expect_problem(409, "illegal_transition");
    world.act(source, "transfer", json!({"to_agent_ids": [new_uuid()], "reason": "x"})).await.expect_problem(409, "ticket_not_open");
    merge(&world, source, target).await.expect_problem(409, "ticket_merged");
    let etag = world.current(source).await.etag();
    world.ada.patch(&path, &etag, json!({"priority": "urgent"})).await.expect_problem(409, "ticket_merged");
    assert_eq!(world.ada.delete(&path, &etag).await.status, 409);
    for (part, body) in [
        ("checklist", json!({"text": "Photos"})),
        ("time-entries", json!({"minutes": 5, "work_date": "2026-03-02"})),
        ("watchers", json!({"type": "user", "id": new_uuid()})),
    ] {
        let refused = world.ada.post(&format!("{path}/{part}"), body).await.expect_problem(409, "ticket_merged");
        assert_eq!(refused.body["conflicts"], json!([target]), "{part}");
    }
    world.stop().await;
}

#[actix_web::test]
async fn what_blocked_the_merged_ticket_blocks_the_one_that_goes_on() {
    let world = World::at(NINE).await;
    let (source, target) = (world.ticket(json!({})).await.id(), world.ticket(json!({})).await.id());
    world.reply(target, None).await;
    let list = format!("/v1/tickets/{source}/checklist");
    let photos = world.ada.post(&list, json!({"text": "Photos taken", "blocking": true})).await.expect(201);
    let _ = merge(&world, source, target).await.expect(200);
    let solved = json!({"code": "answered"});
    world.act(target, "resolve", solved.clone()).await.expect_problem(409, "checklist_open");
    let _ = world.ada.patch(&format!("{list}/{}", photos.id()), &photos.etag(), json!({"done": true})).await.expect(200);
    let _ = world.act(target, "resolve", solved).await.expect(200);
    world.stop().await;
}

#[actix_web::test]
async fn what_was_said_on_the_merged_ticket_is_found_in_the_one_that_goes_on() {
    let world = World::at(NINE).await;
    let source = world.ticket(json!({"subject": "Broken lift"})).await.id();
    let (middle, target) = (world.ticket(json!({})).await.id(), world.ticket(json!({})).await.id());
    let _ = merge(&world, source, middle).await.expect(200);
    let _ = merge(&world, middle, target).await.expect(200);
    let found = world.ada.get("/v1/search?q=lift").await.expect(200);
    assert_eq!(found.rows().iter().map(|row| row["ticket"]["id"].clone()).collect::<Vec<_>>(), [json!(target)]);
    world.stop().await;
}

#[actix_web::test]
async fn who_watched_the_merged_ticket_hears_of_the_one_that_goes_on() {
    let world = World::at(NINE).await;
    let (source, target, ann) = (world.ticket(json!({})).await.id(), world.ticket(json!({})).await.id(), new_uuid());
    let _ = world.ada.post(&format!("/v1/tickets/{source}/watchers"), json!({"type": "user", "id": ann})).await.expect(201);
    let _ = merge(&world, source, target).await.expect(200);
    world.reply(target, None).await;
    let reader = world.app.client(&Persona { id: ann, ..Persona::administrator() });
    let words = reader.get(&format!("/v1/notifications?filter[class]=watch&filter[ticket_id]={target}")).await.expect(200);
    let reference = world.current(target).await.text("/reference");
    assert_eq!(
        words.rows().iter().map(|row| row["text"].clone()).collect::<Vec<_>>(),
        [json!(format!("{reference}: a reply was sent, it is open now."))]
    );
    world.stop().await;
}

#[actix_web::test]
async fn what_may_not_be_one_conversation_stays_apart() {
    let world = World::at(NINE).await;
    let (account, other) = (new_uuid(), new_uuid());
    let plain = world.ticket(json!({"account_id": account})).await.id();
    let secret = world.ticket(json!({"account_id": account, "confidential": true})).await.id();
    let foreign = world.ticket(json!({"account_id": other})).await.id();
    merge(&world, plain, plain).await.expect_problem(409, "merge_into_itself");
    merge(&world, plain, secret).await.expect_problem(409, "confidential_mixed");
    merge(&world, plain, foreign).await.expect_problem(409, "other_account");
    merge(&world, plain, new_uuid()).await.expect_problem(422, "validation_failed");
    // A target that was merged stands for the ticket it is part of.
    let (second, third) =
        (world.ticket(json!({"account_id": account})).await.id(), world.ticket(json!({"account_id": account})).await.id());
    let _ = merge(&world, second, third).await.expect(200);
    assert_eq!(merge(&world, plain, second).await.expect(200).text("/merge/target_id"), third.to_string());
    merge(&world, third, plain).await.expect_problem(409, "merge_into_itself");
    world.stop().await;
}

#[actix_web::test]
async fn of_two_merges_in_opposite_directions_one_wins() {
    let world = World::at(NINE).await;
    let (one, other) = (world.ticket(json!({})).await, world.ticket(json!({})).await);
    let into = |target: Uuid| json!({"into_ticket_id": target});
    let (left, right) = (format!("/v1/tickets/{}/merge", one.id()), format!("/v1/tickets/{}/merge", other.id()));
    let (etags, ids) = ((one.etag(), other.etag()), (one.id(), other.id()));
    let (left, right) = futures_util::join!(world.ada.act(&left, &etags.0, into(ids.1)), world.ada.act(&right, &etags.1, into(ids.0)));
    let statuses = [left.status.as_u16(), right.status.as_u16()];
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{} {}", left.body, right.body);
    assert!(statuses.iter().any(|status| [409, 412].contains(status)));
    world.stop().await;
}

#[actix_web::test]
async fn an_open_ticket_takes_a_closed_one_up_and_is_taken_out_again() {
    let world = World::at(NINE).await;
    let target = world.ticket(json!({"description": "First"})).await.id();
    world.reply(target, Some(json!({"to": "resolved", "resolution": {"code": "answered"}}))).await;
    world.app.set_time("2026-03-05T15:00:00Z");
    world.app.work().await;
    let source = world.ticket(json!({"description": "Again", "requester": {"kind": "customer", "email": "dan@example.com"}})).await.id();
    let merged = merge(&world, source, target).await.expect(200);
    assert_eq!((merged.text("/ticket/status"), merged.text("/ticket/reopen_count")), ("open".into(), "1".into()));
    assert_eq!(world.promise(target, "next_response").await["due_at"], "2026-03-05T17:00:00Z");
    world.app.set_time("2026-03-05T15:10:00Z");
    world.reply(target, None).await;
    world.app.set_time("2026-03-05T15:20:00Z");
    let apart = world.act(source, "unmerge", json!({})).await.expect(200);
    assert_eq!((apart.text("/status"), apart.text("/merged_into_id")), ("new".into(), "null".into()));
    let own: Vec<String> = bodies(&world.ada, source).await.into_iter().map(|(body, _, _)| body).collect();
    let kept: Vec<String> = bodies(&world.ada, target).await.into_iter().map(|(body, _, _)| body).collect();
    assert_eq!((own, kept), (vec!["Again".to_owned()], vec!["First".to_owned(), "We are on it.".into(), "We are on it.".into()]));
    let owed = world.promise(source, "first_response").await;
    assert_eq!((&owed["state"], &owed["due_at"]), (&json!("running"), &json!("2026-03-05T17:00:00Z")));
    assert!(world.current(target).await.body["participants"].as_array().unwrap().is_empty(), "nobody of the other ticket gets copies");
    world.act(source, "unmerge", json!({})).await.expect_problem(409, "not_merged");
    world.stop().await;
}

#[actix_web::test]
async fn a_merge_is_not_undone_after_its_time_or_below_another() {
    let world = World::at(NINE).await;
    let (one, two, three) = (world.ticket(json!({})).await.id(), world.ticket(json!({})).await.id(), world.ticket(json!({})).await.id());
    let _ = merge(&world, one, two).await.expect(200);
    let _ = merge(&world, two, three).await.expect(200);
    assert_eq!(bodies(&world.ada, three).await.len(), 3);
    world.act(one, "unmerge", json!({})).await.expect_problem(409, "target_merged");
    world.app.set_time("2026-04-02T15:00:00Z");
    world.act(two, "unmerge", json!({})).await.expect_problem(409, "unmerge_window_over");
    let etag = world.ada.get("/v1/ticket-settings").await.expect(200).etag();
    let longer = world.ada.request(reqwest::Method::PUT, "/v1/ticket-settings").header("If-Match", etag);
    let _ = world.ada.send(longer.json(&json!({"unmerge_window_s": 31_536_000}))).await.expect(200);
    let _ = world.act(two, "unmerge", json!({})).await.expect(200);
    assert_eq!((bodies(&world.ada, three).await.len(), bodies(&world.ada, two).await.len()), (1, 2));
    world.stop().await;
}

#[actix_web::test]
async fn a_customer_sees_of_a_merged_conversation_only_what_was_his() {
    let world = World::at(NINE).await;
    let account = new_uuid();
    let cleo = world.app.client(&Persona::customer(&[account], "tickets:read tickets:write"));
    let mine = world.ticket(json!({"account_id": account, "description": "Mine"})).await.id();
    let also = world.ticket(json!({"account_id": account, "description": "Mine too"})).await.id();
    let colleague = json!({"account_id": account, "description": "They never pay.", "requester": {"kind": "internal", "name": "Bo"}});
    let internal = world.ticket(colleague).await.id();
    let stranger = world.ticket(json!({"description": "A stranger's word."})).await.id();
    for source in [also, internal, stranger] {
        let _ = merge(&world, source, mine).await.expect(200);
    }
    let seen: Vec<String> = bodies(&cleo, mine).await.into_iter().map(|(body, _, _)| body).collect();
    assert_eq!(seen, ["Mine", "Mine too"]);
    assert_eq!(bodies(&world.ada, mine).await.len(), 4);
    let whole = cleo.get(&format!("/v1/tickets/{mine}?include=messages")).await.expect(200);
    assert!(!whole.body.to_string().contains("stranger") && !whole.body.to_string().contains("never pay"));
    assert!(cleo.get(&format!("/v1/tickets/{mine}/merges")).await.expect(200).rows().is_empty());
    cleo.post(&format!("/v1/tickets/{also}/messages"), json!({"body": "More"})).await.expect_problem(409, "ticket_merged");
    world.stop().await;
}

#[actix_web::test]
async fn a_later_event_of_a_merged_tickets_call_goes_to_the_one_that_goes_on() {
    let world = World::at(NINE).await;
    let call = json!({"provider": "acme", "call_id": "c1", "occurred_at": "2026-03-02T14:50:00Z",
        "caller": {"phone": "+13125550100"}, "notes": "Asks for a pickup."});
    let source = world.ada.post("/v1/intake/phone", call.clone()).await.expect(201).text("/ticket/id").parse().unwrap();
    let target = world.ticket(json!({})).await.id();
    let _ = merge(&world, source, target).await.expect(200);
    let mut later = call;
    later["notes"] = json!("Asks for a pickup of four drums.");
    assert_eq!(world.ada.post("/v1/intake/phone", later).await.expect(200).text("/ticket/id"), target.to_string());
    world.stop().await;
}

#[actix_web::test]
async fn a_mail_to_a_merged_ticket_goes_to_the_one_that_goes_on() {
    let desk = Desk::start().await;
    let mut tickets = Vec::new();
    for id in ["m1", "m2", "m3"] {
        let created =
            desk.created("help@us.test", &mail(&format!("{id}@acme.test"), "jane@acme.test", "Subject: Lift", "It is stuck.")).await;
        tickets.push(created["ticket_id"].as_str().unwrap().to_owned());
    }
    for pair in tickets.windows(2) {
        let path = format!("/v1/tickets/{}", pair[0]);
        let etag = desk.client.get(&path).await.expect(200).etag();
        let _ = desk.client.act(&format!("{path}/merge"), &etag, json!({"into_ticket_id": pair[1]})).await.expect(200);
    }
    let (_, answer) = desk
        .deliver(
            "help@us.test",
            mail("m4@acme.test", "jane@acme.test", "Subject: Re: Lift\r\nIn-Reply-To: <m1@acme.test>", "Still.").as_bytes(),
        )
        .await;
    assert_eq!((&answer["outcome"], &answer["ticket_id"]), (&json!("appended"), &json!(tickets[2])));
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_chain_of_merges_that_never_ends_leads_nowhere() {
    let world = World::at(NINE).await;
    let (one, other) = (world.ticket(json!({})).await.id(), world.ticket(json!({})).await.id());
    let found =
        async |id: Uuid| ticket::store::root(world.app.db.read(), &RowScope::All, id.into()).await.unwrap().map(|root| root.id.uuid());
    assert_eq!(found(one).await, Some(one));
    for (from, to) in [(one, other), (other, one)] {
        let broken = ticket::entity::Entity::update_many().col_expr(ticket::entity::Column::MergedIntoId, Expr::value(Some(to)));
        let broken = broken.filter(ticket::entity::Column::Id.eq(from));
        world.app.db.write("test.circle", async |tx| Ok(broken.clone().exec(tx).await?)).await.unwrap();
    }
    assert_eq!((found(one).await, found(new_uuid()).await), (None, None));
    world.app.stop().await;
}
