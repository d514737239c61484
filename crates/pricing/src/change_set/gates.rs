//! Raises that stay untold although the price is lowered after them.
//!
//! Who was not told of a raise pays what was before it. A later decrease that still leaves more than that reaches such an account no
//! earlier than the raise itself: its entry keeps the raise's gate.

use std::collections::HashMap;

use kernel::id::{ChangeSetId, PriceEntryId};
use platform::db::Tx;
use platform::problem::Problem;
use sea_orm::entity::prelude::*;
use sea_orm::{QueryFilter, QuerySelect};

use super::arithmetic::prices;
use super::row::ChangeRow;
use super::rows_store;
use crate::engine::{Entry, Terms};
use crate::version::entity::entry;

/// Keys of one look-up.
const LOOKUP_KEYS: usize = 1_000;

/// A lowered price on the way back to what was before the raises that led to it.
struct Trail<'a> {
    lowered: PriceEntryId,
    new: &'a Terms,
    at: PriceEntryId,
    gate: ChangeSetId,
}

/// The gates that lowered prices keep, by the entries they take the place of; `present` are these, in the order of the rows.
pub(super) async fn kept<'a>(tx: &Tx, rows: &'a [ChangeRow], present: &[Entry]) -> Result<HashMap<PriceEntryId, ChangeSetId>, Problem> {
    let trail = |(row, entry): (&'a ChangeRow, &Entry)| {
        Some(Trail { lowered: row.entry, new: row.new.as_ref()?, at: row.entry, gate: entry.gates.start? })
    };
    let mut trails: Vec<Trail<'a>> = rows.iter().zip(present).filter(|(row, _)| !row.raises()).filter_map(trail).collect();
    let mut kept = HashMap::new();
    while !trails.is_empty() {
        let at: Vec<PriceEntryId> = trails.iter().map(|trail| trail.at).collect();
        let origins = rows_store::origins(tx, &at).await?;
        let before: Vec<PriceEntryId> = origins.values().map(|(_, before, _)| *before).collect();
        let earlier = start_gates(tx, &before).await?;
        let mut further = Vec::new();
        for trail in trails {
            let Some((set, before, terms)) = origins.get(&trail.at) else { continue };
            if *set != trail.gate {
                further.push(Trail { at: *before, ..trail });
            } else if costs_more(trail.new, terms) {
                kept.insert(trail.lowered, trail.gate);
            } else if let Some(gate) = earlier.get(before) {
                further.push(Trail { at: *before, gate: *gate, ..trail });
            }
        }
        trails = further;
    }
    Ok(kept)
}

fn costs_more(new: &Terms, before: &Terms) -> bool {
    prices(new, true).into_iter().zip(prices(before, true)).any(|(new, before)| new > before)
}

/// The raises that began these entries.
async fn start_gates(tx: &Tx, entries: &[PriceEntryId]) -> Result<HashMap<PriceEntryId, ChangeSetId>, Problem> {
    let mut gates = HashMap::new();
    for entries in entries.chunks(LOOKUP_KEYS) {
        let query = entry::Entity::find().select_only().columns([entry::Column::Id, entry::Column::StartGate]);
        let query = query.filter(entry::Column::StartGate.is_not_null());
        let rows: Vec<(Uuid, Uuid)> =
            query.filter(entry::Column::Id.is_in(entries.iter().map(|one| one.uuid()))).into_tuple().all(tx).await?;
        gates.extend(rows.into_iter().map(|(id, gate)| (PriceEntryId::from_uuid(id), ChangeSetId::from_uuid(gate))));
    }
    Ok(gates)
}
