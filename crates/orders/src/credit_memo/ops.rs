//! Making, applying and taking back credit memos inside a transaction.

use chrono::NaiveDate;
use kernel::id::new_uuid;
use kernel::{Currency, Fault, Money};
use platform::db::Tx;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::rows::word;
use uuid::Uuid;

use super::entity::Model;
use super::line_entity::Model as LineModel;
use super::model::{CreditReason, CreditedLine, Share, by_jurisdiction};
use super::request::CreateCreditMemo;
use super::store;
use super::view::CreditMemoView;
use crate::billable;
use crate::invoice::entity::Model as Invoice;
use crate::invoice::line_entity::Model as InvoiceLine;
use crate::invoice::model::State;
use crate::invoice::store::{self as invoices, Wanted, items};
use crate::invoice::view::StoredTax;
use crate::ledger::posting::{self, Composition};
use crate::ledger::{period, store as ledger};
use crate::numbering::{self, Series};
use crate::order;
use crate::payment::application::Applied;
use crate::payment::ops::taken_back;
use crate::payment::plan::plan;
use crate::payment::request::ApplicationMode;
use crate::receivable::apply::{self, Settlement, Source, SourceKind};
use crate::receivable::balance::{self, Delta};

/// A share of one line: the line as it is after the credit, and what the credit takes.
type Credited = (InvoiceLine, Share);

/// Posts a credit on an invoice and settles the invoice with it.
///
/// # Errors
/// 409 when the invoice is not posted or the period is closed; 422 for what cannot be credited.
pub async fn create(tx: &Tx, invoice: &Invoice, request: &CreateCreditMemo, today: NaiveDate) -> Result<Model, Problem> {
    if matches!(word::<State>(&invoice.state)?, State::Draft | State::Void) {
        return Err(Fault::conflict("not_posted", "Only a posted invoice can be credited.").with_conflicts([invoice.id]).into());
    }
    let currency: Currency = invoice.currency.parse()?;
    balance::lock(tx, invoice.bill_to_id, currency).await?;
    let before = invoices::lines(tx, invoice.id).await?;
    let credited = shares(&before, request, currency)?;
    let taxes = taxes(invoice, &before, &credited)?;
    let mut memo = row(tx, invoice, request, today);
    amounts(&mut memo, &credited, &taxes)?;
    memo.number = numbering::store::take(tx, Series::CreditMemo, today, 1).await?.pop();
    let source = source(tx, &memo, currency, today);
    let settlement = own_invoice(tx, &source, &memo).await?;
    memo.unapplied = memo.total.checked_sub(settlement.amount).ok_or_else(Fault::overflow)?;
    period::ensure_open(tx, settlement.dates().chain([today])).await?;
    store::insert(tx, &memo, &lines(&memo, &credited)).await?;
    for (line, _) in &credited {
        store::credited(tx, line).await?;
    }
    post(tx, &source, (&memo, request.reason), (&credited, &taxes), settlement).await?;
    if request.rebill {
        let full = |(line, _): &Credited| line.billable_id.filter(|_| line.credited_net == line.net && line.credited_tax == line.tax);
        let billables: Vec<Uuid> = credited.iter().filter_map(full).collect();
        billable::store::reopen(tx, &billables).await?;
        order::billing::follow(tx, &billables).await?;
    }
    tx.record(changed("credit_memo.posted", &memo)?);
    Ok(memo)
}

fn changed(event: &'static str, memo: &Model) -> Result<Change, Problem> {
    let change = Change::new(event, "credit_memo", memo.id, memo.version).after(&CreditMemoView::of(memo)?);
    Ok(change.account(Some(memo.bill_to_id)).branch(memo.branch_id).portal())
}

