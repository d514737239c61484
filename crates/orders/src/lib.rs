//! Orders: service orders, their billables, invoices, receivables and the ledger.
//!
//! Every write commits its documents, its ledger entry, its events and its idempotency record together. Rows of one
//! bill-to account are serialised by that account's balance row; locks are taken in the order account, purchase order,
//! number series, period.

use std::sync::Arc;

use actix_web::web::Data;
use chrono::NaiveDate;
use chrono_tz::Tz;
use kernel::Clock;
use platform::db::Db;
use platform::operation::Operations;
use platform::peer::Peers;
use platform::service::{Foundation, Mounted, Service};

use self::order::place::Places;
use self::receivable::turn::Turns;

pub mod aging;
pub mod bill_run;
pub mod billable;
pub mod credit_memo;
mod external_ref;
pub mod integrity;
pub mod invoice;
pub mod ledger;
mod migrations;
pub mod numbering;
pub mod order;
pub mod payment;
pub mod receivable;
pub mod schedule;
pub mod tax;
#[cfg(test)]
mod tests;

/// What the handlers of this service share.
#[derive(Clone)]
pub struct Orders {
    pub db: Db,
    pub clock: Clock,
    pub peers: Arc<dyn Peers>,
    /// The zone whose local date is the issue date of a document posted now.
    pub zone: Tz,
    pub turns: Turns,
    pub places: Arc<Places>,
}

impl Orders {
    /// The organisation's local date.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        self.clock.now().with_timezone(&self.zone).date_naive()
    }
}

/// The orders service.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "orders",
        about: "Service orders, billables, invoices, payments, credit memos and the ledger of receivables.",
        number: 5,
        operations,
        migrations: migrations::migrations,
        start: |foundation| Box::pin(async move { Ok(start(foundation)) }),
    }
}

fn operations() -> Operations {
    order::operations()
        .and(billable::operations())
        .and(invoice::operations())
        .and(bill_run::operations())
        .and(credit_memo::operations())
        .and(payment::operations())
        .and(ledger::operations())
        .and(integrity::operations())
        .and(aging::operations())
}

fn start(foundation: Foundation) -> Mounted {
    let Foundation { db, clock, peers, .. } = foundation;
    let places = Arc::new(Places::new(Arc::clone(&peers)));
    let orders = Data::new(Orders { db, clock, peers, zone: Tz::UTC, turns: Turns::default(), places });
    Mounted {
        data: Arc::new(move |config| {
            config.app_data(orders.clone());
        }),
        workers: Vec::new(),
    }
}
