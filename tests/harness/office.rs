//! A deployment with a mailbox, a mail server that it sends to, and mail piped in as a mail server does.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Client, Smtp};

use super::{Deployment, executable};

/// When every office opens.
const MORNING: &str = "2026-03-02T15:00:00Z";

/// A deployment that sends to a mail server of this test's own, with a mailbox.
pub(crate) struct PostOffice {
    pub(crate) deployment: Deployment,
    pub(crate) operator: Client,
    pub(crate) smtp: Smtp,
}

fn settings(smtp: &Smtp) -> Vec<(&'static str, String)> {
    vec![("LIAISON_SMTP_URL", smtp.url.clone()), ("LIAISON_SMTP_TIMEOUT_S", "5".to_owned())]
}

impl PostOffice {
    async fn open(deployment: Deployment, smtp: Smtp) -> Self {
        let operator = deployment.operator();
        deployment.set_time(&operator, MORNING).await;
        let mailbox = json!({"name": "Help", "address": "help@desk.example"});
        let _ = operator.post("/v1/mailboxes", mailbox).await.expect(201);
        Self { deployment, operator, smtp }
    }

    pub(crate) async fn embedded() -> Self {
        let smtp = Smtp::start().await;
        Self::open(Deployment::embedded_with(&settings(&smtp)).await, smtp).await
    }

    pub(crate) async fn split() -> Self {
        let smtp = Smtp::start().await;
        Self::open(Deployment::split_with(&settings(&smtp)).await, smtp).await
    }

    /// Pipes a mail in, as a mail server does; the exit status.
    pub(crate) async fn pipe(&self, mail: String) -> i32 {
        let (_, token) = self.deployment.command(&["token", "--minutes", "600"]);
        let (url, token) = (self.deployment.url.clone(), token.lines().last().unwrap().trim().to_owned());
        let piping = tokio::task::spawn_blocking(move || {
            let mut command = Command::new(executable());
            command.args(["intake", "email", "--recipient", "help@desk.example", "--return-path", "dana@plating.example"]);
            command.env("LIAISON_URL", url).env("LIAISON_TOKEN", token).stdin(Stdio::piped()).stdout(Stdio::null());
            let mut child = command.stderr(Stdio::null()).spawn().unwrap();
            child.stdin.take().unwrap().write_all(mail.as_bytes()).unwrap();
            child.wait().unwrap().code().unwrap()
        });
        piping.await.unwrap()
    }

    /// Waits until the mail server has taken so many different mails, or for twenty seconds; how often each came.
    pub(crate) async fn taken(&self, enough: usize) -> BTreeMap<String, usize> {
        let mut mails = BTreeMap::new();
        for _ in 0..400 {
            mails.clear();
            for mail in self.smtp.taken() {
                let id = mail.raw.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap().to_owned();
                *mails.entry(id).or_default() += 1;
            }
            if mails.len() >= enough {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        mails
    }

    /// Every row of a list; the path has a query string.
    pub(crate) async fn rows(&self, path: &str) -> Vec<Value> {
        let (mut rows, mut next) = (Vec::new(), path.to_owned());
        loop {
            let page = self.operator.get(&next).await.expect(200);
            rows.extend(page.rows().iter().cloned());
            match page.body["next_cursor"].as_str() {
                Some(cursor) => next = format!("{path}&cursor={cursor}"),
                None => return rows,
            }
        }
    }
}

/// A customer's mail, as it comes from the net.
pub(crate) fn mail(number: usize) -> String {
    format!(
        "From: Dana <dana{number}@plating.example>\r\nTo: help@desk.example\r\nSubject: Pickup {number}\r\n\
         Message-ID: <m{number}@plating.example>\r\nDate: Mon, 2 Mar 2026 09:00:00 -0600\r\n\r\nTwelve drums are ready.\r\n"
    )
}

/// How often an event is told of each of its subjects.
pub(crate) fn told<'e>(events: &'e [Value], name: &str) -> BTreeMap<&'e str, usize> {
    let mut times = BTreeMap::new();
    for event in events.iter().filter(|event| event["type"] == name) {
        *times.entry(event["subject"]["id"].as_str().unwrap()).or_default() += 1;
    }
    times
}
