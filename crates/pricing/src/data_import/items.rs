//! Items as a sheet: found by their codes, made where there is none.

use std::collections::{HashMap, HashSet};

use kernel::Fault;
use platform::db::Tx;
use platform::problem::Problem;
use platform::scope::RowScope;
use platform::stamp::Touch;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::model::{Done, Outcome, Trail, changed_since};
use super::sheet::{self, Row};
use crate::engine::ChargeGroup;
use crate::engine::item::Conversion;
use crate::item::http::{changed, created};
use crate::item::model::{CatalogItem, CreateItem};
use crate::item::store;
use crate::version::store::INSERT_ROWS;

pub(super) const COLUMNS: [&str; 8] =
    ["code", "name", "service_line", "category", "charge_group", "base_uom", "conversions", "external_ref"];

/// What an item was, as an import keeps it.
#[derive(Serialize, Deserialize)]
struct Before {
    name: String,
    service_line: String,
    category: String,
    charge_group: ChargeGroup,
    conversions: Vec<Conversion>,
    active: bool,
    external_ref: Option<String>,
}

pub(super) fn read(bytes: &[u8]) -> Result<Vec<Row<CreateItem>>, Fault> {
    sheet::read(bytes, &COLUMNS, |column, text| (column == "conversions").then(|| conversions(text)))
}

/// Units as `tote=275/1;drum=55/1`: one of the unit is so many of the base unit.
fn conversions(text: &str) -> Result<Value, Fault> {
    let wrong = || Fault::field("/conversions", "invalid_value", format!("{text:?} is no list such as tote=275/1;drum=55/1."));
    let one = |part: &str| {
        let (uom, ratio) = part.split_once('=').ok_or_else(wrong)?;
        let (numerator, denominator) = ratio.split_once('/').unwrap_or((ratio, "1"));
        let number = |text: &str| text.trim().parse::<i64>().map_err(|_| wrong());
        Ok(serde_json::json!({"uom": uom.trim(), "numerator": number(numerator)?, "denominator": number(denominator)?}))
    };
    text.split(';').map(one).collect::<Result<Vec<Value>, Fault>>().map(Value::Array)
}

pub(super) fn cells(catalog: &CatalogItem) -> [String; 8] {
    let item = &catalog.item;
    let conversions = item.conversions.iter().map(|one| format!("{}={}/{}", one.uom, one.numerator, one.denominator));
    [
        item.code.clone(),
        item.name.clone(),
        item.service_line.clone(),
        item.category.clone(),
        item.charge_group.as_str().to_owned(),
        item.base_uom.clone(),
        conversions.collect::<Vec<_>>().join(";"),
        catalog.external_ref.clone().unwrap_or_default(),
    ]
}

/// What the items of a sheet are now, by code, and which code has an external reference.
struct Present {
    items: HashMap<String, CatalogItem>,
    references: HashMap<String, String>,
}

impl Present {
    async fn read(tx: &Tx, rows: &[Row<CreateItem>]) -> Result<Self, Problem> {
        let commands = || rows.iter().filter_map(|(_, row)| row.as_ref().ok());
        let codes: Vec<&str> = commands().map(|command| command.code.as_str()).collect();
        let references: Vec<&str> = commands().filter_map(|command| command.external_ref.as_deref()).collect();
        let found = store::named(tx, &codes, &references).await?;
        let references = found.iter().filter_map(|one| Some((one.external_ref.clone()?, one.item.code.clone()))).collect();
        Ok(Self { items: found.into_iter().map(|one| (one.item.code.clone(), one)).collect(), references })
    }

