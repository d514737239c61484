//! What mail keeps about messages follows them to another ticket: files, threads, deliveries, records.

use kernel::id::TicketId;
use platform::db::Tx;
use platform::problem::Problem;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::email::entity::thread;
use super::outgoing::entity as outgoing;
use super::record::entity as record;
use crate::attachment::entity::attachment;

/// Gives what belongs to these messages to a ticket, so that answers to a moved mail find it.
pub(crate) async fn messages(tx: &Tx, messages: &[Uuid], ticket: TicketId) -> Result<(), Problem> {
    let (named, to) = (messages.iter().copied(), Expr::value(ticket.uuid()));
    let files = attachment::Entity::update_many().col_expr(attachment::Column::TicketId, to.clone());
    files.filter(attachment::Column::MessageId.is_in(named.clone())).exec(tx).await?;
    let threads = thread::Entity::update_many().col_expr(thread::Column::TicketId, to.clone());
    threads.filter(thread::Column::MessageId.is_in(named.clone())).exec(tx).await?;
    let mails = outgoing::Entity::update_many().col_expr(outgoing::Column::TicketId, to.clone());
    mails.filter(outgoing::Column::MessageId.is_in(named.clone())).exec(tx).await?;
    let records = record::Entity::update_many().col_expr(record::Column::TicketId, to);
    records.filter(record::Column::MessageId.is_in(named)).exec(tx).await?;
    Ok(())
}
