//! Publishing to NATS JetStream: one durable stream for the deployment, one subject per service and type of event.
//!
//! The event's id is the message id, so that a repeated publish within the stream's window is stored once. An
//! acknowledged message can still be lost with the server's disk; the outbox stays the truth.

use std::collections::VecDeque;
use std::time::Duration;

use async_nats::jetstream::Context;
use async_nats::jetstream::context::PublishAckFuture;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, DiscardPolicy, StorageType};
use async_trait::async_trait;

use super::{Envelope, Sink};
use crate::problem::Problem;

/// The deployment's stream.
pub const STREAM: &str = "LIAISON";
const SUBJECTS: &str = "liaison.>";
const IN_FLIGHT: usize = 32;
/// Repetitions of an id within this time are dropped by the server.
const WINDOW: Duration = Duration::from_secs(600);
const KEEP: Duration = Duration::from_secs(7 * 24 * 3_600);

/// A sink that publishes to JetStream.
pub struct NatsSink {
    context: Context,
}

impl NatsSink {
    /// Connects and makes the stream when it is missing.
    ///
    /// # Errors
    /// 503 when the server cannot be reached or refuses the stream.
    pub async fn connect(url: &str) -> Result<Self, Problem> {
        let client = async_nats::ConnectOptions::new()
            .name("liaison")
            .connection_timeout(Duration::from_secs(5))
            .connect(url)
            .await
            .map_err(Problem::unavailable)?;
        let context = async_nats::jetstream::new(client);
        let stream = Config {
            name: STREAM.to_owned(),
            subjects: vec![SUBJECTS.to_owned()],
            storage: StorageType::File,
            discard: DiscardPolicy::Old,
            max_age: KEEP,
            duplicate_window: WINDOW,
            ..Config::default()
        };
        context.get_or_create_stream(stream).await.map_err(Problem::unavailable)?;
        Ok(Self { context })
    }

    /// The JetStream context, for consumers.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The subject of an event: `liaison.tickets.ticket.resolved`.
    #[must_use]
    pub fn subject(envelope: &Envelope) -> String {
        format!("liaison.{}.{}", envelope.service, envelope.kind)
    }
}

#[async_trait(?Send)]
impl Sink for NatsSink {
    async fn deliver(&self, batch: &[Envelope]) -> Result<(), Problem> {
        let mut waiting: VecDeque<PublishAckFuture> = VecDeque::with_capacity(IN_FLIGHT);
        for envelope in batch {
            if waiting.len() >= IN_FLIGHT {
                acknowledged(waiting.pop_front()).await?;
            }
            let message = PublishMessage::build().message_id(envelope.id.to_string()).payload(envelope.payload.clone().into());
            let sent = self.context.send_publish(Self::subject(envelope), message).await.map_err(Problem::unavailable)?;
            waiting.push_back(sent);
        }
        while !waiting.is_empty() {
            acknowledged(waiting.pop_front()).await?;
        }
        Ok(())
    }
}

async fn acknowledged(sent: Option<PublishAckFuture>) -> Result<(), Problem> {
    match sent {
        None => Ok(()),
        Some(sent) => sent.await.map(drop).map_err(Problem::unavailable),
    }
}
