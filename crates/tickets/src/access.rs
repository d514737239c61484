//! The permissions of this service's operations. Portal customers hold `tickets:read` and `tickets:write` only.

use platform::permissions;

permissions! {
    /// Read tickets, their messages and promises.
    pub ReadTickets = "tickets:read";
    /// Open tickets and write messages.
    pub WriteTickets = "tickets:write";
    /// Change, delete and restore tickets.
    pub EditTickets = "tickets:edit";
    /// Move tickets through their states.
    pub TransitionTickets = "tickets:transition";
    /// Resolve tickets.
    pub ResolveTickets = "tickets:resolve";
    /// Reopen closed tickets.
    pub ReopenTickets = "tickets:reopen";
    /// Decide who works on a ticket.
    pub AssignTickets = "tickets:assign";
    /// Watch tickets, keep checklists and enter time on them.
    pub WorkTickets = "tickets:work";
    /// Enter and correct the time that others worked.
    pub CorrectTime = "tickets:correct-time";
    /// Use saved views of the list of tickets.
    pub ReadViews = "saved-views:read";
    /// Save views of the list of tickets.
    pub WriteViews = "saved-views:write";
    /// Deliver calls and messages taken elsewhere.
    pub DeliverIntake = "intake:write";
    /// Excuse broken promises.
    pub ExcuseObligations = "obligations:excuse";
    /// Set the due instant of a promise by hand.
    pub OverrideObligations = "obligations:override";
    /// Read calendars.
    pub ReadCalendars = "calendars:read";
    /// Publish calendars.
    pub WriteCalendars = "calendars:write";
    /// Read SLA policies.
    pub ReadPolicies = "sla-policies:read";
    /// Publish SLA policies.
    pub WritePolicies = "sla-policies:write";
}
