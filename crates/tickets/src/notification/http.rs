//! Operations on notifications: everyone's own.

use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kernel::id::{BranchId, GroupId, NotificationId, TicketId, UserId};
use platform::caller::{Caller, Permission};
use platform::db::Tx;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::entity::{Column, Entity};
use super::model::{DeskRole, Handover, Left, NoticeChannel, NotificationClass, Recipient};
use super::store::{self, Reader};
use crate::Tickets;
use crate::access::{ReadNotifications, WriteNotifications};
use crate::intake::outgoing::model::Delivered;
use crate::intake::outgoing::store as outgoing;
use crate::obligation::wire::SubjectView;

/// Notifications that one command marks at most.
const MOST: u64 = 500;

pub(crate) fn operations() -> Operations {
    operations!["notifications"; list, read, read_all]
}

/// Names one notification.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct NotificationPath {
    /// The notification.
    notification_id: NotificationId,
}

/// Word for the caller, for one of the caller's groups or for a part that the caller plays.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct NotificationView {
    id: NotificationId,
    version: i64,
    class: NotificationClass,
    channel: NoticeChannel,
    /// How far it is on its way by mail; none for what stands in the desk only.
    #[serde(skip_serializing_if = "Option::is_none")]
    handover: Option<Handover>,
    /// How its mail fares, once that was queued.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<Delivered>,
    /// Whom it is for; one of these three.
    user_id: Option<UserId>,
    group_id: Option<GroupId>,
    role: Option<DeskRole>,
    #[schema(max_length = 2000)]
    text: String,
    /// What opens it without a login; only its recipient reads it, and no event says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000)]
    link: Option<String>,
    ticket_id: Option<TicketId>,
    /// What it is about beside or instead of the ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<SubjectView>,
    branch_id: Option<BranchId>,
    created_at: DateTime<Utc>,
    /// Since when it can be seen: outside the group's hours word waits for the next opening.
    deliver_at: DateTime<Utc>,
    read_at: Option<DateTime<Utc>>,
    read_by: Option<UserId>,
}

impl From<&Left> for NotificationView {
    fn from(left: &Left) -> Self {
        let word = &left.word;
        let (user_id, group_id, role) = match word.to {
            Recipient::User(user) => (Some(user), None, None),
            Recipient::Group(group) => (None, Some(group), None),
            Recipient::Role(role) => (None, None, Some(role)),
        };
        Self {
            id: left.id,
            version: left.version,
            class: word.class,
            channel: word.channel,
            handover: left.handover,
            delivery: None,
            user_id,
            group_id,
            role,
            text: word.text.clone(),
            link: word.link.clone(),
            ticket_id: word.ticket_id,
            subject: word.subject.map(Into::into),
            branch_id: word.branch_id,
            created_at: left.created_at,
            deliver_at: left.deliver_at,
            read_at: left.read_at,
            read_by: left.read_by,
        }
    }
}

pub(super) fn changed(event: &'static str, left: &Left) -> Change {
    let change =
        Change::new(event, "notification", left.id, left.version).after(&NotificationView { link: None, ..NotificationView::from(left) });
    change.account(left.word.account_id).branch(left.word.branch_id)
}

/// How much was marked as read.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct ReadNotificationsView {
    #[schema(minimum = 0, maximum = 500)]
    read: u64,
    /// More is left: call again.
    more: bool,
}

/// What the list of notifications can be asked for.
pub(crate) struct NotificationList;

impl ListSpec for NotificationList {
    type Entity = Entity;
    type View = NotificationView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::instant("deliver_at", Column::DeliverAt).sortable(),
        Field::instant("read_at", Column::ReadAt).nullable(),
        Field::choice("class", Column::Class, NotificationClass::TEXTS),
        Field::uuid("ticket_id", Column::TicketId).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "-deliver_at";
}

/// The caller as a reader.
async fn reader<'a, P: Permission, C: ConnectionTrait>(app: &Tickets, db: &C, caller: &'a Caller<P>) -> Result<Reader<'a>, Problem> {
    let user = UserId::from(caller.actor().id);
    let plays = |role: &DeskRole| *role == DeskRole::Triage || caller.claims().allow(&format!("notifications:{role}"));
    let roles = DeskRole::ALL.iter().copied().filter(plays).collect();
    let roster = app.rules.rosters.current(db).await?;
    let groups = roster.groups.values().filter(|group| group.members.contains(&user)).map(|group| group.id).collect();
    Ok(Reader { user, groups, roles, scope: caller.scope(), now: app.clock.now() })
}

/// List the caller's notifications, newest first.
///
/// Those for the caller, for the caller's groups and for the parts the caller plays; what waits for an opening is not there
/// yet. `filter[read_at][exists]=false` leaves the unread ones.
#[utoipa::path(get, path = "/v1/notifications", params(Listing<NotificationList>), responses((status = 200, body = Page<NotificationView>)))]
async fn list(caller: Caller<ReadNotifications>, listing: Listing<NotificationList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let reader = reader(&app, app.db.read(), &caller).await?;
    let page = listing.page(app.db.read(), store::visible(&reader)).await?;
    let mailed: Vec<Uuid> = page.data.iter().filter(|row| row.handover.is_some()).map(|row| row.id).collect();
    let mut mails = outgoing::carrying(app.db.read(), &mailed).await?;
    listing.reply(&page.try_map(|row| {
        let delivery = mails.remove(&row.id);
        store::left(row).map(|left| NotificationView { delivery, ..NotificationView::from(&left) })
    })?)
}

/// Marks as read what nobody has read yet.
async fn mark(tx: &Tx, reader: &Reader<'_>, left: Left) -> Result<Option<Left>, Problem> {
    let Some(read) = left.read(reader.user, reader.now) else { return Ok(None) };
    store::save(tx, &read).await?;
    tx.record(changed("notification.read", &read));
    Ok(Some(read))
}

/// Mark a notification as read.
///
/// Word for a group or a role is read for all of them by the first who does this; repeating it changes nothing.
#[utoipa::path(post, path = "/v1/notifications/{notification_id}/read", params(NotificationPath), responses((status = 200, body = NotificationView)))]
async fn read(caller: Caller<WriteNotifications>, path: Path<NotificationPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "notification.read", async |tx| {
            let reader = reader(&app, tx, &caller).await?;
            let left = store::find(tx, &reader, path.notification_id).await?;
            let now = mark(tx, &reader, left.clone()).await?.unwrap_or(left);
            Ok(Reply::ok(&NotificationView::from(&now))?.tagged(now.version))
        })
        .await
}

/// Mark all the caller's notifications as read, up to 500 of them.
#[utoipa::path(post, path = "/v1/notifications/read-all", responses((status = 200, body = ReadNotificationsView)))]
async fn read_all(caller: Caller<WriteNotifications>, app: Data<Tickets>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "notification.read_all", async |tx| {
            let reader = reader(&app, tx, &caller).await?;
            let unread = store::unread(tx, &reader, MOST + 1).await?;
            let more = u64::try_from(unread.len()).unwrap_or(MOST) > MOST;
            let mut read = 0;
            for left in unread.into_iter().take(usize::try_from(MOST).unwrap_or(usize::MAX)) {
                read += u64::from(mark(tx, &reader, left).await?.is_some());
            }
            Reply::ok(&ReadNotificationsView { read, more })
        })
        .await
}
