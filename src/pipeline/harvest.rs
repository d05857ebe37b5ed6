//! Looks at every source that is due and hands what it finds to the state, source by source in the order of names.
//!
//! The network is asked for all sources at once, in the background; local files are read on every core meanwhile.
//! Whatever order answers come in, they are taken in by name, so that no timing shows in the state.

mod articles;
mod failure;
mod feeds;
mod guards;
mod site;
mod window;

pub(super) use articles::body as article_body;
pub(crate) use site::with_site;
pub(super) use site::with_sites;

use super::clock::CLOCK_SLACK;
use super::{Options, Progress, REVISION, RunError};
use crate::aggregate::Membership;
use crate::config::Plan;
use crate::config::plan::{FeedLocation, FeedSource, LocalPath, Source, SourceKind};
use crate::fetch::folder::{self, Scan, Wanted};
use crate::fetch::http::{Client, FetchError};
use crate::model::{ParseError, Warning};
use crate::normalize::likeness::Likeness;
use crate::report::{ItemCounts, Report, SourceOutcome, SourceReport, plural};
use crate::state::{Changes, DocumentRow, Seen, SourceId, SourceRow, StateError, Store};
use chrono::{DateTime, Utc};
use failure::{Failure, Stop};
use feeds::Answer;
use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use url::Url;
use window::Window;

/// After so many failures a source is not waited for any more where items look for an owner.
const FAILURES_TO_WAIT_FOR: i64 = 3;
/// A failing source is asked at least this often, in seconds.
const MAX_BACK_OFF: i64 = 24 * 3600;

/// One look at the sources.
pub(super) struct Look<'a> {
    pub(super) plan: &'a Plan,
    pub(super) options: &'a Options,
    /// The schedule goes by it.
    pub(super) now: DateTime<Utc>,
    /// Dates what is first seen or changed: `now`, or the latest run where the clock was set back.
    pub(super) dating: DateTime<Utc>,
    /// Since when the clock has been behind an earlier run, as it tells itself.
    pub(super) behind_since: Option<i64>,
    pub(super) membership: &'a Membership<'a>,
    pub(super) progress: &'a dyn Progress,
}

/// What a look at one source came to.
struct Found {
    outcome: SourceOutcome,
    changes: Changes,
    warnings: Vec<Warning>,
    new_warnings: Vec<Warning>,
}

impl Found {
    fn of(changes: Changes) -> Self {
        let outcome = if changes.none() { SourceOutcome::Unchanged } else { SourceOutcome::Ok };
        Self { outcome, changes, warnings: Vec::new(), new_warnings: Vec::new() }
    }

    fn unchanged(warnings: Vec<Warning>) -> Self {
        Self { outcome: SourceOutcome::Unchanged, changes: Changes::default(), warnings, new_warnings: Vec::new() }
    }
}

