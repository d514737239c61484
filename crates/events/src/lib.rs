//! Events: the feed of everything that happened, in the order in which it became known.
//!
//! Services deliver their outboxes here (embedded: by a call, scaled: through a stream); the feed keeps each event once,
//! numbers it and shows it to whoever may see the object. Webhooks are told of it. Nothing is decided here.

mod delivery;
mod feed;
mod webhook;

use std::sync::{Arc, Mutex};

use actix_web::web;
use platform::service::{Foundation, Mounted, Service};

use crate::delivery::fanout::Fanout;
use crate::delivery::model::Schedule;
use crate::delivery::sender::{Post, Sender};
use crate::webhook::http::Hooks;
use crate::webhook::secret::Secrets;
use crate::webhook::target::Allowed;

pub use feed::{Feed, consume};

/// The events service.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "events",
        about: "The event feed, the feed of changes, and webhooks.",
        number: 6,
        operations: || feed::operations().and(webhook::operations()).and(delivery::operations()),
        migrations: || vec![feed::MIGRATION, webhook::migration::MIGRATION],
        start: |foundation| Box::pin(async move { Ok(start(foundation)) }),
    }
}

fn start(foundation: Foundation) -> Mounted {
    let Foundation { db, settings, peers, .. } = foundation;
    let feed = web::Data::new(Feed::new(db.clone()));
    let (secrets, allowed) = (Secrets::new(settings.secret.clone()), Allowed { this_host: settings.webhooks.this_host });
    let schedule = Schedule(settings.webhooks.retries.clone());
    let post = Arc::new(Post { db: db.clone(), secrets: secrets.clone(), allowed, schedule, served: Mutex::default() });
    let hooks = web::Data::new(Hooks { db: db.clone(), peers: Arc::clone(&peers), secrets, allowed });
    Mounted {
        data: Arc::new(move |config| {
            config.app_data(feed.clone()).app_data(hooks.clone());
        }),
        workers: vec![Arc::new(feed::Pruning::new(db.clone())), Arc::new(Fanout { db, peers }), Arc::new(Sender(post))],
    }
}
