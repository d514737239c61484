//! Tables as CSV (RFC 4180), written from the very rows that the JSON answer shows, so that the two cannot differ.
//!
//! No cell is taken for a formula by a spreadsheet. What a row means, and reading files, is the resource's.

use actix_web::HttpRequest;
use actix_web::http::header;
use kernel::Decimal;
use serde::Serialize;
use serde_json::Value;

use crate::problem::Problem;
use crate::reply::Reply;

/// First characters that a spreadsheet takes for a formula.
pub const RISKY: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A cell that no spreadsheet runs: text that begins like a formula gets an apostrophe before it. Numbers stay as they are.
#[must_use]
pub fn safe(text: String) -> String {
    let number = text.parse::<Decimal>().is_ok();
    if !number && text.starts_with(RISKY) { format!("'{text}") } else { text }
}

/// Answers with `view`, or with its rows as CSV when the caller accepts `text/csv`; `columns` are members of a row, in their order.
///
/// # Errors
/// `internal` when a row is no object of plain values.
pub fn reply<R: Serialize>(request: &HttpRequest, columns: &[&str], rows: &[R], view: &impl Serialize) -> Result<Reply, Problem> {
    let accepted = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accepted.contains("text/csv") {
        return Ok(Reply::content("text/csv; charset=utf-8", written(columns, rows)?));
    }
    Reply::ok(view)
}

fn written<R: Serialize>(columns: &[&str], rows: &[R]) -> Result<Vec<u8>, Problem> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let unwritable = |error: csv::Error| Problem::internal(format!("a table cannot be written: {error}"));
    writer.write_record(columns).map_err(unwritable)?;
    for row in rows {
        let row = serde_json::to_value(row)?;
        let cells = columns.iter().map(|column| cell(row.get(column))).collect::<Result<Vec<_>, _>>()?;
        writer.write_record(cells).map_err(unwritable)?;
    }
    writer.into_inner().map_err(|error| Problem::internal(format!("a table cannot be written: {error}")))
}

fn cell(value: Option<&Value>) -> Result<String, Problem> {
    match value {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(safe(text.clone())),
        Some(Value::Bool(flag)) => Ok(flag.to_string()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        Some(Value::Array(_) | Value::Object(_)) => Err(Problem::internal("a cell of a table is no plain value")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_and_none_is_run() {
        let rows = [json!({"name": "=1+1", "number": -3, "rate": "-12.50", "note": "a, \"b\""}), json!({"name": null, "number": 0})];
        let text = String::from_utf8(written(&["name", "number", "rate", "note"], &rows).unwrap()).unwrap();
        assert_eq!(text, "name,number,rate,note\r\n'=1+1,-3,-12.50,\"a, \"\"b\"\"\"\r\n,0,,\r\n");
        assert!(written(&["name"], &[json!({"name": []})]).is_err());
    }

    #[test]
    fn negative_numbers_are_not_formulas() {
        assert_eq!(safe("-12.50".into()), "-12.50");
        assert_eq!(safe("-1+1".into()), "'-1+1");
        assert_eq!(safe("@x".into()), "'@x");
    }
}
