//! Operations on branches.

use actix_web::web::{Data, Path};
use platform::caller::Caller;
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
use super::model::{Branch, BranchStatus};
use super::store;
use super::wire::{BranchPath, BranchView, CreateBranch, PatchBranch};
use crate::Accounts;
use crate::access::{ReadBranches, WriteBranches};

pub(crate) fn operations() -> Operations {
    operations!["branches"; create, list, fetch, patch]
}

fn changed(event: &'static str, branch: &Branch) -> Change {
    Change::new(event, "branch", branch.id, branch.stamp.version).after(&BranchView::from(branch)).branch(Some(branch.id))
}

/// Create a branch.
#[utoipa::path(post, path = "/v1/branches", request_body = CreateBranch, responses((status = 201, body = BranchView)))]
async fn create(caller: Caller<WriteBranches>, command: Valid<CreateBranch>, app: Data<Accounts>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "branch.create", async |tx| {
            let branch = command.clone().into_branch(Touch::of(tx))?;
            store::insert(tx, &branch).await?;
            tx.record(changed("branch.created", &branch));
            Ok(Reply::created(format!("/v1/branches/{}", branch.id), &BranchView::from(&branch))?.tagged(branch.stamp.version))
        })
        .await
}

/// What the list of branches can be asked for.
pub struct BranchList;

impl ListSpec for BranchList {
    type Entity = Entity;
    type View = BranchView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::text("code", Column::Code).sortable(),
        Field::text("name", Column::Name).sortable().containing(),
        Field::choice("status", Column::Status, BranchStatus::TEXTS),
        Field::text("external_ref", Column::ExternalRef).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "code";
}

/// List branches.
#[utoipa::path(get, path = "/v1/branches", params(Listing<BranchList>), responses((status = 200, body = Page<BranchView>)))]
async fn list(caller: Caller<ReadBranches>, listing: Listing<BranchList>, app: Data<Accounts>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::branch(row).map(|branch| BranchView::from(&branch)))?)
}

/// Read one branch.
#[utoipa::path(get, path = "/v1/branches/{branch_id}", params(BranchPath), responses((status = 200, body = BranchView)))]
async fn fetch(caller: Caller<ReadBranches>, path: Path<BranchPath>, app: Data<Accounts>) -> Result<Reply, Problem> {
    let branch = store::find(app.db.read(), caller.scope(), path.branch_id).await?;
    Ok(Reply::ok(&BranchView::from(&branch))?.tagged(branch.stamp.version))
}

/// Change a branch.
#[utoipa::path(patch, path = "/v1/branches/{branch_id}", params(BranchPath), request_body = PatchBranch, responses((status = 200, body = BranchView)))]
async fn patch(
    caller: Caller<WriteBranches>,
    path: Path<BranchPath>,
    expected: IfMatch,
    command: Valid<PatchBranch>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "branch.patch", async |tx| {
            let current = store::find(tx, caller.scope(), path.branch_id).await?;
            expected.check(current.stamp.version)?;
            let before = BranchView::from(&current);
            let next = command.clone().apply(current, Touch::of(tx))?;
            store::save(tx, &next).await?;
            tx.record(changed("branch.updated", &next).before(&before));
            Ok(Reply::ok(&BranchView::from(&next))?.tagged(next.stamp.version))
        })
        .await
}
