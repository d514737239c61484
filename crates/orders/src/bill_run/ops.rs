//! Previewing a run and carrying its groups out, some groups a transaction.

use chrono::NaiveDate;
use kernel::Fault;
use kernel::id::new_uuid;
use platform::db::{Db, Tx};
use platform::outbox::Change;
use platform::problem::Problem;
use platform::scope::RowScope;
use serde::Deserialize;
use uuid::Uuid;

use super::entity::Model;
use super::group_entity::Model as GroupRow;
use super::grouping::{Group, GroupKey, Previewed, groups, hash, preview};
use super::request::CreateBillRun;
use super::store;
use super::view::BillRunView;
use crate::billable::entity::Model as Billable;
use crate::billable::store as billables;
use crate::invoice::ops as invoices;

/// Groups that are carried out together; when one of them fails they are tried one by one.
const TOGETHER: u64 = 50;

/// Previews a run and stores the preview.
///
/// # Errors
/// Those of the database.
pub async fn create(tx: &Tx, scope: &RowScope, request: &CreateBillRun) -> Result<(Model, Vec<GroupRow>), Problem> {
    let id = new_uuid();
    let previewed = preview(groups(store::due(tx, scope, request).await?, request), id, request);
    let actor = Some(tx.actor().id);
    let run = Model {
        id,
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
        created_by: actor,
        updated_by: actor,
        state: "previewed".to_owned(),
        period_start: request.period_start,
        period_end: request.period_end,
        request: serde_json::to_value(request)?,
        preview_hash: hash(request, &previewed)?,
        groups: i32::try_from(previewed.len()).map_err(|_| Fault::overflow())?,
        invoiced: 0,
        failed: 0,
        finished_at: None,
    };
    let rows = previewed.iter().zip(1..).map(|(one, position)| row(id, position, one)).collect::<Result<Vec<_>, _>>()?;
    store::insert(tx, &run, &rows).await?;
    tx.record(change("bill_run.previewed", &run));
    Ok((run, rows))
}

fn change(event: &'static str, run: &Model) -> Change {
    Change::new(event, "bill_run", run.id, run.version).after(&BillRunView::of(run))
}

fn row(run: Uuid, position: i32, previewed: &Previewed) -> Result<GroupRow, Problem> {
    let (net, tax) = previewed.outcome.as_ref().ok().copied().unwrap_or_default();
    let fault = previewed.outcome.as_ref().err();
    Ok(GroupRow {
        id: new_uuid(),
        run_id: run,
        position,
        state: "pending".to_owned(),
        group_key: serde_json::to_value(&previewed.group.key)?,
        billable_ids: serde_json::to_value(previewed.group.ids())?,
        currency: previewed.group.key.currency.clone(),
        net,
        tax,
        invoice_id: None,
        failure_code: fault.map(|fault| fault.code.clone().into_owned()),
        failure_detail: fault.map(|fault| fault.detail.clone()),
    })
}

/// Moves a previewed run to committing, if what it would invoice is still what was previewed. A run that is committing or
/// done already is left as it is.
///
/// # Errors
/// 409 `stale_preview` with the present hash.
pub async fn begin(tx: &Tx, scope: &RowScope, run: Model, stated: &str) -> Result<Model, Problem> {
    let stale = |hash: &str| {
        let fault = Fault::conflict("stale_preview", "What would be invoiced is not what was previewed; preview again.");
        fault.with_fact("current_hash", format!("\"{hash}\""))
    };
    if stated != run.preview_hash {
        return Err(stale(&run.preview_hash).into());
    }
    if run.state != "previewed" {
        return Ok(run);
    }
    let request = CreateBillRun::deserialize(&run.request)?;
    let present = hash(&request, &preview(groups(store::due(tx, scope, &request).await?, &request), run.id, &request))?;
    if present != stated {
        return Err(stale(&present).into());
    }
    let before = BillRunView::of(&run);
    let (version, updated_by) = (run.version + 1, Some(tx.actor().id));
    let next = Model { state: "committing".to_owned(), version, updated_at: tx.now(), updated_by, ..run };
    store::save(tx, &next).await?;
    tx.record(change("bill_run.begun", &next).before(&before));
    Ok(next)
}

