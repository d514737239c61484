//! Images of versions: their entries in a form that is read many times faster than their rows, so that a service with a million
//! prices starts in seconds.
//!
//! The entries of a version do not change once it is submitted, unless it becomes a draft again, and then its image is taken away. A worker
//! makes images of rows; where one is missing, or was made by a build that wrote another form, the rows are read.

use std::borrow::Cow;

use async_trait::async_trait;
use chrono::{Datelike, NaiveDate};
use kernel::id::PriceEntryId;
use kernel::{Currency, Money, Period, UnitPrice};
use platform::db::{Db, Tx};
use platform::migration::{Migration, table};
use platform::problem::Problem;
use platform::rows::{word, word_or_none};
use platform::worker::{Outcome, Worker};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Query;
use sea_orm::{ConnectionTrait, ExprTrait, QueryOrder, QuerySelect};
use sea_orm_migration::prelude::{Alias, Index, TableCreateStatement};
use sea_orm_migration::schema::{blob, integer, uuid};
use serde::{Deserialize, Serialize};

use super::entity::version;
use super::model::VersionState;
use super::reading;
use super::store::selector;
use crate::engine::Terms;
use crate::engine::index::Entry;
use crate::engine::release::Gates;
use crate::version::entry::selector_columns;

/// Raised whenever [`Packed`] changes, so that no image is read by another build than one of its form.
const FORM: i32 = 2;
/// Entries of one row.
const PART: usize = 20_000;

pub(crate) const MIGRATION: Migration =
    Migration { name: "m0009_version_images", tables: || vec![version_image()], statements: |_| Vec::new() };

fn version_image() -> TableCreateStatement {
    table("version_image")
        .col(uuid("version_id"))
        .col(integer("part"))
        .col(integer("parts"))
        .col(integer("form"))
        .col(blob("entries"))
        .primary_key(Index::create().col(Alias::new("version_id")).col(Alias::new("part")))
        .take()
}

#[expect(unreachable_pub, reason = "the derive makes public types of these")]
mod entity {
    //! The table of images.
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "version_image")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub version_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub part: i32,
        /// How many parts there are.
        pub parts: i32,
        pub form: i32,
        #[sea_orm(column_type = "Blob")]
        pub entries: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{ActiveModel, Column, Entity};

/// An entry as an image has it.
#[derive(Serialize, Deserialize)]
struct Packed<'a> {
    id: Uuid,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    item: Option<Uuid>,
    path: Option<String>,
    #[serde(borrow)]
    uom: Cow<'a, str>,
    #[serde(borrow)]
    currency: Cow<'a, str>,
    site: Option<Uuid>,
    profile: Option<Uuid>,
    #[serde(borrow)]
    terms: PackedTerms<'a>,
    /// Days are counted in the common era.
    start: i32,
    end: Option<i32>,
    min_charge: Option<i64>,
    free: bool,
    rebate: bool,
    tier_scope: Option<String>,
    start_gate: Option<Uuid>,
    end_gate: Option<Uuid>,
    lapses: Option<i32>,
}

/// The terms of an entry; most are one price, which needs no JSON.
#[derive(Serialize, Deserialize)]
enum PackedTerms<'a> {
    Flat(i64),
    #[serde(borrow)]
    Json(Cow<'a, str>),
}

impl<'a> Packed<'a> {
    fn of(entry: &'a Entry) -> Result<Self, Problem> {
        let (kind, item, path) = selector_columns(&entry.selector);
        let terms = match &entry.terms {
            Terms::Flat { unit_price } => PackedTerms::Flat(unit_price.scaled()),
            terms => PackedTerms::Json(serde_json::to_string(terms)?.into()),
        };
        Ok(Self {
            id: entry.id.uuid(),
            kind: kind.into(),
            item,
            path,
            uom: entry.uom.as_str().into(),
            currency: entry.currency.code().into(),
            site: entry.site.map(Into::into),
            profile: entry.profile,
            terms,
            start: entry.period.start.num_days_from_ce(),
            end: entry.period.end.map(|end| end.num_days_from_ce()),
            min_charge: entry.min_charge.map(Money::minor),
            free: entry.free,
            rebate: entry.rebate,
            tier_scope: entry.tier_scope.map(|scope| scope.as_str().to_owned()),
            start_gate: entry.gates.start.map(Into::into),
            end_gate: entry.gates.end.map(Into::into),
            lapses: entry.gates.lapses.map(|day| day.num_days_from_ce()),
        })
    }

