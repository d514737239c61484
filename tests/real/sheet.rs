//! Reading the source's files.

use std::collections::HashMap;
use std::path::Path;

use kernel::{Decimal, Rounding};

/// A row by column name.
pub(super) type Row = HashMap<String, String>;

/// A CSV file with a header.
pub(super) fn csv(path: &Path) -> Vec<Row> {
    csv::Reader::from_path(path).unwrap().deserialize().map(|row| row.unwrap()).collect()
}

/// A tab-separated file without a header.
pub(super) fn tsv(path: &Path) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().delimiter(b'\t').has_headers(false).quoting(false).flexible(true).from_path(path).unwrap();
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// A decimal of the source in whole cents, half up.
pub(super) fn cents(text: &str) -> i64 {
    text.parse::<Decimal>().unwrap().round_to_scaled(2, Rounding::HalfUp).unwrap()
}

/// Cents as the API writes them.
pub(super) fn dollars(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// The date of an instant as the source writes it.
pub(super) fn date(text: &str) -> &str {
    &text[..10]
}
