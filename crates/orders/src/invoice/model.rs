//! What an invoice is: its states, how a draft is priced and taxed, and what posting fixes. Pure.

use chrono::NaiveDate;
use kernel::{Currency, Fault, Money, PaymentTerms, Quantity, Rate, Rounding, UnitPrice};
use kernel::{transition, words};
use uuid::Uuid;

use crate::ledger::chart::LineKind;
use crate::tax::{self, DocumentTax, JurisdictionTax, TaxRules, TaxableLine};

words! {
    /// The states of an invoice. Those between posting and payment in full follow from its balance.
    pub enum State {
        Draft = "draft",
        Posted = "posted",
        PartiallyPaid = "partially_paid",
        Paid = "paid",
        Void = "void",
    }

    /// What can be done to an invoice as such; paying it is done to a payment.
    pub enum Step {
        Edit = "edit",
        Post = "post",
        Void = "void",
        Discard = "discard",
    }
}

impl State {
    /// The state that a posted invoice's balance gives it.
    #[must_use]
    pub const fn settled(balance: i64, total: i64) -> Self {
        if balance == 0 {
            Self::Paid
        } else if balance < total {
            Self::PartiallyPaid
        } else {
            Self::Posted
        }
    }

    /// True while something is left to pay.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Posted | Self::PartiallyPaid)
    }

    /// # Errors
    /// 409 `illegal_transition` with the steps that are allowed.
    pub fn check(self, step: Step) -> Result<(), Fault> {
        transition::moved(self, step, |state, step| state.allows(step).then_some(state)).map(drop)
    }

    /// An invoice of zero is paid when it is posted, and can still be voided; live applications are checked apart.
    const fn allows(self, step: Step) -> bool {
        match (self, step) {
            (Self::Draft, Step::Edit | Step::Post | Step::Discard) | (Self::Posted | Self::PartiallyPaid | Self::Paid, Step::Void) => true,
            (Self::Draft, Step::Void)
            | (Self::Posted | Self::PartiallyPaid | Self::Paid, Step::Edit | Step::Post | Step::Discard)
            | (Self::Void, Step::Edit | Step::Post | Step::Void | Step::Discard) => false,
        }
    }
}

/// What is said about the whole document.
#[derive(Clone, Debug)]
pub struct Header {
    pub bill_to: Uuid,
    pub bill_to_name: Option<String>,
    pub branch: Option<Uuid>,
    pub order: Option<Uuid>,
    pub run: Option<Uuid>,
    pub currency: Currency,
    pub po_number: Option<String>,
    pub terms: PaymentTerms,
    pub issue_date: Option<NaiveDate>,
    pub due_date: Option<NaiveDate>,
    pub memo: Option<String>,
    pub external_ref: Option<String>,
}

/// A line before tax. A tax code names a group of the document's tax rules; without one, or with an exemption
/// certificate, the line is not taxed.
#[derive(Clone, Debug)]
pub struct NewLine {
    pub kind: LineKind,
    pub description: String,
    pub billable: Option<Uuid>,
    pub order: Option<Uuid>,
    pub site: Option<Uuid>,
    pub item: Option<Uuid>,
    pub service_date: Option<NaiveDate>,
    pub quantity: Quantity,
    pub uom: Option<String>,
    pub unit_price: UnitPrice,
    pub discount_rate: Rate,
    pub tax_code: Option<String>,
    pub tax_exemption: Option<String>,
}

/// How the document is taxed.
#[derive(Clone, Debug)]
pub enum TaxChoice {
    Computed(TaxRules),
    /// Computed elsewhere, in minor units; spread over the taxable lines.
    Given(i64),
}

/// A document that is ready to be stored: lines extended, discounted and taxed. Minor units.
#[derive(Clone, Debug)]
pub struct Draft {
    pub header: Header,
    pub lines: Vec<DraftLine>,
    pub taxes: Vec<JurisdictionTax>,
    pub net: i64,
    pub tax: i64,
    pub total: i64,
}

/// A line with its amounts in minor units.
#[derive(Clone, Debug)]
pub struct DraftLine {
    pub line: NewLine,
    pub net: i64,
    pub tax: i64,
}

impl Draft {
    /// Extends each line once, then taxes the document once.
    ///
    /// # Errors
    /// `no_lines`; `negative_total`: a document that gives money back is a credit memo; those of the tax engine.
    pub fn assemble(header: Header, lines: Vec<NewLine>, choice: &TaxChoice) -> Result<Self, Fault> {
        if lines.is_empty() {
            return Err(Fault::invalid("no_lines", "An invoice needs at least one line."));
        }
        let mut amounts = Vec::with_capacity(lines.len());
        for (index, line) in lines.iter().enumerate() {
            let extended = Money::extend_less(line.unit_price, line.quantity, line.discount_rate, header.currency, Rounding::HalfUp);
            amounts.push(extended.map_err(|fault| fault.and_field(format!("/lines/{index}"), "amount", "This line has no valid amount."))?);
        }
        let taxable: Vec<TaxableLine<'_>> = lines
            .iter()
            .zip(&amounts)
            .map(|(line, amount)| TaxableLine {
                amount: amount.minor(),
                group: line.tax_code.as_deref().filter(|_| line.tax_exemption.is_none()),
            })
            .collect();
        let DocumentTax { lines: shares, jurisdictions, net, tax } = match choice {
            TaxChoice::Computed(rules) => tax::computed(&taxable, rules)?,
            TaxChoice::Given(amount) => tax::given(&taxable, *amount)?,
        };
        let total = net.checked_add(tax).ok_or_else(Fault::overflow)?;
        if total < 0 {
            return Err(Fault::invalid("negative_total", "The total is below zero: issue a credit memo instead."));
        }
        let lines = lines.into_iter().zip(shares).map(|(line, share)| DraftLine { line, net: share.net, tax: share.tax }).collect();
        Ok(Self { header, lines, taxes: jurisdictions, net, tax, total })
    }
}

/// The dates that posting fixes.
///
/// # Errors
/// `future_issue_date`; `due_before_issue`.
pub fn dates(
    issue: Option<NaiveDate>,
    due: Option<NaiveDate>,
    terms: PaymentTerms,
    today: NaiveDate,
) -> Result<(NaiveDate, NaiveDate), Fault> {
    let issued = issue.unwrap_or(today);
    if issued > today {
        return Err(Fault::field("/issue_date", "future_issue_date", "An invoice cannot be issued in the future."));
    }
    let due = due.map_or_else(|| terms.due(issued), Ok)?;
    if due < issued {
        return Err(Fault::field("/due_date", "due_before_issue", "The due date is before the issue date."));
    }
    Ok((issued, due))
}
