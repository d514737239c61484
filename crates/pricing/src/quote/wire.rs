//! Quotes as they are read.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{AccountId, BranchId, ContractId, ItemId, QuoteId, SiteId};
use kernel::words;
use kernel::{Currency, Money, Quantity, Rate, UnitPrice};
use platform::problem::Problem;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use super::approval::{ApprovalStep, Figures};
use super::charges::{AgreedView, QuoteCharge, QuoteCharges};
use super::choice::OptionGroup;
use super::model::{Quote, QuoteKind, QuoteLine, QuoteVersion};
use super::sight::Sight;
use super::state::QuoteState;
use crate::engine::calculate::Component;
use crate::engine::trace::Sealed;
use crate::price::wire::PriceSource;

words! {
    /// Where a quote stands as of now: its state, or `expired`.
    pub enum QuoteStatus {
        Draft = "draft",
        PendingApproval = "pending_approval",
        Approved = "approved",
        Sent = "sent",
        /// Nobody decided while it was valid.
        Expired = "expired",
        Accepted = "accepted",
        PartlyConverted = "partly_converted",
        Converted = "converted",
        Rejected = "rejected",
        Withdrawn = "withdrawn",
        Superseded = "superseded",
    }
}

/// The status of a version as of `now`.
#[must_use]
pub fn status(quote: &Quote, version: &QuoteVersion, now: DateTime<Utc>) -> QuoteStatus {
    if version.is_expired(quote.zone, now) {
        return QuoteStatus::Expired;
    }
    match version.state {
        QuoteState::Draft => QuoteStatus::Draft,
        QuoteState::PendingApproval => QuoteStatus::PendingApproval,
        QuoteState::Approved => QuoteStatus::Approved,
        QuoteState::Sent => QuoteStatus::Sent,
        QuoteState::Accepted => QuoteStatus::Accepted,
        QuoteState::PartlyConverted => QuoteStatus::PartlyConverted,
        QuoteState::Converted => QuoteStatus::Converted,
        QuoteState::Rejected => QuoteStatus::Rejected,
        QuoteState::Withdrawn => QuoteStatus::Withdrawn,
        QuoteState::Superseded => QuoteStatus::Superseded,
    }
}

/// A quote in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuoteSummary {
    pub id: QuoteId,
    #[schema(minimum = 1)]
    pub version: i64,
    #[schema(max_length = 32, example = "Q-2026-000123")]
    pub number: String,
    pub kind: QuoteKind,
    pub account_id: AccountId,
    pub site_id: Option<SiteId>,
    pub branch_id: Option<BranchId>,
    pub currency: Currency,
    /// As stored: `expired` is derived only where a quote is read by itself.
    pub state: QuoteState,
    #[schema(minimum = 1)]
    pub current_no: i32,
    #[schema(minimum = 1)]
    pub draft_no: Option<i32>,
    #[schema(max_length = 128)]
    pub external_ref: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl From<&Quote> for QuoteSummary {
    fn from(quote: &Quote) -> Self {
        Self {
            id: quote.id,
            version: quote.stamp.version,
            number: quote.number.clone(),
            kind: quote.kind,
            account_id: quote.account,
            site_id: quote.site,
            branch_id: quote.branch,
            currency: quote.currency,
            state: quote.state,
            current_no: quote.current_no,
            draft_no: quote.draft_no,
            external_ref: quote.external_ref.clone(),
            created_at: quote.stamp.created_at,
            updated_at: quote.stamp.updated_at,
        }
    }
}

