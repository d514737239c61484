//! Operations on sites.

mod commands;
pub(crate) mod queries;
mod regulatory_ids;

use platform::db::Tx;
use platform::operation::Operations;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;

use super::model::Site;
use super::regulatory::RegulatoryId;
use super::wire::SiteView;
use crate::account;

pub(crate) fn operations() -> Operations {
    commands::operations().and(queries::operations()).and(regulatory_ids::operations())
}

/// The change of a site, shown as staff see it.
fn changed(event: &'static str, site: &Site, ids: &[RegulatoryId]) -> Change {
    Change::new(event, "site", site.id, site.stamp.version)
        .after(&SiteView::for_staff(site, ids))
        .account(Some(site.account_id))
        .site(Some(site.id))
        .branch(site.branch_id)
}

/// The change with the branch whose staff see it: the site's, else its account's.
async fn owned(tx: &Tx, change: Change, site: &Site) -> Result<Change, Problem> {
    if site.branch_id.is_some() {
        return Ok(change);
    }
    Ok(change.branch(account::store::home_branch(tx, site.account_id.uuid()).await?))
}

fn shown(site: &Site, ids: &[RegulatoryId], scope: &RowScope) -> Result<Reply, Problem> {
    Ok(Reply::ok(&SiteView::of(site, ids, scope))?.tagged(site.stamp.version))
}