    /// What a row makes of its item: the item as it is to be, and as it was.
    fn place(&mut self, command: &CreateItem, touch: Touch) -> Result<Option<(CatalogItem, Option<CatalogItem>)>, Fault> {
        if let Some(reference) = &command.external_ref {
            let holder = self.references.entry(reference.clone()).or_insert_with(|| command.code.clone());
            if *holder != command.code {
                return Err(Fault::field("/external_ref", "external_ref_taken", format!("It is {holder}'s.")));
            }
        }
        let Some(before) = self.items.get(&command.code) else { return Ok(Some((CatalogItem::create(command, touch)?, None))) };
        let next = CatalogItem { external_ref: command.external_ref.clone(), ..before.clone().replace(command, touch)? };
        let same = CatalogItem { stamp: before.stamp, ..next.clone() } == *before;
        Ok((!same).then(|| (next, Some(before.clone()))))
    }
}

pub(super) async fn import(tx: &Tx, rows: Vec<Row<CreateItem>>, generation: Option<i64>) -> Result<Outcome, Problem> {
    let mut present = Present::read(tx, &rows).await?;
    let (mut outcome, mut fresh, mut seen) = (Outcome::default(), Vec::new(), HashSet::new());
    for (line, row) in rows {
        let placed = row.and_then(|command| {
            if !seen.insert(command.code.clone()) {
                return Err(Fault::field("/code", "duplicate_row", "The item stands in the file already."));
            }
            present.place(&command, Touch::of(tx))
        });
        let done: Done = match placed {
            Ok(None) => Ok(None),
            Ok(Some((item, before))) => Ok(Some(keep(tx, item, before, (generation, &mut fresh)).await?)),
            Err(fault) => Err(fault),
        };
        outcome.note(line, done, false);
    }
    let Some(generation) = generation else { return Ok(outcome) };
    for items in fresh.chunks(INSERT_ROWS) {
        store::insert(tx, items, generation).await?;
        items.iter().for_each(|item| tx.record(created(item)));
    }
    Ok(outcome)
}

async fn keep(
    tx: &Tx,
    item: CatalogItem,
    before: Option<CatalogItem>,
    (generation, fresh): (Option<i64>, &mut Vec<CatalogItem>),
) -> Result<Trail, Problem> {
    let trail = Trail { record: item.item.id.uuid(), version: item.stamp.version, before: before.as_ref().map(kept).transpose()? };
    match (before, generation) {
        (None, _) => fresh.push(item),
        (Some(_), None) => {}
        (Some(before), Some(generation)) => {
            store::save(tx, &item, generation).await?;
            tx.record(changed(&before, &item));
        }
    }
    Ok(trail)
}

fn kept(catalog: &CatalogItem) -> Result<Value, Problem> {
    let item = catalog.item.clone();
    Ok(serde_json::to_value(Before {
        name: item.name,
        service_line: item.service_line,
        category: item.category,
        charge_group: item.charge_group,
        conversions: item.conversions,
        active: catalog.active,
        external_ref: catalog.external_ref.clone(),
    })?)
}

/// Makes items what they were, and those that were made inactive.
pub(super) async fn undo(tx: &Tx, scope: &RowScope, trails: &[Trail], generation: i64) -> Result<(), Problem> {
    let mut moved = Vec::new();
    for trail in trails {
        let current = store::find(tx, scope, trail.record.into()).await?;
        if current.stamp.version != trail.version {
            moved.push(trail.record);
            continue;
        }
        let next = restored(current.clone(), trail.before.as_ref(), Touch::of(tx))?;
        store::save(tx, &next, generation).await?;
        tx.record(changed(&current, &next));
    }
    if moved.is_empty() { Ok(()) } else { Err(changed_since(moved).into()) }
}

fn restored(current: CatalogItem, before: Option<&Value>, touch: Touch) -> Result<CatalogItem, Problem> {
    let stamp = current.stamp.touched(touch);
    let Some(before) = before else { return Ok(CatalogItem { active: false, stamp, ..current }) };
    let Before { name, service_line, category, charge_group, conversions, active, external_ref } = Before::deserialize(before)?;
    let item = crate::engine::Item { name, service_line, category, charge_group, conversions, ..current.item };
    Ok(CatalogItem { item, active, external_ref, stamp })
}
