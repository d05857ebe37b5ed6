//! The one HTTP client: every request of every feature goes through it.
//!
//! In comes a URL with what is known of it from before, out comes a document, "not modified" or a failure with its class. Redirects, content
//! codings, limits and deadlines are handled here and not by the library below, because each redirect must pass the address check, take
//! its host's turn and count for the one deadline.

pub use super::error::{FetchError, redact, without_secrets};

use super::error::{Fault, Phase, explain};
use super::guard::{Policy, Resolver};
use super::host::Hosts;
use super::{decode, headers};
use crate::config::plan::Network;
use crate::model::Document;
use chrono::{DateTime, Utc};
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{StatusCode, Version};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// Redirects followed for one request.
const MAX_REDIRECTS: usize = 5;
/// Bytes of a coded body as it comes over the wire; more only if `max_body` is more than twice that.
const MAX_WIRE_BYTES: u64 = 16 * 1024 * 1024;
const MAX_HEADERS: usize = 100;
const MAX_HEADER_BYTES: usize = 64 * 1024;
/// A body that brings fewer than `SLOW_BYTES` in `SLOW_WINDOW` is given up.
const SLOW_WINDOW: Duration = Duration::from_secs(20);
const SLOW_BYTES: usize = 20 * 1024;
/// Feeds first, then what feeds are sent as.
const ACCEPT: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, \
                      application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1";

/// `ETag` and `Last-Modified`, byte for byte as the server sent them, and the URL they belong to.
///
/// Each `char` stands for one byte (U+0000–U+00FF), since a header need not be UTF-8; to be kept and given back as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    /// The URL whose document they describe (the last of the redirects), without userinfo. None: the URL asked for.
    pub url: Option<Url>,
}

/// One request: what is asked, and what is known from before.
#[derive(Debug, Clone)]
pub struct Request {
    pub url: Url,
    /// Sent only to the URL they belong to, be it reached directly or by redirects.
    pub validators: Validators,
    /// Private and loopback addresses may be reached.
    pub allow_private: bool,
}

/// What a request brought.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one value for a request; a box would only be in the way")]
pub enum Response {
    /// 304: what we have is still right; validators that came with it replace the old ones (those that are none stay).
    NotModified { validators: Validators, fresh_for: Option<u64> },
    /// A whole body.
    Document {
        document: Document,
        validators: Validators,
        /// Seconds, from `Cache-Control: max-age` less `Age`, else `Expires` less `Date`.
        fresh_for: Option<u64>,
        /// The URL that a chain of only permanent redirects led to, without userinfo.
        moved_to: Option<Url>,
    },
}

/// The client. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// For sources that may reach public addresses and `allow_addresses`.
    public: Lane,
    /// For sources with `allow_private`. Apart from `public`, so that no connection is shared between the two.
    private: Lane,
    hosts: Hosts,
    network: Network,
    now: DateTime<Utc>,
}

/// A connection pool and the addresses it may reach.
#[derive(Debug)]
struct Lane {
    policy: Policy,
    /// Built at the first request: it reads the machine's CA store, and most runs of most sites ask nobody.
    http: OnceLock<Result<reqwest::Client, FetchError>>,
}

impl Lane {
    fn http(&self, network: &Network) -> Result<&reqwest::Client, FetchError> {
        self.http.get_or_init(|| build(network, &self.policy)).as_ref().map_err(Clone::clone)
    }
}

/// What one exchange with one server brought.
#[expect(clippy::large_enum_variant, reason = "lives for one step of a loop")]
enum Answer {
    Response(Response),
    Redirect { to: HeaderValue, status: StatusCode },
}

