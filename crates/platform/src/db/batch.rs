//! Writes that nobody waits for, sent together: each statement is a trip to SQLite's thread or to PostgreSQL's server and
//! back, and the trips are most of what a command costs.
//!
//! SQLite runs several statements of one text in their order; PostgreSQL takes them as the parts of one `WITH`. Those see
//! one snapshot, so that none may depend on another's rows, except by foreign keys, which are checked at the end.

use sea_orm::sea_query::{CommonTableExpression, DeleteStatement, InsertStatement, SubQueryStatement, Values, WithClause};
use sea_orm::{DbBackend, Statement, StatementBuilder};

/// A write without a result.
#[derive(Clone, Debug)]
pub enum Write {
    Insert(InsertStatement),
    Delete(DeleteStatement),
}

impl From<InsertStatement> for Write {
    fn from(insert: InsertStatement) -> Self {
        Self::Insert(insert)
    }
}

impl From<DeleteStatement> for Write {
    fn from(delete: DeleteStatement) -> Self {
        Self::Delete(delete)
    }
}

impl From<Write> for SubQueryStatement {
    fn from(write: Write) -> Self {
        match write {
            Write::Insert(insert) => insert.into(),
            Write::Delete(delete) => delete.into(),
        }
    }
}

impl Write {
    fn build(&self, backend: DbBackend) -> Statement {
        match self {
            Self::Insert(insert) => StatementBuilder::build(insert, &backend),
            Self::Delete(delete) => StatementBuilder::build(delete, &backend),
        }
    }
}

/// The writes as one statement; none when there is nothing to write.
pub(super) fn together(backend: DbBackend, mut writes: Vec<Write>) -> Option<Statement> {
    let last = writes.pop()?;
    if writes.is_empty() {
        return Some(last.build(backend));
    }
    match backend {
        DbBackend::Postgres => Some(StatementBuilder::build(&parts(writes).query(last), &backend)),
        _ => {
            writes.push(last);
            Some(sequence(backend, &writes))
        }
    }
}

fn parts(writes: Vec<Write>) -> WithClause {
    let mut with = WithClause::new();
    for (place, write) in writes.into_iter().enumerate() {
        with.cte(CommonTableExpression::new().table_name(format!("part_{place}")).query(write).to_owned());
    }
    with
}

/// Placeholders are bare question marks, so that texts and values can be put one behind the other.
fn sequence(backend: DbBackend, writes: &[Write]) -> Statement {
    let (mut sql, mut values) = (String::new(), Vec::new());
    for statement in writes.iter().map(|write| write.build(backend)) {
        if !sql.is_empty() {
            sql.push_str("; ");
        }
        sql.push_str(&statement.sql);
        values.extend(statement.values.into_iter().flat_map(|Values(list)| list));
    }
    Statement::from_sql_and_values(backend, sql, values)
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};

    use super::*;

    fn writes() -> Vec<Write> {
        let (a, b) = (Alias::new("a"), Alias::new("b"));
        let insert = Query::insert().into_table(a.clone()).columns([a.clone()]).values_panic([1.into()]).to_owned();
        let delete = Query::delete().from_table(b.clone()).and_where(Expr::col(b.clone()).eq(2)).to_owned();
        let last = Query::insert().into_table(b.clone()).columns([b]).values_panic([3.into()]).to_owned();
        vec![insert.into(), delete.into(), last.into()]
    }

    #[test]
    fn writes_are_one_statement_with_their_values_in_order() {
        let sqlite = together(DbBackend::Sqlite, writes()).unwrap();
        assert_eq!(sqlite.sql, r#"INSERT INTO "a" ("a") VALUES (?); DELETE FROM "b" WHERE "b" = ?; INSERT INTO "b" ("b") VALUES (?)"#);
        let postgres = together(DbBackend::Postgres, writes()).unwrap();
        let expected = r#"WITH "part_0" AS (INSERT INTO "a" ("a") VALUES ($1)) , "part_1" AS (DELETE FROM "b" WHERE "b" = $2) INSERT INTO "b" ("b") VALUES ($3)"#;
        assert_eq!(postgres.sql, expected);
        for statement in [sqlite, postgres] {
            assert_eq!(statement.values.unwrap().0, vec![1.into(), 2.into(), 3.into()]);
        }
        assert!(together(DbBackend::Sqlite, Vec::new()).is_none());
    }
}
