//! Rows as commands: the cells of a sheet are the members of what the API takes, checked by the same schema.

use kernel::Fault;
use platform::problem::Problem;
use platform::sheet::safe;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use validator::Validate;

use crate::version::sheet::{Cells, Table};

/// The most rows of one file.
pub(super) const MAX_ROWS: usize = 20_000;

/// A row: its line in the file, and the command it means or its faults.
pub(super) type Row<T> = (u64, Result<T, Fault>);

/// Reads a sheet of commands. A cell is the text of the member that its column names; `special` gives members that are no text.
///
/// # Errors
/// 400 `invalid_csv`; 422 `unknown_column`, `missing_column`, `too_many_rows`.
pub(super) fn read<T: DeserializeOwned + ToSchema + Validate + 'static>(
    bytes: &[u8],
    columns: &[&'static str],
    special: impl Fn(&str, &str) -> Option<Result<Value, Fault>>,
) -> Result<Vec<Row<T>>, Fault> {
    let needed = columns.first().copied().unwrap_or_default();
    let command = |cells: &Cells<'_>| {
        let mut document = Map::new();
        for column in columns {
            let Some(text) = cells.text(column) else { continue };
            let value = special(column, text).unwrap_or_else(|| Ok(text.into()))?;
            document.insert((*column).to_owned(), value);
        }
        platform::valid::check(&Value::Object(document))
    };
    let rows = Table::read(bytes, columns, needed, |line, cells| (line, command(cells)))?;
    if rows.len() > MAX_ROWS {
        return Err(Fault::invalid("too_many_rows", format!("A file has at most {MAX_ROWS} rows; cut it.")));
    }
    Ok(rows)
}

/// Writes a sheet that can be imported again.
///
/// # Errors
/// `internal`, which no buffer in memory causes.
pub(super) fn write<const N: usize>(columns: [&str; N], rows: impl Iterator<Item = [String; N]>) -> Result<Vec<u8>, Problem> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns).map_err(Problem::internal)?;
    for row in rows {
        writer.write_record(row.map(safe)).map_err(Problem::internal)?;
    }
    writer.into_inner().map_err(|error| Problem::internal(error.to_string()))
}
