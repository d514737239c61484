//! A template: the words around what a notice says.

use kernel::Fault;
use kernel::id::NoticeTemplateId;
use platform::stamp::{Stamp, Touch};

use crate::notice::payload::NoticeKind;
use crate::notice::text::{Pattern, check};

/// A template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) id: NoticeTemplateId,
    pub(crate) stamp: Stamp,
    pub(crate) kind: NoticeKind,
    pub(crate) language: String,
    pub(crate) subject: String,
    pub(crate) body: String,
    /// An inactive one is not used for new approvals.
    pub(crate) active: bool,
}

impl Template {
    /// # Errors
    /// A field fault for each name that notices of its kind do not have.
    pub(crate) fn checked(self) -> Result<Self, Fault> {
        let faults = [check(self.kind, &self.subject, "/subject"), check(self.kind, &self.body, "/body")];
        Fault::all(faults.into_iter().filter_map(Result::err))?;
        Ok(self)
    }

    pub(crate) fn touched(self, touch: Touch) -> Self {
        Self { stamp: self.stamp.touched(touch), ..self }
    }

    pub(crate) fn pattern(&self) -> Pattern<'_> {
        Pattern { subject: &self.subject, body: &self.body }
    }
}
