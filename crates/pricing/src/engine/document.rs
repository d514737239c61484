//! A whole document: its lines, those that are a part of others, minimums, surcharges and the total.
//!
//! Lines are priced by themselves; percentages of other lines come after those, in the order of their dependence. Minimums and
//! surcharges count neither percentages of lines nor, unless a rule lists them, each other. The total is the sum of rounded parts.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::id::ItemId;
use kernel::{Fault, Money, Quantity};
use serde::Serialize;

use super::calculate::Calculated;
use super::context::Context;
use super::index::PriceIndex;
use super::item::{ChargeGroup, Item};
use super::line::{OpenLine, PriceQuery, PricedLine, open_line};
use super::surcharge::{Charges, charge};
use super::terms::{PartOf, Priors};
use super::trace::{Number, Sealed, StepKind, Trace};

/// A line's question with the context of its site.
pub type Question<'a, 'q> = (&'a Context, PriceQuery<'q>);

/// A priced line with its question.
pub struct DocumentLine<'a, 'q> {
    pub context: &'a Context,
    pub query: PriceQuery<'q>,
    pub priced: PricedLine<'a>,
    /// It is a part of other lines, which neither minimums nor surcharges count.
    pub derived: bool,
}

impl<'a, 'q> DocumentLine<'a, 'q> {
    /// A line whose amounts were promised before, with the hash of the trace that explains them.
    #[must_use]
    pub fn promised((context, query): Question<'a, 'q>, item: &'a Item, calculated: Calculated, hash: String) -> Self {
        let priced = PricedLine { item, selection: None, calculated, list_total: None, trace: Sealed::kept_elsewhere(hash) };
        Self { context, query, priced, derived: false }
    }
}

/// What comes to a document's lines when each has a price.
#[derive(Debug)]
pub struct Totals<'a> {
    pub charges: Charges<'a>,
    pub total: Money,
    pub trace: Sealed,
}

enum Slot<'a, 'q> {
    Priced(Box<DocumentLine<'a, 'q>>),
    Refused(Fault),
    Waiting(Box<OpenLine<'a, 'q>>),
}

