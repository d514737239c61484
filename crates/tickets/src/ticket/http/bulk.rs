//! Changing many tickets at once.
//!
//! Each item is what requests to its ticket would be, with the version it was decided on and the same rules. What is done to
//! more tickets than somebody looks at one by one, and alike, is carried out and touches none of them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use actix_web::web::Data;
use kernel::Fault;
use kernel::id::{BranchId, TicketId};
use platform::bulk::{self, Bulk, BulkItems, BulkReport};
use platform::caller::Caller;
use platform::db::Tx;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::commands::{apply, rewritten};
use crate::Tickets;
use crate::access::{AssignTickets, EditTickets, ReopenTickets, TransitionTickets, WriteTickets};
use crate::message::model::NewMessage;
use crate::message::wire::AddMessage;
use crate::routing;
use crate::routing::facts::Asked;
use crate::serving::{Customer, Served};
use crate::ticket::case::Case;
use crate::ticket::commands;
use crate::ticket::model::Move;
use crate::ticket::wire::{AssignTicket, MoveTicket, PatchTicket, sound_tags};
use crate::vocabulary::Status;

/// The most tags of a ticket.
const MOST_TAGS: usize = 50;

pub(super) fn operations() -> Operations {
    operations!["tickets"; change_many]
}

/// What is done to one ticket, in this order: its members, its tags, its assignee, a message, a move.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ChangeTicket {
    ticket_id: TicketId,
    /// The version it was decided on; whichever there is when absent.
    #[schema(minimum = 1)]
    version: Option<i64>,
    #[validate(nested)]
    patch: Option<PatchTicket>,
    /// Added to those it has.
    #[schema(max_items = 50)]
    #[validate(custom(function = "sound_tags"))]
    add_tags: Option<Vec<String>>,
    /// Taken from those it has.
    #[schema(max_items = 50)]
    #[validate(custom(function = "sound_tags"))]
    remove_tags: Option<Vec<String>>,
    assign: Option<AssignTicket>,
    /// Without a transition of its own.
    #[validate(nested)]
    message: Option<AddMessage>,
    transition: Option<MoveTicket>,
}

impl ChangeTicket {
    /// What is done, whichever ticket it is done to.
    fn content(&self) -> String {
        format!("{:?}", Self { ticket_id: Uuid::nil().into(), version: None, ..self.clone() })
    }

    /// Whom the ticket is for from now on, and the branch that is stated.
    fn customer(&self) -> (Customer, Option<BranchId>) {
        let patch = self.patch.clone().unwrap_or_default();
        (patch.customer(), patch.branch_id.flatten())
    }

    /// Demands what a request of this kind alone would.
    fn demand<P>(&self, caller: &Caller<P>) -> Result<(), Problem> {
        if self.assign.is_some() {
            caller.demand::<AssignTickets>()?;
        }
        if self.message.is_some() {
            caller.demand::<WriteTickets>()?;
        }
        if self.transition.is_some() {
            caller.demand::<TransitionTickets>()?;
        }
        Ok(())
    }

    fn retag(&self, case: &mut Case) -> Result<(), Fault> {
        let taken = self.remove_tags.as_deref().unwrap_or_default();
        case.ticket.tags.retain(|tag| !taken.contains(tag));
        for tag in self.add_tags.iter().flatten() {
            if !case.ticket.tags.contains(tag) {
                case.ticket.tags.push(tag.clone());
            }
        }
        if case.ticket.tags.len() > MOST_TAGS {
            return Err(Fault::field("/add_tags", "too_many", format!("A ticket has at most {MOST_TAGS} tags.")));
        }
        Ok(())
    }

    /// Adds the message, and moves the ticket after it.
    async fn speak(&self, tx: &Tx, app: &Tickets, scope: &RowScope, mut case: Case) -> Result<Case, Problem> {
        if let Some(message) = &self.message {
            if message.transition.is_some() {
                return Err(Fault::field("/message/transition", "not_here", "Move the ticket by the item's own transition.").into());
            }
            let new: NewMessage = message.message(scope, tx, &case.rules.settings, &case).map_err(|fault| fault.under("/message"))?;
            case = commands::append_to(tx, &app.rules, case, (new, &Asked::default())).await?;
            if case.before.is_none() {
                let detail = "This ticket is closed for good: a message would open a follow-up, which is not done in bulk.";
                return Err(Fault::conflict("follow_up", detail).into());
            }
        }
        if let Some(transition) = &self.transition {
            case.move_to(&Move::from(transition), tx.actor().is_human()).map_err(|fault| fault.under("/transition"))?;
        }
        Ok(case)
    }
}

/// What many changes have in common.
struct Batch<'a> {
    app: &'a Tickets,
    caller: &'a Caller<EditTickets>,
    served: HashMap<(Customer, Option<BranchId>), Served>,
    /// How often each content occurs.
    alike: HashMap<String, usize>,
    /// More than this, alike, touch nothing.
    most: usize,
}

impl Batch<'_> {
    async fn change(&self, tx: &Tx, item: &ChangeTicket) -> Result<Reply, Problem> {
        let scope = self.caller.scope();
        let mut case = commands::resume(tx, &self.app.rules, scope, item.ticket_id).await?;
        if item.version.is_some_and(|version| version != case.ticket.stamp.version - 1) {
            return Err(Fault::stale().into());
        }
        let reopens = item.transition.as_ref().is_some_and(|transition| transition.to == Status::Open);
        if reopens && case.ticket.status == Status::Closed {
            self.caller.demand::<ReopenTickets>()?;
        }
        case.bulk = self.alike.get(&item.content()).is_some_and(|times| *times > self.most);
        if let Some(patch) = &item.patch {
            let served = self.served.get(&item.customer()).copied().unwrap_or(Served::By(None));
            apply(scope, &mut case, (patch.clone(), served), tx.actor().is_human()).map_err(|fault| fault.under("/patch"))?;
        }
        item.retag(&mut case)?;
        if let Some(assign) = &item.assign {
            case.assign(assign.assignee_id, assign.group_id, tx.actor().is_human());
            routing::commands::given_by_hand(tx, &self.app.rules, &mut case, assign.override_reason.clone(), "/assign").await?;
        }
        let case = item.speak(tx, self.app, scope, case).await?;
        rewritten(tx, scope, case).await
    }
}

/// Change up to 500 tickets: members, tags, assignee, a message and a move of each.
///
/// What is done to more than `bulk_touches` tickets alike (50 by default) counts as a touch of none of them.
#[utoipa::path(post, path = "/v1/tickets/bulk-changes", request_body = Bulk<ChangeTicket>, responses((status = 200, body = BulkReport)))]
async fn change_many(caller: Caller<EditTickets>, items: BulkItems<ChangeTicket>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let (mut served, mut alike) = (HashMap::new(), HashMap::new());
    for item in items.well_formed() {
        item.demand(&caller)?;
        *alike.entry(item.content()).or_insert(0) += 1;
        let asked = item.customer();
        if let Entry::Vacant(free) = served.entry(asked) {
            free.insert(app.serving.of(asked.0, asked.1).await?);
        }
    }
    let most = usize::from(app.rules.current(app.db.read()).await?.settings.bulk_touches);
    let batch = Batch { app: &app, caller: &caller, served, alike, most };
    bulk::run(&app.db, &caller, "ticket.change_many", &items, async |tx: &Tx, item: &ChangeTicket| batch.change(tx, item).await).await
}