impl Look<'_> {
    /// Looks at all sources, by name.
    pub(super) fn at_all(&self, client: &Client, store: &mut dyn Store, report: &mut Report) -> Result<(), RunError> {
        let mut sources: Vec<&Source> = self.plan.sources.iter().collect();
        sources.sort_by(|a, b| a.name.cmp(&b.name));
        sources.retain(|source| self.options.sources.is_empty() || self.options.sources.contains(&source.name));

        let mut rows = Vec::with_capacity(sources.len());
        for source in &sources {
            rows.push(self.row_of(source, store)?);
        }
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let window = Arc::new(Window::new(self.plan.network.concurrency));
        let mut answers = self.ask(&runtime, client, &window, &sources, &rows);
        let mut taken = 0;
        let told_of_rules: HashSet<SourceId> = rows
            .iter()
            .filter(|(row, _)| row.warnings.iter().any(|warning| warning.code == guards::RULES))
            .map(|(row, _)| row.id)
            .collect();
        for (source, (row, released)) in sources.into_iter().zip(rows) {
            self.progress.source(&source.name);
            let answer = answers.remove(&source.name);
            let before = row.clone();
            let result = match (&source.kind, answer) {
                (SourceKind::Articles(articles), _) => self.at_articles(source, articles, row, store),
                (SourceKind::Feed(FeedSource { location: FeedLocation::Path(path), .. }), _) => {
                    self.at_feed_files(source, path, row, store)
                }
                (SourceKind::Feed(feed), Some(answer)) => {
                    window.turn(taken);
                    taken += 1;
                    let answer = runtime.block_on(answer).unwrap_or_else(|_| {
                        window.came_in(0);
                        Err(FetchError {
                            class: "internal-error",
                            message: "the request ended without an answer".into(),
                            hint: None,
                            retry_after: None,
                        })
                    });
                    window.taken(answer.as_ref().map_or(0, feeds::size));
                    self.at_feed(source, feed, row, answer, store)
                }
                (SourceKind::Feed(_), None) => {
                    Ok(Found { outcome: SourceOutcome::NotDue, ..Found::unchanged(row.warnings) })
                }
            };
            let mut told = match result {
                Ok(found) if found.outcome == SourceOutcome::NotDue => {
                    // Still failing, though nobody was asked.
                    SourceReport { class: before.class, message: before.message, ..line(source, found) }
                }
                Ok(found) => line(source, found),
                Err(Stop::State(error)) => return Err(error.into()),
                Err(Stop::Source(failure)) => self.failure(source, before, *failure, store)?,
            };
            if released > 0 && told.outcome == SourceOutcome::Unchanged {
                told.outcome = SourceOutcome::Ok;
            }
            told.items.new += released;
            report.sources.push(told);
        }
        // Abandoned look-ups of names would hold the run up; nothing waits for them any more.
        runtime.shutdown_background();
        let rows = store.sources()?;
        let counts = store.item_counts()?;
        let held = store.held_counts()?;
        let known: HashMap<&str, &SourceRow> = rows.iter().map(|row| (row.name.as_str(), row)).collect();
        let configured: HashMap<&str, &Source> =
            self.plan.sources.iter().map(|source| (source.name.as_str(), source)).collect();
        for line in &mut report.sources {
            let Some(row) = known.get(line.name.as_str()) else { continue };
            let of = |counts: &HashMap<SourceId, u64>| counts.get(&row.id).copied().unwrap_or(0);
            (line.items.total, line.items.held) = (of(&counts), of(&held));
            if let Some(source) = configured.get(line.name.as_str()) {
                guards::left_out(source, row, told_of_rules.contains(&row.id), line, store)?;
            }
        }
        self.drop_unclaimed(&rows, store)?;
        Ok(())
    }

    /// What is known of a source, once the limits of this run hold for it; and how many items that released. Before
    /// anybody is asked: a source that keeps more than before is read as a whole.
    fn row_of(&self, source: &Source, store: &mut dyn Store) -> Result<(SourceRow, u64), StateError> {
        let (name, kind, fingerprint) = (source.name.as_str(), source.kind.as_str(), self.fingerprint(source));
        let row = store.source(name, kind, &fingerprint)?;
        let released = store.apply_limits(row.id, self.limits(source), self.now)?;
        let mut row = store.source(name, kind, &fingerprint)?;
        if released > 0 {
            row.warnings.retain(|warning| warning.code != guards::FLOOD);
            store.save_source(&row)?;
        }
        Ok((row, released))
    }

    /// Begins the requests of all sources that are due, in their order. Gives the places where the answers come in, by name.
    fn ask(
        &self,
        runtime: &Runtime,
        client: &Client,
        window: &Arc<Window>,
        sources: &[&Source],
        rows: &[(SourceRow, u64)],
    ) -> HashMap<String, oneshot::Receiver<Answer>> {
        let mut answers = HashMap::new();
        let mut requests = Vec::new();
        for (source, (row, _)) in sources.iter().zip(rows) {
            let SourceKind::Feed(feed) = &source.kind else { continue };
            let FeedLocation::Url(url) = &feed.location else { continue };
            if self.is_due(row, url) {
                let (sender, receiver) = oneshot::channel();
                requests.push((feeds::request(&self.fingerprint(source), feed, url, row), sender));
                answers.insert(source.name.clone(), receiver);
            }
        }
        let (client, window) = (client.clone(), Arc::clone(window));
        runtime.spawn(async move {
            for (order, (request, sender)) in requests.into_iter().enumerate() {
                window.wait(order).await;
                let (client, window) = (client.clone(), Arc::clone(&window));
                tokio::spawn(async move {
                    let answer = client.get(request).await;
                    window.came_in(answer.as_ref().map_or(0, feeds::size));
                    // Nobody listens any more only when the run has already failed.
                    let _ = sender.send(answer);
                });
            }
        });
        answers
    }

    /// What nobody claimed goes, once every source had its say.
    fn drop_unclaimed(&self, rows: &[SourceRow], store: &mut dyn Store) -> Result<(), StateError> {
        if self.options.look_only || !self.options.sources.is_empty() {
            return Ok(());
        }
        // A source that fails again and again will not claim anything either.
        let had_its_say = |row: &&SourceRow| row.succeeded.is_some() || row.failures >= FAILURES_TO_WAIT_FOR;
        if rows.iter().filter(had_its_say).count() == self.plan.sources.len() {
            store.drop_forgotten()?;
        }
        let well = rows.iter().filter(|row| row.succeeded.is_some() && row.failing_since.is_none()).count();
        let any_articles = self.plan.sources.iter().any(|source| matches!(source.kind, SourceKind::Articles(_)));
        if well < self.plan.sources.len() || !any_articles {
            return Ok(());
        }
        let kept = store.drop_unclaimed_articles(self.options.accept_changes)?;
        if kept > 0 {
            tracing::warn!(
                hint = "if they are meant to go, run once with `--accept-changes`",
                "{} that were published are in no source any more; they stay",
                plural(usize::try_from(kept).unwrap_or(usize::MAX), "article")
            );
        }
        Ok(())
    }

    /// Finds out what an item can be known by as a duplicate, where some feed merges them.
    fn measure(&self, seen: &mut Seen) {
        if self.membership.merges() {
            seen.likeness = Some(Likeness::of(&seen.item, seen.text.as_deref()));
        }
    }

    fn is_due(&self, row: &SourceRow, url: &Url) -> bool {
        if self.options.dry_run {
            return false;
        }
        // Another URL is another resource: nobody has asked it yet. An address that may not be reached never was asked.
        let moved = row.url.as_deref().is_some_and(|known| known != url.as_str());
        let never_asked = moved || row.class.as_deref() == Some("blocked-address");
        let now = self.now.timestamp();
        let due = match row.requested {
            // The clock was ahead then, or is behind now: nobody knows how long ago that was. After one more interval
            // it was long enough.
            Some(requested) if requested > now.saturating_add(CLOCK_SLACK) => {
                let interval = row.due.unwrap_or(requested).saturating_sub(requested).max(0);
                self.behind_since.is_none_or(|since| now >= since.saturating_add(interval))
            }
            _ => row.due.is_none_or(|due| due <= now),
        };
        self.options.ask_now || never_asked || due
    }

    fn failure(
        &self,
        source: &Source,
        mut row: SourceRow,
        failure: Failure,
        store: &mut dyn Store,
    ) -> Result<SourceReport, StateError> {
        let now = self.now.timestamp();
        row.failures = row.failures.saturating_add(1);
        row.failing_since = row.failing_since.or(Some(now));
        row.class = Some(failure.class.clone());
        row.message = Some(failure.message.clone());
        if let SourceKind::Feed(FeedSource { location: FeedLocation::Url(url), interval, .. }) = &source.kind {
            let interval = seconds(interval.as_secs());
            let doubled = interval.saturating_mul(1 << (row.failures - 1).clamp(0, 16));
            let wait = doubled.min(MAX_BACK_OFF.max(interval));
            row.requested = Some(now);
            row.due = Some(now.saturating_add(wait.max(seconds(failure.retry_after.unwrap_or(0)))));
            if row.url.as_deref() != Some(url.as_str()) {
                row.url = Some(url.to_string());
                (row.etag, row.last_modified, row.validators_url, row.body_hash) = (None, None, None, None);
            }
        }
        store.save_source(&row)?;
        Ok(SourceReport {
            name: source.name.clone(),
            kind: source.kind.as_str(),
            outcome: SourceOutcome::Failed,
            class: Some(failure.class),
            message: Some(failure.message),
            hint: failure.hint,
            items: ItemCounts::default(),
            warnings: failure.warnings,
            new_warnings: failure.new_warnings,
        })
    }

    /// Changes when the source's documents would be read differently. Where a filter looks at bodies, articles are read
    /// for it: the state has no bodies of theirs.
    fn fingerprint(&self, source: &Source) -> String {
        let text = match &source.kind {
            SourceKind::Articles(_) => self.membership.text_fingerprint(&source.name),
            SourceKind::Feed(_) => String::new(),
        };
        format!("{REVISION} {} {text}", source.fingerprint)
    }

    /// The row of a source that was read well.
    fn well(&self, row: SourceRow, source: &Source) -> SourceRow {
        SourceRow {
            kind: source.kind.as_str().into(),
            fingerprint: self.fingerprint(source),
            succeeded: Some(self.now.timestamp()),
            failing_since: None,
            failures: 0,
            class: None,
            message: None,
            ..row
        }
    }
}

