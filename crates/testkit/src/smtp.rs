//! A small mail server on a free port of this host, so that what is sent is sent for real: it announces pipelining, takes
//! what it is given, and refuses whom it is told to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A mail that was taken.
#[derive(Clone, Debug)]
pub struct Taken {
    pub from: String,
    pub to: Vec<String>,
    pub raw: String,
}

type Then = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Book {
    taken: Vec<Taken>,
    /// Answers to RCPT by address, and to the content under `DATA`; each is given once, then the next.
    answers: BTreeMap<String, Vec<&'static str>>,
    /// Drops the connection after the content was read, before it is answered.
    drops: usize,
    /// Takes the content and never answers.
    hangs: usize,
    /// What happens when the next content has been taken, before the sender hears of it.
    then: Option<Then>,
}

/// The server; it stops when dropped.
pub struct Smtp {
    pub url: String,
    book: Arc<Mutex<Book>>,
    task: JoinHandle<()>,
}

impl Smtp {
    /// On a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let book = Arc::<Mutex<Book>>::default();
        let shared = Arc::clone(&book);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move { drop(serve(stream, &shared).await) });
            }
        });
        Self { url, book, task }
    }

    /// Answers RCPT for an address, or the content for `DATA`, with this once.
    pub fn answer(&self, to: &str, with: &'static str) {
        self.book.lock().unwrap().answers.entry(to.to_owned()).or_default().push(with);
    }

    /// The next content is taken without the sender hearing of it.
    pub fn fall_silent_once(&self) {
        self.book.lock().unwrap().drops += 1;
    }

    /// The next content is read and not answered.
    pub fn hang_once(&self) {
        self.book.lock().unwrap().hangs += 1;
    }

    /// What happens when the next content has been taken, before the sender hears of it.
    pub fn after_next(&self, then: impl FnOnce() + Send + 'static) {
        self.book.lock().unwrap().then = Some(Box::new(then));
    }

    /// What it has taken so far, in order.
    #[must_use]
    pub fn taken(&self) -> Vec<Taken> {
        self.book.lock().unwrap().taken.clone()
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream, book: &Mutex<Book>) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader);
    writer.write_all(b"220 mail.test ESMTP\r\n").await?;
    let mut mail = Taken { from: String::new(), to: Vec::new(), raw: String::new() };
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let command = line.trim().to_owned();
        let answer = match command.get(..4).unwrap_or_default().to_uppercase().as_str() {
            "EHLO" => "250-mail.test\r\n250-PIPELINING\r\n250-SMTPUTF8\r\n250 8BITMIME",
            "MAIL" => {
                mail = Taken { from: between(&command), to: Vec::new(), raw: String::new() };
                "250 ok"
            }
            "RCPT" => {
                let answer = next(book, &between(&command));
                if answer.starts_with('2') {
                    mail.to.push(between(&command));
                }
                answer
            }
            "DATA" => {
                writer.write_all(b"354 go on\r\n").await?;
                mail.raw = content(&mut lines).await?;
                if hangs(book) {
                    std::future::pending::<()>().await;
                }
                let answer = next(book, "DATA");
                if answer.starts_with('2') {
                    let mut book = book.lock().unwrap();
                    book.taken.push(mail.clone());
                    if let Some(then) = book.then.take() {
                        then();
                    }
                    if book.drops > 0 {
                        book.drops -= 1;
                        return Ok(());
                    }
                }
                answer
            }
            "QUIT" => return writer.write_all(b"221 bye\r\n").await,
            _ => "250 ok",
        };
        writer.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}

async fn content<R: AsyncReadExt + Unpin>(lines: &mut BufReader<R>) -> std::io::Result<String> {
    let mut raw = String::new();
    loop {
        let mut line = String::new();
        lines.read_line(&mut line).await?;
        match line.as_str() {
            ".\r\n" | "" => return Ok(raw),
            stuffed => raw.push_str(stuffed.strip_prefix('.').unwrap_or(stuffed)),
        }
    }
}

fn hangs(book: &Mutex<Book>) -> bool {
    let mut book = book.lock().unwrap();
    let hangs = book.hangs > 0;
    book.hangs = book.hangs.saturating_sub(1);
    hangs
}

fn next(book: &Mutex<Book>, of: &str) -> &'static str {
    let mut book = book.lock().unwrap();
    book.answers.get_mut(of).filter(|answers| !answers.is_empty()).map_or("250 ok", |answers| answers.remove(0))
}

fn between(command: &str) -> String {
    command.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(inner, _)| inner.to_owned()).unwrap_or_default()
}
