//! The price index in memory, replaced whenever price data changes; what did not change is shared with the one before.
//!
//! Every command that changes price data raises a generation number in its own transaction (`advance`). The process
//! that did it refreshes at once; other replicas notice within a second by reading that one row. Pricing itself takes the
//! current index and never waits for a refresh.

use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

use platform::db::{Db, Tx};
use platform::problem::Problem;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, Statement};

use crate::book::model::Pricebook;
use crate::engine::PriceIndex;
use crate::engine::index::{Assigned, Book, Subject};
use crate::version::history::History;
use crate::{assignment, book, change_set, charge_rule, exchange_rate, index_value, item, item_cost, version};

/// How often other replicas' changes are looked for.
const POLL: Duration = Duration::from_millis(500);

#[expect(unreachable_pub, reason = "the derive makes public types of these")]
mod generation {
    //! The one row that says whether price data changed.
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "price_generation")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub generation: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Says that price data changes, and which generation it is from now on. Also serialises its writers, because they all update
/// this row first: a generation that can be read has everything of it committed.
pub(crate) async fn advance(tx: &Tx) -> Result<i64, Problem> {
    let raise = "UPDATE price_generation SET generation = generation + 1 WHERE id = 1 RETURNING generation";
    let row = tx.query_one_raw(Statement::from_string(tx.get_database_backend(), raise)).await?;
    Ok(row.ok_or_else(|| Problem::internal("there is no generation of price data"))?.try_get("", "generation")?)
}

/// The current index.
#[derive(Default)]
pub struct Live {
    index: RwLock<Arc<PriceIndex>>,
    loading: tokio::sync::Mutex<()>,
}

impl Live {
    /// The index to price with.
    #[must_use]
    pub fn current(&self) -> Arc<PriceIndex> {
        Arc::clone(&self.index.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the index if price data changed since it was built; true when it did.
    ///
    /// # Errors
    /// 503 when the database cannot be read; the old index stays.
    pub async fn refresh<C: ConnectionTrait>(&self, db: &C) -> Result<bool, Problem> {
        let _one_at_a_time = self.loading.lock().await;
        let row = generation::Entity::find_by_id(1).one(db).await?;
        let generation = row.map(|row| row.generation).unwrap_or_default();
        let current = self.current();
        if current.generation == generation {
            return Ok(false);
        }
        let next = load(db, generation, &current).await?;
        *self.index.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        Ok(true)
    }
}

async fn load<C: ConnectionTrait>(db: &C, generation: i64, current: &PriceIndex) -> Result<PriceIndex, Problem> {
    let items = item::store::since(db, current.generation).await?;
    let mut books = Vec::new();
    for stored in book::store::all(db).await? {
        let unchanged = current.book(stored.id).filter(|book| book.revision == stored.stamp.version);
        books.push(match unchanged {
            Some(book) => Arc::clone(book),
            None => Arc::new(load_book(db, &stored).await?),
        });
    }
    let assigned =
        |one: assignment::model::PriceAssignment| (one.to.subject(), Assigned { id: one.id, book: one.book, period: one.period });
    let changed = assignment::store::since(db, current.generation).await?;
    let assignments: Vec<(Subject, Assigned)> = changed.into_iter().map(assigned).collect();
    let mut next = current.next(generation, items, books, assignments);
    next.rates = exchange_rate::store::all(db).await?;
    next.learn(item_cost::store::since(db, current.generation).await?);
    next.learn_releases(change_set::notice::store::since(db, current.generation).await?);
    next.charges.values = index_value::store::all(db).await?;
    for rule in charge_rule::store::all(db).await? {
        next.charges.rules.entry(rule.code.clone()).or_default().push(rule);
    }
    Ok(next)
}

async fn load_book<C: ConnectionTrait>(db: &C, stored: &Pricebook) -> Result<Book, Problem> {
    let history = History::of(&version::store::of_book(db, stored.id).await?);
    let versions = history.published();
    let entries = version::store::published(db, &versions).await?;
    let removals = version::store::removals(db, &versions).await?;
    let mut book = Book::new(stored.id, stored.code.clone(), stored.currency, stored.kind);
    book.parent = stored.parent;
    book.tier_scope = stored.tier_scope;
    book.rounding = stored.rounding.into();
    book.revision = stored.stamp.version;
    for listed in history.list(entries, &removals) {
        book.list(listed);
    }
    Ok(book)
}

/// Follows changes made by other replicas for as long as anybody uses the index. Every replica does this by itself, so it
/// is no leased worker.
pub async fn follow(db: Db, live: Weak<Live>) {
    loop {
        tokio::time::sleep(POLL).await;
        let Some(live) = live.upgrade() else { return };
        if let Err(problem) = live.refresh(db.read()).await {
            tracing::debug!(%problem, "the price index could not be refreshed");
        }
    }
}
