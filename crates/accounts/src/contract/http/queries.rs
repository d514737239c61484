//! Reading contracts, their versions and the dates of their terms.

use actix_web::web::{Data, Path, Query};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use serde::Serialize;
use utoipa::ToSchema;

use super::shown;
use crate::Accounts;
use crate::access::ReadContracts;
use crate::contract::entity::{Column, Entity};
use crate::contract::model::{ContractKind, ContractStatus};
use crate::contract::version::{ContractVersion, ContractVersionState};
use crate::contract::wire::{AsOf, ContractPath, ContractSummary, ContractVersionView, ContractView, TermQuery, TermView};
use crate::contract::{row, store, term};

pub(super) fn operations() -> Operations {
    operations!["contracts"; list, fetch, versions, term_dates]
}

/// What the list of contracts can be asked for.
pub(crate) struct ContractList;

impl ListSpec for ContractList {
    type Entity = Entity;
    type View = ContractSummary;
    const FIELDS: &'static [Field<Column>] = &[
        Field::uuid("account_id", Column::AccountId),
        Field::uuid("parent_id", Column::ParentId).nullable(),
        Field::choice("kind", Column::Kind, ContractKind::TEXTS),
        Field::choice("status", Column::Status, ContractStatus::TEXTS),
        Field::text("external_ref", Column::ExternalRef).nullable(),
        Field::instant("updated_at", Column::UpdatedAt).sortable(),
    ];
    const DEFAULT_SORT: &'static str = "-id";
}

/// List contracts.
#[utoipa::path(get, path = "/v1/contracts", params(Listing<ContractList>), responses((status = 200, body = Page<ContractSummary>)))]
async fn list(caller: Caller<ReadContracts>, listing: Listing<ContractList>, app: Data<Accounts>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|found| row::contract(found).map(|contract| ContractSummary::of(&contract, caller.scope())))?)
}

/// Read one contract with its current version.
#[utoipa::path(get, path = "/v1/contracts/{contract_id}", params(ContractPath, AsOf), responses((status = 200, body = ContractView)))]
async fn fetch(caller: Caller<ReadContracts>, path: Path<ContractPath>, query: Query<AsOf>, app: Data<Accounts>) -> Result<Reply, Problem> {
    let (contract, version) = store::find_current(app.db.read(), caller.scope(), path.contract_id).await?;
    shown(&contract, &version, caller.scope(), query.as_of.unwrap_or_else(|| app.clock.now().date_naive()))
}

/// The versions of a contract.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct ContractVersionsView {
    /// Newest first.
    #[schema(max_items = 1000)]
    pub data: Vec<ContractVersionView>,
}

/// Read the versions of a contract.
#[utoipa::path(get, path = "/v1/contracts/{contract_id}/versions", params(ContractPath), responses((status = 200, body = ContractVersionsView)))]
async fn versions(caller: Caller<ReadContracts>, path: Path<ContractPath>, app: Data<Accounts>) -> Result<Reply, Problem> {
    let contract = store::find(app.db.read(), caller.scope(), path.contract_id).await?;
    let versions = store::versions(app.db.read(), contract.id).await?;
    let signed = |version: &&ContractVersion| !caller.scope().is_customer() || version.state != ContractVersionState::Draft;
    Reply::ok(&ContractVersionsView { data: versions.iter().filter(signed).map(ContractVersionView::from).collect() })
}

/// Read when a term of a contract ends, and when notice can be given.
#[utoipa::path(get, path = "/v1/contracts/{contract_id}/term", params(ContractPath, TermQuery), responses((status = 200, body = TermView)))]
async fn term_dates(
    caller: Caller<ReadContracts>,
    path: Path<ContractPath>,
    query: Query<TermQuery>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    let (_, version) = store::find_current(app.db.read(), caller.scope(), path.contract_id).await?;
    let number = query.number.unwrap_or(1).clamp(1, 1_000);
    let anchor = version.start;
    let dates = |anchor| term::dates(anchor, &version.terms.term, version.terms.renewal.as_ref(), number);
    let term = anchor.map(dates).transpose()?.flatten();
    let window = term.and_then(|term| term.notice);
    let notice_timing = window.zip(query.notice_received).map(|(window, received)| term::notice_timing(window, received));
    Reply::ok(&TermView { term, notice_timing })
}
