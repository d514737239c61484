//! How work is weighed against people's capacity, and who gets what nothing else decides.

use kernel::id::GroupId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::vocabulary::{Priority, Status};

/// How work is weighed, and who gets what nothing else decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RoutingSettings {
    /// What an open ticket counts against the capacity of its assignee, by priority.
    #[schema(minimum = 0, maximum = 1000)]
    pub urgent_points: u16,
    #[schema(minimum = 0, maximum = 1000)]
    pub high_points: u16,
    #[schema(minimum = 0, maximum = 1000)]
    pub normal_points: u16,
    #[schema(minimum = 0, maximum = 1000)]
    pub low_points: u16,
    /// So much of it while the ticket waits for somebody or is put aside.
    #[schema(minimum = 0, maximum = 100)]
    pub waiting_percent: u8,
    /// The group that gets what nothing else decides.
    pub triage_group_id: Option<GroupId>,
    /// Which of an account's people is its owner: the first role of these that has a primary.
    #[schema(max_items = 10)]
    pub owner_roles: Vec<String>,
}

impl Default for RoutingSettings {
    fn default() -> Self {
        Self {
            urgent_points: 4,
            high_points: 2,
            normal_points: 1,
            low_points: 1,
            waiting_percent: 50,
            triage_group_id: None,
            owner_roles: ["csr", "am"].map(str::to_owned).into(),
        }
    }
}

impl RoutingSettings {
    /// What an open ticket counts, in hundredths of a point.
    #[must_use]
    pub fn hundredths(&self, priority: Priority, status: Status) -> i64 {
        let points = match priority {
            Priority::Urgent => self.urgent_points,
            Priority::High => self.high_points,
            Priority::Normal => self.normal_points,
            Priority::Low => self.low_points,
        };
        let share = match status {
            Status::WaitingCustomer | Status::WaitingVendor | Status::Scheduled => i64::from(self.waiting_percent),
            Status::New | Status::Open | Status::Resolved | Status::Closed | Status::Merged => 100,
        };
        i64::from(points) * share
    }
}
