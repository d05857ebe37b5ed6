//! A source → documents: bytes, where from, validators. Knows nothing of what is inside them.

pub mod folder;
pub mod http;

pub mod guard;

mod decode;
mod error;
mod headers;
mod host;
