//! Price entries as CSV: reading rows with all their faults, writing cells that a spreadsheet does not run. Pure.
//!
//! Columns are found by name in any order; unknown ones are refused, so that a misspelt column does not silently drop a
//! price. The cells of the price itself are in [`terms_cells`].

use std::collections::HashMap;
use std::str::FromStr;

use kernel::Fault;
use platform::sheet::{RISKY, safe};

use super::entry::NewEntry;
use super::terms_cells;
use crate::engine::PriceIndex;
use crate::engine::index::{Entry, Selector};

/// The columns, in the order of an export.
pub const COLUMNS: [&str; 29] = [
    "item_code",
    "category",
    "service_line",
    "uom",
    "currency",
    "site_id",
    "profile_id",
    "model",
    "unit_price",
    "tiers",
    "block_size",
    "block_price",
    "amount",
    "cost_on",
    "percent",
    "floor",
    "of_groups",
    "of_items",
    "offer",
    "offer_from",
    "offer_to",
    "discount",
    "start",
    "end",
    "min_charge",
    "free",
    "rebate",
    "tier_scope",
    "entry_id",
];

/// One row: its line in the file, counted from 2, and the entry it means or its faults.
#[derive(Debug)]
pub struct Row {
    pub line: u64,
    pub entry: Result<NewEntry, Fault>,
}

/// Reads a whole sheet.
///
/// # Errors
/// 400 `invalid_csv` when it cannot be read as CSV; 422 `unknown_column`, `missing_column`.
pub fn read(bytes: &[u8]) -> Result<Vec<Row>, Fault> {
    Table::read(bytes, &COLUMNS, "model", |line, cells| Row { line, entry: cells.entry() })
}

/// Sheets with columns of their own.
pub(crate) struct Table;

impl Table {
    /// Reads each row by `row`, which is given its line; `needed` is the column without which the file means nothing.
    ///
    /// # Errors
    /// 400 `invalid_csv` when it cannot be read as CSV; 422 `unknown_column`, `missing_column`.
    pub(crate) fn read<T>(
        bytes: &[u8],
        columns: &[&'static str],
        needed: &'static str,
        mut row: impl FnMut(u64, &Cells<'_>) -> T,
    ) -> Result<Vec<T>, Fault> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
        let headers = reader.headers().map_err(|error| unreadable(&error))?.clone();
        let mut places = HashMap::new();
        for (place, header) in headers.iter().enumerate() {
            let Some(column) = columns.iter().copied().find(|column| *column == header) else {
                return Err(Fault::invalid(
                    "unknown_column",
                    format!("There is no column {header:?}; the columns are {}.", columns.join(", ")),
                ));
            };
            if places.insert(column, place).is_some() {
                return Err(Fault::invalid("duplicate_column", format!("The column {column} is there twice.")));
            }
        }
        if !places.contains_key(needed) {
            return Err(Fault::invalid("missing_column", format!("The column {needed} is missing.")));
        }
        let mut rows = Vec::new();
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(|error| unreadable(&error))? {
            let line = record.position().map_or(0, csv::Position::line);
            rows.push(row(line, &Cells { places: &places, record: &record }));
        }
        Ok(rows)
    }
}

fn unreadable(error: &csv::Error) -> Fault {
    Fault::new(kernel::FaultKind::Malformed, "invalid_csv", format!("The file cannot be read as CSV: {error}."))
}

/// The cells of one row.
pub(crate) struct Cells<'a> {
    places: &'a HashMap<&'static str, usize>,
    record: &'a csv::StringRecord,
}

impl Cells<'_> {
    /// The text of a cell; none when it or its column is empty. The apostrophe of an exported formula is taken off.
    pub(crate) fn text(&self, column: &str) -> Option<&str> {
        let text = self.places.get(column).and_then(|place| self.record.get(*place)).filter(|text| !text.is_empty())?;
        Some(text.strip_prefix('\'').filter(|rest| rest.starts_with(RISKY)).unwrap_or(text))
    }

    fn owned(&self, column: &str) -> Option<String> {
        self.text(column).map(str::to_owned)
    }

    pub(super) fn read<T: FromStr>(&self, column: &'static str, faults: &mut Vec<Fault>) -> Option<T> {
        let text = self.text(column)?;
        let read = text.parse().ok();
        if read.is_none() {
            faults.push(fault(column, "invalid_value", format!("{text:?} is no {column}.")));
        }
        read
    }

    pub(super) fn need<T: FromStr + Default>(&self, column: &'static str, faults: &mut Vec<Fault>) -> T {
        if self.text(column).is_none() {
            faults.push(fault(column, "required", format!("This model needs {column}.")));
        }
        self.read(column, faults).unwrap_or_default()
    }

    fn flag(&self, column: &'static str, faults: &mut Vec<Fault>) -> bool {
        self.read(column, faults).unwrap_or_default()
    }

    fn entry(&self) -> Result<NewEntry, Fault> {
        let mut faults = Vec::new();
        let entry = NewEntry {
            item_id: None,
            item_code: self.owned("item_code"),
            category: self.owned("category"),
            service_line: self.owned("service_line"),
            uom: self.owned("uom"),
            currency: self.read("currency", &mut faults),
            site_id: self.read("site_id", &mut faults),
            profile_id: self.read("profile_id", &mut faults),
            terms: terms_cells::read(self, &mut faults),
            start: self.read("start", &mut faults),
            end: self.read("end", &mut faults),
            min_charge: self.read("min_charge", &mut faults),
            free: self.flag("free", &mut faults),
            rebate: self.flag("rebate", &mut faults),
            tier_scope: self.read("tier_scope", &mut faults),
        };
        Fault::all(faults).map(|()| entry)
    }
}

