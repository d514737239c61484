//! Joining and leaving groups.

use kernel::Fault;
use kernel::id::{GroupId, UserId};
use platform::db::Tx;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::scope::RowScope;
use platform::stamp::Touch;

use super::model::{self, Group};
use super::store;
use super::wire::GroupView;

/// A change of a group.
pub(super) fn changed(event: &'static str, group: &Group) -> Change {
    Change::new(event, "group", group.id, group.stamp.version).branch(group.branch_id).after(&GroupView::from(group))
}

/// Has an agent belong to these groups and, of those in reach, to no others; the groups it belongs to now.
///
/// # Errors
/// 422 naming the groups that are not in reach.
pub(crate) async fn belong(tx: &Tx, scope: &RowScope, agent: UserId, wanted: &[GroupId]) -> Result<Vec<GroupId>, Problem> {
    let mut groups = store::all(tx).await?;
    let in_reach = |group: &Group| scope.covers(group.branch_id.map(Into::into), None, None);
    let known = |id: &GroupId| groups.iter().any(|group| group.id == *id && (in_reach(group) || group.members.contains(&agent)));
    let unknown = wanted.iter().enumerate().filter(|(_, id)| !known(id));
    let fault = |(index, _)| Fault::field(format!("/group_ids/{index}"), "unknown_reference", "There is no such group in reach.");
    Fault::all(unknown.map(fault).collect::<Vec<_>>())?;
    for group in groups.iter_mut().filter(|group| in_reach(group)) {
        if let Some(next) = group.with_member(agent, wanted.contains(&group.id), Touch::of(tx)) {
            store::save(tx, &next).await?;
            tx.record(changed("group.updated", &next).before(&GroupView::from(&*group)));
            *group = next;
        }
    }
    Ok(model::of_agent(&groups, agent))
}
