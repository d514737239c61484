//! Writing entries: any number of them in two statements. There is no way to change or delete one.

use kernel::id::new_uuid;
use platform::db::Tx;
use platform::problem::Problem;
use platform::scope::RowScope;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder, QuerySelect, QueryTrait, Select};

use super::entry::{Entry, PostingEvent};
use super::period::month_of;
use super::{entity, line_entity};

/// Lines per statement, within SQLite's limit of bound values.
const CHUNK: usize = 2_000;
/// Entries that may leave with the last writes of their transaction, within PostgreSQL's limit of bound values.
const FEW: usize = 20;

/// Writes entries and gives their ids in the same order.
///
/// # Errors
/// 409 when a document's event has been posted before.
pub async fn post(tx: &Tx, entries: &[Entry]) -> Result<Vec<Uuid>, Problem> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = entries.iter().map(|_| new_uuid()).collect();
    let rows = entries.iter().zip(&ids).map(|(entry, id)| head(entry, *id, tx));
    let heads = entity::Entity::insert_many(rows);
    let mut lines = Vec::new();
    for (entry, id) in entries.iter().zip(&ids) {
        for (line, number) in entry.lines().iter().zip(1..) {
            lines.push(line_entity::ActiveModel {
                entry_id: Set(*id),
                line_no: Set(number),
                account: Set(line.account.code().to_owned()),
                currency: Set(entry.about.currency.code().to_owned()),
                debit: Set(line.debit),
                credit: Set(line.credit),
                dimension: Set(line.dimension.clone()),
            });
        }
    }
    if entries.len() <= FEW {
        tx.write_later(heads.into_query());
        tx.write_later(line_entity::Entity::insert_many(lines).into_query());
        return Ok(ids);
    }
    heads.exec_without_returning(tx).await?;
    for chunk in lines.chunks(CHUNK) {
        line_entity::Entity::insert_many(chunk.to_vec()).exec_without_returning(tx).await?;
    }
    Ok(ids)
}

fn head(entry: &Entry, id: Uuid, tx: &Tx) -> entity::ActiveModel {
    entity::ActiveModel {
        seq: NotSet,
        id: Set(id),
        event: Set(entry.event.as_str().to_owned()),
        document_id: Set(entry.about.document),
        party_id: Set(entry.about.party),
        branch_id: Set(entry.about.branch),
        currency: Set(entry.about.currency.code().to_owned()),
        effective_on: Set(entry.about.effective_on),
        period: Set(month_of(entry.about.effective_on)),
        recorded_at: Set(tx.now()),
        reverses: Set(entry.reverses),
    }
}

/// The entry of one event of one document.
///
/// # Errors
/// Those of the database.
pub async fn entry_of<C: ConnectionTrait>(db: &C, document: Uuid, event: PostingEvent) -> Result<Option<Uuid>, Problem> {
    let found = entity::Entity::find()
        .select_only()
        .column(entity::Column::Id)
        .filter(entity::Column::DocumentId.eq(document))
        .filter(entity::Column::Event.eq(event.as_str()))
        .into_tuple::<Uuid>()
        .one(db)
        .await?;
    Ok(found)
}

/// The lines of entries, in their order.
///
/// # Errors
/// Those of the database.
pub async fn lines_of<C: ConnectionTrait>(db: &C, entries: &[Uuid]) -> Result<Vec<line_entity::Model>, Problem> {
    let found = line_entity::Entity::find()
        .filter(line_entity::Column::EntryId.is_in(entries.iter().copied()))
        .order_by_asc(line_entity::Column::EntryId)
        .order_by_asc(line_entity::Column::LineNo)
        .all(db)
        .await?;
    Ok(found)
}

/// The entries a caller may see.
#[must_use]
pub fn visible(scope: &RowScope) -> Select<entity::Entity> {
    entity::Entity::find().filter(scope.condition(entity::Column::BranchId, entity::Column::PartyId, None)).filter(scope.staff_only())
}
