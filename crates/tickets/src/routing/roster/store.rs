//! Reading the whole roster at once, and raising its generation.

use platform::problem::Problem;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};

use super::Roster;
use crate::routing::rule;
use crate::rulebook::entity::{Column, Entity};
use crate::{agent, group, oncall_schedule, territory};

/// The only row's key.
const ONLY: i32 = 1;

pub(crate) async fn generation<C: ConnectionTrait>(db: &C) -> Result<i64, Problem> {
    let found: Option<i64> = Entity::find_by_id(ONLY).select_only().column(Column::RosterGeneration).into_tuple().one(db).await?;
    found.ok_or_else(|| Problem::internal("the rulebook has no row"))
}

/// Raises the generation and holds it until the transaction ends.
pub(crate) async fn raise<C: ConnectionTrait>(db: &C) -> Result<(), Problem> {
    let next = Expr::col(Column::RosterGeneration).add(1);
    Entity::update_many().col_expr(Column::RosterGeneration, next).filter(Column::Id.eq(ONLY)).exec(db).await?;
    Ok(())
}

/// Reads everyone and everything as the connection sees it.
pub(crate) async fn load<C: ConnectionTrait>(db: &C) -> Result<Roster, Problem> {
    Ok(Roster {
        generation: generation(db).await?,
        agents: agent::store::all(db).await?.into_iter().map(|agent| (agent.id, agent)).collect(),
        groups: group::store::all(db).await?.into_iter().map(|group| (group.id, group)).collect(),
        territories: territory::store::all(db).await?,
        rules: rule::store::all(db).await?,
        timetables: oncall_schedule::store::all(db).await?,
    })
}
