//! Reading and writing the rows of change sets, and the prices that come from outside.

use std::collections::HashMap;

use kernel::id::{ChangeSetId, PriceEntryId, PricebookId, SiteId};
use kernel::{Money, Quantity, Rate};
use platform::problem::Problem;
use platform::rows::{from_json, to_json, word, word_or_none};
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, IntoActiveModel, QueryFilter, QueryOrder, Select};

use super::entity::{given, row};
use super::model::ChangeSet;
use super::plan::Given;
use super::row::{ChangeRow, Figures};
use super::store::{self, ChangedBookState};
use super::terms::Operation;
use crate::engine::Terms;
use crate::engine::index::Selector;
use crate::version::entry::selector_columns;

/// Rows of one insert statement; 24 columns each stay below every database's limit of parameters.
const INSERT_ROWS: usize = 1_000;

pub(crate) fn from_row(row: row::Model) -> Result<ChangeRow, Problem> {
    let path = || row.selector_path.clone().ok_or_else(|| Problem::internal("a row has no path"));
    let selector = match (row.selector_kind.as_str(), row.item_id) {
        ("item", Some(item)) => Selector::Item(item.into()),
        ("category", _) => Selector::Category(path()?),
        _ => Selector::ServiceLine(path()?),
    };
    let currency = word(&row.currency)?;
    let terms = |json: Option<Json>| json.filter(|json| !json.is_null()).map(from_json::<Terms>).transpose();
    Ok(ChangeRow {
        book: row.book_id.into(),
        entry: row.entry_id.into(),
        selector,
        uom: row.uom,
        currency,
        site: row.site_id.map(SiteId::from_uuid),
        start: row.starts_on,
        end: row.ends_on,
        old: from_json(row.old_terms)?,
        requested: terms(row.requested_terms)?,
        new: terms(row.new_terms)?,
        clip: word_or_none(row.clipped.as_deref())?,
        direction: word(&row.direction)?,
        excluded: word_or_none(row.excluded.as_deref())?,
        figures: Figures {
            annual_quantity: row.annual_quantity.map(Quantity::from_scaled),
            annual_effect: row.annual_effect.map(|minor| Money::from_minor(minor, currency)),
            margin_before: row.margin_before.map(Rate::from_scaled),
            margin_after: row.margin_after.map(Rate::from_scaled),
        },
        made: row.made_id.map(Into::into),
    })
}

fn to_row(set: &ChangeSet, one: &ChangeRow) -> Result<row::Model, Problem> {
    let (selector_kind, item_id, selector_path) = selector_columns(&one.selector);
    Ok(row::Model {
        id: kernel::id::new_uuid(),
        change_set_id: set.id.uuid(),
        preview_no: set.preview_no,
        book_id: one.book.uuid(),
        entry_id: one.entry.uuid(),
        selector_kind: selector_kind.to_owned(),
        item_id,
        selector_path,
        uom: one.uom.clone(),
        currency: one.currency.to_string(),
        site_id: one.site.map(SiteId::uuid),
        starts_on: one.start,
        ends_on: one.end,
        old_terms: to_json(&one.old)?,
        requested_terms: one.requested.as_ref().map(to_json).transpose()?,
        new_terms: one.new.as_ref().map(to_json).transpose()?,
        clipped: one.clip.map(|clip| clip.as_str().to_owned()),
        direction: one.direction.as_str().to_owned(),
        excluded: one.excluded.map(|reason| reason.as_str().to_owned()),
        annual_quantity: one.figures.annual_quantity.map(Quantity::scaled),
        annual_effect: one.figures.annual_effect.map(Money::minor),
        margin_before: one.figures.margin_before.map(Rate::scaled),
        margin_after: one.figures.margin_after.map(Rate::scaled),
        made_id: one.made.map(Into::into),
    })
}

/// The rows of a change set.
pub(crate) fn of_set(id: ChangeSetId) -> Select<row::Entity> {
    row::Entity::find().filter(row::Column::ChangeSetId.eq(id.uuid()))
}