pub(super) fn fault(column: &str, code: &'static str, message: String) -> Fault {
    Fault::field(format!("/{column}"), code, message)
}

/// Writes entries as a sheet that [`read`] reads back.
///
/// # Errors
/// `overflow`, which no buffer in memory causes.
pub fn write(entries: &[Entry], index: &PriceIndex) -> Result<Vec<u8>, Fault> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let unwritable = |_| Fault::overflow();
    writer.write_record(COLUMNS).map_err(unwritable)?;
    for entry in entries {
        writer.write_record(COLUMNS.map(|column| safe(cell(column, entry, index)))).map_err(unwritable)?;
    }
    writer.into_inner().map_err(|_| Fault::overflow())
}

fn cell(column: &str, entry: &Entry, index: &PriceIndex) -> String {
    match (column, &entry.selector) {
        ("item_code", Selector::Item(id)) => index.item(*id).map_or_else(|| id.to_string(), |item| item.code.clone()),
        ("category", Selector::Category(path)) => path.clone(),
        ("service_line", Selector::ServiceLine(name)) => name.clone(),
        ("uom", _) => entry.uom.clone(),
        ("currency", _) => entry.currency.to_string(),
        ("site_id", _) => optional(entry.site.as_ref()),
        ("profile_id", _) => optional(entry.profile.as_ref()),
        ("start", _) => entry.period.start.to_string(),
        ("end", _) => optional(entry.period.end.as_ref()),
        ("min_charge", _) => optional(entry.min_charge.as_ref()),
        ("free", _) => entry.free.to_string(),
        ("rebate", _) => entry.rebate.to_string(),
        ("tier_scope", _) => optional(entry.tier_scope.as_ref()),
        ("entry_id", _) => entry.id.to_string(),
        (column, _) => terms_cells::write(column, &entry.terms),
    }
}

pub(super) fn optional<T: ToString>(value: Option<&T>) -> String {
    value.map(T::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::cost::CostBasis;
    use crate::engine::samples::{entry, index, item, minimum, tiers};
    use crate::engine::terms::PartOf;
    use crate::engine::{ChargeGroup, Terms, TierScope};
    use crate::version::entry::Defaults;

    #[test]
    fn what_is_written_is_read_back() {
        let drum = item("=DRUM", "each");
        let mut stepped = entry(&drum, Terms::Graduated { tiers: tiers(&[("0", "185.00"), ("5", "172.50")]) });
        stepped.min_charge = minimum("20.00");
        stepped.tier_scope = Some(TierScope::Month);
        stepped.profile = Some(kernel::id::new_uuid());
        let offer = Terms::Offer {
            offer: "+5 %".into(),
            from: "11".parse().unwrap(),
            to: Some("15".parse().unwrap()),
            discount: "0.02".parse().unwrap(),
        };
        let entries = [
            stepped,
            entry(&drum, offer),
            entry(&drum, Terms::LumpSum { amount: "75.00".parse().unwrap() }),
            entry(
                &drum,
                Terms::PercentOf {
                    percent: "0.10".parse().unwrap(),
                    of: PartOf { charge_groups: vec![ChargeGroup::Service, ChargeGroup::Fee], items: vec![drum.id] },
                },
            ),
            entry(&drum, Terms::CostPlus { on: CostBasis::Margin, percent: "0.35".parse().unwrap() }),
            Entry { uom: "*".into(), ..entry(&drum, Terms::AdjustPercent { percent: "-0.05".parse().unwrap(), floor: None }) },
            entry(&drum, Terms::AdjustAmount { amount: "-1.25".parse().unwrap(), floor: Some("10.00".parse().unwrap()) }),
            entry(&drum, Terms::Block { block_size: "12".parse().unwrap(), block_price: "49.95".parse().unwrap() }),
        ];
        let index = index(&[drum], Vec::new());
        let sheet = write(&entries, &index).unwrap();
        let text = String::from_utf8(sheet.clone()).unwrap();
        assert!(text.contains("'=DRUM") && text.contains("'+5 %"), "{text}");
        let defaults = Defaults { currency: kernel::Currency::USD, start: "2026-01-01".parse().unwrap() };
        for (row, entry) in read(&sheet).unwrap().into_iter().zip(&entries) {
            let back = row.entry.unwrap().complete(defaults, &index).unwrap();
            assert_eq!(Entry { id: entry.id, ..back }, *entry);
        }
    }

    #[test]
    fn every_fault_of_a_row_is_named_by_its_column() {
        let rows = read(b"item_code,model,unit_price,start,currency\nA,flat,1.5x,2026-13-01,USD\nB,cost,,,\nC,flat,,,\n").unwrap();
        let pointers = |row: &Row| row.entry.as_ref().unwrap_err().errors.iter().map(|error| error.pointer.clone()).collect::<Vec<_>>();
        assert_eq!(pointers(&rows[0]), ["/unit_price", "/start"]);
        assert_eq!((rows[1].line, pointers(&rows[1])), (3, vec!["/model".to_owned()]));
        assert_eq!(pointers(&rows[2]), ["/unit_price"]);
        assert_eq!(read(b"item_code,price\n").unwrap_err().code, "unknown_column");
        assert_eq!(read(b"item_code\n").unwrap_err().code, "missing_column");
        assert_eq!(read(b"item_code,model\n\"A\n").map(|rows| rows.len()).unwrap_or(1), 1);
        assert_eq!(read(b"item_code,model\nA,flat,3\n").unwrap_err().code, "invalid_csv");
    }
}
