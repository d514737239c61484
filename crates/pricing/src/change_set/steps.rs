//! The steps of a change set over HTTP: preview, approval, publication, and the ways back.

use actix_web::web::{Data, Path};
use kernel::id::PricebookId;
use platform::caller::Caller;
use platform::db::Tx;
use platform::etag::IfMatch;
use platform::job::{Jobs, OperationView};
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::Touch;
use platform::valid::Valid;

use super::http::{change, reply};
use super::model::{ChangeSet, stale_preview};
use super::preview::{self, AT_ONCE, Material};
use super::state::ChangeSetStep;
use super::store::{self, ChangedBookState};
use super::wire::{ChangeSetPath, ChangeSetView, DecideChangeSet};
use crate::app::Pricing;
use crate::book;
use crate::permission::{ApproveChangeSets, PublishChangeSets, WriteChangeSets};

/// Work out the rows of a change set, anew when it has some.
///
/// Nothing is published. When there are more than 5,000 rows a long-running operation works them out.
#[utoipa::path(post, path = "/v1/change-sets/{change_set_id}/preview", params(ChangeSetPath),
    responses((status = 200, body = ChangeSetView), (status = 202, description = "Many rows are worked out.", body = OperationView)))]
async fn preview(
    caller: Caller<WriteChangeSets>,
    path: Path<ChangeSetPath>,
    expected: IfMatch,
    app: Data<Pricing>,
    jobs: Data<Jobs>,
) -> Result<Reply, Problem> {
    app.refresh().await?;
    let (index, now) = (app.live.current(), app.clock.now());
    let current = store::find(app.db.read(), caller.scope(), path.change_set_id).await?;
    let material = Material::read(app.db.read(), &current, &index, now).await?;
    let rows = preview::count(&material.plan(&current, &index, now)?);
    app.db
        .command(&caller, "change_set.preview", async |tx| {
            let before = store::find(tx, caller.scope(), path.change_set_id).await?;
            let set = begun(tx, before, expected).await?;
            if rows > AT_ONCE {
                let input = preview::Input { change_set_id: set.id, preview_no: set.preview_no, as_of: now };
                return jobs.enqueue(tx, preview::KIND, &input, i64::try_from(rows).ok()).await?.accepted();
            }
            let plan = material.plan(&set, &index, now)?;
            reply(&preview::at_once(tx, set.clone(), &plan).await?)
        })
        .await
}

/// Begins a preview, in place of any before.
async fn begun(tx: &Tx, before: ChangeSet, expected: IfMatch) -> Result<ChangeSet, Problem> {
    expected.check(before.stamp.version)?;
    let view = ChangeSetView::from(&before);
    let set = before.begin_preview(Touch::of(tx))?;
    store::save(tx, &set).await?;
    tx.record(change("change_set.preview_begun", &set).before(&view));
    Ok(set)
}

/// Demands that the books which are still to be published are as they were previewed.
async fn demand_bases(tx: &Tx, set: &ChangeSet) -> Result<(), Problem> {
    let books = store::books(tx, set.id).await?;
    let waiting: Vec<PricebookId> = books.iter().filter(|one| one.state == ChangedBookState::Waiting).map(|one| one.book).collect();
    for (book, current, _) in book::store::currents(tx, &waiting).await? {
        if books.iter().any(|one| one.book == book && one.base != current) {
            let fault = stale_preview("A book has changed since; preview again.").with_conflicts([book.uuid()]);
            return Err(fault.into());
        }
    }
    Ok(())
}

/// Takes a step by a pure decision.
async fn take<P>(
    caller: &Caller<P>,
    (path, expected): (&ChangeSetPath, IfMatch),
    step: ChangeSetStep,
    app: &Pricing,
    decide: impl Fn(ChangeSet, Touch) -> Result<ChangeSet, kernel::Fault>,
) -> Result<Reply, Problem> {
    app.db
        .command(caller, step.event(), async |tx| {
            let current = store::find(tx, caller.scope(), path.change_set_id).await?;
            expected.check(current.stamp.version)?;
            let before = ChangeSetView::from(&current);
            let next = decide(current, Touch::of(tx))?;
            match step {
                ChangeSetStep::Approve => demand_bases(tx, &next).await?,
                ChangeSetStep::Publish if next.attempts == 1 => demand_bases(tx, &next).await?,
                ChangeSetStep::Publish => store::retry_books(tx, next.id).await?,
                ChangeSetStep::Settle => store::follow(tx, next.id, Some(tx.now())).await?,
                _ => {}
            }
            store::save(tx, &next).await?;
            tx.record(change(step.event(), &next).before(&before));
            reply(&next)
        })
        .await
}

/// Agree to the rows of a preview; whoever asked for the change may not.
#[utoipa::path(post, path = "/v1/change-sets/{change_set_id}/approve", params(ChangeSetPath), request_body = DecideChangeSet,
    responses((status = 200, body = ChangeSetView)))]
async fn approve(
    caller: Caller<ApproveChangeSets>,
    path: Path<ChangeSetPath>,
    expected: IfMatch,
    command: Valid<DecideChangeSet>,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    take(&caller, (&path, expected), ChangeSetStep::Approve, &app, |set, touch| set.approve(&command.preview_hash, touch)).await
}

/// Send a change set back to draft.
#[utoipa::path(post, path = "/v1/change-sets/{change_set_id}/return", operation_id = "return", params(ChangeSetPath),
    responses((status = 200, body = ChangeSetView)))]
async fn send_back(
    caller: Caller<WriteChangeSets>,
    path: Path<ChangeSetPath>,
    expected: IfMatch,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    take(&caller, (&path, expected), ChangeSetStep::Return, &app, ChangeSet::send_back).await
}

/// Publish the rows that were agreed to, or try once more with books that were blocked.
///
/// Each book gets one new version, all or nothing; the books follow one after the other in the background.
#[utoipa::path(post, path = "/v1/change-sets/{change_set_id}/publish", params(ChangeSetPath), request_body = DecideChangeSet,
    responses((status = 200, body = ChangeSetView)))]
async fn publish(
    caller: Caller<PublishChangeSets>,
    path: Path<ChangeSetPath>,
    expected: IfMatch,
    command: Valid<DecideChangeSet>,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    take(&caller, (&path, expected), ChangeSetStep::Publish, &app, |set, touch| set.publish(&command.preview_hash, touch)).await
}

/// Give up the books that were blocked: what was published is what there is.
///
/// Customers are told of raises only then, or when every book is published, so that a notice tells all.
#[utoipa::path(post, path = "/v1/change-sets/{change_set_id}/settle", params(ChangeSetPath), responses((status = 200, body = ChangeSetView)))]
async fn settle(
    caller: Caller<PublishChangeSets>,
    path: Path<ChangeSetPath>,
    expected: IfMatch,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    take(&caller, (&path, expected), ChangeSetStep::Settle, &app, ChangeSet::settle).await
}

/// Give a change set up before it is published.
#[utoipa::path(post, path = "/v1/change-sets/{change_set_id}/cancel", params(ChangeSetPath), responses((status = 200, body = ChangeSetView)))]
async fn cancel(
    caller: Caller<WriteChangeSets>,
    path: Path<ChangeSetPath>,
    expected: IfMatch,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    take(&caller, (&path, expected), ChangeSetStep::Cancel, &app, ChangeSet::cancel).await
}

pub(super) fn operations() -> Operations {
    operations!["change-sets"; preview, approve, send_back, publish, settle, cancel]
}
