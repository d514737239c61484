//! A watcher and what is told of it.

use chrono::{DateTime, Utc};
use kernel::id::{TicketId, new_uuid};
use kernel::words;
use platform::stamp::Touch;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::notification::Recipient;

words! {
    /// Who watches: one person, or everybody of a group.
    pub enum WatcherType { User = "user", Group = "group" }

    /// How a watcher came to a ticket.
    pub enum WatchedBy {
        /// Someone of the desk added it.
        Hand = "hand",
        /// A mail of the ticket reached another mailbox too, whose group shall know.
        Intake = "intake",
    }
}

/// Someone who follows a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Watcher {
    pub id: Uuid,
    pub ticket_id: TicketId,
    #[serde(rename = "type")]
    pub kind: WatcherType,
    /// The user or the group.
    pub watcher_id: Uuid,
    pub source: WatchedBy,
    pub added_at: DateTime<Utc>,
    pub added_by: Uuid,
}

impl Watcher {
    /// Whom word for it is for.
    pub(crate) fn recipient(&self) -> Recipient {
        match self.kind {
            WatcherType::User => Recipient::User(self.watcher_id.into()),
            WatcherType::Group => Recipient::Group(self.watcher_id.into()),
        }
    }

    pub(crate) fn new(ticket_id: TicketId, (kind, watcher_id): (WatcherType, Uuid), source: WatchedBy, touch: Touch) -> Self {
        Self { id: new_uuid(), ticket_id, kind, watcher_id, source, added_at: touch.at, added_by: touch.by }
    }
}
