//! A ledger entry: lines whose debits and credits are equal, said about one event of one document.

use chrono::NaiveDate;
use kernel::words;
use kernel::{Currency, Fault};
use uuid::Uuid;

use super::chart::LedgerAccount;

words! {
    /// The events that post; each row of the posting table is one.
    pub enum PostingEvent {
        InvoicePosted = "invoice_posted",
        InvoiceVoided = "invoice_voided",
        CreditMemoPosted = "credit_memo_posted",
        CreditApplied = "credit_applied",
        CreditUnapplied = "credit_unapplied",
        PaymentRecorded = "payment_recorded",
        PaymentApplied = "payment_applied",
        PaymentUnapplied = "payment_unapplied",
        PaymentReversed = "payment_reversed",
    }
}

/// The document an entry speaks of, whose account it is and when it takes effect.
#[derive(Clone, Copy, Debug)]
pub struct About {
    pub document: Uuid,
    /// The bill-to account.
    pub party: Uuid,
    pub branch: Option<Uuid>,
    pub effective_on: NaiveDate,
    pub currency: Currency,
}

/// One line; exactly one of `debit` and `credit` is positive, the other is zero. Minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryLine {
    pub account: LedgerAccount,
    pub debit: i64,
    pub credit: i64,
    /// What the account is analysed by: the jurisdiction of a sales tax line.
    pub dimension: Option<String>,
}

/// A balanced entry. Made only by [`EntryBuilder::finish`], which refuses what does not balance.
#[derive(Clone, Debug)]
pub struct Entry {
    pub event: PostingEvent,
    pub about: About,
    pub reverses: Option<Uuid>,
    lines: Vec<EntryLine>,
}

impl Entry {
    #[must_use]
    pub fn lines(&self) -> &[EntryLine] {
        &self.lines
    }

    /// Debit less credit of one account, in minor units.
    #[must_use]
    pub fn net(&self, account: LedgerAccount) -> i64 {
        self.lines.iter().filter(|line| line.account == account).map(|line| line.debit - line.credit).sum()
    }
}

/// Collects lines by signed amount; an amount below zero changes sides, so that stored amounts are always positive.
#[derive(Debug)]
pub struct EntryBuilder {
    event: PostingEvent,
    about: About,
    reverses: Option<Uuid>,
    lines: Vec<EntryLine>,
}

impl EntryBuilder {
    #[must_use]
    pub const fn new(event: PostingEvent, about: About) -> Self {
        Self { event, about, reverses: None, lines: Vec::new() }
    }

    /// Names the entry that this one takes back.
    #[must_use]
    pub const fn reversing(mut self, entry: Option<Uuid>) -> Self {
        self.reverses = entry;
        self
    }

    #[must_use]
    pub fn debit(self, account: LedgerAccount, amount: i64) -> Self {
        self.line(account, amount, None)
    }

    #[must_use]
    pub fn credit(self, account: LedgerAccount, amount: i64) -> Self {
        self.line(account, amount.saturating_neg(), None)
    }

    /// A debit of `amount`, or a credit when it is negative; nothing when it is zero.
    #[must_use]
    pub fn line(mut self, account: LedgerAccount, amount: i64, dimension: Option<String>) -> Self {
        let (debit, credit) = (amount.max(0), amount.min(0).saturating_neg());
        if amount != 0 {
            self.lines.push(EntryLine { account, debit, credit, dimension });
        }
        self
    }

    /// # Errors
    /// `unbalanced_entry`; `overflow`.
    pub fn finish(self) -> Result<Entry, Fault> {
        let total = |side: fn(&EntryLine) -> i64| self.lines.iter().map(side).try_fold(0_i64, i64::checked_add).ok_or_else(Fault::overflow);
        let (debits, credits) = (total(|line| line.debit)?, total(|line| line.credit)?);
        if debits != credits {
            return Err(Fault::invalid("unbalanced_entry", format!("Debits of {debits} do not equal credits of {credits}.")));
        }
        Ok(Entry { event: self.event, about: self.about, reverses: self.reverses, lines: self.lines })
    }
}
