//! The permissions of intake; delivering is [`crate::access::DeliverIntake`].

use platform::permissions;

permissions! {
    /// Read what came in and what became of it.
    pub(crate) ReadIntake = "intake:read";
    /// Let quarantined mail in.
    pub(crate) ReleaseIntake = "intake:release";
    /// Read the addresses mail is received at.
    pub(crate) ReadMailboxes = "mailboxes:read";
    /// Set up the addresses mail is received at.
    pub(crate) WriteMailboxes = "mailboxes:write";
}
