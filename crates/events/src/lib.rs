//! Events: the feed of everything that happened, in the order in which it became known.
//!
//! Services deliver their outboxes here (embedded: by a call, scaled: through a stream); the feed keeps each event once,
//! numbers it and shows it to whoever may see the object. Nothing is decided here.

mod feed;

use std::sync::Arc;

use actix_web::web;
use platform::service::{Foundation, Mounted, Service};

pub use feed::{Feed, consume};

/// The events service.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "events",
        about: "The event feed and the feed of changes.",
        number: 6,
        operations: feed::operations,
        migrations: || vec![feed::MIGRATION],
        start: |foundation| Box::pin(async move { Ok(start(foundation)) }),
    }
}

fn start(foundation: Foundation) -> Mounted {
    let feed = web::Data::new(Feed::new(foundation.db.clone()));
    Mounted {
        data: Arc::new(move |config| {
            config.app_data(feed.clone());
        }),
        workers: vec![Arc::new(feed::Pruning::new(foundation.db))],
    }
}
