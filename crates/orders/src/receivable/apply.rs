//! Settling invoices from a payment or a credit: the pure decision of what changes, and writing it in three statements.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::new_uuid;
use kernel::words;
use kernel::{Currency, Fault};
use platform::db::Tx;
use platform::outbox::Change;
use platform::problem::Problem;
use sea_orm::{EntityTrait, IntoActiveModel};
use uuid::Uuid;

use super::application_entity::{Entity, Model as Application};
use crate::invoice::model::State;
use crate::invoice::store::{self as invoices, Settled};
use crate::ledger::entry::{About, Entry};
use crate::ledger::posting;
use crate::payment::application::{Applied, OpenItem};

words! {
    /// What pays.
    pub enum SourceKind {
        Payment = "payment",
        CreditMemo = "credit_memo",
    }
}

/// The payment or credit that pays, its account and the date on which it does.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    pub kind: SourceKind,
    pub id: Uuid,
    pub account: Uuid,
    pub branch: Option<Uuid>,
    pub currency: Currency,
    pub effective_on: NaiveDate,
    pub actor: Uuid,
}

/// Everything that one application of a source changes.
#[derive(Debug, Default)]
pub struct Settlement {
    pub applications: Vec<Application>,
    pub entries: Vec<Entry>,
    pub invoices: Vec<Settled>,
    /// What the source gives, in minor units; negative when it is given back.
    pub amount: i64,
}

/// Decides an application of `applied` on open items that the caller has read under the account's lock.
///
/// # Errors
/// `overflow`; 409 `stale_balance` when an item is missing or has too little left.
pub fn settle(source: &Source, applied: &[Applied], items: &[OpenItem], now: DateTime<Utc>) -> Result<Settlement, Fault> {
    let mut settlement = Settlement::default();
    for one in applied {
        let item = items.iter().find(|item| item.invoice == one.invoice && item.balance >= one.amount);
        let item =
            item.ok_or_else(|| Fault::conflict("stale_balance", "An invoice has less left to pay.").with_conflicts([one.invoice]))?;
        // Cash that came before the invoice pays it on the day it was issued.
        settlement.add(&source.not_before(item.issue_date), item, (one.amount, None), now)?;
    }
    Ok(settlement)
}

/// Decides to take applications back.
///
/// # Errors
/// `overflow`.
pub fn unsettle(source: &Source, taken_back: &[(Application, OpenItem)], now: DateTime<Utc>) -> Result<Settlement, Fault> {
    let mut settlement = Settlement::default();
    for (application, item) in taken_back {
        let amount = application.amount.checked_neg().ok_or_else(Fault::overflow)?;
        settlement.add(&source.not_before(application.effective_on), item, (amount, Some(application.id)), now)?;
    }
    Ok(settlement)
}

impl Settlement {
    fn add(&mut self, source: &Source, item: &OpenItem, part: (i64, Option<Uuid>), now: DateTime<Utc>) -> Result<(), Fault> {
        let (amount, reverses) = part;
        let id = new_uuid();
        // The same invoice may occur twice when several applications are taken back: go on from the last balance.
        let before = self.invoices.iter().rev().find(|one| one.id == item.invoice).map_or(item.balance, |one| one.balance);
        let balance = before.checked_sub(amount).ok_or_else(Fault::overflow)?;
        let state = State::settled(balance, item.total);
        match self.invoices.iter_mut().find(|one| one.id == item.invoice) {
            Some(one) => (one.balance, one.state) = (balance, state),
            None => self.invoices.push(Settled {
                id: item.invoice,
                number: item.number.clone(),
                balance,
                state,
                version: item.version.checked_add(1).ok_or_else(Fault::overflow)?,
            }),
        }
        self.amount = self.amount.checked_add(amount).ok_or_else(Fault::overflow)?;
        self.entries.push(source.entry(id, amount, reverses)?);
        self.applications.push(Application {
            id,
            source_type: source.kind.as_str().to_owned(),
            source_id: source.id,
            invoice_id: item.invoice,
            account_id: source.account,
            currency: source.currency.code().to_owned(),
            amount,
            discount: 0,
            effective_on: source.effective_on,
            recorded_at: now,
            recorded_by: Some(source.actor),
            reverses,
        });
        Ok(())
    }
}

impl Source {
    fn not_before(&self, date: NaiveDate) -> Self {
        Self { effective_on: self.effective_on.max(date), ..*self }
    }

    /// What an entry about one of this source's documents says of it.
    #[must_use]
    pub const fn about(&self, document: Uuid) -> About {
        About { document, party: self.account, branch: self.branch, effective_on: self.effective_on, currency: self.currency }
    }

    fn entry(&self, application: Uuid, amount: i64, reverses: Option<Uuid>) -> Result<Entry, Fault> {
        let about = self.about(application);
        let back = amount.checked_neg().ok_or_else(Fault::overflow)?;
        match (self.kind, amount < 0) {
            (SourceKind::Payment, false) => posting::payment_applied(about, amount, 0),
            (SourceKind::Payment, true) => posting::payment_unapplied(about, back, 0, reverses),
            (SourceKind::CreditMemo, false) => posting::credit_applied(about, amount),
            (SourceKind::CreditMemo, true) => posting::credit_unapplied(about, back, reverses),
        }
    }
}

impl Settlement {
    /// The dates on which its entries take effect.
    pub fn dates(&self) -> impl Iterator<Item = NaiveDate> {
        self.entries.iter().map(|entry| entry.about.effective_on)
    }
}

/// Writes the application rows and the invoices' new balances and records the invoices' events. The ledger entries are the
/// caller's to post, together with its own.
///
/// # Errors
/// Those of the database.
pub async fn save(tx: &Tx, source: &Source, settlement: &Settlement) -> Result<(), Problem> {
    if settlement.applications.is_empty() {
        return Ok(());
    }
    let rows = settlement.applications.iter().map(|row| row.clone().into_active_model());
    Entity::insert_many(rows).exec_without_returning(tx).await?;
    invoices::settle(tx, &settlement.invoices).await?;
    for one in &settlement.invoices {
        let event = if one.balance == 0 { "invoice.paid" } else { "invoice.balance_changed" };
        tx.record(
            Change::new(event, "invoice", one.id, one.version)
                .after(&invoices::BalanceView::of(one, source.currency))
                .account(Some(source.account))
                .branch(source.branch)
                .portal(),
        );
    }
    Ok(())
}
