//! The catalogue over HTTP.

use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kernel::id::ItemId;
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
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::entity;
use super::model::{AmendItem, CatalogItem, CreateItem};
use super::store;
use crate::app::Pricing;
use crate::engine::item::{ChargeGroup, Conversion};
use crate::live;
use crate::permission::{ReadItems, WriteItems};

/// An item as it is read.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemView {
    pub id: ItemId,
    #[schema(minimum = 1)]
    pub version: i64,
    #[schema(max_length = 64)]
    pub code: String,
    #[schema(max_length = 200)]
    pub name: String,
    #[schema(max_length = 64)]
    pub service_line: String,
    #[schema(max_length = 200)]
    pub category: String,
    pub charge_group: ChargeGroup,
    #[schema(max_length = 24)]
    pub base_uom: String,
    #[schema(max_items = 50)]
    pub conversions: Vec<Conversion>,
    pub active: bool,
    #[schema(max_length = 128)]
    pub external_ref: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl From<&CatalogItem> for ItemView {
    fn from(catalog: &CatalogItem) -> Self {
        let item = catalog.item.clone();
        Self {
            id: item.id,
            version: catalog.stamp.version,
            code: item.code,
            name: item.name,
            service_line: item.service_line,
            category: item.category,
            charge_group: item.charge_group,
            base_uom: item.base_uom,
            conversions: item.conversions,
            active: catalog.active,
            external_ref: catalog.external_ref.clone(),
            created_at: catalog.stamp.created_at,
            updated_at: catalog.stamp.updated_at,
        }
    }
}

/// Up to 500 items at once.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateItems {
    #[schema(min_items = 1, max_items = 500)]
    #[validate(nested)]
    pub items: Vec<CreateItem>,
}

/// Which item.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ItemPath {
    pub item_id: ItemId,
}

/// Which external reference.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ExternalPath {
    #[param(min_length = 1, max_length = 128)]
    pub external_ref: String,
}

pub(crate) fn created(item: &CatalogItem) -> Change {
    Change::new("item.created", "item", item.item.id, 1).after(&ItemView::from(item))
}

pub(crate) fn changed(before: &CatalogItem, after: &CatalogItem) -> Change {
    Change::new("item.changed", "item", after.item.id, after.stamp.version).before(&ItemView::from(before)).after(&ItemView::from(after))
}

fn location(item: &CatalogItem) -> String {
    format!("/v1/items/{}", item.item.id)
}

/// Add an item.
#[utoipa::path(post, path = "/v1/items", request_body = CreateItem, responses((status = 201, body = ItemView)))]
async fn create(caller: Caller<WriteItems>, command: Valid<CreateItem>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let reply = app
        .db
        .command(&caller, "item.create", async |tx| {
            let item = CatalogItem::create(&command, Touch::of(tx))?;
            store::insert(tx, std::slice::from_ref(&item), live::advance(tx).await?).await?;
            tx.record(created(&item));
            Ok(Reply::created(location(&item), &ItemView::from(&item))?.tagged(1))
        })
        .await?;
    app.refresh().await?;
    Ok(reply)
}

/// Add up to 500 items, all or none.
#[utoipa::path(post, path = "/v1/items/bulk", request_body = CreateItems, responses((status = 201, body = Vec<ItemView>)))]
async fn create_many(caller: Caller<WriteItems>, command: Valid<CreateItems>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let reply = app
        .db
        .command(&caller, "item.create_many", async |tx| {
            let touch = Touch::of(tx);
            let make = |(place, command)| CatalogItem::create(command, touch).map_err(|fault| fault.under(&format!("/items/{place}")));
            let items: Vec<CatalogItem> = command.items.iter().enumerate().map(make).collect::<Result<_, _>>()?;
            store::insert(tx, &items, live::advance(tx).await?).await?;
            items.iter().for_each(|item| tx.record(created(item)));
            Reply::created("/v1/items", &items.iter().map(ItemView::from).collect::<Vec<_>>())
        })
        .await?;
    app.refresh().await?;
    Ok(reply)
}

