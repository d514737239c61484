//! The answer to a batch: its lines and, when each has a price, what minimums and surcharges add.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{ChargeRuleId, SiteId};
use kernel::{Currency, Fault, Money, Rate};
use serde::Serialize;
use utoipa::ToSchema;

use super::desk::Desk;
use super::wire::{LineRefusal, PricedLineView};
use crate::engine::document::{DocumentLine, Totals};
use crate::engine::fall::LineShare;
use crate::engine::published_index::Reading;
use crate::engine::surcharge::{Share, Surcharge, TopUp};
use crate::engine::trace::{Sealed, TraceIndexValue};

/// One line of a batch: priced, or refused.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BatchLine<'a> {
    /// Counted from 1, in the order of the request.
    #[schema(minimum = 1, maximum = 1000)]
    pub line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priced: Option<PricedLineView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<LineRefusal>,
}

/// What a minimum adds to the lines of a document or of one stop.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = MinimumTopUp)]
pub struct TopUpView<'a> {
    #[schema(max_length = 64)]
    pub code: &'a str,
    #[schema(max_length = 200)]
    pub name: &'a str,
    pub charge_rule_id: ChargeRuleId,
    /// The stop, of a minimum by stop.
    pub site_id: Option<SiteId>,
    /// What the counted components come to.
    pub base: Money,
    pub amount: Money,
    /// They sum to the amount.
    #[schema(max_items = 10_000)]
    pub shares: &'a [Share<'a>],
    /// The same, what falls on other charges as these fall on the lines.
    #[schema(max_items = 10_000)]
    pub lines: &'a [LineShare],
}

impl<'a> From<&'a TopUp<'a>> for TopUpView<'a> {
    fn from(top_up: &'a TopUp<'a>) -> Self {
        let TopUp { rule, site, base, amount, shares, lines } = top_up;
        Self { code: &rule.code, name: &rule.name, charge_rule_id: rule.id, site_id: *site, base: *base, amount: *amount, shares, lines }
    }
}

/// What a surcharge comes to on a document, and on what it falls.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = DocumentSurcharge)]
pub struct SurchargeView<'a> {
    #[schema(max_length = 64)]
    pub code: &'a str,
    #[schema(max_length = 200)]
    pub name: &'a str,
    pub charge_rule_id: ChargeRuleId,
    /// What the counted components come to; absent when units are counted.
    pub base: Option<Money>,
    pub percent: Option<Rate>,
    /// The value of the published index that decided.
    #[schema(value_type = Option<TraceIndexValue>)]
    pub index: Option<&'a Reading<'a>>,
    pub amount: Money,
    /// They sum to the amount.
    #[schema(max_items = 10_000)]
    pub shares: &'a [Share<'a>],
    /// The same, what falls on other charges as these fall on the lines.
    #[schema(max_items = 10_000)]
    pub lines: &'a [LineShare],
}

impl<'a> From<&'a Surcharge<'a>> for SurchargeView<'a> {
    fn from(surcharge: &'a Surcharge<'a>) -> Self {
        Self {
            code: &surcharge.rule.code,
            name: &surcharge.rule.name,
            charge_rule_id: surcharge.rule.id,
            base: surcharge.base,
            percent: surcharge.percent,
            index: surcharge.reading.as_ref(),
            amount: surcharge.amount,
            shares: &surcharge.shares,
            lines: &surcharge.lines,
        }
    }
}

/// The prices of a batch.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PriceBatchView<'a> {
    pub currency: Currency,
    pub price_date: NaiveDate,
    pub known_at: DateTime<Utc>,
    #[schema(max_items = 1000)]
    pub lines: Vec<BatchLine<'a>>,
    /// True when every line has a price.
    pub complete: bool,
    /// The sum of the lines' totals; absent unless complete.
    pub total: Option<Money>,
    /// What minimums add; none unless complete.
    #[schema(max_items = 1000)]
    pub top_ups: Vec<TopUpView<'a>>,
    /// What surcharges add; none unless complete.
    #[schema(max_items = 1000)]
    pub surcharges: Vec<SurchargeView<'a>>,
    /// The lines with minimums and surcharges; absent unless complete.
    pub document_total: Option<Money>,
    /// The explanation of everything that is not a line's own; absent unless complete.
    pub trace: Option<&'a Sealed>,
}

impl<'a> PriceBatchView<'a> {
    /// The view of a document whose `lines` are `whole` when each has a price.
    ///
    /// # Errors
    /// `overflow`.
    pub fn of(
        desk: &Desk,
        lines: Vec<BatchLine<'a>>,
        whole: &[&DocumentLine<'_, '_>],
        totals: Option<&'a Totals<'a>>,
    ) -> Result<Self, Fault> {
        let sum = Money::sum(desk.currency, whole.iter().map(|line| line.priced.calculated.total))?;
        Ok(Self {
            currency: desk.currency,
            price_date: desk.price_date,
            known_at: desk.known_at,
            lines,
            complete: totals.is_some(),
            total: totals.map(|_| sum),
            top_ups: totals.into_iter().flat_map(|totals| &totals.charges.top_ups).map(TopUpView::from).collect(),
            surcharges: totals.into_iter().flat_map(|totals| &totals.charges.surcharges).map(SurchargeView::from).collect(),
            document_total: totals.map(|totals| totals.total),
            trace: totals.map(|totals| &totals.trace),
        })
    }
}
