//! `config.toml`: text → the file as written → `Plan`, checked once, every fault with its position.

pub mod plan;

pub use plan::Plan;
