//! A source → documents: bytes, where from, validators. Knows nothing of what is inside them.
//!
//! Local files come from `folder`, everything else from `http`, which is the only place that opens connections: in the host's turn
//! (`host`), to addresses that may be reached (`guard`), reading no more than the limits allow (`decode`).

pub mod folder;
pub mod http;

pub mod guard;

mod decode;
mod error;
mod headers;
mod host;
