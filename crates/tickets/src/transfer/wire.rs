//! What callers send and receive about transfers.

use chrono::{DateTime, Utc};
use kernel::id::{GroupId, TicketId, TransferId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{Offer, Proposal, Transfer, TransferState};

/// Names one transfer.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TransferPath {
    /// The transfer.
    pub transfer_id: TransferId,
}

/// To whom a ticket shall go, and why.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ProposeTransfer {
    /// The colleagues who may take it; the first to accept gets it.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub to_agent_ids: Vec<UserId>,
    /// Instead of colleagues: a group, of which any member may take it.
    pub to_group_id: Option<GroupId>,
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

impl From<&ProposeTransfer> for Proposal {
    fn from(command: &ProposeTransfer) -> Self {
        let ProposeTransfer { to_agent_ids, to_group_id, reason } = command.clone();
        Self { agents: to_agent_ids, group: to_group_id, reason }
    }
}

/// Why a ticket is not taken, or no longer offered.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DeclineTransfer {
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// A transfer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TransferView {
    pub id: TransferId,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub ticket_id: TicketId,
    /// The giver, who stays the assignee until somebody accepts.
    pub from_id: UserId,
    pub to_group_id: Option<GroupId>,
    /// To whom it was offered by name, and who declined.
    #[schema(max_items = 1000)]
    pub offers: Vec<Offer>,
    #[schema(max_length = 500)]
    pub reason: String,
    pub state: TransferState,
    /// Until when somebody shall accept; then the giver's lead is told.
    pub due_at: Option<DateTime<Utc>>,
    pub taken_by: Option<UserId>,
    pub decided_at: Option<DateTime<Utc>>,
}

impl From<&Transfer> for TransferView {
    fn from(transfer: &Transfer) -> Self {
        Self {
            id: transfer.id,
            version: transfer.stamp.version,
            created_at: transfer.stamp.created_at,
            updated_at: transfer.stamp.updated_at,
            ticket_id: transfer.ticket_id,
            from_id: transfer.from,
            to_group_id: transfer.to_group,
            offers: transfer.offers.clone(),
            reason: transfer.reason.clone(),
            state: transfer.state,
            due_at: transfer.due_at,
            taken_by: transfer.taken_by,
            decided_at: transfer.decided_at,
        }
    }
}
