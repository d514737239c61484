//! What follows a bad answer: the ticket is taken up again, and a person gets in touch with whoever gave it.
//!
//! Nothing but a person's own word to the respondent, after the answer, keeps that promise: no note, no machine, no other
//! person's mail.

use platform::db::Tx;
use platform::problem::Problem;
use platform::scope::RowScope;
use uuid::Uuid;

use super::model::{Survey, SurveyResponse};
use super::store;
use crate::message::model::NewMessage;
use crate::notification::model::{DeskRole, NotificationClass};
use crate::notification::{Notification, Recipient, tell};
use crate::obligation::engine::Subject;
use crate::obligation::recalculation;
use crate::rulebook::Rules;
use crate::ticket::case::Case;
use crate::ticket::commands;
use crate::ticket::model::{Move, Ticket};
use crate::vocabulary::{Direction, MessageKind, ObligationKind, Status, SubjectKind};
use crate::{group, obligation, ticket};

/// Why a ticket is reopened by a bad answer.
const REASON: &str = "negative_csat";

fn about(survey: &Survey) -> Subject {
    Subject { kind: SubjectKind::Survey, id: survey.id.uuid() }
}

/// Takes the ticket up again and promises that a person gets in touch; once, however often the answer is changed.
pub(super) async fn begin(tx: &Tx, rules: &Rules, survey: &Survey, response: &SurveyResponse) -> Result<(), Problem> {
    let Some(ticket) = ticket::store::root(tx, &RowScope::All, survey.ticket_id).await? else { return Ok(()) };
    let mut case = commands::resume(tx, rules, &RowScope::All, ticket.id).await?;
    if case.promises.about(about(survey), ObligationKind::CsatFollowup).next().is_some() {
        return Ok(());
    }
    if matches!(case.ticket.status, Status::Resolved | Status::Closed) {
        case.move_to(&Move { reason: Some(REASON.to_owned()), ..Move::to(Status::Open) }, false)?;
    }
    case.promise(about(survey), ObligationKind::CsatFollowup, response.stamp.updated_at);
    commands::write(tx, &mut case).await?;
    commands::tell_touch(tx, &case);
    alert(tx, &case, survey, response).await
}

/// Leaves word for whoever works on the ticket and for the lead of its group; for triage when there is nobody.
async fn alert(tx: &Tx, case: &Case, survey: &Survey, response: &SurveyResponse) -> Result<(), Problem> {
    let ticket = &case.ticket;
    let lead = match ticket.group_id {
        Some(group) => group::store::lead_of(tx, group.into()).await?,
        None => None,
    };
    let mut people: Vec<Recipient> = ticket.assignee_id.into_iter().chain(lead).map(Recipient::User).collect();
    people.dedup();
    if people.is_empty() {
        people.push(Recipient::Role(DeskRole::Triage));
    }
    let text = format!("{}: the customer is dissatisfied ({} of 5). Get in touch.", ticket.reference(), response.score);
    for to in people {
        let word = Notification::of_ticket(ticket, to, NotificationClass::Alert, text.clone()).subject(Some(about(survey)));
        tell(tx, &case.rules, word).await?;
    }
    Ok(())
}

/// Keeps what the case's latest message has kept: a person reached a respondent after the answer, also to the survey of a ticket
/// that was merged into this one since.
pub(crate) async fn notice(tx: &Tx, case: &mut Case) -> Result<(), Problem> {
    let Some(message) = case.latest_message().map(|message| message.content.clone()).filter(reaches_out) else { return Ok(()) };
    keep(tx, case, &message).await?;
    if case.ticket.members.is_empty() { Ok(()) } else { Box::pin(keep_on_members(tx, case, &message)).await }
}

async fn keep_on_members(tx: &Tx, case: &Case, message: &NewMessage) -> Result<(), Problem> {
    let members = obligation::store::owing(tx, ObligationKind::CsatFollowup, &case.ticket.members).await?;
    for mut member in recalculation::cases(tx, &case.rules, &members).await? {
        keep(tx, &mut member, message).await?;
        commands::write(tx, &mut member).await?;
    }
    Ok(())
}

async fn keep(tx: &Tx, case: &mut Case, message: &NewMessage) -> Result<(), Problem> {
    let owed = case.promises.list.iter().filter(|one| one.kind == ObligationKind::CsatFollowup && one.is_active());
    let owed: Vec<Uuid> = owed.filter(|one| message.occurred_at > one.start_at).filter_map(|one| Some(one.subject?.id)).collect();
    if owed.is_empty() {
        return Ok(());
    }
    for survey in store::of_ids(tx, &owed).await? {
        if is_respondent(&case.ticket, &survey) {
            case.keep(about(&survey), ObligationKind::CsatFollowup, message.occurred_at, Some(message.id));
        }
    }
    Ok(())
}

/// True for a person's word that went out: a reply, a text message, a call of ours that was taken.
fn reaches_out(message: &NewMessage) -> bool {
    let called = message.call.as_ref().is_some_and(|call| call.direction == Direction::Outbound);
    message.is_answer() && (message.kind != MessageKind::Call || called)
}

/// True when what goes out on the ticket goes to whoever answered.
fn is_respondent(ticket: &Ticket, survey: &Survey) -> bool {
    let same_contact = survey.contact_id.is_some() && survey.contact_id == ticket.requester.contact_id;
    let others = ticket.participants.iter().map(|participant| &participant.email);
    same_contact || ticket.requester.email.iter().chain(others).any(|email| email.trim().eq_ignore_ascii_case(&survey.email))
}
