//! Deliveries over HTTP.

use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kernel::id::{WebhookDeliveryId, WebhookId};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::rows::word;
use sea_orm::Condition;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::entity::{attempt, delivery};
use super::model::WebhookDeliveryState;
use super::store;
use crate::webhook::http::Hooks;
use crate::webhook::{self, ReadWebhooks, WriteWebhooks};

/// One try to deliver.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct WebhookAttempt {
    #[schema(minimum = 1)]
    no: i32,
    at: DateTime<Utc>,
    /// What was answered; absent when nothing was.
    #[schema(minimum = 100, maximum = 599)]
    status: Option<i32>,
    #[schema(minimum = 0)]
    duration_ms: i32,
    /// Why nothing was answered.
    #[schema(max_length = 1000)]
    error: Option<String>,
    /// The beginning of what was answered.
    #[schema(max_length = 4096)]
    answer: Option<String>,
}

/// An event on its way to an endpoint.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub(crate) struct DeliveryView {
    id: WebhookDeliveryId,
    webhook_id: WebhookId,
    /// The `webhook-id` of every attempt.
    event_id: Uuid,
    #[schema(max_length = 100, example = "ticket.resolved")]
    r#type: String,
    subject_id: Uuid,
    state: WebhookDeliveryState,
    /// How often it was tried.
    #[schema(minimum = 0)]
    attempt_count: i32,
    /// When it is tried next, while it is pending.
    next_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    delivered_at: Option<DateTime<Utc>>,
    /// Empty in lists.
    #[schema(max_items = 1000)]
    attempts: Vec<WebhookAttempt>,
}

impl DeliveryView {
    pub(crate) fn of(row: delivery::Model, attempts: Vec<attempt::Model>) -> Result<Self, Problem> {
        let state = word(&row.state)?;
        let attempt = |made: attempt::Model| {
            let attempt::Model { no, at, status, duration_ms, error, answer, .. } = made;
            WebhookAttempt { no, at, status, duration_ms, error, answer }
        };
        Ok(Self {
            id: WebhookDeliveryId::from_uuid(row.id),
            webhook_id: WebhookId::from_uuid(row.webhook_id),
            event_id: row.event_id,
            r#type: row.event,
            subject_id: row.subject_id,
            state,
            attempt_count: row.attempts,
            next_at: (state == WebhookDeliveryState::Pending).then_some(row.next_at),
            created_at: row.created_at,
            delivered_at: row.delivered_at,
            attempts: attempts.into_iter().map(attempt).collect(),
        })
    }
}

/// Which delivery.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct DeliveryPath {
    delivery_id: WebhookDeliveryId,
}

/// Whose deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct DeliveriesPath {
    webhook_id: WebhookId,
}

/// What deliveries can be listed by.
pub(crate) struct DeliveryList;

impl ListSpec for DeliveryList {
    type Entity = delivery::Entity;
    type View = DeliveryView;
    const FIELDS: &'static [Field<delivery::Column>] = &[
        Field::choice("state", delivery::Column::State, WebhookDeliveryState::TEXTS),
        Field::text("type", delivery::Column::Event),
        Field::uuid("subject_id", delivery::Column::SubjectId),
        Field::uuid("event_id", delivery::Column::EventId),
        Field::instant("created_at", delivery::Column::CreatedAt),
    ];
    const DEFAULT_SORT: &'static str = "-id";
}

/// List the deliveries of a webhook, the newest first.
#[utoipa::path(get, path = "/v1/webhooks/{webhook_id}/deliveries", params(DeliveriesPath, Listing<DeliveryList>),
    responses((status = 200, body = Page<DeliveryView>)))]
async fn list(
    caller: Caller<ReadWebhooks>,
    path: Path<DeliveriesPath>,
    listing: Listing<DeliveryList>,
    app: Data<Hooks>,
) -> Result<Reply, Problem> {
    let hook = webhook::store::find(app.db.read(), &caller, path.webhook_id).await?;
    let page = listing.page(app.db.read(), store::of_webhook(hook.id)).await?;
    listing.reply(&page.try_map(|row| DeliveryView::of(row, Vec::new()))?)
}

/// Read a delivery with its attempts.
#[utoipa::path(get, path = "/v1/deliveries/{delivery_id}", params(DeliveryPath), responses((status = 200, body = DeliveryView)))]
async fn fetch(caller: Caller<ReadWebhooks>, path: Path<DeliveryPath>, app: Data<Hooks>) -> Result<Reply, Problem> {
    let row = store::find(app.db.read(), &caller, path.delivery_id).await?;
    let attempts = store::attempts(app.db.read(), row.id).await?;
    Reply::ok(&DeliveryView::of(row, attempts)?)
}

/// Send a delivery again, whatever became of it.
#[utoipa::path(post, path = "/v1/deliveries/{delivery_id}/replay", operation_id = "send_again", params(DeliveryPath),
    responses((status = 200, body = DeliveryView)))]
async fn send_again(caller: Caller<WriteWebhooks>, path: Path<DeliveryPath>, app: Data<Hooks>) -> Result<Reply, Problem> {
    let command = app.db.command(&caller, "webhook_delivery.replay", async |tx| {
        let row = store::find(tx, &caller, path.delivery_id).await?;
        store::again(tx, Condition::all().add(delivery::Column::Id.eq(row.id)), tx.now()).await?;
        let row = store::find(tx, &caller, path.delivery_id).await?;
        let attempts = store::attempts(tx, row.id).await?;
        Reply::ok(&DeliveryView::of(row, attempts)?)
    });
    command.await
}

pub(crate) fn operations() -> Operations {
    operations!["deliveries"; list, fetch, send_again]
}
