//! Whether a file may be handed out, and who decides it.

use kernel::{Fault, words};

use crate::intake::magic;

words! {
    /// Whether a file may be handed out.
    pub(crate) enum FileState {
        /// Nobody has looked at it yet.
        Pending = "pending",
        Clean = "clean",
        /// It is never handed out.
        Blocked = "blocked",
    }

    /// What a scanner says of a content.
    pub(crate) enum Verdict { Clean = "clean", Blocked = "blocked" }
}

impl FileState {
    /// What a content begins as: what can run when opened is blocked whatever a scanner would say.
    #[must_use]
    pub(crate) fn at_first(media_type: &str) -> Self {
        if magic::is_dangerous(media_type) { Self::Blocked } else { Self::Pending }
    }

    /// The state after a verdict. A later verdict corrects an earlier one.
    ///
    /// # Errors
    /// 409 `runs_when_opened` for a program: no verdict lets it out.
    pub(crate) fn judged(self, verdict: Verdict, media_type: &str) -> Result<Self, Fault> {
        match (self, verdict) {
            (Self::Pending | Self::Clean | Self::Blocked, Verdict::Blocked) => Ok(Self::Blocked),
            (Self::Pending | Self::Clean | Self::Blocked, Verdict::Clean) if magic::is_dangerous(media_type) => {
                Err(Fault::conflict("runs_when_opened", "This file can run when opened; it stays blocked."))
            }
            (Self::Pending | Self::Clean | Self::Blocked, Verdict::Clean) => Ok(Self::Clean),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_decides_and_corrects_but_lets_no_program_out() {
        let mut table = String::new();
        for state in FileState::ALL {
            for verdict in Verdict::ALL {
                let text = state.judged(*verdict, "application/pdf").map_or_else(|fault| fault.code.to_string(), |state| state.to_string());
                table.push_str(&format!("{state} {verdict}: {text}\n"));
            }
        }
        let expected = "pending clean: clean\npending blocked: blocked\nclean clean: clean\nclean blocked: blocked\n\
            blocked clean: clean\nblocked blocked: blocked\n";
        assert_eq!(table, expected);
        assert_eq!(FileState::at_first("text/x-shellscript"), FileState::Blocked);
        assert_eq!(FileState::Blocked.judged(Verdict::Clean, "text/x-shellscript").unwrap_err().code, "runs_when_opened");
    }
}
