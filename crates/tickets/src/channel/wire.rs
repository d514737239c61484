//! What providers of text messages, chats and portals deliver.

use kernel::id::{AccountId, BranchId, SiteId, TicketId};
use kernel::words;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::vocabulary::{Priority, TicketType};

words! {
    /// Who wrote in a chat.
    pub enum ChatAuthor {
        Customer = "customer",
        Agent = "agent",
        /// A machine of ours: its words keep no promise.
        Bot = "bot",
    }
}

/// A text message from a customer.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DeliverSms {
    #[schema(min_length = 1, max_length = 60)]
    pub provider: String,
    #[schema(min_length = 1, max_length = 120)]
    pub message_id: String,
    /// The number it came from; texts from it go on in its open ticket.
    #[schema(min_length = 3, max_length = 40, example = "+13125550100")]
    pub from: String,
    #[schema(min_length = 1, max_length = 10_000)]
    pub body: String,
    #[schema(max_length = 200)]
    pub name: Option<String>,
    pub contact_id: Option<Uuid>,
    pub account_id: Option<AccountId>,
    pub site_id: Option<SiteId>,
    pub branch_id: Option<BranchId>,
    /// Files that came with it and that the caller has sent here before, in their order.
    #[schema(max_items = 20)]
    pub attachments: Option<Vec<Uuid>>,
}

/// Something said in a chat.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DeliverChat {
    #[schema(min_length = 1, max_length = 50)]
    pub provider: String,
    #[schema(min_length = 1, max_length = 120)]
    pub message_id: String,
    /// Everything said in one session belongs to one ticket.
    #[schema(min_length = 1, max_length = 120)]
    pub session_id: String,
    /// `customer` when absent.
    pub author: Option<ChatAuthor>,
    /// The person of ours, needed for what an agent says.
    pub agent_id: Option<Uuid>,
    #[schema(min_length = 1, max_length = 10_000)]
    pub body: String,
    #[schema(min_length = 1, max_length = 300)]
    pub subject: Option<String>,
    #[schema(max_length = 200)]
    pub name: Option<String>,
    #[schema(max_length = 320)]
    pub email: Option<String>,
    #[schema(max_length = 40)]
    pub phone: Option<String>,
    pub contact_id: Option<Uuid>,
    pub account_id: Option<AccountId>,
    pub site_id: Option<SiteId>,
    pub branch_id: Option<BranchId>,
    /// Files that came with it and that the caller has sent here before, in their order.
    #[schema(max_items = 20)]
    pub attachments: Option<Vec<Uuid>>,
}

/// A form that a customer sent in a portal which is not ours.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DeliverPortalForm {
    #[schema(min_length = 1, max_length = 60)]
    pub provider: String,
    #[schema(min_length = 1, max_length = 120)]
    pub message_id: String,
    /// The ticket that it answers. It is added there when the sender belongs to it, else it opens a ticket that points there.
    pub ticket_id: Option<TicketId>,
    #[schema(min_length = 1, max_length = 300)]
    pub subject: String,
    #[schema(min_length = 1, max_length = 100_000)]
    pub body: String,
    #[schema(max_length = 200)]
    pub name: Option<String>,
    #[schema(max_length = 320)]
    pub email: Option<String>,
    #[schema(max_length = 40)]
    pub phone: Option<String>,
    pub contact_id: Option<Uuid>,
    pub account_id: Option<AccountId>,
    pub site_id: Option<SiteId>,
    pub branch_id: Option<BranchId>,
    /// Files that came with it and that the caller has sent here before, in their order.
    #[schema(max_items = 20)]
    pub attachments: Option<Vec<Uuid>>,
    #[serde(rename = "type")]
    pub kind: Option<TicketType>,
    pub priority: Option<Priority>,
}
