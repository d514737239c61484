//! What a change of a ticket means for its survey: resolving schedules one, reopening and merging call it off.

use platform::caller::ActorKind;
use platform::db::Tx;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::stamp::Touch;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::model::{CancelReason, Survey};
use super::store;
use super::wire::SurveyView;
use crate::message::entity as message;
use crate::ticket::case::Case;
use crate::ticket::model::Ticket;
use crate::vocabulary::{AuthorKind, MessageKind, Status};

/// Follows what was just written of a case, in its transaction.
pub(crate) async fn follow(tx: &Tx, case: &Case) -> Result<(), Problem> {
    let Some((before, _)) = &case.before else { return Ok(()) };
    let ticket = &case.ticket;
    match (before.status, ticket.status) {
        (from, Status::Resolved) if from != Status::Resolved && tx.actor().kind == ActorKind::User => schedule(tx, case).await,
        (Status::Resolved | Status::Closed, Status::Merged) => call_off(tx, ticket, CancelReason::Merged).await,
        (Status::Resolved | Status::Closed, to) if to.is_open() => call_off(tx, ticket, CancelReason::Reopened).await,
        _ => Ok(()),
    }
}

async fn schedule(tx: &Tx, case: &Case) -> Result<(), Problem> {
    let settings = &case.rules.settings.surveys;
    let Some(survey) = Survey::about(&case.ticket, settings, Touch::of(tx)) else { return Ok(()) };
    if !a_person_wrote(tx, &case.ticket).await? || store::asked_since(tx, &survey, tx.now() - settings.pause(), false).await? {
        return Ok(());
    }
    if store::insert(tx, &survey).await? {
        tx.record(changed("survey.scheduled", &survey));
    }
    Ok(())
}

/// True when a person of ours wrote to the customer at least once.
async fn a_person_wrote(tx: &Tx, ticket: &Ticket) -> Result<bool, Problem> {
    let replies = message::Entity::find()
        .filter(message::Column::TicketId.eq(ticket.id.uuid()))
        .filter(message::Column::Kind.eq(MessageKind::PublicReply.as_str()))
        .filter(message::Column::AuthorKind.eq(AuthorKind::Agent.as_str()))
        .filter(message::Column::Automatic.eq(false));
    Ok(replies.count(tx).await? > 0)
}

async fn call_off(tx: &Tx, ticket: &Ticket, reason: CancelReason) -> Result<(), Problem> {
    let Some(survey) = store::scheduled(tx, ticket.id).await? else { return Ok(()) };
    let cancelled = survey.cancelled(reason, Touch::of(tx))?;
    store::save(tx, &cancelled).await?;
    tx.record(changed("survey.cancelled", &cancelled));
    Ok(())
}

/// A change of a survey, which only the desk learns of.
pub(crate) fn changed(event: &'static str, survey: &Survey) -> Change {
    let change = Change::new(event, "survey", survey.id, survey.stamp.version).after(&SurveyView::from(survey));
    change.account(survey.whose.account_id).site(survey.whose.site_id).branch(survey.whose.branch_id)
}
