//! Telling every open child of a tracker the same, and ending them together, as one act.

use actix_web::web::{Data, Path};
use kernel::Fault;
use platform::caller::Caller;
use platform::db::Tx;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::valid::Valid;

use super::store;
use super::wire::{ChildOutcome, FanOut, FannedOut};
use crate::Tickets;
use crate::access::{ResolveTickets, WriteTickets};
use crate::message::model::{Author, NewMessage};
use crate::obligation::recalculation;
use crate::ticket::case::Case;
use crate::ticket::model::Move;
use crate::ticket::wire::TicketPath;
use crate::ticket::{commands, event};
use crate::vocabulary::{Channel, MessageKind, Status};

pub(super) fn operations() -> Operations {
    operations!["links"; fan_out]
}

/// Tell all open children of a tracker the same, and resolve them with it.
///
/// Either all of it happens or nothing. Children that the caller does not see are left alone. What is said to more than `bulk_touches`
/// children (50 by default) touches the tracker only.
#[utoipa::path(post, path = "/v1/tickets/{ticket_id}/fan-out", params(TicketPath), request_body = FanOut,
    responses((status = 200, body = FannedOut)))]
async fn fan_out(
    caller: Caller<ResolveTickets>,
    path: Path<TicketPath>,
    expected: IfMatch,
    command: Valid<FanOut>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    caller.demand::<WriteTickets>()?;
    app.db
        .command(&caller, "tracker.fan_out", async |tx| {
            let mut parent = commands::resume(tx, &app.rules, caller.scope(), path.ticket_id).await?;
            expected.check(parent.ticket.stamp.version - 1)?;
            let children = command.tell(tx, caller.scope(), &mut parent).await?;
            let view = FannedOut { tracker: ChildOutcome::from(&parent.ticket), children };
            tx.record(event::internal("ticket.fanned_out", &parent.ticket).after(&view));
            Ok(Reply::ok(&view)?.tagged(parent.ticket.stamp.version))
        })
        .await
}

impl FanOut {
    /// The children first, so that a tracker that waits for them can follow.
    async fn tell(&self, tx: &Tx, scope: &RowScope, parent: &mut Case) -> Result<Vec<ChildOutcome>, Problem> {
        let kind = self.kind.unwrap_or(MessageKind::PublicReply);
        if !matches!(kind, MessageKind::PublicReply | MessageKind::InternalNote) {
            return Err(Fault::field("/kind", "not_a_choice", "Expected one of: public_reply, internal_note.").into());
        }
        let children = store::children(tx, parent.ticket.id).await?;
        let seen = store::tickets(tx, scope, children).await?;
        let open: Vec<_> = seen.values().filter(|child| child.is_open()).map(|child| child.id.uuid()).collect();
        let mut outcomes = Vec::with_capacity(open.len());
        let bulk = open.len() > usize::from(parent.rules.settings.bulk_touches);
        for mut child in recalculation::cases(tx, &parent.rules, &open).await? {
            if child.ticket.is_open() {
                child.bulk = bulk;
                self.write(tx, &mut child, kind).await?;
                outcomes.push(ChildOutcome::from(&child.ticket));
            }
        }
        if outcomes.is_empty() {
            return Err(Fault::conflict("no_open_children", "The ticket has no open children.").into());
        }
        self.write(tx, parent, kind).await?;
        Ok(outcomes)
    }

    async fn write(&self, tx: &Tx, case: &mut Case, kind: MessageKind) -> Result<(), Problem> {
        case.ticket.demand_unmerged()?;
        case.append(NewMessage::new(kind, Channel::Api, Author::of(tx.actor()), self.body.clone(), tx.now()));
        if let Some(resolution) = self.resolution.clone() {
            let step = Move { resolution: Some(resolution), ..Move::to(Status::Resolved) };
            let id = case.ticket.id.uuid();
            case.move_to(&step, tx.actor().is_human()).map_err(|fault| fault.with_conflicts([id]))?;
        }
        commands::write(tx, case).await
    }
}
