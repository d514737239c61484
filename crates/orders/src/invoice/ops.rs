//! Issuing, posting and voiding invoices inside a transaction; used by the handlers and by bill runs.
//!
//! Locks are taken in the service's one order: accounts by ascending id, then the number series, then the period.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kernel::{Currency, Fault, PaymentTerms};
use platform::db::Tx;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::rows::word;
use sea_orm::ActiveValue::Set;
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::entity::{ActiveModel, Model};
use super::line_entity::Model as LineModel;
use super::model::{Draft, State, Step, dates};
use super::request::PatchInvoice;
use super::store;
use super::view::{InvoiceDetail, InvoiceView, StoredTax, stored_currency};
use crate::billable;
use crate::ledger::entry::{About, PostingEvent};
use crate::ledger::posting::{self, Composition};
use crate::ledger::{period, store as ledger};
use crate::numbering::{self, Series};
use crate::order;
use crate::receivable::balance::{self, Delta};

/// An invoice and its lines, as stored.
pub type Rows = (Model, Vec<LineModel>);

/// Stores a draft and claims its billables.
///
/// # Errors
/// 409 when a billable is no longer open or the external reference is taken.
pub async fn draft(tx: &Tx, draft: &Draft, today: NaiveDate) -> Result<Rows, Problem> {
    let (invoice, lines) = store::rows(draft, tx)?;
    store::insert(tx, std::slice::from_ref(&invoice), &lines).await?;
    billable::store::claim(tx, &[(invoice.id, billables(&lines))], billable::State::Claimed).await?;
    tx.record(changed("invoice.created", &invoice, today)?);
    Ok((invoice, lines))
}

fn billables(lines: &[LineModel]) -> Vec<Uuid> {
    lines.iter().filter_map(|line| line.billable_id).collect()
}

fn changed(event: &'static str, invoice: &Model, today: NaiveDate) -> Result<Change, Problem> {
    let change = Change::new(event, "invoice", invoice.id, invoice.version)
        .after(&InvoiceView::of(invoice, today)?)
        .account(Some(invoice.bill_to_id))
        .branch(invoice.branch_id);
    // A draft is nobody's business but ours.
    Ok(if invoice.number.is_some() { change.portal() } else { change })
}

/// Stores several invoices posted from the start, numbered in the order given.
///
/// # Errors
/// 409 `period_closed`, `billable_not_open`; 422 for dates that cannot be.
pub async fn issue(tx: &Tx, drafts: &[Draft], today: NaiveDate) -> Result<Vec<Rows>, Problem> {
    let mut issued = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let (mut invoice, lines) = store::rows(draft, tx)?;
        date(&mut invoice, draft.header.terms, today)?;
        issued.push((invoice, lines));
    }
    fix(tx, &mut issued).await?;
    let invoices: Vec<Model> = issued.iter().map(|(invoice, _)| invoice.clone()).collect();
    let lines: Vec<LineModel> = issued.iter().flat_map(|(_, lines)| lines.iter().cloned()).collect();
    store::insert(tx, &invoices, &lines).await?;
    let claims: Vec<(Uuid, Vec<Uuid>)> = issued.iter().map(|(invoice, lines)| (invoice.id, billables(lines))).collect();
    billable::store::claim(tx, &claims, billable::State::Billed).await?;
    order::billing::follow(tx, &billables(&lines)).await?;
    for (invoice, _) in &issued {
        tx.record(changed("invoice.posted", invoice, today)?);
    }
    Ok(issued)
}

/// Stores one invoice posted from the start.
///
/// # Errors
/// As [`issue`].
pub async fn issue_one(tx: &Tx, draft: Draft, today: NaiveDate) -> Result<Rows, Problem> {
    issue(tx, &[draft], today).await?.pop().ok_or_else(|| Problem::internal("nothing was issued"))
}

/// Posts a stored draft.
///
/// # Errors
/// 409 when it is not a draft or the period is closed; 412 when it has changed meanwhile.
pub async fn post(tx: &Tx, current: Model, lines: Vec<LineModel>, today: NaiveDate) -> Result<Rows, Problem> {
    word::<State>(&current.state)?.check(Step::Post)?;
    let mut next = Model { version: current.version + 1, updated_at: tx.now(), updated_by: Some(tx.actor().id), ..current };
    let terms = next.terms.parse()?;
    date(&mut next, terms, today)?;
    let mut rows = [(next, lines)];
    fix(tx, &mut rows).await?;
    let [(next, lines)] = rows;
    let change = ActiveModel {
        number: Set(next.number.clone()),
        issue_date: Set(next.issue_date),
        due_date: Set(next.due_date),
        posted_at: Set(next.posted_at),
        content_hash: Set(next.content_hash.clone()),
        ..Default::default()
    };
    store::save(tx, &next, change).await?;
    if lines.iter().any(|line| line.billable_id.is_some()) {
        billable::store::bill(tx, next.id).await?;
        order::billing::follow(tx, &billables(&lines)).await?;
    }
    tx.record(changed("invoice.posted", &next, today)?);
    Ok((next, lines))
}