/// The shares of the lines named, each line once.
fn shares(before: &[InvoiceLine], request: &CreateCreditMemo, currency: Currency) -> Result<Vec<Credited>, Fault> {
    let mut credited: Vec<Credited> = Vec::with_capacity(request.lines.len());
    for (index, wanted) in request.lines.iter().enumerate() {
        let place = format!("/lines/{index}");
        let line = before.iter().find(|line| line.line_no == wanted.line_no);
        let Some(line) = line.filter(|line| !credited.iter().any(|(other, _)| other.id == line.id)) else {
            return Err(Fault::field(format!("{place}/line_no"), "unknown_line", "Name a line of the invoice, each once."));
        };
        let state = CreditedLine {
            quantity: line.quantity,
            net: line.net,
            tax: line.tax,
            credited_quantity: line.credited_quantity,
            credited_net: line.credited_net,
            credited_tax: line.credited_tax,
        };
        let extent = wanted.extent(currency).map_err(|fault| fault.under(&place))?;
        let share = state.credit(extent).map_err(|fault| {
            let (code, detail) = (fault.code.clone(), fault.detail.clone());
            Fault::new(fault.kind, code, detail.clone()).and_field(place.clone(), "credit", detail)
        })?;
        let mut line = line.clone();
        line.credited_quantity += share.quantity;
        line.credited_net += share.net;
        line.credited_tax += share.tax;
        credited.push((line, share));
    }
    Ok(credited)
}

/// The credit's tax by jurisdiction, group by group.
fn taxes(invoice: &Invoice, before: &[InvoiceLine], credited: &[Credited]) -> Result<Vec<StoredTax>, Problem> {
    let stored = StoredTax::read(&invoice.taxes)?;
    let mut taxes = Vec::new();
    let mut groups: Vec<&str> = stored.iter().map(|tax| tax.group.as_str()).collect();
    groups.dedup();
    for group in groups {
        let member = |line: &InvoiceLine| group == "given" || line.tax_code.as_deref() == Some(group);
        let earlier: i64 = before.iter().filter(|line| member(line)).map(|line| line.credited_tax).sum();
        let shares = credited.iter().filter(|(line, _)| member(line)).map(|(_, share)| *share);
        let (net, tax) = shares.fold((0, 0), |(net, tax), share| (net + share.net, tax + share.tax));
        let members: Vec<&StoredTax> = stored.iter().filter(|tax| tax.group == group).collect();
        let weights: Vec<i64> = members.iter().map(|tax| tax.tax).collect();
        for (one, tax) in members.iter().zip(by_jurisdiction(&weights, earlier, earlier + tax)?) {
            taxes.push(StoredTax { base: net, tax, ..(*one).clone() });
        }
    }
    taxes.retain(|tax| tax.tax != 0);
    Ok(taxes)
}

fn amounts(memo: &mut Model, credited: &[Credited], taxes: &[StoredTax]) -> Result<(), Problem> {
    let sum = |part: fn(&Share) -> i64| credited.iter().map(|(_, share)| part(share)).try_fold(0_i64, i64::checked_add);
    memo.net = sum(|share| share.net).ok_or_else(Fault::overflow)?;
    memo.tax = sum(|share| share.tax).ok_or_else(Fault::overflow)?;
    memo.total = memo.net.checked_add(memo.tax).ok_or_else(Fault::overflow)?;
    memo.taxes = serde_json::to_value(taxes)?;
    if memo.total <= 0 {
        return Err(Fault::invalid("not_positive", "A credit memo must come to more than zero.").into());
    }
    Ok(())
}

fn row(tx: &Tx, invoice: &Invoice, request: &CreateCreditMemo, today: NaiveDate) -> Model {
    let actor = Some(tx.actor().id);
    Model {
        id: new_uuid(),
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
        created_by: actor,
        updated_by: actor,
        external_ref: request.external_ref.clone(),
        number: None,
        state: "posted".to_owned(),
        reason: request.reason.as_str().to_owned(),
        bill_to_id: invoice.bill_to_id,
        branch_id: invoice.branch_id,
        invoice_id: invoice.id,
        currency: invoice.currency.clone(),
        issue_date: Some(today),
        posted_at: Some(tx.now()),
        net: 0,
        tax: 0,
        total: 0,
        unapplied: 0,
        taxes: serde_json::Value::Null,
        rebill: request.rebill,
        memo: request.memo.clone(),
    }
}

fn lines(memo: &Model, credited: &[Credited]) -> Vec<LineModel> {
    let line = |((line, share), number): (&Credited, i32)| LineModel {
        id: new_uuid(),
        credit_memo_id: memo.id,
        line_no: number,
        invoice_line_id: line.id,
        kind: line.kind.clone(),
        quantity: share.quantity,
        net: share.net,
        tax: share.tax,
    };
    credited.iter().zip(1..).map(line).collect()
}

