//! Queries of notifications. Everyone sees what is for them, for their groups and for the parts they play, once it may be
//! seen; nobody sees what is for others.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{AccountId, BranchId, GroupId, NotificationId, TicketId, UserId};
use platform::db::Tx;
use platform::problem::Problem;
use platform::rows::{self, word, word_or_none};
use platform::scope::RowScope;
use sea_orm::sea_query::{Expr, Func};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::model::{DeskRole, Handover, Left, NoticeChannel, Notification, Recipient};
use crate::obligation::engine::Subject;

/// Who reads: a person, with their groups, the parts they play and the rows in their reach.
pub(crate) struct Reader<'a> {
    pub(crate) user: UserId,
    pub(crate) groups: Vec<GroupId>,
    pub(crate) roles: Vec<DeskRole>,
    pub(crate) scope: &'a RowScope,
    pub(crate) now: DateTime<Utc>,
}

pub(crate) fn visible(reader: &Reader<'_>) -> Select<Entity> {
    // Only what can be found by an index: an alternative that is never true would have SQLite read all.
    let in_group = (!reader.groups.is_empty()).then(|| Column::GroupId.is_in(reader.groups.iter().map(|group| group.uuid())));
    let in_role = (!reader.roles.is_empty()).then(|| {
        let named = Condition::all().add(Column::Role.is_in(reader.roles.iter().map(|role| role.as_str())));
        named.add(crate::intake::mailbox::store::of_staff(reader.scope, Column::BranchId))
    });
    let theirs = Condition::any().add(Column::UserId.eq(reader.user.uuid())).add_option(in_group).add_option(in_role);
    Entity::find().filter(reader.scope.staff_only()).filter(theirs).filter(Column::DeliverAt.lte(reader.now))
}

/// # Errors
/// 404 when there is none for the reader.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, reader: &Reader<'_>, id: NotificationId) -> Result<Left, Problem> {
    let row = visible(reader).filter(Column::Id.eq(id.uuid())).one(db).await?;
    left(row.ok_or_else(|| Fault::not_found(NotificationId::NOUN))?)
}

/// Replaces a ticket's former subject in the word about it.
pub(crate) async fn rename(tx: &Tx, ticket: TicketId, from: &str, to: &str) -> Result<(), Problem> {
    let said = Func::cust("replace").arg(Expr::col(Column::Text)).arg(from).arg(to);
    Entity::update_many().col_expr(Column::Text, said.into()).filter(Column::TicketId.eq(ticket.uuid())).exec(tx).await?;
    Ok(())
}

/// The oldest that the reader has not read.
pub(crate) async fn unread<C: ConnectionTrait>(db: &C, reader: &Reader<'_>, limit: u64) -> Result<Vec<Left>, Problem> {
    let unread = visible(reader).filter(Column::ReadAt.is_null()).order_by_asc(Column::DeliverAt).order_by_asc(Column::Id);
    unread.limit(limit).all(db).await?.into_iter().map(left).collect()
}

/// What shall reach people by mail and may be delivered now, longest due first.
pub(super) async fn to_mail<C: ConnectionTrait>(db: &C, now: DateTime<Utc>, limit: u64) -> Result<Vec<Uuid>, Problem> {
    let waiting = Entity::find().filter(Column::Handover.eq(Handover::Waiting.as_str()));
    let due = waiting.filter(Column::Channel.eq(NoticeChannel::Email.as_str())).filter(Column::DeliverAt.lte(now));
    let ids = due.select_only().column(Column::Id).order_by_asc(Column::DeliverAt).order_by_asc(Column::Id).limit(limit);
    Ok(ids.into_tuple().all(db).await?)
}

/// Word that waits to be handed over, held until the transaction ends; none when it was by another.
pub(super) async fn hold_waiting(tx: &Tx, id: Uuid) -> Result<Option<Left>, Problem> {
    let waiting = Entity::find_by_id(id).filter(Column::Handover.eq(Handover::Waiting.as_str()));
    waiting.lock_exclusive().one(tx).await?.map(left).transpose()
}

/// Leaves the row to be written with what else the command writes.
pub(super) fn insert(tx: &Tx, left: &Left) {
    tx.write_later(Entity::insert(row(left).into_active_model()).into_query());
}

/// # Errors
/// 412 when somebody else read it meanwhile.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, left: &Left) -> Result<(), Problem> {
    rows::save(db, row(left), left.id.uuid(), left.version).await
}

fn row(left: &Left) -> Model {
    let word = &left.word;
    let (user_id, group_id, role) = match word.to {
        Recipient::User(user) => (Some(user.uuid()), None, None),
        Recipient::Group(group) => (None, Some(group.uuid()), None),
        Recipient::Role(role) => (None, None, Some(role.to_string())),
    };
    Model {
        id: left.id.uuid(),
        version: left.version,
        user_id,
        group_id,
        role,
        class: word.class.to_string(),
        channel: word.channel.to_string(),
        handover: left.handover.map(|handover| handover.to_string()),
        text: word.text.clone(),
        link: word.link.clone(),
        ticket_id: word.ticket_id.map(TicketId::uuid),
        subject_type: word.subject.map(|subject| subject.kind.to_string()),
        subject_id: word.subject.map(|subject| subject.id),
        account_id: word.account_id.map(AccountId::uuid),
        branch_id: word.branch_id.map(BranchId::uuid),
        created_at: left.created_at,
        deliver_at: left.deliver_at,
        read_at: left.read_at,
        read_by: left.read_by.map(UserId::uuid),
    }
}

/// The notification of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn left(row: Model) -> Result<Left, Problem> {
    let to = match (row.user_id, row.group_id, word_or_none(row.role.as_deref())?) {
        (Some(user), _, _) => Recipient::User(user.into()),
        (None, Some(group), _) => Recipient::Group(group.into()),
        (None, None, Some(role)) => Recipient::Role(role),
        (None, None, None) => return Err(Problem::internal("a notification is for nobody")),
    };
    let subject = word_or_none(row.subject_type.as_deref())?.zip(row.subject_id).map(|(kind, id)| Subject { kind, id });
    Ok(Left {
        id: row.id.into(),
        version: row.version,
        word: Notification {
            to,
            class: word(&row.class)?,
            channel: word(&row.channel)?,
            text: row.text,
            link: row.link,
            ticket_id: row.ticket_id.map(Into::into),
            subject,
            account_id: row.account_id.map(Into::into),
            branch_id: row.branch_id.map(Into::into),
            group_id: row.group_id.map(Into::into),
        },
        handover: word_or_none(row.handover.as_deref())?,
        created_at: row.created_at,
        deliver_at: row.deliver_at,
        read_at: row.read_at,
        read_by: row.read_by.map(Into::into),
    })
}