fn date(invoice: &mut Model, terms: PaymentTerms, today: NaiveDate) -> Result<(), Fault> {
    let (issued, due) = dates(invoice.issue_date, invoice.due_date, terms, today)?;
    (invoice.issue_date, invoice.due_date) = (Some(issued), Some(due));
    Ok(())
}

/// Gives dated invoices all that posting fixes: account balances, numbers, hashes and ledger entries.
async fn fix(tx: &Tx, rows: &mut [Rows]) -> Result<(), Problem> {
    let mut owed: BTreeMap<(Uuid, String), i64> = BTreeMap::new();
    for (invoice, _) in rows.iter() {
        let sum = owed.entry((invoice.bill_to_id, invoice.currency.clone())).or_default();
        *sum = sum.checked_add(invoice.total).ok_or_else(Fault::overflow)?;
    }
    let owed: Vec<(Uuid, String, i64)> = owed.into_iter().map(|((account, currency), amount)| (account, currency, amount)).collect();
    balance::owe(tx, &owed).await?;
    number(tx, rows).await?;
    period::ensure_open(tx, rows.iter().filter_map(|(invoice, _)| invoice.issue_date)).await?;
    let mut entries = Vec::with_capacity(rows.len());
    for (invoice, lines) in rows.iter_mut() {
        let state = State::settled(invoice.total, invoice.total);
        (invoice.state, invoice.open, invoice.balance) = (state.as_str().to_owned(), state.is_open(), invoice.total);
        invoice.posted_at = Some(tx.now());
        invoice.content_hash = Some(content_hash(invoice, lines)?);
        let (about, composition) = booked(invoice, lines, invoice.issue_date.unwrap_or_default())?;
        entries.push(posting::invoice_posted(about, &composition)?);
    }
    ledger::post(tx, &entries).await?;
    Ok(())
}

/// Takes numbers per fiscal year, each year's in the order of the invoices.
async fn number(tx: &Tx, rows: &mut [Rows]) -> Result<(), Problem> {
    let mut years: BTreeMap<i32, Vec<&mut Model>> = BTreeMap::new();
    for (invoice, _) in rows.iter_mut() {
        years.entry(numbering::fiscal_year(invoice.issue_date.unwrap_or_default())).or_default().push(invoice);
    }
    for invoices in years.into_values() {
        let count = u32::try_from(invoices.len()).map_err(|_| Fault::overflow())?;
        let date = invoices.first().and_then(|invoice| invoice.issue_date).unwrap_or_default();
        let numbers = numbering::store::take(tx, Series::Invoice, date, count).await?;
        for (invoice, number) in invoices.into_iter().zip(numbers) {
            invoice.number = Some(number);
        }
    }
    Ok(())
}

/// What the ledger says about a posted invoice.
fn booked(invoice: &Model, lines: &[LineModel], effective_on: NaiveDate) -> Result<(About, Composition), Problem> {
    let taxes: Vec<_> = StoredTax::read(&invoice.taxes)?.into_iter().map(StoredTax::into_share).collect();
    let nets = lines.iter().map(|line| Ok((word(&line.kind)?, line.net))).collect::<Result<Vec<_>, Problem>>()?;
    let composition = Composition::of(nets, &taxes)?;
    let currency: Currency = stored_currency(&invoice.currency)?;
    let about = About { document: invoice.id, party: invoice.bill_to_id, branch: invoice.branch_id, effective_on, currency };
    Ok((about, composition))
}

#[derive(Serialize)]
struct Fixed<'a> {
    number: Option<&'a str>,
    bill_to: (Uuid, Option<&'a str>),
    dates: (Option<NaiveDate>, Option<NaiveDate>),
    po_number: Option<&'a str>,
    currency: &'a str,
    amounts: (i64, i64, i64),
    taxes: &'a serde_json::Value,
    lines: Vec<(i32, String, i64, i64, i64, i64, i64)>,
}

/// SHA-256 over everything that posting fixes, in hexadecimal.
fn content_hash(invoice: &Model, lines: &[LineModel]) -> Result<String, Problem> {
    let line = |line: &LineModel| {
        let (quantity, price, discount) = (line.quantity, line.unit_price, line.discount_rate);
        (line.line_no, line.description.clone(), quantity, price, discount, line.net, line.tax)
    };
    let fixed = Fixed {
        number: invoice.number.as_deref(),
        bill_to: (invoice.bill_to_id, invoice.bill_to_name.as_deref()),
        dates: (invoice.issue_date, invoice.due_date),
        po_number: invoice.po_number.as_deref(),
        currency: &invoice.currency,
        amounts: (invoice.net, invoice.tax, invoice.total),
        taxes: &invoice.taxes,
        lines: lines.iter().map(line).collect(),
    };
    Ok(hexadecimal(&Sha256::digest(serde_json::to_vec(&fixed)?)))
}

