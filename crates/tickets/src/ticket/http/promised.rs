//! The list of tickets by what is promised on them: tickets with one promise that matches every filter on promises.

use chrono::{DateTime, Utc};
use platform::page::{Filter, Listing};
use platform::scope::RowScope;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, Condition, DbBackend};

use super::queries::TicketList;
use crate::obligation::condition;
use crate::obligation::entity::{Column, Entity};
use crate::ticket;
use crate::vocabulary::ObligationKind;

/// The filters on promises, with the names that these fields have of a promise.
const FIELDS: [(&str, &str); 7] = [
    ("obligation_state", "state"),
    ("obligation.kind", "kind"),
    ("obligation.state", "state"),
    ("obligation.outcome", "outcome"),
    ("obligation.due_at", "due_at"),
    ("obligation.breached_at", "breached_at"),
    ("obligation.excused", "excused"),
];

/// What a listing asks of promises, as the clock has them at `now`; none when it asks nothing.
pub(crate) fn condition(listing: &Listing<TicketList>, scope: &RowScope, now: DateTime<Utc>, backend: DbBackend) -> Option<Condition> {
    let asked = |(field, name): (&'static str, &'static str)| listing.filters_on(field).map(move |filter| (name, filter));
    let asked: Vec<(&str, &Filter)> = FIELDS.into_iter().flat_map(asked).collect();
    if asked.is_empty() {
        return None;
    }
    // Few promises are active: their indexes give the tickets, each alternative its own.
    let active = asked.iter().enumerate().find_map(|(place, (name, filter))| Some((place, condition::of_active(name, filter, now)?)));
    let others = asked.iter().enumerate().filter(|(place, _)| active.as_ref().is_none_or(|(found, _)| found != place));
    let mut all = others.fold(Condition::all(), |all, (_, (name, filter))| all.add(condition::of_filter(name, filter, now, backend)));
    if scope.is_customer() {
        all = all.add(Column::Kind.is_in(ObligationKind::PUBLIC.map(ObligationKind::as_str)));
    }
    let id = ticket::entity::Column::Id;
    if let Some((_, alternatives)) = active {
        let tickets = |one| Query::select().column(Column::TicketId).from(Entity).cond_where(one).cond_where(all.clone()).take();
        let union = |mut found: SelectStatement, other| found.union(UnionType::All, other).take();
        let found = alternatives.into_iter().map(tickets).reduce(union).map(|found| id.in_subquery(found));
        return Some(Condition::all().add(found.unwrap_or_else(|| Expr::cust("FALSE"))));
    }
    let of_ticket = Expr::col((Entity, Column::TicketId)).eq(Expr::col((ticket::entity::Entity, id)));
    let found = Query::select().expr(Expr::val(1)).from(Entity).and_where(of_ticket).cond_where(all).take();
    Some(Condition::all().add(Expr::exists(found)))
}
