//! Each filter and order of these lists has an index, at a hundred thousand rows.

use kernel::id::ChangeSetId;
use platform::scope::RowScope;
use testkit::plan::{fill, unanswered};

use super::{Bench, pct};
use crate::change_set::entity::{row, set};
use crate::change_set::http::ChangeSetList;
use crate::change_set::notice::entity::notice;
use crate::change_set::notice::http::ChangeNoticeList;
use crate::change_set::rows::ChangeRowList;
use crate::change_set::{notice as notices, rows_store, store};
use crate::item_usage;

#[actix_web::test]
async fn lists_are_answered_by_indexes() {
    let bench = Bench::with(&["A"]).await;
    let account = bench.scene.account();
    bench.bought(account, "A", "1").await;
    let path = bench.published(pct("0.05")).await;
    let id: ChangeSetId = path.rsplit_once('/').unwrap().1.parse().unwrap();
    let db = &bench.scene.app.db;
    fill::<row::Entity>(db, &[("entry_id", "{uuid}")]).await;
    fill::<notice::Entity>(db, &[("account_id", "{uuid}")]).await;
    fill::<item_usage::entity::Entity>(db, &[("account_id", "{uuid}")]).await;
    fill::<set::Entity>(db, &[]).await;
    let none: Vec<String> = Vec::new();
    assert_eq!(unanswered::<ChangeRowList>(db, &rows_store::of_set(id)).await, none);
    assert_eq!(unanswered::<ChangeNoticeList>(db, &notices::store::of_set(id)).await, none);
    assert_eq!(unanswered::<ChangeSetList>(db, &store::visible(&RowScope::All)).await, none);
    assert_eq!(unanswered::<item_usage::http::ItemUsageList>(db, &item_usage::store::visible(&RowScope::All)).await, none);
    bench.scene.app.stop().await;
}
