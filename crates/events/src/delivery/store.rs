//! Reading and writing deliveries.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{WebhookDeliveryId, WebhookId, new_uuid};
use platform::caller::Caller;
use platform::db::Db;
use platform::problem::Problem;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Alias, ExprTrait, OnConflict, Query};
use sea_orm::{Condition, ConnectionTrait, IntoActiveModel, QueryOrder, QuerySelect, Select, Statement};

use super::entity::attempt;
use super::entity::delivery::{ActiveModel, Column, Entity, Model};
use super::model::{Attempt, Verdict, WebhookDeliveryState as State};
use crate::feed::Row;
use crate::webhook;

/// Rows of one insert statement; 13 columns each stay below every database's limit of parameters.
const INSERT_ROWS: usize = 500;

/// A new delivery.
pub(crate) fn fresh(webhook: WebhookId, row: &Row, now: DateTime<Utc>) -> Model {
    Model {
        id: WebhookDeliveryId::generate().uuid(),
        webhook_id: webhook.uuid(),
        event_id: row.event_id,
        event: row.event.clone(),
        subject_id: row.subject_id,
        position: row.position,
        state: State::Pending.as_str().to_owned(),
        attempts: 0,
        round: 0,
        next_at: now,
        created_at: now,
        delivered_at: None,
        payload: None,
    }
}

/// A delivery of what is not in the feed; `position` puts it after what is.
pub(crate) fn ping(webhook: WebhookId, position: i64, payload: String, now: DateTime<Utc>) -> Model {
    let id = WebhookDeliveryId::generate().uuid();
    Model {
        id,
        webhook_id: webhook.uuid(),
        event_id: new_uuid(),
        event: "webhook.ping".to_owned(),
        subject_id: id,
        position,
        state: State::Pending.as_str().to_owned(),
        attempts: 0,
        round: 0,
        next_at: now,
        created_at: now,
        delivered_at: None,
        payload: Some(payload),
    }
}

/// Adds deliveries; an endpoint has one of each event.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, rows: Vec<Model>) -> Result<(), Problem> {
    for rows in rows.chunks(INSERT_ROWS) {
        let known = OnConflict::columns([Column::WebhookId, Column::EventId]).do_nothing().to_owned();
        let rows = rows.iter().cloned().map(IntoActiveModel::into_active_model);
        Entity::insert_many(rows).on_conflict(known).exec_without_returning(db).await?;
    }
    Ok(())
}

/// What is due at an endpoint: pending, its time come, and first of its object.
pub(crate) async fn due<C: ConnectionTrait>(db: &C, webhook: Uuid, now: DateTime<Utc>, limit: u64) -> Result<Vec<Model>, Problem> {
    let earlier = Alias::new("earlier");
    let of = |column: Column| Expr::col((earlier.clone(), column));
    let before = Query::select()
        .expr(Expr::val(1))
        .from_as(Entity, earlier.clone())
        .and_where(of(Column::WebhookId).equals((Entity, Column::WebhookId)))
        .and_where(of(Column::SubjectId).equals((Entity, Column::SubjectId)))
        .and_where(of(Column::State).eq(State::Pending.as_str()))
        .and_where(of(Column::Position).lt(Expr::col((Entity, Column::Position))))
        .to_owned();
    let due = pending().filter(Column::WebhookId.eq(webhook)).filter(Column::NextAt.lte(now));
    let due = due.filter(Expr::exists(before).not()).order_by_asc(Column::NextAt).order_by_asc(Column::Position);
    Ok(due.limit(limit).all(db).await?)
}

fn pending() -> Select<Entity> {
    Entity::find().filter(Column::State.eq(State::Pending.as_str()))
}

/// The enabled endpoints at which something is due, whether or not it waits for an earlier one.
pub(crate) async fn webhooks_due<C: ConnectionTrait>(db: &C, now: DateTime<Utc>) -> Result<Vec<Uuid>, Problem> {
    let due = Query::select()
        .expr(Expr::val(1))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::WebhookId)).equals((webhook::entity::Entity, webhook::entity::Column::Id)))
        .and_where(Expr::col((Entity, Column::State)).eq(State::Pending.as_str()))
        .and_where(Expr::col((Entity, Column::NextAt)).lte(now))
        .to_owned();
    let enabled = webhook::model::WebhookState::Enabled.as_str();
    let query = webhook::entity::Entity::find().select_only().column(webhook::entity::Column::Id);
    let query = query.filter(webhook::entity::Column::State.eq(enabled)).filter(Expr::exists(due));
    Ok(query.into_tuple().all(db).await?)
}

/// Notes an attempt and what follows; false when somebody noted another meanwhile.
pub(crate) async fn note<C: ConnectionTrait>(db: &C, row: &Model, made: &Attempt, verdict: Verdict) -> Result<bool, Problem> {
    let no = row.attempts.checked_add(1).ok_or_else(Fault::overflow)?;
    let (state, next_at, delivered_at) = match verdict {
        Verdict::Delivered => (State::Delivered, row.next_at, Some(made.at)),
        Verdict::Again(at) => (State::Pending, at, None),
        Verdict::Failed => (State::Failed, row.next_at, None),
    };
    let change = ActiveModel {
        state: Set(state.as_str().to_owned()),
        attempts: Set(no),
        next_at: Set(next_at),
        delivered_at: Set(delivered_at),
        ..Default::default()
    };
    let same = Entity::update_many().set(change).filter(Column::Id.eq(row.id)).filter(Column::Attempts.eq(row.attempts));
    if same.filter(Column::State.eq(State::Pending.as_str())).exec(db).await?.rows_affected == 0 {
        return Ok(false);
    }
    hold_or_release(db, row, made.at, verdict).await?;
    let attempt = attempt::Model {
        delivery_id: row.id,
        no,
        at: made.at,
        status: made.status.map(Into::into),
        duration_ms: made.duration_ms,
        error: made.error.clone(),
        answer: made.answer.clone(),
    };
    attempt::Entity::insert(attempt.into_active_model()).exec_without_returning(db).await?;
    Ok(true)
}

