//! The lists of what hangs on tickets walk indexes too, whatever the number of rows.

use kernel::id::new_uuid;
use platform::page::ListSpec;
use platform::scope::RowScope;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, Select};
use serde_json::json;
use testkit::plan::{assert_walks, fill, page, plan};
use uuid::Uuid;

use super::field_plans::only;
use super::world::World;
use crate::checklist::http::Checklist;
use crate::message::listed::AllMessages;
use crate::notification::http::NotificationList;
use crate::notification::store::Reader;
use crate::survey::http::{ResponseList, SurveyList};
use crate::survey::response_entity as answer;
use crate::ticket_move::http::TicketMoveList;
use crate::time_entry::http::TimeEntryList;
use crate::transfer::http::TransferList;
use crate::watcher::http::WatcherList;
use crate::{checklist, message, notification, survey, ticket_move, time_entry, transfer, watcher};

const OWNERS: [(&str, &str); 4] = [("account_id", "{uuid}"), ("branch_id", "{uuid}"), ("group_id", "{uuid}"), ("assignee_id", "{uuid}")];

/// Copies of an answer are to the same survey.
pub(crate) const ANSWER_ALIKE: &str =
    "DROP INDEX survey_response_survey; CREATE INDEX survey_response_survey ON survey_response (survey_id)";

/// One ticket with one of each.
async fn one_of_each(world: &World) -> Uuid {
    let id = world.ticket(json!({"assignee_id": new_uuid()})).await.id();
    let flip = json!({"reason": "You know them.", "to_agent_ids": [new_uuid()]});
    let _ = world.act(id, "transfer", flip).await.expect(201);
    let _ = world.ada.post(&format!("/v1/tickets/{id}/watchers"), json!({"type": "user", "id": new_uuid()})).await.expect(201);
    let _ = world.ada.post(&format!("/v1/tickets/{id}/checklist"), json!({"text": "Look."})).await.expect(201);
    let spent = json!({"minutes": 15, "work_date": "2026-03-02"});
    let _ = world.ada.post(&format!("/v1/tickets/{id}/time-entries"), spent).await.expect(201);
    let _ = world.ada.post(&format!("/v1/tickets/{id}/messages"), json!({"body": "Here.", "kind": "public_reply"})).await.expect(201);
    id
}

/// A survey of the ticket and its answer.
pub(crate) async fn surveyed(world: &World, ticket: Uuid) {
    let (db, at, survey) = (world.app.db.migrations(), world.app.clock.now(), new_uuid());
    let asked = survey::entity::Model {
        id: survey,
        version: 1,
        created_at: at,
        updated_at: at,
        created_by: None,
        updated_by: None,
        ticket_id: ticket,
        cycle: 1,
        template_id: None,
        contact_id: None,
        name: None,
        email: "cleo@example.com".to_owned(),
        account_id: None,
        site_id: None,
        branch_id: None,
        group_id: None,
        assignee_id: None,
        state: "answered".to_owned(),
        cancelled_because: None,
        send_at: at,
        sent_at: Some(at),
        expires_at: Some(at),
        token_hash: None,
    };
    survey::entity::Entity::insert(asked.into_active_model()).exec_without_returning(db).await.unwrap();
    let answered = answer::Model {
        id: new_uuid(),
        version: 1,
        created_at: at,
        updated_at: at,
        created_by: None,
        updated_by: None,
        survey_id: survey,
        ticket_id: ticket,
        account_id: None,
        site_id: None,
        branch_id: None,
        group_id: None,
        assignee_id: None,
        sent_at: at,
        answered_at: at,
        score: 5,
        comment: None,
        history: json!([]),
    };
    answer::Entity::insert(answered.into_active_model()).exec_without_returning(db).await.unwrap();
}

async fn filled(world: &World) {
    let db = &world.app.db;
    let sent = [("cycle", "n + 10"), ("sent_at", "{instant}"), ("contact_id", "{uuid}"), ("email", "'c' || n")];
    fill::<survey::entity::Entity>(db, &[&OWNERS[..], &sent].concat()).await;
    db.migrations().execute_unprepared(ANSWER_ALIKE).await.unwrap();
    let answered = [("sent_at", "{instant}"), ("answered_at", "{instant}")];
    fill::<answer::Entity>(db, &[&OWNERS[..], &answered].concat()).await;
    fill::<transfer::entity::Entity>(db, &[("from_id", "{uuid}"), ("to_group_id", "{uuid}"), ("state", "'accepted'")]).await;
    fill::<notification::entity::Entity>(db, &[("user_id", "{uuid}"), ("deliver_at", "{instant}")]).await;
    fill::<time_entry::entity::Entity>(db, &[("user_id", "{uuid}")]).await;
    fill::<checklist::entity::Entity>(db, &[("position", "n + 10")]).await;
    fill::<watcher::entity::Entity>(db, &[("watcher_id", "{uuid}")]).await;
    fill::<message::entity::Entity>(db, &[("seq", "n + 10"), ("words_key", "n"), ("recorded_at", "{instant}")]).await;
    fill::<ticket_move::entity::Entity>(db, &[("ticket_version", "n + 10"), ("at", "{instant}")]).await;
}

async fn walks<S: ListSpec>(world: &World, visible: Select<S::Entity>, asked: &[(&str, &str)]) {
    for (query, index) in asked {
        let query = query.replace("ID", &new_uuid().to_string());
        assert_walks(&world.app.db, &page::<S>(&world.app.db, &query, visible.clone()), index).await;
    }
}

#[actix_web::test]
async fn the_lists_of_what_hangs_on_tickets_walk_indexes() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let ticket = one_of_each(&world).await;
    surveyed(&world, ticket).await;
    filled(&world).await;
    let (all, id) = (RowScope::All, kernel::id::TicketId::from(ticket));
    only::<SurveyList>(&world, survey::store::visible(&all), &["send_at"]).await;
    only::<ResponseList>(&world, survey::store::visible_responses(&all), &[]).await;
    only::<TransferList>(&world, transfer::store::visible(&all), &["due_at"]).await;
    walks::<TimeEntryList>(&world, time_entry::store::of_ticket(id), &[("", "time_entry_ticket")]).await;
    walks::<Checklist>(&world, checklist::store::of_ticket(id), &[("", "checklist_item_place")]).await;
    walks::<WatcherList>(&world, watcher::store::of_ticket(id), &[("", "watcher_of_ticket")]).await;
    let moves = [("", "ticket_move_at"), ("sort=at", "ticket_move_at")];
    walks::<TicketMoveList>(&world, ticket_move::store::visible(&all), &moves).await;
    if world.app.db.backend() == DbBackend::Sqlite {
        // PostgreSQL knows that there is one ticket and nobody to notify, and reads such tables whole.
        let recorded = "filter[recorded_at][gte]=2026-03-01T00:00:00Z&sort=recorded_at";
        walks::<AllMessages>(&world, message::store::with_tickets(&all), &[("", "message_recorded"), (recorded, "message_recorded")]).await;
        let reader = Reader {
            user: new_uuid().into(),
            groups: vec![new_uuid().into()],
            roles: vec![crate::notification::model::DeskRole::Triage],
            scope: &all,
            now: world.app.clock.now(),
        };
        let statement = page::<NotificationList>(&world.app.db, "", notification::store::visible(&reader));
        // What is for a reader, a group or a part is found by three indexes and sorted.
        let steps = plan(&world.app.db, &statement).await;
        assert!(steps.iter().all(|step| !step.contains("Seq Scan") && step != "SCAN notification"), "{steps:?}");
    }
    world.app.stop().await;
}
