//! The lines of a new order with their prices: as calculated, as quoted, or as given. Pure.
//!
//! What is made here is a snapshot: no price of an order is ever looked up again. A line's amount is the sum of its
//! components, an order's total the sum of its lines.

use std::borrow::Cow;
use std::collections::HashMap;

use clients::pricing::{Component, Conversion, ConvertedLine, LineToPrice, PriceAnswer, PricedLine, Quote, QuoteLine};
use kernel::FieldFault;
use kernel::words;
use kernel::{Currency, Fault, Money, Rate, Rounding, UnitPrice};
use serde_json::{Value, json};

use super::charge::Added;
use super::line_entity::Model as Line;
use super::request::{GivenPrice, OrderLineInput};

words! {
    /// Where a line's price comes from.
    pub enum PricedBy {
        Pricing = "pricing",
        Quote = "quote",
        Given = "given",
    }
}

/// Lines without ids, in order, and their sum.
#[derive(Clone, Debug)]
pub struct PricedLines {
    pub lines: Vec<Line>,
    pub total: Money,
}

impl PricedLines {
    fn of(lines: Vec<Line>, currency: Currency) -> Result<Self, Fault> {
        let total = Money::sum(currency, lines.iter().map(|line| Money::from_minor(line.amount, currency)))?;
        Ok(Self { lines: numbered(lines), total })
    }
}

fn numbered(lines: Vec<Line>) -> Vec<Line> {
    (1_i32..).zip(lines).map(|(line_no, line)| Line { line_no, ..line }).collect()
}

/// The lines that pricing must be asked about, in order.
#[must_use]
pub fn to_price(lines: &[OrderLineInput]) -> Vec<LineToPrice> {
    let asked = lines.iter().filter(|line| line.given.is_none());
    asked
        .map(|line| LineToPrice {
            item_id: line.item_id,
            item_code: line.item_code.clone(),
            quantity: line.quantity,
            uom: line.uom.clone(),
            site_id: line.site_id,
        })
        .collect()
}

/// Direct lines: given prices as given, the others as `answer` says, which is in the order of [`to_price`], then what comes to these as
/// a whole.
///
/// # Errors
/// 422 with every line that pricing refuses; `overflow`.
pub fn direct(lines: &[OrderLineInput], answer: Option<&PriceAnswer>, currency: Currency) -> Result<PricedLines, Fault> {
    let mut answers = answer.map(|answer| answer.lines.as_slice()).unwrap_or_default().iter();
    let (mut made, mut refused) = (Vec::with_capacity(lines.len()), Vec::new());
    for (place, input) in lines.iter().enumerate() {
        if let Some(given) = &input.given {
            made.push(given_line(input, given, currency)?);
            continue;
        }
        match answers.next().map(|line| (line.priced.as_ref(), line.refused.as_ref())) {
            Some((Some(priced), _)) => made.push(calculated(input, priced, currency)?),
            Some((None, Some(no))) => refused.push(refusal(place, &no.code, &no.detail)),
            _ => refused.push(refusal(place, "no_price", "Pricing gave no answer for this line.")),
        }
    }
    Fault::all(refused)?;
    let mut made = numbered(made);
    if let Some(answer) = answer {
        let asked = (1..).zip(lines).filter(|(_, line)| line.given.is_none()).map(|(line_no, _)| line_no);
        let PriceAnswer { top_ups, surcharges, trace, .. } = answer;
        let numbers = (1..).zip(asked).collect();
        let added = Added { top_ups, surcharges, trace: trace.as_deref(), priced_by: PricedBy::Pricing, numbers };
        made.extend(added.lines(&made, currency)?);
    }
    PricedLines::of(made, currency)
}

fn refusal(place: usize, code: &str, detail: &str) -> Fault {
    let (pointer, code) = (format!("/lines/{place}"), Cow::Owned(code.to_owned()));
    Fault::invalid("validation_failed", "Lines have no price.").and_fault(FieldFault { pointer, code, message: detail.to_owned() })
}

fn blank(input: &OrderLineInput) -> Line {
    Line {
        item_id: input.item_id.map(Into::into),
        item_code: input.item_code.clone(),
        description: input.description.clone().or_else(|| input.item_code.clone()).unwrap_or_default(),
        site_id: input.site_id.map(Into::into),
        quantity: input.quantity.scaled(),
        uom: input.uom.clone(),
        priced_by: PricedBy::Given.as_str().to_owned(),
        tax_code: input.tax_code.clone(),
        tax_rate: input.tax_rate.map(Rate::scaled),
        tax_exemption: input.tax_exemption.clone(),
        ..Line::default()
    }
}

