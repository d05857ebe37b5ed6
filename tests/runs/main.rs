//! Whole runs of the command, over real files and the real state.

#![allow(clippy::unwrap_used)]

#[path = "../support/mill.rs"]
mod mill;

mod axes;
mod charsets;
mod commands;
mod config;
mod corpora;
mod defects;
mod determinism;
mod examples;
mod faults;
mod feeds;
mod hostile_articles;
mod identity;
mod repeat;
mod rules;
mod seed;
#[path = "../support/server.rs"]
mod server;
mod state;
mod time;
