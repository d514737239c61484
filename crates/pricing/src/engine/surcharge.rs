//! Minimums and surcharges of a document: what each counts, what it comes to, and how it falls on the lines.
//!
//! Each is rounded once for the document and allocated to what it counts by largest remainder, of equal remainders to the earlier line.

use std::collections::HashSet;

use chrono::NaiveDate;
use kernel::id::SiteId;
use kernel::rounding::allocate_wide;
use kernel::{Fault, Money, Quantity, Rate, UnitPrice};
use serde::Serialize;
use utoipa::ToSchema;

use super::calculate::ComponentKind;
use super::charge::{Charge, ChargeRule, IndexBasis, MinimumPer, money, percent_at};
use super::dated::in_force;
use super::document::DocumentLine;
use super::fall::{LineShare, on_lines};
use super::index::PriceIndex;
use super::item::ChargeGroup;
use super::line::PriceQuery;
use super::published_index::{Reading, read};
use super::trace::{ChargeRef, Number, Step, StepKind, Trace};

/// What a minimum adds.
#[derive(Clone, Debug)]
pub struct TopUp<'a> {
    pub rule: &'a ChargeRule,
    /// The site whose lines fall short, of a minimum by stop.
    pub site: Option<SiteId>,
    pub base: Money,
    pub amount: Money,
    pub shares: Vec<Share<'a>>,
    /// The shares, those on other charges as these fall on the lines.
    pub lines: Vec<LineShare>,
}

/// What a surcharge comes to.
#[derive(Clone, Debug)]
pub struct Surcharge<'a> {
    pub rule: &'a ChargeRule,
    /// What is counted; absent when units are.
    pub base: Option<Money>,
    pub percent: Option<Rate>,
    pub reading: Option<Reading<'a>>,
    pub amount: Money,
    pub shares: Vec<Share<'a>>,
    /// The shares, those on other charges as these fall on the lines.
    pub lines: Vec<LineShare>,
}

/// The part of a minimum or surcharge that falls on something it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SurchargeShare)]
pub struct Share<'a> {
    /// The line, counted from 1; absent when it falls on a minimum or on another surcharge.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1000)]
    pub line: Option<usize>,
    /// The component of the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<ComponentKind>,
    /// The code of the minimum or of the other surcharge.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64)]
    pub charge: Option<&'a str>,
    pub amount: Money,
}

/// What comes to the lines of a document.
#[derive(Clone, Debug, Default)]
pub struct Charges<'a> {
    pub top_ups: Vec<TopUp<'a>>,
    pub surcharges: Vec<Surcharge<'a>>,
}

impl Charges<'_> {
    /// Every amount that comes to the lines.
    pub fn amounts(&self) -> impl Iterator<Item = Money> {
        self.top_ups.iter().map(|top_up| top_up.amount).chain(self.surcharges.iter().map(|surcharge| surcharge.amount))
    }
}

/// A document as its charges see it.
struct Counter<'a, 'd, 'q> {
    index: &'a PriceIndex,
    lines: &'d [&'d DocumentLine<'a, 'q>],
    query: PriceQuery<'q>,
    invoice_date: Option<NaiveDate>,
}

/// Works out the minimums and surcharges in force for a document, whose day, currency and account `query` states.
///
/// # Errors
/// `missing_index`, `surcharge_cycle`, `overflow`.
pub fn charge<'a, 'q>(
    index: &'a PriceIndex,
    lines: &[&DocumentLine<'a, 'q>],
    (query, invoice_date): (PriceQuery<'q>, Option<NaiveDate>),
    trace: &mut Trace<'a>,
) -> Result<Charges<'a>, Fault> {
    let counter = Counter { index, lines, query, invoice_date };
    let in_force = index.charges.rules.values().filter_map(|rules| in_force(rules, query.price_date, query.known_at));
    let exempt = |rule: &ChargeRule| query.account.is_some_and(|account| rule.terms.exempt_accounts.contains(&account));
    let rules = in_force.filter(|rule| rule.active && rule.currency == query.currency && !exempt(rule));
    let (minimums, mut waiting): (Vec<_>, Vec<_>) = rules.partition(|rule| matches!(rule.terms.charge, Charge::Minimum { .. }));
    let mut charges = Charges::default();
    for rule in minimums {
        charges.top_ups.extend(counter.top_ups(rule, trace)?);
    }
    while !waiting.is_empty() {
        let codes: HashSet<&str> = waiting.iter().map(|rule| rule.code.as_str()).collect();
        let ready = waiting.iter().position(|rule| !rule.terms.surcharges.iter().any(|code| codes.contains(code.as_str())));
        let rule = waiting.remove(ready.ok_or_else(|| Fault::invalid("surcharge_cycle", "Surcharges count each other."))?);
        let surcharge = counter.surcharge(rule, &charges, trace)?;
        charges.surcharges.extend(surcharge);
    }
    Ok(charges)
}

