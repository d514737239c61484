//! Exchange rates over HTTP.

use actix_web::web::{Data, Path};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::ExchangeRateId;
use kernel::{Currency, Fault, FxRate};
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
use crate::engine::exchange::ExchangeRate;
use crate::live;
use crate::permission::{ReadExchangeRates, WriteExchangeRates};

/// A rate from a day on.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RecordExchangeRate {
    pub from: Currency,
    pub to: Currency,
    /// What one unit of `from` is in `to`.
    #[schema(example = "1.3625")]
    pub rate: FxRate,
    /// The first local date it holds for; it holds until a later one.
    pub effective_on: NaiveDate,
}

impl RecordExchangeRate {
    fn checked(&self, recorded_at: DateTime<Utc>) -> Result<ExchangeRate, Fault> {
        let mut faults = Vec::new();
        if self.from == self.to {
            faults.push(Fault::field("/to", "same_currency", "A rate is between two currencies."));
        }
        if self.rate <= FxRate::ZERO {
            faults.push(Fault::field("/rate", "not_positive", "A rate is more than zero."));
        }
        Fault::all(faults)?;
        let Self { from, to, rate, effective_on } = *self;
        Ok(ExchangeRate { id: ExchangeRateId::generate(), from, to, rate, effective_on, recorded_at })
    }
}

/// An exchange rate.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExchangeRateView {
    pub id: ExchangeRateId,
    pub from: Currency,
    pub to: Currency,
    pub rate: FxRate,
    pub effective_on: NaiveDate,
    pub recorded_at: DateTime<Utc>,
}

impl From<ExchangeRate> for ExchangeRateView {
    fn from(rate: ExchangeRate) -> Self {
        let ExchangeRate { id, from, to, rate, effective_on, recorded_at } = rate;
        Self { id, from, to, rate, effective_on, recorded_at }
    }
}

/// Which rate.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ExchangeRatePath {
    pub exchange_rate_id: ExchangeRateId,
}

/// Record an exchange rate.
///
/// Of several for one day the one recorded last holds; what was priced before keeps the rate it was priced at.
#[utoipa::path(post, path = "/v1/exchange-rates", request_body = RecordExchangeRate, responses((status = 201, body = ExchangeRateView)))]
async fn create(caller: Caller<WriteExchangeRates>, command: Valid<RecordExchangeRate>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let reply = app
        .db
        .command(&caller, "exchange_rate.record", async |tx| {
            live::advance(tx).await?;
            let rate = command.checked(tx.now())?;
            store::insert(tx, &rate, Some(tx.actor().id)).await?;
            let view = ExchangeRateView::from(rate);
            tx.record(Change::new("exchange_rate.recorded", "exchange_rate", view.id, 1).after(&view));
            Ok(Reply::created(format!("/v1/exchange-rates/{}", view.id), &view)?.tagged(1))
        })
        .await?;
    app.refresh().await?;
    Ok(reply)
}

/// Read an exchange rate.
#[utoipa::path(get, path = "/v1/exchange-rates/{exchange_rate_id}", params(ExchangeRatePath), responses((status = 200, body = ExchangeRateView)))]
async fn fetch(caller: Caller<ReadExchangeRates>, path: Path<ExchangeRatePath>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let rate = store::find(app.db.read(), caller.scope(), path.exchange_rate_id).await?;
    Ok(Reply::ok(&ExchangeRateView::from(rate))?.tagged(1))
}

/// What exchange rates can be listed by.
pub struct ExchangeRateList;

impl ListSpec for ExchangeRateList {
    type Entity = entity::Entity;
    type View = ExchangeRateView;
    const FIELDS: &'static [Field<entity::Column>] = &[
        Field::text("from", entity::Column::FromCurrency),
        Field::text("to", entity::Column::ToCurrency),
        Field::date("effective_on", entity::Column::EffectiveOn),
    ];
    const DEFAULT_SORT: &'static str = "id";
}

/// List exchange rates.
#[utoipa::path(get, path = "/v1/exchange-rates", params(Listing<ExchangeRateList>), responses((status = 200, body = Page<ExchangeRateView>)))]
async fn list(caller: Caller<ReadExchangeRates>, listing: Listing<ExchangeRateList>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::from_row(&row).map(ExchangeRateView::from))?)
}

pub(crate) fn operations() -> Operations {
    operations!["exchange-rates"; create, list, fetch]
}
