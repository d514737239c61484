//! What callers send about notices.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::Fault;
use kernel::id::{AccountId, BranchId, ContactId, NoticeId, SiteId, TicketId};
use platform::caller::Actor;
use platform::patch::present;
use platform::scope::RowScope;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{Content, Notice, NoticeAnswer, NoticeAnswerMethod, References};
use super::payload::NoticePayload;
use super::recipient::{NoticeDeliveryState, NoticeMedium, NoticeRecipient};

/// Names one notice.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct NoticePath {
    /// The notice.
    pub(crate) notice_id: NoticeId,
}

/// Names a notice by another system's reference.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Path)]
pub(crate) struct NoticeRefPath {
    /// The other system's reference.
    #[param(min_length = 1, max_length = 120)]
    pub(crate) external_ref: String,
}

/// A recipient of a new notice.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewNoticeRecipient {
    contact_id: Option<ContactId>,
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// By mail unless it says otherwise.
    channel: Option<NoticeMedium>,
    /// The address of mail, or of the letter.
    #[schema(min_length = 3, max_length = 500)]
    address: String,
}

impl From<NewNoticeRecipient> for NoticeRecipient {
    fn from(one: NewNoticeRecipient) -> Self {
        Self::new(one.contact_id, one.name, one.channel.unwrap_or(NoticeMedium::Email), one.address)
    }
}

fn recipients(new: Vec<NewNoticeRecipient>) -> Vec<NoticeRecipient> {
    new.into_iter().map(NoticeRecipient::from).collect()
}

/// A new notice.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateNotice {
    pub(crate) payload: NoticePayload,
    #[schema(min_items = 1, max_items = 50)]
    recipients: Vec<NewNoticeRecipient>,
    /// Account, site and branch are the ticket's where they are not stated.
    pub(crate) ticket_id: Option<TicketId>,
    pub(crate) account_id: Option<AccountId>,
    pub(crate) site_id: Option<SiteId>,
    pub(crate) branch_id: Option<BranchId>,
    /// Unique among notices.
    #[schema(min_length = 1, max_length = 120)]
    external_ref: Option<String>,
    /// The change set that it tells of.
    #[schema(min_length = 1, max_length = 120)]
    change_set_ref: Option<String>,
    /// Of the template; without one, or without a template in it, the facts are told line by line.
    #[schema(pattern = "^[A-Za-z0-9-]{2,35}$", max_length = 35, example = "en")]
    language: Option<String>,
    /// The last local day on which an answer is waited for.
    expires_on: Option<NaiveDate>,
}

impl CreateNotice {
    pub(crate) fn referred_to_as(self, external_ref: &str) -> Self {
        Self { external_ref: Some(external_ref.to_owned()), ..self }
    }

    pub(crate) fn content(&self) -> (References, Content) {
        let command = self.clone();
        let references = References { external_ref: command.external_ref, change_set_ref: command.change_set_ref };
        let recipients = recipients(command.recipients);
        (references, Content { payload: command.payload, recipients, language: command.language, expires_on: command.expires_on })
    }

    /// The content that replaces a draft's. Whom a notice is for and what it is about stay as they were drafted.
    ///
    /// # Errors
    /// A field fault when it states another addressee, kind or change set.
    pub(crate) fn replacing(&self, notice: &Notice) -> Result<Content, Fault> {
        let (known, (references, content)) = (notice.addressee, self.content());
        let others = [
            ("/ticket_id", self.ticket_id.is_some() && self.ticket_id != known.ticket_id),
            ("/account_id", self.account_id.is_some() && self.account_id != known.account_id),
            ("/site_id", self.site_id.is_some() && self.site_id != known.site_id),
            ("/branch_id", self.branch_id.is_some() && self.branch_id != known.branch_id),
            ("/change_set_ref", references.change_set_ref.is_some() && references.change_set_ref != notice.change_set_ref),
            ("/payload/kind", content.payload.kind() != notice.content.payload.kind()),
        ];
        match others.iter().find(|(_, differs)| *differs) {
            None => Ok(content),
            Some((pointer, _)) => {
                Err(Fault::field(*pointer, "cannot_change", "It stays as it was drafted: withdraw it and draft another."))
            }
        }
    }
}

/// Changes of a draft, or what a new revision has otherwise (RFC 7396): absent keeps, null clears.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct PatchNotice {
    payload: Option<NoticePayload>,
    /// All recipients anew.
    #[schema(min_items = 1, max_items = 50)]
    recipients: Option<Vec<NewNoticeRecipient>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(pattern = "^[A-Za-z0-9-]{2,35}$", max_length = 35)]
    language: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    expires_on: Option<Option<NaiveDate>>,
}

