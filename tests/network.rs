//! Sources on the network, through the command: politeness, faults, items that change upstream, secrets. Everything is asked over
//! real HTTP on loopback addresses.

#![allow(clippy::unwrap_used, unreachable_pub)]

#[path = "network/bodies.rs"]
mod bodies;
#[path = "network/changes.rs"]
mod changes;
#[path = "network/charsets.rs"]
mod charsets;
#[path = "network/dates.rs"]
mod dates;
#[path = "network/failures.rs"]
mod failures;
#[path = "network/floods.rs"]
mod floods;
#[path = "network/hostile.rs"]
mod hostile;
#[path = "network/hostile_items.rs"]
mod hostile_items;
#[path = "network/items.rs"]
mod items;
#[path = "support/mill.rs"]
mod mill;
#[path = "network/order.rs"]
mod order;
#[path = "network/politeness.rs"]
mod politeness;
#[path = "network/secrets.rs"]
mod secrets;
#[path = "support/server.rs"]
mod server;
#[path = "network/trial.rs"]
mod trial;
#[path = "network/web.rs"]
mod web;
