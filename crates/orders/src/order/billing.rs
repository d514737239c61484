//! Keeping an order's billing state true to its billables: told in the commit that posts, voids or credits an invoice.
//!
//! The state is derived from all live billables of the order, never counted up or down.

use std::collections::HashMap;

use platform::db::Tx;
use platform::problem::Problem;
use platform::rows::word;
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait, QueryFilter, QuerySelect};

use super::entity::{Column, Entity, Model};
use super::hold::HoldScope;
use super::http::told;
use super::model::Order;
use super::state::{Billing, Fulfilment};
use super::store::lines_of;
use super::view::OrderDetail;
use crate::billable::State;
use crate::billable::entity::{Column as BillableColumn, Entity as Billable};

/// Ids per statement, within SQLite's limit of bound values.
const CHUNK: usize = 500;

/// Brings the orders of these billables up to date.
///
/// # Errors
/// Those of the database.
pub async fn follow(tx: &Tx, billables: &[Uuid]) -> Result<(), Problem> {
    for chunk in billables.chunks(CHUNK) {
        let query = Billable::find().select_only().column(BillableColumn::OrderId).distinct();
        let query = query.filter(BillableColumn::Id.is_in(chunk.iter().copied())).filter(BillableColumn::OrderId.is_not_null());
        let mut orders: Vec<Uuid> = query.into_tuple().all(tx).await?;
        if !orders.is_empty() {
            orders.sort_unstable();
            update(tx, &orders).await?;
        }
    }
    Ok(())
}

async fn update(tx: &Tx, orders: &[Uuid]) -> Result<(), Problem> {
    let locked = Entity::find().filter(Column::Id.is_in(orders.iter().copied())).lock_exclusive().all(tx).await?;
    let states = states(tx, orders).await?;
    let mut changed = Vec::new();
    for row in locked {
        let (id, before) = (row.id, row.billing.clone());
        let row = row.billed(states.get(&id).map(Vec::as_slice).unwrap_or_default(), tx)?;
        if row.billing != before {
            changed.push(row);
        }
    }
    for billing in [Billing::Ready, Billing::NotReady, Billing::PartiallyBilled, Billing::Billed] {
        save(tx, changed.iter().filter(|row| row.billing == billing.as_str()).map(|row| row.id).collect(), billing).await?;
    }
    tell(tx, changed).await
}

/// The states of each order's live billables.
async fn states(tx: &Tx, orders: &[Uuid]) -> Result<HashMap<Uuid, Vec<State>>, Problem> {
    let query = Billable::find().select_only().column(BillableColumn::OrderId).column(BillableColumn::State);
    let query = query.filter(BillableColumn::OrderId.is_in(orders.iter().copied())).filter(BillableColumn::SupersededBy.is_null());
    let rows: Vec<(Uuid, String)> = query.into_tuple().all(tx).await?;
    let mut states: HashMap<Uuid, Vec<State>> = HashMap::new();
    for (order, state) in rows {
        states.entry(order).or_default().push(word(&state)?);
    }
    Ok(states)
}

async fn save(tx: &Tx, orders: Vec<Uuid>, billing: Billing) -> Result<(), Problem> {
    if orders.is_empty() {
        return Ok(());
    }
    let query = Entity::update_many()
        .col_expr(Column::Billing, Expr::value(billing.as_str()))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .col_expr(Column::UpdatedAt, Expr::value(tx.now()))
        .col_expr(Column::UpdatedBy, Expr::value(Some(tx.actor().id)));
    query.filter(Column::Id.is_in(orders)).exec(tx).await?;
    Ok(())
}

async fn tell(tx: &Tx, changed: Vec<Model>) -> Result<(), Problem> {
    let ids: Vec<Uuid> = changed.iter().map(|row| row.id).collect();
    let mut lines = if ids.is_empty() { HashMap::new() } else { lines_of(tx, &ids).await? };
    for row in changed {
        let lines = lines.remove(&row.id).unwrap_or_default();
        let order = Order { row, lines };
        tx.record(told("order.billing_changed", &order, OrderDetail::of(&order)?));
    }
    Ok(())
}

impl Model {
    /// The order with the billing state that its billables' states mean.
    fn billed(self, states: &[State], tx: &Tx) -> Result<Self, Problem> {
        let done = matches!(self.state()?, Fulfilment::Completed | Fulfilment::Closed);
        let stopped = self.held()?.stop(HoldScope::Bill, tx.now());
        let billing = if done { Billing::of(states, stopped) } else { word(&self.billing)? };
        let (version, updated_at, updated_by) = (self.version + 1, tx.now(), Some(tx.actor().id));
        Ok(Self { billing: billing.as_str().to_owned(), version, updated_at, updated_by, ..self })
    }
}

impl Billing {
    /// The state of a completed order with these live billables. What is waived will never be invoiced and does not count.
    #[must_use]
    pub fn of(states: &[State], stopped: bool) -> Self {
        let mut live = states.iter().filter(|state| **state != State::Waived).peekable();
        if live.peek().is_none() {
            return Self::NotApplicable;
        }
        let billed = live.clone().filter(|state| **state == State::Billed).count();
        match (billed, live.count() - billed) {
            (0, _) if stopped => Self::NotReady,
            (0, _) => Self::Ready,
            (_, 0) => Self::Billed,
            (_, _) => Self::PartiallyBilled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_billed_when_nothing_of_it_is_left() {
        use State::{Billed, Claimed, Held, Open, Waived};
        assert_eq!(Billing::of(&[Open, Claimed], false), Billing::Ready);
        assert_eq!(Billing::of(&[Held], true), Billing::NotReady);
        assert_eq!(Billing::of(&[Billed, Held], true), Billing::PartiallyBilled);
        assert_eq!(Billing::of(&[Billed, Waived], false), Billing::Billed);
        assert_eq!(Billing::of(&[Waived], false), Billing::NotApplicable);
    }
}
