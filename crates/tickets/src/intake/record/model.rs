//! What becomes of something that came in.

use chrono::{DateTime, Utc};
use kernel::id::{BranchId, IntakeId, MailboxId, MessageId, TicketId};
use kernel::words;

use crate::intake::classify::AutoClass;
use crate::intake::resolve::{Rule, Step};

words! {
    /// What became of a delivery.
    pub(crate) enum Outcome {
        /// It opened a ticket.
        Created = "created",
        /// It was added to a ticket.
        Appended = "appended",
        /// It had come before.
        Duplicate = "duplicate",
        /// It is kept for a person to look at.
        Quarantined = "quarantined",
        /// It is kept and nothing was done with it: our own mail come back.
        Suppressed = "suppressed",
    }

    /// Why something was set aside.
    pub(crate) enum Reason {
        IdReuse = "id_reuse",
        Unreadable = "unreadable",
        NoSender = "no_sender",
        UnknownOriginal = "unknown_original",
        Loop = "loop",
        Flood = "flood",
        Stranger = "stranger",
        /// It tells how a notice fared that hangs on no ticket.
        NoticeReport = "notice_report",
    }
}

/// A record of intake.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub id: IntakeId,
    pub dedupe_key: String,
    pub content_hash: String,
    pub outcome: Outcome,
    pub reason: Option<Reason>,
    pub auto_class: AutoClass,
    pub rule: Rule,
    pub trace: Vec<Step>,
    /// It joined a ticket under another subject.
    pub subject_changed: bool,
    pub ticket_id: Option<TicketId>,
    pub message_id: Option<MessageId>,
    pub mailbox_id: Option<MailboxId>,
    pub branch_id: Option<BranchId>,
    pub sender: String,
    pub subject: String,
    pub raw_sha256: String,
    pub received_at: DateTime<Utc>,
}
