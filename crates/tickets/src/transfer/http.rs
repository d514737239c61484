//! Operations on transfers.

use actix_web::web::{Data, Path};
use kernel::Fault;
use kernel::id::{GroupId, TransferId, UserId};
use platform::caller::Caller;
use platform::db::Tx;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::page::{Field, Kind, ListSpec, Listing, Page, Scalar};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::stamp::Touch;
use platform::valid::Valid;
use sea_orm::QueryFilter;

use super::entity::{Column, Entity};
use super::model::{Proposal, Transfer, TransferState};
use super::wire::{DeclineTransfer, ProposeTransfer, TransferPath, TransferView};
use super::{store, word};
use crate::Tickets;
use crate::access::{ReadTickets, TransferTickets};
use crate::group;
use crate::routing;
use crate::ticket::case::Case;
use crate::ticket::commands;
use crate::ticket::model::Ticket;
use crate::ticket::wire::TicketPath;
use crate::vocabulary::{Cause, ObligationKind};

pub(crate) fn operations() -> Operations {
    operations!["transfers"; propose, list, fetch, accept, decline, withdraw]
}

/// What is told of a transfer; only the desk sees it.
pub(super) fn changed(event: &'static str, transfer: &Transfer, ticket: &Ticket) -> Change {
    Change::new(event, "transfer", transfer.id, transfer.stamp.version)
        .account(ticket.account_id)
        .site(ticket.site_id)
        .branch(ticket.branch_id)
        .after(&TransferView::from(transfer))
}

fn shown(transfer: &Transfer) -> Result<Reply, Problem> {
    Ok(Reply::ok(&TransferView::from(transfer))?.tagged(transfer.stamp.version))
}

/// Offer a ticket to colleagues or to a group: a warm flip.
///
/// Until somebody accepts, the giver stays the assignee and owns what is missed; no due instant of the customer's moves.
#[utoipa::path(post, path = "/v1/tickets/{ticket_id}/transfer", params(TicketPath), request_body = ProposeTransfer,
    responses((status = 201, body = TransferView)))]
async fn propose(
    caller: Caller<TransferTickets>,
    path: Path<TicketPath>,
    expected: IfMatch,
    command: Valid<ProposeTransfer>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "transfer.propose", async |tx| {
            let mut case = commands::resume(tx, &app.rules, caller.scope(), path.ticket_id).await?;
            expected.check(case.ticket.stamp.version - 1)?;
            demand_group(tx, caller.scope(), command.to_group_id).await?;
            let mut transfer = Transfer::propose(Proposal::from(&*command), &case.ticket, Touch::of(tx))?;
            case.promise(transfer.subject(), ObligationKind::TransferAccept, tx.now());
            transfer.due_at = case.promises.about(transfer.subject(), ObligationKind::TransferAccept).find_map(|one| one.due_at);
            store::insert(tx, &transfer).await?;
            commands::write(tx, &mut case).await?;
            tx.record(changed("transfer.proposed", &transfer, &case.ticket).reason(Some(transfer.reason.clone())));
            word::offered(tx, &case, &transfer).await?;
            let view = TransferView::from(&transfer);
            Ok(Reply::created(format!("/v1/transfers/{}", transfer.id), &view)?.tagged(transfer.stamp.version))
        })
        .await
}

/// What the list of transfers can be asked for.
pub(crate) struct TransferList;

impl ListSpec for TransferList {
    type Entity = Entity;
    type View = TransferView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::choice("state", Column::State, TransferState::TEXTS),
        Field::uuid("ticket_id", Column::TicketId),
        Field::uuid("from_id", Column::FromId),
        Field::uuid("to_group_id", Column::ToGroupId).nullable(),
        Field::uuid("taken_by", Column::TakenBy).nullable(),
        Field::instant("due_at", Column::DueAt).nullable(),
        Field::external("offered_to_id", Kind::Uuid),
    ];
    const DEFAULT_SORT: &'static str = "-id";
}

/// List transfers, the newest first.
///
/// `filter[state]=proposed&filter[offered_to_id]={agent}` is what waits for one colleague.
#[utoipa::path(get, path = "/v1/transfers", params(Listing<TransferList>), responses((status = 200, body = Page<TransferView>)))]
async fn list(caller: Caller<ReadTickets>, listing: Listing<TransferList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let mut visible = store::visible(caller.scope());
    for filter in listing.filters_on("offered_to_id") {
        let agents = filter.values.iter().filter_map(|value| match value {
            Scalar::Uuid(agent) => Some(*agent),
            _ => None,
        });
        visible = visible.filter(store::offered_to(agents));
    }
    let page = listing.page(app.db.read(), visible).await?;
    listing.reply(&page.try_map(|row| store::transfer(row).map(|transfer| TransferView::from(&transfer)))?)
}