/// Later ones of the object wait as long as this one, or have their turn, so that only what can be sent is looked at.
async fn hold_or_release<C: ConnectionTrait>(db: &C, row: &Model, now: DateTime<Utc>, verdict: Verdict) -> Result<(), Problem> {
    let others = Entity::update_many().filter(Column::WebhookId.eq(row.webhook_id)).filter(Column::SubjectId.eq(row.subject_id));
    let others = others.filter(Column::State.eq(State::Pending.as_str()));
    let moved = match verdict {
        Verdict::Again(at) => others.col_expr(Column::NextAt, Expr::value(at)).filter(Column::NextAt.lt(at)),
        Verdict::Delivered | Verdict::Failed => others.col_expr(Column::NextAt, Expr::value(now)).filter(Column::NextAt.gt(now)),
    };
    moved.exec(db).await?;
    Ok(())
}

/// Has what came after something that waits wait with it.
pub(crate) async fn queue_up<C: ConnectionTrait>(db: &C, webhook: Uuid, now: DateTime<Utc>) -> Result<(), Problem> {
    let sql = "UPDATE webhook_delivery SET next_at = (SELECT MAX(e.next_at) FROM webhook_delivery e WHERE e.webhook_id = webhook_delivery.webhook_id \
               AND e.subject_id = webhook_delivery.subject_id AND e.state = 'pending' AND e.position < webhook_delivery.position) \
               WHERE webhook_id = $1 AND state = 'pending' AND next_at <= $2 AND EXISTS (SELECT 1 FROM webhook_delivery e \
               WHERE e.webhook_id = webhook_delivery.webhook_id AND e.subject_id = webhook_delivery.subject_id AND e.state = 'pending' \
               AND e.position < webhook_delivery.position)";
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [webhook.into(), now.into()])).await?;
    Ok(())
}

/// The deliveries of an endpoint.
pub(crate) fn of_webhook(webhook: WebhookId) -> Select<Entity> {
    Entity::find().filter(Column::WebhookId.eq(webhook.uuid()))
}

/// One delivery of an endpoint that the caller may see.
pub(crate) async fn find<C: ConnectionTrait, P>(db: &C, caller: &Caller<P>, id: WebhookDeliveryId) -> Result<Model, Problem> {
    let hooks = webhook::store::visible(caller).select_only().column(webhook::entity::Column::Id);
    let query = Entity::find_by_id(id.uuid()).filter(Column::WebhookId.in_subquery(sea_orm::QueryTrait::into_query(hooks)));
    Ok(query.one(db).await?.ok_or_else(|| Fault::not_found(WebhookDeliveryId::NOUN))?)
}

/// The attempts of a delivery, the first one first.
pub(crate) async fn attempts<C: ConnectionTrait>(db: &C, delivery: Uuid) -> Result<Vec<attempt::Model>, Problem> {
    let query = attempt::Entity::find().filter(attempt::Column::DeliveryId.eq(delivery)).order_by_asc(attempt::Column::No);
    Ok(query.all(db).await?)
}

/// Has deliveries sent again, and says how many; what is on its way stays so.
pub(crate) async fn again<C: ConnectionTrait>(db: &C, which: Condition, now: DateTime<Utc>) -> Result<u64, Problem> {
    let again = Entity::update_many()
        .col_expr(Column::State, Expr::value(State::Pending.as_str()))
        .col_expr(Column::Round, Expr::col(Column::Attempts))
        .col_expr(Column::NextAt, Expr::value(now))
        .col_expr(Column::DeliveredAt, Expr::value(None::<DateTime<Utc>>));
    let done = again.filter(which).filter(Column::State.ne(State::Pending.as_str())).exec(db).await?;
    Ok(done.rows_affected)
}

/// Removes deliveries with their attempts.
pub(crate) async fn remove<C: ConnectionTrait>(db: &C, which: Condition) -> Result<u64, Problem> {
    let ids = Query::select().column(Column::Id).from(Entity).cond_where(which.clone()).to_owned();
    attempt::Entity::delete_many().filter(attempt::Column::DeliveryId.in_subquery(ids)).exec(db).await?;
    Ok(Entity::delete_many().filter(which).exec(db).await?.rows_affected)
}

/// Removes deliveries that are over and were made before an instant.
pub(crate) async fn prune(db: &Db, before: DateTime<Utc>) -> Result<u64, Problem> {
    let over = Condition::all().add(Column::CreatedAt.lt(before)).add(Column::State.ne(State::Pending.as_str()));
    db.write("webhooks.prune", async |tx| remove(tx, over.clone()).await).await
}
