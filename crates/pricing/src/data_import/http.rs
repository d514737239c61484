//! Imports and exports of price data over HTTP.

use std::fmt::Debug;

use actix_web::web::{Data, Path, Payload, Query};
use chrono::{DateTime, Utc};
use kernel::id::DataImportId;
use platform::caller::Caller;
use platform::db::Tx;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::Touch;
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::entity::import;
use super::model::{Counts, DataImport, DataImportKind, DataImportState, Outcome};
use super::{costs, index_values, items, sheet, store};
use crate::app::Pricing;
use crate::live;
use crate::permission::{
    ReadDataImports, ReadIndexValues, ReadItemCosts, ReadItems, UndoDataImports, WriteIndexValues, WriteItemCosts, WriteItems,
};
use crate::version::import::RowResult;
use crate::version::transfer::{MAX_FILE, fingerprint, refused};
use crate::{index_value, item, item_cost};

/// How to import.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DataImportOptions {
    /// Says what would happen and writes nothing.
    #[serde(default)]
    dry_run: bool,
    /// Imports the good rows although others are refused.
    #[serde(default)]
    skip_refused: bool,
}

/// An import.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DataImportView {
    pub id: DataImportId,
    #[schema(minimum = 1)]
    pub version: i64,
    pub kind: DataImportKind,
    pub state: DataImportState,
    #[schema(minimum = 0)]
    pub added: i32,
    #[schema(minimum = 0)]
    pub replaced: i32,
    #[schema(minimum = 0)]
    pub unchanged: i32,
    #[schema(minimum = 0)]
    pub refused: i32,
    pub created_at: DateTime<Utc>,
    pub created_by: Option<Uuid>,
    pub updated_at: DateTime<Utc>,
}

impl From<&DataImport> for DataImportView {
    fn from(import: &DataImport) -> Self {
        let Counts { added, replaced, unchanged, refused } = import.counts;
        Self {
            id: import.id,
            version: import.stamp.version,
            kind: import.kind,
            state: import.state,
            added,
            replaced,
            unchanged,
            refused,
            created_at: import.stamp.created_at,
            created_by: import.stamp.created_by,
            updated_at: import.stamp.updated_at,
        }
    }
}

/// What an import did, or would do.
#[derive(Debug, Serialize, ToSchema)]
pub struct DataImportReport {
    /// Names it, to undo it; absent of a dry run.
    pub import_id: Option<DataImportId>,
    pub dry_run: bool,
    #[schema(minimum = 0)]
    pub added: i32,
    #[schema(minimum = 0)]
    pub replaced: i32,
    #[schema(minimum = 0)]
    pub unchanged: i32,
    #[schema(minimum = 0)]
    pub refused: i32,
    /// Each row's result, in the order of the file.
    #[schema(max_items = 20_000)]
    pub rows: Vec<RowResult>,
}

/// Which import.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct DataImportPath {
    pub data_import_id: DataImportId,
}

fn change(event: &'static str, import: &DataImport) -> Change {
    Change::new(event, "data_import", import.id, import.stamp.version).after(&DataImportView::from(import))
}

/// Reads a file of rows, whose content the caller's key stands for.
async fn file<P>(caller: &Caller<P>, options: &impl Debug, payload: Payload, app: &Pricing) -> Result<Vec<u8>, Problem> {
    let bytes = platform::valid::read(payload.into_inner(), MAX_FILE).await?;
    fingerprint(caller, options, &bytes);
    app.refresh().await?;
    Ok(bytes.to_vec())
}

/// Keeps what came of a sheet, or refuses all of it.
async fn finish(tx: &Tx, kind: DataImportKind, options: DataImportOptions, outcome: Outcome) -> Result<Reply, Problem> {
    if let (Some(fault), false) = (refused(&outcome.results), options.skip_refused) {
        return Err(fault.into());
    }
    let import = DataImport::new(kind, outcome.counts()?, Touch::of(tx));
    store::insert(tx, &import, outcome.trails).await?;
    tx.record(change("data_import.done", &import));
    report(Some(import.id), import.counts, outcome.results)
}

fn report(import_id: Option<DataImportId>, counts: Counts, rows: Vec<RowResult>) -> Result<Reply, Problem> {
    let Counts { added, replaced, unchanged, refused } = counts;
    Reply::ok(&DataImportReport { import_id, dry_run: import_id.is_none(), added, replaced, unchanged, refused, rows })
}

