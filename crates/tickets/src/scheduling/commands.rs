//! Making and deciding scheduling requests together with the tickets they hang on: one transaction, the ticket held.

use chrono::TimeDelta;
use kernel::Fault;
use kernel::id::{MessageId, SchedulingRequestId, TicketId};
use platform::db::Tx;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::stamp::Touch;

use super::model::{SchedulingRequest, Wish};
use super::store;
use super::wire::SchedulingRequestView;
use crate::message;
use crate::message::model::{Author, Message, NewMessage};
use crate::rulebook::Rules;
use crate::step::Held;
use crate::ticket::case::Case;
use crate::ticket::commands;
use crate::ticket::model::Ticket;
use crate::vocabulary::{AuthorKind, Channel, MessageKind, ObligationKind};

/// A request and the ticket it hangs on, while a command works on both.
pub(super) struct Matter {
    /// Where the decision is promised.
    pub(super) case: Case,
    /// Where the customer is talked to, when the ticket was merged into another.
    conversation: Option<Case>,
    pub(super) request: SchedulingRequest,
    before: Option<SchedulingRequest>,
}

impl Matter {
    /// A new request on a ticket that is open.
    ///
    /// # Errors
    /// 404 when there is no such ticket inside `scope`; 409 `ticket_not_open`.
    pub(super) async fn begin(tx: &Tx, rules: &Rules, scope: &RowScope, ticket: TicketId, wish: Wish) -> Result<Self, Problem> {
        let mut case = commands::resume(tx, rules, scope, ticket).await?;
        if !case.ticket.is_open() {
            return Err(Fault::conflict("ticket_not_open", "A change of schedule is asked on an open ticket.").into());
        }
        let (request, now) = (SchedulingRequest::new(ticket, wish, Touch::of(tx)), tx.now());
        match request.decided_until(now) {
            Some(until) => case.promise_until(request.subject(), ObligationKind::AppointmentConfirm, now, until),
            None => {
                case.promise(request.subject(), ObligationKind::AppointmentConfirm, now);
            }
        }
        Ok(Self { case, conversation: None, request, before: None })
    }

    /// The case that goes on.
    fn conversation(&mut self) -> &mut Case {
        self.conversation.as_mut().unwrap_or(&mut self.case)
    }

    /// A message that is part of the conversation.
    ///
    /// # Errors
    /// 422 at `/message_id` when there is no such message.
    pub(super) async fn said(&mut self, tx: &Tx, id: MessageId) -> Result<Message, Problem> {
        message::store::named(tx, &self.conversation().ticket, id).await
    }

    /// How long a counter-proposal lasts unless it says otherwise.
    pub(super) fn lasting(&self) -> TimeDelta {
        TimeDelta::seconds(self.case.rules.settings.counter_proposal_s)
    }

    /// The desk has answered, by a message of its own when one is given.
    pub(super) fn answered(&mut self, tx: &Tx, message: Option<String>) {
        let by = message.map(|body| {
            let reply = NewMessage::new(MessageKind::PublicReply, Channel::Api, Author::of(tx.actor()), body, tx.now());
            let id = reply.id;
            self.conversation().append(reply);
            id
        });
        self.case.keep(self.request.subject(), ObligationKind::AppointmentConfirm, tx.now(), by);
        if self.request.decision.is_some() {
            self.request.customer_informed_message_id = by;
        }
    }

    fn change(&self, event: &'static str, tx: &Tx) -> Change {
        let (request, ticket) = (&self.request, &self.case.ticket);
        let view = |request: &SchedulingRequest| SchedulingRequestView::at(request, &RowScope::All, tx.now());
        let change = Change::new(event, "scheduling_request", request.id, request.stamp.version)
            .account(ticket.account_id)
            .site(ticket.site_id)
            .branch(ticket.branch_id)
            .after(&view(request));
        let change = if ticket.is_for_customers() { change.portal() } else { change };
        match &self.before {
            Some(before) => change.before(&view(before)),
            None => change,
        }
    }
}

impl Held for Matter {
    type Id = SchedulingRequestId;

    async fn resume(tx: &Tx, rules: &Rules, scope: &RowScope, id: SchedulingRequestId) -> Result<Self, Problem> {
        let request = store::find(tx, scope, id).await?;
        let case = commands::resume(tx, rules, scope, request.ticket_id).await?;
        let conversation = match case.ticket.merged_into_id {
            Some(target) => Some(commands::resume_root(tx, rules, scope, target).await?),
            None => None,
        };
        Ok(Self { case, conversation, before: Some(request.clone()), request })
    }

    fn version(&self) -> i64 {
        self.request.stamp.version
    }

    async fn write(&mut self, tx: &Tx, event: &'static str) -> Result<(), Problem> {
        match Author::of(tx.actor()).kind {
            AuthorKind::Agent => self.conversation().acted(),
            AuthorKind::Contact => self.conversation().comes_back(),
            AuthorKind::Automation | AuthorKind::Vendor => {}
        }
        commands::write(tx, &mut self.case).await?;
        if let Some(conversation) = &mut self.conversation {
            commands::write(tx, conversation).await?;
        }
        commands::tell_touch(tx, self.conversation());
        match &self.before {
            None => store::insert(tx, &self.request).await?,
            Some(_) => store::save(tx, &self.request).await?,
        }
        tx.record(self.change(event, tx));
        Ok(())
    }

    fn answer(&self, tx: &Tx, scope: &RowScope) -> Result<Reply, Problem> {
        Ok(Reply::ok(&SchedulingRequestView::at(&self.request, scope, tx.now()))?.tagged(self.version()))
    }
}

/// Demands that nothing about the schedule is left open on a ticket that is about to be resolved.
///
/// # Errors
/// 409 `scheduling_undecided` or `customer_not_informed`, each with the requests.
pub(crate) async fn demand_settled(tx: &Tx, ticket: &Ticket) -> Result<(), Problem> {
    let requests = store::of_conversation(tx, ticket).await?;
    let ids = |open: &dyn Fn(&SchedulingRequest) -> bool| -> Vec<uuid::Uuid> {
        requests.iter().filter(|request| open(request)).map(|request| request.id.uuid()).collect()
    };
    let undecided = ids(&|request| request.clone().seen_at(tx.now()).state.is_undecided());
    if !undecided.is_empty() {
        let fault = Fault::conflict("scheduling_undecided", "A scheduling request on this ticket is not decided yet.");
        return Err(fault.with_conflicts(undecided).into());
    }
    let untold = ids(&SchedulingRequest::is_untold);
    if !untold.is_empty() {
        let fault = Fault::conflict("customer_not_informed", "The customer has not been told what was decided about a scheduling request.");
        return Err(fault.with_conflicts(untold).into());
    }
    Ok(())
}
