//! Whole runs of the command, over real files and the real state.

#![allow(clippy::unwrap_used)]

#[path = "../support/mill.rs"]
mod mill;

mod attacks;
mod axes;
#[path = "../support/browser.rs"]
mod browser;
mod commands;
mod config;
mod defects;
mod determinism;
mod examples;
mod faults;
mod feeds;
mod hostile;
mod identity;
mod repeat;
mod seed;
#[path = "../support/server.rs"]
mod server;
mod state;
mod time;
#[path = "../support/vectors.rs"]
mod vectors;
