//! Who is owed a notice of a change set's raises.
//!
//! Accounts that have a raised book of their own; of other books those that bought what is raised in the year before; and whoever the
//! change set names. Accounts that it leaves out are noted too: raised lists do not reach them. Lowered prices are told to nobody.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use kernel::id::{AccountId, ItemId, PricebookId};
use platform::db::Db;
use platform::problem::Problem;
use platform::scope::RowScope;
use platform::stamp::Touch;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ConnectionTrait, QueryFilter, QuerySelect, QueryTrait};

use super::entity::notice;
use super::model::ChangeNotice;
use crate::change_set::arithmetic::ChangeDirection;
use crate::change_set::entity::row;
use crate::change_set::http::change;
use crate::change_set::model::ChangeSet;
use crate::change_set::state::ChangeSetState;
use crate::change_set::wire::ChangeSetView;
use crate::change_set::{rows_store, store};
use crate::engine::index::Selector;
use crate::engine::{BookKind, PriceIndex};
use crate::item_usage;
use crate::live;
use crate::version::entity::entry;

/// What is raised: in which book, for what.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Raised {
    book: PricebookId,
    selector: Selector,
}

async fn raised<C: ConnectionTrait>(db: &C, set: &ChangeSet) -> Result<HashSet<Raised>, Problem> {
    let rows = rows_store::of_set(set.id).filter(row::Column::Direction.eq(ChangeDirection::Raise.as_str()));
    let rows = rows.filter(row::Column::Excluded.is_null()).select_only().distinct();
    let rows = rows.columns([row::Column::BookId, row::Column::SelectorKind, row::Column::ItemId, row::Column::SelectorPath]);
    let rows: Vec<(Uuid, String, Option<Uuid>, Option<String>)> = rows.into_tuple().all(db).await?;
    let read = |(book, kind, item, path): (Uuid, String, Option<Uuid>, Option<String>)| {
        let selector = match (kind.as_str(), item) {
            (_, Some(item)) => Selector::Item(item.into()),
            ("category", None) => Selector::Category(path.unwrap_or_default()),
            (_, None) => Selector::ServiceLine(path.unwrap_or_default()),
        };
        Raised { book: book.into(), selector }
    };
    Ok(rows.into_iter().map(read).collect())
}

/// The items that selectors reach.
fn items<'a>(selectors: impl Iterator<Item = &'a Selector>, index: &PriceIndex) -> Vec<ItemId> {
    let selectors: HashSet<&Selector> = selectors.collect();
    let wide = selectors.iter().any(|selector| !matches!(selector, Selector::Item(_)));
    let mut items: BTreeSet<ItemId> = BTreeSet::new();
    for selector in &selectors {
        if let Selector::Item(item) = selector {
            items.insert(*item);
        }
    }
    if wide {
        let reached = |item: &&std::sync::Arc<crate::engine::Item>| {
            selectors.contains(&Selector::ServiceLine(item.service_line.clone()))
                || item.categories().any(|path| selectors.contains(&Selector::Category(path.to_owned())))
        };
        items.extend(index.items().filter(reached).map(|item| item.id));
    }
    items.into_iter().collect()
}

/// The accounts that were not told of an earlier raise of the same prices by the day of this one: they still pay what was before both.
async fn untold<C: ConnectionTrait>(db: &C, set: &ChangeSet) -> Result<Vec<AccountId>, Problem> {
    let changed = rows_store::of_set(set.id).filter(row::Column::Excluded.is_null()).select_only().column(row::Column::EntryId);
    let gates = entry::Entity::find().select_only().column(entry::Column::StartGate).distinct();
    let gates = gates.filter(entry::Column::StartGate.is_not_null()).filter(entry::Column::Id.in_subquery(changed.into_query()));
    let gates: Vec<Uuid> = gates.into_tuple().all(db).await?;
    let late = notice::Column::ReleaseOn.is_null().or(notice::Column::ReleaseOn.gt(set.terms.effective_on));
    let untold = notice::Entity::find().select_only().column(notice::Column::AccountId).distinct();
    let untold = untold.filter(notice::Column::ChangeSetId.is_in(gates)).filter(late).into_tuple::<Uuid>().all(db).await?;
    Ok(untold.into_iter().map(Into::into).collect())
}

/// The accounts that are owed a notice.
async fn accounts<C: ConnectionTrait>(db: &C, set: &ChangeSet, index: &PriceIndex) -> Result<BTreeSet<AccountId>, Problem> {
    let raised = raised(db, set).await?;
    if raised.is_empty() {
        return Ok(BTreeSet::new());
    }
    let owners = index.assigned_accounts(set.terms.effective_on);
    let mut accounts: BTreeSet<AccountId> = raised.iter().filter_map(|one| owners.get(&one.book)).flatten().copied().collect();
    let of_list = |one: &&Raised| {
        let kind = index.book(one.book).map(|book| book.kind);
        !matches!(kind, Some(BookKind::Account | BookKind::Contract))
    };
    let items = items(raised.iter().filter(of_list).map(|one| &one.selector), index);
    accounts.extend(item_usage::store::buyers(db, set.stamp.updated_at.date_naive(), &items).await?);
    accounts.extend(set.terms.notices().also_notify);
    accounts.extend(untold(db, set).await?);
    Ok(accounts)
}

/// Notes who is owed a notice, before the first book is published.
///
/// # Errors
/// Those of the database.
pub(crate) async fn note(db: &Db, set: &ChangeSet, index: &PriceIndex) -> Result<(), Problem> {
    let accounts = accounts(db.read(), set, index).await?;
    let policy = set.terms.notices();
    db.write("change_set.note_notices", async |tx| {
        let generation = live::advance(tx).await?;
        let current = store::find(tx, &RowScope::All, set.id).await?;
        if current.noticed || current.state != ChangeSetState::Publishing {
            return Ok(());
        }
        let mut held: BTreeMap<AccountId, _> = BTreeMap::new();
        if current.preview.as_ref().is_some_and(|preview| preview.raised > 0) {
            held.extend(set.terms.excluded_accounts());
        }
        let everybody: BTreeSet<AccountId> = accounts.iter().chain(held.keys()).copied().collect();
        let owed =
            |account: AccountId| ChangeNotice::owed(set.id, account, policy.lead_of(account), held.get(&account).copied(), Touch::of(tx));
        let owed: Vec<ChangeNotice> = everybody.into_iter().map(owed).collect();
        super::store::insert(tx, &owed, generation).await?;
        let before = ChangeSetView::from(&current);
        let next = current.with_notices(Touch::of(tx));
        store::save(tx, &next).await?;
        tx.record(change("change_set.notices_owed", &next).before(&before));
        Ok(())
    })
    .await
}
