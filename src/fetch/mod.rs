//! A source → documents: bytes, where from, validators. Knows nothing of what is inside them.

pub mod folder;
pub mod guard;
pub mod http;
