//! What the customer's choice comes to: the chosen lines at their promised prices, and the minimums and surcharges on these.
//!
//! The content of a version that was sent never changes, so this is worked out before the transaction that accepts it begins.

use kernel::id::QuoteId;
use kernel::{Money, Quantity};
use platform::problem::Problem;
use platform::scope::RowScope;

use super::charges::QuoteCharges;
use super::choice::agreed;
use super::commands::addressee;
use super::compose::desk;
use super::content::content_of;
use super::decisions::AcceptQuote;
use super::model::{Agreed, Quote, QuoteLine};
use super::part::Taken;
use super::store;
use crate::app::Pricing;
use crate::engine::calculate::{Calculated, Component};
use crate::engine::document::DocumentLine;
use crate::price::desk::Desk;
use crate::price::wire::LineToPrice;

/// What the customer takes.
pub struct Agreement {
    pub agreed: Agreed,
    /// The lines of which not just the offered quantity is taken.
    pub changed: Vec<QuoteLine>,
}

/// Works out what `command` takes of the version it names.
///
/// # Errors
/// 404 for an unknown version; those of [`agreed`]; 503 when the accounts service does not answer.
pub(super) async fn agree(app: &Pricing, scope: &RowScope, id: QuoteId, command: &AcceptQuote) -> Result<Agreement, Problem> {
    let db = app.db.read();
    let quote = store::find(db, scope, id).await?;
    let version = store::version(db, scope, &quote, command.version_no).await?;
    let lines = store::lines(db, &quote, version.id).await?;
    let taken = agreed(&version.option_groups, &lines, command.options.as_deref(), &command.quantities)?;
    let take = |line: &QuoteLine| taken.get(&line.no).copied().unwrap_or(line.quantity);
    let first = |line: &QuoteLine| if line.choice.is_offered_first() { line.quantity } else { Quantity::ZERO };
    let changed =
        lines.iter().filter(|line| take(line) != line.quantity).map(|line| QuoteLine { agreed: Some(take(line)), ..line.clone() });
    let changed: Vec<QuoteLine> = changed.collect();
    let agreed = if lines.iter().all(|line| take(line) == first(line)) {
        Agreed { total: version.total, charges: version.charges.clone() }
    } else {
        let content = content_of(&version, &lines);
        let content = super::content::QuoteContent { price_date: Some(version.price_date), ..content };
        let desk = desk(app, scope, addressee(&quote), &content, Some(version.priced_at)).await?;
        let chosen: Vec<(&QuoteLine, Quantity)> =
            lines.iter().map(|line| (line, take(line))).filter(|(_, quantity)| !quantity.is_zero()).collect();
        of_choice(&desk, &quote, &chosen)?
    };
    Ok(Agreement { agreed, changed })
}

/// The chosen lines at the prices they were promised, and what comes to them.
fn of_choice(desk: &Desk, quote: &Quote, chosen: &[(&QuoteLine, Quantity)]) -> Result<Agreed, Problem> {
    let questions: Vec<LineToPrice> = chosen.iter().map(|(line, quantity)| question(line, *quantity)).collect();
    let mut documents = Vec::with_capacity(chosen.len());
    for ((line, quantity), question) in chosen.iter().zip(&questions) {
        let part = Taken { line, quantity: *quantity }.comes_to(quote.currency)?;
        let components =
            part.components.iter().map(|component| component.typed(quote.currency)).collect::<Result<Vec<Component>, Problem>>()?;
        let total = Money::from_decimal(part.total, quote.currency)?;
        let calculated = Calculated { unit_price: line.unit_price, discount: line.discount, components, total };
        let item = desk.item(question)?;
        documents.push((line.no, DocumentLine::promised(desk.question(question, None)?, item, calculated, line.trace_hash()?)));
    }
    let total = Money::sum(quote.currency, documents.iter().map(|(_, line)| line.priced.calculated.total))?;
    let lines: Vec<(i32, &DocumentLine<'_, '_>)> = documents.iter().map(|(no, line)| (*no, line)).collect();
    let charges = QuoteCharges::of(desk, &lines, total)?;
    Ok(Agreed { total, charges })
}

fn question(line: &QuoteLine, quantity: Quantity) -> LineToPrice {
    LineToPrice {
        item_id: Some(line.item),
        item_code: None,
        quantity,
        uom: Some(line.uom.clone()),
        site_id: line.site,
        profile_id: None,
        prior_quantity: None,
        prior_quantities: None,
    }
}
