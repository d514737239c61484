//! A notice as its readers see it.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{AccountId, BranchId, NoticeId, SiteId, TicketId};
use platform::scope::RowScope;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::{Notice, NoticeAnswer};
use super::payload::{NoticeKind, NoticePayload};
use super::recipient::NoticeRecipient;
use super::state::NoticeState;
use super::text::NoticeText;

/// A notice. What is internal to the desk is null for portal customers.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct NoticeView {
    pub(crate) id: NoticeId,
    pub(crate) version: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) kind: NoticeKind,
    pub(crate) state: NoticeState,
    #[schema(minimum = 1)]
    pub(crate) revision: i32,
    /// The one before it, which reached nobody.
    pub(crate) revises_id: Option<NoticeId>,
    pub(crate) ticket_id: Option<TicketId>,
    pub(crate) account_id: Option<AccountId>,
    pub(crate) site_id: Option<SiteId>,
    pub(crate) branch_id: Option<BranchId>,
    #[schema(max_length = 120)]
    pub(crate) external_ref: Option<String>,
    #[schema(max_length = 120)]
    pub(crate) change_set_ref: Option<String>,
    /// Of its local dates.
    #[schema(max_length = 64)]
    pub(crate) time_zone: String,
    #[schema(max_length = 35)]
    pub(crate) language: Option<String>,
    pub(crate) payload: NoticePayload,
    /// Null for portal customers, who may not be the only ones.
    #[schema(max_items = 50)]
    pub(crate) recipients: Option<Vec<NoticeRecipient>>,
    /// Fixed by the approval.
    pub(crate) text: Option<NoticeText>,
    /// The last local day on which it is sent in time.
    pub(crate) latest_send_on: Option<NaiveDate>,
    /// The last local day on which an answer is waited for.
    pub(crate) expires_on: Option<NaiveDate>,
    pub(crate) created_by: Option<Uuid>,
    pub(crate) approved_by: Option<Uuid>,
    pub(crate) approved_at: Option<DateTime<Utc>>,
    pub(crate) sent_by: Option<Uuid>,
    pub(crate) sent_at: Option<DateTime<Utc>>,
    #[schema(max_length = 500)]
    pub(crate) late_reason: Option<String>,
    pub(crate) delivered_at: Option<DateTime<Utc>>,
    /// Who has taken note of it, or refused to.
    pub(crate) answer: Option<NoticeAnswer>,
    #[schema(max_length = 500)]
    pub(crate) withdrawn_reason: Option<String>,
}

impl NoticeView {
    /// As a reader of this scope sees it.
    pub(crate) fn of(notice: &Notice, scope: &RowScope) -> Self {
        let (content, history, addressee) = (&notice.content, &notice.history, notice.addressee);
        let desk = !scope.is_customer();
        Self {
            id: notice.id,
            version: notice.stamp.version,
            created_at: notice.stamp.created_at,
            updated_at: notice.stamp.updated_at,
            kind: content.payload.kind(),
            state: notice.state,
            revision: notice.revision,
            revises_id: notice.revises_id.filter(|_| desk),
            ticket_id: addressee.ticket_id.filter(|_| desk),
            account_id: addressee.account_id,
            site_id: addressee.site_id,
            branch_id: addressee.branch_id.filter(|_| desk),
            external_ref: notice.external_ref.clone().filter(|_| desk),
            change_set_ref: notice.change_set_ref.clone().filter(|_| desk),
            time_zone: notice.zone.name().to_owned(),
            language: content.language.clone(),
            payload: content.payload.clone(),
            recipients: desk.then(|| content.recipients.clone()),
            text: notice.text.clone(),
            latest_send_on: content.payload.latest_on(),
            expires_on: content.expires_on,
            created_by: notice.stamp.created_by.filter(|_| desk),
            approved_by: history.approved_by.filter(|_| desk),
            approved_at: history.approved_at.filter(|_| desk),
            sent_by: history.sent_by.filter(|_| desk),
            sent_at: history.sent_at,
            late_reason: history.late_reason.clone().filter(|_| desk),
            delivered_at: history.delivered_at,
            answer: history.answer.clone(),
            withdrawn_reason: history.withdrawn_reason.clone(),
        }
    }
}
