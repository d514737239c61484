//! What a caller sends to make an invoice, and its way to a priced draft.

use chrono::NaiveDate;
use kernel::{Currency, Decimal, Fault, Money, PaymentTerms, Quantity, Rate, Rounding, UnitPrice};
use platform::db::Tx;
use platform::patch::present;
use platform::problem::Problem;
use platform::scope::RowScope;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::gather::{self, Common};
use super::model::{Draft, Header, NewLine, TaxChoice};
use crate::billable;
use crate::billable::entity::Model as Billable;
use crate::ledger::chart::LineKind;
use crate::order;
use crate::tax::{Jurisdiction, TaxGroup, TaxRounding, TaxRules};

/// The group of every taxable line when the request states the rate.
pub const STANDARD: &str = "standard";

/// How a document is taxed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "mode", rename_all = "snake_case", deny_unknown_fields)]
pub enum CreateTax {
    /// Computed from one rate or from several jurisdictions' rates, rounded once on the document or on each line.
    Computed {
        rate: Option<Rate>,
        #[schema(max_items = 20)]
        jurisdictions: Option<Vec<Jurisdiction>>,
        #[serde(default)]
        rounding: TaxRounding,
        /// True when prices include the tax.
        #[serde(default)]
        inclusive: bool,
    },
    /// Computed elsewhere, for imported history; spread over the taxable lines.
    Given { amount: Decimal },
}

impl CreateTax {
    /// # Errors
    /// 422 when neither or both of rate and jurisdictions are sent.
    pub fn choice(&self, currency: Currency) -> Result<TaxChoice, Fault> {
        match self {
            Self::Given { amount } => Ok(TaxChoice::Given(Money::from_decimal(*amount, currency)?.minor())),
            Self::Computed { rate, jurisdictions, rounding, inclusive } => {
                let group = match (rate, jurisdictions) {
                    (Some(rate), None) => TaxGroup::flat(STANDARD, *rate),
                    (None, Some(list)) => TaxGroup { code: STANDARD.to_owned(), jurisdictions: list.clone() },
                    _ => return Err(Fault::field("/tax", "tax_rate", "Send either rate or jurisdictions.")),
                };
                Ok(TaxChoice::Computed(TaxRules {
                    groups: vec![group],
                    rounding: *rounding,
                    inclusive: *inclusive,
                    mode: Rounding::HalfUp,
                }))
            }
        }
    }
}

/// A line that is given rather than made from a billable.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateInvoiceLine {
    #[serde(default)]
    pub kind: LineKind,
    #[schema(min_length = 1, max_length = 500)]
    pub description: String,
    pub quantity: Quantity,
    #[schema(min_length = 1, max_length = 20)]
    pub uom: Option<String>,
    pub unit_price: UnitPrice,
    pub discount_rate: Option<Rate>,
    /// Whether the document's tax applies; by default to everything but freight.
    pub taxable: Option<bool>,
    /// The certificate that exempts the line from tax.
    #[schema(min_length = 1, max_length = 60)]
    pub tax_exemption: Option<String>,
    pub service_date: Option<NaiveDate>,
    pub site_id: Option<Uuid>,
    pub item_id: Option<Uuid>,
}

impl CreateInvoiceLine {
    fn line(&self, order: Option<Uuid>) -> NewLine {
        let taxable = self.taxable.unwrap_or(self.kind != LineKind::Freight);
        NewLine {
            kind: self.kind,
            description: self.description.clone(),
            billable: None,
            order,
            site: self.site_id,
            item: self.item_id,
            service_date: self.service_date,
            quantity: self.quantity,
            uom: self.uom.clone(),
            unit_price: self.unit_price,
            discount_rate: self.discount_rate.unwrap_or(Rate::ZERO),
            tax_code: taxable.then(|| STANDARD.to_owned()),
            tax_exemption: self.tax_exemption.clone(),
        }
    }
}

/// An invoice made by hand, from billables, from given lines or from both.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateInvoice {
    pub bill_to_id: Uuid,
    #[schema(min_length = 1, max_length = 200)]
    pub bill_to_name: Option<String>,
    pub branch_id: Option<Uuid>,
    pub currency: Currency,
    /// Must be the billables' purchase order when there are billables.
    #[schema(min_length = 1, max_length = 60)]
    pub po_number: Option<String>,
    /// Those of the billables, which are their orders', when absent; net30 where they have none or differ.
    pub terms: Option<PaymentTerms>,
    /// The day of posting when absent.
    pub issue_date: Option<NaiveDate>,
    /// By the terms when absent.
    pub due_date: Option<NaiveDate>,
    /// Takes every open billable of this order.
    pub order_id: Option<Uuid>,
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub billable_ids: Vec<Uuid>,
    #[serde(default)]
    #[schema(max_items = 1000)]
    #[validate(nested)]
    pub lines: Vec<CreateInvoiceLine>,
    /// Adds a freight line that is not taxed.
    pub freight: Option<Decimal>,
    /// Without it an order brought with its tax carries that to its whole invoice; other billables are taxed by their own rates and given
    /// lines are not taxed.
    pub tax: Option<CreateTax>,
    #[schema(min_length = 1, max_length = 2000)]
    pub memo: Option<String>,
    #[schema(min_length = 1, max_length = 120)]
    pub external_ref: Option<String>,
    /// Posts it at once; needs the permission to post.
    #[serde(default)]
    pub post: bool,
}

