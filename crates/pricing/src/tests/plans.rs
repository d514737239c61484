//! The hot reads are served by an index at 100,000 entries. Read from SQLite's planner.

use kernel::id::new_uuid;
use platform::scope::RowScope;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, DbBackend, QueryFilter, QueryOrder, QueryTrait, Statement};

use super::scene::Scene;
use crate::version::entity::entry;
use crate::{assignment, item, quote, version};

async fn plan(scene: &Scene, query: &Statement) -> String {
    let text = format!("EXPLAIN QUERY PLAN {query}");
    let rows = scene.app.db.read().query_all_raw(Statement::from_string(DbBackend::Sqlite, text)).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", "detail").unwrap()).collect::<Vec<_>>().join("; ")
}

/// A hundred thousand entries of one version.
const SEED: &str = "INSERT INTO price_entry (id, book_id, version_id, entry_key, selector_kind, uom, currency, terms, starts_on, free, rebate) \
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) \
    SELECT randomblob(16), x'01', x'02', 'item|' || i, 'item', 'each', 'USD', '{}', '2026-01-01', 0, 0 FROM n";

#[actix_web::test]
async fn the_reads_of_versions_lists_and_quotes_use_their_indexes() {
    let scene = Scene::start().await;
    if scene.app.db.backend() != DbBackend::Sqlite {
        println!("skipped: this reads SQLite's query plan");
        return scene.app.stop().await;
    }
    scene.app.db.migrations().execute_unprepared(SEED).await.unwrap();
    scene.app.db.migrations().execute_unprepared("ANALYZE").await.unwrap();
    let chain = [new_uuid(), new_uuid()];
    let keyed =
        version::store::entries_of(&chain).filter(entry::Column::BookId.eq(new_uuid())).filter(entry::Column::EntryKey.is_in(["a", "b"]));
    let content = version::store::entries_of(&chain[..1]).order_by_asc(entry::Column::Id);
    let lane = assignment::entity::Entity::find().filter(assignment::entity::Column::Lane.eq("account|x"));
    let customer = RowScope::Accounts { accounts: vec![new_uuid()], sites: None };
    let conversion = quote::entity::conversion::Entity::find()
        .filter(quote::entity::conversion::Column::QuoteId.eq(new_uuid()))
        .filter(quote::entity::conversion::Column::Reference.eq("o-1"));
    let lines = quote::entity::line::Entity::find()
        .filter(quote::entity::line::Column::VersionId.eq(new_uuid()))
        .order_by_asc(quote::entity::line::Column::No);
    for (name, query, index) in [
        ("entries by key", keyed.build(DbBackend::Sqlite), "price_entry_key"),
        ("content", content.build(DbBackend::Sqlite), "price_entry_version"),
        ("items", item::store::visible(&RowScope::All).order_by_asc(item::entity::Column::Code).build(DbBackend::Sqlite), "item_code"),
        ("lane", lane.build(DbBackend::Sqlite), "price_assignment_lane"),
        ("a customer's quotes", quote::store::visible(&customer).build(DbBackend::Sqlite), "quote_account"),
        ("conversion", conversion.build(DbBackend::Sqlite), "quote_conversion_reference"),
        ("lines", lines.build(DbBackend::Sqlite), "quote_line_no"),
    ] {
        let plan = plan(&scene, &query).await;
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{name}: {plan}");
    }
    scene.app.stop().await;
}
