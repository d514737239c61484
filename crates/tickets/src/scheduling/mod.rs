//! Scheduling requests: a customer's wish about a service stop, hung on the ticket it was made on, decided by the desk.
//!
//! An undecided request keeps its ticket from being resolved, and so does a decision that the customer has not been told. The
//! desk promises to decide before the cutoff, or as the policies say. Customers ask, and answer counter-proposals, on their own
//! tickets; whoever sees a ticket sees its requests.

pub(crate) mod commands;
pub(crate) mod entity;
pub(crate) mod http;
pub(crate) mod migration;
pub(crate) mod model;
pub(crate) mod state;
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub(crate) mod wire;
pub(crate) mod worker;

use platform::permissions;

permissions! {
    /// Read scheduling requests.
    pub ReadSchedulingRequests = "scheduling-requests:read";
    /// Ask for a change of schedule, and answer a counter-proposal.
    pub WriteSchedulingRequests = "scheduling-requests:write";
    /// Decide about changes of schedule.
    pub DecideSchedulingRequests = "scheduling-requests:decide";
}
