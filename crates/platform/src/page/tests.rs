use chrono::{DateTime, Utc};
use proptest::prelude::*;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{Database, DatabaseConnection, QueryTrait, Statement};

use super::*;

mod task {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "task")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) id: Uuid,
        pub(super) state: String,
        pub(super) rank: i64,
        pub(super) due_at: Option<DateTimeUtc>,
        pub(super) title: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(Serialize, ToSchema)]
struct TaskView {
    id: Uuid,
    state: String,
    rank: i64,
}

struct TaskList;

impl ListSpec for TaskList {
    type Entity = task::Entity;
    type View = TaskView;
    const FIELDS: &'static [Field<task::Column>] = &[
        Field::choice("state", task::Column::State, &["open", "done"]),
        Field::integer("rank", task::Column::Rank).sortable(),
        Field::instant("due_at", task::Column::DueAt).sortable().nullable(),
        Field::text("title", task::Column::Title).containing(),
        Field::external("tag", Kind::Text),
    ];
    const DEFAULT_SORT: &'static str = "-rank";
    const SEARCH: bool = true;
    const INCLUDES: &'static [&'static str] = &["owner"];
}

fn key() -> CursorKey {
    CursorKey::new(b"a key for tests only")
}

fn read(query: &str) -> Listing<TaskList> {
    Listing::parse(query, &key()).unwrap_or_else(|fault| panic!("{query}: {fault:?}"))
}

fn refused(query: &str) -> Fault {
    Listing::<TaskList>::parse(query, &key()).err().unwrap_or_else(|| panic!("{query} was accepted"))
}

async fn database() -> DatabaseConnection {
    let db = connect("sqlite::memory:").await;
    let table = "CREATE TABLE task (id BLOB PRIMARY KEY, state TEXT NOT NULL, rank INTEGER NOT NULL, due_at TEXT, title TEXT NOT NULL)";
    db.execute_unprepared(table).await.unwrap();
    db.execute_unprepared("CREATE INDEX task_rank ON task (rank, id)").await.unwrap();
    db
}

