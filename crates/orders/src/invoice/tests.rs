use super::model::{State, Step};

#[test]
fn the_whole_state_table() {
    let allowed = |state: State| [Step::Edit, Step::Post, Step::Void, Step::Discard].map(|step| state.check(step).is_ok());
    assert_eq!(allowed(State::Draft), [true, true, false, true]);
    for state in [State::Posted, State::PartiallyPaid, State::Paid] {
        assert_eq!(allowed(state), [false, false, true, false]);
    }
    assert_eq!(allowed(State::Void), [false, false, false, false]);
    assert_eq!(State::Void.check(Step::Post).unwrap_err().code, "illegal_transition");
}
