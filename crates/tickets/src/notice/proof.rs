//! Proof of a notice: what was said, when it was sent and to whom, and what became known of it.
//!
//! Whoever lets something happen only after it was told (a price, a schedule) decides on this: the local date it went out or
//! arrived, and whether that was in time.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::calendar::date_of;
use kernel::id::{AccountId, NoticeId};
use serde::Serialize;
use utoipa::ToSchema;

use super::model::{Notice, NoticeAnswer};
use super::payload::NoticeKind;
use super::recipient::{NoticeDeliveryState, NoticeMedium, NoticeRecipient};
use super::state::NoticeState;

/// What can be shown of a notice.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct NoticeProof {
    pub(crate) notice_id: NoticeId,
    pub(crate) revision: i32,
    pub(crate) kind: NoticeKind,
    pub(crate) state: NoticeState,
    pub(crate) account_id: Option<AccountId>,
    #[schema(max_length = 120)]
    pub(crate) agreement_ref: Option<String>,
    #[schema(max_length = 120)]
    pub(crate) change_set_ref: Option<String>,
    /// Of the local dates below.
    #[schema(max_length = 64)]
    pub(crate) time_zone: String,
    pub(crate) effective_on: Option<NaiveDate>,
    pub(crate) lead_days_required: Option<u16>,
    /// The last day on which it was in time.
    pub(crate) latest_send_on: Option<NaiveDate>,
    pub(crate) sent_at: Option<DateTime<Utc>>,
    pub(crate) sent_on: Option<NaiveDate>,
    /// It was sent in time, or nothing says by when; null while it has not been sent, or when it reached nobody.
    pub(crate) in_time: Option<bool>,
    #[schema(max_length = 500)]
    pub(crate) late_reason: Option<String>,
    pub(crate) delivered_at: Option<DateTime<Utc>>,
    pub(crate) delivered_on: Option<NaiveDate>,
    /// Who has taken note of it, or refused to.
    pub(crate) answer: Option<NoticeAnswer>,
    /// The digest of the text that was sent.
    #[schema(max_length = 64)]
    pub(crate) text_sha256: Option<String>,
    #[schema(max_items = 50)]
    pub(crate) recipients: Vec<NoticeRecipientProof>,
}

/// What can be shown of one recipient.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct NoticeRecipientProof {
    #[schema(max_length = 200)]
    name: Option<String>,
    channel: NoticeMedium,
    #[schema(max_length = 500)]
    address: String,
    state: NoticeDeliveryState,
    sent_at: Option<DateTime<Utc>>,
    delivered_at: Option<DateTime<Utc>>,
    failed_at: Option<DateTime<Utc>>,
}

impl From<&NoticeRecipient> for NoticeRecipientProof {
    fn from(one: &NoticeRecipient) -> Self {
        Self {
            name: one.name.clone(),
            channel: one.channel,
            address: one.address.clone(),
            state: one.state,
            sent_at: one.sent_at,
            delivered_at: one.delivered_at,
            failed_at: one.failed_at,
        }
    }
}

impl NoticeProof {
    /// What can be shown at `now`.
    pub(crate) fn at(notice: &Notice, now: DateTime<Utc>) -> Self {
        let notice = notice.clone().seen_at(now);
        let (payload, history) = (&notice.content.payload, &notice.history);
        let on = |at: Option<DateTime<Utc>>| at.map(|at| date_of(notice.zone, at));
        let reached = history.sent_at.filter(|_| notice.state.is_published());
        Self {
            notice_id: notice.id,
            revision: notice.revision,
            kind: payload.kind(),
            state: notice.state,
            account_id: notice.addressee.account_id,
            agreement_ref: payload.agreement().map(str::to_owned),
            change_set_ref: notice.change_set_ref.clone(),
            time_zone: notice.zone.name().to_owned(),
            effective_on: payload.effective_on(),
            lead_days_required: payload.lead_days(),
            latest_send_on: payload.latest_on(),
            sent_at: history.sent_at,
            sent_on: on(history.sent_at),
            in_time: on(reached).map(|sent| payload.latest_on().is_none_or(|latest| sent <= latest)),
            late_reason: history.late_reason.clone(),
            delivered_at: history.delivered_at,
            delivered_on: on(history.delivered_at),
            answer: history.answer.clone(),
            text_sha256: notice.text.as_ref().map(|text| text.sha256.clone()),
            recipients: notice.content.recipients.iter().map(NoticeRecipientProof::from).collect(),
        }
    }
}
