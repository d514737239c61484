//! What the resolver needs to know, read in a few queries whatever the mail holds.

use std::collections::{BTreeSet, HashMap};

use platform::problem::Problem;
use platform::scope::RowScope;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::entity::thread;
use crate::intake::address::normalise;
use crate::intake::resolve::{Evidence, Index, TicketFacts};
use crate::message::entity as message;
use crate::ticket::model::Ticket;
use crate::ticket::{entity as ticket, store};

/// The tickets and messages that one mail refers to.
#[derive(Default)]
pub(super) struct Facts {
    tickets: HashMap<Uuid, TicketFacts>,
    numbers: HashMap<i64, Uuid>,
    messages: HashMap<String, Uuid>,
}

impl Index for Facts {
    fn ticket(&self, id: Uuid) -> Option<&TicketFacts> {
        self.tickets.get(&id)
    }

    fn by_number(&self, number: i64) -> Option<Uuid> {
        self.numbers.get(&number).copied()
    }

    fn by_message_id(&self, id: &str) -> Option<Uuid> {
        self.messages.get(id).copied()
    }
}

/// Reads what `evidence` names; a merged ticket is known by the one that stands for it. Whose tickets they are does not matter here: a delivery has no reader.
pub(super) async fn gather<C: ConnectionTrait>(db: &C, evidence: &Evidence) -> Result<Facts, Problem> {
    let mut facts = Facts { messages: messages(db, &evidence.message_ids).await?, ..Facts::default() };
    let named = evidence.tokens.iter().chain(&evidence.signed_ids).chain(facts.messages.values()).copied();
    let mut wanted: BTreeSet<Uuid> = named.collect();
    if let Some(number) = evidence.number {
        let id: Option<Uuid> = ticket::Entity::find()
            .filter(ticket::Column::Number.eq(number))
            .select_only()
            .column(ticket::Column::Id)
            .into_tuple()
            .one(db)
            .await?;
        facts.numbers.extend(id.map(|id| (number, id)));
        wanted.extend(id);
    }
    let rows = ticket::Entity::find().filter(ticket::Column::Id.is_in(wanted)).all(db).await?;
    for row in rows {
        let id = row.id;
        let root = match row.merged_into_id {
            Some(target) => store::root(db, &RowScope::All, target.into()).await?,
            None => Some(crate::ticket::ticket(row)?).filter(|ticket| ticket.deleted_at.is_none()),
        };
        facts.tickets.extend(root.map(|root| (id, facts_of(&root))));
    }
    Ok(facts)
}

/// The tickets of stored messages, in and out, by any id they are known under.
pub(super) async fn messages<C: ConnectionTrait>(db: &C, ids: &[String]) -> Result<HashMap<String, Uuid>, Problem> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let written = message::Entity::find().filter(message::Column::MailMessageId.is_in(ids)).select_only();
    let written = written.column(message::Column::MailMessageId).column(message::Column::TicketId);
    let mut found: HashMap<String, Uuid> = written.into_tuple::<(String, Uuid)>().all(db).await?.into_iter().collect();
    let known = thread::Entity::find().filter(thread::Column::MailId.is_in(ids)).all(db).await?;
    found.extend(known.into_iter().map(|row| (row.mail_id, row.ticket_id)));
    Ok(found)
}

fn facts_of(ticket: &Ticket) -> TicketFacts {
    let requester = ticket.requester.email.iter();
    let others = ticket.participants.iter().map(|participant| &participant.email);
    TicketFacts {
        id: ticket.id.uuid(),
        status: ticket.status,
        closed_at: ticket.closed_at,
        subject: ticket.subject.clone(),
        participants: requester.chain(others).filter_map(|address| normalise(address)).collect(),
    }
}
