//! The rows of a change set as CSV: what is exported with a tag for each row, and the prices that come back. Pure.
//!
//! A sheet that comes back is matched by its tags alone; what else it says of a row is for its reader.

use std::collections::HashSet;

use kernel::Fault;
use kernel::id::PriceEntryId;
use platform::sheet::safe;

use super::row::{ChangeRow, read_tag, tag};
use crate::engine::index::Selector;
use crate::engine::{PriceIndex, Terms};
use crate::version::sheet::{Cells, Table};
use crate::version::terms_cells;

/// The columns of a sheet. The prices are those asked for, else those that are.
pub const COLUMNS: [&str; 20] = [
    "tag",
    "book",
    "item_code",
    "category",
    "service_line",
    "uom",
    "currency",
    "site_id",
    "start",
    "end",
    "old_price",
    "new_price",
    "excluded",
    "clipped",
    "model",
    "unit_price",
    "tiers",
    "block_size",
    "block_price",
    "amount",
];

/// A row that came back: its line in the file, counted from 2, and its entry with its prices, or its faults.
pub type Returned = (u64, Result<(PriceEntryId, Terms), Fault>);

/// Writes rows as a sheet.
///
/// # Errors
/// `overflow`, which no buffer in memory causes.
pub fn write(preview_no: i32, rows: &[ChangeRow], index: &PriceIndex) -> Result<Vec<u8>, Fault> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let unwritable = |_| Fault::overflow();
    writer.write_record(COLUMNS).map_err(unwritable)?;
    for row in rows {
        writer.write_record(COLUMNS.map(|column| safe(cell(column, preview_no, row, index)))).map_err(unwritable)?;
    }
    writer.into_inner().map_err(|_| Fault::overflow())
}

fn cell(column: &str, preview_no: i32, row: &ChangeRow, index: &PriceIndex) -> String {
    let (old, _, new) = row.prices();
    match (column, &row.selector) {
        ("tag", _) => tag(preview_no, row.entry),
        ("book", _) => index.book(row.book).map_or_else(|| row.book.to_string(), |book| book.code.clone()),
        ("item_code", Selector::Item(id)) => index.item(*id).map_or_else(|| id.to_string(), |item| item.code.clone()),
        ("category", Selector::Category(path)) => path.clone(),
        ("service_line", Selector::ServiceLine(name)) => name.clone(),
        ("uom", _) => row.uom.clone(),
        ("currency", _) => row.currency.to_string(),
        ("site_id", _) => text(row.site),
        ("start", _) => row.start.to_string(),
        ("end", _) => text(row.end),
        ("old_price", _) => text(old),
        ("new_price", _) => text(new),
        ("excluded", _) => text(row.excluded),
        ("clipped", _) => text(row.clip),
        (column, _) => terms_cells::write(column, row.requested.as_ref().unwrap_or(&row.old)),
    }
}

fn text<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// Reads the prices of a sheet; `known` are the rows of the preview, by their entries.
///
/// # Errors
/// 400 `invalid_csv`; 422 `unknown_column`, `missing_column`.
pub fn read(bytes: &[u8], preview_no: i32, known: &HashSet<PriceEntryId>) -> Result<Vec<Returned>, Fault> {
    let mut seen = HashSet::new();
    Table::read(bytes, &COLUMNS, "tag", |line, cells| {
        let returned = entry(cells, preview_no, known).and_then(|(entry, terms)| {
            let twice = Fault::field("/tag", "duplicate_tag", "This row stands in the sheet already.");
            if seen.insert(entry) { Ok((entry, terms)) } else { Err(twice) }
        });
        (line, returned)
    })
}

fn entry(cells: &Cells<'_>, preview_no: i32, known: &HashSet<PriceEntryId>) -> Result<(PriceEntryId, Terms), Fault> {
    let unknown = || Fault::field("/tag", "unknown_tag", "No row of this change set has this tag.");
    let (no, entry) = cells.text("tag").and_then(read_tag).ok_or_else(unknown)?;
    if no != preview_no {
        return Err(Fault::field("/tag", "stale_tag", "The tag is of another preview; export the rows again."));
    }
    if !known.contains(&entry) {
        return Err(unknown());
    }
    let mut faults = Vec::new();
    let terms = terms_cells::read(cells, &mut faults);
    Fault::all(faults)?;
    Ok((entry, terms))
}
