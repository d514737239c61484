//! What is promised about a notice, whether it hangs on a ticket or on none.

use kernel::id::NoticeId;
use platform::db::Tx;
use platform::problem::Problem;
use platform::scope::RowScope;

use super::model::{Addressee, Notice};
use super::payload::NoticeKind;
use crate::message::model::Author;
use crate::obligation::Holder;
use crate::obligation::engine::Subject;
use crate::obligation::standing::Standing;
use crate::policy::model::Traits;
use crate::rulebook::{Rulebook, Rules};
use crate::ticket::case::Case;
use crate::ticket::commands;
use crate::vocabulary::{AuthorKind, Cause, Channel, ObligationKind, Priority, RequesterKind, SubjectKind, TicketType};

/// The promises about one notice, held with whatever they stand among.
pub(super) enum Promised {
    OnTicket(Box<Case>),
    Alone(Box<Standing>),
}

impl Promised {
    /// Reads the promises about a notice for a change; a new one has none yet.
    ///
    /// # Errors
    /// 404 when it hangs on a ticket that is not inside `scope`.
    pub(super) async fn resume(
        tx: &Tx,
        rules: &Rules,
        scope: &RowScope,
        id: NoticeId,
        (addressee, kind): (Addressee, NoticeKind),
    ) -> Result<Self, Problem> {
        if let Some(ticket) = addressee.ticket_id {
            return Ok(Self::OnTicket(Box::new(commands::resume(tx, rules, scope, ticket).await?)));
        }
        let subject = Subject { kind: SubjectKind::Notice, id: id.uuid() };
        Ok(Self::Alone(Box::new(Standing::resume(tx, rules, subject, holder(addressee, kind)).await?)))
    }

    pub(super) fn rules(&self) -> &Rulebook {
        match self {
            Self::OnTicket(case) => &case.rules,
            Self::Alone(standing) => &standing.rules,
        }
    }

    pub(super) fn holder(&self) -> Holder {
        match self {
            Self::OnTicket(case) => Holder::from(&case.ticket),
            Self::Alone(standing) => standing.holder.clone(),
        }
    }

    /// It has to be sent by the end of its last day, if it has one.
    pub(super) fn owe_sending(&mut self, notice: &Notice, tx: &Tx) {
        let Some(until) = notice.sent_until() else { return };
        match self {
            Self::OnTicket(case) => case.promise_until(notice.subject(), ObligationKind::NoticeLeadTime, tx.now(), until),
            Self::Alone(standing) => standing.promise_until(ObligationKind::NoticeLeadTime, tx.now(), until),
        }
    }

    /// It was sent: from now on its answer is waited for.
    pub(super) fn sent(&mut self, subject: Subject, tx: &Tx) {
        let now = tx.now();
        match self {
            Self::OnTicket(case) => {
                case.keep(subject, ObligationKind::NoticeLeadTime, now, None);
                case.promise(subject, ObligationKind::NoticeAck, now);
            }
            Self::Alone(standing) => {
                standing.keep(ObligationKind::NoticeLeadTime, now, None);
                standing.promise(ObligationKind::NoticeAck, now);
            }
        }
    }

    /// It reached nobody: sending it is owed again, and no answer is waited for.
    pub(super) fn bounced(&mut self, subject: Subject, tx: &Tx) {
        let promises = match self {
            Self::OnTicket(case) => &mut case.promises,
            Self::Alone(standing) => &mut standing.promises,
        };
        promises.owe_again(subject, ObligationKind::NoticeLeadTime, tx.now());
        promises.drop_kind(subject, ObligationKind::NoticeAck, tx.now(), Cause::Withdrawn);
    }

    /// It was answered.
    pub(super) fn answered(&mut self, subject: Subject, tx: &Tx) {
        match self {
            Self::OnTicket(case) => case.keep(subject, ObligationKind::NoticeAck, tx.now(), None),
            Self::Alone(standing) => standing.keep(ObligationKind::NoticeAck, tx.now(), None),
        }
    }

    /// Nothing of it is owed any more.
    pub(super) fn release(&mut self, subject: Subject, tx: &Tx) {
        match self {
            Self::OnTicket(case) => case.release(subject, Cause::Withdrawn),
            Self::Alone(standing) => standing.release(tx.now(), Cause::Withdrawn),
        }
    }

    /// Writes what differs from what was read. Whoever of ours works on a notice has touched its ticket.
    ///
    /// # Errors
    /// 412 when a row has changed since it was read.
    pub(super) async fn write(&mut self, tx: &Tx) -> Result<(), Problem> {
        match self {
            Self::OnTicket(case) => {
                if Author::of(tx.actor()).kind == AuthorKind::Agent {
                    case.acted();
                }
                commands::write(tx, case).await?;
                commands::tell_touch(tx, case);
                Ok(())
            }
            Self::Alone(standing) => standing.write(tx).await,
        }
    }
}

/// What decides which policies hold for a notice that hangs on no ticket.
pub(super) fn holder(addressee: Addressee, kind: NoticeKind) -> Holder {
    let kind = match kind {
        NoticeKind::WasteRejection => TicketType::WasteRejection,
        NoticeKind::ProfileDiscrepancy => TicketType::ProfileDiscrepancy,
        NoticeKind::PricingChange => TicketType::PricingNotice,
        NoticeKind::ScheduleChange => TicketType::Scheduling,
        NoticeKind::General => TicketType::General,
    };
    let traits = Traits {
        kind,
        requester_kind: RequesterKind::Customer,
        priority: Priority::Normal,
        channel: Channel::Internal,
        account_id: addressee.account_id,
        branch_id: addressee.branch_id,
        calendar_id: None,
    };
    Holder { ticket: None, traits, site_id: addressee.site_id, group_id: None, assignee_id: None }
}
