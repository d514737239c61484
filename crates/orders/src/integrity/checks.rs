//! The checks: each states two sides that must be equal and selects the rows where they are not.

use platform::problem::Problem;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use uuid::Uuid;

/// How many differences of one check are listed.
pub const MOST: usize = 100;

/// An invariant.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    pub name: &'static str,
    pub about: &'static str,
    sql: &'static str,
}

/// Where an invariant does not hold: the row it is about, if it is about one, and the two sides. Minor units where there
/// is a currency, counts where there is none.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Difference {
    pub subject: Option<Uuid>,
    pub currency: Option<String>,
    pub expected: i64,
    pub actual: i64,
}

impl Check {
    /// The first differences; none when it holds.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn run<C: ConnectionTrait>(&self, db: &C) -> Result<Vec<Difference>, Problem> {
        let sql = format!("{} LIMIT {MOST}", self.sql);
        Ok(Difference::find_by_statement(Statement::from_string(db.get_database_backend(), sql)).all(db).await?)
    }
}

/// Every invariant that applies to receivables.
pub const CHECKS: &[Check] = &[
    Check {
        name: "trial_balance",
        about: "Debits equal credits in every currency.",
        sql: "SELECT NULL AS subject, currency, CAST(SUM(debit) AS BIGINT) AS expected, CAST(SUM(credit) AS BIGINT) AS actual \
              FROM ledger_line GROUP BY currency HAVING SUM(debit) <> SUM(credit)",
    },
    Check {
        name: "balanced_entries",
        about: "Debits equal credits in every entry.",
        sql: "SELECT entry_id AS subject, currency, CAST(SUM(debit) AS BIGINT) AS expected, CAST(SUM(credit) AS BIGINT) AS actual \
              FROM ledger_line GROUP BY entry_id, currency HAVING SUM(debit) <> SUM(credit)",
    },
    Check {
        name: "receivables_control",
        about: "Account 1100 is the sum of invoice balances.",
        sql: "SELECT NULL AS subject, currency, CAST(SUM(documents) AS BIGINT) AS expected, CAST(SUM(ledger) AS BIGINT) AS actual FROM (\
              SELECT currency, debit - credit AS ledger, 0 AS documents FROM ledger_line WHERE account = '1100' \
              UNION ALL SELECT currency, 0, balance FROM invoice WHERE open) AS sides \
              GROUP BY currency HAVING SUM(ledger) <> SUM(documents)",
    },
    Check {
        name: "unapplied_cash_control",
        about: "Account 2200 is the sum of unapplied payments.",
        sql: "SELECT NULL AS subject, currency, CAST(SUM(documents) AS BIGINT) AS expected, CAST(SUM(ledger) AS BIGINT) AS actual FROM (\
              SELECT currency, credit - debit AS ledger, 0 AS documents FROM ledger_line WHERE account = '2200' \
              UNION ALL SELECT currency, 0, unapplied FROM payment) AS sides \
              GROUP BY currency HAVING SUM(ledger) <> SUM(documents)",
    },
    Check {
        name: "unapplied_credits_control",
        about: "Account 2210 is the sum of unapplied credit memos.",
        sql: "SELECT NULL AS subject, currency, CAST(SUM(documents) AS BIGINT) AS expected, CAST(SUM(ledger) AS BIGINT) AS actual FROM (\
              SELECT currency, credit - debit AS ledger, 0 AS documents FROM ledger_line WHERE account = '2210' \
              UNION ALL SELECT currency, 0, unapplied FROM credit_memo) AS sides \
              GROUP BY currency HAVING SUM(ledger) <> SUM(documents)",
    },
    Check {
        name: "account_receivables",
        about: "Each account's cached receivables are the sum of its invoice balances.",
        sql: "SELECT account_id AS subject, currency, CAST(SUM(documents) AS BIGINT) AS expected, CAST(SUM(cached) AS BIGINT) AS actual FROM (\
              SELECT account_id, currency, receivable AS cached, 0 AS documents FROM account_balance \
              UNION ALL SELECT bill_to_id, currency, 0, balance FROM invoice WHERE open) AS sides \
              GROUP BY account_id, currency HAVING SUM(cached) <> SUM(documents)",
    },
    Check {
        name: "account_unapplied",
        about: "Each account's cached unapplied cash and credits are those of its payments and credit memos.",
        sql: "SELECT account_id AS subject, currency, CAST(SUM(documents) AS BIGINT) AS expected, CAST(SUM(cached) AS BIGINT) AS actual FROM (\
              SELECT account_id, currency, unapplied_cash + unapplied_credit AS cached, 0 AS documents FROM account_balance \
              UNION ALL SELECT account_id, currency, 0, unapplied FROM payment \
              UNION ALL SELECT bill_to_id, currency, 0, unapplied FROM credit_memo) AS sides \
              GROUP BY account_id, currency HAVING SUM(cached) <> SUM(documents)",
    },
    Check {
        name: "invoice_balances",
        about: "An invoice's balance is its total less its applications, and never outside zero to the total.",
        sql: "SELECT i.id AS subject, i.currency, \
              CAST(CASE WHEN i.state = 'void' THEN 0 ELSE i.total - COALESCE(a.applied, 0) END AS BIGINT) AS expected, i.balance AS actual \
              FROM invoice i LEFT JOIN (SELECT invoice_id, SUM(amount + discount) AS applied FROM application GROUP BY invoice_id) a \
              ON a.invoice_id = i.id WHERE i.posted_at IS NOT NULL AND (i.balance < 0 OR i.balance > i.total \
              OR i.balance <> CASE WHEN i.state = 'void' THEN 0 ELSE i.total - COALESCE(a.applied, 0) END)",
    },
    Check {
        name: "payment_balances",
        about: "What is unapplied of a payment is its amount less its live applications; nothing of a reversed one.",
        sql: "SELECT p.id AS subject, p.currency, \
              CAST(CASE WHEN p.state = 'reversed' THEN 0 ELSE p.amount END - COALESCE(a.applied, 0) AS BIGINT) AS expected, \
              p.unapplied AS actual FROM payment p \
              LEFT JOIN (SELECT source_id, SUM(amount) AS applied FROM application GROUP BY source_id) a ON a.source_id = p.id \
              WHERE p.unapplied < 0 OR p.unapplied <> CASE WHEN p.state = 'reversed' THEN 0 ELSE p.amount END - COALESCE(a.applied, 0)",
    },
    Check {
        name: "credit_balances",
        about: "What is unapplied of a credit memo is its total less its live applications.",
        sql: "SELECT c.id AS subject, c.currency, CAST(c.total - COALESCE(a.applied, 0) AS BIGINT) AS expected, c.unapplied AS actual \
              FROM credit_memo c \
              LEFT JOIN (SELECT source_id, SUM(amount) AS applied FROM application GROUP BY source_id) a ON a.source_id = c.id \
              WHERE c.unapplied < 0 OR c.unapplied <> c.total - COALESCE(a.applied, 0)",
    },
    Check {
        name: "posted_documents",
        about: "Every posted, voided, recorded, reversed or applied document has exactly one entry of that event.",
        sql: "SELECT d.id AS subject, NULL AS currency, CAST(1 AS BIGINT) AS expected, CAST(0 AS BIGINT) AS actual FROM (\
              SELECT id, 'invoice_posted' AS event FROM invoice WHERE posted_at IS NOT NULL \
              UNION ALL SELECT id, 'invoice_voided' FROM invoice WHERE voided_at IS NOT NULL \
              UNION ALL SELECT id, 'credit_memo_posted' FROM credit_memo WHERE posted_at IS NOT NULL \
              UNION ALL SELECT id, 'payment_recorded' FROM payment \
              UNION ALL SELECT id, 'payment_reversed' FROM payment WHERE reversed_at IS NOT NULL \
              UNION ALL SELECT id, CASE WHEN source_type = 'payment' AND reverses IS NULL THEN 'payment_applied' \
                WHEN source_type = 'payment' THEN 'payment_unapplied' \
                WHEN reverses IS NULL THEN 'credit_applied' ELSE 'credit_unapplied' END FROM application) AS d \
              LEFT JOIN ledger_entry e ON e.document_id = d.id AND e.event = d.event WHERE e.id IS NULL",
    },
    Check {
        name: "invoice_totals",
        about: "The lines of an invoice sum to its net and tax.",
        sql: "SELECT i.id AS subject, i.currency, CAST(SUM(l.net + l.tax) AS BIGINT) AS expected, i.net + i.tax AS actual \
              FROM invoice i JOIN invoice_line l ON l.invoice_id = i.id GROUP BY i.id, i.currency, i.net, i.tax, i.total \
              HAVING SUM(l.net) <> i.net OR SUM(l.tax) <> i.tax OR i.net + i.tax <> i.total",
    },
    Check {
        name: "billed_billables",
        about: "Every billed billable has exactly one live invoice line, unless a successor has taken its place.",
        sql: "SELECT b.id AS subject, NULL AS currency, CAST(1 AS BIGINT) AS expected, CAST(COUNT(i.id) AS BIGINT) AS actual \
              FROM billable b LEFT JOIN invoice_line l ON l.billable_id = b.id \
              LEFT JOIN invoice i ON i.id = l.invoice_id AND i.state NOT IN ('draft', 'void') \
              WHERE b.state = 'billed' AND b.superseded_by IS NULL GROUP BY b.id HAVING COUNT(i.id) <> 1",
    },
    Check {
        name: "credited_lines",
        about: "What has been credited of a line never exceeds it.",
        sql: "SELECT id AS subject, NULL AS currency, net + tax AS expected, credited_net + credited_tax AS actual FROM invoice_line \
              WHERE (net >= 0 AND credited_net > net) OR (net < 0 AND credited_net < net) \
              OR (tax >= 0 AND credited_tax > tax) OR (tax < 0 AND credited_tax < tax)",
    },
    Check {
        name: "gapless_numbers",
        about: "Each series has given out as many numbers as there are numbered documents.",
        sql: "SELECT NULL AS subject, NULL AS currency, CAST(SUM(given) AS BIGINT) AS expected, CAST(SUM(held) AS BIGINT) AS actual FROM (\
              SELECT series, last_number AS given, 0 AS held FROM number_series \
              UNION ALL SELECT 'INV', 0, 1 FROM invoice WHERE number IS NOT NULL \
              UNION ALL SELECT 'CM', 0, 1 FROM credit_memo WHERE number IS NOT NULL) AS sides \
              GROUP BY series HAVING SUM(given) <> SUM(held)",
    },
];
