//! The guard against two people who answer at the same time without knowing of each other.
//!
//! Asked while the ticket's row is held: of two who read the same conversation, the second is told what the first said.

use kernel::Fault;
use kernel::id::{MessageId, TicketId};
use platform::db::Tx;
use platform::problem::Problem;
use platform::scope::RowScope;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::entity::Column;
use super::store;

/// Demands that nothing the caller may read has come after the message `latest`.
///
/// # Errors
/// 409 `collision` with the newer messages; 422 when the ticket has no such message.
pub(super) async fn demand_latest(tx: &Tx, scope: &RowScope, ticket: TicketId, latest: MessageId) -> Result<(), Problem> {
    let known = store::of_ticket(scope, ticket).filter(Column::Id.eq(latest.uuid())).one(tx).await?;
    let unknown = || Fault::field("/expected_last_message_id", "unknown_reference", "This ticket has no such message.");
    let seq = known.ok_or_else(unknown)?.seq;
    let newer = store::of_ticket(scope, ticket).filter(Column::Seq.gt(seq)).order_by_asc(Column::Seq);
    let newer: Vec<Uuid> = newer.select_only().column(Column::Id).into_tuple().all(tx).await?;
    if newer.is_empty() {
        return Ok(());
    }
    let detail = format!("{} more messages have come since: read them first.", newer.len());
    Err(Fault::conflict("collision", detail).with_conflicts(newer).into())
}