/// Prices the lines of a document, each of which may be refused.
pub fn price_lines<'a, 'q>(
    index: &'a PriceIndex,
    questions: impl IntoIterator<Item = Result<Question<'a, 'q>, Fault>>,
) -> Vec<Result<DocumentLine<'a, 'q>, Fault>> {
    let mut earlier: HashMap<ItemId, Vec<(&'q str, Quantity)>> = HashMap::new();
    let mut in_order = |(context, query): Question<'a, 'q>| {
        let asked = earlier.entry(query.item).or_default();
        let before = index.item(query.item).map_or(Ok(Quantity::ZERO), |item| asked_before(item, asked, query.uom))?;
        asked.push((query.uom, query.quantity));
        let order = if before.is_zero() { query.priors.order } else { Some(query.priors.order.unwrap_or(query.prior).plus(before)?) };
        open_line(index, context, PriceQuery { priors: Priors { order, ..query.priors }, ..query })
    };
    let open = |question: Result<Question<'a, 'q>, Fault>| match question.and_then(&mut in_order) {
        Err(fault) => Slot::Refused(fault),
        Ok(line) if line.part_of().is_some() => Slot::Waiting(Box::new(line)),
        Ok(line) => close(line, None),
    };
    let mut slots: Vec<Slot<'a, 'q>> = questions.into_iter().map(open).collect();
    while let Some(ready) = slots.iter().position(|slot| matches!(slot, Slot::Waiting(line) if is_ready(line, &slots))) {
        let base = base(&slots, ready);
        let Some(slot) = slots.get_mut(ready) else { break };
        if let Slot::Waiting(line) = std::mem::replace(slot, Slot::Refused(Fault::overflow())) {
            *slot = match base {
                Ok(base) => close(*line, Some(base)),
                Err(fault) => Slot::Refused(fault),
            };
        }
    }
    let done = |slot| match slot {
        Slot::Priced(line) => Ok(*line),
        Slot::Refused(fault) => Err(fault),
        Slot::Waiting(_) => Err(Fault::invalid("percent_cycle", "Lines are percentages of each other.")),
    };
    slots.into_iter().map(done).collect()
}

/// What earlier lines asked of an item, in `uom`.
fn asked_before(item: &Item, earlier: &[(&str, Quantity)], uom: &str) -> Result<Quantity, Fault> {
    let mut sum = Quantity::ZERO;
    for (other, quantity) in earlier {
        if let Some(ratio) = item.ratio(other, uom) {
            sum = sum.plus(ratio.amount(*quantity)?)?;
        }
    }
    Ok(sum)
}

fn close<'a, 'q>(line: OpenLine<'a, 'q>, base: Option<Money>) -> Slot<'a, 'q> {
    let (context, query) = (line.basis.context, line.query);
    match line.close(base) {
        Ok(priced) => Slot::Priced(Box::new(DocumentLine { context, query, priced, derived: base.is_some() })),
        Err(fault) => Slot::Refused(fault),
    }
}

/// True when no line that it is a part of still waits. One that names its own item never is.
fn is_ready(line: &OpenLine<'_, '_>, slots: &[Slot<'_, '_>]) -> bool {
    let Some(part) = line.part_of() else { return true };
    !slots.iter().any(|slot| matches!(slot, Slot::Waiting(other) if part.items.contains(&other.query.item)))
}

/// The sum that the line at `place` is a part of.
fn base(slots: &[Slot<'_, '_>], place: usize) -> Result<Money, Fault> {
    let Some(Slot::Waiting(line)) = slots.get(place) else { return Err(Fault::overflow()) };
    let mut sum = Money::zero(line.query.currency);
    for slot in slots {
        match slot {
            Slot::Refused(_) => {
                return Err(Fault::invalid("percent_base_unknown", "It is a percentage of lines of which one has no price."));
            }
            Slot::Priced(other) => sum = counted(line.part_of(), other, sum)?,
            Slot::Waiting(_) => {}
        }
    }
    Ok(sum)
}

fn counted(part: Option<&PartOf>, line: &DocumentLine<'_, '_>, sum: Money) -> Result<Money, Fault> {
    let Some(part) = part else { return Ok(sum) };
    let named = part.items.contains(&line.query.item);
    let counts = |group: ChargeGroup| named || (!line.derived && part.charge_groups.contains(&group));
    let components = line.priced.calculated.components.iter().filter(|component| counts(component.charge_group));
    components.map(|component| component.amount).try_fold(sum, Money::plus)
}

/// What was asked of a document, as its trace shows it.
#[derive(Serialize)]
struct Inputs<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_date: Option<NaiveDate>,
    /// The hashes of the lines' traces, which hold everything else.
    lines: Vec<&'a str>,
}

/// Adds minimums and surcharges to the lines of a document; `invoice_date` is the day of its invoice where that is known.
///
/// # Errors
/// `missing_index` when a surcharge's index has no value yet; `surcharge_cycle`; `overflow`.
pub fn total<'a>(
    index: &'a PriceIndex,
    lines: &[&DocumentLine<'a, '_>],
    invoice_date: Option<NaiveDate>,
) -> Result<Option<Totals<'a>>, Fault> {
    let Some(first) = lines.first() else { return Ok(None) };
    let mut trace = Trace::new();
    let charges = charge(index, lines, (first.query, invoice_date), &mut trace)?;
    let parts = lines.iter().map(|line| line.priced.calculated.total).chain(charges.amounts());
    let total = Money::sum(first.query.currency, parts)?;
    trace.step(StepKind::Round, "sum_of_components", None, Some(Number::Money(total)));
    let hashes = lines.iter().map(|line| line.priced.trace.hash.as_str()).collect();
    let trace = trace.seal(&Inputs { invoice_date, lines: hashes })?;
    Ok(Some(Totals { charges, total, trace }))
}
