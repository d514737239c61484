//! How invoices look to callers and in events.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Currency, Fault, Money, Quantity, Rate, UnitPrice};
use platform::problem::Problem;
use platform::rows::word;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::entity::Model;
use super::line_entity::Model as LineModel;
use super::model::State;
use crate::ledger::chart::LineKind;
use crate::tax::JurisdictionTax;

/// A jurisdiction's tax as stored with its document: minor units and millionths.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredTax {
    pub group: String,
    pub name: String,
    pub rate: i64,
    pub base: i64,
    pub tax: i64,
}

impl StoredTax {
    #[must_use]
    pub fn of(tax: &JurisdictionTax) -> Self {
        Self { group: tax.group.clone(), name: tax.name.clone(), rate: tax.rate.scaled(), base: tax.base, tax: tax.tax }
    }

    /// The taxes stored with a document.
    ///
    /// # Errors
    /// `internal` when they cannot be read.
    pub fn read(stored: &serde_json::Value) -> Result<Vec<Self>, Problem> {
        Ok(Vec::<Self>::deserialize(stored)?)
    }

    #[must_use]
    pub fn into_share(self) -> JurisdictionTax {
        JurisdictionTax { group: self.group, name: self.name, rate: Rate::from_scaled(self.rate), base: self.base, tax: self.tax }
    }
}

/// One jurisdiction's part of a document's tax.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TaxView {
    pub group: String,
    pub jurisdiction: String,
    pub rate: Rate,
    pub base: Money,
    pub tax: Money,
}

impl TaxView {
    /// The taxes stored with a document.
    ///
    /// # Errors
    /// `internal` when they cannot be read.
    pub fn read(stored: &serde_json::Value, currency: Currency) -> Result<Vec<Self>, Problem> {
        let money = |minor| Money::from_minor(minor, currency);
        let view = |one: StoredTax| Self {
            group: one.group,
            jurisdiction: one.name,
            rate: Rate::from_scaled(one.rate),
            base: money(one.base),
            tax: money(one.tax),
        };
        Ok(StoredTax::read(stored)?.into_iter().map(view).collect())
    }
}

/// An invoice without its lines.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InvoiceView {
    pub id: Uuid,
    pub version: i64,
    /// Given at posting, gapless within a fiscal year.
    #[schema(example = "INV-2026-000123")]
    pub number: Option<String>,
    #[schema(example = "posted")]
    pub state: &'static str,
    /// True when something is left to pay and the due date has passed.
    pub overdue: bool,
    pub bill_to_id: Uuid,
    pub bill_to_name: Option<String>,
    pub branch_id: Option<Uuid>,
    pub order_id: Option<Uuid>,
    pub bill_run_id: Option<Uuid>,
    pub currency: Currency,
    pub po_number: Option<String>,
    #[schema(example = "net30")]
    pub terms: String,
    pub issue_date: Option<NaiveDate>,
    pub due_date: Option<NaiveDate>,
    pub posted_at: Option<DateTime<Utc>>,
    pub voided_on: Option<NaiveDate>,
    pub net: Money,
    pub tax: Money,
    pub total: Money,
    /// What is left to pay.
    pub balance: Money,
    pub taxes: Vec<TaxView>,
    /// SHA-256 of everything that posting fixed.
    pub content_hash: Option<String>,
    pub memo: Option<String>,
    pub external_ref: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl InvoiceView {
    /// The view of a row on a date.
    ///
    /// # Errors
    /// `internal` when the row holds what this version does not know.
    pub fn of(invoice: &Model, today: NaiveDate) -> Result<Self, Problem> {
        let currency = stored_currency(&invoice.currency)?;
        let money = |minor| Money::from_minor(minor, currency);
        Ok(Self {
            id: invoice.id,
            version: invoice.version,
            number: invoice.number.clone(),
            state: word::<State>(&invoice.state)?.as_str(),
            overdue: invoice.open && invoice.due_date.is_some_and(|due| due < today),
            bill_to_id: invoice.bill_to_id,
            bill_to_name: invoice.bill_to_name.clone(),
            branch_id: invoice.branch_id,
            order_id: invoice.order_id,
            bill_run_id: invoice.bill_run_id,
            currency,
            po_number: invoice.po_number.clone(),
            terms: invoice.terms.clone(),
            issue_date: invoice.issue_date,
            due_date: invoice.due_date,
            posted_at: invoice.posted_at,
            voided_on: invoice.voided_on,
            net: money(invoice.net),
            tax: money(invoice.tax),
            total: money(invoice.total),
            balance: money(invoice.balance),
            taxes: TaxView::read(&invoice.taxes, currency)?,
            content_hash: invoice.content_hash.clone(),
            memo: invoice.memo.clone(),
            external_ref: invoice.external_ref.clone(),
            created_at: invoice.created_at,
            updated_at: invoice.updated_at,
        })
    }
}

/// The currency of a stored document.
///
/// # Errors
/// `unknown_currency`, which would be a fault of ours.
pub fn stored_currency(code: &str) -> Result<Currency, Fault> {
    code.parse()
}

/// A line of an invoice.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InvoiceLineView {
    pub id: Uuid,
    pub line_no: i32,
    pub kind: LineKind,
    pub description: String,
    pub billable_id: Option<Uuid>,
    pub order_id: Option<Uuid>,
    pub site_id: Option<Uuid>,
    pub item_id: Option<Uuid>,
    pub service_date: Option<NaiveDate>,
    pub quantity: Quantity,
    pub uom: Option<String>,
    pub unit_price: UnitPrice,
    pub discount_rate: Rate,
    pub tax_code: Option<String>,
    pub tax_exemption: Option<String>,
    pub net: Money,
    pub tax: Money,
    pub credited_net: Money,
    pub credited_tax: Money,
}

impl InvoiceLineView {
    /// # Errors
    /// `internal` when the row is broken.
    pub fn of(line: &LineModel, currency: Currency) -> Result<Self, Problem> {
        let money = |minor| Money::from_minor(minor, currency);
        Ok(Self {
            id: line.id,
            line_no: line.line_no,
            kind: word(&line.kind)?,
            description: line.description.clone(),
            billable_id: line.billable_id,
            order_id: line.order_id,
            site_id: line.site_id,
            item_id: line.item_id,
            service_date: line.service_date,
            quantity: Quantity::from_scaled(line.quantity),
            uom: line.uom.clone(),
            unit_price: UnitPrice::from_scaled(line.unit_price),
            discount_rate: Rate::from_scaled(line.discount_rate),
            tax_code: line.tax_code.clone(),
            tax_exemption: line.tax_exemption.clone(),
            net: money(line.net),
            tax: money(line.tax),
            credited_net: money(line.credited_net),
            credited_tax: money(line.credited_tax),
        })
    }
}

/// An invoice with its lines.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InvoiceDetail {
    #[serde(flatten)]
    pub invoice: InvoiceView,
    #[schema(max_items = 1000)]
    pub lines: Vec<InvoiceLineView>,
}

impl InvoiceDetail {
    /// The view of an invoice and its lines on a date.
    ///
    /// # Errors
    /// `internal` when a row holds what this version does not know.
    pub fn of(invoice: &Model, lines: &[LineModel], today: NaiveDate) -> Result<Self, Problem> {
        let view = InvoiceView::of(invoice, today)?;
        let lines = lines.iter().map(|line| InvoiceLineView::of(line, view.currency)).collect::<Result<_, _>>()?;
        Ok(Self { invoice: view, lines })
    }
}
