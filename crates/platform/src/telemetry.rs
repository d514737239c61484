//! Logs: one JSON object or one readable line per event on standard error, filtered, with secrets redacted by field name.
//!
//! Nothing here decides what is logged. The access line of each request is written by [`crate::request`]; a field called
//! like a credential never reaches the output, whoever logs it.

use std::fmt;

use kernel::Clock;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{Format, Writer, debug_fn};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{LogFormat, LogSettings};

const REDACTED: &str = "[redacted]";
const CREDENTIALS: [&str; 7] = ["authorization", "password", "secret", "token", "api_key", "cookie", "credential"];

/// What a service logs unless the operator asks for something else.
const SERVING: &str = "info,actix_server=warn,sea_orm_migration=warn";

/// Starts logging for the whole process; a second call changes nothing.
pub fn start(settings: &LogSettings) {
    start_with(settings, SERVING);
}

/// Starts logging with `filter` unless the operator asks for something else: for a command whose own output is what matters.
pub fn start_with(settings: &LogSettings, filter: &str) {
    let filter = EnvFilter::try_new(settings.filter.as_deref().unwrap_or(filter)).unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    let started = match settings.format {
        LogFormat::Json => {
            let layer = tracing_subscriber::fmt::layer().event_format(Json { clock: Clock::default() }).with_writer(std::io::stderr);
            registry.with(layer).try_init()
        }
        LogFormat::Pretty => {
            let layer = tracing_subscriber::fmt::layer()
                .event_format(Format::default().compact())
                .fmt_fields(debug_fn(|writer, field, value| readable(writer, field, value)))
                .with_writer(std::io::stderr);
            registry.with(layer).try_init()
        }
    };
    if started.is_err() {
        tracing::debug!("logging had been started before");
    }
}

fn is_credential(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    CREDENTIALS.iter().any(|credential| name.contains(credential))
}

fn readable(writer: &mut Writer<'_>, field: &Field, value: &dyn fmt::Debug) -> fmt::Result {
    match field.name() {
        "message" => write!(writer, "{value:?} "),
        name if is_credential(name) => write!(writer, "{name}={REDACTED} "),
        name => write!(writer, "{name}={value:?} "),
    }
}

/// One JSON object per event: `at`, `level`, `target` and the event's own fields.
struct Json {
    clock: Clock,
}

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = Map::new();
        line.insert("at".to_owned(), self.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true).into());
        line.insert("level".to_owned(), event.metadata().level().as_str().into());
        line.insert("target".to_owned(), event.metadata().target().into());
        event.record(&mut Fields(&mut line));
        let text = serde_json::to_string(&line).map_err(|_| fmt::Error)?;
        writeln!(writer, "{text}")
    }
}

struct Fields<'a>(&'a mut Map<String, Value>);

impl Fields<'_> {
    fn put(&mut self, field: &Field, value: Value) {
        let value = if is_credential(field.name()) { REDACTED.into() } else { value };
        self.0.insert(field.name().to_owned(), value);
    }
}

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Lines {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    fn event() {
        tracing::info!(target: "access", status = 200_u16, refresh_token = "s3cr3t", Authorization = %"Bearer s3cr3t", route = "/v1/x", "done");
    }

    #[test]
    fn json_lines_carry_the_fields_and_redact_credentials() {
        let lines = Lines::default();
        let layer = tracing_subscriber::fmt::layer().event_format(Json { clock: Clock::default() }).with_writer(lines.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), event);
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let line: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["status"], 200);
        assert_eq!(line["route"], "/v1/x");
        assert_eq!(line["message"], "done");
        assert_eq!(line["refresh_token"], REDACTED);
        assert!(!text.contains("s3cr3t"));
    }

    #[test]
    fn readable_lines_redact_credentials_too() {
        let lines = Lines::default();
        let layer = tracing_subscriber::fmt::layer()
            .event_format(Format::default().compact())
            .fmt_fields(debug_fn(|writer, field, value| readable(writer, field, value)))
            .with_writer(lines.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), event);
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert!(text.contains("status=200") && text.contains("done") && !text.contains("s3cr3t"), "{text}");
    }
}
