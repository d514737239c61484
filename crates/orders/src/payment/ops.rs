//! Recording, applying, taking back and reversing payments inside a transaction.

use chrono::NaiveDate;
use kernel::id::new_uuid;
use kernel::{Currency, Fault, Money};
use platform::db::Tx;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::rows::word;
use uuid::Uuid;

use super::application::OpenItem;
use super::entity::Model;
use super::model::{ReversalReason, State, Step};
use super::plan::plan;
use super::request::{ApplyUnapplied, RecordPayment};
use super::store;
use super::view::PaymentDetail;
use crate::invoice::store::{Wanted, items};
use crate::ledger::entry::{Entry, PostingEvent};
use crate::ledger::{period, posting, store as ledger};
use crate::receivable::application_entity::Model as Application;
use crate::receivable::apply::{self, Settlement, Source, SourceKind};
use crate::receivable::balance::{self, Delta};

/// A payment and all of its applications.
pub type Recorded = (Model, Vec<Application>);

fn source(tx: &Tx, payment: &Model, effective_on: NaiveDate) -> Result<Source, Fault> {
    Ok(Source {
        kind: SourceKind::Payment,
        id: payment.id,
        account: payment.account_id,
        branch: payment.branch_id,
        currency: payment.currency.parse()?,
        effective_on,
        actor: tx.actor().id,
    })
}

/// Records a payment and applies it as asked.
///
/// # Errors
/// 409 `stale_balance`, `duplicate_payment` or `period_closed`; nothing is written then.
pub async fn record(tx: &Tx, request: &RecordPayment, amount: Money) -> Result<Recorded, Problem> {
    balance::lock(tx, request.account_id, request.currency).await?;
    let mut payment = row(tx, request, amount.minor());
    let source = source(tx, &payment, payment.received_on)?;
    let plan = plan(tx, payment.account_id, amount, &request.application).await?;
    let settlement = apply::settle(&source, &plan.applied, &plan.items, tx.now())?;
    payment.unapplied = amount.minor().checked_sub(settlement.amount).ok_or_else(Fault::overflow)?;
    period::ensure_open(tx, settlement.dates().chain([payment.received_on])).await?;
    store::insert(tx, &payment).await?;
    apply::save(tx, &source, &settlement).await?;
    let mut entries = vec![posting::payment_recorded(source.about(payment.id), amount.minor())?];
    entries.extend(settlement.entries);
    let delta = Delta { receivable: -settlement.amount, unapplied_cash: payment.unapplied, ..Delta::default() };
    balance::adjust(tx, payment.account_id, request.currency, delta).await?;
    ledger::post(tx, &entries).await?;
    tx.record(changed("payment.recorded", &payment, &settlement.applications)?);
    Ok((payment, settlement.applications))
}

fn changed(event: &'static str, payment: &Model, applications: &[Application]) -> Result<Change, Problem> {
    let change = Change::new(event, "payment", payment.id, payment.version).after(&PaymentDetail::of(payment, applications)?);
    Ok(change.account(Some(payment.account_id)).branch(payment.branch_id).portal())
}

fn row(tx: &Tx, request: &RecordPayment, amount: i64) -> Model {
    let id = new_uuid();
    let actor = Some(tx.actor().id);
    Model {
        id,
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
        created_by: actor,
        updated_by: actor,
        external_ref: request.external_ref.clone(),
        state: State::Recorded.as_str().to_owned(),
        account_id: request.account_id,
        branch_id: request.branch_id,
        currency: request.currency.code().to_owned(),
        method: request.method.as_str().to_owned(),
        reference: request.reference.clone(),
        received_on: request.received_on,
        deposit_batch: request.deposit_batch.clone(),
        amount,
        unapplied: amount,
        distinguished_by: if request.allow_duplicate { id.to_string() } else { String::new() },
        duplicate_reason: request.duplicate_reason.clone(),
        reversal_reason: None,
        reversed_on: None,
        reversed_at: None,
    }
}

/// Applies what is unapplied of a payment.
///
/// # Errors
/// 409 when reversed, `stale_balance` or `period_closed`; 412 when it has changed meanwhile.
pub async fn apply(tx: &Tx, current: Model, request: &ApplyUnapplied, on: NaiveDate) -> Result<Recorded, Problem> {
    word::<State>(&current.state)?.check(Step::Apply)?;
    let source = source(tx, &current, on.max(current.received_on))?;
    balance::lock(tx, current.account_id, source.currency).await?;
    let available = Money::from_minor(current.unapplied, source.currency);
    let plan = plan(tx, current.account_id, available, &request.application).await?;
    let settlement = apply::settle(&source, &plan.applied, &plan.items, tx.now())?;
    settled(tx, current, &source, settlement, ("payment.applied", Vec::new())).await
}

