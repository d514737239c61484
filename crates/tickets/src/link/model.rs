//! What tickets are to each other. Pure rules.

use chrono::{DateTime, Utc};
use kernel::id::{LinkId, TicketId};
use kernel::{Fault, words};
use platform::stamp::Touch;
use uuid::Uuid;

words! {
    /// What another ticket is to this one.
    pub enum LinkKind {
        Parent = "parent",
        Child = "child",
        Related = "related",
        DuplicateOf = "duplicate_of",
        DuplicatedBy = "duplicated_by",
        FollowUpOf = "follow_up_of",
        FollowedUpBy = "followed_up_by",
        /// A mail of somebody who does not belong to the other ticket referred to it.
        PossibleContinuation = "possible_continuation",
        PossiblyContinuedBy = "possibly_continued_by",
    }
}

impl LinkKind {
    /// The same link in the words of its other end.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::Parent => Self::Child,
            Self::Child => Self::Parent,
            Self::Related => Self::Related,
            Self::DuplicateOf => Self::DuplicatedBy,
            Self::DuplicatedBy => Self::DuplicateOf,
            Self::FollowUpOf => Self::FollowedUpBy,
            Self::FollowedUpBy => Self::FollowUpOf,
            Self::PossibleContinuation => Self::PossiblyContinuedBy,
            Self::PossiblyContinuedBy => Self::PossibleContinuation,
        }
    }

    /// True for the words in which links are stored.
    const fn is_stored(self) -> bool {
        matches!(self, Self::Parent | Self::Related | Self::DuplicateOf | Self::FollowUpOf | Self::PossibleContinuation)
    }
}

/// A link as it is stored: what `to` is to `from`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) id: LinkId,
    pub(crate) from: TicketId,
    pub(crate) kind: LinkKind,
    pub(crate) to: TicketId,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) created_by: Option<Uuid>,
}

impl Link {
    /// Links two tickets: `other` is `kind` to `ticket`. A link without direction is stored from the older ticket.
    ///
    /// # Errors
    /// 422 when a ticket is linked to itself.
    pub(crate) fn new(ticket: TicketId, kind: LinkKind, other: TicketId, touch: Touch) -> Result<Self, Fault> {
        if ticket == other {
            return Err(Fault::field("/ticket_id", "is_itself", "A ticket is not linked to itself."));
        }
        let backwards = !kind.is_stored() || (kind == LinkKind::Related && other < ticket);
        let (from, kind, to) = if backwards { (other, kind.reversed(), ticket) } else { (ticket, kind, other) };
        Ok(Self { id: LinkId::generate(), from, kind, to, created_at: touch.at, created_by: Some(touch.by) })
    }

    /// The other end, and what it is to `ticket`.
    pub(crate) fn seen_from(&self, ticket: TicketId) -> (LinkKind, TicketId) {
        if self.from == ticket { (self.kind, self.to) } else { (self.kind.reversed(), self.from) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_stored_once_and_read_from_both_ends() {
        let touch = Touch { by: Uuid::nil(), at: DateTime::UNIX_EPOCH };
        let (one, other) = (TicketId::generate(), TicketId::generate());
        for kind in LinkKind::ALL {
            assert_eq!(kind.reversed().reversed(), *kind);
            let (link, same) = (Link::new(one, *kind, other, touch).unwrap(), Link::new(other, kind.reversed(), one, touch).unwrap());
            assert!(link.kind.is_stored());
            assert_eq!((link.from, link.kind, link.to), (same.from, same.kind, same.to), "{kind}");
            assert_eq!((link.seen_from(one), link.seen_from(other)), ((*kind, other), (kind.reversed(), one)));
        }
        assert!(Link::new(one, LinkKind::Related, one, touch).is_err());
    }
}