/// A quote with one of its versions.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuoteView {
    pub id: QuoteId,
    /// The row's version, as in the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    #[schema(max_length = 32, example = "Q-2026-000123")]
    pub number: String,
    pub kind: QuoteKind,
    pub account_id: AccountId,
    pub site_id: Option<SiteId>,
    pub branch_id: Option<BranchId>,
    pub currency: Currency,
    /// In which days begin and end.
    #[schema(max_length = 64, example = "America/Chicago")]
    pub time_zone: String,
    #[schema(max_length = 128)]
    pub external_ref: Option<String>,
    /// The version that counts.
    #[schema(minimum = 1)]
    pub current_no: i32,
    /// A later version in the making.
    #[schema(minimum = 1)]
    pub draft_no: Option<i32>,
    /// The version shown here.
    #[schema(minimum = 1)]
    pub version_no: i32,
    pub state: QuoteStatus,
    pub valid_until: NaiveDate,
    pub price_date: NaiveDate,
    #[schema(max_length = 10_000)]
    pub terms: Option<String>,
    #[schema(max_items = 500)]
    pub lines: Vec<QuoteLineView>,
    /// For how long the prices are promised once accepted.
    #[schema(minimum = 1, maximum = 1200)]
    pub term_months: Option<u16>,
    /// The terms are not the usual ones.
    pub non_standard_terms: bool,
    #[schema(max_items = 50)]
    pub option_groups: Vec<OptionGroup>,
    /// The most that orders of an estimate may come to.
    pub not_to_exceed: Option<Money>,
    /// The sum of the lines that are offered first.
    pub total: Money,
    /// What minimums add.
    #[schema(max_items = 1000)]
    pub top_ups: Vec<QuoteCharge>,
    /// What surcharges add.
    #[schema(max_items = 1000)]
    pub surcharges: Vec<QuoteCharge>,
    /// The lines with minimums and surcharges.
    pub document_total: Money,
    /// The explanation of minimums and surcharges; not for portal customers.
    #[schema(value_type = Option<Sealed>)]
    pub charges_trace: Option<Box<RawValue>>,
    /// What the customer chose, once accepted.
    pub agreed: Option<AgreedView>,
    /// The contract that was made of it.
    pub contract_id: Option<ContractId>,
    /// What the prices hold beyond the costs; only for those who may read costs.
    pub margin: Option<Rate>,
    /// The steps of approval, from submission on; not for portal customers.
    #[schema(max_items = 100)]
    pub approvals: Vec<ApprovalStep>,
    #[schema(max_length = 64)]
    pub content_hash: Option<String>,
    pub approved_at: Option<DateTime<Utc>>,
    pub sent_at: Option<DateTime<Utc>>,
    pub decision: Option<DecisionView>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What the customer decided.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuoteDecision)]
pub struct DecisionView {
    pub at: DateTime<Utc>,
    pub by: Uuid,
    #[schema(max_length = 200)]
    pub signer: Option<String>,
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

/// A quote line.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuoteLineView {
    #[schema(minimum = 1)]
    pub line: i32,
    pub item_id: ItemId,
    #[schema(max_length = 64)]
    pub item_code: String,
    #[schema(max_length = 500)]
    pub description: String,
    #[schema(max_length = 16)]
    pub charge_group: String,
    pub site_id: Option<SiteId>,
    pub quantity: Quantity,
    /// The group whose option the line is.
    #[schema(max_length = 64)]
    pub option_group: Option<String>,
    /// It is bought unless the customer chooses otherwise.
    pub preselected: bool,
    /// The customer may choose a quantity from this on.
    pub min_quantity: Option<Quantity>,
    /// The customer may choose a quantity up to this.
    pub max_quantity: Option<Quantity>,
    /// How much the customer chose, once accepted.
    pub agreed_quantity: Option<Quantity>,
    /// What is not ordered yet.
    pub remaining: Quantity,
    #[schema(max_length = 24)]
    pub uom: String,
    pub unit_price: Option<UnitPrice>,
    pub discount: Rate,
    #[schema(value_type = Vec<Component>, max_items = 10)]
    pub components: Value,
    pub total: Money,
    #[schema(max_length = 500)]
    pub override_reason: Option<String>,
    pub list_total: Option<Money>,
    /// What the quantity costs us; only for those who may read costs.
    pub cost: Option<Money>,
    /// The part of the total that is not cost.
    pub margin: Option<Rate>,
    #[schema(value_type = Option<PriceSource<'static>>)]
    pub source: Option<Box<RawValue>>,
    /// The explanation; not for portal customers.
    #[schema(value_type = Option<Sealed>)]
    pub trace: Option<Box<RawValue>>,
}

