//! What the database would do for a statement, read at a size at which a missing index hurts.
//!
//! A service's test fills its tables, builds the statements that its stores and lists really send, and demands of each that
//! it walks an index: nothing is read from end to end, and nothing is sorted that a page was cut from.

use kernel::id::new_uuid;
use platform::db::Db;
use platform::page::{CursorKey, Field, Kind, ListSpec, Listing};
use sea_orm::{ConnectionTrait, DbBackend, EntityName, EntityTrait, IdenStatic, Iterable, QuerySelect, QueryTrait, Select, Statement};

/// The rows of a filled table.
const ROWS: u32 = 100_000;

/// Fills a table with copies of its first row, each with an id of its own. `other` names columns and what they hold instead:
/// SQL over the row's number `n`, in which `{uuid}` is one that nothing else has and `{instant}` one a minute later than the
/// row before.
pub async fn fill<E: EntityTrait>(db: &Db, other: &[(&str, &str)]) {
    let (uuid, instant) = match db.backend() {
        DbBackend::Postgres => ("gen_random_uuid()", "to_timestamp(1767225600 + n * 60)"),
        _ => ("randomblob(16)", "strftime('%Y-%m-%dT%H:%M:%S+00:00', 1767225600 + n * 60, 'unixepoch')"),
    };
    let columns: Vec<String> = E::Column::iter().map(|column| column.as_str().to_owned()).collect();
    let value = |column: &String| match other.iter().find(|(name, _)| name == column) {
        Some((_, sql)) => sql.replace("{uuid}", uuid).replace("{instant}", instant),
        None if column == "id" => uuid.to_owned(),
        None => format!("one.{column}"),
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    let table = E::default().table_name().to_owned();
    let (columns, values) = (columns.join(", "), values.join(", "));
    let insert = format!(
        "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {ROWS}) \
         INSERT INTO {table} ({columns}) SELECT {values} FROM counted, (SELECT * FROM {table} LIMIT 1) AS one"
    );
    // As in operation: PostgreSQL collects statistics by itself, SQLite has none. So many rows take their time.
    let sql = match db.backend() {
        DbBackend::Postgres => format!("SET LOCAL statement_timeout = 0; {insert}; ANALYZE {table}"),
        _ => insert,
    };
    db.migrations().execute_unprepared(&sql).await.unwrap();
}

/// The statement that reads the first page of a list.
#[must_use]
pub fn page<S: ListSpec>(db: &Db, query: &str, visible: Select<S::Entity>) -> Statement {
    let listing = Listing::<S>::parse(query, &CursorKey::new(b"plan")).unwrap();
    listing.select(visible, db.backend()).limit(listing.limit() + 1).build(db.backend())
}

/// The plan of a statement, a step a line.
pub async fn plan(db: &Db, statement: &Statement) -> Vec<String> {
    let (explain, column) = match db.backend() {
        DbBackend::Postgres => ("EXPLAIN", "QUERY PLAN"),
        _ => ("EXPLAIN QUERY PLAN", "detail"),
    };
    let explained = Statement { sql: format!("{explain} {}", statement.sql), ..statement.clone() };
    let rows = db.read().query_all_raw(explained).await.unwrap();
    rows.iter().map(|row| row.try_get("", column).unwrap()).collect()
}

/// Demands that a statement walks `index`, reads no table from end to end and sorts nothing. PostgreSQL may take another index,
/// and sort what little it finds there: it knows how many rows to expect.
pub async fn assert_walks(db: &Db, statement: &Statement, index: &str) {
    let plan = plan(db, statement).await;
    let walks = match db.backend() {
        DbBackend::Postgres => plan.iter().all(|line| !line.contains("Seq Scan")),
        _ => {
            let whole = |line: &String| line.contains("TEMP B-TREE") || (line.starts_with("SCAN") && !line.contains("INDEX"));
            plan.iter().any(|line| line.contains(index)) && !plan.iter().any(whole)
        }
    };
    assert!(walks, "{}\ndoes not walk {index}:\n{}", statement.sql, plan.join("\n"));
}

/// What a list can be asked for that no index answers: a filter on one field whose rows are found only by reading the others
/// too, or an order for which all rows are sorted. A field of two values is not asked for, and none whose filter the store applies.
pub async fn unanswered<S: ListSpec>(db: &Db, visible: &Select<S::Entity>) -> Vec<String> {
    let mut unanswered = Vec::new();
    let table = S::Entity::default();
    let search = format!("SEARCH {} ", table.table_name());
    for field in S::FIELDS.iter().filter(|field| field.has_column()) {
        let sorted = field.is_sortable().then(|| [format!("sort={}", field.name()), format!("sort=-{}", field.name())]);
        for query in filtered(field).into_iter().chain(sorted.into_iter().flatten()) {
            let steps = plan(db, &page::<S>(db, &query, visible.clone())).await;
            let answered = match db.backend() {
                DbBackend::Postgres => !steps.iter().any(|step| step.contains("Seq Scan")),
                // What a filter has found may be sorted.
                _ if query.starts_with("filter") => steps.iter().any(|step| step.starts_with(&search)),
                _ => !steps.iter().any(|step| step.contains("TEMP B-TREE")),
            };
            if !answered {
                unanswered.push(query);
            }
        }
    }
    unanswered
}

/// A filter on a field by which few rows are found, if there can be one.
fn filtered<C>(field: &Field<C>) -> Option<String> {
    let name = field.name();
    let between = |from: &str, to: &str| format!("filter[{name}][gte]={from}&filter[{name}][lt]={to}");
    Some(match field.kind() {
        Kind::Uuid => format!("filter[{name}]={}", new_uuid()),
        Kind::Text => format!("filter[{name}]=x"),
        Kind::Choice(choices) => format!("filter[{name}]={}", choices.last()?),
        Kind::Instant => between("2026-01-01T00:00:00Z", "2026-01-01T00:10:00Z"),
        Kind::Date => between("2026-01-01", "2026-01-02"),
        Kind::Integer | Kind::Amount(_) => format!("filter[{name}]=7"),
        Kind::Boolean => return None,
    })
}
