//! The desk's own numbers: limits and periods that an organisation may set.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{MailSettings, SurveySettings};
use crate::emergency::settings::OnCallSettings;
use crate::routing::settings::RoutingSettings;
use crate::safety::settings::SafetySettings;

/// Periods and limits of the desk, in seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct DeskSettings {
    /// A customer's message reopens a closed ticket within this time; later it opens a follow-up.
    #[schema(minimum = 0, maximum = 31536000)]
    pub reopen_window_s: i64,
    /// A resolved ticket closes by itself after this time without a customer's message.
    #[schema(minimum = 0, maximum = 31536000)]
    pub auto_close_s: i64,
    /// How long ago a call may have come in when it is delivered.
    #[schema(minimum = 0, maximum = 2592000)]
    pub intake_past_s: i64,
    /// How far ahead the clock of a deliverer may be.
    #[schema(minimum = 0, maximum = 3600)]
    pub intake_future_s: i64,
    /// A ticket can be put aside for at most this time.
    #[schema(minimum = 0, maximum = 63072000)]
    pub longest_schedule_s: i64,
    /// How long word of someone's having a ticket open lasts unless it is renewed.
    #[schema(minimum = 5, maximum = 600)]
    pub presence_s: i64,
    /// A counter-proposal to a scheduling request lapses after this time, unless it says otherwise.
    #[schema(minimum = 60, maximum = 31536000)]
    pub counter_proposal_s: i64,
    /// What is done to more tickets than this at once, and alike, is no touch of any.
    #[schema(minimum = 1, maximum = 500)]
    pub bulk_touches: u16,
    /// A merge can be undone within this time.
    #[schema(minimum = 0, maximum = 31536000)]
    pub unmerge_window_s: i64,
    /// What automations were tried on is kept for this time after it; what they did is kept for good.
    #[schema(minimum = 0, maximum = 31536000)]
    pub automation_tasks_s: i64,
    /// A tracker is resolved only when none of its children is open any more.
    pub parent_waits_for_children: bool,
    /// Nobody approves a notice that they wrote.
    pub notice_four_eyes: bool,
    /// A file is handed out, and sent, only once a scanner has found it clean.
    pub hold_unscanned_files: bool,
    /// Texts that say no more than thanks, in lower case without punctuation.
    #[schema(max_items = 200)]
    pub courtesies: BTreeSet<String>,
    /// Longer texts are never courtesies.
    #[schema(minimum = 0, maximum = 1000)]
    pub courtesy_length: u16,
    #[validate(nested)]
    pub mail: MailSettings,
    #[validate(nested)]
    pub surveys: SurveySettings,
    pub routing: RoutingSettings,
    #[validate(nested)]
    pub on_call: OnCallSettings,
    #[validate(nested)]
    pub safety: SafetySettings,
}

const DAY_S: i64 = 86_400;

impl Default for DeskSettings {
    fn default() -> Self {
        let courtesies = [
            "thanks",
            "thank you",
            "thank you very much",
            "thanks a lot",
            "many thanks",
            "thanks again",
            "ok",
            "ok thanks",
            "ok thank you",
            "okay",
            "got it",
            "got it thanks",
            "great",
            "great thanks",
            "great thank you",
            "perfect",
            "perfect thanks",
            "will do",
            "sounds good",
            "much appreciated",
            "you too",
            "have a nice day",
        ];
        Self {
            reopen_window_s: 14 * DAY_S,
            auto_close_s: 3 * DAY_S,
            intake_past_s: 3 * DAY_S,
            intake_future_s: 120,
            longest_schedule_s: 366 * DAY_S,
            presence_s: 30,
            bulk_touches: 50,
            counter_proposal_s: 2 * DAY_S,
            unmerge_window_s: 30 * DAY_S,
            automation_tasks_s: 30 * DAY_S,
            parent_waits_for_children: false,
            notice_four_eyes: true,
            hold_unscanned_files: false,
            courtesies: courtesies.map(str::to_owned).into(),
            courtesy_length: 60,
            mail: MailSettings::default(),
            surveys: SurveySettings::default(),
            routing: RoutingSettings::default(),
            on_call: OnCallSettings::default(),
            safety: SafetySettings::default(),
        }
    }
}

impl DeskSettings {
    #[must_use]
    pub fn reopen_window(&self) -> TimeDelta {
        TimeDelta::seconds(self.reopen_window_s)
    }

    /// Since when what people did may still become known at `now`: a call is told of late, and completed as late again.
    #[must_use]
    pub fn known_since(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now - TimeDelta::seconds(self.intake_past_s) * 2
    }

    #[must_use]
    pub fn presence(&self) -> TimeDelta {
        TimeDelta::seconds(self.presence_s)
    }

    #[must_use]
    pub fn unmerge_window(&self) -> TimeDelta {
        TimeDelta::seconds(self.unmerge_window_s)
    }

    #[must_use]
    pub fn automation_tasks(&self) -> TimeDelta {
        TimeDelta::seconds(self.automation_tasks_s)
    }

    #[must_use]
    pub fn longest_schedule(&self) -> TimeDelta {
        TimeDelta::seconds(self.longest_schedule_s)
    }
}
