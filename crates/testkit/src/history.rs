//! What a service has told so far: its events, and whether they tell every change.

use std::collections::BTreeMap;

use platform::outbox::entity::{Column, Entity};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::Value;

use crate::app::App;

impl App {
    /// The envelopes of the events written so far, in their order.
    pub async fn envelopes(&self) -> Vec<Value> {
        let rows = Entity::find().order_by_asc(Column::Seq).all(self.db.read()).await.unwrap();
        rows.iter().map(|row| serde_json::from_str(&row.payload).unwrap()).collect()
    }

    /// The names of the events written so far, in their order.
    pub async fn events(&self) -> Vec<String> {
        self.envelopes().await.iter().map(|envelope| envelope["type"].as_str().unwrap().to_owned()).collect()
    }

    /// Demands that no version of an object lies untold between two that were told. One version may tell several things, what
    /// belongs to another object may begin untold with it, and of a long operation only its state is told, not its progress.
    pub async fn demand_whole_history(&self) {
        let mut told: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for envelope in self.envelopes().await.iter().filter(|envelope| envelope["subject"]["type"] != "operation") {
            let subject = format!("{} {}", envelope["subject"]["type"], envelope["subject"]["id"]);
            told.entry(subject).or_default().push(envelope["sequence"].as_i64().unwrap());
        }
        told.retain(|_, sequence| sequence.windows(2).any(|pair| pair[1] != pair[0] && pair[1] != pair[0] + 1));
        assert!(told.is_empty(), "these objects changed without telling it: {told:#?}");
    }
}
