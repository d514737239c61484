//! Making the lines of a quote: each is priced from memory and carries its explanation from then on.

use chrono::{Days, NaiveDate};
use kernel::id::{AccountId, ItemId, QuoteId, QuoteLineId, QuoteVersionId, SiteId};
use kernel::{Currency, Fault, Money, Quantity, UnitPrice};
use platform::problem::Problem;
use platform::scope::RowScope;
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use validator::Validate;

use super::model::{QuoteLine, QuoteVersion};
use super::state::QuoteState;
use crate::app::Pricing;
use crate::engine::PricedLine;
use crate::engine::document::Question;
use crate::engine::trace::hex;
use crate::price::desk::{Asked, Desk, refusal};
use crate::price::wire::{LineToPrice, PriceSource};

/// A line to quote.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct LineToQuote {
    /// Exactly one of `item_id` and `item_code`.
    pub item_id: Option<ItemId>,
    #[schema(min_length = 1, max_length = 64)]
    pub item_code: Option<String>,
    pub quantity: Quantity,
    /// The item's base unit when absent.
    #[schema(min_length = 1, max_length = 24)]
    pub uom: Option<String>,
    /// Overrides the quote's site.
    pub site_id: Option<SiteId>,
    /// The item's name when absent.
    #[schema(min_length = 1, max_length = 500)]
    pub description: Option<String>,
    /// A price instead of the list's; needs a right of its own and a reason.
    #[serde(rename = "override")]
    pub given: Option<GivenPrice>,
}

/// A price given by a person.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[schema(as = QuotedOverride)]
#[serde(deny_unknown_fields)]
pub struct GivenPrice {
    pub unit_price: UnitPrice,
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// The content of a version.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct QuoteContent {
    /// The last day on which it can be accepted; 30 days ahead when absent.
    pub valid_until: Option<NaiveDate>,
    /// The local date the prices are for; today when absent.
    pub price_date: Option<NaiveDate>,
    /// Prices in another currency may be converted at the rate of the price date; otherwise they are passed over.
    #[serde(default)]
    pub allow_conversion: bool,
    #[schema(max_length = 10_000)]
    pub terms: Option<String>,
    #[schema(min_items = 1, max_items = 500)]
    #[validate(nested)]
    pub lines: Vec<LineToQuote>,
}

/// Whom a quote is for.
#[derive(Clone, Copy, Debug)]
pub struct Addressee {
    pub account: AccountId,
    pub site: Option<SiteId>,
    pub currency: Currency,
}

/// Priced content, ready to be stored.
pub struct Composed {
    pub desk: Desk,
    pub valid_until: NaiveDate,
    pub lines: Vec<QuoteLine>,
    pub total: Money,
}

const VALID_DAYS: Days = Days::new(30);

/// Prices the content for `addressee`.
///
/// # Errors
/// Field faults of all lines at once; 503 when the accounts service does not answer.
pub async fn compose(app: &Pricing, scope: &RowScope, addressee: Addressee, content: &QuoteContent) -> Result<Composed, Problem> {
    let Addressee { account, site, currency } = addressee;
    let conversion = content.allow_conversion;
    let asked = Asked { account: Some(account), site, branch: None, currency, price_date: content.price_date, known_at: None, conversion };
    let desk = Desk::open(app, scope, asked, content.lines.iter().filter_map(|line| line.site_id)).await?;
    let today = app.clock.now().with_timezone(&desk.zone()).date_naive();
    let valid_until = content.valid_until.or_else(|| today.checked_add_days(VALID_DAYS)).unwrap_or(today);
    let questions: Vec<LineToPrice> = content.lines.iter().map(question).collect();
    let asked = questions.iter().zip(&content.lines).map(|(question, line)| ask(&desk, question, line));
    let mut lines = Vec::with_capacity(content.lines.len());
    let mut faults = Vec::new();
    for ((no, line), priced) in (1_i32..).zip(&content.lines).zip(desk.price_all(asked)) {
        match priced {
            Ok(priced) => lines.push(from_priced(no, line, &priced.priced)),
            Err(fault) => faults.push(located(fault, no)),
        }
    }
    if let Err(fault) = Fault::all(faults) {
        return Err(refusal(fault));
    }
    let total = Money::sum(currency, lines.iter().map(|line| line.total))?;
    Ok(Composed { desk, valid_until, lines, total })
}

/// A fault with the line it is in; one that names no field names the line.
fn located(fault: Fault, no: i32) -> Fault {
    let line = format!("/lines/{}", no - 1);
    if !fault.errors.is_empty() {
        return fault.under(&line);
    }
    let error = kernel::FieldFault { pointer: line, code: fault.code.clone(), message: fault.detail.clone() };
    fault.and_fault(error)
}

