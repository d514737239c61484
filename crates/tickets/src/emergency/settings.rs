//! The desk's numbers for paging.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::notification::model::NoticeChannel;

/// How long people on call have to answer, and what happens when nobody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct OnCallSettings {
    /// A page that is not acknowledged within this time goes on to the next level.
    #[schema(minimum = 30, maximum = 86400)]
    pub page_timeout_s: i64,
    /// When no level has answered, the duty manager is paged so often.
    #[schema(minimum = 30, maximum = 86400)]
    pub duty_every_s: i64,
    /// And at most so many times.
    #[schema(minimum = 1, maximum = 1000)]
    pub duty_max: i16,
    /// By which way the duty manager is paged.
    pub duty_channel: NoticeChannel,
}

impl Default for OnCallSettings {
    fn default() -> Self {
        Self { page_timeout_s: 600, duty_every_s: 300, duty_max: 12, duty_channel: NoticeChannel::Email }
    }
}

impl OnCallSettings {
    #[must_use]
    pub fn page_timeout(&self) -> TimeDelta {
        TimeDelta::seconds(self.page_timeout_s)
    }

    #[must_use]
    pub fn duty_every(&self) -> TimeDelta {
        TimeDelta::seconds(self.duty_every_s)
    }
}
