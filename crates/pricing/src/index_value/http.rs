//! Index values over HTTP.

use actix_web::web::{Data, Path};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::IndexValueId;
use kernel::{Fault, UnitPrice};
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
use crate::engine::published_index::IndexValue;
use crate::live;
use crate::permission::{ReadIndexValues, WriteIndexValues};

/// A value of an index, as it was published.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RecordIndexValue {
    /// Names the index; surcharges refer to it.
    #[schema(min_length = 1, max_length = 64, pattern = r"^[A-Za-z0-9][A-Za-z0-9._/+-]*$", example = "DOE-DIESEL-US")]
    pub index: String,
    #[schema(example = "3.857")]
    pub value: UnitPrice,
    /// The first local date it counts for; it counts until a later one.
    pub published_on: NaiveDate,
}

impl RecordIndexValue {
    /// The value that is meant.
    ///
    /// # Errors
    /// `negative_value`.
    pub(crate) fn checked(&self, recorded_at: DateTime<Utc>) -> Result<IndexValue, Fault> {
        if self.value.is_negative() {
            return Err(Fault::field("/value", "negative_value", "A value is not negative."));
        }
        let Self { index, value, published_on } = self.clone();
        Ok(IndexValue { id: IndexValueId::generate(), index, value, published_on, recorded_at, withdrawn_at: None })
    }
}

/// A value of a published index.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IndexValueView {
    pub id: IndexValueId,
    #[schema(max_length = 64)]
    pub index: String,
    pub value: UnitPrice,
    pub published_on: NaiveDate,
    pub recorded_at: DateTime<Utc>,
    /// From then on it counts no longer; the import that brought it was taken back.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

impl From<IndexValue> for IndexValueView {
    fn from(value: IndexValue) -> Self {
        let IndexValue { id, index, value, published_on, recorded_at, withdrawn_at } = value;
        Self { id, index, value, published_on, recorded_at, withdrawn_at }
    }
}

/// Says that a value was recorded.
pub(crate) fn recorded(value: IndexValue) -> Change {
    let view = IndexValueView::from(value);
    Change::new("index_value.recorded", "index_value", view.id, 1).after(&view)
}

/// Says that a value was withdrawn.
pub(crate) fn withdrawn(value: IndexValue) -> Change {
    let view = IndexValueView::from(value);
    Change::new("index_value.withdrawn", "index_value", view.id, 2).after(&view)
}

/// Which value.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct IndexValuePath {
    pub index_value_id: IndexValueId,
}

/// Record an index value.
///
/// Of several for one day the one recorded last counts; what was priced before keeps the value it was priced at.
#[utoipa::path(post, path = "/v1/index-values", request_body = RecordIndexValue, responses((status = 201, body = IndexValueView)))]
async fn create(caller: Caller<WriteIndexValues>, command: Valid<RecordIndexValue>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let reply = app
        .db
        .command(&caller, "index_value.record", async |tx| {
            live::advance(tx).await?;
            let value = command.checked(tx.now())?;
            store::insert(tx, &value, Some(tx.actor().id)).await?;
            tx.record(recorded(value.clone()));
            let view = IndexValueView::from(value);
            Ok(Reply::created(format!("/v1/index-values/{}", view.id), &view)?.tagged(1))
        })
        .await?;
    app.refresh().await?;
    Ok(reply)
}

/// Read an index value.
#[utoipa::path(get, path = "/v1/index-values/{index_value_id}", params(IndexValuePath), responses((status = 200, body = IndexValueView)))]
async fn fetch(caller: Caller<ReadIndexValues>, path: Path<IndexValuePath>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let value = store::find(app.db.read(), caller.scope(), path.index_value_id).await?;
    Ok(Reply::ok(&IndexValueView::from(value))?.tagged(1))
}

/// What index values can be listed by.
pub struct IndexValueList;

impl ListSpec for IndexValueList {
    type Entity = entity::Entity;
    type View = IndexValueView;
    const FIELDS: &'static [Field<entity::Column>] =
        &[Field::text("index", entity::Column::IndexCode), Field::date("published_on", entity::Column::PublishedOn).sortable()];
    const DEFAULT_SORT: &'static str = "id";
}

/// List index values.
#[utoipa::path(get, path = "/v1/index-values", params(Listing<IndexValueList>), responses((status = 200, body = Page<IndexValueView>)))]
async fn list(caller: Caller<ReadIndexValues>, listing: Listing<IndexValueList>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.map(|row| IndexValueView::from(store::from_row(row))))
}

pub(crate) fn operations() -> Operations {
    operations!["index-values"; create, list, fetch]
}
