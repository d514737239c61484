//! The rows of a change set over HTTP, as a list and as a sheet.

use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::{Data, Path};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use sea_orm::QuerySelect;

use super::arithmetic::{ChangeDirection, ClipReason};
use super::entity::row::{Column, Entity};
use super::row::RowExclusion;
use super::wire::{ChangeRowView, ChangeSetPath};
use super::{rows_store, sheet, store};
use crate::app::Pricing;
use crate::permission::ReadChangeSets;

/// The most rows of one sheet.
const MAX_EXPORT: u64 = 1_000_000;

/// What rows can be listed by.
pub struct ChangeRowList;

impl ListSpec for ChangeRowList {
    type Entity = Entity;
    type View = ChangeRowView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::uuid("book_id", Column::BookId),
        Field::uuid("item_id", Column::ItemId).nullable(),
        Field::choice("direction", Column::Direction, ChangeDirection::TEXTS),
        Field::choice("excluded", Column::Excluded, RowExclusion::TEXTS).nullable(),
        Field::choice("clipped", Column::Clipped, ClipReason::TEXTS).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "id";
}

/// List the rows of the latest preview.
///
/// With `Accept: text/csv` all rows that the filters leave come as a sheet, which can be imported with other prices when the operation is
/// `csv`. Text that a spreadsheet would take for a formula begins with an apostrophe.
#[utoipa::path(get, path = "/v1/change-sets/{change_set_id}/rows", params(ChangeSetPath, Listing<ChangeRowList>),
    responses((status = 200, content((Page<ChangeRowView> = "application/json"), (String = "text/csv")))))]
async fn list_rows(
    caller: Caller<ReadChangeSets>,
    path: Path<ChangeSetPath>,
    listing: Listing<ChangeRowList>,
    request: HttpRequest,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    let db = app.db.read();
    let set = store::find(db, caller.scope(), path.change_set_id).await?;
    let rows = rows_store::of_set(set.id);
    let accepted = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accepted.contains("text/csv") {
        let rows = listing.select(rows, app.db.backend()).limit(MAX_EXPORT).all(db).await?;
        let rows = rows.into_iter().map(rows_store::from_row).collect::<Result<Vec<_>, _>>()?;
        app.refresh().await?;
        return Ok(Reply::content("text/csv; charset=utf-8", sheet::write(set.preview_no, &rows, &app.live.current())?));
    }
    let page = listing.page(db, rows).await?;
    let view = |row: super::entity::row::Model| {
        let (id, no) = (row.id, row.preview_no);
        rows_store::from_row(row).map(|row| ChangeRowView::of(id, no, row))
    };
    listing.reply(&page.try_map(view)?)
}

pub(super) fn operations() -> Operations {
    operations!["change-sets"; list_rows]
}
