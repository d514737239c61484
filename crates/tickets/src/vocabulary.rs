//! Closed sets of words: enums that are stored and sent as snake_case text.
//!
//! One macro, so that the stored text, the wire text and the API document cannot differ. A stored word that is not in
//! the set is a broken row, never a caller's mistake.

use std::fmt;

use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

/// A text that is not one of the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWord {
    pub set: &'static str,
    pub text: String,
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?} is no {}", self.text, self.set)
    }
}

/// The schema of a closed set of words.
pub(crate) fn schema(texts: &'static [&'static str]) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).enum_values(Some(texts.iter().copied())).into()
}

/// Declares an enum of words: `words! { pub enum Role { Buyer = "buyer" } }`.
macro_rules! words {
    ($($(#[$doc:meta])* $visibility:vis enum $name:ident { $($(#[$word_doc:meta])* $word:ident = $text:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visibility enum $name {
            $($(#[$word_doc])* $word,)+
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $crate::vocabulary::schema(Self::TEXTS)
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed(stringify!($name))
            }
        }

        impl $name {
            /// Every word, in the order of declaration.
            $visibility const ALL: &'static [Self] = &[$(Self::$word),+];

            /// Every text, for lists that filter by it.
            $visibility const TEXTS: &'static [&'static str] = &[$($text),+];

            /// The stored and sent text.
            #[must_use]
            $visibility const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$word => $text,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::vocabulary::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|word| word.as_str() == text)
                    .ok_or_else(|| $crate::vocabulary::UnknownWord { set: stringify!($name), text: text.to_owned() })
            }
        }
    )+};
}

pub(crate) use words;

words! {
    /// What a ticket is about.
    pub enum TicketType {
        General = "general",
        OrderQuery = "order_query",
        InvoiceQuery = "invoice_query",
        PoQuery = "po_query",
        Freight = "freight",
        PricingQuery = "pricing_query",
        Scheduling = "scheduling",
        Technical = "technical",
        Complaint = "complaint",
        CancellationRequest = "cancellation_request",
        ServiceEmergency = "service_emergency",
        WasteRejection = "waste_rejection",
        ProfileDiscrepancy = "profile_discrepancy",
        PricingNotice = "pricing_notice",
        Safety = "safety",
        InternalRequest = "internal_request",
        AnsweringService = "answering_service",
    }

    /// Who asks: someone outside, a colleague, or a supplier.
    pub enum RequesterKind { Customer = "customer", Internal = "internal", Vendor = "vendor" }

    /// How soon it matters.
    pub enum Priority { Low = "low", Normal = "normal", High = "high", Urgent = "urgent" }

    /// Where a ticket stands.
    pub enum Status {
        New = "new",
        Open = "open",
        WaitingCustomer = "waiting_customer",
        WaitingVendor = "waiting_vendor",
        Scheduled = "scheduled",
        Resolved = "resolved",
        Closed = "closed",
        Merged = "merged",
    }

    /// How it reached us.
    pub enum Channel {
        Email = "email",
        Phone = "phone",
        Portal = "portal",
        Sms = "sms",
        Chat = "chat",
        AnsweringService = "answering_service",
        Api = "api",
        Internal = "internal",
    }

    /// Who began it.
    pub enum Direction { Inbound = "inbound", Outbound = "outbound" }

    /// A participant's part in a ticket.
    pub enum ParticipantRole { Requester = "requester", Cc = "cc", Vendor = "vendor" }

    /// What a message is.
    pub enum MessageKind {
        Inbound = "inbound",
        PublicReply = "public_reply",
        InternalNote = "internal_note",
        Call = "call",
        Sms = "sms",
        AnsweringService = "answering_service",
        System = "system",
        AutoAck = "auto_ack",
    }

    /// Who wrote a message.
    pub enum AuthorKind { Contact = "contact", Agent = "agent", Automation = "automation", Vendor = "vendor" }

    /// A promise that is kept or broken.
    pub enum ObligationKind {
        FirstResponse = "first_response",
        NextResponse = "next_response",
        FirstResolution = "first_resolution",
        Resolution = "resolution",
        PublicUpdate = "public_update",
    }

    /// Where a promise stands.
    pub enum ObligationState {
        Running = "running",
        Paused = "paused",
        Met = "met",
        MissedOpen = "missed_open",
        MissedClosed = "missed_closed",
        Waived = "waived",
        Cancelled = "cancelled",
    }

    /// Which time counts: the open time of a calendar, or all time.
    pub enum ClockKind { Business = "business", Elapsed = "elapsed" }

    /// Why a promise was recalculated or ended.
    pub enum Cause {
        /// Priority, type, account or another part of the policy match changed.
        TicketChanged = "ticket_changed",
        PolicyChanged = "policy_changed",
        CalendarChanged = "calendar_changed",
        /// The new target was used up already at the change.
        TargetReduced = "target_reduced",
        Override = "override",
        PolicyRemoved = "policy_removed",
        NoReplyNeeded = "no_reply_needed",
        Resolved = "resolved",
        Merged = "merged",
        Spam = "spam",
        Deleted = "deleted",
    }
}

impl Status {
    /// True while someone still has to do something.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::New | Self::Open | Self::WaitingCustomer | Self::WaitingVendor | Self::Scheduled)
    }
}

impl MessageKind {
    /// True for what a portal customer may read.
    #[must_use]
    pub const fn is_public(self) -> bool {
        matches!(self, Self::Inbound | Self::PublicReply | Self::AutoAck | Self::Sms)
    }
}