/// Read an item.
#[utoipa::path(get, path = "/v1/items/{item_id}", params(ItemPath), responses((status = 200, body = ItemView)))]
async fn fetch(caller: Caller<ReadItems>, path: Path<ItemPath>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let item = store::find(app.db.read(), caller.scope(), path.item_id).await?;
    Ok(Reply::ok(&ItemView::from(&item))?.tagged(item.stamp.version))
}

/// Change an item.
#[utoipa::path(patch, path = "/v1/items/{item_id}", params(ItemPath), request_body = AmendItem, responses((status = 200, body = ItemView)))]
async fn amend(
    caller: Caller<WriteItems>,
    path: Path<ItemPath>,
    expected: IfMatch,
    command: Valid<AmendItem>,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    let reply = app
        .db
        .command(&caller, "item.amend", async |tx| {
            let current = store::find(tx, caller.scope(), path.item_id).await?;
            expected.check(current.stamp.version)?;
            let next = current.clone().amend(&command, Touch::of(tx))?;
            store::save(tx, &next, live::advance(tx).await?).await?;
            tx.record(changed(&current, &next));
            Ok(Reply::ok(&ItemView::from(&next))?.tagged(next.stamp.version))
        })
        .await?;
    app.refresh().await?;
    Ok(reply)
}

/// Create or replace the item with an external reference.
#[utoipa::path(put, path = "/v1/items/by-external-ref/{external_ref}", params(ExternalPath), request_body = CreateItem,
    responses((status = 200, body = ItemView), (status = 201, body = ItemView)))]
async fn upsert(
    caller: Caller<WriteItems>,
    path: Path<ExternalPath>,
    command: Valid<CreateItem>,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    let reply = app
        .db
        .command(&caller, "item.upsert", async |tx| {
            let command = CreateItem { external_ref: Some(path.external_ref.clone()), ..command.clone() };
            put(tx, caller.scope(), &path.external_ref, &command).await
        })
        .await?;
    app.refresh().await?;
    Ok(reply)
}

async fn put(tx: &Tx, scope: &RowScope, external_ref: &str, command: &CreateItem) -> Result<Reply, Problem> {
    let generation = live::advance(tx).await?;
    let Some(current) = store::by_external_ref(tx, scope, external_ref).await? else {
        let item = CatalogItem::create(command, Touch::of(tx))?;
        store::insert(tx, std::slice::from_ref(&item), generation).await?;
        tx.record(created(&item));
        return Ok(Reply::created(location(&item), &ItemView::from(&item))?.tagged(1));
    };
    let next = current.clone().replace(command, Touch::of(tx))?;
    store::save(tx, &next, generation).await?;
    tx.record(changed(&current, &next));
    Ok(Reply::ok(&ItemView::from(&next))?.tagged(next.stamp.version))
}

/// What items can be listed by.
pub struct ItemList;

impl ListSpec for ItemList {
    type Entity = entity::Entity;
    type View = ItemView;
    const FIELDS: &'static [Field<entity::Column>] = &[
        Field::text("code", entity::Column::Code).sortable(),
        Field::text("name", entity::Column::Name).containing(),
        Field::text("service_line", entity::Column::ServiceLine),
        Field::text("category", entity::Column::Category),
        Field::choice("charge_group", entity::Column::ChargeGroup, ChargeGroup::TEXTS),
        Field::boolean("active", entity::Column::Active),
        Field::text("external_ref", entity::Column::ExternalRef).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "code";
}

/// List items.
#[utoipa::path(get, path = "/v1/items", params(Listing<ItemList>), responses((status = 200, body = Page<ItemView>)))]
async fn list(caller: Caller<ReadItems>, listing: Listing<ItemList>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::from_row(row).map(|item| ItemView::from(&item)))?)
}

pub(crate) fn operations() -> Operations {
    operations!["items"; create, create_many, list, fetch, amend, upsert]
}
