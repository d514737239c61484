//! Pricing: items, pricebooks, price resolution, quotes.
//!
//! Prices live in immutable versions of pricebooks and are resolved by [`engine`], a pure function over an index in
//! memory ([`live`]). Pricing asks the accounts service for an account's place and contracts and knows nothing of orders.

pub mod app;
pub mod assignment;
pub mod book;
pub mod contexts;
pub mod engine;
pub mod item;
pub mod live;
pub mod migrations;
pub mod permission;
pub mod price;
pub mod quote;
pub mod stamp;
pub mod version;
pub mod vocabulary;

use std::sync::Arc;

use actix_web::web::Data;
use platform::operation::Operations;
use platform::problem::Problem;
use platform::service::{Foundation, Mounted, Service};

use crate::app::Pricing;
use crate::contexts::Contexts;
use crate::live::{Follow, Live};

/// The pricing service.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "pricing",
        about: "Items, pricebooks with immutable versions, price resolution and calculation with explanation, and quotes.",
        number: 3,
        operations,
        migrations: migrations::migrations,
        start: |foundation| Box::pin(start(foundation)),
    }
}

fn operations() -> Operations {
    item::operations()
        .and(book::operations())
        .and(version::operations())
        .and(assignment::operations())
        .and(price::operations())
        .and(quote::operations())
}

async fn start(foundation: Foundation) -> Result<Mounted, Problem> {
    let Foundation { db, clock, peers, .. } = foundation;
    let live = Arc::new(Live::default());
    live.refresh(db.read()).await?;
    let follow = Follow { db: db.clone(), live: Arc::clone(&live) };
    let pricing = Data::new(Pricing { db, clock, peers, live, contexts: Contexts::default() });
    Ok(Mounted {
        data: Arc::new(move |config| {
            config.app_data(pricing.clone());
        }),
        workers: vec![Arc::new(follow)],
    })
}

#[cfg(test)]
mod tests;
