//! Operations on mailboxes.

use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{BranchId, MailboxId};
use platform::caller::Caller;
use platform::db::Tx;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::patch::present;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::stamp::{Stamp, Touch};
use platform::valid::Valid;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::entity::{Column, Entity};
use super::model::{Mailbox, checked_address};
use super::store;
use crate::Tickets;
use crate::group;
use crate::intake::access::{ReadMailboxes, WriteMailboxes};
use crate::vocabulary::{Priority, TicketType};

pub(crate) fn operations() -> Operations {
    operations!["mailboxes"; create, list, fetch, patch]
}

/// Names one mailbox.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct MailboxPath {
    /// The mailbox.
    mailbox_id: MailboxId,
}

/// A new mailbox.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct CreateMailbox {
    #[schema(min_length = 3, max_length = 254, example = "help@example.com")]
    address: String,
    #[schema(min_length = 1, max_length = 120, example = "Customer desk")]
    name: String,
    branch_id: Option<BranchId>,
    group_id: Option<Uuid>,
    /// What its tickets are about; `general` when absent.
    ticket_type: Option<TicketType>,
    /// `normal` when absent.
    priority: Option<Priority>,
    /// New tickets are acknowledged to their sender; true when absent.
    acknowledges: Option<bool>,
    #[schema(min_length = 1, max_length = 120)]
    external_ref: Option<String>,
}

/// Changes of a mailbox (RFC 7396): absent keeps, null clears. The address stays.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct PatchMailbox {
    #[schema(min_length = 1, max_length = 120)]
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    branch_id: Option<Option<BranchId>>,
    #[serde(default, deserialize_with = "present")]
    group_id: Option<Option<Uuid>>,
    ticket_type: Option<TicketType>,
    priority: Option<Priority>,
    acknowledges: Option<bool>,
    active: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    #[schema(max_length = 120)]
    external_ref: Option<Option<String>>,
}

/// A mailbox.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct MailboxView {
    id: MailboxId,
    version: i64,
    #[schema(max_length = 254)]
    address: String,
    #[schema(max_length = 120)]
    name: String,
    branch_id: Option<BranchId>,
    group_id: Option<Uuid>,
    ticket_type: TicketType,
    priority: Priority,
    acknowledges: bool,
    /// Mail to an inactive mailbox is taken in as mail to no mailbox.
    active: bool,
    #[schema(max_length = 120)]
    external_ref: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&Mailbox> for MailboxView {
    fn from(mailbox: &Mailbox) -> Self {
        Self {
            id: mailbox.id,
            version: mailbox.stamp.version,
            address: mailbox.address.clone(),
            name: mailbox.name.clone(),
            branch_id: mailbox.branch_id,
            group_id: mailbox.group_id,
            ticket_type: mailbox.ticket_type,
            priority: mailbox.priority,
            acknowledges: mailbox.acknowledges,
            active: mailbox.active,
            external_ref: mailbox.external_ref.clone(),
            created_at: mailbox.stamp.created_at,
            updated_at: mailbox.stamp.updated_at,
        }
    }
}

impl CreateMailbox {
    fn into_mailbox(self, touch: Touch) -> Result<Mailbox, Fault> {
        Ok(Mailbox {
            id: MailboxId::generate(),
            stamp: Stamp::new(touch),
            address: checked_address(&self.address)?,
            name: self.name.trim().to_owned(),
            branch_id: self.branch_id,
            group_id: self.group_id,
            ticket_type: self.ticket_type.unwrap_or(TicketType::General),
            priority: self.priority.unwrap_or(Priority::Normal),
            acknowledges: self.acknowledges.unwrap_or(true),
            active: true,
            external_ref: self.external_ref,
        })
    }
}

