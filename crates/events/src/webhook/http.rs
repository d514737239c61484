//! Endpoints over HTTP.

use std::sync::Arc;

use actix_web::web::{Data, Path};
use chrono::TimeDelta;
use kernel::Fault;
use kernel::id::WebhookId;
use platform::caller::Caller;
use platform::db::{Db, Tx};
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::peer::Peers;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::Touch;
use platform::valid::Valid;
use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use super::entity;
use super::model::{Webhook, WebhookDisabledReason, WebhookState};
use super::reader::Reader;
use super::secret::Secrets;
use super::store;
use super::target::Allowed;
use super::wire::{
    CreateWebhook, From, PatchWebhook, ReplayWebhook, RotateWebhookSecret, WebhookPath, WebhookReplay, WebhookView, WebhookWithSecret,
};
use super::{ReadWebhooks, WriteWebhooks};
use crate::delivery::entity::delivery::Column as DeliveryColumn;
use crate::delivery::http::DeliveryView;
use crate::{delivery, feed};

/// What the handlers share.
pub(crate) struct Hooks {
    pub(crate) db: Db,
    pub(crate) peers: Arc<dyn Peers>,
    pub(crate) secrets: Secrets,
    pub(crate) allowed: Allowed,
}

/// Events of one step of a replay.
const REPLAYED: u64 = 500;
const USUAL_OVERLAP_HOURS: u16 = 24;
/// Webhooks of one owner.
const MOST_OF_ONE: u64 = 50;

/// Says that an endpoint changed.
pub(crate) fn told(event: &'static str, before: &Webhook, after: &Webhook) -> Change {
    let change = Change::new(event, "webhook", after.id, after.stamp.version);
    change.before(&WebhookView::from(before)).after(&WebhookView::from(after))
}

fn reply(hook: &Webhook) -> Result<Reply, Problem> {
    Ok(Reply::ok(&WebhookView::from(hook))?.tagged(hook.stamp.version))
}

/// Make a webhook.
///
/// The answer holds its secret, this once. It is told what its maker may read of the feed, from now on.
#[utoipa::path(post, path = "/v1/webhooks", request_body = CreateWebhook, responses((status = 201, body = WebhookWithSecret)))]
async fn create(caller: Caller<WriteWebhooks>, command: Valid<CreateWebhook>, app: Data<Hooks>) -> Result<Reply, Problem> {
    app.allowed.check_name(&command.url).await?;
    let reader = Reader::of(caller.claims());
    let made = app.db.command(&caller, "webhook.create", async |tx| {
        if store::count_of(tx, caller.actor().id).await? >= MOST_OF_ONE {
            return Err(Fault::conflict("too_many_webhooks", format!("Nobody has more than {MOST_OF_ONE} webhooks; delete one.")).into());
        }
        let owner = (caller.actor().id, reader.clone());
        let hook = Webhook::new(command.terms(), owner, feed::head(tx).await?, Touch::of(tx));
        store::insert(tx, &hook).await?;
        let view = WebhookView::from(&hook);
        tx.record(Change::new("webhook.created", "webhook", hook.id, 1).after(&view));
        Ok(Reply::created(format!("/v1/webhooks/{}", hook.id), &view)?.tagged(1))
    });
    let made = made.await?;
    shown(&app, &caller, made).await
}

/// The answer with the secret put in front. It is computed and never stored, so that a replay shows it too.
async fn shown(app: &Hooks, caller: &Caller<WriteWebhooks>, reply: Reply) -> Result<Reply, Problem> {
    #[derive(serde::Deserialize)]
    struct Made {
        id: WebhookId,
    }
    let Made { id } = serde_json::from_slice(reply.body())?;
    let hook = store::find(app.db.read(), caller, id).await?;
    reply.showing("secret", &app.secrets.text(id, hook.secret_no))
}

/// What webhooks can be listed by.
pub(crate) struct WebhookList;

impl ListSpec for WebhookList {
    type Entity = entity::Entity;
    type View = WebhookView;
    const FIELDS: &'static [Field<entity::Column>] = &[
        Field::choice("state", entity::Column::State, WebhookState::TEXTS),
        Field::uuid("account_id", entity::Column::AccountId).nullable(),
        Field::uuid("owner_id", entity::Column::OwnerId),
    ];
    const DEFAULT_SORT: &'static str = "id";
}

