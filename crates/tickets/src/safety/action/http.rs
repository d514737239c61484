//! Operations on corrective actions.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use platform::caller::Caller;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::Touch;
use platform::valid::Valid;

use super::commands::Deed;
use super::entity::{Column, Entity};
use super::model::{ControlHierarchy, CorrectiveAction};
use super::state::CorrectiveActionState;
use super::store;
use super::wire::{
    ActionFilePath, CancelCorrectiveAction, CheckEffectiveness, CompleteCorrectiveAction, CorrectiveActionPath, CorrectiveActionView,
    PatchCorrectiveAction, PlanCorrectiveAction, RejectCorrectiveAction,
};
use crate::safety::{PlanCorrectiveActions, ReadCorrectiveActions, VerifyCorrectiveActions, WorkCorrectiveActions};
use crate::step::Held;
use crate::{Tickets, attachment};

pub(crate) fn operations() -> Operations {
    operations!["corrective-actions"; plan, list, fetch, patch, start, complete, verify, reject, cancel, check_effectiveness, evidence]
}

pub(super) fn answer(action: &CorrectiveAction) -> Result<Reply, Problem> {
    Ok(Reply::ok(&CorrectiveActionView::from(action))?.tagged(action.stamp.version))
}

/// Plan a corrective action of a safety report, between its triage and its verification.
///
/// It is promised to be done by the end of its local day.
#[utoipa::path(post, path = "/v1/corrective-actions", request_body = PlanCorrectiveAction, responses((status = 201, body = CorrectiveActionView)))]
async fn plan(caller: Caller<PlanCorrectiveActions>, command: Valid<PlanCorrectiveAction>, app: Data<Tickets>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "corrective_action.plan", async |tx| {
            let mut deed = Deed::plan(tx, &app.rules, caller.scope(), (command.safety_report_id, command.plan())).await?;
            deed.write(tx, "corrective_action.planned").await?;
            let view = CorrectiveActionView::from(&deed.action);
            Ok(Reply::created(format!("/v1/corrective-actions/{}", view.id), &view)?.tagged(view.version))
        })
        .await
}

/// What the list of corrective actions can be asked for.
pub(crate) struct CorrectiveActionList;

impl ListSpec for CorrectiveActionList {
    type Entity = Entity;
    type View = CorrectiveActionView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::uuid("safety_report_id", Column::ReportId),
        Field::uuid("owner_id", Column::OwnerId),
        Field::choice("state", Column::State, CorrectiveActionState::TEXTS),
        Field::choice("hierarchy", Column::Hierarchy, ControlHierarchy::TEXTS),
        Field::date("due_on", Column::DueOn).sortable(),
        Field::uuid("account_id", Column::AccountId).nullable(),
        Field::uuid("site_id", Column::SiteId).nullable(),
        Field::uuid("branch_id", Column::BranchId).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "-id";
}

/// List corrective actions, the newest first.
#[utoipa::path(get, path = "/v1/corrective-actions", params(Listing<CorrectiveActionList>),
    responses((status = 200, body = Page<CorrectiveActionView>)))]
async fn list(caller: Caller<ReadCorrectiveActions>, listing: Listing<CorrectiveActionList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::action(row).map(|action| CorrectiveActionView::from(&action)))?)
}

/// Read one corrective action.
#[utoipa::path(get, path = "/v1/corrective-actions/{action_id}", params(CorrectiveActionPath), responses((status = 200, body = CorrectiveActionView)))]
async fn fetch(caller: Caller<ReadCorrectiveActions>, path: Path<CorrectiveActionPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    answer(&store::find(app.db.read(), caller.scope(), path.action_id).await?)
}

/// Read a file that shows that an action is done.
#[utoipa::path(get, path = "/v1/corrective-actions/{action_id}/evidence/{attachment_id}", params(ActionFilePath),
    responses((status = 200, content_type = "application/octet-stream", body = String),
        (status = 206, description = "The part that `Range` asks for.", content_type = "application/octet-stream", body = String)))]
async fn evidence(
    caller: Caller<ReadCorrectiveActions>,
    path: Path<ActionFilePath>,
    request: HttpRequest,
    app: Data<Tickets>,
) -> Result<HttpResponse, Problem> {
    let action = store::find(app.db.read(), caller.scope(), path.action_id).await?;
    let row = attachment::store::held(app.db.read(), action.id.uuid(), path.attachment_id).await?;
    attachment::content::answer(&app.db, &request, &row).await
}

/// Change what is to be done, while it is still to be done.
#[utoipa::path(patch, path = "/v1/corrective-actions/{action_id}", params(CorrectiveActionPath), request_body = PatchCorrectiveAction,
    responses((status = 200, body = CorrectiveActionView)))]
