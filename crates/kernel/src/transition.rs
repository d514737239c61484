//! The one way through every state machine: a table says what a step makes of a state, and a step that the table does not have is
//! refused with those that it has.

use crate::fault::Fault;
use crate::words::Word;

/// The state after a step, by the table `after`.
///
/// # Errors
/// 409 `illegal_transition` with the steps that the state allows.
pub fn moved<S: Word, T: Word>(state: S, step: T, after: impl Fn(S, T) -> Option<S>) -> Result<S, Fault> {
    after(state, step).ok_or_else(|| {
        let allowed = T::ALL.iter().filter(|step| after(state, **step).is_some());
        Fault::illegal_transition(step, state, allowed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::words! {
        /// A door.
        enum Door { Open = "open", Shut = "shut", Locked = "locked" }

        /// What is done to it.
        enum Turn { Close = "close", Lock = "lock", Unlock = "unlock" }
    }

    const fn after(door: Door, turn: Turn) -> Option<Door> {
        match (door, turn) {
            (Door::Open, Turn::Close) | (Door::Locked, Turn::Unlock) => Some(Door::Shut),
            (Door::Shut, Turn::Lock) => Some(Door::Locked),
            (Door::Open, Turn::Lock | Turn::Unlock)
            | (Door::Shut, Turn::Close | Turn::Unlock)
            | (Door::Locked, Turn::Close | Turn::Lock) => None,
        }
    }

    #[test]
    fn a_step_is_taken_or_refused_with_those_there_are() {
        assert_eq!(moved(Door::Shut, Turn::Lock, after).unwrap(), Door::Locked);
        let refused = moved(Door::Locked, Turn::Close, after).unwrap_err();
        assert_eq!((&*refused.code, &*refused.detail), ("illegal_transition", "Cannot close while locked."));
        assert_eq!(refused.allowed, ["unlock"]);
    }
}
