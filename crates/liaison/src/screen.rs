//! What a person at the terminal reads. Logs go elsewhere; nothing secret is shown except what was made to be shown once.

use std::fmt::Display;
use std::io::{Write, stderr, stdout};

/// One line of result.
pub(crate) fn say(line: impl Display) {
    // A closed terminal is no reason to stop serving.
    let _ = writeln!(stdout().lock(), "{line}");
}

/// Why a command failed.
pub(crate) fn complain(failure: &dyn Display) {
    let _ = writeln!(stderr().lock(), "liaison: {failure}");
}
