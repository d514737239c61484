//! Every list is served by an index: the query plans are read, with the filters and orders a caller may combine.

use platform::page::{CursorKey, ListSpec, Listing};
use platform::scope::RowScope;
use sea_orm::{ConnectionTrait, DbBackend, QuerySelect, QueryTrait, Select, Statement};
use testkit::App;

use crate::account::http::queries::AccountList;
use crate::assignment::http::AssignmentList;
use crate::contact::http::queries::ContactList;
use crate::contract::http::queries::ContractList;
use crate::site::http::queries::SiteList;
use crate::testing::start;
use crate::{account, assignment, contact, contract, site};

/// The steps of the plan for one page.
async fn plan<S: ListSpec>(app: &App, select: Select<S::Entity>, query: &str) -> Vec<String> {
    let listing = Listing::<S>::parse(query, &CursorKey::new(b"plans")).unwrap();
    let page = listing.select(select, DbBackend::Sqlite).limit(51).build(DbBackend::Sqlite);
    let explain = Statement { sql: format!("EXPLAIN QUERY PLAN {}", page.sql), ..page };
    let rows = app.db.read().query_all_raw(explain).await.unwrap();
    rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect()
}

/// Demands that a page is read in the order of an index, or found by one.
async fn by_index<S: ListSpec>(app: &App, select: Select<S::Entity>, queries: &[&str]) {
    for query in queries {
        let steps = plan::<S>(app, select.clone(), query).await;
        assert!(steps.iter().all(|step| step.contains("INDEX") || step.contains("USING PRIMARY KEY")), "{query}: {steps:?}");
    }
}

#[actix_web::test]
async fn every_list_reads_an_index() {
    let (app, _) = start().await;
    if app.db.backend() != DbBackend::Sqlite {
        return app.stop().await;
    }
    let all = RowScope::All;
    let id = "filter[account_id]=01999c3e-5c1c-7a3f-9d38-6f0f5d1c2b4a";
    let accounts = [
        "",
        "sort=name",
        "sort=-updated_at",
        "filter[status]=active",
        "filter[type]=customer",
        "filter[segment]=a",
        "filter[external_ref]=x",
    ];
    by_index::<AccountList>(&app, account::store::visible(&all), &accounts).await;
    let sites = ["", id, "sort=name", "filter[postal_code]=60606", "filter[state]=IL", "sort=updated_at", "filter[external_ref]=x"];
    by_index::<SiteList>(&app, site::store::visible(&all), &sites).await;
    by_index::<ContactList>(&app, contact::store::visible(&all), &["", "sort=name", "filter[external_ref]=x"]).await;
    by_index::<AssignmentList>(&app, assignment::store::visible(&all), &["", id]).await;
    by_index::<ContractList>(&app, contract::store::visible(&all), &["", id, "filter[status]=active", "filter[kind]=msa"]).await;
    app.stop().await;
}
