//! Nothing leaks: every operation that reads is asked by a customer of one account and by staff of one branch, and no answer has
//! anything of the other account, the other branch or, for the customer, of the desk itself in it.
//!
//! The operations are those of the API document, so one that is new is asked too, or the test says what it needs to know first.

mod scene;

use std::collections::BTreeMap;

use platform::caller::ActorKind;
use serde_json::{Value, json};
use testkit::{Client, Persona};

use self::scene::{Half, Marks, fill};
use super::world::World;

const OWN: Marks = Marks { open: "apple", secret: "zebra" };
const OTHER: Marks = Marks { open: "yeti", secret: "yetiden" };
/// More than any customer holds: what keeps things from customers is not that they lack a permission.
const EVERYTHING: &str = "*:read tickets:write";

struct Reader {
    who: &'static str,
    client: Client,
    /// What must be in no answer to him.
    kept_from: &'static [&'static str],
}

/// An operation that reads, with its query parameters.
struct Question {
    path: String,
    parameters: Vec<String>,
}

fn questions() -> Vec<Question> {
    let document = serde_json::to_value(crate::service().document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let reads = paths.iter().filter_map(|(path, operations)| Some((path, operations.get("get")?)));
    let question = |(path, read): (&String, &Value)| {
        let parameters = read["parameters"].as_array().into_iter().flatten().filter(|one| one["in"] == "query");
        Question { path: path.clone(), parameters: parameters.map(|one| one["name"].as_str().unwrap().to_owned()).collect() }
    };
    reads.map(question).filter(|one| !one.path.contains("/public/")).collect()
}

/// The path with the ids of `half`; none when nothing of the kind was made, which `UNMADE` has to admit.
fn filled(path: &str, known: &BTreeMap<String, String>) -> Option<String> {
    let mut filled = path.to_owned();
    while let Some(start) = filled.find('{') {
        let end = start + filled[start..].find('}').unwrap();
        let name = filled[start + 1..end].to_owned();
        let Some(value) = known.get(&name) else {
            assert!(UNMADE.contains(&name.as_str()), "{path}: the scene has no {name}");
            return None;
        };
        filled.replace_range(start..=end, value);
    }
    Some(filled)
}

/// Parameters of what is the organisation's and nobody's in particular, or is made by none of the scene's happenings.
const UNMADE: &[&str] = &[
    "agent_id",
    "attachment_id",
    "automation_id",
    "calendar_id",
    "escalation_policy_id",
    "macro_id",
    "mail_id",
    "page_id",
    "policy_id",
    "response_id",
    "rule_id",
    "schedule_id",
    "survey_id",
    "template_id",
    "territory_id",
];

/// The ways to ask a question that might say more than its plain answer.
fn ways(question: &Question) -> Vec<String> {
    let mut ways = vec![String::new()];
    let has = |name: &str| question.parameters.iter().any(|one| one == name);
    for (parameter, way) in [
        ("count", "?count=true&limit=200"),
        ("include", "?include=messages,obligations,time"),
        ("explain", "?explain=true"),
        ("q", "?q=zebra"),
        ("q", "?q=yeti"),
    ] {
        if has(parameter) {
            ways.push(way.to_owned());
        }
    }
    ways
}

async fn ask(reader: &Reader, path: &str) -> usize {
    let answer = reader.client.get(path).await;
    assert_ne!(answer.status.as_u16() / 100, 5, "{} of {path}: {}", reader.who, answer.body);
    let said = format!("{:?} {}", answer.headers, String::from_utf8_lossy(&answer.bytes)).to_lowercase();
    // What is repeated of the question tells nothing.
    let asked = path.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default();
    for mark in reader.kept_from.iter().filter(|mark| !asked.contains(**mark)) {
        assert!(!said.contains(mark), "{} reads {mark} at {path}: {said}", reader.who);
    }
    let rows = answer.body["data"].as_array().map_or(0, Vec::len);
    if let Some(count) = answer.body["count"].as_u64() {
        assert_eq!(usize::try_from(count).unwrap(), rows, "{} of {path}: what is counted is what is shown", reader.who);
    }
    if !asked.is_empty() && reader.kept_from.iter().any(|mark| asked.contains(mark)) {
        assert_eq!(rows, 0, "{} of {path}: {}", reader.who, answer.body);
    }
    rows
}

async fn sweep(reader: &Reader, own: &Half, other: &Half) -> usize {
    let mut shown = 0;
    for question in questions() {
        for half in [own, other] {
            let Some(path) = filled(&question.path, &half.known) else { continue };
            let foreign = half.account == other.account && path != question.path;
            if foreign {
                let answer = reader.client.get(&path).await;
                assert!(matches!(answer.status.as_u16(), 403 | 404), "{} of {path}: {}", reader.who, answer.body);
            }
            for way in ways(&question) {
                shown += ask(reader, &format!("{path}{way}")).await;
            }
        }
    }
    shown
}

#[actix_web::test]
async fn no_answer_has_anything_that_its_reader_may_not_read() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let (own, other) = (fill(&world, OWN).await, fill(&world, OTHER).await);
    let customer = Persona::customer(&[own.account], EVERYTHING);
    let staff = Persona { branches: Some(vec![own.branch]), ..Persona::new("Stan", ActorKind::User, EVERYTHING) };
    let readers = [
        Reader { who: "the customer", client: world.app.client(&customer), kept_from: &["zebra", "yeti"] },
        Reader { who: "the other branch's staff", client: world.app.client(&staff), kept_from: &["yeti"] },
    ];
    for reader in &readers {
        assert!(sweep(reader, &own, &other).await > 0, "{} sees what is theirs", reader.who);
    }
    world.stop().await;
}

#[actix_web::test]
async fn no_filter_tells_a_customer_what_a_field_holds_that_he_may_not_read() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let own = fill(&world, OWN).await;
    let reader = world.app.client(&Persona::customer(&[own.account], EVERYTHING));
    let shown = reader.get(&format!("/v1/tickets/{}", own.ticket)).await.expect(200).body;
    let document = serde_json::to_value(crate::service().document()).unwrap();
    let parameters = document["paths"]["/v1/tickets"]["get"]["parameters"].as_array().unwrap().clone();
    let fields: Vec<String> =
        parameters.iter().filter_map(|one| Some(one["name"].as_str()?.strip_prefix("filter[")?.split(']').next()?.to_owned())).collect();
    assert!(fields.len() > 10, "the document names the filters");
    for field in fields {
        let hidden = shown.get(&field).is_none_or(|value| *value == json!(null) || *value == json!([]) || *value == json!({}));
        let at_the_desk = world.current(own.ticket).await.body.get(&field).cloned().unwrap_or(Value::Null);
        let Some(value) = at_the_desk.as_str().filter(|_| hidden) else { continue };
        let asked = reader.get(&format!("/v1/tickets?filter[{field}]={value}")).await;
        assert_eq!(asked.status, 400, "{field}: {}", asked.body);
    }
    world.stop().await;
}