impl<'a, 'q> Counter<'a, '_, 'q> {
    /// The lines that a rule counts, with their places from 1: no percentages of others and none under an exempt contract.
    fn counted<'s>(&'s self, rule: &'s ChargeRule) -> impl Iterator<Item = (usize, &'s DocumentLine<'a, 'q>)> {
        let exempt = |line: &DocumentLine<'_, '_>| {
            let applies = line.context.contracts.iter().filter(|terms| terms.applies(line.priced.item, &line.query));
            applies.into_iter().any(|terms| rule.terms.exempt_contracts.contains(&terms.contract))
        };
        (1_usize..).zip(self.lines.iter().copied()).filter(move |(_, line)| !line.derived && !exempt(line))
    }

    /// What a rule counts of the lines, as shares that hold the counted amounts.
    fn components(&self, rule: &ChargeRule) -> Vec<Share<'a>> {
        let mut parts = Vec::new();
        for (line, one) in self.counted(rule) {
            let components = one.priced.calculated.components.iter();
            let counted = components.filter(|component| rule.terms.charge_groups.contains(&component.charge_group));
            parts.extend(counted.map(|component| Share {
                line: Some(line),
                component: Some(component.kind),
                charge: None,
                amount: component.amount,
            }));
        }
        parts
    }

    fn top_ups(&self, rule: &'a ChargeRule, trace: &mut Trace<'a>) -> Result<Vec<TopUp<'a>>, Fault> {
        let Charge::Minimum { amount, per } = &rule.terms.charge else { return Ok(Vec::new()) };
        let least = money(*amount, self.query.currency, rule.terms.rounding)?;
        let bought = |line: &DocumentLine<'_, '_>| line.query.quantity > Quantity::ZERO;
        let mut stops: Vec<Option<SiteId>> = match per {
            MinimumPer::Order => vec![None],
            MinimumPer::Stop => self.counted(rule).map(|(_, line)| line.query.site).collect(),
        };
        stops.sort_unstable();
        stops.dedup();
        let mut top_ups = Vec::new();
        for site in stops {
            let here = |line: &DocumentLine<'_, '_>| *per == MinimumPer::Order || line.query.site == site;
            let places: HashSet<usize> = self.counted(rule).filter(|(_, line)| here(line)).map(|(place, _)| place).collect();
            let mut parts = self.components(rule);
            parts.retain(|part| part.line.is_some_and(|line| places.contains(&line)));
            // Where nothing that counts is bought, nothing is owed for it.
            if !self.counted(rule).any(|(place, line)| bought(line) && parts.iter().any(|part| part.line == Some(place))) {
                continue;
            }
            let base = Money::sum(self.query.currency, parts.iter().map(|part| part.amount))?;
            let amount = least.minus(base)?;
            if amount.is_zero() || amount.is_negative() {
                continue;
            }
            let step = Step::of(StepKind::Topup, per.as_str(), Some(Number::Money(base)), Some(Number::Money(amount)));
            trace.record(Step { charge: Some(ChargeRef::of(rule)), ..step });
            let (amount, shares) = self.share(rule, amount, (&parts, &weights(&parts)), trace)?;
            let lines = on_lines(rule, &shares, &Charges::default(), trace)?;
            top_ups.push(TopUp { rule, site, base, amount, shares, lines });
        }
        Ok(top_ups)
    }

    fn surcharge(&self, rule: &'a ChargeRule, charges: &Charges<'a>, trace: &mut Trace<'a>) -> Result<Option<Surcharge<'a>>, Fault> {
        if let Charge::PerUnit { amount, uom } = &rule.terms.charge {
            return self.per_unit(rule, (*amount, uom), trace);
        }
        let mut parts = self.components(rule);
        let part = |rule: &'a ChargeRule, amount| Share { line: None, component: None, charge: Some(rule.code.as_str()), amount };
        if rule.terms.charge_groups.contains(&ChargeGroup::Minimum) {
            parts.extend(charges.top_ups.iter().map(|top_up| part(top_up.rule, top_up.amount)));
        }
        let listed = charges.surcharges.iter().filter(|other| rule.terms.surcharges.contains(&other.rule.code));
        parts.extend(listed.map(|other| part(other.rule, other.amount)));
        if parts.is_empty() {
            return Ok(None);
        }
        let base = Money::sum(self.query.currency, parts.iter().map(|part| part.amount))?;
        let (percent, reading) = self.percent(rule)?;
        let rated = Step::of(StepKind::Surcharge, "percent", None, Some(Number::Rate(percent)));
        trace.record(Step { charge: Some(ChargeRef::of(rule)), index: reading.clone(), ..rated });
        let amount = base.at_rate(percent, rule.terms.rounding)?;
        trace.record(Step {
            charge: Some(ChargeRef::of(rule)),
            ..Step::of(StepKind::Surcharge, "of_base", Some(Number::Money(base)), Some(Number::Money(amount)))
        });
        let (amount, shares) = self.share(rule, amount, (&parts, &weights(&parts)), trace)?;
        let lines = on_lines(rule, &shares, charges, trace)?;
        Ok(Some(Surcharge { rule, base: Some(base), percent: Some(percent), reading, amount, shares, lines }))
    }

    fn per_unit(
        &self,
        rule: &'a ChargeRule,
        (each, uom): (UnitPrice, &str),
        trace: &mut Trace<'a>,
    ) -> Result<Option<Surcharge<'a>>, Fault> {
        let (mut parts, mut weights, mut units) = (Vec::new(), Vec::new(), Quantity::ZERO);
        for (line, one) in self.counted(rule) {
            let item = one.priced.item;
            let Some(ratio) = item.ratio(one.query.uom, uom).filter(|_| rule.terms.charge_groups.contains(&item.charge_group)) else {
                continue;
            };
            let quantity = ratio.amount(one.query.quantity)?;
            units = units.plus(quantity)?;
            weights.push(i128::from(quantity.scaled()));
            parts.push(Share {
                line: Some(line),
                component: Some(ComponentKind::Charge),
                charge: None,
                amount: Money::zero(self.query.currency),
            });
        }
        if units.is_zero() {
            return Ok(None);
        }
        let amount = Money::extend(each, units, self.query.currency, rule.terms.rounding)?;
        let step = Step::of(StepKind::Surcharge, "per_unit", Some(Number::Quantity(units)), Some(Number::Money(amount)));
        trace.record(Step { charge: Some(ChargeRef::of(rule)), ..step });
        let (amount, shares) = self.share(rule, amount, (&parts, &weights), trace)?;
        let lines = on_lines(rule, &shares, &Charges::default(), trace)?;
        Ok(Some(Surcharge { rule, base: None, percent: None, reading: None, amount, shares, lines }))
    }

    /// The part that is charged, and the value of the index it was read at.
    fn percent(&self, rule: &'a ChargeRule) -> Result<(Rate, Option<Reading<'a>>), Fault> {
        match &rule.terms.charge {
            Charge::Percent { percent } => Ok((*percent, None)),
            Charge::IndexTable { index, basis, fresh_days, steps } => {
                let date = match basis {
                    IndexBasis::ServiceDate => self.query.price_date,
                    IndexBasis::InvoiceDate => self.invoice_date.unwrap_or(self.query.price_date),
                };
                let reading = read(&self.index.charges.values, index, (date, *fresh_days), self.query.known_at).ok_or_else(|| {
                    Fault::invalid(
                        "missing_index",
                        format!("Surcharge {} needs index {index}, of which no value is known on {date}.", rule.code),
                    )
                })?;
                Ok((percent_at(steps, reading.value), Some(reading)))
            }
            Charge::Minimum { .. } | Charge::PerUnit { .. } => Ok((Rate::ZERO, None)),
        }
    }

    /// Caps a charge and lets it fall on what it counts.
    fn share(
        &self,
        rule: &'a ChargeRule,
        amount: Money,
        (parts, weights): (&[Share<'a>], &[i128]),
        trace: &mut Trace<'a>,
    ) -> Result<(Money, Vec<Share<'a>>), Fault> {
        let most = rule.terms.most(self.query.currency)?.filter(|most| most.minor() < amount.minor());
        if let Some(most) = most {
            let step = Step::of(StepKind::Surcharge, "cap", Some(Number::Money(amount)), Some(Number::Money(most)));
            trace.record(Step { charge: Some(ChargeRef::of(rule)), ..step });
        }
        let amount = most.unwrap_or(amount);
        let mut shares = parts.to_vec();
        for (share, minor) in shares.iter_mut().zip(allocate_wide(amount.minor(), weights)?) {
            share.amount = Money::from_minor(minor, amount.currency());
            let step = Step::of(StepKind::Allocate, "largest_remainder", Some(Number::Money(amount)), Some(Number::Money(share.amount)));
            trace.record(Step { charge: Some(ChargeRef::of(rule)), line: share.line, ..step });
        }
        Ok((amount, shares))
    }
}

/// In proportion to what they hold; what is given back carries nothing.
fn weights(parts: &[Share<'_>]) -> Vec<i128> {
    parts.iter().map(|part| i128::from(part.amount.minor()).max(0)).collect()
}
