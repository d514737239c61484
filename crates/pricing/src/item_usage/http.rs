//! Item usage over HTTP.

use actix_web::web::Data;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use kernel::id::{AccountId, ItemId, ItemUsageId};
use kernel::{Fault, Quantity};
use platform::bulk::{self, Bulk, BulkItems, BulkReport};
use platform::caller::Caller;
use platform::db::Tx;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::entity::{Column, Entity, Model};
use super::store;
use crate::app::Pricing;
use crate::engine::PriceIndex;
use crate::permission::{ReadItemUsages, WriteItemUsages};

/// What an account bought of an item in a month.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RecordItemUsage {
    pub account_id: AccountId,
    pub item_id: ItemId,
    /// The item's base unit when absent.
    #[schema(min_length = 1, max_length = 24)]
    pub uom: Option<String>,
    /// Any day of the month.
    pub month: NaiveDate,
    /// The whole month's; it takes the place of what was recorded before.
    pub quantity: Quantity,
}

impl RecordItemUsage {
    fn checked(&self, recorded_at: DateTime<Utc>, index: &PriceIndex) -> Result<Model, Fault> {
        let item = index.item(self.item_id).ok_or_else(|| Fault::field("/item_id", "unknown_item", "There is no such item."))?;
        let uom = self.uom.clone().unwrap_or_else(|| item.base_uom.clone());
        let unknown = item.ratio(&uom, &item.base_uom).is_none();
        let negative = self.quantity.is_negative();
        let faults = [
            unknown.then(|| Fault::field("/uom", "unknown_uom", format!("{} is not measured in {uom}.", item.code))),
            negative.then(|| Fault::field("/quantity", "negative_quantity", "What was bought is not negative.")),
        ];
        Fault::all(faults.into_iter().flatten())?;
        let month = self.month.with_day(1).ok_or_else(Fault::overflow)?;
        let (account_id, item_id) = (self.account_id.uuid(), self.item_id.uuid());
        Ok(Model {
            id: ItemUsageId::generate().uuid(),
            version: 1,
            account_id,
            item_id,
            uom,
            month,
            quantity: self.quantity.scaled(),
            recorded_at,
        })
    }
}

/// What an account bought of an item in a month.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ItemUsageView {
    pub id: ItemUsageId,
    #[schema(minimum = 1)]
    pub version: i64,
    pub account_id: AccountId,
    pub item_id: ItemId,
    #[schema(max_length = 24)]
    pub uom: String,
    /// Its first day.
    pub month: NaiveDate,
    pub quantity: Quantity,
    pub recorded_at: DateTime<Utc>,
}

impl From<Model> for ItemUsageView {
    fn from(row: Model) -> Self {
        Self {
            id: row.id.into(),
            version: row.version,
            account_id: row.account_id.into(),
            item_id: row.item_id.into(),
            uom: row.uom,
            month: row.month,
            quantity: Quantity::from_scaled(row.quantity),
            recorded_at: row.recorded_at,
        }
    }
}

async fn recorded(tx: &Tx, command: &RecordItemUsage, index: &PriceIndex) -> Result<Reply, Problem> {
    let view = ItemUsageView::from(store::put(tx, command.checked(tx.now(), index)?).await?);
    let change = Change::new("item_usage.recorded", "item_usage", view.id, view.version).after(&view);
    tx.record(change.account(Some(view.account_id)));
    Reply::ok(&view)
}

/// Record up to 500 quantities, each over the one before for its account, item, unit and month.
#[utoipa::path(post, path = "/v1/item-usages/bulk", request_body = Bulk<RecordItemUsage>, responses((status = 200, body = BulkReport)))]
async fn record_many(caller: Caller<WriteItemUsages>, items: BulkItems<RecordItemUsage>, app: Data<Pricing>) -> Result<Reply, Problem> {
    app.refresh().await?;
    let index = app.live.current();
    let work = async |tx: &Tx, item: &RecordItemUsage| recorded(tx, item, &index).await;
    bulk::run(&app.db, &caller, "item_usage.record_many", &items, work).await
}

/// What item usage can be listed by.
pub struct ItemUsageList;

impl ListSpec for ItemUsageList {
    type Entity = Entity;
    type View = ItemUsageView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::uuid("account_id", Column::AccountId),
        Field::uuid("item_id", Column::ItemId),
        Field::date("month", Column::Month).sortable(),
    ];
    const DEFAULT_SORT: &'static str = "id";
}

/// List item usage.
#[utoipa::path(get, path = "/v1/item-usages", params(Listing<ItemUsageList>), responses((status = 200, body = Page<ItemUsageView>)))]
async fn list(caller: Caller<ReadItemUsages>, listing: Listing<ItemUsageList>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.map(ItemUsageView::from))
}

pub(crate) fn operations() -> Operations {
    operations!["item-usages"; record_many, list]
}