impl PatchNotice {
    /// The content with the changes; recipients that stay have nothing behind them yet.
    ///
    /// # Errors
    /// A field fault when the kind would be another.
    pub(crate) fn apply(&self, content: &Content) -> Result<Content, Fault> {
        let command = self.clone();
        let payload = command.payload.unwrap_or_else(|| content.payload.clone());
        if payload.kind() != content.payload.kind() {
            return Err(Fault::field(
                "/payload/kind",
                "another_kind",
                "The kind of a notice does not change: withdraw it and draft another.",
            ));
        }
        let kept = || content.recipients.iter().map(NoticeRecipient::afresh).collect();
        Ok(Content {
            payload,
            recipients: command.recipients.map_or_else(kept, recipients),
            language: command.language.unwrap_or_else(|| content.language.clone()),
            expires_on: command.expires_on.unwrap_or(content.expires_on),
        })
    }
}

/// Shows a text before there is a notice.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreviewNotice {
    pub(crate) payload: NoticePayload,
    #[schema(pattern = "^[A-Za-z0-9-]{2,35}$", max_length = 35, example = "en")]
    pub(crate) language: Option<String>,
}

/// Sends a notice.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendNotice {
    /// Why it is sent later than its lead allows.
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) late_reason: Option<String>,
}

/// One notice of a bulk step, on the version that was read.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoticeStep {
    pub(crate) notice_id: NoticeId,
    #[schema(minimum = 1)]
    version: i64,
    /// Why it is sent later than its lead allows; for sending only.
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) late_reason: Option<String>,
}

impl NoticeStep {
    /// # Errors
    /// 412 `stale_version`.
    pub(crate) fn check(&self, version: i64) -> Result<(), Fault> {
        if self.version == version { Ok(()) } else { Err(Fault::stale()) }
    }
}

/// Records how a notice fared with one recipient: a letter arrived, or came back.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportNoticeDelivery {
    pub(crate) recipient_id: Uuid,
    /// `delivered` or `bounced`.
    pub(crate) outcome: NoticeDeliveryState,
    /// When; now when absent.
    pub(crate) at: Option<DateTime<Utc>>,
}

impl ReportNoticeDelivery {
    /// # Errors
    /// A field fault for what people do not report, or an instant to come or before it was sent.
    pub(crate) fn checked(
        &self,
        sent_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<(NoticeDeliveryState, DateTime<Utc>), Fault> {
        if !matches!(self.outcome, NoticeDeliveryState::Delivered | NoticeDeliveryState::Bounced) {
            return Err(Fault::field("/outcome", "not_a_choice", "Expected delivered or bounced."));
        }
        let at = self.at.unwrap_or(now);
        if at > now || sent_at.is_some_and(|sent| at < sent) {
            return Err(Fault::field("/at", "out_of_range", "It arrived after it was sent, and not in the future."));
        }
        Ok((self.outcome, at))
    }
}

/// Records an answer. Staff say who gave it and how; a portal customer gives it in person.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerNotice {
    #[schema(min_length = 1, max_length = 200)]
    by: Option<String>,
    at: Option<DateTime<Utc>>,
    method: Option<NoticeAnswerMethod>,
    /// Why it is refused.
    #[schema(min_length = 1, max_length = 1000)]
    reason: Option<String>,
}

impl AnswerNotice {
    /// # Errors
    /// Every field fault.
    pub(crate) fn answer(&self, scope: &RowScope, actor: &Actor, now: DateTime<Utc>) -> Result<NoticeAnswer, Fault> {
        let AnswerNotice { by, at, method, reason } = self.clone();
        if scope.is_customer() {
            let set = [("/by", by.is_some()), ("/at", at.is_some()), ("/method", method.is_some())];
            let refused = set.into_iter().filter(|(_, set)| *set);
            Fault::all(refused.map(|(pointer, _)| Fault::field(pointer, "not_for_customers", "This follows from who answers.")))?;
            return Ok(NoticeAnswer { by: actor.name.clone(), at: now, method: NoticeAnswerMethod::Portal, reason });
        }
        let missing = [
            by.is_none().then(|| Fault::field("/by", "required", "Say who answered.")),
            method.is_none().then(|| Fault::field("/method", "required", "Say how they answered.")),
        ];
        Fault::all(missing.into_iter().flatten())?;
        let (by, method) = (by.unwrap_or_default(), method.unwrap_or(NoticeAnswerMethod::Letter));
        Ok(NoticeAnswer { by, at: at.unwrap_or(now), method, reason })
    }
}

/// Says why a notice is called off.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct WithdrawNotice {
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) reason: String,
}