/// Deletes the rows of earlier previews.
pub(crate) async fn clear<C: ConnectionTrait>(db: &C, id: ChangeSetId) -> Result<(), Problem> {
    row::Entity::delete_many().filter(row::Column::ChangeSetId.eq(id.uuid())).exec(db).await?;
    Ok(())
}

/// Adds rows of the set's present preview, many a statement.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, set: &ChangeSet, rows: &[ChangeRow]) -> Result<(), Problem> {
    for rows in rows.chunks(INSERT_ROWS) {
        let rows: Vec<_> = rows.iter().map(|one| to_row(set, one).map(IntoActiveModel::into_active_model)).collect::<Result<_, _>>()?;
        row::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// The rows of one book that are published, in the order of their entries.
pub(crate) async fn to_publish<C: ConnectionTrait>(db: &C, id: ChangeSetId, book: PricebookId) -> Result<Vec<ChangeRow>, Problem> {
    let rows = of_set(id).filter(row::Column::BookId.eq(book.uuid())).filter(row::Column::Excluded.is_null());
    let rows = rows.order_by_asc(row::Column::EntryId).all(db).await?;
    rows.into_iter().map(from_row).collect()
}

/// What made an entry: the change set, the entry it took the place of, and its terms.
pub(crate) type Origin = (ChangeSetId, PriceEntryId, Terms);

/// What made each of these entries, where a change set did.
pub(crate) async fn origins<C: ConnectionTrait>(db: &C, made: &[PriceEntryId]) -> Result<HashMap<PriceEntryId, Origin>, Problem> {
    let mut found = HashMap::new();
    for made in made.chunks(INSERT_ROWS) {
        let rows = row::Entity::find().filter(row::Column::MadeId.is_not_null());
        for row in rows.filter(row::Column::MadeId.is_in(made.iter().map(|one| one.uuid()))).all(db).await? {
            let origin = (row.change_set_id.into(), row.entry_id.into(), from_json(row.old_terms)?);
            found.insert(row.made_id.unwrap_or(row.entry_id).into(), origin);
        }
    }
    Ok(found)
}

/// The prices that come from outside: a sheet's, or those that another change set recorded.
pub(crate) async fn given<C: ConnectionTrait>(db: &C, set: &ChangeSet) -> Result<Given, Problem> {
    if let Operation::ReverseOf { change_set_id } = set.terms.operation {
        let published = store::books(db, change_set_id).await?.into_iter().filter(|one| one.state == ChangedBookState::Published);
        let published = published.map(|one| one.book.uuid());
        let rows = of_set(change_set_id).filter(row::Column::MadeId.is_not_null()).filter(row::Column::BookId.is_in(published));
        let recorded = |row: row::Model| Ok((row.made_id.unwrap_or(row.entry_id).into(), from_json(row.old_terms)?));
        return rows.all(db).await?.into_iter().map(recorded).collect();
    }
    let rows = given::Entity::find().filter(given::Column::ChangeSetId.eq(set.id.uuid())).all(db).await?;
    rows.into_iter().map(|row| Ok((row.entry_id.into(), from_json(row.terms)?))).collect()
}

/// Takes prices from a sheet, over those taken before for the same entries.
pub(crate) async fn give<C: ConnectionTrait>(db: &C, id: ChangeSetId, prices: &[(PriceEntryId, Terms)]) -> Result<(), Problem> {
    for prices in prices.chunks(INSERT_ROWS) {
        let entries = prices.iter().map(|(entry, _)| entry.uuid());
        let before = given::Entity::delete_many().filter(given::Column::ChangeSetId.eq(id.uuid()));
        before.filter(given::Column::EntryId.is_in(entries)).exec(db).await?;
        let row = |(entry, terms): &(PriceEntryId, Terms)| -> Result<_, Problem> {
            Ok(given::Model { change_set_id: id.uuid(), entry_id: entry.uuid(), terms: to_json(terms)? }.into_active_model())
        };
        let rows: Vec<_> = prices.iter().map(row).collect::<Result<_, _>>()?;
        given::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}