impl PatchMailbox {
    fn apply(self, mailbox: Mailbox, touch: Touch) -> Mailbox {
        let mut next = mailbox.touched(touch);
        next.name = self.name.map_or(next.name, |name| name.trim().to_owned());
        next.branch_id = self.branch_id.unwrap_or(next.branch_id);
        next.group_id = self.group_id.unwrap_or(next.group_id);
        next.ticket_type = self.ticket_type.unwrap_or(next.ticket_type);
        next.priority = self.priority.unwrap_or(next.priority);
        next.acknowledges = self.acknowledges.unwrap_or(next.acknowledges);
        next.active = self.active.unwrap_or(next.active);
        next.external_ref = self.external_ref.unwrap_or(next.external_ref);
        next
    }
}

fn changed(event: &'static str, mailbox: &Mailbox) -> Change {
    Change::new(event, "mailbox", mailbox.id, mailbox.stamp.version).after(&MailboxView::from(mailbox)).branch(mailbox.branch_id)
}

async fn demand_group(tx: &Tx, scope: &RowScope, named: Option<Uuid>) -> Result<(), Problem> {
    group::store::demand(tx, scope, [("/group_id".to_owned(), named.map(Into::into))]).await
}

/// Set up a mailbox.
#[utoipa::path(post, path = "/v1/mailboxes", request_body = CreateMailbox, responses((status = 201, body = MailboxView)))]
async fn create(caller: Caller<WriteMailboxes>, command: Valid<CreateMailbox>, app: Data<Tickets>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "mailbox.create", async |tx| {
            let mailbox = command.clone().into_mailbox(Touch::of(tx))?;
            demand_group(tx, caller.scope(), command.group_id).await?;
            store::insert(tx, &mailbox).await?;
            tx.record(changed("mailbox.created", &mailbox));
            Ok(Reply::created(format!("/v1/mailboxes/{}", mailbox.id), &MailboxView::from(&mailbox))?.tagged(mailbox.stamp.version))
        })
        .await
}

/// What the list of mailboxes can be asked for.
struct MailboxList;

impl ListSpec for MailboxList {
    type Entity = Entity;
    type View = MailboxView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::text("address", Column::Address).sortable().containing(),
        Field::text("name", Column::Name).sortable(),
        Field::text("external_ref", Column::ExternalRef).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "address";
}

/// List mailboxes.
#[utoipa::path(get, path = "/v1/mailboxes", params(Listing<MailboxList>), responses((status = 200, body = Page<MailboxView>)))]
async fn list(caller: Caller<ReadMailboxes>, listing: Listing<MailboxList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::mailbox(row).map(|mailbox| MailboxView::from(&mailbox)))?)
}

/// Read one mailbox.
#[utoipa::path(get, path = "/v1/mailboxes/{mailbox_id}", params(MailboxPath), responses((status = 200, body = MailboxView)))]
async fn fetch(caller: Caller<ReadMailboxes>, path: Path<MailboxPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let mailbox = store::find(app.db.read(), caller.scope(), path.mailbox_id).await?;
    Ok(Reply::ok(&MailboxView::from(&mailbox))?.tagged(mailbox.stamp.version))
}

/// Change a mailbox.
#[utoipa::path(patch, path = "/v1/mailboxes/{mailbox_id}", params(MailboxPath), request_body = PatchMailbox, responses((status = 200, body = MailboxView)))]
async fn patch(
    caller: Caller<WriteMailboxes>,
    path: Path<MailboxPath>,
    expected: IfMatch,
    command: Valid<PatchMailbox>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "mailbox.patch", async |tx| {
            let current = store::find(tx, caller.scope(), path.mailbox_id).await?;
            expected.check(current.stamp.version)?;
            let before = MailboxView::from(&current);
            demand_group(tx, caller.scope(), command.group_id.flatten()).await?;
            let next = command.clone().apply(current, Touch::of(tx));
            store::save(tx, &next).await?;
            tx.record(changed("mailbox.updated", &next).before(&before));
            Ok(Reply::ok(&MailboxView::from(&next))?.tagged(next.stamp.version))
        })
        .await
}