impl Client {
    /// Builds the client once for a run. `now` is the run's instant (`Retry-After` dates count from the response's `Date`, from `now` if it has none).
    pub fn new(network: &Network, now: DateTime<Utc>) -> Result<Self, FetchError> {
        let lane = |allow_private| Lane {
            policy: Policy { allow: network.allow_addresses.clone(), allow_private },
            http: OnceLock::new(),
        };
        let inner = Inner {
            public: lane(false),
            private: lane(true),
            hosts: Hosts::new(network.concurrency, network.host_gap),
            network: network.clone(),
            now,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Asks once, in the host's turn: one request at a time to a host, `host_gap` apart.
    ///
    /// Follows up to five redirects, each in the turn of its own host. The deadline counts only the time in which it was the request's turn.
    /// A connection that was lost is tried once more.
    pub async fn get(&self, request: Request) -> Result<Response, FetchError> {
        let inner = &*self.inner;
        let lane = if request.allow_private { &inner.private } else { &inner.public };
        let http = lane.http(&inner.network)?;
        let mut url = request.url;
        url.set_fragment(None);
        let mut asked = vec![public_form(&url)];
        let mut permanent = true;
        let mut retried = false;
        let mut left = inner.network.timeout;
        loop {
            check_scheme(&url).map_err(|fault| fault.at(&url))?;
            lane.policy.check_literal(&url).map_err(|blocked| Fault::blocked(blocked).at(&url))?;
            let validators = validators_for(&request.validators, &url, asked.len() == 1);
            let mut turn = inner.hosts.turn(&url).await.map_err(|alone| {
                let fault = Fault::new("rate-limited", "not asked, because the host already answered 429 in this run");
                Fault { retry_after: alone.retry_after, ..fault }.at(&url)
            })?;
            let start = Instant::now();
            let answer = inner.exchange(http, &url, validators, left).await;
            left = left.saturating_sub(start.elapsed());
            if let Err(Fault { class: "rate-limited", retry_after, .. }) = &answer {
                turn.refuse(*retry_after);
            }
            drop(turn);
            match answer {
                Ok(Answer::Redirect { to, status }) => {
                    url = redirect(&url, &to, &mut asked).map_err(|fault| fault.at(&url))?;
                    permanent &= matches!(status.as_u16(), 301 | 308);
                }
                Ok(Answer::Response(Response::Document { document, validators, fresh_for, .. })) => {
                    let moved_to = (permanent && asked.len() > 1).then(|| public_form(&url));
                    return Ok(Response::Document { document, validators, fresh_for, moved_to });
                }
                Ok(Answer::Response(not_modified)) => return Ok(not_modified),
                Err(fault) if fault.lost_connection && !retried && !left.is_zero() => retried = true,
                Err(fault) => return Err(fault.at(&url)),
            }
        }
    }
}

impl Inner {
    /// One request and its answer, body included, within `left`.
    async fn exchange(
        &self,
        http: &reqwest::Client,
        url: &Url,
        validators: HeaderMap,
        left: Duration,
    ) -> Result<Answer, Fault> {
        let deadline = Instant::now() + left;
        let conditional = !validators.is_empty();
        let Network { timeout, connect_timeout, first_byte_timeout, max_body, .. } = self.network;

        let head = http.get(url.clone()).headers(validators).send();
        let mut response = match tokio::time::timeout(left.min(first_byte_timeout), head).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(explain(&error, Phase::Head, connect_timeout)),
            Err(_) if left < first_byte_timeout => {
                return Err(Fault::timeout("the whole request, still without an answer,", timeout, "timeout"));
            }
            Err(_) => {
                return Err(Fault::timeout("the wait for the first byte", first_byte_timeout, "first_byte_timeout"));
            }
        };

        let fields = response.headers();
        check_head(fields)?;
        let validators = Validators {
            etag: headers::validator(fields, header::ETAG),
            last_modified: headers::validator(fields, header::LAST_MODIFIED),
            url: Some(public_form(url)),
        };
        let fresh_for = headers::fresh_for(fields, self.now);
        match response.status().as_u16() {
            206 => {
                return Err(Fault::new(
                    "protocol-error",
                    "the server answered 206 Partial Content, though no part was asked for",
                ));
            }
            200..=299 => {}
            301 | 302 | 303 | 307 | 308 => return redirect_answer(response.status(), fields),
            304 if conditional => return Ok(Answer::Response(Response::NotModified { validators, fresh_for })),
            304 => {
                return Err(Fault::new(
                    "protocol-error",
                    "the server answered 304 Not Modified, though no validators were sent",
                ));
            }
            _ => return Err(Fault::status(response.status(), headers::retry_after(fields, self.now))),
        }

        let coding = decode::coding(fields)?;
        let (media_type, charset) = headers::content_type(fields);
        let framed = response.version() == Version::HTTP_2
            || fields.contains_key(header::TRANSFER_ENCODING)
            || response.content_length().is_some();
        let (what, max_wire) = match coding {
            decode::Coding::Identity => ("", max_body),
            _ => ("compressed", MAX_WIRE_BYTES.max(max_body / 2).min(max_body)),
        };
        let too_large = || Fault::too_large(what, max_wire);
        if response.content_length().is_some_and(|length| length > max_wire) {
            return Err(too_large());
        }
        let wire = read_body(&mut response, max_wire, deadline).await.map_err(|stop| match stop {
            Stop::TooLarge => too_large(),
            Stop::Deadline => Fault::timeout("the whole request, in the middle of the body,", timeout, "timeout"),
            Stop::Slow => Fault::new(
                "low-speed",
                format!("the body came slower than {SLOW_BYTES} bytes in {} s", SLOW_WINDOW.as_secs()),
            ),
            Stop::Client(error) => explain(&error, Phase::Body, connect_timeout),
        })?;
        let bytes = decode::decode(coding, wire, max_body, framed)?;
        let document = Document { bytes, path: None, url: Some(public_form(url)), media_type, charset };
        Ok(Answer::Response(Response::Document { document, validators, fresh_for, moved_to: None }))
    }
}

/// A client that follows nothing, remembers nothing, and connects only where `policy` says.
///
/// Without any CA store on the machine the library refuses to build even for plain HTTP; the roots compiled in serve then.
fn build(network: &Network, policy: &Policy) -> Result<reqwest::Client, FetchError> {
    // A name server that never answers must be told from a machine that never answers, so it gets less than the whole time.
    let resolver = Resolver { policy: policy.clone(), timeout: network.connect_timeout / 4 * 3 };
    let builder = || {
        reqwest::Client::builder()
            .user_agent(user_agent(network))
            .default_headers(default_headers())
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .connect_timeout(network.connect_timeout)
            .dns_resolver(Arc::new(resolver.clone()))
            .pool_max_idle_per_host(1)
            .http1_max_headers(MAX_HEADERS)
            .http1_ignore_invalid_headers_in_responses(true)
            .http2_max_header_list_size(MAX_HEADER_BYTES as u32)
    };
    let built = builder().build().or_else(|_| {
        let roots =
            webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().filter_map(|der| reqwest::Certificate::from_der(der).ok());
        builder().tls_certs_only(roots).build()
    });
    built.map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        FetchError {
            class: "tls",
            message: format!("the HTTP client cannot be set up{cause}"),
            hint: None,
            retry_after: None,
        }
    })
}

