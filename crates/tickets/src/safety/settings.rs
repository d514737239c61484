//! How soon regulators are told, and people reminded.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::report::model::InjuryClass;

/// Periods of safety reports and corrective actions. A regulator's periods are counted in all hours from when we learned of the injury.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct SafetySettings {
    /// A death is reported within this time (OSHA, 29 CFR 1904.39(a)(1)).
    #[schema(minimum = 60, maximum = 2592000)]
    pub fatality_report_s: i64,
    /// An in-patient hospitalisation is reported within this time (29 CFR 1904.39(a)(2)).
    #[schema(minimum = 60, maximum = 2592000)]
    pub hospitalisation_report_s: i64,
    /// An amputation is reported within this time (29 CFR 1904.39(a)(2)).
    #[schema(minimum = 60, maximum = 2592000)]
    pub amputation_report_s: i64,
    /// The loss of an eye is reported within this time (29 CFR 1904.39(a)(2)).
    #[schema(minimum = 60, maximum = 2592000)]
    pub eye_loss_report_s: i64,
    /// So many days before a corrective action is due its owner is reminded; once it is late, every day.
    #[schema(minimum = 0, maximum = 90)]
    pub reminder_days: u8,
}

impl Default for SafetySettings {
    fn default() -> Self {
        Self {
            fatality_report_s: 8 * 3_600,
            hospitalisation_report_s: 24 * 3_600,
            amputation_report_s: 24 * 3_600,
            eye_loss_report_s: 24 * 3_600,
            reminder_days: 1,
        }
    }
}

impl SafetySettings {
    /// Within which time a regulator is told of an injury, if of any such.
    pub(crate) fn told_within(&self, injury: InjuryClass) -> Option<TimeDelta> {
        let seconds = match injury {
            InjuryClass::None | InjuryClass::FirstAid | InjuryClass::Recordable => return None,
            InjuryClass::Hospitalisation => self.hospitalisation_report_s,
            InjuryClass::Amputation => self.amputation_report_s,
            InjuryClass::EyeLoss => self.eye_loss_report_s,
            InjuryClass::Fatality => self.fatality_report_s,
        };
        Some(TimeDelta::seconds(seconds))
    }
}
