//! Queries of presence. Whoever asks has been found to see the ticket, as staff.

use chrono::{DateTime, Utc};
use kernel::id::TicketId;
use platform::db::Tx;
use platform::problem::Problem;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

use super::entity::{Column, Entity, Model};

/// Who is there at `now`, the longest first.
pub(crate) async fn present<C: ConnectionTrait>(db: &C, ticket: TicketId, now: DateTime<Utc>) -> Result<Vec<Model>, Problem> {
    let there = Entity::find().filter(Column::TicketId.eq(ticket.uuid())).filter(Column::Until.gt(now));
    Ok(there.order_by_asc(Column::Since).order_by_asc(Column::UserId).all(db).await?)
}

/// Notes that someone is there; whose time is over, on whatever ticket, is forgotten.
pub(crate) async fn note(tx: &Tx, row: Model) -> Result<(), Problem> {
    Entity::delete_many().filter(Column::Until.lte(tx.now())).exec(tx).await?;
    let renewed =
        OnConflict::columns([Column::TicketId, Column::UserId]).update_columns([Column::Name, Column::Activity, Column::Until]).to_owned();
    Entity::insert(row.into_active_model()).on_conflict(renewed).exec_without_returning(tx).await?;
    Ok(())
}