fn question(line: &LineToQuote) -> LineToPrice {
    LineToPrice {
        item_id: line.item_id,
        item_code: line.item_code.clone(),
        quantity: line.quantity,
        uom: line.uom.clone(),
        site_id: line.site_id,
        profile_id: None,
        prior_quantity: None,
        prior_quantities: None,
    }
}

fn ask<'a>(desk: &'a Desk, question: &'a LineToPrice, line: &LineToQuote) -> Result<Question<'a, 'a>, Fault> {
    if line.quantity <= Quantity::ZERO {
        return Err(Fault::field("/quantity", "not_positive", "A quoted quantity is more than nothing."));
    }
    desk.question(question, line.given.as_ref().map(|given| given.unit_price))
}

fn from_priced(no: i32, line: &LineToQuote, priced: &PricedLine<'_>) -> QuoteLine {
    let source = priced.selection.map(|selection| PriceSource::from(selection.source));
    QuoteLine {
        id: QuoteLineId::generate(),
        no,
        item: priced.item.id,
        item_code: priced.item.code.clone(),
        description: line.description.clone().unwrap_or_else(|| priced.item.name.clone()),
        charge_group: priced.item.charge_group.as_str().to_owned(),
        site: line.site_id,
        quantity: line.quantity,
        uom: line.uom.clone().unwrap_or_else(|| priced.item.base_uom.clone()),
        unit_price: priced.calculated.unit_price,
        discount: priced.calculated.discount,
        total: priced.calculated.total,
        components: serde_json::to_value(&priced.calculated.components).unwrap_or_default(),
        override_reason: line.given.as_ref().map(|given| given.reason.clone()),
        list_total: priced.list_total,
        trace: serde_json::to_string(&priced.trace).unwrap_or_default(),
        source: source.and_then(|source| serde_json::to_string(&source).ok()),
        converted: Quantity::ZERO,
    }
}

/// The content of a version as it would be asked for again.
#[must_use]
pub fn content_of(version: &QuoteVersion, lines: &[QuoteLine]) -> QuoteContent {
    let again = |line: &QuoteLine| LineToQuote {
        item_id: Some(line.item),
        item_code: None,
        quantity: line.quantity,
        uom: Some(line.uom.clone()),
        site_id: line.site,
        description: Some(line.description.clone()),
        given: line.override_reason.clone().zip(line.unit_price).map(|(reason, unit_price)| GivenPrice { unit_price, reason }),
    };
    QuoteContent {
        valid_until: Some(version.valid_until),
        price_date: None,
        allow_conversion: version.conversion,
        terms: version.terms.clone(),
        lines: lines.iter().map(again).collect(),
    }
}

/// What a version's hash covers: everything commercial, nothing else.
#[derive(Serialize)]
struct HashedLine<'a> {
    item: &'a str,
    quantity: Quantity,
    uom: &'a str,
    site: Option<SiteId>,
    unit_price: Option<UnitPrice>,
    total: Money,
    trace: &'a str,
}

/// The hash of a version's commercial content.
///
/// # Errors
/// `internal`, which no value of these types causes.
pub fn content_hash(version: &QuoteVersion, lines: &[QuoteLine]) -> Result<String, Problem> {
    let hashed: Vec<HashedLine<'_>> = lines
        .iter()
        .map(|line| HashedLine {
            item: &line.item_code,
            quantity: line.quantity,
            uom: &line.uom,
            site: line.site,
            unit_price: line.unit_price,
            total: line.total,
            trace: &line.trace,
        })
        .collect();
    let content = serde_json::to_vec(&(version.valid_until, version.total.currency(), version.total, &version.terms, hashed))?;
    Ok(hex(&Sha256::digest(content)))
}

impl QuoteVersion {
    /// Replaces the content of a draft.
    ///
    /// # Errors
    /// 409 `not_a_draft`.
    pub fn revise(mut self, content: &QuoteContent, composed: &Composed, touch: Touch) -> Result<Self, Fault> {
        if self.state != QuoteState::Draft {
            return Err(Fault::conflict("not_a_draft", format!("The content is frozen; this version is {}.", self.state.as_str())));
        }
        self.valid_until = composed.valid_until;
        self.price_date = composed.desk.price_date;
        self.conversion = content.allow_conversion;
        self.terms.clone_from(&content.terms);
        self.total = composed.total;
        self.stamp = self.stamp.touched(touch);
        Ok(self)
    }

    /// A draft with priced content.
    #[must_use]
    pub fn draft(quote: QuoteId, no: i32, content: &QuoteContent, composed: &Composed, touch: Touch) -> Self {
        Self {
            id: QuoteVersionId::generate(),
            quote,
            no,
            state: QuoteState::Draft,
            valid_until: composed.valid_until,
            price_date: composed.desk.price_date,
            conversion: content.allow_conversion,
            terms: content.terms.clone(),
            total: composed.total,
            content_hash: None,
            submitted: None,
            sent_at: None,
            decision: None,
            stamp: Stamp::new(touch),
        }
    }
}
