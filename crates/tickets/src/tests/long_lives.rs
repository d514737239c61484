//! A ticket that has been open for a year: its hundreds of daily touches are read a page at a time, and by no command.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use kernel::id::{TicketId, new_uuid};
use platform::scope::RowScope;
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, IntoActiveModel, QueryFilter, StatementBuilder};
use serde_json::json;
use testkit::Persona;
use testkit::plan::plan;
use uuid::Uuid;

use super::world::World;
use crate::obligation::entity::{Column, Entity, Model};
use crate::obligation::store;

const TOUCHES: i64 = 300;

/// A ticket with a touch of each of so many days, the oldest made good late.
async fn touched_daily(world: &World) -> Uuid {
    let ticket = world.ticket(json!({})).await.id();
    let db = world.app.db.migrations();
    let own = Entity::find().filter(Column::TicketId.eq(ticket)).filter(Column::Kind.eq("daily_touch"));
    let today = own.one(db).await.unwrap().unwrap();
    let day = |ago: i64| {
        let (start, due) = (today.start_at - TimeDelta::days(ago), today.due_at.unwrap() - TimeDelta::days(ago));
        let (month, day) = (i32::try_from(start.month()).unwrap(), i32::try_from(start.day()).unwrap());
        let late = ago == TOUCHES;
        Model {
            id: new_uuid(),
            cycle: start.year() * 10_000 + month * 100 + day,
            start_at: start,
            due_at: Some(due),
            state: if late { "missed_closed" } else { "met" }.to_owned(),
            breached_at: late.then_some(due),
            satisfied_at: Some(if late { due + TimeDelta::hours(20) } else { start }),
            ..today.clone()
        }
    };
    Entity::insert_many((1..=TOUCHES).map(day).map(IntoActiveModel::into_active_model)).exec_without_returning(db).await.unwrap();
    ticket
}

#[actix_web::test]
async fn a_command_reads_none_of_the_touches_that_ended_long_ago() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let ticket = touched_daily(&world).await;
    let since: DateTime<Utc> = "2026-02-24T15:00:00Z".parse().unwrap();
    let read = store::of_ticket(world.app.db.read(), TicketId::from(ticket), since).await.unwrap().list;
    let touches = read.iter().filter(|one| one.kind.as_str() == "daily_touch").count();
    assert_eq!((touches, read.len()), (8, 9), "a week of touches, and the answer");
    if world.app.db.backend() == DbBackend::Sqlite {
        let statement = StatementBuilder::build(&store::standing_since(&[ticket], since), &DbBackend::Sqlite);
        let steps = plan(&world.app.db, &statement).await;
        let found: Vec<&String> = steps.iter().filter(|step| step.contains("obligation")).collect();
        let narrow = |step: &&&String| step.contains("kind") || step.contains("obligation_active");
        assert!(found.len() == 3 && found.iter().all(|step| narrow(&step)), "{steps:?}");
    }
    world.reply(ticket, None).await;
    let kept = world.ada.get(&format!("/v1/tickets/{ticket}?include=obligations")).await.expect(200);
    assert!(kept.body["obligations"].as_array().unwrap().len() < 12);
    world.stop().await;
}

#[actix_web::test]
async fn the_promises_of_a_ticket_are_walked_page_by_page_and_the_oldest_is_excused() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let ticket = touched_daily(&world).await;
    let path = format!("/v1/tickets/{ticket}/obligations");
    let (mut seen, mut next) = (std::collections::BTreeSet::new(), String::new());
    loop {
        let page = world.ada.get(&format!("{path}?explain=true&limit=100{next}")).await.expect(200);
        assert!(page.rows().iter().all(|row| row["explanation"].is_object()));
        seen.extend(page.rows().iter().map(|row| row["id"].to_string()));
        if page.body["next_cursor"].is_null() {
            break;
        }
        next = format!("&cursor={}", page.text("/next_cursor"));
    }
    assert_eq!(i64::try_from(seen.len()).unwrap(), TOUCHES + 2);
    assert_eq!(world.ada.get(&format!("{path}?filter[kind]=first_response&count=true")).await.expect(200).text("/count"), "1");
    world.ada.get(&format!("{path}?explain=maybe")).await.expect_problem(400, "invalid_query");
    world.ada.get(&format!("{path}?mood=good")).await.expect_problem(400, "unknown_parameter");
    let oldest = world.ada.get(&format!("{path}?filter[state]=missed_closed")).await.expect(200).rows()[0].clone();
    let (excuse, etag) = (format!("/v1/obligations/{}/excuse", oldest["id"].as_str().unwrap()), format!("\"v{}\"", oldest["version"]));
    let excused = world.ada.act(&excuse, &etag, json!({"reason": "A flood."})).await.expect(200);
    assert_eq!(excused.text("/excused/reason"), "A flood.");
    let account = world.neighbours.account(None);
    let theirs = world.ticket(json!({"account_id": account})).await.id();
    let cleo = world.app.client(&Persona::customer(&[account], "tickets:read"));
    let shown = cleo.get(&format!("/v1/tickets/{theirs}/obligations?explain=true")).await.expect(200);
    assert_eq!(shown.rows().len(), 1);
    assert!(shown.rows()[0].get("explanation").is_none());
    assert_eq!(store::shown_of(&RowScope::All, ticket.into()).all(world.app.db.read()).await.unwrap().len(), seen.len());
    world.stop().await;
}
