//! Reading, adding and removing a contract's price lines. Adding and removing is a commercial change of the contract.

use actix_web::web::{Data, Path};
use kernel::Fault;
use platform::caller::Caller;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;

use super::save_edited;
use crate::access::{ReadContracts, WriteContracts};
use crate::contract::price_entity::{Column, Entity};
use crate::contract::price_term::check_overlap;
use crate::contract::price_wire::{AddPrices, AddedPrices, KEY_KINDS, PricePath, PriceView};
use crate::contract::wire::ContractPath;
use crate::contract::{row, store};
use crate::{Accounts, site};

pub(super) fn operations() -> Operations {
    operations!["contracts"; list_prices, add_prices, remove_price]
}

/// What the list of a contract's prices can be asked for.
pub(crate) struct PriceList;

impl ListSpec for PriceList {
    type Entity = Entity;
    type View = PriceView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::text("key", Column::KeyCode).sortable(),
        Field::choice("key_kind", Column::KeyKind, KEY_KINDS),
        Field::uuid("site_id", Column::SiteId).nullable(),
        Field::date("valid_from", Column::ValidFrom),
        Field::date("valid_until", Column::ValidUntil).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "key";
}

/// List the price lines of a contract's current version.
#[utoipa::path(get, path = "/v1/contracts/{contract_id}/prices", params(ContractPath, Listing<PriceList>), responses((status = 200, body = Page<PriceView>)))]
async fn list_prices(
    caller: Caller<ReadContracts>,
    path: Path<ContractPath>,
    listing: Listing<PriceList>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    let contract = store::find(app.db.read(), caller.scope(), path.contract_id).await?;
    let page = listing.page(app.db.read(), store::visible_prices(caller.scope(), &contract)).await?;
    listing.reply(&page.try_map(|found| row::price_term(found).map(|term| PriceView::from(&term)))?)
}

/// Add price lines to a contract that has not been signed: all of them or none.
///
/// A line whose period overlaps another's for the same key, site, unit and currency is refused with `price_overlap`.
#[utoipa::path(post, path = "/v1/contracts/{contract_id}/prices", params(ContractPath), request_body = AddPrices, responses((status = 201, body = AddedPrices)))]
async fn add_prices(
    caller: Caller<WriteContracts>,
    path: Path<ContractPath>,
    command: Valid<AddPrices>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "contract.add_prices", async |tx| {
            let mut agreement = store::find_for_change(tx, caller.scope(), path.contract_id).await?;
            let added = command.clone().into_price_terms(&agreement.contract, &agreement.version)?;
            let sites: Vec<_> = added.iter().filter_map(|line| line.priced.site_id).collect();
            site::store::check_named(tx, caller.scope(), agreement.contract.account_id, &sites, "/lines").await?;
            agreement.prices.extend(added.iter().cloned());
            for line in &added {
                check_overlap(line, &agreement.prices)?;
            }
            agreement.version.check_editable()?;
            store::insert_prices(tx, &added).await?;
            let saved = save_edited(tx, agreement, "contract.prices_added").await?;
            let view = AddedPrices { data: added.iter().map(PriceView::from).collect() };
            let location = format!("/v1/contracts/{}/prices", saved.contract.id);
            Ok(Reply::created(location, &view)?.tagged(saved.contract.stamp.version))
        })
        .await
}

/// Remove a price line from a contract that has not been signed.
#[utoipa::path(delete, path = "/v1/contracts/{contract_id}/prices/{price_id}", params(PricePath), responses((status = 204)))]
async fn remove_price(
    caller: Caller<WriteContracts>,
    path: Path<PricePath>,
    expected: IfMatch,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "contract.remove_price", async |tx| {
            let mut agreement = store::find_for_change(tx, caller.scope(), path.contract_id).await?;
            expected.check(agreement.contract.stamp.version)?;
            agreement.version.check_editable()?;
            let before = agreement.prices.len();
            agreement.prices.retain(|line| line.id != path.price_id);
            if agreement.prices.len() == before {
                return Err(Fault::not_found("contract price").into());
            }
            store::delete_price(tx, path.price_id.uuid()).await?;
            let saved = save_edited(tx, agreement, "contract.price_removed").await?;
            Ok(Reply::no_content().tagged(saved.contract.stamp.version))
        })
        .await
}
