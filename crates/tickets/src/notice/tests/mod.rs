//! Notices through the API.

mod deliveries;
mod desk;
mod drafts;
mod readers;
