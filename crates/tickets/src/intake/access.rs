//! The permissions of intake; delivering is [`crate::access::DeliverIntake`].

use platform::permissions;

permissions! {
    /// Read what came in and what became of it.
    pub(crate) ReadIntake = "intake:read";
    /// Let quarantined mail in.
    pub(crate) ReleaseIntake = "intake:release";
    /// Read the mail that goes out.
    pub(crate) ReadOutgoing = "outgoing-mails:read";
    /// Take mail that goes out and report what became of it.
    pub(crate) RelayOutgoing = "outgoing-mails:relay";
    /// Read the addresses mail is received at.
    pub(crate) ReadMailboxes = "mailboxes:read";
    /// Set up the addresses mail is received at.
    pub(crate) WriteMailboxes = "mailboxes:write";
}
