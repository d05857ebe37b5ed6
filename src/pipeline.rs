//! One run, from sources to files: the file to read first.

mod clock;
mod harvest;
mod publish;
mod recover;

use crate::aggregate::Membership;
use crate::config::Plan;
use crate::fetch::http::Client;
use crate::normalize::likeness::{self, Likeness};
use crate::report::Report;
use crate::state::{StateError, Store};
use chrono::{DateTime, Utc};
pub(crate) use harvest::with_site;

/// Goes up when a document would be read, or a file rendered, differently than before: then everything is done anew.
const REVISION: &str = "2";

/// What the caller asks of a run beside the plan.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Only these sources; empty: all.
    pub sources: Vec<String>,
    /// Ask them though they are not due.
    pub ask_now: bool,
    /// Read every local file again and render everything.
    pub full: bool,
    /// Write nothing, ask nobody.
    pub dry_run: bool,
    /// Let a source lose most of its items.
    pub accept_changes: bool,
    /// Stop before publishing: `check`.
    pub look_only: bool,
}

/// Why a run could not go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    State(#[from] StateError),
    #[error("the HTTP client cannot be built: {0}")]
    Client(#[from] crate::fetch::http::FetchError),
    #[error("the network engine cannot be started")]
    Engine(#[from] std::io::Error),
}

/// Is told what goes on, for progress bars and messages.
pub trait Progress: Sync {
    /// A source is being looked at.
    fn source(&self, name: &str);
    /// Articles read so far, of how many.
    fn articles(&self, read: usize, of: usize);
    /// Feeds rendered so far, of how many.
    fn feeds(&self, rendered: usize, of: usize);
}

/// Fetches every source that is due, takes in what is new, and publishes the feeds that changed.
///
/// `now` dates what is first seen or first changed, and decides what is due, future or expired; nothing else reads a clock.
/// A clock that is behind an earlier run decides only what is due.
pub fn run(
    plan: &Plan,
    options: &Options,
    store: &mut dyn Store,
    now: DateTime<Utc>,
    progress: &dyn Progress,
) -> Result<Report, RunError> {
    let plan = harvest::with_sites(plan);
    let plan = plan.as_ref();
    let membership = Membership::new(plan);
    let mut report = Report::new();

    let clock = clock::settle(store, now)?;
    recover::if_lost(plan, store, clock.dating)?;
    store.forget_sources_except(&names_and_kinds(plan))?;
    reshape(&membership, store, clock.dating)?;
    measure(&membership, store)?;

    let client = Client::new(&plan.network, now)?;
    let clock::Clock { dating, behind_since } = clock;
    let look = harvest::Look { plan, options, now, dating, behind_since, membership: &membership, progress };
    look.at_all(&client, store, &mut report)?;
    if !options.look_only {
        publish::changed_feeds(plan, options, store, dating, progress, &mut report)?;
    }
    report.exit = report.exit_code();
    Ok(report)
}

fn names_and_kinds(plan: &Plan) -> Vec<(&str, &str)> {
    plan.sources.iter().map(|source| (source.name.as_str(), source.kind.as_str())).collect()
}

/// Makes all memberships anew when the config asks for other feeds than those the state was made for.
fn reshape(membership: &Membership<'_>, store: &mut dyn Store, now: DateTime<Utc>) -> Result<(), StateError> {
    let shape = membership.fingerprint();
    let before = store.fact("shape")?;
    if before.as_deref() == Some(&shape) {
        return Ok(());
    }
    if before.is_some() {
        store.rebuild_members(&|seen, published| membership.terms(seen, published), membership.needs_text(), now)?;
    }
    store.set_fact("shape", &shape)
}

/// Measures what is known already when the first feed merges duplicates, and forgets it when none does any more. Articles
/// are read again for it; until then they are known by what the state has of them.
fn measure(membership: &Membership<'_>, store: &mut dyn Store) -> Result<(), StateError> {
    const FACT: &str = "likeness";
    let wanted = if membership.merges() { likeness::REVISION } else { "" };
    if store.fact(FACT)?.unwrap_or_default() == wanted {
        return Ok(());
    }
    store.measure_all(membership.merges().then_some(&Likeness::of))?;
    store.set_fact(FACT, wanted)
}
