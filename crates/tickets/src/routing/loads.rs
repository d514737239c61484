//! How much work agents have: one query on the index of open tickets by assignee.

use kernel::id::{TicketId, UserId};
use platform::db::Tx;
use platform::problem::Problem;
use platform::rows::word;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::engine::{Load, Loads};
use super::settings::RoutingSettings;
use crate::agent::duty;
use crate::ticket::entity::{Column, Entity};

/// The loads of agents, who are held until the transaction ends: nobody else gives them anything meanwhile.
pub(crate) async fn held(tx: &Tx, settings: &RoutingSettings, agents: &[UserId], except: TicketId) -> Result<Loads, Problem> {
    if agents.is_empty() {
        return Ok(Loads::new());
    }
    let last = duty::hold(tx, agents).await?;
    of(tx, settings, last, except).await
}

/// The loads of agents as they are, for a decision that nothing follows from.
pub(crate) async fn read<C: ConnectionTrait>(
    db: &C,
    settings: &RoutingSettings,
    agents: &[UserId],
    except: TicketId,
) -> Result<Loads, Problem> {
    if agents.is_empty() {
        return Ok(Loads::new());
    }
    let last = duty::last_assigned(db, agents, false).await?;
    of(db, settings, last, except).await
}

/// The ticket itself does not count against whoever has it.
async fn of<C: ConnectionTrait>(
    db: &C,
    settings: &RoutingSettings,
    agents: std::collections::BTreeMap<UserId, Option<chrono::DateTime<chrono::Utc>>>,
    except: TicketId,
) -> Result<Loads, Problem> {
    let mut loads: Loads = agents.into_iter().map(|(agent, last_assigned_at)| (agent, Load { hundredths: 0, last_assigned_at })).collect();
    let open = Entity::find()
        .select_only()
        .column(Column::AssigneeId)
        .column(Column::Priority)
        .column(Column::Status)
        .expr_as(Expr::cust("count(*)"), "tickets")
        .filter(Expr::cust("open"))
        .filter(Column::AssigneeId.is_in(loads.keys().map(|agent| agent.uuid())))
        .filter(Column::Id.ne(except.uuid()))
        .group_by(Column::AssigneeId)
        .group_by(Column::Priority)
        .group_by(Column::Status);
    let counted: Vec<(Uuid, String, String, i64)> = open.into_tuple().all(db).await?;
    for (agent, priority, status, tickets) in counted {
        if let Some(load) = loads.get_mut(&UserId::from(agent)) {
            load.hundredths += settings.hundredths(word(&priority)?, word(&status)?) * tickets;
        }
    }
    Ok(loads)
}
