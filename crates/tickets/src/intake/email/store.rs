//! Queries that only mail needs: attachments, threads, automatic mail, stopped senders and failed addresses.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::id::{MailboxId, MessageId, TicketId, new_uuid};
use platform::db::Tx;
use platform::problem::Problem;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, Statement};
use uuid::Uuid;

use super::entity::{breaker, failure, thread};
use super::limits::Sent;
use crate::intake::outgoing::store as outgoing;
use crate::intake::record::model::Record;
use crate::intake::record::store::mailbox_key;
use crate::rulebook::MailSettings;

/// Lets deliveries of one mail wait for each other until the transaction ends. SQLite has one writer anyway.
pub(crate) async fn lock(tx: &Tx, key: &str) -> Result<(), Problem> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let statement =
            Statement::from_sql_and_values(DbBackend::Postgres, "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [key.into()]);
        tx.query_one_raw(statement).await?;
    }
    Ok(())
}

/// Remembers the ids under which a ticket's mail is known; the first ticket of an id keeps it.
pub(crate) async fn remember<'a, C: ConnectionTrait>(
    db: &C,
    ids: impl IntoIterator<Item = &'a String>,
    ticket: TicketId,
    message: Option<MessageId>,
) -> Result<(), Problem> {
    for id in ids {
        let row = thread::Model { mail_id: id.clone(), ticket_id: ticket.uuid(), message_id: message.map(MessageId::uuid) };
        let once = OnConflict::column(thread::Column::MailId).do_nothing().to_owned();
        thread::Entity::insert(row.into_active_model()).on_conflict(once).exec_without_returning(db).await?;
    }
    Ok(())
}

/// What automatic mail an address has had lately.
pub(super) async fn sent<C: ConnectionTrait>(
    db: &C,
    address: &str,
    mailbox: Option<MailboxId>,
    (now, settings): (DateTime<Utc>, &MailSettings),
) -> Result<Sent, Problem> {
    let pause = TimeDelta::seconds(settings.automatic_pause_s);
    let pair = outgoing::count_automatic(db, address, Some(mailbox_key(mailbox)), now - pause).await?;
    let everywhere = outgoing::count_automatic(db, address, None, now - TimeDelta::hours(1)).await?;
    Ok(Sent { pair, address: everywhere, failures: failures(db, address, (now, settings)).await? })
}

async fn failures<C: ConnectionTrait>(db: &C, address: &str, (now, settings): (DateTime<Utc>, &MailSettings)) -> Result<u64, Problem> {
    let since = now - TimeDelta::seconds(settings.failure_window_s);
    let failures = failure::Entity::find().filter(failure::Column::Address.eq(address)).filter(failure::Column::At.gt(since));
    Ok(failures.count(db).await?)
}

/// True for an address at which so much failed for good that machines write to it no more.
pub(crate) async fn is_suppressed(tx: &Tx, address: &str, settings: &MailSettings) -> Result<bool, Problem> {
    Ok(failures(tx, address, (tx.now(), settings)).await? >= settings.failure_count)
}

/// Notes that mail to an address failed for good; `source` is the report or the mail that shows it.
pub(crate) async fn note_failure<C: ConnectionTrait>(db: &C, address: &str, source: Uuid, at: DateTime<Utc>) -> Result<(), Problem> {
    let row = failure::Model { id: new_uuid(), address: address.to_lowercase(), source_id: source, at };
    failure::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// The ticket that takes a stopped sender's mail, while the breaker is open.
pub(super) async fn flood_ticket<C: ConnectionTrait>(
    db: &C,
    address: &str,
    mailbox: Option<MailboxId>,
    now: DateTime<Utc>,
) -> Result<Option<TicketId>, Problem> {
    let row = breaker::Entity::find_by_id((address.to_owned(), mailbox_key(mailbox))).one(db).await?;
    Ok(row.filter(|row| row.until > now).map(|row| row.ticket_id.into()))
}

/// Opens the breaker of a sender.
pub(super) async fn stop<C: ConnectionTrait>(db: &C, flooding: &Record, ticket: TicketId, until: DateTime<Utc>) -> Result<(), Problem> {
    let row = breaker::Model {
        address: flooding.sender.clone(),
        mailbox_id: mailbox_key(flooding.mailbox_id),
        ticket_id: ticket.uuid(),
        opened_at: flooding.received_at,
        until,
    };
    let again = OnConflict::columns([breaker::Column::Address, breaker::Column::MailboxId])
        .update_columns([breaker::Column::TicketId, breaker::Column::OpenedAt, breaker::Column::Until])
        .to_owned();
    breaker::Entity::insert(row.into_active_model()).on_conflict(again).exec_without_returning(db).await?;
    Ok(())
}
