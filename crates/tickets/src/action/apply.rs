//! Applying actions to a case: pure but for the message that is written into it.

use kernel::Fault;
use platform::caller::Actor;

use super::text::filled;
use super::{ActionNotice, Actions};
use crate::escalation::run::responsible;
use crate::message::model::{Author, NewMessage};
use crate::notification::model::NotificationClass;
use crate::notification::{Notification, Recipient};
use crate::ticket::case::Case;
use crate::vocabulary::{AuthorKind, Channel, MessageKind};

/// Who acts: a person by a macro, or a rule by itself.
#[derive(Clone, Copy, Debug)]
pub(crate) enum By<'a> {
    Person(&'a Actor),
    Rule(&'a str),
}

impl<'a> By<'a> {
    /// What a key or a service applies is a machine's doing, whatever it is called.
    pub(crate) fn of(actor: &'a Actor, name: &'a str) -> Self {
        if actor.is_human() { Self::Person(actor) } else { Self::Rule(name) }
    }

    const fn is_human(self) -> bool {
        matches!(self, Self::Person(_))
    }

    fn author(self) -> Author {
        match self {
            Self::Person(actor) => Author::of(actor),
            Self::Rule(name) => Author { kind: AuthorKind::Automation, id: None, name: name.to_owned() },
        }
    }
}

/// Does to the case what the actions say, and gives the word to be left for people.
///
/// # Errors
/// Those of the move: 409 when the ticket is not where it could be made, 422 naming what it needs.
pub(crate) fn apply(actions: &Actions, case: &mut Case, by: By<'_>) -> Result<Vec<Notification>, Fault> {
    members(actions, case, by);
    case.retrait();
    for (text, kind) in [(&actions.note, MessageKind::InternalNote), (&actions.reply, MessageKind::PublicReply)] {
        if let Some(text) = text {
            let body = filled(text, &case.ticket);
            let message = NewMessage::new(kind, Channel::Api, by.author(), body, case.touch.at);
            case.append(NewMessage { automatic: !by.is_human(), ..message });
        }
    }
    if let Some(step) = &actions.transition {
        case.move_to(&step.into(), by.is_human())?;
    }
    if by.is_human() {
        case.acted();
    }
    Ok(actions.notify.iter().map(|notice| word(notice, case)).collect())
}

fn members(actions: &Actions, case: &mut Case, by: By<'_>) {
    let ticket = &mut case.ticket;
    ticket.priority = actions.priority.unwrap_or(ticket.priority);
    ticket.kind = actions.kind.unwrap_or(ticket.kind);
    ticket.severity = actions.severity.or(ticket.severity);
    ticket.tags.retain(|tag| !actions.remove_tags.contains(tag));
    for tag in &actions.add_tags {
        if !ticket.tags.contains(tag) {
            ticket.tags.push(tag.clone());
        }
    }
    if actions.assignee_id.is_some() || actions.group_id.is_some() {
        let group = actions.group_id.map(|group| Some(group.uuid()));
        // A group without a person takes the ticket from whoever had it.
        case.assign(actions.assignee_id, group, by.is_human());
    }
}

fn word(notice: &ActionNotice, case: &Case) -> Notification {
    let named = notice.user_id.map(Recipient::User).or(notice.group_id.map(Recipient::Group)).or(notice.role.map(Recipient::Role));
    let to = named.unwrap_or_else(|| responsible(Some(&case.ticket)));
    Notification::of_ticket(&case.ticket, to, NotificationClass::Alert, filled(&notice.text, &case.ticket))
}
