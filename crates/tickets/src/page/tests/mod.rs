//! Pages through the API.

mod answers;
mod chain;

use serde_json::Value;
use uuid::Uuid;

use crate::tests::world::World;

impl World {
    /// Level, round and state of each page, in order.
    pub(crate) async fn pages(&self, emergency: Uuid) -> Vec<(i64, i64, String)> {
        let listed = self.ada.get(&format!("/v1/emergencies/{emergency}/pages?limit=100")).await.expect(200);
        let page =
            |row: &Value| (row["level"].as_i64().unwrap(), row["round"].as_i64().unwrap(), row["state"].as_str().unwrap().to_owned());
        listed.rows().iter().map(page).collect()
    }

    /// Lets the workers run at an instant.
    pub(crate) async fn work_at(&self, instant: &str) {
        self.app.set_time(instant);
        self.app.work().await;
    }
}

fn page(level: i64, round: i64, state: &str) -> (i64, i64, String) {
    (level, round, state.to_owned())
}
