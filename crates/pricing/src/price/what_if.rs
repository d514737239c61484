//! What if: prices as they would be with entries that are not published, saved in a draft or only sent along.
//!
//! Only this reads the database for a price, and only of what was asked about.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::http::StatusCode;
use chrono::NaiveDate;
use kernel::Fault;
use kernel::id::PricebookId;
use platform::problem::Problem;
use platform::scope::RowScope;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::app::Pricing;
use crate::engine::index::Entry;
use crate::engine::supposed::Supposed;
use crate::engine::{Item, PriceIndex};
use crate::version;
use crate::version::entry::{Defaults, NewEntry, clashes, key};
use crate::version::model::{BookVersion, VersionState};

/// Prices that are not published, to be taken for published.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[schema(as = PriceWhatIf)]
#[serde(deny_unknown_fields)]
pub struct WhatIf {
    /// Versions that are not published yet.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub drafts: Vec<DraftRef>,
    /// Entries that are in no draft, from the price date on where they do not say it. One takes the place of those of its key whose periods it overlaps.
    #[serde(default)]
    #[schema(max_items = 500)]
    #[validate(nested)]
    pub entries: Vec<SupposedEntry>,
}

/// A version that is not published.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = PriceDraftRef)]
#[serde(deny_unknown_fields)]
pub struct DraftRef {
    pub book_id: PricebookId,
    #[schema(minimum = 1)]
    pub version_no: i32,
}

/// An entry that a book would have.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[schema(as = SupposedPriceEntry)]
#[serde(deny_unknown_fields)]
pub struct SupposedEntry {
    pub book_id: PricebookId,
    #[validate(nested)]
    pub entry: NewEntry,
}

/// What is supposed of each book, and the version it stands as.
#[derive(Default)]
struct Suppositions {
    books: HashMap<PricebookId, (Supposed, i32)>,
}

/// The index as it would be, for prices of `items`.
///
/// # Errors
/// 409 `not_unpublished`; 422 for a book or version that is not there, and for an entry that no draft would take.
pub(super) async fn suppose(
    app: &Pricing,
    scope: &RowScope,
    index: &PriceIndex,
    (items, price_date): (&[&Item], NaiveDate),
    what_if: &WhatIf,
) -> Result<PriceIndex, Problem> {
    let mut suppositions = Suppositions::default();
    for (place, draft) in what_if.drafts.iter().enumerate() {
        let found = version::store::find(app.db.read(), scope, draft.book_id, draft.version_no).await;
        let unknown = || Fault::field(format!("/what_if/drafts/{place}"), "unknown_version", "There is no such version.");
        let found = found.map_err(|problem| if problem.status() == StatusCode::NOT_FOUND { unknown().into() } else { problem })?;
        suppositions.take_draft(app, items, &found).await?;
    }
    for (place, supposed) in what_if.entries.iter().enumerate() {
        suppositions.take_entry(index, (items, price_date), supposed).map_err(|fault| fault.under(&format!("/what_if/entries/{place}")))?;
    }
    let mut next = index.clone();
    for (id, (supposed, version)) in suppositions.books {
        let book = index.book(id).ok_or_else(|| Fault::not_found(PricebookId::NOUN))?;
        next.replace_book(Arc::new(supposed.in_place_of(book, items, version)));
    }
    Ok(next)
}

impl Suppositions {
    async fn take_draft(&mut self, app: &Pricing, items: &[&Item], draft: &BookVersion) -> Result<(), Problem> {
        if !matches!(draft.state, VersionState::Draft | VersionState::InReview | VersionState::Approved) {
            return Err(Fault::conflict("not_unpublished", format!("Version {} is {}.", draft.no, draft.state.as_str())).into());
        }
        let (added, removed) = version::store::difference(app.db.read(), draft, items).await?;
        let (supposed, version) = self.books.entry(draft.book).or_default();
        supposed.added.extend(added);
        supposed.removed.extend(removed);
        *version = draft.no;
        Ok(())
    }

    fn take_entry(
        &mut self,
        index: &PriceIndex,
        (items, price_date): (&[&Item], NaiveDate),
        supposed: &SupposedEntry,
    ) -> Result<(), Fault> {
        let book = index.book(supposed.book_id).ok_or_else(|| Fault::field("/book_id", "unknown_book", "There is no such pricebook."))?;
        let defaults = Defaults { currency: book.currency, start: price_date };
        let entry = supposed.entry.complete(defaults, index).map_err(|fault| fault.under("/entry"))?;
        let (others, _) = self.books.entry(supposed.book_id).or_default();
        let in_the_way = |other: &Entry| key(other) == key(&entry) && other.period.overlaps(&entry.period);
        if !clashes(&[(0, entry.clone())], &others.added).is_empty() {
            return Err(Fault::field("/entry", "price_overlap", "Two supposed prices of one key overlap."));
        }
        let present = items.iter().flat_map(|item| book.matching(item)).map(|(_, listed)| &listed.entry);
        others.removed.extend(present.filter(|other| in_the_way(other)).map(|other| other.id));
        others.added.push(entry);
        Ok(())
    }
}
