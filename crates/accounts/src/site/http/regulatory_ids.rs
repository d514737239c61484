//! Adding and retiring a site's regulatory identifiers. They change the site's version.

use actix_web::web::{Data, Path};
use kernel::Fault;
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
use crate::Accounts;
use crate::access::WriteSites;
use crate::site::model::Site;
use crate::site::regulatory::{self, RegulatoryId};
use crate::site::store;
use crate::site::wire::{AddRegulatoryId, EndOn, RegulatoryIdPath, SitePath, SiteView};

pub(super) fn operations() -> Operations {
    operations!["sites"; add_regulatory_id, retire_regulatory_id]
}

/// Add an identifier that an authority gave the site.
///
/// An EPA identifier of another state than the site's is kept with the warning `epa_state_mismatch`.
#[utoipa::path(post, path = "/v1/sites/{site_id}/regulatory-ids", params(SitePath), request_body = AddRegulatoryId, responses((status = 200, body = SiteView)))]
async fn add_regulatory_id(
    caller: Caller<WriteSites>,
    path: Path<SitePath>,
    expected: IfMatch,
    command: Valid<AddRegulatoryId>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "site.add_regulatory_id", async |tx| {
            let current = store::find(tx, caller.scope(), path.site_id).await?;
            expected.check(current.stamp.version)?;
            let mut ids = store::regulatory_ids(tx, &[current.id]).await?;
            let added = command.clone().into_regulatory_id(&current)?;
            regulatory::check_overlap(&added, &ids)?;
            store::insert_regulatory_id(tx, &added).await?;
            ids.push(added);
            touched(tx, current, &ids, caller.scope()).await
        })
        .await
}

/// Retire a regulatory identifier of the site.
#[utoipa::path(post, path = "/v1/sites/{site_id}/regulatory-ids/{regulatory_id}/retire", params(RegulatoryIdPath), request_body = EndOn, responses((status = 200, body = SiteView)))]
async fn retire_regulatory_id(
    caller: Caller<WriteSites>,
    path: Path<RegulatoryIdPath>,
    expected: IfMatch,
    command: Valid<EndOn>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "site.retire_regulatory_id", async |tx| {
            let current = store::find(tx, caller.scope(), path.site_id).await?;
            expected.check(current.stamp.version)?;
            let mut ids = store::regulatory_ids(tx, &[current.id]).await?;
            let found = ids.iter_mut().find(|id| id.id == path.regulatory_id);
            let retired = found.ok_or_else(|| Fault::not_found("regulatory identifier"))?;
            *retired = retired.clone().retired(command.on)?;
            store::save_regulatory_id(tx, retired).await?;
            touched(tx, current, &ids, caller.scope()).await
        })
        .await
}

async fn touched(tx: &Tx, site: Site, ids: &[RegulatoryId], scope: &RowScope) -> Result<Reply, Problem> {
    let next = site.touched(Touch::of(tx));
    store::save(tx, &next).await?;
    tx.record(owned(tx, changed("site.updated", &next, ids), &next).await?);
    shown(&next, ids, scope)
}
