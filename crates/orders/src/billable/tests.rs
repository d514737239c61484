use super::model::{State, Step};

#[test]
fn the_whole_state_table() {
    let after = |state: State| [Step::Hold, Step::Release, Step::Waive].map(|step| state.after(step).ok().map(State::as_str));
    assert_eq!(after(State::Open), [Some("held"), None, Some("waived")]);
    assert_eq!(after(State::Held), [None, Some("open"), Some("waived")]);
    for state in [State::Claimed, State::Billed, State::Waived] {
        assert_eq!(after(state), [None, None, None]);
    }
}
