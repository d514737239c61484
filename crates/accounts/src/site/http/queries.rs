//! Reading sites.

use actix_web::web::{Data, Path};
use kernel::id::SiteId;
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use sea_orm::{ColumnTrait, QueryFilter, Select};

use super::shown;
use crate::access::ReadSites;
use crate::account::wire::AccountPath;
use crate::site::entity::{Column, Entity};
use crate::site::model::{Site, SiteStatus};
use crate::site::regulatory::GeneratorStatus;
use crate::site::store;
use crate::site::wire::{SitePath, SiteView};
use crate::{Accounts, account, search};

pub(super) fn operations() -> Operations {
    operations!["sites"; list, list_of_account, fetch]
}

/// What the list of sites can be asked for.
pub(crate) struct SiteList;

impl ListSpec for SiteList {
    type Entity = Entity;
    type View = SiteView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::uuid("account_id", Column::AccountId),
        Field::uuid("branch_id", Column::BranchId).nullable(),
        Field::text("code", Column::Code),
        Field::text("name", Column::Name).sortable(),
        Field::text("state", Column::State).nullable(),
        Field::text("postal_code", Column::PostalCode).nullable(),
        Field::choice("status", Column::Status, SiteStatus::TEXTS),
        Field::choice("generator_status", Column::GeneratorStatus, GeneratorStatus::TEXTS).nullable(),
        Field::text("external_ref", Column::ExternalRef).nullable(),
        Field::instant("updated_at", Column::UpdatedAt).sortable(),
    ];
    const DEFAULT_SORT: &'static str = "-id";
    const SEARCH: bool = true;
}

/// List sites.
///
/// `q` finds words of name, code, city and postal code.
#[utoipa::path(get, path = "/v1/sites", params(Listing<SiteList>), responses((status = 200, body = Page<SiteView>)))]
async fn list(caller: Caller<ReadSites>, listing: Listing<SiteList>, app: Data<Accounts>) -> Result<Reply, Problem> {
    page(&app, caller.scope(), &listing, store::visible(caller.scope())).await
}

/// List the sites of one account.
#[utoipa::path(get, path = "/v1/accounts/{account_id}/sites", params(AccountPath, Listing<SiteList>), responses((status = 200, body = Page<SiteView>)))]
async fn list_of_account(
    caller: Caller<ReadSites>,
    path: Path<AccountPath>,
    listing: Listing<SiteList>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    let account = account::store::find(app.db.read(), caller.scope(), path.account_id).await?;
    let sites = store::visible(caller.scope()).filter(Column::AccountId.eq(account.id.uuid()));
    page(&app, caller.scope(), &listing, sites).await
}

async fn page(app: &Accounts, scope: &RowScope, listing: &Listing<SiteList>, sites: Select<Entity>) -> Result<Reply, Problem> {
    let sites = match listing.search() {
        Some(text) => sites.filter(search::SITES.matching(app.db.backend(), text)),
        None => sites,
    };
    let page = listing.page(app.db.read(), sites).await?.try_map(store::site)?;
    let shown: Vec<SiteId> = page.data.iter().map(|site: &Site| site.id).collect();
    let ids = store::regulatory_ids(app.db.read(), &shown).await?;
    listing.reply(&page.map(|site| SiteView::of(&site, &ids, scope)))
}

/// Read one site.
#[utoipa::path(get, path = "/v1/sites/{site_id}", params(SitePath), responses((status = 200, body = SiteView)))]
async fn fetch(caller: Caller<ReadSites>, path: Path<SitePath>, app: Data<Accounts>) -> Result<Reply, Problem> {
    let site = store::find(app.db.read(), caller.scope(), path.site_id).await?;
    let ids = store::regulatory_ids(app.db.read(), &[site.id]).await?;
    shown(&site, &ids, caller.scope())
}