    fn entry(self) -> Result<Entry, Problem> {
        let day = |days| NaiveDate::from_num_days_from_ce_opt(days).ok_or_else(|| Problem::internal("an image has no such day"));
        let currency: Currency = word(&self.currency)?;
        let terms = match self.terms {
            PackedTerms::Flat(scaled) => Terms::Flat { unit_price: UnitPrice::from_scaled(scaled) },
            PackedTerms::Json(text) => serde_json::from_str(&text)?,
        };
        Ok(Entry {
            id: PriceEntryId::from_uuid(self.id),
            selector: selector(&self.kind, self.item, self.path)?,
            uom: self.uom.into_owned(),
            currency,
            site: self.site.map(Into::into),
            profile: self.profile,
            terms,
            period: Period { start: day(self.start)?, end: self.end.map(day).transpose()? },
            min_charge: self.min_charge.map(|minor| Money::from_minor(minor, currency)),
            free: self.free,
            rebate: self.rebate,
            tier_scope: word_or_none(self.tier_scope.as_deref())?,
            gates: Gates {
                start: self.start_gate.map(Into::into),
                end: self.end_gate.map(Into::into),
                lapses: self.lapses.map(day).transpose()?,
            },
        })
    }
}

/// The entries of a version by its image; none when it has none that this build reads.
///
/// # Errors
/// Those of the database; `internal` when the image is broken.
pub(super) async fn of<C: ConnectionTrait>(db: &C, version: Uuid) -> Result<Option<Vec<Entry>>, Problem> {
    let parts = Entity::find().filter(Column::VersionId.eq(version)).filter(Column::Form.eq(FORM)).order_by_asc(Column::Part);
    let parts = parts.all(db).await?;
    if parts.first().is_none_or(|first| i32::try_from(parts.len()) != Ok(first.parts)) {
        return Ok(None);
    }
    let mut entries = Vec::new();
    for part in &parts {
        let packed: Vec<Packed<'_>> = postcard::from_bytes(&part.entries).map_err(Problem::internal)?;
        entries.reserve(packed.len());
        for one in packed {
            entries.push(one.entry()?);
        }
    }
    Ok(Some(entries))
}

/// Takes away the image of a version whose entries may change again.
///
/// # Errors
/// Those of the database.
pub(super) async fn forget<C: ConnectionTrait>(db: &C, version: Uuid) -> Result<(), Problem> {
    Entity::delete_many().filter(Column::VersionId.eq(version)).exec(db).await?;
    Ok(())
}

/// Makes the images that are missing.
pub struct Imaging {
    db: Db,
}

impl Imaging {
    #[must_use]
    pub const fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait(?Send)]
impl Worker for Imaging {
    fn name(&self) -> &'static str {
        "pricing.images"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let Some((version, stamp)) = without_image(self.db.read()).await? else { return Ok(Outcome::Idle) };
        let mut entries = Vec::new();
        reading::each(self.db.read(), version, |entry| {
            entries.push(entry);
            Ok(())
        })
        .await?;
        let parts = parts(version, &entries)?;
        self.db.write("version_image.make", async |tx| keep(tx, (version, stamp), &parts).await).await?;
        Ok(Outcome::Worked(1))
    }
}

/// Keeps the image of a version, unless that took a step since it was read; then the next step makes it anew.
async fn keep(tx: &Tx, (version, stamp): (Uuid, i64), parts: &[ActiveModel]) -> Result<(), Problem> {
    let same = version::Entity::update_many().col_expr(version::Column::Version, Expr::col(version::Column::Version));
    let same = same.filter(version::Column::Id.eq(version)).filter(version::Column::Version.eq(stamp));
    if same.exec(tx).await?.rows_affected == 0 {
        return Ok(());
    }
    forget(tx, version).await?;
    for part in parts {
        Entity::insert(part.clone()).exec_without_returning(tx).await?;
    }
    Ok(())
}

