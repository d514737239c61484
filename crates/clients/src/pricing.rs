//! What orders asks pricing: prices with their explanation, a quote to make an order of, the conversion of its lines.
//!
//! Amounts are decimal strings in the document's currency, as on the wire; read them with `Money::from_decimal`. A trace
//! is kept as the text it was sent as, so that its hash stays true.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{AccountId, BranchId, ItemId, OrderId, QuoteId, SiteId};
use kernel::{Currency, Decimal, Quantity, Rate, UnitPrice};
use platform::peer::{self, Peers};
use platform::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

const SERVICE: &str = "pricing";

/// Up to 1,000 lines to price for one account.
#[derive(Clone, Debug, Serialize)]
pub struct PriceBatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site_id: Option<SiteId>,
    /// Instead of an account: prices for anyone at this branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch_id: Option<BranchId>,
    pub currency: Currency,
    /// Today in the account's zone when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_date: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_at: Option<DateTime<Utc>>,
    pub lines: Vec<LineToPrice>,
}

/// One line to price; exactly one of `item_id` and `item_code`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LineToPrice {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_id: Option<ItemId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_code: Option<String>,
    pub quantity: Quantity,
    /// The item's base unit when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uom: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site_id: Option<SiteId>,
}

/// The prices of a batch, in the order of its lines.
#[derive(Clone, Debug, Deserialize)]
pub struct PriceAnswer {
    pub currency: Currency,
    pub price_date: NaiveDate,
    pub known_at: DateTime<Utc>,
    pub lines: Vec<PriceAnswerLine>,
    /// True when every line has a price.
    pub complete: bool,
    pub total: Option<Decimal>,
    /// What minimums add.
    pub top_ups: Vec<DocumentCharge>,
    /// What surcharges add, each after those it counts.
    pub surcharges: Vec<DocumentCharge>,
    /// The explanation of both.
    pub trace: Option<Box<RawValue>>,
}

/// What a minimum or a surcharge adds to the lines of a document.
#[derive(Clone, Debug, Deserialize)]
pub struct DocumentCharge {
    pub code: String,
    pub name: String,
    pub amount: Decimal,
    /// What of it falls on which lines; they sum to the amount.
    pub lines: Vec<ChargeOnLine>,
}

/// What of a charge falls on a line, by its number.
#[derive(Clone, Debug, Deserialize)]
pub struct ChargeOnLine {
    pub line: i32,
    pub amount: Decimal,
}

/// One line of a batch: priced, or refused.
#[derive(Clone, Debug, Deserialize)]
pub struct PriceAnswerLine {
    /// Counted from 1.
    pub line: usize,
    pub priced: Option<PricedLine>,
    pub refused: Option<Refused>,
}

/// Why a line has no price: `no_price`, `not_in_contract`, `unknown_item`, `unknown_uom`.
#[derive(Clone, Debug, Deserialize)]
pub struct Refused {
    pub code: String,
    pub detail: String,
}

/// A priced line.
#[derive(Clone, Debug, Deserialize)]
pub struct PricedLine {
    pub item_id: ItemId,
    pub item_code: String,
    pub item_name: String,
    /// service, transport, disposal, equipment, fee or minimum.
    pub charge_group: String,
    pub quantity: Quantity,
    pub uom: String,
    pub currency: Currency,
    /// Absent where units differ in price (graduated, blocks): `total` is what counts.
    pub unit_price: Option<UnitPrice>,
    pub discount: Rate,
    pub components: Vec<Component>,
    pub total: Decimal,
    /// Level, book or contract, version, entry: where the price comes from.
    pub source: Option<Box<RawValue>>,
    /// The explanation, as sent.
    pub trace: Box<RawValue>,
}

/// A rounded part of a line; they sum to its total.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Component {
    /// `charge` or `minimum_adjustment`.
    pub kind: String,
    pub charge_group: String,
    pub amount: Decimal,
}

