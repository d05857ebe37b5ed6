//! Whole runs of the command, over real files and the real state.

#![allow(clippy::unwrap_used)]

#[path = "../support/mill.rs"]
mod mill;

mod axes;
mod cases;
mod charsets;
mod commands;
mod config;
mod corpora;
mod defects;
mod determinism;
mod duplicates;
mod examples;
mod faults;
mod feeds;
mod hostile_articles;
mod identity;
mod kinds;
mod repeat;
mod rules;
mod seed;
#[path = "../support/server.rs"]
mod server;
mod state;
mod time;
