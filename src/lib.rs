//! feedmill: articles and feeds in, per-category RSS, Atom and JSON Feed out.
//!
//! The flow, each word a module; `pipeline` holds one run on one screen:
//!
//! ```text
//! config ─► fetch ──► parse ──► normalize ──► state ──► aggregate ──► write ──► feeds/
//!           documents  entries     items      (ledger)     feeds       files
//! ```

pub mod aggregate;
pub mod cli;
pub mod config;
pub mod fetch;
pub mod inspect;
pub mod model;
pub mod normalize;
pub mod parse;
pub mod pipeline;
pub mod report;
pub mod state;
pub mod write;
