//! The posting fence: a month that has been closed takes no more entries. A month without a row is open.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use kernel::Fault;
use kernel::period::next_month;
use platform::problem::Problem;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, EntityTrait};

use super::period_entity::{Column, Entity};

const CLOSED: &str = "closed";

/// The period a date belongs to: `2026-03`.
#[must_use]
pub fn month_of(date: NaiveDate) -> String {
    date.format("%Y-%m").to_string()
}

/// # Errors
/// 409 `period_closed` with the first open date when one of the dates falls in a closed month.
pub async fn ensure_open<C: ConnectionTrait>(db: &C, dates: impl IntoIterator<Item = NaiveDate>) -> Result<(), Problem> {
    let dates: BTreeSet<NaiveDate> = dates.into_iter().collect();
    let months: BTreeSet<String> = dates.iter().map(|date| month_of(*date)).collect();
    let closed = Entity::find().filter(Column::Month.is_in(months)).filter(Column::State.eq(CLOSED)).all(db).await?;
    let Some(date) = dates.iter().find(|date| closed.iter().any(|period| period.month == month_of(**date))) else { return Ok(()) };
    let closed = Entity::find().filter(Column::State.eq(CLOSED)).all(db).await?;
    let mut open = next_month(*date)?;
    while closed.iter().any(|period| period.month == month_of(open)) {
        open = next_month(open)?;
    }
    let fault = Fault::conflict("period_closed", format!("The period {} is closed.", month_of(*date)));
    Err(fault.with_fact("first_open_date", format!("\"{open}\"")).into())
}
