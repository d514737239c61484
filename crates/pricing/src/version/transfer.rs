//! Importing and exporting a version's entries as CSV over HTTP.
//!
//! A file of up to [`AT_ONCE`] rows is imported in the request, all or nothing unless refused rows may be skipped. A larger
//! one is cut into parts and imported by a job, part by part; refused rows are skipped and reported.

use actix_web::web::{Data, Path, Payload, Query};
use kernel::Fault;
use platform::caller::Caller;
use platform::db::Tx;
use platform::job::Jobs;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};

use super::entries::{Editing, edit};
use super::entry::key;
use super::http::{VersionPath, change};
use super::import::{Candidate, OnOverlap, Plan, RowOutcome, RowResult, plan};
use super::{parts, sheet, store};
use crate::app::Pricing;
use crate::engine::PriceIndex;
use crate::permission::{ReadPricebooks, WritePricebooks};

/// The most rows that are imported within a request.
pub const AT_ONCE: usize = 5_000;
/// The largest file, in bytes.
pub(crate) const MAX_FILE: usize = 25 << 20;
/// The most entries of one export.
const MAX_EXPORT: u64 = 1_000_000;
/// The most row results and faults that one answer names.
const MAX_NAMED: usize = 1_000;

/// How to import.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportOptions {
    /// Says what would happen and writes nothing.
    #[serde(default)]
    pub dry_run: bool,
    /// What may happen to an earlier entry that a row overlaps.
    #[serde(default)]
    #[param(inline)]
    pub on_overlap: OnOverlap,
    /// Imports the good rows although others are refused. Large files always do.
    #[serde(default)]
    pub skip_refused: bool,
}

/// What an import did, or would do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PriceImportReport)]
pub struct ImportReport {
    pub dry_run: bool,
    #[schema(minimum = 0)]
    pub added: usize,
    #[schema(minimum = 0)]
    pub replaced: usize,
    #[schema(minimum = 0)]
    pub unchanged: usize,
    #[schema(minimum = 0)]
    pub refused: usize,
    /// Each row's result, in the order of the file.
    #[schema(max_items = 5000)]
    pub rows: Vec<RowResult>,
}

impl ImportReport {
    fn of(dry_run: bool, rows: Vec<RowResult>) -> Self {
        let count = |outcome| rows.iter().filter(|row| row.outcome == outcome).count();
        Self {
            dry_run,
            added: count(RowOutcome::Added),
            replaced: count(RowOutcome::Replaced),
            unchanged: count(RowOutcome::Unchanged),
            refused: count(RowOutcome::Refused),
            rows,
        }
    }
}

/// Works out what the rows of a sheet do to a draft.
///
/// # Errors
/// Those of the database.
pub(super) async fn prepare(
    tx: &Tx,
    editing: &Editing,
    rows: Vec<sheet::Row>,
    index: &PriceIndex,
    on_overlap: OnOverlap,
) -> Result<Plan, Problem> {
    let complete = |row: sheet::Row| (row.line, row.entry.and_then(|entry| entry.complete(editing.defaults, index)));
    let candidates: Vec<Candidate> = rows.into_iter().map(complete).collect();
    let mut keys: Vec<String> = candidates.iter().filter_map(|(_, entry)| entry.as_ref().ok()).map(key).collect();
    keys.sort_unstable();
    keys.dedup();
    let present = store::with_keys(tx, &editing.version, &editing.chain, &keys).await?;
    Ok(plan(candidates, present, on_overlap))
}

/// Writes what a plan says.
///
/// # Errors
/// Those of the database.
pub(super) async fn carry_out(tx: &Tx, editing: &Editing, plan: &Plan) -> Result<(), Problem> {
    store::remove_entries(tx, &editing.version, &plan.remove).await?;
    store::insert_entries(tx, &editing.version, &plan.add).await
}

/// The refusal that names the rows in the way.
pub(crate) fn refused(results: &[RowResult]) -> Option<Fault> {
    let faults = results.iter().flat_map(|row| row.errors.iter().map(move |error| (row.line, error))).take(MAX_NAMED);
    let none = Fault::invalid("import_refused", "Rows of the file are not acceptable; nothing was imported.");
    let fault = faults.fold(none, |fault, (line, error)| {
        let pointer = format!("/{line}/{}", error.column);
        fault.and_fault(kernel::FieldFault { pointer, code: error.code.clone().into(), message: error.message.clone() })
    });
    (!fault.errors.is_empty()).then_some(fault)
}