/// A quote with the version that counts.
#[derive(Clone, Debug, Deserialize)]
pub struct Quote {
    pub id: QuoteId,
    pub number: String,
    pub account_id: AccountId,
    pub site_id: Option<SiteId>,
    pub branch_id: Option<BranchId>,
    pub currency: Currency,
    /// draft, pending_approval, approved, sent, expired, accepted, partly_converted, converted, rejected, withdrawn, superseded.
    pub state: String,
    pub version_no: i32,
    pub total: Decimal,
    pub lines: Vec<QuoteLine>,
    /// The explanation of what comes to the lines as a whole.
    pub charges_trace: Option<Box<RawValue>>,
    /// What the customer chose comes to, where that differs from what was offered first.
    pub agreed: Option<Agreed>,
}

/// What the customer chose of a quote.
#[derive(Clone, Debug, Deserialize)]
pub struct Agreed {
    pub charges_trace: Option<Box<RawValue>>,
}

/// A quote line: what was promised, and how much of it is not ordered yet.
#[derive(Clone, Debug, Deserialize)]
pub struct QuoteLine {
    pub line: i32,
    pub item_id: ItemId,
    pub item_code: String,
    pub description: String,
    pub charge_group: String,
    pub site_id: Option<SiteId>,
    pub quantity: Quantity,
    pub remaining: Quantity,
    pub uom: String,
    pub unit_price: Option<UnitPrice>,
    pub discount: Rate,
    pub components: Vec<Component>,
    pub total: Decimal,
    pub source: Option<Box<RawValue>>,
    pub trace: Box<RawValue>,
}

/// Reserves quantities of a quote for an order. `reference` makes it safe to repeat.
#[derive(Clone, Debug, Serialize)]
pub struct ConvertQuote {
    pub reference: String,
    pub order_id: OrderId,
    pub lines: Vec<ConvertLine>,
}

/// How much of which line.
#[derive(Clone, Debug, Serialize)]
pub struct ConvertLine {
    pub line: i32,
    pub quantity: Quantity,
}

/// A recorded conversion; the first one for its reference.
#[derive(Clone, Debug, Deserialize)]
pub struct Conversion {
    pub reference: String,
    pub order_id: OrderId,
    pub quote_id: QuoteId,
    pub version_no: i32,
    pub lines: Vec<ConvertedLine>,
    /// What of the quote's minimums and surcharges falls on them.
    pub top_ups: Vec<DocumentCharge>,
    pub surcharges: Vec<DocumentCharge>,
    pub created_at: DateTime<Utc>,
}

/// How much was taken of a line, and what it comes to.
#[derive(Clone, Debug, Deserialize)]
pub struct ConvertedLine {
    pub line: i32,
    pub quantity: Quantity,
    pub components: Vec<Component>,
    pub total: Decimal,
}

/// Prices lines.
///
/// # Errors
/// 422 `unknown_account`; 503 when pricing cannot be reached.
pub async fn price(peers: &dyn Peers, batch: &PriceBatch) -> Result<PriceAnswer, Problem> {
    peer::post(peers, SERVICE, "/v1/price/batch".to_owned(), batch, None).await
}

/// A quote with its lines; absent when there is none.
///
/// # Errors
/// 503 when pricing cannot be reached.
pub async fn quote(peers: &dyn Peers, id: QuoteId) -> Result<Option<Quote>, Problem> {
    peer::get(peers, SERVICE, format!("/v1/quotes/{id}")).await
}

/// Reserves quantities of an accepted quote. A repetition with the same reference gets the first record.
///
/// # Errors
/// 409 `over_remaining` when a line has less left, `illegal_transition` when the quote is not accepted; 503.
pub async fn convert(peers: &dyn Peers, quote: QuoteId, command: &ConvertQuote) -> Result<Conversion, Problem> {
    // The reference is what makes it repeatable: a second attempt may propose another order and gets the first one's record,
    // which an idempotency key over the body would refuse.
    peer::post(peers, SERVICE, format!("/v1/quotes/{quote}/conversions"), command, None).await
}
