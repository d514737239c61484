//! Pricing: items, pricebooks, price resolution, quotes.
//!
//! Prices live in immutable versions of pricebooks and are resolved by [`engine`], a pure function over an index in
//! memory ([`live`]). Pricing asks the accounts service for an account's place and contracts and knows nothing of orders.

pub mod app;
pub mod approval_rule;
pub mod assignment;
pub mod book;
pub mod change_set;
pub mod charge_rule;
pub mod contexts;
pub mod data_import;
pub mod engine;
pub mod exchange_rate;
pub mod index_value;
pub mod item;
pub mod item_cost;
pub mod item_usage;
pub mod live;
pub mod migrations;
pub mod permission;
pub mod price;
pub mod quote;
pub mod version;

use std::sync::Arc;

use actix_web::web::Data;
use platform::job::{self, JobPruner, JobWorker, Jobs, Work};
use platform::operation::Operations;
use platform::problem::Problem;
use platform::service::{Foundation, Mounted, Service};
use platform::worker::Worker;

use crate::app::Pricing;
use crate::change_set::notice::worker::NoticeWorker;
use crate::change_set::preview::PreviewWork;
use crate::change_set::publish::Publisher;
use crate::contexts::Contexts;
use crate::live::Live;
use crate::version::image::Imaging;
use crate::version::parts::ImportWork;

/// Pricing's number in the ids of its long operations.
const NUMBER: u8 = 3;

/// The pricing service.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "pricing",
        about: "Items, pricebooks with immutable versions, price resolution and calculation with explanation, and quotes.",
        number: NUMBER,
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
        .and(exchange_rate::operations())
        .and(index_value::operations())
        .and(charge_rule::operations())
        .and(item_cost::operations())
        .and(data_import::operations())
        .and(item_usage::operations())
        .and(change_set::operations())
        .and(price::operations())
        .and(quote::operations())
        .and(approval_rule::operations())
        .and(job::operations())
}

async fn start(foundation: Foundation) -> Result<Mounted, Problem> {
    let Foundation { db, clock, peers, .. } = foundation;
    let live = Arc::new(Live::default());
    live.refresh(db.read()).await?;
    actix_web::rt::spawn(live::follow(db.clone(), Arc::downgrade(&live)));
    let jobs = Data::new(Jobs::new(db.clone(), NUMBER));
    let imports: Arc<dyn Work> = Arc::new(ImportWork { live: Arc::clone(&live) });
    let previews: Arc<dyn Work> = Arc::new(PreviewWork::new(Arc::clone(&live)));
    let workers: Vec<Arc<dyn Worker>> = vec![
        Arc::new(JobWorker::new(db.clone(), vec![imports, previews])),
        Arc::new(JobPruner::new(db.clone())),
        Arc::new(Imaging::new(db.clone())),
        Arc::new(Publisher { db: db.clone(), live: Arc::clone(&live) }),
        Arc::new(NoticeWorker { db: db.clone(), peers: Arc::clone(&peers), live: Arc::clone(&live) }),
    ];
    let pricing = Data::new(Pricing { db, clock, peers, live, contexts: Contexts::default() });
    Ok(Mounted {
        data: Arc::new(move |config| {
            config.app_data(pricing.clone()).app_data(jobs.clone());
        }),
        workers,
    })
}

#[cfg(test)]
mod tests;