/// Runs an import; without a generation it writes nothing and says what it would do.
async fn run<P>(
    caller: &Caller<P>,
    (kind, event, options): (DataImportKind, &'static str, DataImportOptions),
    app: &Pricing,
    import: impl AsyncFn(&Tx, Option<i64>) -> Result<Outcome, Problem>,
) -> Result<Reply, Problem> {
    let command = app.db.command(caller, event, async |tx| {
        if options.dry_run {
            let outcome = import(tx, None).await?;
            return report(None, outcome.counts()?, outcome.results);
        }
        let outcome = import(tx, Some(live::advance(tx).await?)).await?;
        finish(tx, kind, options, outcome).await
    });
    let reply = command.await?;
    app.refresh().await?;
    Ok(reply)
}

/// Import items from CSV: found by their codes, and made where there is none.
///
/// Running the same file again changes nothing. Conversions are written as `tote=275/1;drum=55/1`.
#[utoipa::path(post, path = "/v1/items/import", operation_id = "import_items", params(DataImportOptions),
    request_body(content = String, content_type = "text/csv", description = "A header row with column names as in the export, then a row for each item."),
    responses((status = 200, body = DataImportReport)))]
async fn import_items(
    caller: Caller<WriteItems>,
    options: Query<DataImportOptions>,
    payload: Payload,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    let bytes = file(&caller, &options, payload, &app).await?;
    let what = (DataImportKind::Items, "items.import", *options);
    run(&caller, what, &app, async |tx, generation| items::import(tx, items::read(&bytes)?, generation).await).await
}

/// Import item costs from CSV.
///
/// Running the same file again changes nothing; of several for one day the one recorded last holds.
#[utoipa::path(post, path = "/v1/item-costs/import", operation_id = "import_item_costs", params(DataImportOptions),
    request_body(content = String, content_type = "text/csv", description = "A header row with column names as in the export, then a row for each cost."),
    responses((status = 200, body = DataImportReport)))]
async fn import_item_costs(
    caller: Caller<WriteItemCosts>,
    options: Query<DataImportOptions>,
    payload: Payload,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    let bytes = file(&caller, &options, payload, &app).await?;
    let (index, what) = (app.live.current(), (DataImportKind::ItemCosts, "item_costs.import", *options));
    run(&caller, what, &app, async |tx, generation| costs::import(tx, costs::read(&bytes)?, &index, generation).await).await
}

/// Import values of published indexes from CSV.
///
/// Running the same file again changes nothing; of several for one day the one recorded last counts.
#[utoipa::path(post, path = "/v1/index-values/import", operation_id = "import_index_values", params(DataImportOptions),
    request_body(content = String, content_type = "text/csv", description = "A header row with column names as in the export, then a row for each value."),
    responses((status = 200, body = DataImportReport)))]
async fn import_index_values(
    caller: Caller<WriteIndexValues>,
    options: Query<DataImportOptions>,
    payload: Payload,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    let bytes = file(&caller, &options, payload, &app).await?;
    let (index, what) = (app.live.current(), (DataImportKind::IndexValues, "index_values.import", *options));
    run(&caller, what, &app, async |tx, generation| index_values::import(tx, index_values::read(&bytes)?, &index, generation).await).await
}

fn csv(bytes: Vec<u8>) -> Reply {
    Reply::content("text/csv; charset=utf-8", bytes)
}

/// Export the catalogue as CSV, as it can be imported again.
#[utoipa::path(get, path = "/v1/items/export", operation_id = "export_items", responses((status = 200, content_type = "text/csv", body = String)))]
async fn export_items(caller: Caller<ReadItems>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let rows = item::store::visible(caller.scope()).order_by_asc(item::entity::Column::Code).all(app.db.read()).await?;
    let items = rows.into_iter().map(item::store::from_row).collect::<Result<Vec<_>, _>>()?;
    Ok(csv(sheet::write(items::COLUMNS, items.iter().map(items::cells))?))
}

/// Export item costs as CSV, as they can be imported again.
#[utoipa::path(get, path = "/v1/item-costs/export", operation_id = "export_item_costs",
    responses((status = 200, content_type = "text/csv", body = String)))]
