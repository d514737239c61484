//! Prices that come back in a sheet: matched with the rows of the preview by their tags, all of them or none.

use std::collections::HashSet;

use actix_web::web::{Data, Path, Payload};
use kernel::Fault;
use kernel::id::PriceEntryId;
use platform::caller::Caller;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::Touch;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, QuerySelect};
use sha2::{Digest, Sha256};

use super::entity::row::Column;
use super::http::{change, reply};
use super::model::ChangeSet;
use super::sheet::{self, Returned};
use super::wire::{ChangeSetPath, ChangeSetView};
use super::{rows_store, store};
use crate::app::Pricing;
use crate::engine::Terms;
use crate::permission::WriteChangeSets;

/// The largest file, in bytes.
const MAX_FILE: usize = 25 << 20;
/// The most faults that one answer names.
const MAX_NAMED: usize = 1_000;

/// The entries of a preview's rows.
async fn entries<C: ConnectionTrait>(db: &C, set: &ChangeSet) -> Result<HashSet<PriceEntryId>, Problem> {
    let ids = rows_store::of_set(set.id).select_only().column(Column::EntryId).into_tuple::<Uuid>().all(db).await?;
    Ok(ids.into_iter().map(PriceEntryId::from_uuid).collect())
}

/// The prices of a sheet, or all that is wrong with it, each fault under the line of its row.
fn whole(rows: Vec<Returned>) -> Result<Vec<(PriceEntryId, Terms)>, Fault> {
    let mut refused = Fault::invalid("import_refused", "Rows of the sheet are refused; nothing was imported.");
    let mut prices = Vec::with_capacity(rows.len());
    for (line, row) in rows {
        match row {
            Ok(price) => prices.push(price),
            Err(_) if refused.errors.len() >= MAX_NAMED => {}
            Err(fault) => {
                let fault = fault.under(&format!("/{line}"));
                refused = fault.errors.iter().cloned().fold(refused, Fault::and_fault);
            }
        }
    }
    if refused.errors.is_empty() { Ok(prices) } else { Err(refused) }
}

/// Import the prices of a sheet for the rows of a preview, whose operation is `csv`.
///
/// Rows are matched by their tags; rows that are left out keep what they were given before. The change set is a draft again: preview what
/// the sheet makes of it.
#[utoipa::path(post, path = "/v1/change-sets/{change_set_id}/rows/import", operation_id = "import_rows", params(ChangeSetPath),
    request_body(content = String, content_type = "text/csv", description = "The rows as they were exported, with other prices."),
    responses((status = 200, body = ChangeSetView)))]
async fn import_rows(
    caller: Caller<WriteChangeSets>,
    path: Path<ChangeSetPath>,
    expected: IfMatch,
    payload: Payload,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    let bytes = platform::valid::read(payload.into_inner(), MAX_FILE).await?;
    let mut hasher = Sha256::new();
    hasher.update(caller.context().target.as_bytes());
    hasher.update(&bytes);
    caller.context().fingerprint.set(Some(hasher.finalize().into()));
    app.db
        .command(&caller, "change_set.import_rows", async |tx| {
            let current = store::find(tx, caller.scope(), path.change_set_id).await?;
            expected.check(current.stamp.version)?;
            let next = current.clone().give(Touch::of(tx))?;
            let prices = whole(sheet::read(&bytes, current.preview_no, &entries(tx, &current).await?)?)?;
            rows_store::give(tx, next.id, &prices).await?;
            store::save(tx, &next).await?;
            tx.record(change("change_set.prices_imported", &next).before(&ChangeSetView::from(&current)));
            reply(&next)
        })
        .await
}

pub(super) fn operations() -> Operations {
    operations!["change-sets"; import_rows]
}
