//! Operations on territories.

use actix_web::web::{Data, Path};
use kernel::Fault;
use platform::caller::Caller;
use platform::db::Tx;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::stamp::Touch;
use platform::valid::Valid;

use super::entity::{Column, Entity};
use super::model::Territory;
use super::store;
use super::wire::{CreateTerritory, PatchTerritory, TerritoryPath, TerritoryView};
use crate::Tickets;
use crate::access::{ReadTerritories, WriteTerritories};
use crate::routing::roster;

pub(crate) fn operations() -> Operations {
    operations!["territories"; create, list, fetch, patch]
}

fn changed(event: &'static str, territory: &Territory) -> Change {
    let change = Change::new(event, "territory", territory.id, territory.stamp.version);
    change.branch(Some(territory.branch_id)).after(&TerritoryView::from(territory))
}

/// Demands that it stays in the caller's reach and meets no other. Commands on the roster come one after the other, so what was
/// compared is what is stored.
async fn check(tx: &Tx, scope: &RowScope, territory: &Territory) -> Result<(), Problem> {
    if !scope.covers(Some(territory.branch_id.uuid()), None, None) {
        return Err(Fault::field("/branch_id", "unknown_reference", "There is no such branch in reach.").into());
    }
    territory.check_overlap(&store::all(tx).await?)?;
    Ok(())
}

/// Draw a territory.
///
/// One that meets another on some day, by a postal code or an account, is refused with the ids of both.
#[utoipa::path(post, path = "/v1/territories", request_body = CreateTerritory, responses((status = 201, body = TerritoryView)))]
async fn create(caller: Caller<WriteTerritories>, command: Valid<CreateTerritory>, app: Data<Tickets>) -> Result<Reply, Problem> {
    roster::command(&app, &caller, "territory.create", async |tx| {
        let territory = command.clone().into_territory(Touch::of(tx))?;
        check(tx, caller.scope(), &territory).await?;
        store::insert(tx, &territory).await?;
        tx.record(changed("territory.created", &territory));
        let view = TerritoryView::from(&territory);
        Ok(Reply::created(format!("/v1/territories/{}", territory.id), &view)?.tagged(territory.stamp.version))
    })
    .await
}

/// What the list of territories can be asked for.
pub(crate) struct TerritoryList;

impl ListSpec for TerritoryList {
    type Entity = Entity;
    type View = TerritoryView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::text("name", Column::Name).sortable().containing(),
        Field::uuid("branch_id", Column::BranchId),
        Field::date("effective_from", Column::EffectiveFrom),
        Field::date("effective_until", Column::EffectiveUntil).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "name";
}

/// List territories.
#[utoipa::path(get, path = "/v1/territories", params(Listing<TerritoryList>), responses((status = 200, body = Page<TerritoryView>)))]
async fn list(caller: Caller<ReadTerritories>, listing: Listing<TerritoryList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::territory(row).map(|territory| TerritoryView::from(&territory)))?)
}

/// Read one territory.
#[utoipa::path(get, path = "/v1/territories/{territory_id}", params(TerritoryPath), responses((status = 200, body = TerritoryView)))]
async fn fetch(caller: Caller<ReadTerritories>, path: Path<TerritoryPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let territory = store::find(app.db.read(), caller.scope(), path.territory_id).await?;
    Ok(Reply::ok(&TerritoryView::from(&territory))?.tagged(territory.stamp.version))
}

/// Change a territory.
#[utoipa::path(patch, path = "/v1/territories/{territory_id}", params(TerritoryPath), request_body = PatchTerritory,
    responses((status = 200, body = TerritoryView)))]
async fn patch(
    caller: Caller<WriteTerritories>,
    path: Path<TerritoryPath>,
    expected: IfMatch,
    command: Valid<PatchTerritory>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    roster::command(&app, &caller, "territory.patch", async |tx| {
        let current = store::find(tx, caller.scope(), path.territory_id).await?;
        expected.check(current.stamp.version)?;
        let before = TerritoryView::from(&current);
        let next = command.clone().apply(current, Touch::of(tx))?;
        check(tx, caller.scope(), &next).await?;
        store::save(tx, &next).await?;
        tx.record(changed("territory.updated", &next).before(&before));
        Ok(Reply::ok(&TerritoryView::from(&next))?.tagged(next.stamp.version))
    })
    .await
}
