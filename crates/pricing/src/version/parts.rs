//! Large imports: the file is stored in parts, and a job imports one part after another.
//!
//! Each part and the job's progress are committed together, so that a crash neither loses nor doubles a part. The parts
//! are deleted as they are done.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::Fault;
use kernel::id::PricebookId;
use platform::db::Tx;
use platform::job::{Advance, Slice, Work};
use platform::problem::Problem;
use platform::scope::RowScope;
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::entries::edit;
use super::http::change;
use super::import::{OnOverlap, RowOutcome, RowResult};
use super::{sheet, transfer};
use crate::live::Live;

/// The kind of the job.
pub const KIND: &str = "price_import";
/// The most refused rows that the result names.
const MAX_NAMED: usize = 1_000;

#[expect(unreachable_pub, reason = "the derive makes public types of these")]
mod part {
    //! The table of parts.
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "price_import")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub import_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub part: i32,
        pub rows: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What a job is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Input {
    pub import_id: Uuid,
    pub book_id: PricebookId,
    pub no: i32,
    pub on_overlap: OnOverlap,
}

/// What became of the rows so far.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Position {
    lines: u64,
    added: u64,
    replaced: u64,
    unchanged: u64,
    refused: u64,
    #[serde(default)]
    rows: Vec<serde_json::Value>,
}

/// Cuts a sheet into sheets of `rows` rows each.
///
/// # Errors
/// 400 `invalid_csv`.
pub fn cut(bytes: &[u8], rows: usize) -> Result<Vec<String>, Fault> {
    let invalid = |_| Fault::new(kernel::FaultKind::Malformed, "invalid_csv", "The file cannot be read as CSV.");
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::Reader::from_reader(bytes);
    let header = reader.headers().map_err(invalid)?.clone();
    let records: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().map_err(invalid)?;
    let sheet = |records: &[csv::StringRecord]| {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&header).map_err(invalid)?;
        for record in records {
            writer.write_record(record).map_err(invalid)?;
        }
        let bytes = writer.into_inner().map_err(|_| Fault::overflow())?;
        String::from_utf8(bytes).map_err(|_| Fault::overflow())
    };
    records.chunks(rows.max(1)).map(sheet).collect()
}

/// Stores the parts of an import.
///
/// # Errors
/// Those of the database.
pub async fn store(tx: &Tx, import_id: Uuid, parts: &[String]) -> Result<(), Problem> {
    for (part, rows) in (0_i32..).zip(parts) {
        let row = part::Model { import_id, part, rows: rows.clone() };
        part::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Imports large files.
pub struct ImportWork {
    pub live: Arc<Live>,
}

#[async_trait(?Send)]
impl Work for ImportWork {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn advance(&self, slice: Slice<'_>) -> Result<(), Problem> {
        let input: Input = serde_json::from_value(slice.job().input.clone())?;
        let position: Position = serde_json::from_value(slice.job().position.clone()).unwrap_or_default();
        let (done, total) = (slice.job().done, slice.job().total);
        self.live.refresh(slice.db().read()).await?;
        let index = self.live.current();
        slice
            .commit(async |tx| {
                let query = part::Entity::find().filter(part::Column::ImportId.eq(input.import_id)).order_by_asc(part::Column::Part);
                let Some(next) = query.one(tx).await? else { return Ok(Advance::Done(json!(position))) };
                let rows = sheet::read(next.rows.as_bytes())?;
                let count = rows.len();
                let editing = edit(tx, &RowScope::All, input.book_id, input.no, true).await?;
                let plan = transfer::prepare(tx, &editing, rows, &index, input.on_overlap).await?;
                transfer::carry_out(tx, &editing, &plan).await?;
                part::Entity::delete_by_id((next.import_id, next.part)).exec(tx).await?;
                tx.record(change("pricebook_version.imported", &editing.version));
                let position = position.clone().after(&plan.results, count);
                let done = done.saturating_add(i64::try_from(count).unwrap_or(i64::MAX));
                if total.is_some_and(|total| done >= total) {
                    return Ok(Advance::Done(json!(position)));
                }
                Ok(Advance::More { done, total, position: json!(position) })
            })
            .await
    }
}

impl Position {
    fn after(mut self, results: &[RowResult], count: usize) -> Self {
        for row in results {
            let counter = match row.outcome {
                RowOutcome::Added => &mut self.added,
                RowOutcome::Replaced => &mut self.replaced,
                RowOutcome::Unchanged => &mut self.unchanged,
                RowOutcome::Refused => &mut self.refused,
            };
            *counter += 1;
            if row.outcome == RowOutcome::Refused && self.rows.len() < MAX_NAMED {
                // A part counts its lines from its own header.
                self.rows.push(json!(RowResult { line: row.line.saturating_add(self.lines), ..row.clone() }));
            }
        }
        self.lines = self.lines.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        self
    }
}
