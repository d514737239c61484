//! Creating and changing sites.

use actix_web::web::{Data, Path};
use platform::bulk::{self, Bulk, BulkItems, BulkReport};
use platform::caller::Caller;
use platform::db::Tx;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::stamp::Touch;
use platform::valid::Valid;

use super::{changed, owned, shown};
use crate::access::WriteSites;
use crate::account::wire::ExternalRefPath;
use crate::site::model::{Site, SiteStep};
use crate::site::store;
use crate::site::wire::{CreateSite, PatchSite, SitePath, SiteView};
use crate::{Accounts, account, branch};

pub(super) fn operations() -> Operations {
    operations!["sites"; create, create_many, upsert, patch, deactivate, reactivate]
}

/// Inserts a new site.
async fn insert(tx: &Tx, scope: &RowScope, command: CreateSite) -> Result<Reply, Problem> {
    let account = account::store::find_named(tx, scope, command.account_id, "/account_id").await?;
    account.check_open()?;
    branch::store::check_named(tx, scope, command.branch_id).await?;
    let site = command.into_site(Touch::of(tx))?;
    store::insert(tx, &site).await?;
    tx.record(changed("site.created", &site, &[]).branch(site.branch_id.or(account.branch_id)));
    Ok(Reply::created(format!("/v1/sites/{}", site.id), &SiteView::of(&site, &[], scope))?.tagged(site.stamp.version))
}

/// Changes a site.
async fn change(tx: &Tx, scope: &RowScope, current: Site, patch: PatchSite) -> Result<Reply, Problem> {
    branch::store::check_named(tx, scope, patch.branch_id.flatten()).await?;
    let ids = store::regulatory_ids(tx, &[current.id]).await?;
    let before = SiteView::for_staff(&current, &ids);
    let next = patch.apply(current, Touch::of(tx))?;
    store::save(tx, &next).await?;
    tx.record(owned(tx, changed("site.updated", &next, &ids), &next).await?.before(&before));
    shown(&next, &ids, scope)
}

/// Create a site.
#[utoipa::path(post, path = "/v1/sites", request_body = CreateSite, responses((status = 201, body = SiteView)))]
async fn create(caller: Caller<WriteSites>, command: Valid<CreateSite>, app: Data<Accounts>) -> Result<Reply, Problem> {
    app.db.command(&caller, "site.create", async |tx| insert(tx, caller.scope(), command.clone()).await).await
}

/// Create up to 500 sites.
#[utoipa::path(post, path = "/v1/sites/bulk", request_body = Bulk<CreateSite>, responses((status = 200, body = BulkReport)))]
async fn create_many(caller: Caller<WriteSites>, items: BulkItems<CreateSite>, app: Data<Accounts>) -> Result<Reply, Problem> {
    bulk::run(&app.db, &caller, "site.create_many", &items, async |tx, item| insert(tx, caller.scope(), item.clone()).await).await
}

/// Create or replace the site that another system knows by a reference.
///
/// The account it belongs to is set only when it is created.
#[utoipa::path(put, path = "/v1/sites/by-external-ref/{external_ref}", params(ExternalRefPath), request_body = CreateSite,
    responses((status = 200, body = SiteView), (status = 201, body = SiteView)))]
async fn upsert(
    caller: Caller<WriteSites>,
    path: Path<ExternalRefPath>,
    command: Valid<CreateSite>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "site.upsert", async |tx| match store::by_external_ref(tx, &path.external_ref).await? {
            None => {
                let command = CreateSite { external_ref: Some(path.external_ref.clone()), ..command.clone() };
                insert(tx, caller.scope(), command).await
            }
            Some(known) => {
                let current = store::find(tx, caller.scope(), known.id).await?;
                change(tx, caller.scope(), current, command.clone().into_patch()).await
            }
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
            change(tx, caller.scope(), current, command.clone()).await
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
            tx.record(owned(tx, changed(event, &next, &ids), &next).await?.before(&before));
            shown(&next, &ids, caller.scope())
        })
        .await
}