async fn export_item_costs(caller: Caller<ReadItemCosts>, app: Data<Pricing>) -> Result<Reply, Problem> {
    app.refresh().await?;
    let index = app.live.current();
    let held = item_cost::store::visible(caller.scope()).filter(item_cost::entity::Column::WithdrawnAt.is_null());
    let rows = held.order_by_asc(item_cost::entity::Column::Id).all(app.db.read()).await?;
    let costs = rows.into_iter().map(item_cost::store::from_row).collect::<Result<Vec<_>, _>>()?;
    Ok(csv(sheet::write(costs::COLUMNS, costs.iter().map(|cost| costs::cells(cost, &index)))?))
}

/// Export values of published indexes as CSV, as they can be imported again.
#[utoipa::path(get, path = "/v1/index-values/export", operation_id = "export_index_values",
    responses((status = 200, content_type = "text/csv", body = String)))]
async fn export_index_values(caller: Caller<ReadIndexValues>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let held = index_value::store::visible(caller.scope()).filter(index_value::entity::Column::WithdrawnAt.is_null());
    let rows = held.order_by_asc(index_value::entity::Column::Id).all(app.db.read()).await?;
    let values: Vec<_> = rows.into_iter().map(index_value::store::from_row).collect();
    Ok(csv(sheet::write(index_values::COLUMNS, values.iter().map(index_values::cells))?))
}

/// What imports can be listed by.
pub struct DataImportList;

impl ListSpec for DataImportList {
    type Entity = import::Entity;
    type View = DataImportView;
    const FIELDS: &'static [Field<import::Column>] = &[
        Field::choice("kind", import::Column::Kind, DataImportKind::TEXTS),
        Field::choice("state", import::Column::State, DataImportState::TEXTS),
        Field::instant("created_at", import::Column::CreatedAt).sortable(),
    ];
    const DEFAULT_SORT: &'static str = "-id";
}

/// List imports of items, item costs and index values.
#[utoipa::path(get, path = "/v1/data-imports", params(Listing<DataImportList>), responses((status = 200, body = Page<DataImportView>)))]
async fn list(caller: Caller<ReadDataImports>, listing: Listing<DataImportList>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::from_row(row).map(|import| DataImportView::from(&import)))?)
}

/// Read an import.
#[utoipa::path(get, path = "/v1/data-imports/{data_import_id}", params(DataImportPath), responses((status = 200, body = DataImportView)))]
async fn fetch(caller: Caller<ReadDataImports>, path: Path<DataImportPath>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let import = store::find(app.db.read(), caller.scope(), path.data_import_id).await?;
    Ok(Reply::ok(&DataImportView::from(&import))?.tagged(import.stamp.version))
}

/// Take an import back, all of it or nothing.
///
/// Items become what they were and new ones inactive, unless they were changed since. Costs and index values are withdrawn from now on; what
/// was priced with them keeps them.
#[utoipa::path(post, path = "/v1/data-imports/{data_import_id}/undo", params(DataImportPath), responses((status = 200, body = DataImportView)))]
async fn undo(
    caller: Caller<UndoDataImports>,
    path: Path<DataImportPath>,
    expected: IfMatch,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    let command = app.db.command(&caller, "data_import.undo", async |tx| {
        let generation = live::advance(tx).await?;
        let current = store::find(tx, caller.scope(), path.data_import_id).await?;
        expected.check(current.stamp.version)?;
        let next = current.undo(Touch::of(tx))?;
        let trails = store::trails(tx, next.id).await?;
        match next.kind {
            DataImportKind::Items => items::undo(tx, caller.scope(), &trails, generation).await?,
            DataImportKind::ItemCosts => costs::undo(tx, &trails, generation).await?,
            DataImportKind::IndexValues => index_values::undo(tx, &trails).await?,
        }
        store::save(tx, &next).await?;
        tx.record(change("data_import.undone", &next));
        Ok(Reply::ok(&DataImportView::from(&next))?.tagged(next.stamp.version))
    });
    let reply = command.await?;
    app.refresh().await?;
    Ok(reply)
}

pub(crate) fn operations() -> Operations {
    operations!["items"; import_items, export_items]
        .and(operations!["item-costs"; import_item_costs, export_item_costs])
        .and(operations!["index-values"; import_index_values, export_index_values])
        .and(operations!["data-imports"; list, fetch, undo])
}
