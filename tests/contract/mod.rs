//! Checks that run over every operation of the API document, as the running deployment gives it.
//!
//! No operation is named here to be checked: what a service adds is checked by being documented. Every check goes on after
//! a finding and fails at its end with all of them. An operation that cannot keep a rule stands in a list with its reason.

mod access;
mod bodies;
mod document;
mod findings;
mod fixtures;
mod lists;
mod paths;
mod rows;
mod sample;
mod writes;

use serde_json::json;
use testkit::Client;

use crate::harness::Deployment;
use document::Api;

/// A deployment, its document, one caller who may do everything and one who may do nothing.
struct Bench {
    deployment: Deployment,
    api: Api,
    operator: Client,
    nobody: Client,
}

impl Bench {
    async fn of(deployment: Deployment) -> Self {
        let operator = deployment.operator();
        let api = Api::read(&deployment.anonymous().get("/openapi.json").await.expect(200).body);
        // A role needs a permission; this one lets its holder see the own name only.
        let _ = operator.post("/v1/roles", json!({"name": "nobody", "permissions": ["me:read"]})).await.expect(201);
        let nobody = deployment.person(&operator, "nobody@liaison.example", json!({"name": "Nobody", "roles": ["nobody"]})).await;
        Self { deployment, api, operator, nobody }
    }
}

/// Runs a check in both topologies.
macro_rules! in_both_topologies {
    ($($check:path as $name:ident),+ $(,)?) => {$(
        mod $name {
            use super::{Bench, Deployment};

            #[tokio::test]
            async fn embedded() {
                let bench = Bench::of(Deployment::embedded().await).await;
                $check(&bench).await;
                bench.deployment.stop().await;
            }

            #[tokio::test]
            async fn split() {
                let bench = Bench::of(Deployment::split().await).await;
                $check(&bench).await;
                bench.deployment.stop().await;
            }
        }
    )+};
}

in_both_topologies!(
    super::access::check as access_is_refused_without_the_permission,
    super::bodies::check as bodies_are_read_strictly,
    super::lists::check as lists_refuse_what_they_do_not_know,
    super::paths::check as paths_and_methods_are_exact,
    super::rows::check as foreign_rows_are_not_there,
    super::writes::check as writes_are_versioned_and_repeatable,
    super::lists::walk as a_walk_sees_every_row_once_while_rows_come_in,
);
