//! Typed identifiers. Each is a UUIDv7, so that new rows sort after old ones and keys stay dense in an index.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fault::Fault;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $noun:literal),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// What the identifier names, for messages.
            pub const NOUN: &'static str = $noun;

            /// A fresh identifier.
            #[must_use]
            pub fn generate() -> Self {
                Self(new_uuid())
            }

            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl FromStr for $name {
            type Err = Fault;

            fn from_str(text: &str) -> Result<Self, Fault> {
                Uuid::parse_str(text).map(Self).map_err(|_| Fault::not_found($noun))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                crate::schema::uuid($noun)
            }
        }

        impl utoipa::ToSchema for $name {}

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{}({})", stringify!($name), self.0)
            }
        }
    )+};
}

/// A fresh UUIDv7 for rows that have no type of their own, such as outbox and audit rows.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this module is the one that makes identifiers")]
pub fn new_uuid() -> Uuid {
    Uuid::now_v7()
}

ids! {
    // identity
    UserId = "user", ApiKeyId = "API key", SessionId = "session", RoleId = "role",
    // accounts
    AccountId = "account", SiteId = "site", ContactId = "contact", ContactRoleId = "contact role", BranchId = "branch", AssignmentId = "assignment",
    ContractId = "contract", ContractVersionId = "contract version", PriceTermId = "contract price",
    // pricing
    ItemId = "item", PricebookId = "pricebook", BookVersionId = "pricebook version", PriceEntryId = "price entry", PriceAssignmentId = "price assignment",
    ExchangeRateId = "exchange rate", ChargeRuleId = "charge rule", QuoteApprovalRuleId = "approval rule", IndexValueId = "index value", ItemCostId = "item cost",
    ChangeSetId = "change set", ChangeNoticeId = "notice of a change set", ItemUsageId = "item usage", DataImportId = "import of price data", WebhookId = "webhook", WebhookDeliveryId = "delivery",
    QuoteId = "quote", QuoteVersionId = "quote version", QuoteLineId = "quote line",
    // tickets
    TicketId = "ticket", MessageId = "message", ObligationId = "obligation", CalendarId = "calendar", CalendarVersionId = "calendar version",
    SlaPolicyId = "SLA policy", SlaPolicyVersionId = "SLA policy version", MailboxId = "mailbox", IntakeId = "intake record",
    AgentId = "agent", GroupId = "group", TerritoryId = "territory", RoutingRuleId = "routing rule", AssignmentDecisionId = "assignment decision",
    TransferId = "transfer", MergeId = "merge", LinkId = "link", ChecklistItemId = "checklist item", TimeEntryId = "time entry", SavedViewId = "saved view",
    NotificationId = "notification", EscalationPolicyId = "escalation policy", EscalationPolicyVersionId = "escalation policy version", AutomationId = "automation", MacroId = "macro",
    SurveyTemplateId = "survey template", SurveyId = "survey", SurveyResponseId = "survey response",
    OnCallScheduleId = "on-call schedule", OnCallVersionId = "on-call plan", OnCallOverrideId = "on-call override", EmergencyId = "emergency", PageId = "page", SafetyReportId = "safety report", CorrectiveActionId = "corrective action",
    SchedulingRequestId = "scheduling request", NoticeId = "notice", NoticeTemplateId = "notice template", AttachmentId = "attachment",
    // orders
    OrderId = "order", OrderLineId = "order line", BillableId = "billable", BillRunId = "bill run", InvoiceId = "invoice", InvoiceLineId = "invoice line",
    CreditMemoId = "credit memo", PaymentId = "payment", ApplicationId = "application", LedgerEntryId = "ledger entry",
    // platform
    EventId = "event", OperationId = "operation",
}
