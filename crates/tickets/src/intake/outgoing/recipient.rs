//! How a mail stands with each of its recipients: servers take, refuse and return it for each by itself.

use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Longer explanations of servers are cut.
const LONGEST_DETAIL: usize = 500;

words! {
    /// How a mail stands with one recipient.
    pub(crate) enum RecipientState {
        Queued = "queued",
        /// A mail server has accepted it.
        Sent = "sent",
        /// The recipient's server reports that it has arrived.
        Delivered = "delivered",
        /// It was accepted and came back.
        Bounced = "bounced",
        /// No server accepted it.
        Failed = "failed",
    }
}

/// One recipient of a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Recipient {
    #[schema(max_length = 320)]
    pub(crate) address: String,
    pub(crate) state: RecipientState,
    /// What a server said last.
    #[schema(max_length = 1000)]
    pub(crate) detail: Option<String>,
}

/// What a mail server made of a mail to one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Taken,
    /// Trying again would not help: with the recipient, or with the mail as a whole.
    Refused {
        text: String,
        at_recipient: bool,
    },
    /// Trying again may help.
    Later(String),
}

impl Verdict {
    /// What the server said against it.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Taken => None,
            Self::Refused { text, .. } | Self::Later(text) => Some(text),
        }
    }
}

impl Recipient {
    pub(crate) fn queued(address: &str) -> Self {
        Self { address: address.to_owned(), state: RecipientState::Queued, detail: None }
    }

    /// Takes a verdict; after the last attempt what might have succeeded has failed.
    pub(crate) fn judge(&mut self, verdict: &Verdict, last: bool) {
        self.state = match verdict {
            Verdict::Taken => RecipientState::Sent,
            Verdict::Refused { .. } => RecipientState::Failed,
            Verdict::Later(_) if last => RecipientState::Failed,
            Verdict::Later(_) => RecipientState::Queued,
        };
        self.detail = verdict.text().map(|text| text.chars().take(LONGEST_DETAIL).collect());
    }

    /// True when it failed for good.
    pub(crate) fn has_failed(&self) -> bool {
        matches!(self.state, RecipientState::Failed | RecipientState::Bounced)
    }
}
