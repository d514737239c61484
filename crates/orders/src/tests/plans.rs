//! The hot reads are served by an index. Read from SQLite's planner, which chooses without statistics.

use kernel::Currency;
use kernel::id::new_uuid;
use platform::scope::RowScope;
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryTrait, Statement};

use super::world::World;
use crate::invoice::store::{Wanted, item_rows, visible};
use crate::{billable, invoice, payment};

async fn plan(world: &World, query: &Statement) -> String {
    let text = format!("EXPLAIN QUERY PLAN {query}");
    let rows = world.app.db.read().query_all_raw(Statement::from_string(DbBackend::Sqlite, text)).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", "detail").unwrap()).collect::<Vec<_>>().join("; ")
}

#[actix_web::test]
async fn the_reads_of_a_payment_and_of_lists_use_their_indexes() {
    let world = World::new().await;
    if world.app.db.backend() != DbBackend::Sqlite {
        println!("skipped: this reads SQLite's query plan");
        return world.app.stop().await;
    }
    let (account, ids) = (new_uuid(), [new_uuid()]);
    let items = |wanted| item_rows(account, Currency::USD, wanted).build(DbBackend::Sqlite);
    let number = ["INV-2026-000001".to_owned()];
    let customer = RowScope::Accounts { accounts: vec![account], sites: None };
    let billables = billable::entity::Entity::find()
        .filter(billable::entity::Column::State.eq("open"))
        .filter(billable::entity::Column::ServiceDate.lt(chrono::NaiveDate::MAX));
    for (name, query, index) in [
        ("oldest", items(Wanted::Oldest(200)), "invoice_open"),
        ("equal", items(Wanted::Balance(100)), "USING INDEX invoice_"),
        ("by id", items(Wanted::Any(&ids)), "sqlite_autoindex_invoice_1"),
        ("by number", items(Wanted::Named { ids: &[], numbers: &number }), "USING INDEX"),
        ("customer", visible(&customer).build(DbBackend::Sqlite), "USING INDEX invoice_"),
        ("lines", line_query(ids[0]), "invoice_line_number"),
        ("billables due", billables.build(DbBackend::Sqlite), "billable_due"),
        ("payments", payment_query(account), "payment_account"),
    ] {
        let plan = plan(&world, &query).await;
        assert!(plan.contains(index) && !plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{name}: {plan}");
    }
    world.app.stop().await;
}

fn line_query(invoice: uuid::Uuid) -> Statement {
    let lines = invoice::line_entity::Entity::find().filter(invoice::line_entity::Column::InvoiceId.eq(invoice));
    sea_orm::QueryOrder::order_by_asc(lines, invoice::line_entity::Column::LineNo).build(DbBackend::Sqlite)
}

fn payment_query(account: uuid::Uuid) -> Statement {
    payment::entity::Entity::find().filter(payment::entity::Column::AccountId.eq(account)).build(DbBackend::Sqlite)
}
