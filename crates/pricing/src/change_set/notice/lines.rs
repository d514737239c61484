//! What a notice tells an account: the prices that rise for it.

use std::collections::{BTreeSet, HashSet};

use clients::notices::PriceChange;
use kernel::id::{AccountId, ItemId};
use platform::problem::Problem;
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::change_set::arithmetic::ChangeDirection;
use crate::change_set::entity::row;
use crate::change_set::model::ChangeSet;
use crate::change_set::row::ChangeRow;
use crate::change_set::rows_store;
use crate::change_set::store::{self, ChangedBookState};
use crate::engine::index::{Selector, Subject};
use crate::engine::{BookKind, PriceIndex};
use crate::item_usage;

/// The most prices of one notice.
pub(super) const MAX_LINES: usize = 1_000;

/// The raised prices that concern an account: those of its own books, and of other books those of what it bought; all of other books'
/// when it is told although nothing shows that it buys. One more than a notice can hold shows that there are too many.
pub(super) async fn of_account<C: ConnectionTrait>(
    db: &C,
    set: &ChangeSet,
    index: &PriceIndex,
    account: AccountId,
) -> Result<Vec<PriceChange>, Problem> {
    let published = store::books(db, set.id).await?.into_iter().filter(|one| one.state == ChangedBookState::Published);
    let published: Vec<_> = published.map(|one| one.book).collect();
    let own: BTreeSet<_> = index.assigned(&Subject::Account(account)).map(|(book, _)| book.id).collect();
    let (own, others): (Vec<_>, Vec<_>) = published.into_iter().partition(|book| own.contains(book));
    let lists = others.into_iter().filter(|id| {
        let kind = index.book(*id).map(|book| book.kind);
        !matches!(kind, Some(BookKind::Account | BookKind::Contract))
    });
    let bought = item_usage::store::bought_by(db, set.stamp.updated_at.date_naive(), account).await?;
    let mut of_lists = Condition::all().add(row::Column::BookId.is_in(lists.map(Uuid::from)));
    if !bought.is_empty() {
        let items = bought.iter().map(|item| item.uuid());
        of_lists = of_lists.add(Condition::any().add(row::Column::ItemId.is_in(items)).add(row::Column::ItemId.is_null()));
    }
    let concerned = Condition::any().add(row::Column::BookId.is_in(own.into_iter().map(Uuid::from))).add(of_lists);
    let rows = rows_store::of_set(set.id).filter(row::Column::Direction.eq(ChangeDirection::Raise.as_str())).filter(concerned);
    let rows = rows.filter(row::Column::Excluded.is_null()).order_by_asc(row::Column::Id);
    let rows = rows.limit(u64::try_from(MAX_LINES).unwrap_or(u64::MAX) + 1).all(db).await?;
    let rows = rows.into_iter().map(rows_store::from_row).collect::<Result<Vec<_>, _>>()?;
    Ok(lines(rows.iter().filter(|row| concerns(row, &bought, index)), index))
}

/// A price for a category or service line concerns who bought something of it.
fn concerns(row: &ChangeRow, bought: &BTreeSet<ItemId>, index: &PriceIndex) -> bool {
    let any = |reached: &dyn Fn(&crate::engine::Item) -> bool| {
        bought.is_empty() || bought.iter().filter_map(|item| index.item(*item)).any(|item| reached(item))
    };
    match &row.selector {
        Selector::Item(_) => true,
        Selector::Category(path) => any(&|item| item.categories().any(|category| category == path)),
        Selector::ServiceLine(name) => any(&|item| item.service_line == *name),
    }
}

/// Each item and unit stands in a notice once: a further price of one is told with its book, or with its entry.
fn lines<'a>(rows: impl Iterator<Item = &'a ChangeRow>, index: &PriceIndex) -> Vec<PriceChange> {
    let mut seen: HashSet<(String, String)> = HashSet::new();
    let mut lines = Vec::new();
    for row in rows {
        let (Some(old), _, Some(new)) = row.prices() else { continue };
        let name = match &row.selector {
            Selector::Item(id) => index.item(*id).map_or_else(|| id.to_string(), |item| item.code.clone()),
            Selector::Category(name) | Selector::ServiceLine(name) => name.chars().take(80).collect(),
        };
        let book = index.book(row.book).map(|book| book.code.clone()).unwrap_or_default();
        let names = [name.clone(), format!("{name} ({book})").chars().take(120).collect(), row.entry.to_string()];
        let sku = names.into_iter().find(|sku| seen.insert((sku.clone(), row.uom.clone()))).unwrap_or(name);
        lines.push(PriceChange { sku, old, new, currency: row.currency, unit: row.uom.clone() });
    }
    lines
}
