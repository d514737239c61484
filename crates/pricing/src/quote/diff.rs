//! What pricing a version anew would change, line by line, before anybody decides to.

use actix_web::web::{Data, Path};
use chrono::NaiveDate;
use kernel::{Fault, Money, UnitPrice};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use serde::Serialize;
use utoipa::ToSchema;

use super::commands::addressee;
use super::compose::{Composed, compose};
use super::content::content_of;
use super::http::QuotePath;
use super::model::QuoteLine;
use super::store;
use crate::app::Pricing;
use crate::permission::WriteQuotes;

/// What would become of a line.
#[derive(Debug, Serialize, ToSchema)]
pub struct RepricedLine {
    #[schema(minimum = 1)]
    pub line: i32,
    #[schema(max_length = 64)]
    pub item_code: String,
    pub old_unit_price: Option<UnitPrice>,
    pub new_unit_price: Option<UnitPrice>,
    pub old_total: Money,
    pub new_total: Money,
    pub change: Money,
}

/// What pricing a version of a quote anew would change.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuoteRepricing {
    #[schema(minimum = 1)]
    pub version_no: i32,
    pub old_price_date: NaiveDate,
    pub new_price_date: NaiveDate,
    /// The lines whose price would change.
    #[schema(max_items = 500)]
    pub lines: Vec<RepricedLine>,
    pub old_total: Money,
    pub new_total: Money,
    pub old_document_total: Money,
    pub new_document_total: Money,
    pub change: Money,
}

fn changed(old: &[QuoteLine], new: &Composed) -> Result<Vec<RepricedLine>, Fault> {
    let differs = |(old, new): &(&QuoteLine, &QuoteLine)| old.total != new.total || old.unit_price != new.unit_price;
    let row = |(old, new): (&QuoteLine, &QuoteLine)| {
        Ok(RepricedLine {
            line: old.no,
            item_code: old.item_code.clone(),
            old_unit_price: old.unit_price,
            new_unit_price: new.unit_price,
            old_total: old.total,
            new_total: new.total,
            change: new.total.minus(old.total)?,
        })
    };
    old.iter().zip(&new.lines).filter(differs).map(row).collect()
}

/// Show what pricing a quote with today's prices would change; nothing is changed by it.
#[utoipa::path(get, path = "/v1/quotes/{quote_id}/repricing", operation_id = "repricing", params(QuotePath),
    responses((status = 200, body = QuoteRepricing)))]
async fn repricing(caller: Caller<WriteQuotes>, path: Path<QuotePath>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let db = app.db.read();
    let quote = store::find(db, caller.scope(), path.quote_id).await?;
    let version = store::version(db, caller.scope(), &quote, quote.working_no()).await?;
    let lines = store::lines(db, &quote, version.id).await?;
    let composed = compose(&app, caller.scope(), addressee(&quote), &content_of(&version, &lines)).await?;
    let (old, new) = (version.charges.document_total, composed.charges.document_total);
    Reply::ok(&QuoteRepricing {
        version_no: version.no,
        old_price_date: version.price_date,
        new_price_date: composed.desk.price_date,
        lines: changed(&lines, &composed)?,
        old_total: version.total,
        new_total: composed.total,
        old_document_total: old,
        new_document_total: new,
        change: new.minus(old)?,
    })
}

pub(super) fn operations() -> Operations {
    operations!["quotes"; repricing]
}
