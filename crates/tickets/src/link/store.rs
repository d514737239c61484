//! Queries of links.

use kernel::Fault;
use kernel::id::{LinkId, TicketId};
use platform::db::Tx;
use platform::problem::Problem;
use platform::rows::word;
use platform::scope::RowScope;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeMap;
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::model::{Link, LinkKind};
use crate::ticket;
use crate::ticket::model::Ticket;

/// Links of a ticket that are shown; a tracker has no more children than this.
pub(crate) const MOST: u64 = 500;
/// Parents above one another.
const DEEPEST: usize = 50;

/// The links of a ticket, oldest first.
pub(crate) async fn of_ticket<C: ConnectionTrait>(db: &C, ticket: TicketId) -> Result<Vec<Link>, Problem> {
    let either = Condition::any().add(Column::FromId.eq(ticket.uuid())).add(Column::ToId.eq(ticket.uuid()));
    let rows = Entity::find().filter(either).order_by_asc(Column::Id).limit(MOST).all(db).await?;
    rows.into_iter().map(link).collect()
}

/// A link of a ticket.
///
/// # Errors
/// 404 when the ticket has no such link.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, ticket: TicketId, id: LinkId) -> Result<Link, Problem> {
    let either = Condition::any().add(Column::FromId.eq(ticket.uuid())).add(Column::ToId.eq(ticket.uuid()));
    let row = Entity::find_by_id(id.uuid()).filter(either).one(db).await?;
    link(row.ok_or_else(|| Fault::not_found(LinkId::NOUN))?)
}

/// Those of these tickets that are inside `scope`, by id.
pub(crate) async fn tickets<C: ConnectionTrait>(
    db: &C,
    scope: &RowScope,
    ids: impl IntoIterator<Item = TicketId>,
) -> Result<BTreeMap<TicketId, Ticket>, Problem> {
    let named = ticket::entity::Column::Id.is_in(ids.into_iter().map(TicketId::uuid));
    let rows = ticket::store::visible(scope).filter(named).all(db).await?;
    rows.into_iter().map(|row| ticket::ticket(row).map(|ticket| (ticket.id, ticket))).collect()
}

/// The children of a ticket, whoever may see them.
pub(crate) async fn children<C: ConnectionTrait>(db: &C, parent: TicketId) -> Result<Vec<TicketId>, Problem> {
    let of_parent = Entity::find().filter(Column::ToId.eq(parent.uuid())).filter(Column::Kind.eq(LinkKind::Parent.as_str()));
    let ids: Vec<Uuid> = of_parent.order_by_asc(Column::FromId).select_only().column(Column::FromId).into_tuple().all(db).await?;
    Ok(ids.into_iter().map(TicketId::from).collect())
}

/// Demands that `parent` is no descendant of `child`. The ancestors are held, so that no two links close a circle together.
///
/// # Errors
/// 409 `link_circle`; 409 `link_too_deep`.
pub(crate) async fn demand_no_circle(tx: &Tx, child: TicketId, parent: TicketId) -> Result<(), Problem> {
    let mut ancestor = parent.uuid();
    for _ in 0..DEEPEST {
        ticket::entity::Entity::find_by_id(ancestor).lock_exclusive().one(tx).await?;
        let of_child = Entity::find().filter(Column::FromId.eq(ancestor)).filter(Column::Kind.eq(LinkKind::Parent.as_str()));
        match of_child.one(tx).await? {
            None => return Ok(()),
            Some(up) if up.to_id == child.uuid() => {
                return Err(Fault::conflict("link_circle", "The parent would be a descendant of its child.").into());
            }
            Some(up) => ancestor = up.to_id,
        }
    }
    Err(Fault::conflict("link_too_deep", "The parent has too many ancestors.").into())
}

/// # Errors
/// 409 `link_exists`; 409 `has_parent`.
pub(crate) async fn insert(tx: &Tx, link: &Link) -> Result<(), Problem> {
    let parent = Entity::find().filter(Column::FromId.eq(link.from.uuid())).filter(Column::Kind.eq(LinkKind::Parent.as_str()));
    if link.kind == LinkKind::Parent
        && let Some(present) = parent.one(tx).await?
        && present.to_id != link.to.uuid()
    {
        let detail = "The ticket is a child of another: unlink that first.";
        return Err(Fault::conflict("has_parent", detail).with_conflicts([present.to_id]).into());
    }
    let inserted = Entity::insert(row(link).into_active_model()).exec_without_returning(tx).await;
    let exists = || Fault::conflict("link_exists", "The tickets are linked like this already.");
    inserted.map_err(|error| Problem::from(error).on_unique("from_id", exists).on_unique("ticket_link", exists))?;
    Ok(())
}

pub(crate) async fn delete(tx: &Tx, link: &Link) -> Result<(), Problem> {
    Entity::delete_by_id(link.id.uuid()).exec(tx).await?;
    Ok(())
}

fn row(link: &Link) -> Model {
    Model {
        id: link.id.uuid(),
        from_id: link.from.uuid(),
        kind: link.kind.to_string(),
        to_id: link.to.uuid(),
        created_at: link.created_at,
        created_by: link.created_by,
    }
}

fn link(row: Model) -> Result<Link, Problem> {
    Ok(Link {
        id: LinkId::from(row.id),
        from: row.from_id.into(),
        kind: word(&row.kind)?,
        to: row.to_id.into(),
        created_at: row.created_at,
        created_by: row.created_by,
    })
}
