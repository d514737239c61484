//! The accounts service: branches, accounts, sites, contacts, assignments and contracts with their prices.
//!
//! Each resource is a folder: wire types and handlers (`http`), rules (`model`), queries (`store`), rows (`entity`). Rules
//! never query, queries never decide, and every read takes the caller's row scope.

pub mod access;
pub mod account;
pub mod address;
pub mod assignment;
pub mod branch;
mod checks;
pub mod contact;
pub mod contract;
mod locks;
pub mod migrations;
#[cfg(test)]
mod plans;
pub mod pricing_context;
#[cfg(test)]
mod properties;
mod reach;
mod search;
pub mod site;
#[cfg(test)]
mod testing;

use std::sync::Arc;

use actix_web::web::Data;
use futures_util::FutureExt;
use kernel::Clock;
use platform::db::Db;
use platform::operation::Operations;
use platform::service::{Mounted, Service};

/// What the handlers of this service work with.
#[derive(Clone)]
pub struct Accounts {
    pub db: Db,
    pub clock: Clock,
}

/// Every operation of the service.
#[must_use]
pub fn operations() -> Operations {
    branch::http::operations()
        .and(account::http::operations())
        .and(site::http::operations())
        .and(contact::http::operations())
        .and(assignment::http::operations())
        .and(contract::http::operations())
        .and(pricing_context::http::operations())
}

/// The service as the executable starts it.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "accounts",
        about: "Branches, accounts, sites, contacts, assignments and contracts with their prices.",
        number: 2,
        operations,
        migrations: migrations::migrations,
        start: |foundation| {
            async move {
                let app = Data::new(Accounts { db: foundation.db, clock: foundation.clock });
                Ok(Mounted {
                    data: Arc::new(move |config| {
                        config.app_data(app.clone());
                    }),
                    workers: Vec::new(),
                })
            }
            .boxed_local()
        },
    }
}
