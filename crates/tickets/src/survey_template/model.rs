//! A survey's words, and filling them in. Pure.

use kernel::Fault;
use kernel::id::SurveyTemplateId;
use platform::stamp::{Stamp, Touch};

/// Where the address of the form stands in the mail.
const LINK: &str = "{link}";

/// The words of a survey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SurveyTemplate {
    pub(crate) id: SurveyTemplateId,
    pub(crate) stamp: Stamp,
    pub(crate) name: String,
    /// Of the tickets it is for; none for all that have no template of their own.
    pub(crate) language: Option<String>,
    pub(crate) active: bool,
    pub(crate) subject: String,
    /// The mail's text with `{name}`, `{reference}`, `{subject}` and `{link}`.
    pub(crate) body: String,
    /// What the form asks.
    pub(crate) question: String,
    /// What the form says afterwards.
    pub(crate) thanks: String,
}

/// What is filled in.
pub(crate) struct Filling<'a> {
    pub(crate) name: &'a str,
    pub(crate) reference: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) link: &'a str,
}

impl SurveyTemplate {
    /// What an organisation starts with.
    pub(crate) fn first(touch: Touch) -> Self {
        Self {
            id: SurveyTemplateId::generate(),
            stamp: Stamp::new(touch),
            name: "How did we do?".to_owned(),
            language: None,
            active: true,
            subject: "How did we do? ({reference})".to_owned(),
            body: "Hello {name},\n\nwe have resolved your request \"{subject}\" ({reference}). How satisfied are you with how we \
                   handled it? One click is enough:\n\n{link}\n\nThank you!\n"
                .to_owned(),
            question: "How satisfied are you with how we handled your request?".to_owned(),
            thanks: "Thank you! Your answer has been recorded.".to_owned(),
        }
    }

    /// Demands that the mail leads to the form.
    ///
    /// # Errors
    /// 422 at `/body`.
    pub(crate) fn checked(self) -> Result<Self, Fault> {
        if self.body.contains(LINK) {
            return Ok(self);
        }
        Err(Fault::field("/body", "link_missing", format!("Say where to answer: the text needs {LINK}.")))
    }
}

impl Filling<'_> {
    /// The text with everything filled in; what is filled in is not looked at again.
    pub(crate) fn fill(&self, text: &str) -> String {
        let known = [("{name}", self.name), ("{reference}", self.reference), ("{subject}", self.subject), (LINK, self.link)];
        let (mut filled, mut rest) = (String::with_capacity(text.len()), text);
        while let Some(start) = rest.find('{') {
            let (before, at) = rest.split_at(start);
            filled.push_str(before);
            match known.iter().find_map(|(mark, value)| at.strip_prefix(mark).map(|tail| (tail, value))) {
                Some((tail, value)) => {
                    filled.push_str(value);
                    rest = tail;
                }
                None => {
                    filled.push('{');
                    rest = at.strip_prefix('{').unwrap_or_default();
                }
            }
        }
        filled.push_str(rest);
        filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_filled_in_once_and_others_stay() {
        let filling = Filling { name: "{link}", reference: "T-7", subject: "Lift {", link: "https://x" };
        assert_eq!(filling.fill("{name} {reference} {subject} {other} {link}{"), "{link} T-7 Lift { {other} https://x{");
    }
}