/// Adds to what is remembered of a source the warnings that only the look itself could give.
fn note(store: &mut dyn Store, row: &SourceRow, warnings: &[Warning]) -> Result<(), StateError> {
    if !warnings.is_empty() {
        let mut row = store.source(&row.name, &row.kind, &row.fingerprint)?;
        row.warnings.extend_from_slice(warnings);
        store.save_source(&row)?;
    }
    Ok(())
}

/// A source that was read, in the report.
fn line(source: &Source, found: Found) -> SourceReport {
    SourceReport {
        name: source.name.clone(),
        kind: source.kind.as_str(),
        outcome: found.outcome,
        class: None,
        message: None,
        hint: None,
        items: found.changes.into(),
        warnings: found.warnings,
        new_warnings: found.new_warnings,
    }
}

/// Known files that the scan did not find.
fn gone(scan: &Scan, known: &HashMap<String, DocumentRow>) -> Vec<String> {
    let there: HashSet<&str> = scan.files.iter().map(|file| file.path.as_str()).collect();
    let mut gone: Vec<String> =
        known.keys().filter(|path| !there.contains(path.as_str()) && !scan.may_hide(path)).cloned().collect();
    gone.sort();
    gone
}

/// The warnings of a source's documents, and those of the source as a whole.
fn all_warnings(store: &dyn Store, source: SourceId, own: &[Warning]) -> Result<Vec<Warning>, StateError> {
    let mut warnings = store.document_warnings(source)?;
    warnings.extend_from_slice(own);
    Ok(warnings)
}

/// Those that nobody was told of before.
fn unseen(warnings: &[Warning], told: &[Warning]) -> Vec<Warning> {
    let told: HashSet<&Warning> = told.iter().collect();
    warnings.iter().filter(|warning| !told.contains(warning)).cloned().collect()
}

fn scan(path: &LocalPath, wanted: Wanted) -> Result<Scan, Box<Failure>> {
    folder::scan(path, wanted).map_err(|error| {
        let message = crate::report::chain(&error);
        Box::new(match error {
            folder::ScanError::Missing(_) => {
                Failure::new("missing", message).hint("relative paths start at the folder of the config file")
            }
            folder::ScanError::Unreadable { .. } => Failure::new("unreadable", message),
        })
    })
}

/// Runs code that reads foreign bytes; a panic in it is this document's failure and nobody else's.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, ParseError>) -> Result<T, ParseError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(ParseError::new("internal-error", "reading it failed unexpectedly; please report this document"))
    })
}

fn seconds(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX / 4).min(i64::MAX / 4)
}
