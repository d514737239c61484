//! Minimums and surcharges of a quote: worked out with its lines, frozen with them.

use kernel::id::{ChargeRuleId, SiteId};
use kernel::{Decimal, Fault, Money, Rate};
use platform::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::model::Agreed;
use super::part::PartShare;
use super::sight::Sight;
use crate::engine::document::{DocumentLine, Totals};
use crate::engine::fall::LineShare;
use crate::engine::surcharge::{Surcharge, TopUp};
use crate::engine::trace::{Sealed, TraceIndexValue};
use crate::price::desk::{Desk, refusal};

/// What minimums and surcharges add to the lines, with its explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteCharges {
    /// The lines with it.
    pub document_total: Money,
    pub top_ups: Vec<QuoteCharge>,
    pub surcharges: Vec<QuoteCharge>,
    /// The explanation, as the text it was made as.
    pub trace: Option<String>,
}

/// A minimum or surcharge of a quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QuoteCharge {
    #[schema(max_length = 64)]
    pub code: String,
    #[schema(max_length = 200)]
    pub name: String,
    pub charge_rule_id: ChargeRuleId,
    /// The stop, of a minimum by stop.
    pub site_id: Option<SiteId>,
    /// What the counted components come to; absent when units are counted.
    #[schema(value_type = Option<Money>)]
    pub base: Option<Decimal>,
    pub percent: Option<Rate>,
    /// The value of the published index that decided.
    #[schema(value_type = Option<TraceIndexValue>)]
    pub index: Option<Value>,
    #[schema(value_type = Money)]
    pub amount: Decimal,
    /// What of it falls on which line; they sum to the amount.
    #[schema(max_items = 10_000)]
    pub lines: Vec<PartShare>,
}

/// What the customer chose comes to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuoteAgreed)]
pub struct AgreedView {
    /// The sum of the chosen lines.
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
}

impl AgreedView {
    /// The view for a caller of this sight.
    ///
    /// # Errors
    /// `internal` for a stored trace that is not JSON.
    pub(super) fn of(agreed: Agreed, sight: Sight) -> Result<Self, Problem> {
        let Agreed { total, charges: QuoteCharges { document_total, top_ups, surcharges, trace } } = agreed;
        Ok(Self {
            total,
            top_ups,
            surcharges,
            document_total,
            charges_trace: sight.internal(trace).map(RawValue::from_string).transpose()?,
        })
    }
}

impl QuoteCharges {
    /// What comes to `lines`, each with its number in the quote, which sum to `total`.
    ///
    /// # Errors
    /// `missing_index`, `surcharge_cycle`, `overflow`.
    pub(super) fn of(desk: &Desk, lines: &[(i32, &DocumentLine<'_, '_>)], total: Money) -> Result<Self, Problem> {
        let documents: Vec<&DocumentLine<'_, '_>> = lines.iter().map(|(_, line)| *line).collect();
        let numbers: Vec<i32> = lines.iter().map(|(no, _)| *no).collect();
        let Some(totals) = desk.total(&documents, None).map_err(refusal)? else {
            return Ok(Self { document_total: total, top_ups: Vec::new(), surcharges: Vec::new(), trace: None });
        };
        let Totals { charges, total, trace } = &totals;
        Ok(Self {
            document_total: *total,
            top_ups: charges.top_ups.iter().map(|top_up| of_top_up(top_up, &numbers)).collect(),
            surcharges: charges.surcharges.iter().map(|one| of_surcharge(one, &numbers)).collect::<Result<_, _>>()?,
            trace: Some(serde_json::to_string(trace)?),
        })
    }

    /// True when nothing comes to the lines.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.top_ups.is_empty() && self.surcharges.is_empty()
    }
}

/// The shares by the numbers of the quote's lines instead of their places among those that were counted.
fn by_number(shares: &[LineShare], numbers: &[i32]) -> Vec<PartShare> {
    let number = |share: &LineShare| share.line.checked_sub(1).and_then(|place| numbers.get(place)).copied();
    shares.iter().filter_map(|share| number(share).map(|line| PartShare { line, amount: share.amount.decimal() })).collect()
}

fn of_top_up(top_up: &TopUp<'_>, numbers: &[i32]) -> QuoteCharge {
    QuoteCharge {
        code: top_up.rule.code.clone(),
        name: top_up.rule.name.clone(),
        charge_rule_id: top_up.rule.id,
        site_id: top_up.site,
        base: Some(top_up.base.decimal()),
        percent: None,
        index: None,
        amount: top_up.amount.decimal(),
        lines: by_number(&top_up.lines, numbers),
    }
}

fn of_surcharge(surcharge: &Surcharge<'_>, numbers: &[i32]) -> Result<QuoteCharge, Problem> {
    Ok(QuoteCharge {
        code: surcharge.rule.code.clone(),
        name: surcharge.rule.name.clone(),
        charge_rule_id: surcharge.rule.id,
        site_id: None,
        base: surcharge.base.map(Money::decimal),
        percent: surcharge.percent,
        index: surcharge.reading.as_ref().map(serde_json::to_value).transpose()?,
        amount: surcharge.amount.decimal(),
        lines: by_number(&surcharge.lines, numbers),
    })
}

/// The sum of amounts of a currency.
///
/// # Errors
/// `overflow`; `too_many_decimals`.
pub(super) fn sum(amounts: impl IntoIterator<Item = Decimal>, currency: kernel::Currency) -> Result<Money, Fault> {
    amounts.into_iter().try_fold(Money::zero(currency), |sum, amount| sum.plus(Money::from_decimal(amount, currency)?))
}
