//! Reading and writing item usage.

use std::collections::{BTreeSet, HashMap};

use chrono::{Datelike, Months, NaiveDate};
use kernel::id::{AccountId, ItemId};
use kernel::{Fault, Quantity};
use platform::problem::Problem;
use platform::scope::RowScope;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ConnectionTrait, IntoActiveModel, QueryFilter, QuerySelect, Select};

use super::entity::{Column, Entity, Model};
use crate::change_set::figures::{Bought, Usage};

/// Keys of one look-up.
const LOOKUP_KEYS: usize = 1_000;
const YEAR: Months = Months::new(12);

/// The rows that the scope may list.
pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.staff_only())
}

/// Records a quantity, over the one before for the same account, item, unit and month.
pub(crate) async fn put<C: ConnectionTrait>(db: &C, row: Model) -> Result<Model, Problem> {
    let key = [Column::AccountId, Column::ItemId, Column::Uom, Column::Month];
    let next = Expr::col((Entity, Column::Version)).add(1);
    let replaced = OnConflict::columns(key).update_columns([Column::Quantity, Column::RecordedAt]).value(Column::Version, next).to_owned();
    Ok(Entity::insert(row.into_active_model()).on_conflict(replaced).exec_with_returning(db).await?)
}

fn first_of_month(date: NaiveDate) -> Result<NaiveDate, Fault> {
    date.with_day(1).ok_or_else(Fault::overflow)
}

fn a_year_before(date: NaiveDate) -> Result<NaiveDate, Fault> {
    first_of_month(date)?.checked_sub_months(YEAR).ok_or_else(Fault::overflow)
}

/// What was bought in the twelve whole months before a day: by everybody, and by each of some accounts.
pub(crate) async fn before<C: ConnectionTrait>(
    db: &C,
    date: NaiveDate,
    accounts: impl Iterator<Item = AccountId>,
) -> Result<Usage, Problem> {
    let of_year = Entity::find().filter(Column::Month.gte(a_year_before(date)?)).filter(Column::Month.lt(first_of_month(date)?));
    let sum = || Column::Quantity.sum().cast_as("BIGINT");
    let mut usage = Usage::default();
    let everybody = of_year.clone().select_only().columns([Column::ItemId, Column::Uom]).expr(sum());
    let rows: Vec<(Uuid, String, i64)> = everybody.group_by(Column::ItemId).group_by(Column::Uom).into_tuple().all(db).await?;
    for (item, uom, quantity) in rows {
        usage.everybody.entry(item.into()).or_default().push((uom, Quantity::from_scaled(quantity)));
    }
    let accounts: BTreeSet<AccountId> = accounts.collect();
    let accounts: Vec<Uuid> = accounts.into_iter().map(Into::into).collect();
    for accounts in accounts.chunks(LOOKUP_KEYS) {
        let own = of_year.clone().filter(Column::AccountId.is_in(accounts.iter().copied())).select_only();
        let own = own.columns([Column::AccountId, Column::ItemId, Column::Uom]).expr(sum());
        let own = own.group_by(Column::AccountId).group_by(Column::ItemId).group_by(Column::Uom);
        for (account, item, uom, quantity) in own.into_tuple::<(Uuid, Uuid, String, i64)>().all(db).await? {
            let bought: &mut HashMap<ItemId, Bought> = usage.by_account.entry(account.into()).or_default();
            bought.entry(item.into()).or_default().push((uom, Quantity::from_scaled(quantity)));
        }
    }
    Ok(usage)
}

/// The accounts that bought one of these items in the twelve months before a day, or in its month.
pub(crate) async fn buyers<C: ConnectionTrait>(db: &C, date: NaiveDate, items: &[ItemId]) -> Result<BTreeSet<AccountId>, Problem> {
    let since = a_year_before(date)?;
    let mut buyers = BTreeSet::new();
    for items in items.chunks(LOOKUP_KEYS) {
        let query = Entity::find().select_only().column(Column::AccountId).distinct().filter(Column::Month.gte(since));
        let query = query.filter(Column::ItemId.is_in(items.iter().map(|item| item.uuid()))).filter(Column::Quantity.gt(0));
        buyers.extend(query.into_tuple::<Uuid>().all(db).await?.into_iter().map(AccountId::from_uuid));
    }
    Ok(buyers)
}

/// The items that an account bought in the twelve months before a day, or in its month.
pub(crate) async fn bought_by<C: ConnectionTrait>(db: &C, date: NaiveDate, account: AccountId) -> Result<BTreeSet<ItemId>, Problem> {
    let query = Entity::find().select_only().column(Column::ItemId).distinct().filter(Column::AccountId.eq(account.uuid()));
    let query = query.filter(Column::Month.gte(a_year_before(date)?)).filter(Column::Quantity.gt(0));
    Ok(query.into_tuple::<Uuid>().all(db).await?.into_iter().map(ItemId::from_uuid).collect())
}
