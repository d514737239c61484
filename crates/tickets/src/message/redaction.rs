//! Redaction: what was said by mistake, a card number or a name, is taken out of the conversation, and that it was stays to be seen.
//!
//! The message keeps its place, its author and what it counts as, so that no promise changes by it; only a reply that had not gone
//! out is owed again, because it never will. What was told of it before, in events, audit trail and the raw delivery, stays with
//! those who may read these.

use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kernel::Fault;
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::Touch;
use platform::valid::Valid;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::model::Message;
use super::wire::{MessagePath, MessageView};
use super::{naming, store};
use crate::Tickets;
use crate::access::RedactMessages;
use crate::intake::outgoing;
use crate::{attachment, outgoing_text, ticket};

pub(super) fn operations() -> Operations {
    operations!["messages"; redact]
}

/// The version of a message in events: it is told of once more, because nothing is taken away twice.
const REDACTED: i64 = 2;

/// That the words of a message were taken away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = MessageRedaction)]
pub struct Redaction {
    pub at: DateTime<Utc>,
    pub by: Uuid,
}

/// Why the words of a message are taken away; the audit trail keeps it.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct RedactMessage {
    #[schema(min_length = 1, max_length = 500, example = "The customer sent a card number.")]
    reason: String,
}

impl Message {
    /// Without its words.
    ///
    /// # Errors
    /// 409 `redacted_before`.
    fn redacted(mut self, touch: Touch) -> Result<Self, Fault> {
        if self.redaction.is_some() {
            return Err(Fault::conflict("redacted_before", "The words of this message were taken away before."));
        }
        self.content.body.clear();
        if let Some(call) = &mut self.content.call {
            call.recording_url = None;
        }
        self.redaction = Some(Redaction { at: touch.at, by: touch.by });
        Ok(self)
    }
}

/// Take the words and files of a message away for good.
///
/// It stays in its place and counts as what it was. What had not gone out of it is not sent any more, and then what the message had
/// kept is owed again. Events and audit entries that told of it before are not changed.
#[utoipa::path(post, path = "/v1/tickets/{ticket_id}/messages/{message_id}/redact", params(MessagePath), request_body = RedactMessage,
    responses((status = 200, body = MessageView)))]
async fn redact(
    caller: Caller<RedactMessages>,
    path: Path<MessagePath>,
    command: Valid<RedactMessage>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "message.redact", async |tx| {
            let ticket = ticket::store::hold_for_staff(tx, caller.scope(), path.ticket_id).await?;
            let whole = store::find(tx, caller.scope(), ticket.id, path.message_id).await?;
            let message = whole.clone().redacted(Touch::of(tx))?;
            store::redact(tx, &message).await?;
            attachment::store::detach(tx, message.id).await?;
            outgoing::redaction::redact(tx, &app.rules, (&ticket, message.id)).await?;
            outgoing_text::commands::redact(tx, &app.rules, message.id).await?;
            naming::forget(tx, &app.rules, ticket.id, &whole.content.body).await?;
            let view = MessageView::from(&message);
            let change = Change::new("message.redacted", "message", message.id, REDACTED).after(&view).reason(Some(command.reason.clone()));
            tx.record(change.account(ticket.account_id).site(ticket.site_id).branch(ticket.branch_id));
            Reply::ok(&view)
        })
        .await
}