/// List webhooks.
#[utoipa::path(get, path = "/v1/webhooks", params(Listing<WebhookList>), responses((status = 200, body = Page<WebhookView>)))]
async fn list(caller: Caller<ReadWebhooks>, listing: Listing<WebhookList>, app: Data<Hooks>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(&caller)).await?;
    listing.reply(&page.try_map(|row| store::from_row(row).map(|hook| WebhookView::from(&hook)))?)
}

/// Read a webhook, without its secret.
#[utoipa::path(get, path = "/v1/webhooks/{webhook_id}", params(WebhookPath), responses((status = 200, body = WebhookView)))]
async fn fetch(caller: Caller<ReadWebhooks>, path: Path<WebhookPath>, app: Data<Hooks>) -> Result<Reply, Problem> {
    reply(&store::find(app.db.read(), &caller, path.webhook_id).await?)
}

/// Changes an endpoint by a pure step.
async fn change(
    caller: &Caller<WriteWebhooks>,
    (path, expected): (&WebhookPath, IfMatch),
    (event, app): (&'static str, &Hooks),
    step: impl Fn(Webhook, Touch) -> Result<Webhook, Fault>,
) -> Result<Reply, Problem> {
    let command = app.db.command(caller, event, async |tx| {
        let before = store::find(tx, caller, path.webhook_id).await?;
        expected.check(before.stamp.version)?;
        let after = step(before.clone(), Touch::of(tx))?;
        store::save(tx, &before, &after).await?;
        tx.record(told(event, &before, &after));
        reply(&after)
    });
    command.await
}

/// Change a webhook.
#[utoipa::path(patch, path = "/v1/webhooks/{webhook_id}", params(WebhookPath), request_body = PatchWebhook, responses((status = 200, body = WebhookView)))]
async fn patch(
    caller: Caller<WriteWebhooks>,
    path: Path<WebhookPath>,
    expected: IfMatch,
    command: Valid<PatchWebhook>,
    app: Data<Hooks>,
) -> Result<Reply, Problem> {
    if let Some(url) = &command.url {
        app.allowed.check_name(url).await?;
    }
    change(&caller, (&path, expected), ("webhook.changed", &app), |hook, touch| {
        let terms = command.apply(hook.terms.clone());
        Ok(hook.amend(terms, touch))
    })
    .await
}

/// Enable a webhook. It is told of what happened since it was disabled, as far as the feed goes back.
#[utoipa::path(post, path = "/v1/webhooks/{webhook_id}/enable", params(WebhookPath), responses((status = 200, body = WebhookView)))]
async fn enable(caller: Caller<WriteWebhooks>, path: Path<WebhookPath>, expected: IfMatch, app: Data<Hooks>) -> Result<Reply, Problem> {
    change(&caller, (&path, expected), ("webhook.enabled", &app), Webhook::enable).await
}

/// Disable a webhook. What was not delivered waits.
#[utoipa::path(post, path = "/v1/webhooks/{webhook_id}/disable", params(WebhookPath), responses((status = 200, body = WebhookView)))]
async fn disable(caller: Caller<WriteWebhooks>, path: Path<WebhookPath>, expected: IfMatch, app: Data<Hooks>) -> Result<Reply, Problem> {
    let step = |hook: Webhook, touch| hook.disable(WebhookDisabledReason::Requested, touch);
    change(&caller, (&path, expected), ("webhook.disabled", &app), step).await
}

/// Replace a webhook's secret. For some time what is sent is signed by both.
#[utoipa::path(post, path = "/v1/webhooks/{webhook_id}/rotate-secret", params(WebhookPath), request_body = RotateWebhookSecret,
    responses((status = 200, body = WebhookWithSecret)))]
async fn rotate_secret(
    caller: Caller<WriteWebhooks>,
    path: Path<WebhookPath>,
    expected: IfMatch,
    command: Valid<RotateWebhookSecret>,
    app: Data<Hooks>,
) -> Result<Reply, Problem> {
    let overlap = TimeDelta::hours(command.overlap_hours.unwrap_or(USUAL_OVERLAP_HOURS).into());
    let step = |hook: Webhook, touch| hook.rotate(overlap, touch);
    let made = change(&caller, (&path, expected), ("webhook.secret_rotated", &app), step).await?;
    shown(&app, &caller, made).await
}

