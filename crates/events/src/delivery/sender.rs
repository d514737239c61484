//! Sending what is due. Each endpoint is served by a task of its own, a few requests at a time, so that a slow one holds up nobody else.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use clients::outside::Outside;
use kernel::id::WebhookId;
use platform::db::{Db, Tx};
use platform::problem::Problem;
use platform::stamp::Touch;
use platform::worker::{Outcome, Worker};
use uuid::Uuid;

use super::entity::delivery::Model;
use super::model::{Attempt, Schedule, Verdict, verdict};
use super::store;
use crate::feed;
use crate::webhook;
use crate::webhook::http::told;
use crate::webhook::model::{Webhook, WebhookDisabledReason, WebhookState};
use crate::webhook::secret::{Message, Secrets};
use crate::webhook::target::Allowed;

/// How long an endpoint may take to answer.
const DEADLINE: Duration = Duration::from_secs(10);
/// Requests to one endpoint at once.
const AT_ONCE: u64 = 4;
/// Endpoints that are served at once.
const ENDPOINTS: usize = 64;
/// Batches that one task sends before others have their turn.
const BATCHES: usize = 50;

/// What sending needs.
pub(crate) struct Post {
    pub(crate) db: Db,
    pub(crate) secrets: Secrets,
    pub(crate) allowed: Allowed,
    pub(crate) schedule: Schedule,
    /// The endpoints that a task of this process serves.
    pub(crate) served: Mutex<HashSet<Uuid>>,
}

/// Sends deliveries.
pub(crate) struct Sender(pub(crate) Arc<Post>);

#[async_trait(?Send)]
impl Worker for Sender {
    fn name(&self) -> &'static str {
        "webhooks.send"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let due = store::webhooks_due(self.0.db.read(), self.0.db.clock().now()).await?;
        let mut begun = 0;
        for webhook in due {
            let Some(turn) = Turn::take(&self.0, webhook) else { continue };
            begun += 1;
            actix_web::rt::spawn(async move {
                if let Err(problem) = turn.serve().await {
                    tracing::warn!(webhook = %turn.webhook, %problem, "deliveries could not be sent");
                }
            });
        }
        Ok(if begun == 0 { Outcome::Idle } else { Outcome::Finished(begun) })
    }

    fn pause(&self) -> Duration {
        Duration::from_millis(300)
    }
}

/// The turn of one endpoint; it ends when this is dropped.
struct Turn {
    post: Arc<Post>,
    webhook: Uuid,
}

impl Turn {
    fn take(post: &Arc<Post>, webhook: Uuid) -> Option<Self> {
        let mut served = post.served.lock().unwrap_or_else(PoisonError::into_inner);
        (served.len() < ENDPOINTS && served.insert(webhook)).then(|| Self { post: Arc::clone(post), webhook })
    }

    /// Sends what is due until nothing is, or others should have their turn.
    async fn serve(&self) -> Result<(), Problem> {
        let post = &self.post;
        let allowed = post.allowed;
        let outside = Outside::new(move |address| allowed.admits(address), DEADLINE);
        for _ in 0..BATCHES {
            let Some(hook) = webhook::store::by_id(post.db.read(), self.webhook).await? else { return Ok(()) };
            let due = store::due(post.db.read(), self.webhook, post.db.clock().now(), AT_ONCE).await?;
            if hook.state == WebhookState::Disabled {
                return Ok(());
            }
            if due.is_empty() {
                let (webhook, now) = (self.webhook, post.db.clock().now());
                return post.db.write("webhooks.queue_up", async |tx| store::queue_up(tx, webhook, now).await).await;
            }
            let sent = due.iter().map(|delivery| post.send(&outside, &hook, delivery));
            futures_util::future::try_join_all(sent).await?;
        }
        Ok(())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.post.served.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.webhook);
    }
}

impl Post {
    async fn send(&self, outside: &Outside, hook: &Webhook, delivery: &Model) -> Result<(), Problem> {
        let made = match self.body(hook, delivery).await? {
            Some(body) => self.attempt(outside, hook, delivery, body).await,
            None => Attempt { error: Some("the event is kept no longer".to_owned()), ..self.unanswered(0) },
        };
        let before = usize::try_from(delivery.attempts - delivery.round).unwrap_or_default();
        let follows = verdict(&made, before, &self.schedule, delivery.id);
        self.db.write("webhooks.note", async |tx| note(tx, (hook.id, delivery), &made, follows).await).await
    }

    /// The envelope, as the endpoint's owner may see it; none when the feed has it no longer.
    async fn body(&self, hook: &Webhook, delivery: &Model) -> Result<Option<String>, Problem> {
        if delivery.payload.is_some() {
            return Ok(delivery.payload.clone());
        }
        let Some(row) = feed::by_event(self.db.read(), delivery.event_id).await? else { return Ok(None) };
        Ok(Some(feed::envelope(row, hook.reader.is_customer())?.get().to_owned()))
    }

    async fn attempt(&self, outside: &Outside, hook: &Webhook, delivery: &Model, body: String) -> Attempt {
        let (id, timestamp) = (delivery.event_id.to_string(), self.db.clock().now().timestamp());
        let message = Message { id: &id, timestamp, body: &body };
        let signature = self.secrets.sign(hook.id, hook.secrets_at(self.db.clock().now()), message);
        let headers = [("webhook-id", id.clone()), ("webhook-timestamp", timestamp.to_string()), ("webhook-signature", signature)];
        let began = Instant::now();
        let answer = match self.allowed.check(&hook.terms.url) {
            Ok(_) => outside.post(&hook.terms.url, &headers, body).await,
            Err(fault) => Err(fault.errors.first().map_or_else(|| fault.detail.clone(), |error| error.message.clone())),
        };
        let unanswered = self.unanswered(i32::try_from(began.elapsed().as_millis()).unwrap_or(i32::MAX));
        match answer {
            Ok(answer) => Attempt { status: Some(answer.status), answer: Some(answer.excerpt), ..unanswered },
            Err(error) => Attempt { error: Some(error), ..unanswered },
        }
    }

    fn unanswered(&self, duration_ms: i32) -> Attempt {
        Attempt { at: self.db.clock().now(), duration_ms, status: None, error: None, answer: None }
    }
}

/// Notes an attempt, and what it says of the endpoint.
async fn note(tx: &Tx, (hook, delivery): (WebhookId, &Model), made: &Attempt, follows: Verdict) -> Result<(), Problem> {
    if !store::note(tx, delivery, made, follows).await? {
        return Ok(());
    }
    let failing = follows != Verdict::Delivered;
    webhook::store::note_failing(tx, hook, failing.then_some(made.at)).await?;
    if !failing {
        return Ok(());
    }
    let Some(before) = webhook::store::by_id(tx, hook.uuid()).await? else { return Ok(()) };
    let reason = match made.is_gone() {
        true => WebhookDisabledReason::Gone,
        false if before.has_failed_for_days(made.at) => WebhookDisabledReason::Failing,
        false => return Ok(()),
    };
    if before.state == WebhookState::Disabled {
        return Ok(());
    }
    let after = before.clone().disable(reason, Touch::of(tx))?;
    webhook::store::save(tx, &before, &after).await?;
    tx.record(told("webhook.disabled", &before, &after));
    Ok(())
}
