//! What a notice says, by kind, and the dates that follow from it.

use chrono::{Days, NaiveDate};
use kernel::words;
use kernel::{Currency, Decimal, Fault, Quantity, UnitPrice};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ticket::model::EntityRef;

words! {
    /// What a notice is about.
    pub enum NoticeKind {
        WasteRejection = "waste_rejection",
        ProfileDiscrepancy = "profile_discrepancy",
        PricingChange = "pricing_change",
        ScheduleChange = "schedule_change",
        General = "general",
    }

    /// What becomes of rejected waste.
    pub enum WasteDisposition { Return = "return", Alternate = "alternate", Hold = "hold" }
}

/// One price that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PriceChangeLine {
    #[schema(min_length = 1, max_length = 120)]
    pub(crate) sku: String,
    pub(crate) old: UnitPrice,
    pub(crate) new: UnitPrice,
    pub(crate) currency: Currency,
    #[schema(min_length = 1, max_length = 40)]
    pub(crate) unit: String,
}

/// What a notice says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum NoticePayload {
    /// Waste on a manifest was not accepted.
    WasteRejection {
        #[schema(min_length = 1, max_length = 60)]
        manifest_no: String,
        #[schema(minimum = 1, maximum = 10_000)]
        line: i32,
        qty_offered: Quantity,
        qty_rejected: Quantity,
        #[schema(min_length = 1, max_length = 40)]
        unit: String,
        #[schema(pattern = "^[a-z0-9_]{1,60}$", max_length = 60, example = "off_spec")]
        reason_code: String,
        disposition: WasteDisposition,
        received_on: NaiveDate,
    },
    /// Waste was not what its profile says.
    ProfileDiscrepancy {
        profile_id: Uuid,
        #[schema(min_length = 1, max_length = 120)]
        field: String,
        #[schema(min_length = 1, max_length = 500)]
        declared: String,
        #[schema(min_length = 1, max_length = 500)]
        observed: String,
        /// By how many percent the quantity differs.
        qty_delta_pct: Option<Decimal>,
        discovered_on: NaiveDate,
        /// The last day on which the regulator lets it be told.
        regulatory_due_on: NaiveDate,
    },
    /// Prices change under an agreement.
    PricingChange {
        agreement_ref: EntityRef,
        #[schema(min_items = 1, max_items = 1000)]
        items: Vec<PriceChangeLine>,
        effective_on: NaiveDate,
        /// It must be sent so many days before.
        #[schema(minimum = 0, maximum = 366)]
        lead_days_required: u16,
    },
    /// A service comes at other times.
    ScheduleChange {
        service_ref: Option<EntityRef>,
        #[schema(min_length = 1, max_length = 500)]
        old_schedule: String,
        #[schema(min_length = 1, max_length = 500)]
        new_schedule: String,
        effective_on: NaiveDate,
        /// It must be sent so many days before.
        #[schema(minimum = 0, maximum = 366)]
        lead_days_required: Option<u16>,
    },
    /// Anything else.
    General {
        #[schema(min_length = 1, max_length = 200)]
        subject: String,
        #[schema(min_length = 1, max_length = 20_000)]
        text: String,
    },
}

impl NoticePayload {
    pub(crate) const fn kind(&self) -> NoticeKind {
        match self {
            Self::WasteRejection { .. } => NoticeKind::WasteRejection,
            Self::ProfileDiscrepancy { .. } => NoticeKind::ProfileDiscrepancy,
            Self::PricingChange { .. } => NoticeKind::PricingChange,
            Self::ScheduleChange { .. } => NoticeKind::ScheduleChange,
            Self::General { .. } => NoticeKind::General,
        }
    }

    /// The agreement whose prices change.
    pub(crate) fn agreement(&self) -> Option<&str> {
        match self {
            Self::PricingChange { agreement_ref, .. } => Some(&agreement_ref.id),
            _ => None,
        }
    }

    /// From when on what it says holds.
    pub(crate) const fn effective_on(&self) -> Option<NaiveDate> {
        match self {
            Self::PricingChange { effective_on, .. } | Self::ScheduleChange { effective_on, .. } => Some(*effective_on),
            _ => None,
        }
    }

    /// The lead that somebody is entitled to.
    pub(crate) const fn lead_days(&self) -> Option<u16> {
        match self {
            Self::PricingChange { lead_days_required, .. } => Some(*lead_days_required),
            Self::ScheduleChange { lead_days_required, .. } => *lead_days_required,
            _ => None,
        }
    }

    /// The last local day on which it is sent in time: so many days before it takes effect, or the regulator's.
    pub(crate) fn latest_on(&self) -> Option<NaiveDate> {
        if let Self::ProfileDiscrepancy { regulatory_due_on, .. } = self {
            return Some(*regulatory_due_on);
        }
        self.effective_on()?.checked_sub_days(Days::new(self.lead_days()?.into()))
    }

