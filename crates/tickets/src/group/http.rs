//! Operations on groups.

use actix_web::web::{Data, Path};
use kernel::Fault;
use kernel::id::UserId;
use platform::caller::Caller;
use platform::db::Tx;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::stamp::Touch;
use platform::valid::Valid;

use super::commands::changed;
use super::entity::{Column, Entity};
use super::model::Group;
use super::store;
use super::wire::{CreateGroup, GroupPath, GroupView, PatchGroup};
use crate::access::{ReadGroups, WriteGroups};
use crate::routing::roster;
use crate::{Tickets, agent, calendar};

pub(crate) fn operations() -> Operations {
    operations!["groups"; create, list, fetch, patch]
}

/// Demands that what a group names exists, and that it is not put out of the caller's reach.
async fn check_references(tx: &Tx, scope: &RowScope, group: &Group, members: &[UserId]) -> Result<(), Problem> {
    if !scope.covers(group.branch_id.map(Into::into), None, None) {
        return Err(Fault::field("/branch_id", "unknown_reference", "There is no such branch in reach.").into());
    }
    calendar::store::check_named(tx, scope, group.calendar_id).await?;
    let named: Vec<(String, UserId)> = members.iter().enumerate().map(|(index, id)| (format!("/members/{index}"), *id)).collect();
    agent::store::check_named(tx, &named).await
}

/// Form a group.
#[utoipa::path(post, path = "/v1/groups", request_body = CreateGroup, responses((status = 201, body = GroupView)))]
async fn create(caller: Caller<WriteGroups>, command: Valid<CreateGroup>, app: Data<Tickets>) -> Result<Reply, Problem> {
    roster::command(&app, &caller, "group.create", async |tx| {
        let group = command.clone().into_group(Touch::of(tx))?;
        check_references(tx, caller.scope(), &group, &command.members).await?;
        store::insert(tx, &group).await?;
        tx.record(changed("group.created", &group));
        Ok(Reply::created(format!("/v1/groups/{}", group.id), &GroupView::from(&group))?.tagged(group.stamp.version))
    })
    .await
}

/// What the list of groups can be asked for.
pub(crate) struct GroupList;

impl ListSpec for GroupList {
    type Entity = Entity;
    type View = GroupView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::text("name", Column::Name).sortable().containing(),
        Field::uuid("branch_id", Column::BranchId).nullable(),
        Field::uuid("lead_id", Column::LeadId).nullable(),
        Field::boolean("active", Column::Active),
    ];
    const DEFAULT_SORT: &'static str = "name";
}

/// List groups.
#[utoipa::path(get, path = "/v1/groups", params(Listing<GroupList>), responses((status = 200, body = Page<GroupView>)))]
async fn list(caller: Caller<ReadGroups>, listing: Listing<GroupList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::group(row).map(|group| GroupView::from(&group)))?)
}

/// Read one group.
#[utoipa::path(get, path = "/v1/groups/{group_id}", params(GroupPath), responses((status = 200, body = GroupView)))]
async fn fetch(caller: Caller<ReadGroups>, path: Path<GroupPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let group = store::find(app.db.read(), caller.scope(), path.group_id).await?;
    Ok(Reply::ok(&GroupView::from(&group))?.tagged(group.stamp.version))
}

/// Change a group.
#[utoipa::path(patch, path = "/v1/groups/{group_id}", params(GroupPath), request_body = PatchGroup, responses((status = 200, body = GroupView)))]
async fn patch(
    caller: Caller<WriteGroups>,
    path: Path<GroupPath>,
    expected: IfMatch,
    command: Valid<PatchGroup>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    roster::command(&app, &caller, "group.patch", async |tx| {
        let current = store::find(tx, caller.scope(), path.group_id).await?;
        expected.check(current.stamp.version)?;
        let before = GroupView::from(&current);
        let next = command.clone().apply(current, Touch::of(tx))?;
        check_references(tx, caller.scope(), &next, command.members.as_deref().unwrap_or_default()).await?;
        store::save(tx, &next).await?;
        tx.record(changed("group.updated", &next).before(&before));
        Ok(Reply::ok(&GroupView::from(&next))?.tagged(next.stamp.version))
    })
    .await
}
