//! Who sees which word, and when.

use kernel::id::{GroupId, UserId, new_uuid};
use platform::caller::ActorKind;
use platform::problem::Problem;
use serde_json::json;
use testkit::Persona;
use uuid::Uuid;

use crate::notification::model::{DeskRole, NotificationClass};
use crate::notification::{Notification, Recipient, tell};
use crate::rulebook::Rules;
use crate::tests::world::World;
use crate::ticket::commands;
use platform::scope::RowScope;

fn person() -> Persona {
    Persona::new("Cora", ActorKind::User, "notifications:read notifications:write")
}

/// Leaves word about a ticket.
async fn leave(world: &World, ticket: Uuid, to: Recipient, class: NotificationClass) {
    let rules = Rules::default();
    let written = world.app.db.write("word", async |tx| {
        let case = commands::resume(tx, &rules, &RowScope::All, ticket.into()).await?;
        tell(tx, &case.rules, Notification::of_ticket(&case.ticket, to, class, "Look at this.")).await?;
        Ok::<_, Problem>(())
    });
    written.await.unwrap();
}

#[actix_web::test]
async fn everyone_reads_their_own_word_once_it_may_be_seen() {
    let world = World::at("2026-01-09T22:30:00Z").await;
    let ticket = world.ticket(json!({})).await.id();
    let (mine, other) = (person(), person());
    let (me, them) = (world.app.client(&mine), world.app.client(&other));
    let to = Recipient::User(UserId::from(mine.id));
    leave(&world, ticket, to, NotificationClass::Escalation).await;
    world.app.set_time("2026-01-09T23:30:00Z");
    leave(&world, ticket, to, NotificationClass::Alert).await;
    leave(&world, ticket, to, NotificationClass::Emergency).await;
    leave(&world, ticket, Recipient::Group(GroupId::generate()), NotificationClass::Emergency).await;
    let seen = me.get("/v1/notifications").await.expect(200);
    let classes: Vec<_> = seen.rows().iter().map(|row| row["class"].clone()).collect();
    assert_eq!(classes, [json!("emergency"), json!("escalation")], "the alert waits for Monday");
    assert_eq!(seen.rows()[0]["ticket_id"], json!(ticket));
    assert!(them.get("/v1/notifications").await.expect(200).rows().is_empty(), "nobody sees what is for others");
    let id = seen.rows()[0]["id"].as_str().unwrap().to_owned();
    them.post(&format!("/v1/notifications/{id}/read"), json!({})).await.expect_problem(404, "not_found");
    world.app.set_time("2026-01-12T14:00:00Z");
    let read = me.post(&format!("/v1/notifications/{id}/read"), json!({})).await.expect(200);
    assert_eq!((read.text("/read_at"), read.text("/read_by")), ("2026-01-12T14:00:00Z".into(), mine.id.to_string()));
    let again = me.post(&format!("/v1/notifications/{id}/read"), json!({})).await.expect(200);
    assert_eq!(again.text("/version"), "2");
    assert_eq!(me.get("/v1/notifications?filter[read_at][exists]=false").await.expect(200).rows().len(), 2);
    let all = me.post("/v1/notifications/read-all", json!({})).await.expect(200);
    assert_eq!((all.text("/read"), all.text("/more")), ("2".to_owned(), "false".to_owned()));
    assert_eq!(world.app.events().await.iter().filter(|name| *name == "notification.read").count(), 3);
    world.stop().await;
}

#[actix_web::test]
async fn word_for_a_part_is_for_those_who_play_it_in_the_branch() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let (chicago, joliet) = (new_uuid(), new_uuid());
    let ticket = world.ticket(json!({"branch_id": chicago})).await.id();
    for role in [DeskRole::Triage, DeskRole::BranchManager] {
        leave(&world, ticket, Recipient::Role(role), NotificationClass::Alert).await;
    }
    let seen = async |persona: Persona| {
        let answer = world.app.client(&persona).get("/v1/notifications?sort=id").await.expect(200);
        answer.rows().iter().map(|row| row["role"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let staff = |branch, scope: &str| Persona { permissions: scope.to_owned(), ..Persona::of_branches(&[branch]) };
    assert_eq!(seen(staff(chicago, "notifications:read")).await, ["triage"]);
    assert_eq!(seen(staff(chicago, "notifications:read notifications:branch_manager")).await, ["triage", "branch_manager"]);
    assert!(seen(staff(joliet, "notifications:*")).await.is_empty());
    let customer = Persona::customer(&[new_uuid()], "tickets:read");
    world.app.client(&customer).get("/v1/notifications").await.expect_problem(403, "missing_permission");
    world.stop().await;
}