async fn connect(url: &str) -> DatabaseConnection {
    let mut options = sea_orm::ConnectOptions::new(url.to_owned());
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

/// The same table on PostgreSQL, for one connection only; none where no server is given.
#[expect(clippy::disallowed_methods, reason = "a test's server is named by the environment")]
async fn postgres() -> Option<DatabaseConnection> {
    let Ok(url) = std::env::var("LIAISON_TEST_POSTGRES") else {
        println!("skipped: LIAISON_TEST_POSTGRES names no server");
        return None;
    };
    let db = connect(&url).await;
    let table =
        "CREATE TEMP TABLE task (id uuid PRIMARY KEY, state text NOT NULL, rank bigint NOT NULL, due_at timestamptz, title text NOT NULL)";
    db.execute_unprepared(table).await.unwrap();
    db.execute_unprepared("CREATE INDEX task_rank ON task (rank, id)").await.unwrap();
    Some(db)
}

async fn plan(db: &DatabaseConnection, explain: &str, column: &str, query: &str) -> Vec<String> {
    let backend = db.get_database_backend();
    let mut statement: Statement = read(query).select(task::Entity::find(), backend).limit(51).build(backend);
    statement.sql.insert_str(0, explain);
    db.query_all_raw(statement).await.unwrap().iter().map(|row| row.try_get("", column).unwrap()).collect()
}

fn row(number: u128, rank: i64, due: Option<i64>) -> task::Model {
    task::Model {
        id: Uuid::from_u128(number),
        state: if number.is_multiple_of(2) { "open" } else { "done" }.to_owned(),
        rank,
        due_at: due.map(|micros| DateTime::<Utc>::from_timestamp_micros(micros).unwrap()),
        title: format!("Task {number} 100%_É"),
    }
}

async fn insert(db: &DatabaseConnection, model: task::Model) {
    let row = task::ActiveModel {
        id: Set(model.id),
        state: Set(model.state),
        rank: Set(model.rank),
        due_at: Set(model.due_at),
        title: Set(model.title),
    };
    task::Entity::insert(row).exec_without_returning(db).await.unwrap();
}

async fn page(db: &DatabaseConnection, query: &str, cursor: Option<&str>) -> Page<task::Model> {
    let query = cursor.map_or_else(|| query.to_owned(), |cursor| format!("{query}&cursor={cursor}"));
    read(&query).page(db, task::Entity::find()).await.unwrap()
}

#[test]
fn every_fault_is_reported_at_once() {
    let fault =
        refused("limit=0&colour=red&filter[size]=1&filter[state][lt]=open&filter[state]=gone&filter[rank][in]=1,x&sort=title&fields=cost");
    assert_eq!((fault.kind, fault.code.as_ref()), (kernel::FaultKind::Malformed, "invalid_query"));
    let found: Vec<(&str, &str)> = fault.errors.iter().map(|error| (error.pointer.as_str(), error.code.as_ref())).collect();
    let expected = [
        ("?limit", "invalid_limit"),
        ("?colour", "unknown_parameter"),
        ("?filter[size]", "unknown_field"),
        ("?filter[state][lt]", "unknown_operator"),
        ("?filter[state]", "invalid_value"),
        ("?filter[rank][in]", "invalid_value"),
        ("?fields", "unknown_field"),
        ("?sort", "unknown_field"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn one_kind_of_fault_names_the_whole() {
    for (query, code) in [
        ("limit=201", "invalid_limit"),
        ("limit=-1", "invalid_limit"),
        ("limit=5&limit=5", "repeated_parameter"),
        ("filter[state]=open&filter[state][eq]=done", "repeated_parameter"),
        ("sort=rank,-rank", "invalid_value"),
        ("sort=", "unknown_field"),
        ("include=price", "unknown_include"),
        ("filter[due_at][gt]=yesterday", "invalid_value"),
        ("filter[due_at][gt]=2026-01-01T00:00:00+00:00", "invalid_value"),
        ("filter[title]=a%00b", "invalid_value"),
        ("q=", "invalid_value"),
        ("filter[title", "unknown_parameter"),
        ("filter[id][exists]=true", "unknown_operator"),
        ("cursor=abc", "invalid_cursor"),
        ("cursor=", "invalid_cursor"),
    ] {
        assert_eq!(refused(query).code, code, "{query}");
    }
}

#[test]
fn a_query_is_read_in_full() {
    let listing = read("limit=200&q=+leak+&include=owner&filter%5Btag%5D=hot&sort=-due_at&fields=id,rank");
    assert_eq!((listing.limit(), listing.search(), listing.includes("owner")), (200, Some("leak"), true));
    assert_eq!(listing.filters_on("tag").next().unwrap().values, [Scalar::Text("hot".to_owned())]);
}

#[tokio::test]
async fn filters_choose_rows() {
    filters(&database().await).await;
}

async fn filters(db: &DatabaseConnection) {
    for number in 1..=6 {
        insert(db, row(number, i64::try_from(number).unwrap() * 10, (number > 3).then_some(1_000_000))).await;
    }
    for (query, ranks) in [
        ("filter[state]=open", vec![20, 40, 60]),
        ("filter[state][ne]=open", vec![10, 30, 50]),
        ("filter[rank][gte]=20&filter[rank][lt]=50", vec![20, 30, 40]),
        ("filter[rank][in]=10,60,70", vec![10, 60]),
        ("filter[rank][nin]=10,60,70", vec![20, 30, 40, 50]),
        ("filter[due_at][exists]=false", vec![10, 20, 30]),
        ("filter[due_at][ne]=1970-01-01T00:00:01Z", vec![10, 20, 30]),
        ("filter[due_at]=1970-01-01T00:00:01Z", vec![40, 50, 60]),
        ("filter[title][contains]=tASK%203%20100%25_%C3%89", vec![30]),
        ("filter[title][contains]=%25%25", vec![]),
        ("filter[id]=00000000-0000-0000-0000-000000000005", vec![50]),
    ] {
        let found = page(db, &format!("sort=rank&count=true&limit=200&{query}"), None).await;
        let first = page(db, &format!("sort=rank&count=true&limit=1&{query}"), None).await;
        let count = i64::try_from(found.data.len()).ok();
        assert_eq!((found.count, first.count), (count, count), "{query}");
        assert_eq!(found.data.iter().map(|row| row.rank).collect::<Vec<_>>(), ranks, "{query}");
    }
}

#[tokio::test]
async fn a_cursor_belongs_to_its_list() {
    let db = database().await;
    for number in 1..=3 {
        insert(&db, row(number, 0, None)).await;
    }
    let cursor = page(&db, "limit=1&sort=rank", None).await.next_cursor.unwrap();
    for query in ["sort=-rank", "sort=rank&filter[state]=open", "sort=rank&q=x", "sort=rank,due_at"] {
        assert_eq!(refused(&format!("{query}&cursor={cursor}")).code, "cursor_mismatch", "{query}");
    }
    // Another limit or another choice of members does not change the order of rows.
    assert!(Listing::<TaskList>::parse(&format!("sort=rank&limit=2&fields=id&cursor={cursor}"), &key()).is_ok());
    assert!(Listing::<TaskList>::parse(&format!("sort=rank&cursor={cursor}"), &CursorKey::new(b"another key")).is_err());
    for index in 0..cursor.len() {
        let mut bytes = cursor.clone().into_bytes();
        bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
        let tampered = String::from_utf8(bytes).unwrap();
        assert_eq!(refused(&format!("sort=rank&cursor={tampered}")).code, "invalid_cursor", "{tampered}");
    }
}

#[tokio::test]
async fn an_answer_has_only_the_chosen_members_and_links_to_the_next_page() {
    let db = database().await;
    for number in 1..=2 {
        insert(&db, row(number, 7, None)).await;
    }
    let listing = read("limit=1&fields=rank");
    let page = listing.page(&db, task::Entity::find()).await.unwrap();
    let view = |row: task::Model| TaskView { id: row.id, state: row.state, rank: row.rank };
    let reply = listing.reply(&page.map(view)).unwrap();
    let body: serde_json::Value = serde_json::from_slice(reply.body()).unwrap();
    assert_eq!(body["data"], serde_json::json!([{"rank": 7}]));
    let cursor = body["next_cursor"].as_str().unwrap();
    assert_eq!(reply.links.unwrap(), format!("<?limit=1&fields=rank&cursor={cursor}>; rel=\"next\""));
}

#[tokio::test]
async fn sqlite_seeks_and_orders_by_the_index() {
    let db = database().await;
    for number in 1..=3 {
        insert(&db, row(number, 0, None)).await;
    }
    for sort in ["rank", "-rank"] {
        let cursor = page(&db, &format!("limit=1&sort={sort}"), None).await.next_cursor.unwrap();
        let plan = plan(&db, "EXPLAIN QUERY PLAN ", "detail", &format!("sort={sort}&cursor={cursor}")).await;
        assert_eq!(plan.len(), 1, "{plan:?}");
        assert!(plan[0].starts_with("SEARCH task USING INDEX task_rank"), "{plan:?}");
    }
}

#[tokio::test]
async fn postgresql_pages_alike_and_by_the_index() {
    let Some(db) = postgres().await else { return };
    let rows: Vec<(i64, Option<i64>)> = (0..40).map(|number| (number % 5, (number % 3 > 0).then_some(number % 4))).collect();
    for sort in SORTS {
        walk(&db, &rows, &[Disturbance::Delete(7), Disturbance::Insert(2, None), Disturbance::Insert(1, Some(2))], sort, 3).await;
        db.execute_unprepared("TRUNCATE task").await.unwrap();
    }
    filters(&db).await;
    let fill = "INSERT INTO task SELECT gen_random_uuid(), 'open', n % 5000, NULL, 'x' FROM generate_series(1, 20000) n";
    db.execute_unprepared(fill).await.unwrap();
    db.execute_unprepared("ANALYZE task").await.unwrap();
    for sort in ["rank", "-rank"] {
        let cursor = page(&db, &format!("limit=1&sort={sort}"), None).await.next_cursor.unwrap();
        let plan = plan(&db, "EXPLAIN ", "QUERY PLAN", &format!("sort={sort}&cursor={cursor}")).await.join("\n");
        assert!(plan.contains("using task_rank") && plan.contains("Index Cond: (ROW(") && !plan.contains("Sort"), "{plan}");
    }
}

#[utoipa::path(get, path = "/v1/tasks", params(Listing<TaskList>), responses((status = 200, body = Page<TaskView>)))]
async fn list(_: crate::caller::Public, listing: Listing<TaskList>) -> Result<Reply, Problem> {
    listing.reply(&Page::<TaskView> { data: Vec::new(), next_cursor: None, count: None })
}

#[test]
fn the_document_lists_exactly_what_is_accepted() {
    let operations = crate::operations!["tasks"; list];
    let text = crate::openapi::text(&crate::openapi::document("tasks", "Tasks.", &operations));
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let parameters = document["paths"]["/v1/tasks"]["get"]["parameters"].as_array().unwrap();
    let names: Vec<&str> = parameters.iter().map(|parameter| parameter["name"].as_str().unwrap()).collect();
    for expected in ["limit", "cursor", "sort", "fields", "include", "q", "filter[state][in]", "filter[due_at][exists]", "filter[id][eq]"] {
        assert!(names.contains(&expected), "{expected} is missing from {names:?}");
    }
    assert!(!names.contains(&"filter[state][lt]"));
    assert!(parameters.iter().all(|parameter| parameter["schema"].is_object()));
    assert_eq!(document["components"]["schemas"]["Page_TaskView"]["properties"]["data"]["maxItems"], 200);
}

const SORTS: [&str; 6] = ["rank", "-rank", "due_at", "-due_at", "-rank,due_at,id", "rank,-id"];

/// What happens between two pages.
#[derive(Clone, Debug)]
enum Disturbance {
    Insert(i64, Option<i64>),
    Delete(usize),
}

fn disturbance() -> impl Strategy<Value = Disturbance> {
    prop_oneof![
        (-3_i64..3, prop::option::of(0_i64..4)).prop_map(|(rank, due)| Disturbance::Insert(rank, due)),
        any::<usize>().prop_map(Disturbance::Delete),
    ]
}

/// Walks a list while rows come and go; every row that was there all the time is seen exactly once, in order.
async fn walk(db: &DatabaseConnection, rows: &[(i64, Option<i64>)], disturbances: &[Disturbance], sort: &str, limit: usize) {
    let mut stable = Vec::new();
    for (number, (rank, due)) in (1..).zip(rows) {
        // Not in the order of their creation, so that the identifier alone does not give the order.
        let model = row(number * 7919 % 1_000_003, *rank, *due);
        stable.push(model.id);
        insert(db, model).await;
    }
    let (mut seen, mut cursor, mut fresh): (Vec<task::Model>, Option<String>, u128) = (Vec::new(), None, 2_000_000);
    let mut disturbances = disturbances.iter();
    loop {
        let found = page(db, &format!("sort={sort}&limit={limit}"), cursor.as_deref()).await;
        assert!(found.data.len() <= limit);
        seen.extend(found.data);
        match disturbances.next() {
            Some(Disturbance::Insert(rank, due)) => {
                fresh += 1;
                insert(db, row(fresh, *rank, *due)).await;
            }
            Some(Disturbance::Delete(index)) if !stable.is_empty() => {
                let gone = stable.swap_remove(index % stable.len());
                task::Entity::delete_by_id(gone).exec(db).await.unwrap();
            }
            _ => {}
        }
        match found.next_cursor {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    for id in stable {
        assert_eq!(seen.iter().filter(|row| row.id == id).count(), 1, "{id} in {sort}");
    }
    let mut ordered = seen.clone();
    ordered.sort_by(|left, right| order(sort, left, right));
    assert_eq!(seen, ordered, "{sort}");
}

fn order(sort: &str, left: &task::Model, right: &task::Model) -> std::cmp::Ordering {
    let by_due = || right.due_at.is_some().cmp(&left.due_at.is_some());
    match sort {
        "rank" => (left.rank, left.id).cmp(&(right.rank, right.id)),
        "-rank" => (right.rank, right.id).cmp(&(left.rank, left.id)),
        "due_at" => by_due().then_with(|| (left.due_at, left.id).cmp(&(right.due_at, right.id))),
        "-due_at" => by_due().then_with(|| (right.due_at, right.id).cmp(&(left.due_at, left.id))),
        "-rank,due_at,id" => {
            right.rank.cmp(&left.rank).then_with(by_due).then_with(|| (left.due_at, left.id).cmp(&(right.due_at, right.id)))
        }
        _ => left.rank.cmp(&right.rank).then_with(|| right.id.cmp(&left.id)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_walk_sees_each_stable_row_once(
        rows in prop::collection::vec((-3_i64..3, prop::option::of(0_i64..4)), 0..25),
        disturbances in prop::collection::vec(disturbance(), 0..10),
        sort in prop::sample::select(SORTS.to_vec()),
        limit in 1_usize..6,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { walk(&database().await, &rows, &disturbances, sort, limit).await });
    }
}

proptest! {
    #[test]
    fn no_query_string_panics(query in ".{0,80}") {
        let _ = Listing::<TaskList>::parse(&query, &key());
    }

    #[test]
    fn no_value_panics(
        name in prop::sample::select(vec!["limit", "cursor", "sort", "fields", "include", "q", "filter[rank]", "filter[due_at][lte]", "filter[id][in]"]),
        value in "[-A-Za-z0-9+:.,%]{0,40}",
    ) {
        let _ = Listing::<TaskList>::parse(&format!("{name}={value}"), &key());
    }
}