fn parts(version: Uuid, entries: &[Entry]) -> Result<Vec<ActiveModel>, Problem> {
    let mut chunks: Vec<&[Entry]> = entries.chunks(PART).collect();
    if chunks.is_empty() {
        // A version that only takes out has an image too.
        chunks.push(&[]);
    }
    let parts = i32::try_from(chunks.len()).map_err(Problem::internal)?;
    let pack = |(part, chunk): (i32, &[Entry])| {
        let packed: Vec<Packed<'_>> = chunk.iter().map(Packed::of).collect::<Result<_, _>>()?;
        let entries = postcard::to_stdvec(&packed).map_err(Problem::internal)?;
        Ok(ActiveModel { version_id: Set(version), part: Set(part), parts: Set(parts), form: Set(FORM), entries: Set(entries) })
    };
    (0_i32..).zip(chunks).map(pack).collect()
}

/// A version that no longer changes, or was published, and has no image that this build reads; with its row's version.
async fn without_image<C: ConnectionTrait>(db: &C) -> Result<Option<(Uuid, i64)>, Problem> {
    let made =
        Query::select().column(Column::VersionId).from(Entity).and_where(Column::Form.eq(FORM)).and_where(Column::Part.eq(0)).to_owned();
    let waits = [VersionState::InReview, VersionState::Approved].map(VersionState::as_str);
    let settled = version::Column::PublishedAt.is_not_null().or(version::Column::State.is_in(waits));
    let query = version::Entity::find().select_only().columns([version::Column::Id, version::Column::Version]).filter(settled);
    Ok(query.filter(version::Column::Id.not_in_subquery(made)).into_tuple().one(db).await?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::engine::TierScope;
    use crate::engine::index::Selector;
    use crate::engine::samples::{day, entry, flat, item, minimum, site, tiers};
    use crate::live::Live;
    use crate::tests::scene::Scene;

    #[test]
    fn an_image_has_all_that_an_entry_says() {
        let drum = item("DRUM55", "each");
        let mut full = entry(&drum, Terms::Volume { tiers: tiers(&[("0", "185.00"), ("5", "172.50")]) });
        full.selector = Selector::Category("disposal/drums".into());
        (full.site, full.profile) = (Some(site()), Some(kernel::id::new_uuid()));
        full.period = Period::new(day("1999-02-28"), Some(day("2100-01-01"))).unwrap();
        (full.min_charge, full.free, full.rebate, full.tier_scope) = (minimum("20.00"), true, true, Some(TierScope::Month));
        let entries = [full, entry(&drum, flat("10.123456")), entry(&drum, flat("-1"))];
        let packed: Vec<Packed<'_>> = entries.iter().map(|entry| Packed::of(entry).unwrap()).collect();
        let bytes = postcard::to_stdvec(&packed).unwrap();
        let back: Vec<Packed<'_>> = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(back.into_iter().map(|one| one.entry().unwrap()).collect::<Vec<_>>(), entries);
    }

    #[actix_web::test]
    async fn what_is_read_of_images_is_what_the_rows_say() {
        let scene = Scene::start().await;
        let code = |n: usize| format!("I{n}");
        for n in 0..3 {
            let _ = scene.item(&code(n), "each").await;
        }
        let price = |n: usize, price: &str| json!({"item_code": code(n), "terms": {"model": "flat", "unit_price": price}});
        let book = scene.published("STD", "standard", json!([price(0, "1"), price(1, "2")])).await;
        let draft = scene.draft(book, "2026-02-01").await;
        let _ = scene.add(&draft, json!([price(2, "4")])).await.expect(201);
        let imaging = Imaging::new(scene.app.db.clone());
        let _ = scene.step(&draft, "submit").await.expect(200);
        while imaging.step().await.unwrap() != Outcome::Idle {}
        let _ = scene.step(&draft, "return").await.expect(200);
        let _ = scene.add(&draft, json!([{"item_code": "I2", "uom": "each", "site_id": kernel::id::new_uuid(), "terms": {"model": "flat", "unit_price": "3"}}])).await.expect(201);
        scene.publish(&draft).await;
        let loaded = async || {
            let live = Live::default();
            let _ = live.refresh(scene.app.db.read()).await.unwrap();
            let mut all: Vec<_> = live.current().book(book.into()).unwrap().entries().cloned().collect();
            all.sort_by_key(|listed| listed.entry.id);
            all
        };
        let of_rows = loaded().await;
        assert_eq!([imaging.step().await.unwrap(), imaging.step().await.unwrap()], [Outcome::Worked(1), Outcome::Idle]);
        assert_eq!(without_image(scene.app.db.read()).await.unwrap(), None);
        assert_eq!((of_rows.len(), loaded().await), (4, of_rows));
        scene.app.stop().await;
    }
}
