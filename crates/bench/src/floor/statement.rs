//! A statement with what it is given; one text serves both databases.

use kernel::id::new_uuid;
use uuid::Uuid;

/// A value of a column.
#[derive(Clone, Debug)]
pub(super) enum Field {
    Id(Uuid),
    Number(i64),
    Text(String),
}

/// A statement and its values.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) sql: String,
    pub(super) fields: Vec<Field>,
}

pub(super) fn statement(sql: impl Into<String>, fields: impl Into<Vec<Field>>) -> Statement {
    Statement { sql: sql.into(), fields: fields.into() }
}

/// Rows for one table in one statement.
pub(super) fn insert(table: &str, rows: impl IntoIterator<Item = Vec<Field>>) -> Statement {
    let (mut groups, mut fields) = (Vec::new(), Vec::new());
    for row in rows {
        let places: Vec<String> = (1..=row.len()).map(|place| format!("${}", fields.len() + place)).collect();
        groups.push(format!("({})", places.join(",")));
        fields.extend(row);
    }
    statement(format!("INSERT INTO {table} VALUES {}", groups.join(",")), fields)
}

pub(super) fn fresh() -> Field {
    Field::Id(new_uuid())
}

/// The id of the row that stands at `turn` of what was filled in.
pub(super) fn known(turn: u64) -> Field {
    Field::Id(Uuid::from_u128(u128::from(turn)))
}

pub(super) fn number(value: u64) -> Field {
    Field::Number(i64::try_from(value).unwrap_or(i64::MAX))
}

/// Text of so many letters.
pub(super) fn letters(count: usize) -> Field {
    Field::Text("Could you tell us when? ".chars().cycle().take(count).collect())
}