fn source(tx: &Tx, memo: &Model, currency: Currency, effective_on: NaiveDate) -> Source {
    let (account, branch, actor) = (memo.bill_to_id, memo.branch_id, tx.actor().id);
    Source { kind: SourceKind::CreditMemo, id: memo.id, account, branch, currency, effective_on, actor }
}

/// Settles the credited invoice with as much of the credit as it still owes.
async fn own_invoice(tx: &Tx, source: &Source, memo: &Model) -> Result<Settlement, Problem> {
    let found = items(tx, source.account, source.currency, Wanted::Any(&[memo.invoice_id])).await?;
    let owed = found.first().map_or(0, |item| item.balance);
    if owed == 0 {
        invoices::touch(tx, memo.invoice_id).await?;
        return Ok(Settlement::default());
    }
    let applied = Applied { invoice: memo.invoice_id, amount: owed.min(memo.total) };
    Ok(apply::settle(source, &[applied], &found, tx.now())?)
}

async fn post(
    tx: &Tx,
    source: &Source,
    (memo, reason): (&Model, CreditReason),
    (credited, taxes): (&[Credited], &[StoredTax]),
    settlement: Settlement,
) -> Result<(), Problem> {
    let shares: Vec<_> = taxes.iter().cloned().map(StoredTax::into_share).collect();
    let nets = credited.iter().map(|(line, share)| Ok((word(&line.kind)?, share.net))).collect::<Result<Vec<_>, Problem>>()?;
    let composition = Composition::of(nets, &shares)?;
    let mut entries = vec![posting::credit_memo_posted(source.about(memo.id), &composition, reason.is_allowance())?];
    apply::save(tx, source, &settlement).await?;
    entries.extend(settlement.entries);
    ledger::post(tx, &entries).await?;
    let delta = Delta { receivable: -settlement.amount, unapplied_credit: memo.unapplied, ..Delta::default() };
    balance::adjust(tx, source.account, source.currency, delta).await?;
    Ok(())
}

/// Applies what is unapplied of a credit memo.
///
/// # Errors
/// 409 `stale_balance` or `period_closed`; 412 when it has changed meanwhile.
pub async fn apply(tx: &Tx, current: Model, mode: &ApplicationMode, on: NaiveDate) -> Result<Model, Problem> {
    let currency: Currency = current.currency.parse()?;
    let source = source(tx, &current, currency, on.max(current.issue_date.unwrap_or(on)));
    balance::lock(tx, source.account, currency).await?;
    let plan = plan(tx, source.account, Money::from_minor(current.unapplied, currency), mode).await?;
    let settlement = apply::settle(&source, &plan.applied, &plan.items, tx.now())?;
    settled(tx, current, &source, settlement, "credit_memo.applied").await
}

/// Takes applications of a credit memo back: all live ones, or those named.
///
/// # Errors
/// 409 `not_applied`; 412 when it has changed meanwhile.
pub async fn unapply(tx: &Tx, current: Model, named: Option<&[Uuid]>, on: NaiveDate) -> Result<Model, Problem> {
    let currency: Currency = current.currency.parse()?;
    let source = source(tx, &current, currency, on);
    balance::lock(tx, source.account, currency).await?;
    let taken_back = taken_back(tx, &source, named).await?;
    let settlement = apply::unsettle(&source, &taken_back, tx.now())?;
    settled(tx, current, &source, settlement, "credit_memo.unapplied").await
}

async fn settled(tx: &Tx, current: Model, source: &Source, settlement: Settlement, event: &'static str) -> Result<Model, Problem> {
    let unapplied = current.unapplied.checked_sub(settlement.amount).ok_or_else(Fault::overflow)?;
    let next = Model { version: current.version + 1, updated_at: tx.now(), updated_by: Some(source.actor), unapplied, ..current };
    period::ensure_open(tx, settlement.dates()).await?;
    store::save(tx, &next).await?;
    apply::save(tx, source, &settlement).await?;
    ledger::post(tx, &settlement.entries).await?;
    let delta = Delta { receivable: -settlement.amount, unapplied_credit: -settlement.amount, ..Delta::default() };
    balance::adjust(tx, source.account, source.currency, delta).await?;
    tx.record(changed(event, &next)?);
    Ok(next)
}