/// Lower-case hexadecimal digits.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Voids a posted invoice that nothing has been applied to: mirrors its entry and opens its billables anew.
///
/// # Errors
/// 409 when it is not posted, has live applications or credits, or the period of `on` is closed.
pub async fn void(tx: &Tx, current: Model, lines: &[LineModel], on: NaiveDate, reason: &str) -> Result<Model, Problem> {
    word::<State>(&current.state)?.check(Step::Void)?;
    if current.balance != current.total {
        return Err(Fault::conflict("applied", "Payments or credits are applied to this invoice; take them back first.").into());
    }
    if lines.iter().any(|line| line.credited_net != 0 || line.credited_tax != 0) {
        return Err(Fault::conflict("credited", "Lines of this invoice have been credited.").into());
    }
    let currency = stored_currency(&current.currency)?;
    let delta = Delta { receivable: current.total.checked_neg().ok_or_else(Fault::overflow)?, ..Delta::default() };
    balance::adjust(tx, current.bill_to_id, currency, delta).await?;
    period::ensure_open(tx, [on]).await?;
    let (about, composition) = booked(&current, lines, on)?;
    let posted = ledger::entry_of(tx, current.id, PostingEvent::InvoicePosted).await?;
    let next = Model {
        version: current.version + 1,
        updated_at: tx.now(),
        updated_by: Some(tx.actor().id),
        state: State::Void.as_str().to_owned(),
        open: false,
        balance: 0,
        voided_on: Some(on),
        voided_at: Some(tx.now()),
        void_reason: Some(reason.to_owned()),
        ..current
    };
    let change = ActiveModel {
        voided_on: Set(next.voided_on),
        voided_at: Set(next.voided_at),
        void_reason: Set(next.void_reason.clone()),
        ..Default::default()
    };
    store::save(tx, &next, change).await?;
    ledger::post(tx, &[posting::invoice_voided(about, &composition, posted)?]).await?;
    billable::store::reopen(tx, &billables(lines)).await?;
    order::billing::follow(tx, &billables(lines)).await?;
    tx.record(changed("invoice.voided", &next, on)?.reason(Some(reason)));
    Ok(next)
}

/// Changes what a draft says about itself; its lines stay as they are.
///
/// # Errors
/// 409 when it is not a draft; 422 when its purchase order is that of its billables.
pub async fn edit(tx: &Tx, current: Model, lines: &[LineModel], patch: &PatchInvoice, today: NaiveDate) -> Result<Model, Problem> {
    word::<State>(&current.state)?.check(Step::Edit)?;
    if patch.po_number.as_ref().is_some_and(|po| *po != current.po_number) && !billables(lines).is_empty() {
        return Err(Fault::field("/po_number", "mixed_po", "The billables on this draft belong to its purchase order.").into());
    }
    let before = InvoiceView::of(&current, today)?;
    let terms = patch.terms.map_or_else(|| current.terms.parse(), Ok)?;
    let next = Model {
        version: current.version + 1,
        updated_at: tx.now(),
        updated_by: Some(tx.actor().id),
        bill_to_name: patch.bill_to_name.clone().unwrap_or_else(|| current.bill_to_name.clone()),
        po_number: patch.po_number.clone().unwrap_or_else(|| current.po_number.clone()),
        issue_date: patch.issue_date.unwrap_or(current.issue_date),
        due_date: patch.due_date.unwrap_or(current.due_date),
        memo: patch.memo.clone().unwrap_or_else(|| current.memo.clone()),
        terms: terms.to_string(),
        ..current
    };
    dates(next.issue_date, next.due_date, terms, today)?;
    let change = ActiveModel {
        bill_to_name: Set(next.bill_to_name.clone()),
        po_number: Set(next.po_number.clone()),
        issue_date: Set(next.issue_date),
        due_date: Set(next.due_date),
        memo: Set(next.memo.clone()),
        terms: Set(next.terms.clone()),
        ..Default::default()
    };
    store::save(tx, &next, change).await?;
    tx.record(changed("invoice.edited", &next, today)?.before(&before));
    Ok(next)
}

/// Removes a draft and opens its billables again.
///
/// # Errors
/// 409 when it is not a draft.
pub async fn discard(tx: &Tx, current: &Model) -> Result<(), Problem> {
    word::<State>(&current.state)?.check(Step::Discard)?;
    store::discard(tx, current).await?;
    billable::store::release(tx, current.id).await?;
    tx.record(Change::new("invoice.discarded", "invoice", current.id, current.version + 1).branch(current.branch_id).deleted());
    Ok(())
}

/// The detail view of stored rows.
///
/// # Errors
/// `internal` when a row holds what this version does not know.
pub fn detail(rows: &Rows, today: NaiveDate) -> Result<InvoiceDetail, Problem> {
    InvoiceDetail::of(&rows.0, &rows.1, today)
}