/// One honest name for every request, with an address for those who have a question.
fn user_agent(network: &Network) -> String {
    let version = env!("CARGO_PKG_VERSION");
    match &network.contact {
        Some(contact) => format!("feedmill/{version} (+{contact})"),
        None => format!("feedmill/{version}"),
    }
}

fn default_headers() -> HeaderMap {
    [
        (header::ACCEPT, HeaderValue::from_static(ACCEPT)),
        (header::ACCEPT_ENCODING, HeaderValue::from_static("gzip, br")),
    ]
    .into_iter()
    .collect()
}

/// The conditional headers (RFC 9110 §13.1) for a URL: only what its own server sent.
fn validators_for(validators: &Validators, url: &Url, first: bool) -> HeaderMap {
    let theirs = validators.url.as_ref().map_or(first, |owner| public_form(owner) == public_form(url));
    let pairs = [(header::IF_NONE_MATCH, &validators.etag), (header::IF_MODIFIED_SINCE, &validators.last_modified)];
    pairs
        .into_iter()
        .filter(|_| theirs)
        .filter_map(|(name, value)| Some((name, headers::to_header(value.as_deref()?)?)))
        .collect()
}

/// The URL as it may be shown, stored and compared: without user name, password and fragment.
fn public_form(url: &Url) -> Url {
    let mut url = url.clone();
    // Fails only for URLs without a host, which have no userinfo.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_fragment(None);
    url
}

fn check_scheme(url: &Url) -> Result<(), Fault> {
    match url.scheme() {
        "http" | "https" => Ok(()),
        other => Err(Fault::new(
            "blocked-address",
            format!("the scheme `{other}` is not fetched, expected `http` or `https`"),
        )),
    }
}

/// Faults of the response's head that the library lets pass.
fn check_head(fields: &HeaderMap) -> Result<(), Fault> {
    let bytes: usize = fields.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if bytes > MAX_HEADER_BYTES || fields.len() > MAX_HEADERS {
        return Err(Fault::headers_too_large());
    }
    // RFC 9112 §6.3: someone between us and the server may have taken another view of where the body ends.
    let lengths = fields.get_all(header::CONTENT_LENGTH).iter().count();
    if lengths > 1 || (lengths == 1 && fields.contains_key(header::TRANSFER_ENCODING)) {
        return Err(Fault::new("protocol-error", "the response states its length twice"));
    }
    Ok(())
}

fn redirect_answer(status: StatusCode, fields: &HeaderMap) -> Result<Answer, Fault> {
    match fields.get(header::LOCATION) {
        Some(to) => Ok(Answer::Redirect { to: to.clone(), status }),
        None => Err(Fault::new("redirect", format!("the server answered {} without a `Location`", status.as_u16()))),
    }
}