/// Import entries from CSV into a draft.
///
/// Running the same file again changes nothing. A file of more than 5,000 rows is imported by a long-running operation.
#[utoipa::path(post, path = "/v1/pricebooks/{book_id}/versions/{no}/import", operation_id = "import", params(VersionPath, ImportOptions),
    request_body(content = String, content_type = "text/csv", description = "A header row with column names as in the export, then a row for each entry."),
    responses((status = 200, body = ImportReport), (status = 202, description = "A large file waits to be imported.", body = platform::job::OperationView)))]
async fn import_entries(
    caller: Caller<WritePricebooks>,
    path: Path<VersionPath>,
    options: Query<ImportOptions>,
    payload: Payload,
    app: Data<Pricing>,
    jobs: Data<Jobs>,
) -> Result<Reply, Problem> {
    let bytes = platform::valid::read(payload.into_inner(), MAX_FILE).await?;
    fingerprint(&caller, &options, &bytes);
    let rows = sheet::read(&bytes)?.len();
    app.refresh().await?;
    if rows > AT_ONCE && !options.dry_run {
        return enqueue(&caller, &path, *options, &bytes, rows, (&app, &jobs)).await;
    }
    let index = app.live.current();
    app.db
        .command(&caller, "pricebook_version.import", async |tx| import_now(tx, caller.scope(), &path, *options, (&bytes, &index)).await)
        .await
}

async fn import_now(
    tx: &Tx,
    scope: &RowScope,
    path: &VersionPath,
    options: ImportOptions,
    (bytes, index): (&[u8], &PriceIndex),
) -> Result<Reply, Problem> {
    let editing = edit(tx, scope, path.book_id, path.no, !options.dry_run).await?;
    let plan = prepare(tx, &editing, sheet::read(bytes)?, index, options.on_overlap).await?;
    if !options.dry_run {
        if let (Some(fault), false) = (refused(&plan.results), options.skip_refused) {
            return Err(fault.into());
        }
        carry_out(tx, &editing, &plan).await?;
        tx.record(change("pricebook_version.imported", &editing.version));
    }
    Reply::ok(&ImportReport::of(options.dry_run, plan.results))
}

/// A key stands for the file and the options too.
pub(crate) fn fingerprint<P>(caller: &Caller<P>, options: &impl std::fmt::Debug, bytes: &[u8]) {
    let mut hasher = Sha256::new();
    hasher.update(caller.context().target.as_bytes());
    hasher.update(format!("{options:?}").as_bytes());
    hasher.update(bytes);
    caller.context().fingerprint.set(Some(hasher.finalize().into()));
}

async fn enqueue(
    caller: &Caller<WritePricebooks>,
    path: &VersionPath,
    options: ImportOptions,
    bytes: &[u8],
    rows: usize,
    (app, jobs): (&Pricing, &Jobs),
) -> Result<Reply, Problem> {
    let cut = parts::cut(bytes, AT_ONCE)?;
    app.db
        .command(caller, "pricebook_version.enqueue_import", async |tx| {
            let editing = edit(tx, caller.scope(), path.book_id, path.no, true).await?;
            let input =
                parts::Input { import_id: kernel::id::new_uuid(), book_id: path.book_id, no: path.no, on_overlap: options.on_overlap };
            parts::store(tx, input.import_id, &cut).await?;
            tx.record(change("pricebook_version.import_queued", &editing.version));
            let job = jobs.enqueue(tx, parts::KIND, &input, i64::try_from(rows).ok()).await?;
            job.accepted()
        })
        .await
}

/// Export a version's entries as CSV.
///
/// The file can be imported again. Text that a spreadsheet would take for a formula begins with an apostrophe.
#[utoipa::path(get, path = "/v1/pricebooks/{book_id}/versions/{no}/export", operation_id = "export", params(VersionPath),
    responses((status = 200, content_type = "text/csv", body = String)))]
async fn export_entries(caller: Caller<ReadPricebooks>, path: Path<VersionPath>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let db = app.db.read();
    let version = store::find(db, caller.scope(), path.book_id, path.no).await?;
    let chain = store::chain(db, &version).await?;
    let entries = store::content(db, &chain, MAX_EXPORT).await?;
    app.refresh().await?;
    Ok(Reply::content("text/csv; charset=utf-8", sheet::write(&entries, &app.live.current())?))
}

pub(super) fn operations() -> Operations {
    operations!["pricebook-versions"; import_entries, export_entries]
}
