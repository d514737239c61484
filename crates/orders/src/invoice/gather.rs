//! Turning billables into an invoice's lines. Pure: which billables may share an invoice and how each is taxed.

use kernel::words::UnknownWord;
use kernel::{Currency, Fault, PaymentTerms, Quantity, Rate, UnitPrice};
use uuid::Uuid;

use super::model::NewLine;
use crate::billable::entity::Model as Billable;
use crate::billable::model::State;
use crate::tax::{TaxGroup, TaxRules};

/// What the billables of one invoice have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Common {
    pub bill_to: Uuid,
    pub currency: Currency,
    pub po_number: Option<String>,
    pub branch: Option<Uuid>,
    /// Present when all have the same.
    pub terms: Option<PaymentTerms>,
    /// Present when all belong to one order.
    pub order: Option<Uuid>,
}

/// What billables that are to share an invoice have in common; none when there are none.
///
/// # Errors
/// 409 `billable_not_open`; 422 `mixed_bill_to`, `mixed_currency` or `mixed_po`: purchase orders are never mixed.
pub fn common(billables: &[Billable]) -> Result<Option<Common>, Fault> {
    let Some(first) = billables.first() else { return Ok(None) };
    let busy: Vec<Uuid> = billables.iter().filter(|one| one.state != State::Open.as_str()).map(|one| one.id).collect();
    if !busy.is_empty() {
        return Err(Fault::conflict("billable_not_open", "Only open billables can be invoiced.").with_conflicts(busy));
    }
    let mixed = |code, what: &str| Err(Fault::invalid(code, format!("The billables of one invoice must have the same {what}.")));
    if billables.iter().any(|one| one.bill_to_id != first.bill_to_id) {
        return mixed("mixed_bill_to", "bill-to account");
    }
    if billables.iter().any(|one| one.currency != first.currency) {
        return mixed("mixed_currency", "currency");
    }
    if billables.iter().any(|one| one.po_number != first.po_number) {
        return mixed("mixed_po", "purchase order");
    }
    let all = |same: fn(&Billable) -> Option<Uuid>| same(first).filter(|value| billables.iter().all(|one| same(one) == Some(*value)));
    let terms = first.payment_terms.as_deref().filter(|terms| billables.iter().all(|one| one.payment_terms.as_deref() == Some(*terms)));
    Ok(Some(Common {
        bill_to: first.bill_to_id,
        currency: first.currency.parse()?,
        po_number: first.po_number.clone(),
        terms: terms.map(str::parse).transpose()?,
        branch: all(|one| one.branch_id),
        order: all(|one| one.order_id),
    }))
}

/// The tax group of a billable that brings its own rate.
fn own_group(billable: &Billable) -> Option<(String, &str, Rate)> {
    let code = billable.tax_code.as_deref()?;
    let rate = Rate::from_scaled(billable.tax_rate?);
    Some((format!("{code} {rate}"), code, rate))
}

/// One line per billable. With `group` all taxable ones are taxed as that group; without it each by its own rate.
///
/// # Errors
/// 409 `unknown_kind` for a billable of a kind that this version does not know: it waits, and those beside it do not.
pub fn lines(billables: &[Billable], group: Option<&str>) -> Result<Vec<NewLine>, Fault> {
    let code = |one: &Billable| match group {
        Some(group) => one.tax_code.as_ref().map(|_| group.to_owned()),
        None => own_group(one).map(|(group, _, _)| group).or_else(|| one.tax_code.clone()),
    };
    let line = |one: &Billable| {
        Ok(NewLine {
            kind: one.kind.parse().map_err(|unknown: UnknownWord| Fault::conflict("unknown_kind", unknown.to_string()))?,
            description: one.description.clone(),
            billable: Some(one.id),
            order: one.order_id,
            site: one.site_id,
            item: one.item_id,
            service_date: Some(one.service_date),
            quantity: Quantity::from_scaled(one.quantity),
            uom: one.uom.clone(),
            unit_price: UnitPrice::from_scaled(one.unit_price),
            discount_rate: Rate::from_scaled(one.discount_rate),
            tax_code: code(one),
            tax_exemption: one.tax_exemption.clone(),
        })
    };
    billables.iter().map(line).collect()
}

/// The rules made of the billables' own rates: one group per code and rate.
#[must_use]
pub fn own_rules(billables: &[Billable]) -> TaxRules {
    let mut rules = TaxRules::default();
    for (group, code, rate) in billables.iter().filter_map(own_group) {
        if !rules.groups.iter().any(|known| known.code == group) {
            let flat = TaxGroup::flat(code, rate);
            rules.groups.push(TaxGroup { code: group, jurisdictions: flat.jurisdictions });
        }
    }
    rules
}
