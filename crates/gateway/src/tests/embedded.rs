use platform::caller::Public;
use platform::migration::Migrations;
use platform::operation::Operations;
use platform::operations;
use platform::reply::Reply;
use platform::service::Service;
use serde::Serialize;
use utoipa::ToSchema;

use super::*;

#[derive(Serialize, ToSchema)]
struct Mark {
    service: &'static str,
}

mod apples {
    use super::*;

    /// Fetch a long operation.
    #[utoipa::path(get, path = "/v1/operations/{operation_id}", params(("operation_id" = String, Path)), responses((status = 200, body = Mark)))]
    async fn fetch(_caller: Public) -> Result<Reply, Problem> {
        Reply::ok(&Mark { service: "apples" })
    }

    pub(super) fn operations() -> Operations {
        operations!["apple-operations"; fetch]
    }
}

mod limes {
    use super::*;

    /// Fetch a long operation.
    #[utoipa::path(get, path = "/v1/operations/{operation_id}", params(("operation_id" = String, Path)), responses((status = 200, body = Mark)))]
    async fn fetch(_caller: Public) -> Result<Reply, Problem> {
        Reply::ok(&Mark { service: "limes" })
    }

    /// Fetch a lime.
    #[utoipa::path(get, path = "/v1/limes", responses((status = 200, body = Mark)))]
    async fn list(_caller: Public) -> Result<Reply, Problem> {
        Reply::ok(&Mark { service: "limes" })
    }

    pub(super) fn operations() -> Operations {
        operations!["limes"; fetch, list]
    }
}

fn service(name: &'static str, number: u8, operations: fn() -> Operations) -> Service {
    fn none() -> Migrations {
        Vec::new()
    }
    Service {
        name,
        about: "A test service.",
        number,
        operations,
        migrations: none,
        start: |_| Box::pin(async { Err(Problem::internal("not started in this test")) }),
    }
}

#[actix_web::test]
async fn in_one_process_each_service_answers_what_is_its_own() {
    let services = [service("apples", 7, apples::operations), service("limes", 8, limes::operations)];
    let parts: Vec<Part> = services.iter().map(Part::of).collect();
    let routes = Arc::new(RouteTable::new(&parts));
    let edge = Arc::new(Edge::new(&settings(&[]), routes, Arc::new(FakeExchange::default())));
    let document = Arc::new(MergedDocument::new(parts));
    let behind = |service: Service| mount::Behind { name: service.name, routing: service.all_operations().routing(), data: nothing() };
    let mounted: Vec<mount::Behind> = services.into_iter().map(behind).collect();
    let running =
        serve::start(free(), 1, &Health::new(Vec::new()), move |config| mount::embedded(config, &edge, &document, &mounted)).unwrap();
    let fetch = async |path: &str| get(format!("{}{path}", running.url())).await;
    assert_eq!(fetch("/v1/operations/0197c0de-0000-7000-8000-000000000007").await.json()["service"], "apples");
    assert_eq!(fetch("/v1/operations/0197c0de-0000-7000-8000-000000000008").await.json()["service"], "limes");
    assert_eq!(fetch("/v1/operations/0197c0de-0000-7000-8000-000000000009").await.status, 404);
    let limes = fetch("/v1/limes").await;
    assert_eq!(limes.json()["service"], "limes");
    assert_eq!(limes.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(fetch("/readyz").await.header("ratelimit"), None, "health is before the edge");
    assert_eq!(fetch("/openapi.json").await.status, 200);
}

fn nothing() -> mount::Data {
    Arc::new(|_| {})
}
