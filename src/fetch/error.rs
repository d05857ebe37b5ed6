//! Failures in words: what the client's error chains, statuses and limits mean, as a class for programs and a text for people.

use super::guard::{Blocked, ResolveError};
use reqwest::StatusCode;
use std::error::Error;
use std::time::Duration;
use url::Url;

/// A failure with the word the report uses for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FetchError {
    /// `dns`, `connect`, `timeout`, `low-speed`, `tls`, `blocked-address`, `redirect`, `too-large`, `headers-too-large`, `expansion-limit`,
    /// `truncated-body`, `encoding`, `protocol-error`, `auth` (401, 403), `gone` (410), `rate-limited` (429), `http-404`, `http-500`, …
    pub class: &'static str,
    /// For a person; never holds a secret.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The server's `Retry-After`, seconds from now.
    pub retry_after: Option<u64>,
}

/// A failure that does not know yet at which URL it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) class: &'static str,
    pub(super) message: String,
    pub(super) hint: Option<String>,
    pub(super) retry_after: Option<u64>,
    /// The connection ended without a reason of HTTP's: the same request may work on another one.
    pub(super) lost_connection: bool,
}

impl Fault {
    pub(super) fn new(class: &'static str, message: impl Into<String>) -> Self {
        Self { class, message: message.into(), hint: None, retry_after: None, lost_connection: false }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn too_large(what: &str, max_bytes: u64) -> Self {
        let size = match max_bytes {
            whole if whole >= 1024 * 1024 && whole % (1024 * 1024) == 0 => format!("{} MiB", whole / (1024 * 1024)),
            whole if whole >= 1024 && whole % 1024 == 0 => format!("{} KiB", whole / 1024),
            bytes => format!("{bytes} bytes"),
        };
        Self::new("too-large", format!("the {what} body is over {size}"))
            .hint("raise `[network] max_body` if the document is meant to be that large")
    }

    pub(super) fn timeout(phase: &str, limit: Duration, option: &str) -> Self {
        Self::new("timeout", format!("{phase} took over {}", seconds(limit)))
            .hint(format!("raise `[network] {option}` if the server is known to be slow"))
    }

    pub(super) fn blocked(blocked: Blocked) -> Self {
        let address = blocked.address;
        Self::new("blocked-address", format!("{address} is not a public address and was not connected to"))
            .hint(format!("set `allow_private = true` in the source, or add `{address}` with a prefix length to `[network] allow_addresses`"))
    }

    /// A status that brings no document.
    pub(super) fn status(status: StatusCode, retry_after: Option<u64>) -> Self {
        let said = format!("the server answered {} {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
        let said = said.trim_end();
        let fault = match status.as_u16() {
            401 | 403 => Self::new("auth", said)
                .hint("check the credentials of the source, or ask its publisher whether programs may read it"),
            410 => Self::new("gone", said)
                .hint("the publisher took it away for good; remove the source or find its new URL"),
            429 => Self::new("rate-limited", said).hint("ask less often: raise `min_interval`"),
            code => Self::new(status_class(code), said),
        };
        Self { retry_after, ..fault }
    }

    /// Adds where it happened.
    pub(super) fn at(self, url: &Url) -> FetchError {
        FetchError {
            class: self.class,
            message: format!("`{}`: {}", redact(url), self.message),
            hint: self.hint,
            retry_after: self.retry_after,
        }
    }
}

/// Where in an exchange an error came up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Until the response's head is there.
    Head,
    Body,
}

/// Reads a client's error chain: the classes are not in one place, but each layer names its own faults.
pub(super) fn explain(error: &reqwest::Error, phase: Phase, connect_timeout: Duration) -> Fault {
    let mut layer: Option<&(dyn Error + 'static)> = Some(error);
    let mut words = String::new();
    while let Some(inner) = layer {
        if let Some(&blocked) = inner.downcast_ref::<Blocked>() {
            return Fault::blocked(blocked);
        }
        if let Some(unresolved) = inner.downcast_ref::<ResolveError>() {
            return explain_resolve(unresolved);
        }
        if let Some(http) = inner.downcast_ref::<hyper::Error>()
            && let Some(fault) = explain_http(http, phase)
        {
            return fault;
        }
        if let Some(io) = inner.downcast_ref::<std::io::Error>()
            && let Some(fault) = explain_io(io, phase, error.is_connect())
        {
            return fault;
        }
        // The outermost layer repeats the URL, so only what is below it is shown.
        if !std::ptr::addr_eq(inner, error) {
            words = inner.to_string();
        }
        layer = inner.source();
    }
    if error.is_connect() && error.is_timeout() {
        return Fault::timeout("connecting (TCP and TLS)", connect_timeout, "connect_timeout");
    }
    let class = if error.is_connect() { "connect" } else { "protocol-error" };
    Fault::new(class, format!("the exchange failed: {}", printable(&words)))
}

fn explain_resolve(error: &ResolveError) -> Fault {
    let cause = error.source().map(|cause| format!(": {}", printable(&cause.to_string()))).unwrap_or_default();
    Fault::new("dns", format!("{error}{cause}"))
        .hint("check the spelling of the host name and the machine's name servers")
}

fn explain_http(error: &hyper::Error, phase: Phase) -> Option<Fault> {
    // The query for this one is only built into servers.
    if error.is_parse() && error.to_string().contains("too large") {
        return Some(Fault::headers_too_large());
    }
    if error.is_parse() {
        return Some(Fault::new(
            "protocol-error",
            format!("the server's answer is not HTTP: {}", printable(&error.to_string())),
        ));
    }
    if error.is_incomplete_message() {
        return Some(match phase {
            Phase::Head => Fault {
                lost_connection: true,
                ..Fault::new("protocol-error", "the server closed the connection without an answer")
            },
            Phase::Body => Fault::truncated(),
        });
    }
    None
}

fn explain_io(error: &std::io::Error, phase: Phase, connecting: bool) -> Option<Fault> {
    use std::io::ErrorKind::{
        BrokenPipe, ConnectionAborted, ConnectionReset, InvalidData, InvalidInput, UnexpectedEof,
    };
    let words = printable(&error.to_string());
    if connecting {
        // What the system refuses has a number; what remains comes from the TLS handshake.
        return match error.raw_os_error() {
            Some(_) => Some(Fault::new("connect", format!("no connection: {words}"))),
            None if error.kind() == std::io::ErrorKind::TimedOut => None,
            None => Some(
                Fault::new("tls", format!("no secure connection: {words}"))
                    .hint("the server's certificate or TLS setup is at fault, or this machine's clock or CA store"),
            ),
        };
    }
    match (error.kind(), phase) {
        (ConnectionReset | ConnectionAborted | BrokenPipe, Phase::Head) => Some(Fault {
            lost_connection: true,
            ..Fault::new("connect", format!("the connection was lost before an answer: {words}"))
        }),
        (ConnectionReset | ConnectionAborted | BrokenPipe, Phase::Body) => {
            Some(Fault { lost_connection: true, ..Fault::truncated() })
        }
        (UnexpectedEof, Phase::Body) => Some(Fault::truncated()),
        (InvalidData | InvalidInput, _) => {
            Some(Fault::new("protocol-error", format!("the server broke the protocol: {words}")))
        }
        _ => None,
    }
}

impl Fault {
    pub(super) fn truncated() -> Self {
        Self::new("truncated-body", "the connection closed in the middle of the body")
    }

    pub(super) fn headers_too_large() -> Self {
        Self::new("headers-too-large", "the response's headers are over 100 lines or 64 KiB")
    }
}

fn seconds(limit: Duration) -> String {
    format!("{} s", limit.as_secs_f64())
}

/// Foreign words on one line, without what could steer a terminal, and not too many of them.
fn printable(words: &str) -> String {
    words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}

/// `http-404` and so on for every status, so that a class is a word known at compile time.
fn status_class(code: u16) -> &'static str {
    const FIRST: usize = 100;
    static CLASSES: [[u8; 8]; 900] = {
        let mut classes = [*b"http-000"; 900];
        let mut at = 0;
        while at < 900 {
            let code = at + FIRST;
            classes[at][5] += (code / 100) as u8;
            classes[at][6] += (code / 10 % 10) as u8;
            classes[at][7] += (code % 10) as u8;
            at += 1;
        }
        classes
    };
    let class = usize::from(code).checked_sub(FIRST).and_then(|at| CLASSES.get(at));
    class.and_then(|class| std::str::from_utf8(class).ok()).unwrap_or("protocol-error")
}

/// Parts of query names whose values are secrets.
const SECRET_NAMES: [&str; 6] = ["key", "token", "auth", "sig", "pass", "secret"];

/// The URL for logs and messages: without user name, password and fragment, and with the values of query keys that
/// sound like secrets replaced by `***`.
pub fn redact(url: &Url) -> String {
    let mut shown = url.clone();
    // Fails only where there is no host, and then there is no userinfo either.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.set_fragment(None);
    if let Some(query) = url.query() {
        let pairs: Vec<String> = query.split('&').map(redact_pair).collect();
        shown.set_query(Some(&pairs.join("&")));
    }
    shown.into()
}

fn redact_pair(pair: &str) -> String {
    match secret_name(pair) {
        Some(name) => format!("{name}=***"),
        None => pair.to_owned(),
    }
}

/// The URL for what is published: like `redact`, but query keys that sound like secrets are left out, so that it stays a URL to follow.
pub fn without_secrets(url: &Url) -> Url {
    let mut shown = url.clone();
    // Fails only where there is no host, and then there is no userinfo either.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    if let Some(query) = url.query().filter(|query| query.split('&').any(|pair| secret_name(pair).is_some())) {
        let pairs: Vec<&str> = query.split('&').filter(|pair| secret_name(pair).is_none()).collect();
        shown.set_query(Some(pairs.join("&").as_str()).filter(|query| !query.is_empty()));
    }
    shown
}