    /// True when it may go out later than in time only with a reason; what a regulator demands always goes out.
    pub(crate) const fn needs_reason_when_late(&self) -> bool {
        matches!(self, Self::PricingChange { .. } | Self::ScheduleChange { .. })
    }

    /// # Errors
    /// Every field fault; `today` is the local date.
    pub(crate) fn check(&self, today: NaiveDate) -> Result<(), Fault> {
        let past = |pointer: &'static str, date: NaiveDate| {
            (date > today).then(|| Fault::field(pointer, "in_the_future", "It cannot have happened yet."))
        };
        let mut faults = Vec::new();
        match self {
            Self::WasteRejection { qty_offered, qty_rejected, received_on, .. } => {
                faults.extend(past("/payload/received_on", *received_on));
                if *qty_rejected <= Quantity::ZERO || qty_rejected > qty_offered {
                    let message = "More than nothing was rejected, and not more than was offered.";
                    faults.push(Fault::field("/payload/qty_rejected", "out_of_range", message));
                }
            }
            Self::ProfileDiscrepancy { discovered_on, regulatory_due_on, .. } => {
                faults.extend(past("/payload/discovered_on", *discovered_on));
                if regulatory_due_on < discovered_on {
                    let message = "It cannot be due before it was discovered.";
                    faults.push(Fault::field("/payload/regulatory_due_on", "out_of_range", message));
                }
            }
            Self::PricingChange { items, .. } => {
                for (index, line) in items.iter().enumerate() {
                    if items.iter().take(index).any(|other| other.sku == line.sku && other.unit == line.unit) {
                        let pointer = format!("/payload/items/{index}");
                        faults.push(Fault::field(pointer, "duplicate_item", "This item and unit stands in the list already."));
                    }
                }
            }
            Self::ScheduleChange { .. } | Self::General { .. } => {}
        }
        Fault::all(faults)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn payload(value: Value) -> NoticePayload {
        serde_json::from_value(value).unwrap()
    }

    fn codes(value: Value) -> Vec<(String, String)> {
        let found = payload(value).check(date("2026-03-10"));
        let errors = found.err().map(|fault| fault.errors.clone()).unwrap_or_default();
        errors.into_iter().map(|error| (error.pointer, error.code.into_owned())).collect()
    }

    #[test]
    fn a_notice_is_in_time_so_many_days_before_it_takes_effect() {
        let line = json!({"sku": "DRUM55", "old": "185.00", "new": "190.00", "currency": "USD", "unit": "each"});
        let agreement = json!({"type": "contract", "id": "C-7"});
        let pricing = payload(json!({"kind": "pricing_change", "agreement_ref": agreement, "items": [line],
            "effective_on": "2026-04-01", "lead_days_required": 30}));
        assert_eq!((pricing.latest_on(), pricing.agreement()), (Some(date("2026-03-02")), Some("C-7")));
        let schedule = json!({"kind": "schedule_change", "old_schedule": "Mon", "new_schedule": "Tue", "effective_on": "2026-04-01"});
        assert_eq!(payload(schedule).latest_on(), None);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let rejection = |offered: &str, rejected: &str, on: &str| {
            json!({"kind": "waste_rejection", "manifest_no": "1", "line": 1, "qty_offered": offered, "qty_rejected": rejected,
                "unit": "drum", "reason_code": "off_spec", "disposition": "return", "received_on": on})
        };
        assert!(codes(rejection("40", "40", "2026-03-10")).is_empty());
        let out = ("/payload/qty_rejected".to_owned(), "out_of_range".to_owned());
        assert_eq!(codes(rejection("40", "40.0001", "2026-03-10")), std::slice::from_ref(&out));
        assert_eq!(codes(rejection("40", "0", "2026-03-11")), [("/payload/received_on".to_owned(), "in_the_future".to_owned()), out]);
        let discrepancy = json!({"kind": "profile_discrepancy", "profile_id": Uuid::nil(), "field": "pH", "declared": "7", "observed": "2",
            "discovered_on": "2026-03-09", "regulatory_due_on": "2026-03-08"});
        assert_eq!(codes(discrepancy), [("/payload/regulatory_due_on".to_owned(), "out_of_range".to_owned())]);
        let line = json!({"sku": "A", "old": "1.00", "new": "2.00", "currency": "USD", "unit": "each"});
        let twice = json!({"kind": "pricing_change", "agreement_ref": {"type": "contract", "id": "7"}, "items": [line, line],
            "effective_on": "2026-04-01", "lead_days_required": 0});
        assert_eq!(codes(twice), [("/payload/items/1".to_owned(), "duplicate_item".to_owned())]);
    }
}