impl CreateInvoice {
    /// Reads the billables and prices the draft.
    ///
    /// # Errors
    /// 404 for an unknown billable; 409 for one that is not open; 422 for what cannot be on one invoice.
    pub async fn assemble(&self, tx: &Tx, scope: &RowScope) -> Result<Draft, Problem> {
        let mut billables = Vec::new();
        if !self.billable_ids.is_empty() {
            billables = billable::store::named(tx, scope, &self.billable_ids).await?;
            if billables.len() != self.billable_ids.len() {
                return Err(Fault::not_found("billable").into());
            }
        }
        if let Some(order) = self.order_id {
            let open = billable::store::open_of_order(tx, scope, order).await?;
            billables.extend(open.into_iter().filter(|one| !self.billable_ids.contains(&one.id)));
        }
        let carried = self.carried_tax(tx, scope, &billables).await?;
        Ok(self.price(&billables, carried)?)
    }

    /// The tax that the order brought from elsewhere. It is one amount, so only the invoice of the whole order carries it.
    async fn carried_tax(&self, tx: &Tx, scope: &RowScope, billables: &[Billable]) -> Result<Option<TaxChoice>, Problem> {
        let (Some(order), None) = (self.order_id, &self.tax) else { return Ok(None) };
        let Some(tax) = order::store::tax_given(tx, scope, order).await? else { return Ok(None) };
        let taken = billables.iter().filter(|one| one.order_id == Some(order)).count();
        let whole = usize::try_from(billable::store::count_of_order(tx, scope, order).await?) == Ok(taken);
        Ok(whole.then_some(TaxChoice::Given(tax)))
    }

    fn price(&self, billables: &[Billable], carried: Option<TaxChoice>) -> Result<Draft, Fault> {
        let common = gather::common(billables)?;
        if let Some(common) = &common {
            self.agree(common)?;
        }
        let stated = self.tax.as_ref().map(|tax| tax.choice(self.currency)).transpose()?.or(carried);
        let mut lines = gather::lines(billables, stated.as_ref().map(|_| STANDARD))?;
        for line in &self.lines {
            let mut line = line.line(self.order_id);
            line.tax_code = line.tax_code.filter(|_| stated.is_some());
            lines.push(line);
        }
        lines.extend(self.freight_line()?);
        let choice = stated.unwrap_or_else(|| TaxChoice::Computed(gather::own_rules(billables)));
        Draft::assemble(self.header(common.as_ref())?, lines, &choice)
    }

    fn agree(&self, common: &Common) -> Result<(), Fault> {
        if common.bill_to != self.bill_to_id {
            return Err(Fault::field("/bill_to_id", "mixed_bill_to", "The billables belong to another bill-to account."));
        }
        if common.currency != self.currency {
            return Err(Fault::field("/currency", "mixed_currency", "The billables are in another currency."));
        }
        if self.po_number.is_some() && self.po_number != common.po_number {
            return Err(Fault::invalid("mixed_po", "The billables belong to another purchase order."));
        }
        Ok(())
    }

    fn header(&self, common: Option<&Common>) -> Result<Header, Fault> {
        Ok(Header {
            bill_to: self.bill_to_id,
            bill_to_name: self.bill_to_name.clone(),
            branch: self.branch_id.or_else(|| common.and_then(|common| common.branch)),
            order: self.order_id.or_else(|| common.and_then(|common| common.order)),
            run: None,
            currency: self.currency,
            po_number: self.po_number.clone().or_else(|| common.and_then(|common| common.po_number.clone())),
            terms: self.terms.or_else(|| common.and_then(|common| common.terms)).unwrap_or_default(),
            issue_date: self.issue_date,
            due_date: self.due_date,
            memo: self.memo.clone(),
            external_ref: self.external_ref.clone(),
        })
    }

    fn freight_line(&self) -> Result<Option<NewLine>, Fault> {
        let Some(freight) = self.freight else { return Ok(None) };
        let amount = Money::from_decimal(freight, self.currency)
            .map_err(|_| Fault::field("/freight", "too_many_decimals", "The amount has more decimals than the currency."))?;
        if amount.is_zero() {
            return Ok(None);
        }
        Ok(Some(NewLine {
            kind: LineKind::Freight,
            description: "Freight".to_owned(),
            billable: None,
            order: self.order_id,
            site: None,
            item: None,
            service_date: None,
            quantity: Quantity::ONE,
            uom: None,
            unit_price: UnitPrice::try_from(freight)?,
            discount_rate: Rate::ZERO,
            tax_code: None,
            tax_exemption: None,
        }))
    }
}

/// Changes to a draft (RFC 7396): absent members stay, null clears.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PatchInvoice {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    pub bill_to_name: Option<Option<String>>,
    /// Not while billables are on the draft: theirs is the purchase order.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 60)]
    pub po_number: Option<Option<String>>,
    pub terms: Option<PaymentTerms>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>)]
    pub issue_date: Option<Option<NaiveDate>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>)]
    pub due_date: Option<Option<NaiveDate>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 2000)]
    pub memo: Option<Option<String>>,
}

/// Why an invoice is voided.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct VoidInvoice {
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    /// The date of the mirror entry, in an open period; today when absent.
    pub voided_on: Option<NaiveDate>,
}
