//! The closed sets of words that more than one resource of this service uses. A resource's own words stand in its folder.

use kernel::words;

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
        /// A person touches every open ticket on every business day.
        DailyTouch = "daily_touch",
        /// A person calls back whoever was dissatisfied.
        CsatFollowup = "csat_followup",
        EmergencyAck = "emergency_ack",
        /// The customer is told how an emergency stands.
        LoopClose = "loop_close",
        TransferAccept = "transfer_accept",
        NoticeLeadTime = "notice_lead_time",
        NoticeAck = "notice_ack",
        /// A regulator is told of an injury.
        SafetyReport = "safety_report",
        CorrectiveAction = "corrective_action",
        AppointmentConfirm = "appointment_confirm",
    }

    /// What a promise is about when it is not the ticket's own conversation.
    pub enum SubjectKind {
        Transfer = "transfer",
        Survey = "survey",
        Emergency = "emergency",
        SchedulingRequest = "scheduling_request",
        Notice = "notice",
        SafetyReport = "safety_report",
        CorrectiveAction = "corrective_action",
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

    /// What became of a promise, for figures.
    pub enum Outcome {
        /// It may still be kept.
        Open = "open",
        /// It was kept in time.
        Met = "met",
        /// It was broken, whatever was done later.
        Missed = "missed",
        /// It was broken and somebody excused that.
        Excused = "excused",
        /// It was waived or cancelled before it was due.
        Dropped = "dropped",
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
        /// What it was about was called off or overtaken.
        Withdrawn = "withdrawn",
        /// A touch was not owed for long enough that day, or is not owed any more.
        NotRequired = "not_required",
    }
}

impl Status {
    /// True while someone still has to do something.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::New | Self::Open | Self::WaitingCustomer | Self::WaitingVendor | Self::Scheduled)
    }

    /// True while a person is to touch the ticket every business day.
    #[must_use]
    pub const fn owes_touch(self) -> bool {
        matches!(self, Self::New | Self::Open | Self::WaitingCustomer | Self::WaitingVendor)
    }
}

impl ObligationState {
    /// True for a promise that can still be kept or must still be made good.
    #[must_use]
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Running | Self::Paused | Self::MissedOpen)
    }
}

impl ObligationKind {
    /// True for a promise of the house that holds whatever else is agreed with a customer: the first policy that states it counts.
    /// The promises of a conversation are all the first matching policy's.
    #[must_use]
    pub const fn is_standing(self) -> bool {
        !matches!(self, Self::FirstResponse | Self::NextResponse | Self::FirstResolution | Self::Resolution | Self::PublicUpdate)
    }

    /// What is promised to customers; the others are the desk's own affair.
    pub const PUBLIC: [Self; 7] = [
        Self::FirstResponse,
        Self::NextResponse,
        Self::FirstResolution,
        Self::Resolution,
        Self::PublicUpdate,
        Self::LoopClose,
        Self::AppointmentConfirm,
    ];
}

impl MessageKind {
    /// True for what a portal customer may read.
    #[must_use]
    pub const fn is_public(self) -> bool {
        matches!(self, Self::Inbound | Self::PublicReply | Self::AutoAck | Self::Sms)
    }
}
