//! Queries of moves. Staff see those of tickets that stood in their branches before; portal customers see none.

use kernel::id::{AccountId, BranchId, UserId, new_uuid};
use platform::db::Tx;
use platform::scope::RowScope;
use sea_orm::{EntityTrait, IntoActiveModel, QueryFilter, QueryTrait, Select};

use super::entity::{Column, Entity, Model};
use super::model::MoveStep;
use crate::ticket::model::Ticket;

pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.staff_only()).filter(scope.condition(Column::WasBranchId, Column::WasAccountId, None))
}

/// Writes how a ticket stood until now and how it stands.
pub(crate) fn note(tx: &Tx, before: &Ticket, after: &Ticket, step: MoveStep) {
    let row = Model {
        id: new_uuid(),
        ticket_id: after.id.uuid(),
        ticket_version: after.stamp.version,
        opened_at: after.stamp.created_at,
        since: before.moved_at,
        at: after.moved_at,
        step: step.to_string(),
        was_status: before.status.to_string(),
        was_open: before.is_open(),
        was_kind: before.kind.to_string(),
        was_account_id: before.account_id.map(AccountId::uuid),
        was_branch_id: before.branch_id.map(BranchId::uuid),
        was_group_id: before.group_id,
        was_assignee_id: before.assignee_id.map(UserId::uuid),
        status: after.status.to_string(),
        open: after.is_open(),
        kind: after.kind.to_string(),
        channel: after.channel.to_string(),
        account_id: after.account_id.map(AccountId::uuid),
        branch_id: after.branch_id.map(BranchId::uuid),
        group_id: after.group_id,
        assignee_id: after.assignee_id.map(UserId::uuid),
    };
    tx.write_later(Entity::insert(row.into_active_model()).into_query());
}
