//! Taking numbers: one statement that also makes the series row when it is the first of its year.

use kernel::Fault;
use platform::problem::Problem;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::Expr;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, ExprTrait};

use super::entity::{ActiveModel, Column, Entity};
use super::{Series, fiscal_year};

/// Takes `count` consecutive numbers of the series in the fiscal year of `date` and returns them formatted, in order.
/// Holds the series row until the transaction ends.
///
/// # Errors
/// Those of the database.
pub async fn take<C: ConnectionTrait>(db: &C, series: Series, date: chrono::NaiveDate, count: u32) -> Result<Vec<String>, Problem> {
    let year = fiscal_year(date);
    let count = i64::from(count);
    let row = ActiveModel { series: Set(series.prefix().to_owned()), fiscal_year: Set(year), last_number: Set(count) };
    let mut advance = OnConflict::columns([Column::Series, Column::FiscalYear]);
    advance.value(Column::LastNumber, Expr::col((Entity, Column::LastNumber)).add(count));
    let row = Entity::insert(row).on_conflict(advance).exec_with_returning(db).await?;
    let first = row.last_number.checked_sub(count).ok_or_else(Fault::overflow)?;
    Ok((first + 1..=row.last_number).map(|number| series.format(year, number)).collect())
}
