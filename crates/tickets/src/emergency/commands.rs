//! Changing emergencies together with the tickets they are on: one transaction, the ticket held before the emergency.

use kernel::Fault;
use kernel::id::{EmergencyId, MessageId, PageId, UserId};
use platform::caller::ActorKind;
use platform::db::Tx;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::stamp::Touch;

use super::model::Emergency;
use super::store;
use super::wire::EmergencyView;
use crate::message::model::{Author, Message};
use crate::page;
use crate::rulebook::Rules;
use crate::step::Held;
use crate::ticket::case::Case;
use crate::ticket::commands;
use crate::ticket::model::Ticket;
use crate::vocabulary::{AuthorKind, Cause, ObligationKind};

/// A change as the desk is told of it.
pub(crate) fn internal(event: &'static str, emergency: &Emergency, ticket: &Ticket) -> Change {
    Change::new(event, "emergency", emergency.id, emergency.stamp.version)
        .account(ticket.account_id)
        .site(ticket.site_id)
        .branch(ticket.branch_id)
        .after(&EmergencyView::of(emergency, false))
}

/// Tells the customer how it stands, without anything of who is woken or sent.
fn tell_customer(tx: &Tx, emergency: &Emergency, ticket: &Ticket) {
    if ticket.is_for_customers() {
        let change = internal("emergency.status_changed", emergency, ticket);
        tx.record(change.after(&EmergencyView::of(emergency, true)).portal());
    }
}

/// Writes the emergency that a case raises, after its ticket.
///
/// # Errors
/// `internal` when it cannot be written down.
pub(crate) fn raised(tx: &Tx, case: &mut Case) -> Result<(), Problem> {
    let Some(alarm) = case.alarm.take() else { return Ok(()) };
    let emergency = Emergency::raise(alarm, case.ticket.id, case.touch);
    store::insert(tx, &emergency)?;
    tx.record(internal("emergency.raised", &emergency, &case.ticket));
    tell_customer(tx, &emergency, &case.ticket);
    Ok(())
}

/// A message reached nobody: if it was to tell the customer how an emergency stands, that is still to be done. The promise is
/// withdrawn with all that the message kept.
///
/// # Errors
/// Those of the database.
pub(crate) async fn untold(tx: &Tx, case: &Case, message: MessageId) -> Result<(), Problem> {
    let Some(id) = case.ticket.emergency_id else { return Ok(()) };
    let Some(emergency) = store::hold(tx, id).await?.untold(message, Touch::of(tx)) else { return Ok(()) };
    store::save(tx, &emergency).await?;
    tx.record(internal("emergency.customer_not_informed", &emergency, &case.ticket));
    tell_customer(tx, &emergency, &case.ticket);
    Ok(())
}

/// An emergency and its ticket, while a command works on both.
pub(crate) struct Alert {
    pub(crate) case: Case,
    pub(crate) emergency: Emergency,
    before: Emergency,
}

impl Alert {
    /// Somebody takes charge: the paging stops, and the customer is to be told.
    ///
    /// # Errors
    /// 409 `illegal_transition`.
    pub(crate) async fn acknowledge(&mut self, tx: &Tx, page: Option<PageId>) -> Result<(), Problem> {
        let by = Some(tx.actor()).filter(|actor| actor.kind == ActorKind::User && !actor.id.is_nil()).map(|actor| UserId::from(actor.id));
        self.emergency = self.emergency.clone().acknowledge(by, page, Touch::of(tx))?;
        let subject = self.emergency.subject();
        self.case.keep(subject, ObligationKind::EmergencyAck, tx.now(), None);
        self.case.promise(subject, ObligationKind::LoopClose, tx.now());
        page::commands::answered(tx, &self.emergency, &self.case.ticket).await
    }

    /// The customer has been told how it stands.
    ///
    /// # Errors
    /// Those of [`Emergency::inform`].
    pub(crate) fn inform(&mut self, message: &Message, touch: Touch) -> Result<(), Fault> {
        self.emergency = self.emergency.clone().inform(&message.content, touch)?;
        self.kept(message);
        Ok(())
    }

    /// The customer has been told that it is over.
    ///
    /// # Errors
    /// Those of [`Emergency::close_loop`].
    pub(crate) fn close_loop(&mut self, message: &Message, touch: Touch) -> Result<(), Fault> {
        self.emergency = self.emergency.clone().close_loop(&message.content, touch)?;
        self.kept(message);
        self.case.ticket.emergency_id = None;
        Ok(())
    }

    fn kept(&mut self, message: &Message) {
        self.case.keep(self.emergency.subject(), ObligationKind::LoopClose, message.content.occurred_at, Some(message.id));
    }

    /// It was none: nothing is promised about it any more, and nobody is paged.
    ///
    /// # Errors
    /// 409 `illegal_transition`.
    pub(crate) async fn call_off(&mut self, tx: &Tx, reason: String) -> Result<(), Problem> {
        self.emergency = self.emergency.clone().call_off(reason, Touch::of(tx))?;
        self.case.release(self.emergency.subject(), Cause::Withdrawn);
        self.case.ticket.emergency_id = None;
        page::commands::answered(tx, &self.emergency, &self.case.ticket).await
    }

    /// Writes that the next page is due now, which is no act on the ticket.
    ///
    /// # Errors
    /// 412 when the emergency has changed since it was read.
    pub(crate) async fn hurried(&self, tx: &Tx) -> Result<(), Problem> {
        store::save(tx, &self.emergency).await?;
        tx.record(internal("emergency.page_hurried", &self.emergency, &self.case.ticket));
        Ok(())
    }
}

impl Held for Alert {
    type Id = EmergencyId;

    async fn resume(tx: &Tx, rules: &Rules, scope: &RowScope, id: EmergencyId) -> Result<Self, Problem> {
        let seen = store::find(tx, scope, id).await?;
        let case = commands::resume(tx, rules, scope, seen.ticket_id).await?;
        let emergency = store::hold(tx, id).await?;
        Ok(Self { case, before: emergency.clone(), emergency })
    }

    fn version(&self) -> i64 {
        self.emergency.stamp.version
    }

    async fn write(&mut self, tx: &Tx, event: &'static str) -> Result<(), Problem> {
        if Author::of(tx.actor()).kind == AuthorKind::Agent {
            self.case.acted();
        }
        commands::write(tx, &mut self.case).await?;
        commands::tell_touch(tx, &self.case);
        store::save(tx, &self.emergency).await?;
        let reason = self.emergency.called_off.as_ref().map(|one| one.reason.clone());
        let change = internal(event, &self.emergency, &self.case.ticket).before(&EmergencyView::of(&self.before, false));
        tx.record(change.reason(reason));
        tell_customer(tx, &self.emergency, &self.case.ticket);
        Ok(())
    }

    fn answer(&self, _: &Tx, scope: &RowScope) -> Result<Reply, Problem> {
        Ok(Reply::ok(&EmergencyView::of(&self.emergency, scope.is_customer()))?.tagged(self.version()))
    }
}
