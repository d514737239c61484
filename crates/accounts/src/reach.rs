//! What a caller reaches through accounts: the condition on rows that belong to one, and the fault for a reference that
//! leads outside.
//!
//! No query of one resource lives here.

use kernel::Fault;
use platform::scope::RowScope;
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, Condition};

use crate::account;

/// The condition for rows that are visible when the account named in `column` is.
pub(crate) fn through_account<C: ColumnTrait>(scope: &RowScope, column: C) -> Condition {
    match scope {
        RowScope::All => Condition::all(),
        RowScope::Accounts { accounts, .. } => Condition::all().add(column.is_in(accounts.iter().copied())),
        RowScope::Branches(_) => {
            let visible = Query::select()
                .column(account::entity::Column::Id)
                .from(account::entity::Entity)
                .cond_where(account::store::within(scope))
                .take();
            Condition::all().add(column.in_subquery(visible))
        }
    }
}

/// A field fault for a reference in a body that leads nowhere the caller can see.
pub(crate) fn unknown(pointer: &'static str, noun: &'static str) -> Fault {
    Fault::field(pointer, "unknown_reference", format!("There is no such {noun}."))
}
