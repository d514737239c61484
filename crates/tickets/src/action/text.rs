//! Texts with stand-ins for what the ticket says.

use crate::ticket::model::Ticket;

/// The text with the ticket's own words; unknown stand-ins stay as they are.
pub(super) fn filled(text: &str, ticket: &Ticket) -> String {
    let requester = ticket.requester.name.clone().or_else(|| ticket.requester.email.clone()).unwrap_or_default();
    let words = [
        ("{{reference}}", ticket.reference()),
        ("{{subject}}", ticket.subject.clone()),
        ("{{requester}}", requester),
        ("{{status}}", ticket.status.to_string()),
    ];
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    // One pass over the template: what a ticket says is never read as a stand-in.
    while let Some(start) = rest.find("{{") {
        let (before, after) = rest.split_at(start);
        filled.push_str(before);
        let known = words.iter().find_map(|(name, word)| after.strip_prefix(name).map(|rest| (word.as_str(), rest)));
        let (word, next) = known.unwrap_or_else(|| after.split_at(2));
        filled.push_str(word);
        rest = next;
    }
    filled.push_str(rest);
    filled
}
