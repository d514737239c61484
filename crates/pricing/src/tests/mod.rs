//! Pricing over HTTP: one service with its own database, callers with tokens, and stand-ins for the services it asks.

mod adventureworks;
mod books;
mod desk;
mod document;
mod financing;
mod levels;
mod notice_desk;
mod percentages;
mod plans;
mod quote_approvals;
mod quote_choices;
mod quotes;
mod quoting;
pub(crate) mod scene;
mod scopes;
mod sheets;
mod what_if;