/// The name in `name=value` if it sounds like a secret's.
fn secret_name(pair: &str) -> Option<&str> {
    let (name, _) = pair.split_once('=')?;
    let plain = percent_encoding::percent_decode_str(name).decode_utf8_lossy().to_ascii_lowercase();
    SECRET_NAMES.iter().any(|secret| plain.contains(secret)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let check = |url: &str, expect: &str| assert_eq!(redact(&Url::parse(url).unwrap()), expect);
        check("https://example.org/feed?page=2", "https://example.org/feed?page=2");
        check("https://me:pa%20ss@example.org/feed#x", "https://example.org/feed");
        check(
            "https://example.org/?API_Key=abc&page=2&x-amz-Signature=9f",
            "https://example.org/?API_Key=***&page=2&x-amz-Signature=***",
        );
        check("https://example.org/?t%6Fken=abc&flag", "https://example.org/?t%6Fken=***&flag");
        check("https://example.org/?password=a=b", "https://example.org/?password=***");
        check("file:///etc/passwd", "file:///etc/passwd");
    }

    #[test]
    fn secrets_are_not_published() {
        let check = |url: &str, expect: &str| assert_eq!(without_secrets(&Url::parse(url).unwrap()).as_str(), expect);
        check("https://example.org/feed?page=2&empty=&flag#x", "https://example.org/feed?page=2&empty=&flag#x");
        check("https://example.org/feed?", "https://example.org/feed?");
        check("https://me:pa%20ss@example.org/feed", "https://example.org/feed");
        check("https://example.org/?API_Key=abc&page=2&t%6Fken=9", "https://example.org/?page=2");
        check("https://example.org/feed?token=abc", "https://example.org/feed");
        check("urn:x:token=abc", "urn:x:token=abc");
    }

    #[test]
    fn statuses_have_classes() {
        let check =
            |code: u16, class: &str| assert_eq!(Fault::status(StatusCode::from_u16(code).unwrap(), None).class, class);
        check(401, "auth");
        check(403, "auth");
        check(404, "http-404");
        check(410, "gone");
        check(429, "rate-limited");
        check(500, "http-500");
        check(503, "http-503");
        check(100, "http-100");
        check(999, "http-999");
        let fault = Fault::status(StatusCode::NOT_FOUND, Some(5)).at(&Url::parse("http://u:p@h/f?token=1").unwrap());
        assert_eq!(fault.message, "`http://h/f?token=***`: the server answered 404 Not Found");
        assert_eq!(fault.retry_after, Some(5));
    }

    #[test]
    fn limits_are_shown_in_their_unit() {
        let check = |max_bytes, expect: &str| assert!(Fault::too_large("decoded", max_bytes).message.ends_with(expect));
        check(32 * 1024 * 1024, "over 32 MiB");
        check(1536 * 1024, "over 1536 KiB");
        check(1000, "over 1000 bytes");
    }
}