/// Takes applications back: all live ones, or those named.
///
/// # Errors
/// 409 when reversed or `not_applied`; 412 when it has changed meanwhile.
pub async fn unapply(tx: &Tx, current: Model, named: Option<&[Uuid]>, on: NaiveDate) -> Result<Recorded, Problem> {
    word::<State>(&current.state)?.check(Step::Unapply)?;
    let source = source(tx, &current, on)?;
    balance::lock(tx, current.account_id, source.currency).await?;
    let taken_back = taken_back(tx, &source, named).await?;
    let settlement = apply::unsettle(&source, &taken_back, tx.now())?;
    settled(tx, current, &source, settlement, ("payment.unapplied", Vec::new())).await
}

/// The live applications that are to be taken back, with the invoices they paid.
///
/// # Errors
/// 409 `not_applied` when a named one is not live.
pub async fn taken_back(tx: &Tx, source: &Source, named: Option<&[Uuid]>) -> Result<Vec<(Application, OpenItem)>, Problem> {
    let mut live = store::live(&store::applications(tx, source.id).await?);
    if let Some(named) = named {
        let missing: Vec<Uuid> = named.iter().copied().filter(|id| !live.iter().any(|one| one.id == *id)).collect();
        if !missing.is_empty() {
            let fault = Fault::conflict("not_applied", "An application is not live or belongs to something else.");
            return Err(fault.with_conflicts(missing).into());
        }
        live.retain(|one| named.contains(&one.id));
    }
    let ids: Vec<Uuid> = live.iter().map(|one| one.invoice_id).collect();
    let items = items(tx, source.account, source.currency, Wanted::Any(&ids)).await?;
    let pair = |one: Application| items.iter().find(|item| item.invoice == one.invoice_id).map(|item| (one, item.clone()));
    Ok(live.into_iter().filter_map(pair).collect())
}

/// Writes a settlement of an existing payment, with further entries of its own.
async fn settled(
    tx: &Tx,
    current: Model,
    source: &Source,
    settlement: Settlement,
    (event, own): (&'static str, Vec<Entry>),
) -> Result<Recorded, Problem> {
    let given: i64 = own.iter().map(|entry| entry.net(crate::ledger::chart::LedgerAccount::UnappliedCash)).sum();
    let spent = settlement.amount.checked_add(given).ok_or_else(Fault::overflow)?;
    let unapplied = current.unapplied.checked_sub(spent).ok_or_else(Fault::overflow)?;
    let next = Model { version: current.version + 1, updated_at: tx.now(), updated_by: Some(source.actor), unapplied, ..current };
    let dates = settlement.dates().chain(own.iter().map(|entry| entry.about.effective_on));
    period::ensure_open(tx, dates).await?;
    store::save(tx, &next).await?;
    apply::save(tx, source, &settlement).await?;
    let mut entries = settlement.entries;
    entries.extend(own);
    ledger::post(tx, &entries).await?;
    let delta = Delta { receivable: -settlement.amount, unapplied_cash: -spent, ..Delta::default() };
    balance::adjust(tx, next.account_id, source.currency, delta).await?;
    let applications = store::applications(tx, next.id).await?;
    tx.record(changed(event, &next, &applications)?);
    Ok((next, applications))
}

/// Reverses a payment: its live applications are taken back, balances come back, and the money is gone.
///
/// # Errors
/// 409 when it has been reversed already or the period is closed.
pub async fn reverse(tx: &Tx, current: Model, reason: ReversalReason, on: NaiveDate) -> Result<Recorded, Problem> {
    word::<State>(&current.state)?.check(Step::Reverse)?;
    let on = on.max(current.received_on);
    let source = source(tx, &current, on)?;
    let currency: Currency = source.currency;
    balance::lock(tx, current.account_id, currency).await?;
    let taken_back = taken_back(tx, &source, None).await?;
    let settlement = apply::unsettle(&source, &taken_back, tx.now())?;
    let recorded = ledger::entry_of(tx, current.id, PostingEvent::PaymentRecorded).await?;
    let gone = posting::payment_reversed(source.about(current.id), current.amount, recorded)?;
    let reversed = Model {
        state: State::Reversed.as_str().to_owned(),
        reversal_reason: Some(reason.as_str().to_owned()),
        reversed_on: Some(on),
        reversed_at: Some(tx.now()),
        ..current
    };
    settled(tx, reversed, &source, settlement, ("payment.reversed", vec![gone])).await
}
