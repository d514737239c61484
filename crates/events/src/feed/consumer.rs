//! Taking events from the stream of a scaled deployment into the feed.
//!
//! A durable consumer gives each message until it is acknowledged; it is acknowledged after the feed has committed it, so
//! a crash between the two delivers it again, which the feed ignores.

use std::time::Duration;

use async_nats::jetstream::{self, consumer::pull};
use futures_util::StreamExt;
use platform::problem::Problem;

use super::Feed;

const BATCH: usize = 200;
const WAIT: Duration = Duration::from_millis(200);

/// Consumes until the connection ends; the caller starts it again.
///
/// # Errors
/// 503 when the stream or the feed cannot be reached.
pub async fn consume(feed: &Feed, client: async_nats::Client, stream: &str) -> Result<(), Problem> {
    let context = jetstream::new(client);
    let stream = context.get_stream(stream).await.map_err(Problem::unavailable)?;
    let settings = pull::Config { durable_name: Some("events-feed".to_owned()), max_ack_pending: 10_000, ..pull::Config::default() };
    let consumer = stream.get_or_create_consumer("events-feed", settings).await.map_err(Problem::unavailable)?;
    loop {
        let mut batch = consumer.fetch().max_messages(BATCH).expires(WAIT).messages().await.map_err(Problem::unavailable)?;
        let mut messages = Vec::new();
        while let Some(message) = batch.next().await {
            messages.push(message.map_err(Problem::unavailable)?);
        }
        let envelopes: Vec<String> = messages.iter().map(|message| String::from_utf8_lossy(&message.payload).into_owned()).collect();
        feed.add(&envelopes).await?;
        for message in messages {
            message.ack().await.map_err(Problem::unavailable)?;
        }
    }
}
