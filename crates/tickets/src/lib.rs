//! The tickets service: tickets and their messages, what is promised to those who ask, and how word comes in.
//!
//! Each resource is a folder: wire types and handlers (`http`), rules (`model`), queries (`store`), rows (`entity`). Rules
//! never query, queries never decide, and every read takes the caller's row scope.

pub mod access;
pub mod action;
pub mod agent;
pub(crate) mod attachment;
pub mod automation;
pub mod calendar;
pub mod call;
pub mod channel;
pub mod checklist;
mod defaults;
pub(crate) mod emergency;
pub mod escalation;
pub mod group;
pub mod intake;
pub mod link;
pub mod macros;
pub mod merge;
pub mod message;
pub mod migrations;
pub(crate) mod notice;
pub mod notification;
pub mod obligation;
pub(crate) mod oncall_schedule;
pub(crate) mod outgoing_text;
pub(crate) mod page;
mod place;
pub mod policy;
pub mod presence;
pub(crate) mod report;
pub mod routing;
pub mod rulebook;
pub(crate) mod safety;
pub mod saved_view;
pub(crate) mod scheduling;
mod serving;
mod split;
mod step;
pub mod survey;
pub mod survey_template;
pub mod territory;
#[cfg(test)]
mod tests;
pub mod ticket;
pub mod ticket_move;
pub mod time_entry;
pub mod timer;
pub mod transfer;
pub mod vocabulary;
pub mod watcher;
pub(crate) mod whose;

use std::sync::Arc;

use actix_web::web::Data;
use kernel::Clock;
use platform::db::Db;
use platform::operation::Operations;
use platform::page::CursorKey;
use platform::problem::Problem;
use platform::service::{Foundation, Mounted, Service};
use platform::worker::Worker;

use crate::automation::worker::Automations;
use crate::intake::outgoing::relay::Relay;
use crate::intake::outgoing::sending;
use crate::notification::mail::Letters;
use crate::obligation::recalculation::Recalculations;
use crate::page::worker::Pager;
use crate::routing::absence::Absences;
use crate::routing::facts::Knowledge;
use crate::rulebook::Rules;
use crate::serving::Serving;
use crate::survey::worker::Surveys;
use crate::ticket::sweeper::Sweeper;
use crate::timer::worker::Timers;

/// What the handlers of this service work with.
#[derive(Clone)]
pub struct Tickets {
    pub db: Db,
    pub clock: Clock,
    pub(crate) rules: Rules,
    pub(crate) intake: Arc<intake::Intake>,
    pub(crate) serving: Arc<Serving>,
    pub(crate) knowledge: Arc<Knowledge>,
}

/// Every operation of the service.
#[must_use]
pub fn operations() -> Operations {
    ticket::http::operations()
        .and(message::http::operations())
        .and(obligation::http::operations())
        .and(call::http::operations())
        .and(call::event::operations())
        .and(channel::http::operations())
        .and(intake::operations())
        .and(attachment::http::operations())
        .and(calendar::http::operations())
        .and(policy::http::operations())
        .and(agent::http::operations())
        .and(group::http::operations())
        .and(territory::http::operations())
        .and(routing::operations())
        .and(rulebook::http::operations())
        .and(watcher::http::operations())
        .and(checklist::http::operations())
        .and(time_entry::http::operations())
        .and(presence::http::operations())
        .and(saved_view::http::operations())
        .and(scheduling::http::operations())
        .and(notification::http::operations())
        .and(survey::operations())
        .and(report::operations())
        .and(ticket_move::http::operations())
        .and(survey_template::http::operations())
        .and(transfer::http::operations())
        .and(merge::http::operations())
        .and(split::http::operations())
        .and(link::http::operations())
        .and(notice::operations())
        .and(safety::operations())
        .and(escalation::http::operations())
        .and(macros::http::operations())
        .and(automation::http::operations())
        .and(oncall_schedule::http::operations())
        .and(emergency::http::operations())
        .and(page::operations())
        .and(outgoing_text::http::operations())
}

/// The service as the executable starts it.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "tickets",
        about: "Tickets and messages, calendars and SLA policies, promises with their clocks, intake by API, phone and mail.",
        number: 4,
        operations,
        migrations: migrations::migrations,
        start: |foundation| Box::pin(start(foundation)),
    }
}

async fn start(foundation: Foundation) -> Result<Mounted, Problem> {
    defaults::seed(&foundation.db).await?;
    let intake = Arc::new(intake::Intake::of(&foundation));
    let relay = Relay::of(&foundation.settings);
    let serving = Arc::new(Serving::new(Arc::clone(&foundation.peers)));
    let knowledge = Arc::new(Knowledge::new(foundation.peers));
    let (db, rules, clock) = (foundation.db, Rules::default(), foundation.clock);
    let app = Data::new(Tickets { db: db.clone(), clock, rules: rules.clone(), intake: Arc::clone(&intake), serving, knowledge });
    let cursors = Data::new(CursorKey::new(&foundation.settings.secret.derive("cursors")));
    let sending = sending::worker(&db, &rules, relay);
    let mut workers: Vec<Arc<dyn Worker>> = vec![
        Arc::new(Timers { db: db.clone(), rules: rules.clone() }),
        Arc::new(Automations { db: db.clone(), rules: rules.clone() }),
        Arc::new(Sweeper { db: db.clone(), rules: rules.clone() }),
        Arc::new(scheduling::worker::Lapses { db: db.clone(), rules: rules.clone() }),
        Arc::new(intake::outgoing::worker::Correspondence { db: db.clone(), intake: Arc::clone(&intake) }),
        Arc::new(Pager { db: db.clone(), rules: rules.clone(), intake: Arc::clone(&intake) }),
        Arc::new(Letters { db: db.clone(), rules: rules.clone(), intake: Arc::clone(&intake) }),
        Arc::new(Surveys { db: db.clone(), rules: rules.clone(), intake }),
        Arc::new(outgoing_text::worker::StaleTexts { db: db.clone(), rules: rules.clone() }),
        Arc::new(notice::worker::Expiries { db: db.clone(), rules: rules.clone() }),
        Arc::new(safety::worker::Reminders { db: db.clone(), rules: rules.clone() }),
        Arc::new(attachment::sweeper::FileSweeper { db: db.clone() }),
        Arc::new(Absences { db: db.clone(), rules: rules.clone() }),
        Arc::new(transfer::worker::Expiry { db: db.clone(), rules: rules.clone() }),
        Arc::new(Recalculations { db, rules }),
    ];
    workers.extend(sending);
    Ok(Mounted {
        data: Arc::new(move |config| {
            config.app_data(app.clone()).app_data(cursors.clone());
        }),
        workers,
    })
}
