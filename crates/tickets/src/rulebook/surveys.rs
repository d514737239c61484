//! The desk's numbers for surveys.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

/// When customers are asked how we did, and for how long they may answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct SurveySettings {
    /// False: nobody is asked.
    pub enabled: bool,
    /// How long after resolving.
    #[schema(minimum = 0, maximum = 2592000)]
    pub delay_s: i64,
    /// A contact is asked once in this time, whatever the ticket.
    #[schema(minimum = 0, maximum = 31536000)]
    pub pause_s: i64,
    /// How long the form can be answered.
    #[schema(minimum = 3600, maximum = 31536000)]
    pub valid_s: i64,
    /// How long an answer can be changed.
    #[schema(minimum = 0, maximum = 2592000)]
    pub change_s: i64,
    /// A score up to this one is followed up.
    #[schema(minimum = 0, maximum = 5)]
    pub negative_score: i16,
}

impl Default for SurveySettings {
    fn default() -> Self {
        Self { enabled: true, delay_s: 1_800, pause_s: 7 * 86_400, valid_s: 14 * 86_400, change_s: 86_400, negative_score: 2 }
    }
}

impl SurveySettings {
    #[must_use]
    pub fn delay(&self) -> TimeDelta {
        TimeDelta::seconds(self.delay_s)
    }

    #[must_use]
    pub fn pause(&self) -> TimeDelta {
        TimeDelta::seconds(self.pause_s)
    }

    #[must_use]
    pub fn validity(&self) -> TimeDelta {
        TimeDelta::seconds(self.valid_s)
    }

    #[must_use]
    pub fn changeable(&self) -> TimeDelta {
        TimeDelta::seconds(self.change_s)
    }
}
