//! The balance row of one account and currency: touched first, so that it is also the lock.

use kernel::{Currency, Fault};
use platform::problem::Problem;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::{Expr, Uuid};
use sea_orm::sea_query::{Alias, OnConflict};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, ExprTrait, QuerySelect};

use super::balance_entity::{ActiveModel, Column, Entity, Model};

/// What a command adds to an account's balances, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    pub receivable: i64,
    pub unapplied_cash: i64,
    pub unapplied_credit: i64,
}

impl Delta {
    /// True when nothing changes.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }
}

/// Adds to the balances of an account, making its row when it is the first time, and holds the row until the transaction
/// ends. With a zero delta it only takes the lock. Callers that lock several accounts go by ascending id.
///
/// # Errors
/// Those of the database; `overflow`.
pub async fn adjust<C: ConnectionTrait>(db: &C, account: Uuid, currency: Currency, delta: Delta) -> Result<Model, Problem> {
    let row = ActiveModel {
        account_id: Set(account),
        currency: Set(currency.code().to_owned()),
        version: Set(1),
        receivable: Set(delta.receivable),
        unapplied_cash: Set(delta.unapplied_cash),
        unapplied_credit: Set(delta.unapplied_credit),
    };
    let mut add = OnConflict::columns([Column::AccountId, Column::Currency]);
    for (column, amount) in [
        (Column::Version, 1),
        (Column::Receivable, delta.receivable),
        (Column::UnappliedCash, delta.unapplied_cash),
        (Column::UnappliedCredit, delta.unapplied_credit),
    ] {
        add.value(column, Expr::col((Entity, column)).add(amount));
    }
    let row = Entity::insert(row).on_conflict(add).exec_with_returning(db).await?;
    if row.receivable < 0 || row.unapplied_cash < 0 || row.unapplied_credit < 0 {
        return Err(Fault::conflict("negative_balance", "The account's balance would fall below zero.").into());
    }
    Ok(row)
}

/// Adds to what several accounts owe, in one statement. `owed` comes in ascending order of account and currency, so that the
/// rows are locked in that order.
///
/// # Errors
/// Those of the database.
pub async fn owe<C: ConnectionTrait>(db: &C, owed: &[(Uuid, String, i64)]) -> Result<(), Problem> {
    let rows = owed.iter().map(|(account, currency, amount)| ActiveModel {
        account_id: Set(*account),
        currency: Set(currency.clone()),
        version: Set(1),
        receivable: Set(*amount),
        unapplied_cash: Set(0),
        unapplied_credit: Set(0),
    });
    let mut add = OnConflict::columns([Column::AccountId, Column::Currency]);
    for column in [Column::Version, Column::Receivable] {
        add.value(column, Expr::col((Entity, column)).add(Expr::col((Alias::new("excluded"), column))));
    }
    Entity::insert_many(rows).on_conflict(add).exec_without_returning(db).await?;
    Ok(())
}

/// Takes the account's lock and changes nothing. SQLite's one writer holds it already, and an account without a row owes nothing
/// that two could pay.
///
/// # Errors
/// Those of the database.
pub async fn lock<C: ConnectionTrait>(db: &C, account: Uuid, currency: Currency) -> Result<(), Problem> {
    if db.get_database_backend() == DbBackend::Postgres {
        Entity::find_by_id((account, currency.code().to_owned())).lock_exclusive().one(db).await?;
    }
    Ok(())
}
