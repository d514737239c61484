//! Queries of emergencies. Whoever sees a ticket sees its emergencies.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{EmergencyId, MessageId, OnCallScheduleId};
use platform::db::Tx;
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json, word};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::model::{Acknowledgement, CallingOff, Dispatch, Emergency};
use crate::ticket;

/// What of an emergency nothing asks for by itself.
#[derive(Serialize, Deserialize)]
struct Details {
    level: i16,
    duty_pages: i16,
    acknowledged: Option<Acknowledgement>,
    dispatch: Option<Dispatch>,
    contained_at: Option<DateTime<Utc>>,
    customer_informed_message_id: Option<MessageId>,
    loop_closed_message_id: Option<MessageId>,
    loop_closed_at: Option<DateTime<Utc>>,
    called_off: Option<CallingOff>,
}

/// The emergencies on tickets inside `scope`.
pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(ticket::store::has_present_ticket(scope, (Entity, Column::TicketId)))
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: EmergencyId) -> Result<Emergency, Problem> {
    let row = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?;
    emergency(row.ok_or_else(|| Fault::not_found(EmergencyId::NOUN))?)
}

/// An emergency, held until the transaction ends.
///
/// # Errors
/// 404 when there is none.
pub(crate) async fn hold(tx: &Tx, id: EmergencyId) -> Result<Emergency, Problem> {
    let row = Entity::find_by_id(id.uuid()).lock_exclusive().one(tx).await?;
    emergency(row.ok_or_else(|| Fault::not_found(EmergencyId::NOUN))?)
}

/// Emergencies of which somebody is to be paged by now.
pub(crate) async fn due<C: ConnectionTrait>(db: &C, now: DateTime<Utc>, limit: u64) -> Result<Vec<Uuid>, Problem> {
    let due = Entity::find().select_only().column(Column::Id).filter(Column::NextPageAt.lte(now));
    Ok(due.order_by_asc(Column::NextPageAt).limit(limit).into_tuple().all(db).await?)
}

/// Leaves the row to be written with what else the command writes, after its ticket.
pub(super) fn insert(tx: &Tx, emergency: &Emergency) -> Result<(), Problem> {
    tx.write_later(Entity::insert(row(emergency)?.into_active_model()).into_query());
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, emergency: &Emergency) -> Result<(), Problem> {
    rows::save(db, row(emergency)?, emergency.id.uuid(), emergency.stamp.version).await
}

fn row(emergency: &Emergency) -> Result<Model, Problem> {
    let details = Details {
        level: emergency.level,
        duty_pages: emergency.duty_pages,
        acknowledged: emergency.acknowledged,
        dispatch: emergency.dispatch.clone(),
        contained_at: emergency.contained_at,
        customer_informed_message_id: emergency.customer_informed_message_id,
        loop_closed_message_id: emergency.loop_closed_message_id,
        loop_closed_at: emergency.loop_closed_at,
        called_off: emergency.called_off.clone(),
    };
    Ok(Model {
        id: emergency.id.uuid(),
        version: emergency.stamp.version,
        created_at: emergency.stamp.created_at,
        updated_at: emergency.stamp.updated_at,
        created_by: emergency.stamp.created_by,
        updated_by: emergency.stamp.updated_by,
        ticket_id: emergency.ticket_id.uuid(),
        hazard_code: emergency.hazard_code.clone(),
        schedule_id: emergency.schedule_id.map(OnCallScheduleId::uuid),
        state: emergency.state.to_string(),
        raised_at: emergency.raised_at,
        next_page_at: emergency.next_page_at,
        details: to_json(&details)?,
    })
}

/// The emergency of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn emergency(row: Model) -> Result<Emergency, Problem> {
    let stamp = stamp_of!(row);
    let details: Details = from_json(row.details)?;
    Ok(Emergency {
        id: row.id.into(),
        stamp,
        ticket_id: row.ticket_id.into(),
        hazard_code: row.hazard_code,
        schedule_id: row.schedule_id.map(Into::into),
        state: word(&row.state)?,
        raised_at: row.raised_at,
        level: details.level,
        duty_pages: details.duty_pages,
        next_page_at: row.next_page_at,
        acknowledged: details.acknowledged,
        dispatch: details.dispatch,
        contained_at: details.contained_at,
        customer_informed_message_id: details.customer_informed_message_id,
        loop_closed_message_id: details.loop_closed_message_id,
        loop_closed_at: details.loop_closed_at,
        called_off: details.called_off,
    })
}
