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
    /// Read who was asked how we did, and the answers.
    pub ReadSurveys = "surveys:read";
    /// Read the figures of the desk.
    pub ReadTicketReports = "ticket-reports:read";
    /// Read the words of surveys.
    pub ReadSurveyTemplates = "survey-templates:read";
    /// Write the words of surveys.
    pub WriteSurveyTemplates = "survey-templates:write";
    /// Merge tickets, and take them apart.
    pub MergeTickets = "tickets:merge";
    /// Offer tickets to colleagues, take and decline them.
    pub TransferTickets = "tickets:transfer";
    /// Deliver calls and messages taken elsewhere.
    pub DeliverIntake = "intake:write";
    /// Read every file and say whether it may be handed out.
    pub ScanAttachments = "attachments:scan";
    /// Take the words of messages away.
    pub RedactMessages = "messages:redact";
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
    /// See who works at the desk, and when.
    pub ReadAgents = "agents:read";
    /// Decide who works at the desk, with what skills and how much.
    pub WriteAgents = "agents:write";
    /// Say of oneself that one is available, busy or away.
    pub ChangeAvailability = "agents:availability";
    /// Read groups.
    pub ReadGroups = "groups:read";
    /// Form groups.
    pub WriteGroups = "groups:write";
    /// Read territories.
    pub ReadTerritories = "territories:read";
    /// Draw territories.
    pub WriteTerritories = "territories:write";
    /// Read the routing rules and try them out.
    pub ReadRoutingRules = "routing-rules:read";
    /// Make and order routing rules.
    pub WriteRoutingRules = "routing-rules:write";
    /// Read why a ticket was given to whom.
    pub ReadDecisions = "assignment-decisions:read";
    /// Read escalation policies and what they did.
    pub ReadEscalationPolicies = "escalation-policies:read";
    /// Publish escalation policies.
    pub WriteEscalationPolicies = "escalation-policies:write";
    /// Read macros and apply them, as far as one may do by hand what they do.
    pub ReadMacros = "macros:read";
    /// Make macros.
    pub WriteMacros = "macros:write";
    /// Read automations and what they did, and try them out.
    pub ReadAutomations = "automations:read";
    /// Make automations.
    pub WriteAutomations = "automations:write";
    /// Read one's own notifications.
    pub ReadNotifications = "notifications:read";
    /// Mark one's own notifications as read.
    pub WriteNotifications = "notifications:write";
}
