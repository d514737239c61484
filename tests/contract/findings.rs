//! What a check found: collected, so that one run shows everything that is wrong.

use testkit::Answer;

/// The findings of one check.
#[derive(Default)]
pub(super) struct Findings {
    list: Vec<String>,
    asked: usize,
}

impl Findings {
    pub(super) fn add(&mut self, about: &str, text: impl Into<String>) {
        self.list.push(format!("{about}: {}", text.into()));
    }

    pub(super) fn demand(&mut self, holds: bool, about: &str, text: &str) {
        self.asked += 1;
        if !holds {
            self.add(about, text);
        }
    }

    /// Demands one of these statuses and, of a refusal, a complete problem document.
    pub(super) fn status(&mut self, about: &str, answer: &Answer, wanted: &[u16]) -> bool {
        self.asked += 1;
        let status = answer.status.as_u16();
        if status >= 400 {
            self.problem(about, answer);
        }
        let right = wanted.contains(&status);
        if !right {
            let body: String = String::from_utf8_lossy(&answer.bytes).chars().take(300).collect();
            self.add(about, format!("answered {status} where {wanted:?} is due: {body}"));
        }
        right
    }

    /// Demands this status with this code.
    pub(super) fn refusal(&mut self, about: &str, answer: &Answer, status: u16, code: &str) {
        if self.status(about, answer, &[status]) && answer.body["code"] != code {
            self.add(about, format!("code {} where {code} is due", answer.body["code"]));
        }
    }

    /// Demands that the fault at `pointer` is named.
    pub(super) fn pointer(&mut self, about: &str, answer: &Answer, pointer: &str) {
        if !self.status(about, answer, &[422]) {
            return;
        }
        let named = answer.body["errors"].as_array().is_some_and(|errors| errors.iter().any(|error| error["pointer"] == pointer));
        if !named {
            self.add(about, format!("does not name {pointer}: {}", answer.body["errors"]));
        }
    }

    fn problem(&mut self, about: &str, answer: &Answer) {
        if answer.header("content-type") != "application/problem+json" {
            self.add(about, format!("{} comes as {:?}", answer.status, answer.header("content-type")));
            return;
        }
        for member in ["type", "title", "detail", "code", "request_id"] {
            if answer.body[member].as_str().is_none_or(str::is_empty) {
                self.add(about, format!("the problem document has no {member}: {}", answer.body));
            }
        }
        if answer.body["status"] != answer.status.as_u16() {
            self.add(about, format!("the problem says {} and the status is {}", answer.body["status"], answer.status));
        }
    }

    /// Fails with everything that was found, or when nothing was asked.
    #[track_caller]
    pub(super) fn settle(self, check: &str) {
        assert!(self.asked > 0, "{check}: nothing was checked");
        println!("{check}: {} questions", self.asked);
        assert!(self.list.is_empty(), "{check}: {} of {} are wrong\n  {}", self.list.len(), self.asked, self.list.join("\n  "));
    }
}
