//! Operations on pages, for whoever is signed in.

use actix_web::web::{Data, Path};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::page::{Field, ListSpec, Listing, Page as Rows};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;
use sea_orm::{ColumnTrait, QueryFilter};

use super::entity::{Column, Entity};
use super::model::PageState;
use super::wire::{FailPage, PagePath, PageView};
use super::{AcknowledgePages, ReadPages, ReportPages, commands, store};
use crate::emergency::wire::EmergencyPath;
use crate::{Tickets, emergency};

pub(crate) fn operations() -> Operations {
    operations!["pages"; list, fetch, ack, fail]
}

/// What the list of an emergency's pages can be asked for.
pub(crate) struct PageList;

impl ListSpec for PageList {
    type Entity = Entity;
    type View = PageView;
    const FIELDS: &'static [Field<Column>] =
        &[Field::uuid("user_id", Column::UserId).nullable(), Field::choice("state", Column::State, PageState::TEXTS)];
    const DEFAULT_SORT: &'static str = "id";
}

/// List whom an emergency paged, in order.
#[utoipa::path(get, path = "/v1/emergencies/{emergency_id}/pages", params(EmergencyPath, Listing<PageList>), responses((status = 200, body = Rows<PageView>)))]
async fn list(
    caller: Caller<ReadPages>,
    path: Path<EmergencyPath>,
    listing: Listing<PageList>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let emergency = emergency::store::find(app.db.read(), caller.scope(), path.emergency_id).await?;
    let pages = store::visible(caller.scope(), caller.actor().id).filter(Column::EmergencyId.eq(emergency.id.uuid()));
    let page = listing.page(app.db.read(), pages).await?;
    listing.reply(&page.try_map(|row| store::page(row).map(|page| PageView::from(&page)))?)
}

/// Read one page.
#[utoipa::path(get, path = "/v1/pages/{page_id}", params(PagePath), responses((status = 200, body = PageView)))]
async fn fetch(caller: Caller<ReadPages>, path: Path<PagePath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let page = store::find(app.db.read(), caller.scope(), caller.actor().id, path.page_id).await?;
    Ok(Reply::ok(&PageView::from(&page))?.tagged(page.stamp.version))
}

/// Answer a page: take charge of its emergency.
///
/// All its pages are answered with this one. When somebody has taken charge before, nothing changes.
#[utoipa::path(post, path = "/v1/pages/{page_id}/ack", params(PagePath), responses((status = 200, body = PageView)))]
async fn ack(caller: Caller<AcknowledgePages>, path: Path<PagePath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "page.acknowledge", async |tx| {
            let page = store::find(tx, caller.scope(), caller.actor().id, path.page_id).await?;
            commands::acknowledge(tx, &app.rules, &page).await?;
            let page = store::find(tx, caller.scope(), caller.actor().id, path.page_id).await?;
            Ok(Reply::ok(&PageView::from(&page))?.tagged(page.stamp.version))
        })
        .await
}

/// Report that a page did not go out: the next level is paged at once.
///
/// For whoever carries pages out to telephones.
#[utoipa::path(post, path = "/v1/pages/{page_id}/fail", params(PagePath), request_body = FailPage, responses((status = 200, body = PageView)))]
async fn fail(caller: Caller<ReportPages>, path: Path<PagePath>, command: Valid<FailPage>, app: Data<Tickets>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "page.fail", async |tx| {
            let page = commands::fail(tx, (path.page_id, command.reason.clone()), &app.rules, caller.scope()).await?;
            Ok(Reply::ok(&PageView::from(&page))?.tagged(page.stamp.version))
        })
        .await
}