/// The next URL to ask; `asked` are those asked so far.
fn redirect(from: &Url, location: &HeaderValue, asked: &mut Vec<Url>) -> Result<Url, Fault> {
    let written = String::from_utf8_lossy(location.as_bytes());
    let mut to = from
        .join(&written)
        .map_err(|error| Fault::new("redirect", format!("the server's `Location` is no URL: {error}")))?;
    to = public_form(&to);
    let shown = redact(&to);
    check_scheme(&to)?;
    if from.scheme() == "https" && to.scheme() == "http" {
        return Err(Fault::new("redirect", format!("the server leads from https to `{shown}`, which is not secure"))
            .hint("use the URL it leads to, if that is meant"));
    }
    if asked.contains(&to) {
        return Err(Fault::new("redirect", format!("the redirects go in a circle, back to `{shown}`")));
    }
    if asked.len() > MAX_REDIRECTS {
        return Err(Fault::new("redirect", format!("over {MAX_REDIRECTS} redirects, the next to `{shown}`")));
    }
    asked.push(to.clone());
    // Credentials stay with their origin; a `Location` has none to give.
    if to.origin() == from.origin() {
        let _ = to.set_username(from.username());
        let _ = to.set_password(from.password());
    }
    Ok(to)
}

/// Why reading a body stopped.
enum Stop {
    TooLarge,
    Deadline,
    Slow,
    Client(reqwest::Error),
}

/// Reads the body as it comes over the wire, at most `max_bytes`, until `deadline`, and not from a server that only drips.
async fn read_body(response: &mut reqwest::Response, max_bytes: u64, deadline: Instant) -> Result<Vec<u8>, Stop> {
    let mut body = Vec::new();
    let mut pace = Pace::from(Instant::now());
    loop {
        match tokio::time::timeout_at(deadline.min(pace.next_look), response.chunk()).await {
            Ok(Ok(Some(chunk))) if body.len() as u64 + chunk.len() as u64 > max_bytes => return Err(Stop::TooLarge),
            Ok(Ok(Some(chunk))) => body.extend_from_slice(&chunk),
            Ok(Ok(None)) => return Ok(body),
            Ok(Err(error)) => return Err(Stop::Client(error)),
            Err(_) if Instant::now() >= deadline => return Err(Stop::Deadline),
            Err(_) if !pace.keeps_up(Instant::now(), body.len()) => return Err(Stop::Slow),
            Err(_) => {}
        }
    }
}

/// Whether a body comes fast enough to be worth waiting for.
struct Pace {
    next_look: Instant,
    at_last_look: usize,
}

impl Pace {
    fn from(now: Instant) -> Self {
        Self { next_look: now + SLOW_WINDOW, at_last_look: 0 }
    }

    /// At `next_look`: whether enough came since the last one.
    fn keeps_up(&mut self, now: Instant, received: usize) -> bool {
        let brought = received.saturating_sub(self.at_last_look);
        *self = Self { next_look: now + SLOW_WINDOW, at_last_look: received };
        brought >= SLOW_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_must_keep_up() {
        let mut now = Instant::now();
        let mut pace = Pace::from(now);
        for (received, expect) in
            [(SLOW_BYTES, true), (SLOW_BYTES * 3, true), (SLOW_BYTES * 4, true), (SLOW_BYTES * 5 - 1, false)]
        {
            assert_eq!(pace.next_look, now + SLOW_WINDOW);
            now = pace.next_look;
            assert_eq!(pace.keeps_up(now, received), expect, "{received}");
        }
    }

    #[test]
    fn redirect_targets() {
        let check = |from: &str, to: &str, expect: Result<&str, &str>| {
            let from = Url::parse(from).unwrap();
            let to = HeaderValue::from_bytes(to.as_bytes()).unwrap();
            let found = redirect(&from, &to, &mut vec![public_form(&from)]);
            assert_eq!(found.as_ref().map(Url::as_str).map_err(|fault| fault.class), expect, "{from} {to:?}");
        };
        check("https://a/b/c", "../d#e", Ok("https://a/d"));
        check("http://a/", "https://a/", Ok("https://a/"));
        check("https://a/", "//b/c", Ok("https://b/c"));
        check("https://me:pw@a/b", "/c", Ok("https://me:pw@a/c"));
        check("https://me:pw@a/b", "https://a:444/c", Ok("https://a:444/c"));
        check("https://me:pw@a/b", "https://b/c", Ok("https://b/c"));
        check("https://a/b", "https://you:pw@b/c", Ok("https://b/c"));
        check("https://a/b", "http://a/c", Err("redirect"));
        check("https://a/b", "/b", Err("redirect"));
        check("https://a/b", "https://", Err("redirect"));
        check("https://a/b", "javascript:alert(1)", Err("blocked-address"));
        check("https://a/b", "file:///etc/passwd", Err("blocked-address"));
    }
}
