//! The one HTTP client: every request of every feature goes through it.

use crate::config::plan::Network;
use crate::model::Document;
use chrono::{DateTime, Utc};
use url::Url;

/// `ETag` and `Last-Modified`, byte for byte as the server sent them, and the URL they belong to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

/// One request: what is asked, and what is known from before.
#[derive(Debug, Clone)]
pub struct Request {
    pub url: Url,
    /// Sent only when they were stored for this URL.
    pub validators: Validators,
    /// Private and loopback addresses may be reached.
    pub allow_private: bool,
}

/// What a request brought.
#[derive(Debug)]
pub enum Response {
    /// 304: what we have is still right; validators that came with it replace the old ones.
    NotModified { validators: Validators, fresh_for: Option<u64> },
    /// A whole body.
    Document {
        document: Document,
        validators: Validators,
        /// Seconds, from `Cache-Control: max-age` less `Age`, else `Expires` less `Date`.
        fresh_for: Option<u64>,
        /// The URL that a chain of only permanent redirects led to.
        moved_to: Option<Url>,
    },
}

/// A failure with the word the report uses for it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct FetchError {
    /// `dns`, `connect`, `timeout`, `tls`, `blocked-address`, `redirect`, `too-large`, `truncated-body`, `encoding`, `protocol-error`, `http-404`, `auth`, `gone`, `rate-limited`, …
    pub class: &'static str,
    /// For a person; never holds a secret.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The server's `Retry-After`, seconds from now.
    pub retry_after: Option<u64>,
}

/// The client. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {}

impl Client {
    /// Builds the client once for a run. `now` is the run's instant (`Retry-After` dates count from the response's `Date`).
    pub fn new(network: &Network, now: DateTime<Utc>) -> Result<Self, FetchError> {
        let _ = (network, now);
        Ok(Self {})
    }

    /// Asks once, in the host's turn: one request at a time to a host, `host_gap` apart.
    pub async fn get(&self, request: Request) -> Result<Response, FetchError> {
        let _ = request;
        Err(FetchError { class: "unsupported", message: String::new(), hint: None, retry_after: None })
    }
}