/// Delete a webhook with its deliveries.
#[utoipa::path(delete, path = "/v1/webhooks/{webhook_id}", params(WebhookPath), responses((status = 204)))]
async fn delete(caller: Caller<WriteWebhooks>, path: Path<WebhookPath>, expected: IfMatch, app: Data<Hooks>) -> Result<Reply, Problem> {
    let command = app.db.command(&caller, "webhook.delete", async |tx| {
        let before = store::find(tx, &caller, path.webhook_id).await?;
        expected.check(before.stamp.version)?;
        delivery::store::remove(tx, Condition::all().add(DeliveryColumn::WebhookId.eq(before.id.uuid()))).await?;
        entity::Entity::delete_by_id(before.id.uuid()).exec(tx).await?;
        let gone = Change::new("webhook.deleted", "webhook", before.id, before.stamp.version + 1);
        tx.record(gone.before(&WebhookView::from(&before)));
        Ok(Reply::no_content())
    });
    command.await
}

/// Send a webhook a `webhook.ping`, to see whether it arrives.
#[utoipa::path(post, path = "/v1/webhooks/{webhook_id}/test", params(WebhookPath), responses((status = 202, body = DeliveryView)))]
async fn test(caller: Caller<WriteWebhooks>, path: Path<WebhookPath>, app: Data<Hooks>) -> Result<Reply, Problem> {
    let command = app.db.command(&caller, "webhook.test", async |tx| {
        let hook = store::find(tx, &caller, path.webhook_id).await?;
        let payload = serde_json::json!({"type": "webhook.ping", "subject": {"type": "webhook", "id": hook.id}, "occurred_at": tx.now()});
        let ping = delivery::store::ping(hook.id, hook.position, payload.to_string(), tx.now());
        delivery::store::insert(tx, vec![ping.clone()]).await?;
        Reply::accepted(format!("/v1/deliveries/{}", ping.id), &DeliveryView::of(ping, Vec::new())?)
    });
    command.await
}

/// Send a webhook again what happened from a point on, as far as the feed goes back.
#[utoipa::path(post, path = "/v1/webhooks/{webhook_id}/replay", params(WebhookPath), request_body = ReplayWebhook,
    responses((status = 200, body = WebhookReplay)))]
async fn replay(
    caller: Caller<WriteWebhooks>,
    path: Path<WebhookPath>,
    command: Valid<ReplayWebhook>,
    app: Data<Hooks>,
) -> Result<Reply, Problem> {
    let hook = store::find(app.db.read(), &caller, path.webhook_id).await?;
    let from = match command.from()? {
        From::Cursor(position) => position,
        From::Instant(since) => feed::position_at(app.db.read(), since).await?,
    };
    let scope = hook.reader.scope(app.peers.as_ref()).await?;
    app.db
        .command(&caller, "webhook.replay", async |tx| {
            let deliveries = send_again(tx, &hook, &scope, from).await?;
            Reply::ok(&WebhookReplay { deliveries })
        })
        .await
}

/// Makes deliveries of what the endpoint was told after a position, and of what it would be told now.
async fn send_again(tx: &Tx, hook: &Webhook, scope: &platform::scope::RowScope, mut after: i64) -> Result<u64, Problem> {
    let mut sent = 0;
    while after < hook.position {
        let rows = feed::after(tx, scope, &hook.wanted(after, REPLAYED)).await?;
        let rows: Vec<_> = rows.into_iter().filter(|row| row.position <= hook.position).collect();
        let Some(last) = rows.last() else { break };
        after = last.position;
        sent += u64::try_from(rows.len()).unwrap_or_default();
        let events = DeliveryColumn::EventId.is_in(rows.iter().map(|row| row.event_id));
        let known = Condition::all().add(DeliveryColumn::WebhookId.eq(hook.id.uuid())).add(events);
        delivery::store::insert(tx, rows.iter().map(|row| delivery::store::fresh(hook.id, row, tx.now())).collect()).await?;
        delivery::store::again(tx, known, tx.now()).await?;
    }
    Ok(sent)
}

pub(crate) fn operations() -> Operations {
    operations!["webhooks"; create, list, fetch, patch, delete, enable, disable, rotate_secret, test, replay]
}
