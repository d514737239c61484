//! Operations on assignments.

use actix_web::web::{Data, Path};
use platform::caller::Caller;
use platform::db::Tx;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::Touch;
use platform::valid::Valid;

use super::entity::{Column, Entity};
use super::model::{Assignment, AssignmentRole};
use super::store;
use super::wire::{AssignmentPath, AssignmentView, CreateAssignment, PatchAssignment};
use crate::access::{ReadAssignments, WriteAssignments};
use crate::site::wire::EndOn;
use crate::{Accounts, account, locks, site};

pub(crate) fn operations() -> Operations {
    operations!["assignments"; create, list, fetch, patch, end]
}

async fn changed(tx: &Tx, event: &'static str, assignment: &Assignment) -> Result<Change, Problem> {
    let subject = assignment.subject;
    let branch = account::store::home_branch(tx, subject.account_id.uuid()).await?;
    let change = Change::new(event, "assignment", assignment.id, assignment.stamp.version).after(&AssignmentView::from(assignment));
    Ok(change.account(Some(subject.account_id)).site(subject.site_id).branch(branch))
}

/// Compares with the subject's other assignments. The account stays locked until the commit, so that what was compared
/// is what is stored.
async fn check_primary(tx: &Tx, assignment: &Assignment) -> Result<(), Problem> {
    if assignment.primary {
        locks::lock_account(tx, assignment.subject.account_id.uuid()).await?;
        assignment.check_primary(&store::of_subject(tx, assignment.subject).await?)?;
    }
    Ok(())
}

/// Assign a user or team to an account or site.
#[utoipa::path(post, path = "/v1/assignments", request_body = CreateAssignment, responses((status = 201, body = AssignmentView)))]
async fn create(caller: Caller<WriteAssignments>, command: Valid<CreateAssignment>, app: Data<Accounts>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "assignment.create", async |tx| {
            let account = account::store::find_named(tx, caller.scope(), command.account_id, "/account_id").await?;
            site::store::check_named(tx, caller.scope(), account.id, command.site_id.as_slice(), "/site_id").await?;
            let assignment = command.clone().into_assignment(Touch::of(tx))?;
            check_primary(tx, &assignment).await?;
            store::insert(tx, &assignment).await?;
            tx.record(changed(tx, "assignment.created", &assignment).await?);
            let view = AssignmentView::from(&assignment);
            Ok(Reply::created(format!("/v1/assignments/{}", assignment.id), &view)?.tagged(assignment.stamp.version))
        })
        .await
}

/// What the list of assignments can be asked for.
pub struct AssignmentList;

impl ListSpec for AssignmentList {
    type Entity = Entity;
    type View = AssignmentView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::uuid("account_id", Column::AccountId),
        Field::uuid("site_id", Column::SiteId).nullable(),
        Field::uuid("user_id", Column::UserId).nullable(),
        Field::uuid("team_id", Column::TeamId).nullable(),
        Field::choice("role", Column::Role, AssignmentRole::TEXTS),
        Field::boolean("primary", Column::IsPrimary),
        Field::date("valid_from", Column::ValidFrom),
        Field::date("valid_until", Column::ValidUntil).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "-id";
}

/// List assignments.
#[utoipa::path(get, path = "/v1/assignments", params(Listing<AssignmentList>), responses((status = 200, body = Page<AssignmentView>)))]
async fn list(caller: Caller<ReadAssignments>, listing: Listing<AssignmentList>, app: Data<Accounts>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::assignment(row).map(|assignment| AssignmentView::from(&assignment)))?)
}

/// Read one assignment.
#[utoipa::path(get, path = "/v1/assignments/{assignment_id}", params(AssignmentPath), responses((status = 200, body = AssignmentView)))]
async fn fetch(caller: Caller<ReadAssignments>, path: Path<AssignmentPath>, app: Data<Accounts>) -> Result<Reply, Problem> {
    let assignment = store::find(app.db.read(), caller.scope(), path.assignment_id).await?;
    Ok(Reply::ok(&AssignmentView::from(&assignment))?.tagged(assignment.stamp.version))
}

/// Make an assignment the primary one, or no longer.
#[utoipa::path(patch, path = "/v1/assignments/{assignment_id}", params(AssignmentPath), request_body = PatchAssignment, responses((status = 200, body = AssignmentView)))]
async fn patch(
    caller: Caller<WriteAssignments>,
    path: Path<AssignmentPath>,
    expected: IfMatch,
    command: Valid<PatchAssignment>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "assignment.patch", async |tx| {
            let current = store::find(tx, caller.scope(), path.assignment_id).await?;
            expected.check(current.stamp.version)?;
            let before = AssignmentView::from(&current);
            let next = command.apply(current, Touch::of(tx));
            check_primary(tx, &next).await?;
            store::save(tx, &next).await?;
            tx.record(changed(tx, "assignment.updated", &next).await?.before(&before));
            Ok(Reply::ok(&AssignmentView::from(&next))?.tagged(next.stamp.version))
        })
        .await
}

/// End an assignment.
#[utoipa::path(post, path = "/v1/assignments/{assignment_id}/end", params(AssignmentPath), request_body = EndOn, responses((status = 200, body = AssignmentView)))]
async fn end(
    caller: Caller<WriteAssignments>,
    path: Path<AssignmentPath>,
    expected: IfMatch,
    command: Valid<EndOn>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "assignment.end", async |tx| {
            let current = store::find(tx, caller.scope(), path.assignment_id).await?;
            expected.check(current.stamp.version)?;
            let before = AssignmentView::from(&current);
            let next = current.ended(command.on, Touch::of(tx))?;
            store::save(tx, &next).await?;
            tx.record(changed(tx, "assignment.ended", &next).await?.before(&before));
            Ok(Reply::ok(&AssignmentView::from(&next))?.tagged(next.stamp.version))
        })
        .await
}
