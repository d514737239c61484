//! Item costs over HTTP.

use actix_web::web::{Data, Path};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{ItemCostId, ItemId};
use kernel::{Currency, Fault, UnitPrice};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::{entity, store};
use crate::app::Pricing;
use crate::engine::PriceIndex;
use crate::engine::cost::ItemCost;
use crate::live;
use crate::permission::{ReadItemCosts, WriteItemCosts};

/// What one unit of an item costs from a day on.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RecordItemCost {
    /// Exactly one of `item_id` and `item_code`.
    pub item_id: Option<ItemId>,
    #[schema(min_length = 1, max_length = 64)]
    pub item_code: Option<String>,
    /// The item's base unit when absent.
    #[schema(min_length = 1, max_length = 24)]
    pub uom: Option<String>,
    pub currency: Currency,
    #[schema(example = "80.00")]
    pub cost: UnitPrice,
    /// The first local date it holds for; it holds until a later one.
    pub effective_on: NaiveDate,
}

impl RecordItemCost {
    /// The cost that is meant.
    ///
    /// # Errors
    /// `one_item`, `unknown_item`, `unknown_uom`, `negative_cost`.
    pub(crate) fn checked(&self, recorded_at: DateTime<Utc>, index: &PriceIndex) -> Result<ItemCost, Fault> {
        let (pointer, item) = match (&self.item_id, &self.item_code) {
            (Some(id), None) => ("/item_id", index.item(*id)),
            (None, Some(code)) => ("/item_code", index.item_by_code(code)),
            _ => return Err(Fault::field("/item_id", "one_item", "Name the item by exactly one of item_id and item_code.")),
        };
        let item = item.ok_or_else(|| Fault::field(pointer, "unknown_item", "There is no such item."))?;
        let uom = self.uom.clone().unwrap_or_else(|| item.base_uom.clone());
        let mut faults = Vec::new();
        if item.ratio(&uom, &item.base_uom).is_none() {
            faults.push(Fault::field("/uom", "unknown_uom", format!("{} is not measured in {uom}.", item.code)));
        }
        if self.cost.is_negative() {
            faults.push(Fault::field("/cost", "negative_cost", "A cost is not negative."));
        }
        Fault::all(faults)?;
        let Self { currency, cost, effective_on, .. } = *self;
        Ok(ItemCost { id: ItemCostId::generate(), item: item.id, uom, currency, cost, effective_on, recorded_at, withdrawn_at: None })
    }
}

/// What one unit of an item costs.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ItemCostView {
    pub id: ItemCostId,
    pub item_id: ItemId,
    #[schema(max_length = 24)]
    pub uom: String,
    pub currency: Currency,
    pub cost: UnitPrice,
    pub effective_on: NaiveDate,
    pub recorded_at: DateTime<Utc>,
    /// From then on it holds no longer; the import that brought it was taken back.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

impl From<ItemCost> for ItemCostView {
    fn from(cost: ItemCost) -> Self {
        let ItemCost { id, item, uom, currency, cost, effective_on, recorded_at, withdrawn_at } = cost;
        Self { id, item_id: item, uom, currency, cost, effective_on, recorded_at, withdrawn_at }
    }
}

/// Says that a cost was recorded.
pub(crate) fn recorded(cost: ItemCost) -> Change {
    let view = ItemCostView::from(cost);
    Change::new("item_cost.recorded", "item_cost", view.id, 1).after(&view)
}

/// Says that a cost was withdrawn.
pub(crate) fn withdrawn(cost: ItemCost) -> Change {
    let view = ItemCostView::from(cost);
    Change::new("item_cost.withdrawn", "item_cost", view.id, 2).after(&view)
}

/// Which cost.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ItemCostPath {
    pub item_cost_id: ItemCostId,
}

/// Record an item cost.
///
/// Of several for one day the one recorded last holds; what was priced before keeps the cost it was priced at.
#[utoipa::path(post, path = "/v1/item-costs", request_body = RecordItemCost, responses((status = 201, body = ItemCostView)))]
async fn create(caller: Caller<WriteItemCosts>, command: Valid<RecordItemCost>, app: Data<Pricing>) -> Result<Reply, Problem> {
    app.refresh().await?;
    let index = app.live.current();
    let reply = app
        .db
        .command(&caller, "item_cost.record", async |tx| {
            let generation = live::advance(tx).await?;
            let cost = command.checked(tx.now(), &index)?;
            store::insert(tx, &cost, Some(tx.actor().id), generation).await?;
            tx.record(recorded(cost.clone()));
            let view = ItemCostView::from(cost);
            Ok(Reply::created(format!("/v1/item-costs/{}", view.id), &view)?.tagged(1))
        })
        .await?;
    app.refresh().await?;
    Ok(reply)
}

/// Read an item cost.
#[utoipa::path(get, path = "/v1/item-costs/{item_cost_id}", params(ItemCostPath), responses((status = 200, body = ItemCostView)))]
async fn fetch(caller: Caller<ReadItemCosts>, path: Path<ItemCostPath>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let cost = store::find(app.db.read(), caller.scope(), path.item_cost_id).await?;
    Ok(Reply::ok(&ItemCostView::from(cost))?.tagged(1))
}

/// What item costs can be listed by.
pub struct ItemCostList;

impl ListSpec for ItemCostList {
    type Entity = entity::Entity;
    type View = ItemCostView;
    const FIELDS: &'static [Field<entity::Column>] =
        &[Field::uuid("item_id", entity::Column::ItemId), Field::date("effective_on", entity::Column::EffectiveOn).sortable()];
    const DEFAULT_SORT: &'static str = "id";
}

/// List item costs.
#[utoipa::path(get, path = "/v1/item-costs", params(Listing<ItemCostList>), responses((status = 200, body = Page<ItemCostView>)))]
async fn list(caller: Caller<ReadItemCosts>, listing: Listing<ItemCostList>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::from_row(row).map(ItemCostView::from))?)
}

pub(crate) fn operations() -> Operations {
    operations!["item-costs"; create, list, fetch]
}
