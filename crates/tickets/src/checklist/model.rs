//! An item of a checklist: open or done, blocking or not.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{ChecklistItemId, TicketId};
use platform::stamp::{Stamp, Touch};
use uuid::Uuid;

/// Who did an item, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) at: DateTime<Utc>,
    pub(crate) by: Uuid,
}

/// One thing to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChecklistItem {
    pub(crate) id: ChecklistItemId,
    pub(crate) stamp: Stamp,
    pub(crate) ticket_id: TicketId,
    /// Items are shown by it, and by age where it is the same.
    pub(crate) position: i32,
    pub(crate) text: String,
    pub(crate) blocking: bool,
    pub(crate) done: Option<Done>,
}

impl ChecklistItem {
    /// True while it keeps its ticket from being resolved.
    pub(crate) fn blocks(&self) -> bool {
        self.blocking && self.done.is_none()
    }

    /// Marks it done, or open again; what is done stays whose it was.
    pub(crate) fn mark(&mut self, done: bool, touch: Touch) {
        self.done = match (done, self.done) {
            (true, None) => Some(Done { at: touch.at, by: touch.by }),
            (true, known) => known,
            (false, _) => None,
        };
    }
}

/// Demands that nothing blocks.
///
/// # Errors
/// 409 `checklist_open` naming what must be done first.
pub(crate) fn demand_done(items: &[ChecklistItem]) -> Result<(), Fault> {
    let open: Vec<&ChecklistItem> = items.iter().filter(|item| item.blocks()).collect();
    if open.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = open.iter().map(|item| item.text.as_str()).collect();
    let fault = Fault::conflict("checklist_open", format!("This must be done first: {}.", names.join("; ")));
    Err(fault.with_conflicts(open.iter().map(|item| item.id.uuid())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(by: u128) -> Touch {
        Touch { by: Uuid::from_u128(by), at: DateTime::UNIX_EPOCH }
    }

    fn item(text: &str, blocking: bool) -> ChecklistItem {
        ChecklistItem {
            id: ChecklistItemId::generate(),
            stamp: Stamp::new(touch(1)),
            ticket_id: TicketId::generate(),
            position: 1,
            text: text.to_owned(),
            blocking,
            done: None,
        }
    }

    #[test]
    fn only_blocking_items_that_are_not_done_block() {
        let mut items = [item("Photos taken", true), item("Coffee drunk", false)];
        let fault = demand_done(&items).unwrap_err();
        assert_eq!((&*fault.code, fault.conflicts.clone()), ("checklist_open", vec![items[0].id.uuid()]));
        assert!(fault.detail.contains("Photos taken") && !fault.detail.contains("Coffee"));
        items[0].mark(true, touch(2));
        items[0].mark(true, touch(3));
        assert_eq!(items[0].done.map(|done| done.by), Some(Uuid::from_u128(2)), "who did it first did it");
        assert!(demand_done(&items).is_ok());
        items[0].mark(false, touch(3));
        assert!(demand_done(&items).is_err());
    }
}
