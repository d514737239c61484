//! Sums of the ledger by account, in one statement.

use chrono::NaiveDate;
use kernel::Currency;
use platform::problem::Problem;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};

/// What was debited and credited to one account, in minor units.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Sum {
    pub account: String,
    pub debit: i64,
    pub credit: i64,
}

const ALL: &str = "SELECT account, CAST(SUM(debit) AS BIGINT) AS debit, CAST(SUM(credit) AS BIGINT) AS credit \
    FROM ledger_line WHERE currency = $1 GROUP BY account ORDER BY account";

const AS_OF: &str = "SELECT l.account, CAST(SUM(l.debit) AS BIGINT) AS debit, CAST(SUM(l.credit) AS BIGINT) AS credit \
    FROM ledger_line l JOIN ledger_entry e ON e.id = l.entry_id \
    WHERE l.currency = $1 AND e.effective_on <= $2 GROUP BY l.account ORDER BY l.account";

/// The sums of every account that has lines.
///
/// # Errors
/// Those of the database.
pub async fn sums<C: ConnectionTrait>(db: &C, currency: Currency, as_of: Option<NaiveDate>) -> Result<Vec<Sum>, Problem> {
    let code = currency.code().to_owned();
    let statement = match as_of {
        None => Statement::from_sql_and_values(db.get_database_backend(), ALL, [code.into()]),
        Some(date) => Statement::from_sql_and_values(db.get_database_backend(), AS_OF, [code.into(), date.into()]),
    };
    Ok(Sum::find_by_statement(statement).all(db).await?)
}
