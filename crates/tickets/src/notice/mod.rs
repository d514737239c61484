//! Notices to customers: rejected waste, discrepancies of profiles, changes of prices and schedules, and anything else in writing.
//!
//! A notice is drafted, approved by somebody other than its author, and sent; its text is fixed by the approval and never
//! changes after. It goes to each recipient by itself, and what became known of each is kept as proof: whoever lets prices change
//! only after they were told asks for it. One that reached nobody stays as it is; a new revision takes its place. What changes prices
//! or schedules goes out later than its lead only with a reason.

pub(crate) mod commands;
pub(crate) mod entity;
pub(crate) mod http;
pub(crate) mod mail;
pub(crate) mod migration;
pub(crate) mod model;
pub(crate) mod payload;
mod promised;
pub(crate) mod proof;
pub(crate) mod recipient;
pub(crate) mod state;
pub(crate) mod store;
pub(crate) mod template;
#[cfg(test)]
mod tests;
pub(crate) mod text;
mod view;
pub(crate) mod wire;
pub(crate) mod worker;

use platform::operation::Operations;
use platform::permissions;

permissions! {
    /// Read notices and their proof.
    pub ReadNotices = "notices:read";
    /// Draft notices.
    pub WriteNotices = "notices:write";
    /// Approve notices that others wrote.
    pub ApproveNotices = "notices:approve";
    /// Send notices, and record how they fare.
    pub SendNotices = "notices:send";
    /// Record that a notice was taken note of, or refused.
    pub AcknowledgeNotices = "notices:acknowledge";
    /// Read templates of notices.
    pub ReadNoticeTemplates = "notice-templates:read";
    /// Change templates of notices.
    pub WriteNoticeTemplates = "notice-templates:write";
}

pub(crate) fn operations() -> Operations {
    http::operations().and(template::http::operations())
}
