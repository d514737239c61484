//! Creating and changing sites.

use actix_web::web::{Data, Path};
use platform::caller::Caller;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;

use super::{changed, shown};
use crate::access::WriteSites;
use crate::site::model::SiteStep;
use crate::site::store;
use crate::site::wire::{CreateSite, PatchSite, SitePath, SiteView};
use crate::stamp::Touch;
use crate::{Accounts, account, branch};

pub(super) fn operations() -> Operations {
    operations!["sites"; create, patch, deactivate, reactivate]
}

/// Create a site.
#[utoipa::path(post, path = "/v1/sites", request_body = CreateSite, responses((status = 201, body = SiteView)))]
async fn create(caller: Caller<WriteSites>, command: Valid<CreateSite>, app: Data<Accounts>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "site.create", async |tx| {
            let account = account::store::find_named(tx, caller.scope(), command.account_id, "/account_id").await?;
            account.check_open()?;
            branch::store::check_named(tx, caller.scope(), command.branch_id).await?;
            let site = command.clone().into_site(Touch::of(tx))?;
            store::insert(tx, &site).await?;
            tx.record(changed("site.created", &site, &[]));
            let view = SiteView::of(&site, &[], caller.scope());
            Ok(Reply::created(format!("/v1/sites/{}", site.id), &view)?.tagged(site.stamp.version))
        })
        .await
}

/// Change a site.
#[utoipa::path(patch, path = "/v1/sites/{site_id}", params(SitePath), request_body = PatchSite, responses((status = 200, body = SiteView)))]
async fn patch(
    caller: Caller<WriteSites>,
    path: Path<SitePath>,
    expected: IfMatch,
    command: Valid<PatchSite>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "site.patch", async |tx| {
            let current = store::find(tx, caller.scope(), path.site_id).await?;
            expected.check(current.stamp.version)?;
            branch::store::check_named(tx, caller.scope(), command.branch_id.flatten()).await?;
            let ids = store::regulatory_ids(tx, &[current.id]).await?;
            let before = SiteView::for_staff(&current, &ids);
            let next = command.clone().apply(current, Touch::of(tx))?;
            store::save(tx, &next).await?;
            tx.record(changed("site.updated", &next, &ids).before(&before));
            shown(&next, &ids, caller.scope())
        })
        .await
}

/// Stop serving a site.
#[utoipa::path(post, path = "/v1/sites/{site_id}/deactivate", params(SitePath), responses((status = 200, body = SiteView)))]
async fn deactivate(caller: Caller<WriteSites>, path: Path<SitePath>, expected: IfMatch, app: Data<Accounts>) -> Result<Reply, Problem> {
    step(&app, &caller, &path, expected, (SiteStep::Deactivate, "site.deactivated")).await
}

/// Serve a site again.
#[utoipa::path(post, path = "/v1/sites/{site_id}/reactivate", params(SitePath), responses((status = 200, body = SiteView)))]
async fn reactivate(caller: Caller<WriteSites>, path: Path<SitePath>, expected: IfMatch, app: Data<Accounts>) -> Result<Reply, Problem> {
    step(&app, &caller, &path, expected, (SiteStep::Reactivate, "site.reactivated")).await
}

async fn step(
    app: &Accounts,
    caller: &Caller<WriteSites>,
    path: &SitePath,
    expected: IfMatch,
    (step, event): (SiteStep, &'static str),
) -> Result<Reply, Problem> {
    app.db
        .command(caller, "site.step", async |tx| {
            let current = store::find(tx, caller.scope(), path.site_id).await?;
            expected.check(current.stamp.version)?;
            let ids = store::regulatory_ids(tx, &[current.id]).await?;
            let before = SiteView::for_staff(&current, &ids);
            let next = current.stepped(step, Touch::of(tx))?;
            store::save(tx, &next).await?;
            tx.record(changed(event, &next, &ids).before(&before));
            shown(&next, &ids, caller.scope())
        })
        .await
}
