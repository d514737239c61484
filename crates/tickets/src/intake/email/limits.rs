//! How much automatic mail is too much: when an acknowledgement is not sent.

use crate::intake::classify::Silence;
use crate::rulebook::MailSettings;

/// What is known about automatic mail to an address.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sent {
    /// To this address from this mailbox within the pause.
    pub pair: u64,
    /// To this address within an hour.
    pub address: u64,
    /// Permanent failures at this address within their window.
    pub failures: u64,
}

/// Why no further automatic mail goes to an address now.
#[must_use]
pub(super) const fn limit(sent: Sent, settings: &MailSettings) -> Option<Silence> {
    if sent.failures >= settings.failure_count {
        Some(Silence::AddressSuppressed)
    } else if sent.pair >= 1 {
        Some(Silence::AlreadyAcknowledged)
    } else if sent.address >= settings.automatic_hourly {
        Some(Silence::AddressLimit)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_reached_at_their_number() {
        let limit = |sent| limit(sent, &MailSettings::default());
        assert_eq!(limit(Sent::default()), None);
        assert_eq!(limit(Sent { address: 4, failures: 2, pair: 0 }), None);
        assert_eq!(limit(Sent { pair: 1, ..Sent::default() }), Some(Silence::AlreadyAcknowledged));
        assert_eq!(limit(Sent { address: 5, ..Sent::default() }), Some(Silence::AddressLimit));
        assert_eq!(limit(Sent { failures: 3, ..Sent::default() }), Some(Silence::AddressSuppressed));
    }
}