async fn patch(
    caller: Caller<PlanCorrectiveActions>,
    path: Path<CorrectiveActionPath>,
    expected: IfMatch,
    command: Valid<PatchCorrectiveAction>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("corrective_action.patch", "corrective_action.updated");
    Deed::take(&app, &caller, (path.action_id, Some(expected)), names, async |deed, tx| {
        let plan = command.apply(&deed.action.plan);
        deed.action = deed.action.clone().edit(plan, Touch::of(tx))?;
        Ok(())
    })
    .await
}

/// Begin an action, or go on with one that was sent back.
#[utoipa::path(post, path = "/v1/corrective-actions/{action_id}/start", params(CorrectiveActionPath), responses((status = 200, body = CorrectiveActionView)))]
async fn start(
    caller: Caller<WorkCorrectiveActions>,
    path: Path<CorrectiveActionPath>,
    expected: IfMatch,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("corrective_action.start", "corrective_action.started");
    Deed::take(&app, &caller, (path.action_id, Some(expected)), names, async |deed, tx| {
        deed.action = deed.action.clone().start(Touch::of(tx))?;
        Ok(())
    })
    .await
}

/// Say that an action is done, and show it: it keeps the promise, unless it is sent back.
#[utoipa::path(post, path = "/v1/corrective-actions/{action_id}/complete", params(CorrectiveActionPath), request_body = CompleteCorrectiveAction,
    responses((status = 200, body = CorrectiveActionView)))]
async fn complete(
    caller: Caller<WorkCorrectiveActions>,
    path: Path<CorrectiveActionPath>,
    expected: IfMatch,
    command: Valid<CompleteCorrectiveAction>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("corrective_action.complete", "corrective_action.completed");
    Deed::take(&app, &caller, (path.action_id, Some(expected)), names, async |deed, tx| {
        let files = command.evidence.iter().enumerate().filter_map(|(at, one)| Some((at, one.attachment_id?)));
        let done = deed.action.clone().complete(command.evidence.clone(), Touch::of(tx))?;
        attachment::store::hold(tx, tx.actor(), done.id.uuid(), files).await?;
        deed.action = done;
        Ok(())
    })
    .await
}

/// Verify an action that somebody else owns and has done.
#[utoipa::path(post, path = "/v1/corrective-actions/{action_id}/verify", params(CorrectiveActionPath), responses((status = 200, body = CorrectiveActionView)))]
async fn verify(
    caller: Caller<VerifyCorrectiveActions>,
    path: Path<CorrectiveActionPath>,
    expected: IfMatch,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("corrective_action.verify", "corrective_action.verified");
    Deed::take(&app, &caller, (path.action_id, Some(expected)), names, async |deed, tx| {
        deed.action = deed.action.clone().verify(Touch::of(tx))?;
        Ok(())
    })
    .await
}

/// Send an action back to its owner: it is not done, and owed again from the due instant that it had.
#[utoipa::path(post, path = "/v1/corrective-actions/{action_id}/reject", params(CorrectiveActionPath), request_body = RejectCorrectiveAction,
    responses((status = 200, body = CorrectiveActionView)))]
async fn reject(
    caller: Caller<VerifyCorrectiveActions>,
    path: Path<CorrectiveActionPath>,
    expected: IfMatch,
    command: Valid<RejectCorrectiveAction>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("corrective_action.reject", "corrective_action.rejected");
    Deed::take(&app, &caller, (path.action_id, Some(expected)), names, async |deed, tx| {
        deed.action = deed.action.clone().reject(command.reason.clone(), Touch::of(tx))?;
        Ok(())
    })
    .await
}

/// Cancel an action that need not be done.
#[utoipa::path(post, path = "/v1/corrective-actions/{action_id}/cancel", params(CorrectiveActionPath), request_body = CancelCorrectiveAction,
    responses((status = 200, body = CorrectiveActionView)))]
async fn cancel(
    caller: Caller<PlanCorrectiveActions>,
    path: Path<CorrectiveActionPath>,
    expected: IfMatch,
    command: Valid<CancelCorrectiveAction>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("corrective_action.cancel", "corrective_action.cancelled");
    Deed::take(&app, &caller, (path.action_id, Some(expected)), names, async |deed, tx| {
        deed.action = deed.action.clone().cancel(command.reason.clone(), Touch::of(tx))?;
        Ok(())
    })
    .await
}

/// Say whether a verified action of somebody else helped.
#[utoipa::path(post, path = "/v1/corrective-actions/{action_id}/effectiveness", params(CorrectiveActionPath), request_body = CheckEffectiveness,
    responses((status = 200, body = CorrectiveActionView)))]
async fn check_effectiveness(
    caller: Caller<VerifyCorrectiveActions>,
    path: Path<CorrectiveActionPath>,
    expected: IfMatch,
    command: Valid<CheckEffectiveness>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("corrective_action.check_effectiveness", "corrective_action.effectiveness_checked");
    Deed::take(&app, &caller, (path.action_id, Some(expected)), names, async |deed, tx| {
        deed.action = deed.action.clone().checked(command.effective, command.note.clone(), Touch::of(tx))?;
        Ok(())
    })
    .await
}
