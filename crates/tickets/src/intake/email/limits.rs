//! How much automatic mail is too much: when a sender is stopped, and when an acknowledgement is not sent.

use chrono::TimeDelta;

use crate::intake::classify::Silence;

/// So many mails of one address to one mailbox within [`FLOOD_WINDOW`] open the breaker.
const FLOOD: u64 = 10;
pub(super) const FLOOD_WINDOW: TimeDelta = TimeDelta::minutes(10);
/// How long the breaker stays open.
pub(super) const BREAKER_OPEN: TimeDelta = TimeDelta::hours(24);
pub(super) const PAIR_WINDOW: TimeDelta = TimeDelta::minutes(10);
pub(super) const ADDRESS_WINDOW: TimeDelta = TimeDelta::hours(1);
const PER_ADDRESS: u64 = 5;
pub(super) const FAILURE_WINDOW: TimeDelta = TimeDelta::days(30);
const FAILURES: u64 = 3;

/// True when a mail is one too many; `earlier` are those of the same address and mailbox within the window.
#[must_use]
pub(super) const fn floods(earlier: u64) -> bool {
    earlier + 1 >= FLOOD
}

/// What is known about automatic mail to an address.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sent {
    /// To this address from this mailbox within [`PAIR_WINDOW`].
    pub pair: u64,
    /// To this address within [`ADDRESS_WINDOW`].
    pub address: u64,
    /// Permanent failures at this address within [`FAILURE_WINDOW`].
    pub failures: u64,
}

/// Why no further automatic mail goes to an address now.
#[must_use]
pub(super) const fn limit(sent: Sent) -> Option<Silence> {
    if sent.failures >= FAILURES {
        Some(Silence::AddressSuppressed)
    } else if sent.pair >= 1 {
        Some(Silence::AlreadyAcknowledged)
    } else if sent.address >= PER_ADDRESS {
        Some(Silence::AddressLimit)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tenth_mail_opens_the_breaker() {
        assert!(!floods(8));
        assert!(floods(9));
    }

    #[test]
    fn limits_are_reached_at_their_number() {
        assert_eq!(limit(Sent::default()), None);
        assert_eq!(limit(Sent { address: 4, failures: 2, pair: 0 }), None);
        assert_eq!(limit(Sent { pair: 1, ..Sent::default() }), Some(Silence::AlreadyAcknowledged));
        assert_eq!(limit(Sent { address: 5, ..Sent::default() }), Some(Silence::AddressLimit));
        assert_eq!(limit(Sent { failures: 3, ..Sent::default() }), Some(Silence::AddressSuppressed));
    }
}
