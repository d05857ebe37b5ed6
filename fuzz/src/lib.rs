//! What the targets call: the checks that `cargo test` replays their corpora with.

#[path = "../../tests/support/checks/mod.rs"]
mod checks;

pub use checks::*;