fn one_charge(charge_group: &str, amount: Money) -> Value {
    json!([{"kind": "charge", "charge_group": charge_group, "amount": amount}])
}

fn given_line(input: &OrderLineInput, given: &GivenPrice, currency: Currency) -> Result<Line, Fault> {
    let discount = given.discount_rate.unwrap_or(Rate::ZERO);
    let amount = Money::extend_less(given.unit_price, input.quantity, discount, currency, Rounding::HalfUp)?;
    Ok(Line {
        unit_price: Some(given.unit_price.scaled()),
        discount_rate: discount.scaled(),
        amount: amount.minor(),
        components: one_charge("service", amount),
        given_reason: Some(given.reason.clone()),
        ..blank(input)
    })
}

fn sum(components: &[Component], currency: Currency) -> Result<Money, Fault> {
    components.iter().try_fold(Money::zero(currency), |sum, part| sum.plus(Money::from_decimal(part.amount, currency)?))
}

fn calculated(input: &OrderLineInput, priced: &PricedLine, currency: Currency) -> Result<Line, Fault> {
    Ok(Line {
        item_id: Some(priced.item_id.into()),
        item_code: Some(priced.item_code.clone()),
        description: input.description.clone().unwrap_or_else(|| priced.item_name.clone()),
        charge_group: Some(priced.charge_group.clone()),
        uom: Some(priced.uom.clone()),
        unit_price: priced.unit_price.map(UnitPrice::scaled),
        discount_rate: priced.discount.scaled(),
        amount: sum(&priced.components, currency)?.minor(),
        components: json!(priced.components),
        priced_by: PricedBy::Pricing.as_str().to_owned(),
        price_source: priced.source.as_ref().map(|text| text.get().to_owned()),
        trace: Some(priced.trace.get().to_owned()),
        ..blank(input)
    })
}

/// What a conversion took of a quote, at what pricing says it comes to.
///
/// # Errors
/// `unknown_line` for a line the quote does not have; `overflow`.
pub fn quoted(quote: &Quote, taken: &Conversion) -> Result<PricedLines, Fault> {
    let by_no: HashMap<i32, &QuoteLine> = quote.lines.iter().map(|line| (line.line, line)).collect();
    let line = |(place, take): (usize, &ConvertedLine)| {
        let unknown = || Fault::field(format!("/quote/lines/{place}"), "unknown_line", "The quote has no such line.");
        promised(by_no.get(&take.line).ok_or_else(unknown)?, take, quote.currency)
    };
    let mut lines = numbered(taken.lines.iter().enumerate().map(line).collect::<Result<Vec<Line>, Fault>>()?);
    let Conversion { top_ups, surcharges, .. } = taken;
    let trace = quote.agreed.as_ref().map_or(quote.charges_trace.as_deref(), |agreed| agreed.charges_trace.as_deref());
    let numbers = taken.lines.iter().map(|line| line.line).zip(1..).collect();
    lines.extend(Added { top_ups, surcharges, trace, priced_by: PricedBy::Quote, numbers }.lines(&lines, quote.currency)?);
    PricedLines::of(lines, quote.currency)
}

fn promised(line: &QuoteLine, taken: &ConvertedLine, currency: Currency) -> Result<Line, Fault> {
    Ok(Line {
        item_id: Some(line.item_id.into()),
        item_code: Some(line.item_code.clone()),
        description: line.description.clone(),
        charge_group: Some(line.charge_group.clone()),
        site_id: line.site_id.map(Into::into),
        quantity: taken.quantity.scaled(),
        uom: Some(line.uom.clone()),
        unit_price: line.unit_price.map(UnitPrice::scaled),
        discount_rate: line.discount.scaled(),
        amount: sum(&taken.components, currency)?.minor(),
        components: json!(taken.components),
        priced_by: PricedBy::Quote.as_str().to_owned(),
        quote_line: Some(line.line),
        price_source: line.source.as_ref().map(|text| text.get().to_owned()),
        trace: Some(line.trace.get().to_owned()),
        ..Line::default()
    })
}

/// The price of one lot of an amount.
pub(super) fn price_of_lot(amount: Money) -> Result<UnitPrice, Fault> {
    Ok(UnitPrice::from_scaled(amount.decimal().to_scaled(UnitPrice::SCALE)?))
}