/// Carries out every pending group. What cannot be invoiced is marked as failed with its reason; a failure of ours ends the
/// call and leaves the rest pending, to be resumed.
///
/// # Errors
/// 5xx only.
pub async fn carry_out(db: &Db, run: &Model, today: NaiveDate) -> Result<(), Problem> {
    let request = CreateBillRun::deserialize(&run.request)?;
    loop {
        let pending = store::pending(db.read(), run.id, TOGETHER).await?;
        if pending.is_empty() {
            return Ok(());
        }
        let together = db.write("bill_run.groups", async |tx| invoice(tx, run.id, &request, (&pending, today)).await).await;
        match together {
            Ok(()) => {}
            Err(problem) if problem.status().is_server_error() => return Err(problem),
            Err(_) => one_by_one(db, run.id, &request, (&pending, today)).await?,
        }
    }
}

async fn one_by_one(db: &Db, run: Uuid, request: &CreateBillRun, (pending, today): (&[GroupRow], NaiveDate)) -> Result<(), Problem> {
    for row in pending {
        let alone = std::slice::from_ref(row);
        let result = db.write("bill_run.group", async |tx| invoice(tx, run, request, (alone, today)).await).await;
        let Err(problem) = result else { continue };
        if problem.status().is_server_error() {
            return Err(problem);
        }
        let (code, detail) = (problem.code().to_owned(), shown(&problem));
        db.write("bill_run.group_failed", async |tx| store::failed(tx, row.id, &code, detail.clone()).await).await?;
    }
    Ok(())
}

/// The sentence that a problem shows to callers.
fn shown(problem: &Problem) -> Option<String> {
    let document: serde_json::Value = serde_json::from_slice(&problem.body(None)).ok()?;
    document.get("detail")?.as_str().map(str::to_owned)
}

/// Invoices some groups in one transaction.
async fn invoice(tx: &Tx, run: Uuid, request: &CreateBillRun, (pending, today): (&[GroupRow], NaiveDate)) -> Result<(), Problem> {
    let mut ids = Vec::with_capacity(pending.len());
    for row in pending {
        ids.push(Vec::<Uuid>::deserialize(&row.billable_ids)?);
    }
    let all = billables::named(tx, &RowScope::All, &ids.concat()).await?;
    let mut drafts = Vec::with_capacity(pending.len());
    for (row, ids) in pending.iter().zip(&ids) {
        let members: Vec<Billable> = all.iter().filter(|one| ids.contains(&one.id)).cloned().collect();
        drafts.push(Group { key: GroupKey::deserialize(&row.group_key)?, billables: members }.draft(run, request)?);
    }
    let issued = invoices::issue(tx, &drafts, today).await?;
    let done: Vec<(Uuid, Uuid)> = pending.iter().zip(&issued).map(|(row, (invoice, _))| (row.id, invoice.id)).collect();
    if store::done(tx, &done).await? {
        return Ok(());
    }
    Err(Fault::conflict("already_invoiced", "Another commit of this run has invoiced this group.").into())
}

/// Counts what came of the groups and ends the run.
///
/// # Errors
/// 412 when another commit has ended it meanwhile.
pub async fn end(tx: &Tx, run: Model) -> Result<(Model, Vec<GroupRow>), Problem> {
    let rows = store::groups(tx, run.id).await?;
    if run.state != "committing" {
        return Ok((run, rows));
    }
    let count = |state: &str| i32::try_from(rows.iter().filter(|row| row.state == state).count()).map_err(|_| Fault::overflow());
    let (invoiced, failed) = (count("done")?, count("failed")?);
    let before = BillRunView::of(&run);
    let state = if failed == 0 { "done" } else { "done_with_errors" };
    let next = Model {
        state: state.to_owned(),
        version: run.version + 1,
        updated_at: tx.now(),
        updated_by: Some(tx.actor().id),
        finished_at: Some(tx.now()),
        invoiced,
        failed,
        ..run
    };
    store::save(tx, &next).await?;
    tx.record(change("bill_run.committed", &next).before(&before));
    Ok((next, rows))
}
