//! Operations on notices: reading, drafting, and each step on the way.

pub(crate) mod drafts;
pub(crate) mod queries;
pub(crate) mod steps;

use chrono::{DateTime, Utc};
use platform::operation::Operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;

use super::model::Notice;
use super::view::NoticeView;

pub(crate) fn operations() -> Operations {
    drafts::operations().and(queries::operations()).and(steps::operations())
}

/// A notice as a reader of this scope sees it at `now`.
fn view(notice: &Notice, scope: &RowScope, now: DateTime<Utc>) -> NoticeView {
    NoticeView::of(&notice.clone().seen_at(now), scope)
}

pub(super) fn answer(notice: &Notice, scope: &RowScope, now: DateTime<Utc>) -> Result<Reply, Problem> {
    Ok(Reply::ok(&view(notice, scope, now))?.tagged(notice.stamp.version))
}