/// Read one transfer.
#[utoipa::path(get, path = "/v1/transfers/{transfer_id}", params(TransferPath), responses((status = 200, body = TransferView)))]
async fn fetch(caller: Caller<ReadTickets>, path: Path<TransferPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    shown(&store::find(app.db.read(), caller.scope(), path.transfer_id).await?)
}

/// Checks the group that a ticket is offered to.
async fn demand_group(tx: &Tx, scope: &RowScope, id: Option<GroupId>) -> Result<(), Problem> {
    let Some(id) = id else { return Ok(()) };
    match group::store::find(tx, scope, id).await {
        Ok(group) if group.active => Ok(()),
        Err(problem) if problem.code() != "not_found" => Err(problem),
        _ => Err(Fault::field("/to_group_id", "unknown_reference", "There is no such group in reach.").into()),
    }
}

/// Whoever answers an offer, and whether he belongs to the group that it was made to.
async fn answerer(tx: &Tx, transfer: &Transfer) -> Result<(UserId, bool), Problem> {
    let by = UserId::from(tx.actor().id);
    let Some(id) = transfer.to_group else { return Ok((by, false)) };
    Ok((by, group::store::find(tx, &RowScope::All, id).await?.members.contains(&by)))
}

/// The transfer as it is now that its ticket is held, so that it is decided by one at a time.
async fn held(tx: &Tx, app: &Tickets, scope: &RowScope, id: TransferId) -> Result<(Case, Transfer), Problem> {
    let seen = store::find(tx, scope, id).await?;
    let case = commands::resume(tx, &app.rules, scope, seen.ticket_id).await?;
    Ok((case, store::find(tx, scope, id).await?))
}

/// Writes what was decided, and that nothing more is promised about it.
async fn settle(tx: &Tx, event: &'static str, case: &mut Case, transfer: &Transfer) -> Result<Reply, Problem> {
    if transfer.decided_at.is_some() {
        case.release(transfer.subject(), Cause::Withdrawn);
    }
    store::save(tx, transfer).await?;
    commands::write(tx, case).await?;
    tx.record(changed(event, transfer, &case.ticket));
    word::decided(tx, case, transfer).await?;
    shown(transfer)
}

/// Take a ticket that was offered.
///
/// Of several who accept at once one gets the ticket and the others 409. Nothing that is promised to the customer changes.
#[utoipa::path(post, path = "/v1/transfers/{transfer_id}/accept", params(TransferPath), responses((status = 200, body = TransferView)))]
async fn accept(caller: Caller<TransferTickets>, path: Path<TransferPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "transfer.accept", async |tx| {
            let (mut case, transfer) = held(tx, &app, caller.scope(), path.transfer_id).await?;
            let by = answerer(tx, &transfer).await?;
            let transfer = transfer.accept(by, &case.ticket, Touch::of(tx))?;
            case.keep(transfer.subject(), ObligationKind::TransferAccept, tx.now(), None);
            case.assign(transfer.taken_by, transfer.to_group.map(|group| Some(group.uuid())), tx.actor().is_human());
            // Whoever takes an offer may be of another group; the offer says why.
            routing::commands::given_by_hand(tx, &app.rules, &mut case, Some(transfer.reason.clone()), "").await?;
            settle(tx, "transfer.accepted", &mut case, &transfer).await
        })
        .await
}

/// Decline a ticket that was offered.
///
/// When everyone to whom it was offered by name has declined, the giver keeps it.
#[utoipa::path(post, path = "/v1/transfers/{transfer_id}/decline", params(TransferPath), request_body = DeclineTransfer,
    responses((status = 200, body = TransferView)))]
async fn decline(
    caller: Caller<TransferTickets>,
    path: Path<TransferPath>,
    command: Valid<DeclineTransfer>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "transfer.decline", async |tx| {
            let (mut case, transfer) = held(tx, &app, caller.scope(), path.transfer_id).await?;
            let by = answerer(tx, &transfer).await?;
            let transfer = transfer.decline(by, command.reason.clone(), Touch::of(tx))?;
            settle(tx, "transfer.declined", &mut case, &transfer).await
        })
        .await
}

/// Offer a ticket no longer.
#[utoipa::path(post, path = "/v1/transfers/{transfer_id}/withdraw", params(TransferPath), responses((status = 200, body = TransferView)))]
async fn withdraw(
    caller: Caller<TransferTickets>,
    path: Path<TransferPath>,
    expected: IfMatch,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "transfer.withdraw", async |tx| {
            let (mut case, transfer) = held(tx, &app, caller.scope(), path.transfer_id).await?;
            expected.check(transfer.stamp.version)?;
            settle(tx, "transfer.withdrawn", &mut case, &transfer.withdraw(Touch::of(tx))?).await
        })
        .await
}
