//! On-call schedules: who is to be woken, and in which order, at every instant.
//!
//! A schedule is a name under which plans are published; each holds from its instant until the next one's. A plan's layers say who
//! takes turns on each level of the page chain; dated overrides win over them. Plans are written in local wall time and expanded
//! in the schedule's zone: a handoff in a spring gap is at the transition, one in an autumn fold at the first of the two, so that
//! turns never overlap and leave no hole. A plan that leaves a gap is refused unless it says that it may.

pub(crate) mod entity;
pub(crate) mod expansion;
pub(crate) mod http;
pub(crate) mod migration;
pub(crate) mod model;
pub(crate) mod plan;
pub(crate) mod store;
#[cfg(test)]
mod tests;
mod wire;

use platform::permissions;

permissions! {
    /// See who is on call, and when.
    pub ReadOnCallSchedules = "oncall-schedules:read";
    /// Publish on-call plans.
    pub WriteOnCallSchedules = "oncall-schedules:write";
    /// Have somebody stand in on call for a time.
    pub OverrideOnCallSchedules = "oncall-schedules:override";
}