impl QuoteLineView {
    /// The view of a line; its choice is `made` once the quote is accepted.
    fn of(line: QuoteLine, made: bool, sight: Sight) -> Result<Self, Problem> {
        let only_internal = |text: Option<String>| sight.internal(text).map(RawValue::from_string).transpose();
        Ok(Self {
            remaining: line.remaining(),
            agreed_quantity: made.then(|| line.agreed_quantity()),
            preselected: line.choice.is_offered_first(),
            cost: sight.cost(line.cost),
            margin: sight.cost(line.margin()),
            option_group: line.choice.group,
            min_quantity: line.choice.least,
            max_quantity: line.choice.most,
            line: line.no,
            item_id: line.item,
            item_code: line.item_code,
            description: line.description,
            charge_group: line.charge_group,
            site_id: line.site,
            quantity: line.quantity,
            uom: line.uom,
            unit_price: line.unit_price,
            discount: line.discount,
            components: line.components,
            total: line.total,
            override_reason: sight.internal(line.override_reason),
            list_total: sight.internal(line.list_total),
            source: only_internal(line.source)?,
            trace: only_internal(Some(line.trace))?,
        })
    }
}

/// A quote with one of its versions and that version's lines.
#[derive(Clone, Debug)]
pub struct Whole {
    pub quote: Quote,
    pub version: QuoteVersion,
    pub lines: Vec<QuoteLine>,
}

/// What an event says of a quote.
#[derive(Debug, Serialize)]
pub struct QuoteEvent {
    #[serde(flatten)]
    pub summary: QuoteSummary,
    pub version_no: i32,
    pub version_state: QuoteState,
    pub valid_until: NaiveDate,
    pub total: Money,
    pub document_total: Money,
}

impl QuoteEvent {
    /// A quote and the version that is spoken of.
    #[must_use]
    pub fn of(quote: &Quote, version: &QuoteVersion) -> Self {
        Self {
            summary: QuoteSummary::from(quote),
            version_no: version.no,
            version_state: version.state,
            valid_until: version.valid_until,
            total: version.total,
            document_total: version.charges.document_total,
        }
    }
}

/// The view of a quote for a caller of this sight.
///
/// # Errors
/// `internal` for a stored trace that is not JSON; `overflow`.
pub fn view(whole: Whole, sight: Sight, now: DateTime<Utc>) -> Result<QuoteView, Problem> {
    let Whole { quote, version, lines } = whole;
    let (quote, version) = (&quote, &version);
    let decision = version.decision.clone();
    let agreed = version.agreed.clone().map(|agreed| AgreedView::of(agreed, sight)).transpose()?;
    let QuoteCharges { document_total, top_ups, surcharges, trace } = version.charges.clone();
    let margin = sight.cost(Figures::of(version, &lines)?.margin);
    Ok(QuoteView {
        id: quote.id,
        version: quote.stamp.version,
        number: quote.number.clone(),
        kind: quote.kind,
        account_id: quote.account,
        site_id: quote.site,
        branch_id: quote.branch,
        currency: quote.currency,
        time_zone: quote.zone.name().to_owned(),
        external_ref: quote.external_ref.clone(),
        current_no: quote.current_no,
        draft_no: quote.draft_no,
        version_no: version.no,
        state: status(quote, version, now),
        valid_until: version.valid_until,
        price_date: version.price_date,
        terms: version.terms.clone(),
        term_months: version.term_months,
        non_standard_terms: version.non_standard_terms,
        option_groups: version.option_groups.clone(),
        not_to_exceed: version.not_to_exceed,
        lines: lines.into_iter().map(|line| QuoteLineView::of(line, agreed.is_some(), sight)).collect::<Result<_, _>>()?,
        total: version.total,
        top_ups,
        surcharges,
        document_total,
        charges_trace: sight.internal(trace).map(RawValue::from_string).transpose()?,
        contract_id: version.contract,
        agreed,
        margin,
        approvals: sight.internal(Some(version.approvals.steps.clone())).unwrap_or_default(),
        approved_at: version.approved_at,
        content_hash: version.content_hash.clone(),
        sent_at: version.sent_at,
        decision: decision.map(|decision| DecisionView { at: decision.at, by: decision.by, signer: decision.signer, note: decision.note }),
        created_at: quote.stamp.created_at,
        updated_at: quote.stamp.updated_at,
    })
}
