use std::path::PathBuf;

use serde_json::Value;

use super::trim;

#[test]
fn every_reply_of_the_vectors_is_trimmed_as_expected() {
    let shared =
        std::option_env!("LIAISON_SHARED").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = shared.join("vectors/email_reply_trim.json");
    let Ok(text) = std::fs::read(&path) else {
        println!("{} is not present: nothing to compare with", path.display());
        return;
    };
    let file: Value = serde_json::from_slice(&text).unwrap();
    let mut wrong = Vec::new();
    for vector in file["vectors"].as_array().unwrap() {
        let (ours, theirs) = (trim(vector["email"].as_str().unwrap()), vector["expect_trimmed"].as_str().unwrap());
        if ours != theirs {
            println!("--- {}\n{ours:?}\n{theirs:?}", vector["file"]);
            wrong.push(vector["file"].to_string());
        }
    }
    assert!(wrong.is_empty(), "{} differ: {}", wrong.len(), wrong.join(", "));
}

#[test]
fn what_a_person_wrote_stays() {
    for text in
        ["In 2019 he wrote:\n\nDear all, the lift is broken.\n", "Sent the truck at 9.\nIt never came.\n", "Part one\n-----\nPart two\n"]
    {
        assert_eq!(trim(text), text);
    }
}

#[test]
fn a_quote_answered_in_between_stays() {
    let text = "On 2 May 2026 at 10:30, Jane <jane@example.com> wrote:\n> When?\nTomorrow.\n> Where?\nAt the gate.\n";
    assert_eq!(trim(text), "Tomorrow.\n> Where?\nAt the gate.\n");
}

#[test]
fn windows_and_old_line_ends_are_the_same() {
    assert_eq!(trim("a\r\nb\r\n"), "a\nb\n");
    assert_eq!(trim(""), "");
}
