//! A report reads what its period has by the period's index, whatever else there is.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::id::new_uuid;
use platform::scope::RowScope;
use sea_orm::sea_query::SelectStatement;
use sea_orm::{Condition, ConnectionTrait, DbBackend, StatementBuilder};
use serde_json::json;
use testkit::plan::{fill, plan};

use super::asked::{Asked, Dimension};
use super::backlog::{self, MOVED, STANDING};
use super::csat::{ANSWERS, SENT};
use super::sla::{self, PROMISES};
use super::volume::{CREATED, MESSAGES, MOVES};
use crate::tests::list_plans::{ANSWER_ALIKE, surveyed};
use crate::tests::world::World;
use crate::{message, obligation, survey, ticket, ticket_move};

/// One of each row that is counted, and 100,000 more, one a minute.
async fn filled(world: &World) {
    let ticket = world.ticket(json!({})).await.id();
    let _ = world.reply(ticket, None).await;
    let _ = world.act(ticket, "resolve", json!({"code": "answered"})).await.expect(200);
    let db = &world.app.db;
    surveyed(world, world.ticket(json!({})).await.id()).await;
    let whose = [("branch_id", "{uuid}"), ("account_id", "{uuid}")];
    let came = [("number", "n + 5000"), ("created_at", "{instant}"), ("moved_at", "{instant}"), ("open", "n % 1000 = 0")];
    fill::<ticket::entity::Entity>(db, &[&whose[..], &came].concat()).await;
    fill::<message::entity::Entity>(db, &[("seq", "n + 10"), ("words_key", "n + 10"), ("recorded_at", "{instant}")]).await;
    fill::<obligation::entity::Entity>(db, &[&whose[..], &[("cycle", "n + 10"), ("start_at", "{instant}")]].concat()).await;
    fill::<ticket_move::entity::Entity>(db, &[("ticket_version", "n + 10"), ("at", "{instant}"), ("was_branch_id", "{uuid}")]).await;
    fill::<survey::entity::Entity>(db, &[&whose[..], &[("cycle", "n + 10"), ("sent_at", "{instant}")]].concat()).await;
    db.migrations().execute_unprepared(ANSWER_ALIKE).await.unwrap();
    let answered = [("sent_at", "{instant}"), ("answered_at", "{instant}")];
    fill::<survey::response_entity::Entity>(db, &[&whose[..], &answered].concat()).await;
}

/// Every statement of the reports on one hour, with the index that gives its rows.
fn asked(asked: &Asked, scope: &RowScope, end: DateTime<Utc>) -> Vec<(&'static str, SelectStatement)> {
    let all = [Condition::all()];
    let promises = || obligation::store::visible(scope);
    vec![
        ("obligation_started", asked.counting(promises(), &PROMISES, &all)),
        ("obligation_started", sla::picking(asked, promises())),
        ("ticket_created", asked.counting(ticket::store::visible(scope), &CREATED, &all)),
        ("ticket_move_at", asked.counting(ticket_move::store::visible(scope), &MOVES, &all)),
        ("message_recorded", asked.counting(message::store::with_tickets(scope), &MESSAGES, &all)),
        ("ticket_open", asked.counting(backlog::standing(scope, end), &STANDING, &all)),
        ("ticket_move_at", asked.counting(backlog::moved(scope, end), &MOVED, &all)),
        ("survey_sent", asked.counting(survey::store::visible(scope), &SENT, &all)),
        ("survey_response_sent", asked.counting(survey::store::visible_responses(scope), &ANSWERS, &all)),
    ]
}

#[actix_web::test]
async fn reports_read_their_period_by_its_index() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    filled(&world).await;
    let (db, scope, end) = (&world.app.db, RowScope::Branches(vec![new_uuid()]), "2026-03-11T00:00:00Z".parse::<DateTime<Utc>>().unwrap());
    let period = (Some(end - TimeDelta::hours(1)), Some(end));
    let whole = Asked::new(period, vec![Dimension::Branch], chrono_tz::Tz::UTC).unwrap();
    let daily = Asked::new(period, vec![Dimension::Day], chrono_tz::Tz::UTC).unwrap();
    let one = Asked { owners: vec![("branch_id", new_uuid()), ("account_id", new_uuid())], ..whole.clone() };
    for asked in [&whole, &daily, &one].into_iter().flat_map(|one| asked(one, &scope, end)) {
        let (index, statement) = asked;
        let statement = StatementBuilder::build(&statement, &db.backend());
        let steps = plan(db, &statement).await;
        let walks = match db.backend() {
            DbBackend::Postgres => !steps.iter().any(|step| step.contains("Seq Scan")),
            _ => steps.iter().any(|step| step.starts_with("SEARCH") && step.contains(&format!("{index} "))),
        };
        assert!(walks, "{}\ndoes not walk {index}:\n{}", statement.sql, steps.join("\n"));
    }
    world.app.stop().await;
}
