//! The posting table: which accounts each event debits and credits. Pure; amounts are minor units of the entry's currency.

use kernel::Fault;
use uuid::Uuid;

use super::chart::{LedgerAccount as Ledger, LineKind};
use super::entry::{About, Entry, EntryBuilder, PostingEvent};
use crate::tax::JurisdictionTax;

/// Net by kind of line and tax by jurisdiction: what a document adds to revenue and owes in tax.
#[derive(Clone, Debug, Default)]
pub struct Composition {
    pub nets: Vec<(LineKind, i64)>,
    pub taxes: Vec<(String, i64)>,
}

impl Composition {
    /// Sums nets by revenue account and taxes by jurisdiction, in a stable order.
    ///
    /// # Errors
    /// `overflow`.
    pub fn of(lines: impl IntoIterator<Item = (LineKind, i64)>, jurisdictions: &[JurisdictionTax]) -> Result<Self, Fault> {
        let mut composition = Self::default();
        for (kind, net) in lines {
            let at = composition.nets.iter_mut().find(|(known, _)| *known == kind);
            match at {
                Some((_, sum)) => *sum = sum.checked_add(net).ok_or_else(Fault::overflow)?,
                None => composition.nets.push((kind, net)),
            }
        }
        for one in jurisdictions {
            match composition.taxes.iter_mut().find(|(name, _)| *name == one.name) {
                Some((_, sum)) => *sum = sum.checked_add(one.tax).ok_or_else(Fault::overflow)?,
                None => composition.taxes.push((one.name.clone(), one.tax)),
            }
        }
        Ok(composition)
    }

    /// # Errors
    /// `overflow`.
    pub fn total(&self) -> Result<i64, Fault> {
        let nets = self.nets.iter().map(|(_, net)| *net);
        let taxes = self.taxes.iter().map(|(_, tax)| *tax);
        nets.chain(taxes).try_fold(0_i64, i64::checked_add).ok_or_else(Fault::overflow)
    }
}

/// 1100 total; 4xxx net by line, 2100 tax by jurisdiction.
///
/// # Errors
/// `overflow`.
pub fn invoice_posted(about: About, composition: &Composition) -> Result<Entry, Fault> {
    invoice(EntryBuilder::new(PostingEvent::InvoicePosted, about), composition, 1)
}

/// The exact mirror of the posting, on its own date.
///
/// # Errors
/// `overflow`.
pub fn invoice_voided(about: About, composition: &Composition, posting: Option<Uuid>) -> Result<Entry, Fault> {
    invoice(EntryBuilder::new(PostingEvent::InvoiceVoided, about).reversing(posting), composition, -1)
}

fn invoice(entry: EntryBuilder, composition: &Composition, sign: i64) -> Result<Entry, Fault> {
    let mut entry = entry.debit(Ledger::Receivables, sign * composition.total()?);
    for (kind, net) in &composition.nets {
        entry = entry.credit(kind.revenue(), sign * net);
    }
    for (jurisdiction, tax) in &composition.taxes {
        entry = entry.line(Ledger::SalesTax, -sign * tax, Some(jurisdiction.clone()));
    }
    entry.finish()
}

/// 4090 (an allowance) or the original revenue, and 2100; 2210.
///
/// # Errors
/// `overflow`.
pub fn credit_memo_posted(about: About, composition: &Composition, allowance: bool) -> Result<Entry, Fault> {
    let mut entry = EntryBuilder::new(PostingEvent::CreditMemoPosted, about);
    for (kind, net) in &composition.nets {
        entry = entry.debit(if allowance { Ledger::Allowances } else { kind.revenue() }, *net);
    }
    for (jurisdiction, tax) in &composition.taxes {
        entry = entry.line(Ledger::SalesTax, *tax, Some(jurisdiction.clone()));
    }
    entry.credit(Ledger::UnappliedCredits, composition.total()?).finish()
}

/// 2210; 1100.
///
/// # Errors
/// `overflow`.
pub fn credit_applied(about: About, amount: i64) -> Result<Entry, Fault> {
    EntryBuilder::new(PostingEvent::CreditApplied, about)
        .debit(Ledger::UnappliedCredits, amount)
        .credit(Ledger::Receivables, amount)
        .finish()
}

/// 1100; 2210.
///
/// # Errors
/// `overflow`.
pub fn credit_unapplied(about: About, amount: i64, applied: Option<Uuid>) -> Result<Entry, Fault> {
    EntryBuilder::new(PostingEvent::CreditUnapplied, about)
        .reversing(applied)
        .debit(Ledger::Receivables, amount)
        .credit(Ledger::UnappliedCredits, amount)
        .finish()
}

/// 1000; 2200.
///
/// # Errors
/// `overflow`.
pub fn payment_recorded(about: About, amount: i64) -> Result<Entry, Fault> {
    EntryBuilder::new(PostingEvent::PaymentRecorded, about).debit(Ledger::Cash, amount).credit(Ledger::UnappliedCash, amount).finish()
}

/// 2200 and, for a discount taken, 4095; 1100.
///
/// # Errors
/// `overflow`.
pub fn payment_applied(about: About, amount: i64, discount: i64) -> Result<Entry, Fault> {
    EntryBuilder::new(PostingEvent::PaymentApplied, about)
        .debit(Ledger::UnappliedCash, amount)
        .debit(Ledger::DiscountsTaken, discount)
        .credit(Ledger::Receivables, amount.checked_add(discount).ok_or_else(Fault::overflow)?)
        .finish()
}

/// 1100; 2200 and, when a discount was taken, 4095.
///
/// # Errors
/// `overflow`.
pub fn payment_unapplied(about: About, amount: i64, discount: i64, applied: Option<Uuid>) -> Result<Entry, Fault> {
    EntryBuilder::new(PostingEvent::PaymentUnapplied, about)
        .reversing(applied)
        .debit(Ledger::Receivables, amount.checked_add(discount).ok_or_else(Fault::overflow)?)
        .credit(Ledger::UnappliedCash, amount)
        .credit(Ledger::DiscountsTaken, discount)
        .finish()
}

/// 2200; 1000: the money has gone back, after its applications were taken back.
///
/// # Errors
/// `overflow`.
pub fn payment_reversed(about: About, amount: i64, recorded: Option<Uuid>) -> Result<Entry, Fault> {
    EntryBuilder::new(PostingEvent::PaymentReversed, about)
        .reversing(recorded)
        .debit(Ledger::UnappliedCash, amount)
        .credit(Ledger::Cash, amount)
        .finish()
}
