//! stdout for results, stderr for everything else: messages, colors, progress bars.

use super::{Color, Global, LogFormat};
use crate::pipeline::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::fmt;
use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{FmtContext, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

/// The bar that is on screen, so that messages do not tear it.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Starts the messages as the options ask. `FEEDMILL_LOG` takes the filters of the `tracing` crate.
pub(super) fn start_messages(global: &Global) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => "feedmill=error",
        (_, 0) => "feedmill=warn",
        (_, 1) => "feedmill=info",
        (_, 2) => "feedmill=debug",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_env("FEEDMILL_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let color = match global.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        }
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(Messages).with_ansi(color);
    // A second start happens only in tests that call twice; the first one stands.
    let _ = match global.log_format {
        LogFormat::Json => builder.json().flatten_event(true).with_target(false).try_init(),
        LogFormat::Text => builder.event_format(Plain { color }).try_init(),
    };
}

/// `error: …`, `warning: …`, as compilers write.
struct Plain {
    color: bool,
}

impl<S, N> FormatEvent<S, N> for Plain
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let (word, code) = match *event.metadata().level() {
            Level::ERROR => ("error", 31),
            Level::WARN => ("warning", 33),
            Level::INFO => ("info", 36),
            Level::DEBUG => ("debug", 90),
            Level::TRACE => ("trace", 90),
        };
        let mut text = Message::default();
        event.record(&mut text);
        if self.color {
            writeln!(writer, "\x1b[1;{code}m{word}:\x1b[0m {}", escape(&text.0))
        } else {
            writeln!(writer, "{word}: {}", escape(&text.0))
        }
    }
}

/// The message of an event; hints are part of it.
#[derive(Default)]
struct Message(String);

impl tracing::field::Visit for Message {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
        use std::fmt::Write;
        if field.name() == "message" {
            self.0.insert_str(0, &format!("{value:?}"));
        } else if field.name() == "hint" {
            // Writing to a String cannot fail.
            let _ = write!(self.0, "\n  hint: {}", format!("{value:?}").trim_matches('"'));
        }
    }
    fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
        if field.name() == "hint" {
            self.0.push_str("\n  hint: ");
            self.0.push_str(value);
        }
    }
}

/// Foreign text in a message must not move the cursor, ring or turn the line round; our own line breaks stay.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}');
        if (c.is_control() && c != '\n') || turns {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// `escape` for what quotes a document: it must not look like two messages either.
pub(super) fn one_line(text: &str) -> String {
    escape(text).replace('\n', "\\n")
}

/// Writes whole messages to stderr, with the bar out of the way.
struct Messages;

impl Write for Messages {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let bar = BAR.lock().ok().and_then(|bar| bar.clone());
        match bar {
            Some(bar) => bar.suspend(|| std::io::stderr().write_all(bytes))?,
            None => std::io::stderr().write_all(bytes)?,
        }
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}

impl MakeWriter<'_> for Messages {
    type Writer = Messages;
    fn make_writer(&self) -> Messages {
        Messages
    }
}

/// Prints a result line; a reader that went away is no error.
pub(super) fn print_line(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

pub(super) fn print_bytes(bytes: &[u8]) {
    let _ = std::io::stdout().write_all(bytes);
}

/// A bar on a terminal, nothing elsewhere.
pub(super) struct Bar {
    shown: ProgressBar,
    /// How far is known, so that there is something to draw.
    counting: AtomicBool,
}

impl Bar {
    pub(super) fn new(global: &Global) -> Self {
        let counting = AtomicBool::new(false);
        let wanted = !global.no_progress && !global.quiet && std::io::stderr().is_terminal();
        if !wanted {
            return Self { shown: ProgressBar::hidden(), counting };
        }
        // Without a length there is no bar yet: an empty one of length zero would be drawn full.
        let bar = ProgressBar::no_length().with_style(style(WAITING));
        if let Ok(mut shown) = BAR.lock() {
            *shown = Some(bar.clone());
        }
        Self { shown: bar, counting }
    }

    fn at(&self, done: usize, of: usize) {
        if of > 0 && !self.counting.swap(true, Ordering::Relaxed) {
            self.shown.set_style(style(COUNTING));
        }
        self.shown.update(|state| {
            state.set_len(of as u64);
            state.set_pos(done as u64);
        });
    }
}

const WAITING: &str = "{spinner} {msg}";
const COUNTING: &str = "{spinner} {msg} {wide_bar} {pos}/{len}";

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.shown.finish_and_clear();
        if let Ok(mut shown) = BAR.lock() {
            *shown = None;
        }
    }
}

impl Progress for Bar {
    fn source(&self, name: &str) {
        if self.counting.swap(false, Ordering::Relaxed) {
            self.shown.set_style(style(WAITING));
        }
        self.shown.set_message(format!("reading {name}"));
        self.shown.tick();
    }
    fn articles(&self, read: usize, of: usize) {
        self.at(read, of);
    }
    fn feeds(&self, rendered: usize, of: usize) {
        self.shown.set_message("writing feeds");
        self.at(rendered, of);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_cannot_move_the_cursor() {
        assert_eq!(escape("a\u{1b}[2J\u{202e}b\r\nc"), "a\\u{1b}[2J\\u{202e}b\\u{d}\nc");
    }
}
