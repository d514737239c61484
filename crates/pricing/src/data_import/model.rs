//! An import and what became of its rows. Pure.

use kernel::id::DataImportId;
use kernel::{Fault, transition, words};
use platform::stamp::{Stamp, Touch};
use serde_json::Value;
use uuid::Uuid;

use crate::version::import::{RowOutcome, RowResult, errors};

words! {
    /// What a sheet holds.
    pub enum DataImportKind { Items = "items", ItemCosts = "item_costs", IndexValues = "index_values" }

    /// Whether what was imported still stands.
    pub enum DataImportState { Done = "done", Undone = "undone" }

    /// What can be done to an import.
    pub enum DataImportStep { Undo = "undo" }
}

/// An import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataImport {
    pub id: DataImportId,
    pub kind: DataImportKind,
    pub state: DataImportState,
    pub counts: Counts,
    pub stamp: Stamp,
}

/// How many rows came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub added: i32,
    pub replaced: i32,
    pub unchanged: i32,
    pub refused: i32,
}

/// A record that a row made or changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Trail {
    pub record: Uuid,
    /// The record's version after the import.
    pub version: i64,
    /// What it was; absent when the row made it.
    pub before: Option<Value>,
}

/// What a row came to: nothing new, something, or a refusal.
pub type Done = Result<Option<Trail>, Fault>;

/// What a sheet came to.
#[derive(Debug, Default)]
pub struct Outcome {
    pub results: Vec<RowResult>,
    pub trails: Vec<Trail>,
}

impl Outcome {
    /// Notes a row. What was there before in another record counts as replaced.
    pub fn note(&mut self, line: u64, done: Done, replaced: bool) {
        let (outcome, errors) = match &done {
            Ok(None) => (RowOutcome::Unchanged, Vec::new()),
            Ok(Some(trail)) if replaced || trail.before.is_some() => (RowOutcome::Replaced, Vec::new()),
            Ok(Some(_)) => (RowOutcome::Added, Vec::new()),
            Err(fault) => (RowOutcome::Refused, errors(fault)),
        };
        self.results.push(RowResult { line, outcome, errors });
        self.trails.extend(done.ok().flatten());
    }

    /// # Errors
    /// `overflow`.
    pub fn counts(&self) -> Result<Counts, Fault> {
        let count = |outcome| {
            let rows = self.results.iter().filter(|row| row.outcome == outcome).count();
            i32::try_from(rows).map_err(|_| Fault::overflow())
        };
        Ok(Counts {
            added: count(RowOutcome::Added)?,
            replaced: count(RowOutcome::Replaced)?,
            unchanged: count(RowOutcome::Unchanged)?,
            refused: count(RowOutcome::Refused)?,
        })
    }
}

fn after(state: DataImportState, step: DataImportStep) -> Option<DataImportState> {
    match (state, step) {
        (DataImportState::Done, DataImportStep::Undo) => Some(DataImportState::Undone),
        (DataImportState::Undone, DataImportStep::Undo) => None,
    }
}

impl DataImport {
    #[must_use]
    pub fn new(kind: DataImportKind, counts: Counts, touch: Touch) -> Self {
        Self { id: DataImportId::generate(), kind, state: DataImportState::Done, counts, stamp: Stamp::new(touch) }
    }

    /// Takes it back.
    ///
    /// # Errors
    /// 409 `illegal_transition` the second time.
    pub fn undo(self, touch: Touch) -> Result<Self, Fault> {
        let state = transition::moved(self.state, DataImportStep::Undo, after)?;
        Ok(Self { state, stamp: self.stamp.touched(touch), ..self })
    }
}

/// The refusal to take back what was changed since.
#[must_use]
pub fn changed_since(records: Vec<Uuid>) -> Fault {
    Fault::conflict("changed_since", "Some of what was imported was changed since; nothing was taken back.").with_conflicts(records)
}
