//! Looks at every source that is due and hands what it finds to the state, source by source in the order of names.
//!
//! The network is asked for all sources at once, in the background; local files are read on every core meanwhile.
//! Whatever order answers come in, they are taken in by name, so that no timing shows in the state.

use super::{Options, Progress, REVISION, RunError};
use crate::aggregate::Membership;
use crate::config::Plan;
use crate::config::plan::{ArticleReading, Articles, FeedLocation, FeedSource, LocalPath, Source, SourceKind};
use crate::fetch::folder::{self, FileStat, Scan, Wanted};
use crate::fetch::http::{Client, FetchError, Request, Response, Validators};
use crate::model::{Document, ParseError, Warning};
use crate::normalize;
use crate::parse;
use crate::report::{ItemCounts, Report, SourceOutcome, SourceReport};
use crate::state::{Changes, DocumentRow, Future, Gave, Harvest, Observation, Seen, SourceId, SourceRow, StateError, Store};
use chrono::{DateTime, Utc};
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::sync_channel;
use tokio::sync::oneshot;
use url::Url;

/// Files are read, parsed and handed on in portions of this size: enough for every core, little in memory.
const PORTION: usize = 512;
/// Portions that wait for the state at most.
const PORTIONS_AHEAD: usize = 2;
/// Of at least so many articles …
const SHRUNK_FROM: usize = 10;
/// A failing source is asked at least this often, in seconds.
const MAX_BACK_OFF: i64 = 24 * 3600;

/// One look at the sources.
pub(super) struct Look<'a> {
    pub(super) plan: &'a Plan,
    pub(super) options: &'a Options,
    pub(super) now: DateTime<Utc>,
    pub(super) membership: &'a Membership<'a>,
    pub(super) progress: &'a dyn Progress,
    /// Read every local file again.
    pub(super) reread: bool,
}

/// Why a source gave nothing this time; its last good items stay.
struct Failure {
    class: String,
    message: String,
    hint: Option<String>,
    retry_after: Option<u64>,
    warnings: Box<Warnings>,
}

/// What was wrong with the documents of a source that failed.
#[derive(Default)]
struct Warnings {
    all: Vec<Warning>,
    /// Those nobody was told of before.
    new: Vec<Warning>,
}

impl Failure {
    fn new(class: &str, message: impl Into<String>) -> Self {
        Self { class: class.into(), message: message.into(), hint: None, retry_after: None, warnings: Box::default() }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        Self {
            class: error.class.into(),
            message: error.message,
            hint: error.hint,
            retry_after: error.retry_after,
            warnings: Box::default(),
        }
    }
}

impl From<ParseError> for Stop {
    fn from(error: ParseError) -> Self {
        Stop::Source(error.into())
    }
}

impl From<FetchError> for Stop {
    fn from(error: FetchError) -> Self {
        Stop::Source(error.into())
    }
}

impl From<ParseError> for Failure {
    fn from(error: ParseError) -> Self {
        Self::new(error.class, error.to_string())
    }
}

/// Either the state itself failed, which ends the run, or only this source did.
enum Stop {
    State(StateError),
    Source(Failure),
}

impl From<StateError> for Stop {
    fn from(error: StateError) -> Self {
        Stop::State(error)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Stop::Source(failure)
    }
}

/// What a look at one source came to.
struct Found {
    outcome: SourceOutcome,
    changes: Changes,
    warnings: Vec<Warning>,
    new_warnings: Vec<Warning>,
}

impl Found {
    fn unchanged(warnings: Vec<Warning>) -> Self {
        Self { outcome: SourceOutcome::Unchanged, changes: Changes::default(), warnings, new_warnings: Vec::new() }
    }
}

type Answer = Result<Response, FetchError>;

impl Look<'_> {
    /// Looks at all sources, by name.
    pub(super) fn at_all(&mut self, client: &Client, store: &mut dyn Store, report: &mut Report) -> Result<(), RunError> {
        let mut sources: Vec<&Source> = self.plan.sources.iter().collect();
        sources.sort_by(|a, b| a.name.cmp(&b.name));
        sources.retain(|source| self.options.sources.is_empty() || self.options.sources.contains(&source.name));

        let mut rows = Vec::with_capacity(sources.len());
        for source in &sources {
            rows.push(store.source(&source.name, source.kind.as_str(), &fingerprint(source))?);
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let mut answers: HashMap<String, oneshot::Receiver<Answer>> = HashMap::new();
        for (source, row) in sources.iter().zip(&rows) {
            let SourceKind::Feed(feed) = &source.kind else { continue };
            let FeedLocation::Url(url) = &feed.location else { continue };
            if !self.is_due(row, url) {
                continue;
            }
            let (sender, receiver) = oneshot::channel();
            let (client, request) = (client.clone(), request(source, feed, url, row));
            runtime.spawn(async move {
                // Nobody listens any more only when the run has already failed.
                let _ = sender.send(client.get(request).await);
            });
            answers.insert(source.name.clone(), receiver);
        }
        for (source, row) in sources.into_iter().zip(rows) {
            self.progress.source(&source.name);
            let answer = answers.remove(&source.name);
            let before = row.clone();
            let result = match (&source.kind, answer) {
                (SourceKind::Articles(articles), _) => self.at_articles(source, articles, row, store),
                (SourceKind::Feed(FeedSource { location: FeedLocation::Path(path), .. }), _) => {
                    self.at_feed_files(source, path, row, store)
                }
                (SourceKind::Feed(feed), Some(answer)) => {
                    let answer = runtime.block_on(answer).unwrap_or_else(|_| {
                        Err(FetchError {
                            class: "internal-error",
                            message: "the request ended without an answer".into(),
                            hint: None,
                            retry_after: None,
                        })
                    });
                    self.at_feed(source, feed, row, answer, store)
                }
                (SourceKind::Feed(_), None) => Ok(Found { outcome: SourceOutcome::NotDue, ..Found::unchanged(Vec::new()) }),
            };
            let line = match result {
                Ok(found) => self.success(source, found),
                Err(Stop::State(error)) => return Err(error.into()),
                Err(Stop::Source(failure)) => self.failure(source, before, failure, store)?,
            };
            report.sources.push(line);
        }
        // Abandoned look-ups of names would hold the run up; nothing waits for them any more.
        runtime.shutdown_background();
        let counts = store.item_counts()?;
        let ids: HashMap<String, i64> = store.sources()?.into_iter().map(|row| (row.name, row.id)).collect();
        for line in &mut report.sources {
            line.items.total = ids.get(&line.name).and_then(|id| counts.get(id)).copied().unwrap_or(0);
        }
        self.drop_unclaimed(store, report)?;
        Ok(())
    }

    /// What came back from published files and was claimed by nobody goes, once every source of articles had its say.
    fn drop_unclaimed(&self, store: &mut dyn Store, report: &Report) -> Result<(), StateError> {
        let rows = store.sources()?;
        let heard = |name: &str| rows.iter().any(|row| row.name == name && row.succeeded.is_some());
        let all_heard = self.plan.sources.iter().all(|source| heard(&source.name));
        let none_failed = report.sources.iter().all(|source| source.outcome != SourceOutcome::Failed);
        if all_heard && none_failed {
            store.drop_unclaimed()?;
        }
        Ok(())
    }

    fn is_due(&self, row: &SourceRow, url: &Url) -> bool {
        if self.options.dry_run {
            return false;
        }
        // Another URL is another resource: nobody has asked it yet.
        let moved = row.url.as_deref().is_some_and(|known| known != url.as_str());
        self.options.ask_now || moved || row.due.is_none_or(|due| due <= self.now.timestamp())
    }

    fn success(&self, source: &Source, found: Found) -> SourceReport {
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
            warnings: failure.warnings.all,
            new_warnings: failure.warnings.new,
        })
    }

    /// The row of a source that was read well.
    fn well(&self, row: SourceRow, source: &Source) -> SourceRow {
        SourceRow {
            kind: source.kind.as_str().into(),
            fingerprint: fingerprint(source),
            succeeded: Some(self.now.timestamp()),
            failing_since: None,
            failures: 0,
            class: None,
            message: None,
            ..row
        }
    }

    fn at_articles(&self, source: &Source, articles: &Articles, row: SourceRow, store: &mut dyn Store) -> Result<Found, Stop> {
        let scan = scan(&articles.path, Wanted::Articles)?;
        tracing::debug!("{}: {} files found", source.name, scan.files.len());
        let known = store.documents(row.id)?;
        tracing::debug!("{}: {} files known", source.name, known.len());
        let changed_settings = row.fingerprint != fingerprint(source);
        let reread = self.reread || changed_settings || row.succeeded.is_none();
        let gone = gone(&scan, &known);
        let total = scan.files.len();
        self.refuse_shrunk(&gone, &known)?;
        let told = all_warnings(store, row.id, &row.warnings)?;
        let Scan { files, warnings: scan_warnings, .. } = scan;
        let mut well = SourceRow { warnings: scan_warnings, ..self.well(row.clone(), source) };
        if total == 0 {
            well.warnings.push(Warning::new("empty", format!("`{}` holds no article", articles.path.written)));
        }
        let (files, untouched): (Vec<FileStat>, Vec<FileStat>) =
            files.into_iter().partition(|file| reread || known.get(&file.path).is_none_or(|row| row.stamp != file.stamp));
        if files.is_empty() && gone.is_empty() && row.failing_since.is_none() && row.succeeded.is_some() {
            store.save_source(&well)?;
            let warnings = all_warnings(store, row.id, &well.warnings)?;
            return Ok(Found { new_warnings: unseen(&warnings, &told), ..Found::unchanged(warnings) });
        }
        let named = total == 1 && articles.path.glob.is_none() && articles.path.root.is_file();
        let looked = files.len();
        let mut tally = Tally::default();
        let (sender, receiver) = sync_channel::<Vec<Observation>>(PORTIONS_AHEAD);
        let files = &files;
        let changes = std::thread::scope(|scope| {
            // Reading goes on while the state takes in what was read before.
            scope.spawn(move || {
                for portion in files.chunks(PORTION) {
                    let read = portion.par_iter().map(|file| self.read_article(source, &articles.reading, file, named));
                    // The other end is gone when the state failed; that is told there.
                    if sender.send(read.collect()).is_err() {
                        break;
                    }
                }
            });
            let mut done = 0;
            let mut portions = receiver.into_iter().inspect(|read| {
                done += read.len();
                self.progress.articles(done, looked);
                tally.add(read);
            });
            store.remember(Harvest {
                source: row.id,
                now: self.now,
                future: Future::Hold,
                observations: &mut portions,
                gone: gone.clone(),
                forget_bodies: changed_settings || self.options.full,
                row: well.clone(),
                terms: &|seen, published| self.membership.terms(seen, published),
            })
        })?;
        tracing::debug!("{}: {looked} files read and taken in", source.name);
        let warnings = all_warnings(store, row.id, &well.warnings)?;
        let new_warnings = unseen(&warnings, &told);
        let before = |unreadable: bool| {
            let rows = untouched.iter().filter_map(|file| known.get(&file.path));
            rows.filter(|row| row.unreadable == unreadable && (row.article || unreadable)).count()
        };
        let unreadable = tally.unreadable + before(true);
        if unreadable > 0 && tally.articles + before(false) == 0 {
            let failure = Failure::new("parse", format!("none of its {} can be read", count(unreadable, "article")))
                .hint("a warning names each when it is new; `-v` names them again");
            let warnings = Box::new(Warnings { all: warnings, new: new_warnings });
            return Err(Failure { warnings, ..failure }.into());
        }
        let outcome = match changes {
            Changes { new: 0, changed: 0, gone: 0, .. } => SourceOutcome::Unchanged,
            _ => SourceOutcome::Ok,
        };
        Ok(Found { outcome, changes, warnings, new_warnings })
    }

    /// A folder that loses most of its articles at once was more likely moved or half mounted than emptied.
    fn refuse_shrunk(&self, gone: &[String], known: &HashMap<String, DocumentRow>) -> Result<(), Failure> {
        let had = known.values().filter(|row| row.article).count();
        let lost = gone.iter().filter(|path| known.get(*path).is_some_and(|row| row.article)).count();
        if had >= SHRUNK_FROM && lost * 2 > had && !self.options.accept_changes {
            return Err(Failure::new("shrunk", format!("{lost} of its {had} articles are gone; its items are kept"))
                .hint("if that is meant, run once with `--accept-changes`"));
        }
        Ok(())
    }

    fn read_article(&self, source: &Source, reading: &ArticleReading, file: &FileStat, named: bool) -> Observation {
        let document = Some((file.path.clone(), file.stamp));
        let bytes = match folder::read(file, folder::MAX_ARTICLE_BYTES) {
            Ok(bytes) => bytes,
            Err(error) => {
                let warning = Warning::new("unreadable", format!("the file cannot be read: {error}; it is left out"));
                // No stamp: it is tried again next time.
                return Observation {
                    document: Some((file.path.clone(), 0)),
                    warnings: vec![warning.in_file(&file.path)],
                    gave: Gave::Unreadable,
                };
            }
        };
        let path = file.path.clone();
        let read = guarded(|| {
            let document = Document { bytes, path: Some(path.clone()), ..Document::default() };
            article(&document, source, reading, named, self.membership.needs_text())
        });
        match read {
            Ok(Some((seen, warnings))) => {
                let warnings = warnings.into_iter().map(|warning| warning.in_file(&path)).collect();
                let gave = if seen.item.unpublished.is_some() { Gave::Nothing } else { Gave::Items(vec![seen]) };
                Observation { document, warnings, gave }
            }
            Ok(None) => Observation { document, warnings: Vec::new(), gave: Gave::Nothing },
            Err(error) => {
                let mut warning = Warning::new(error.class, format!("{}; the article is left out", error.message));
                (warning.line, warning.column) = (error.line, error.column);
                Observation { document, warnings: vec![warning.in_file(&path)], gave: Gave::Unreadable }
            }
        }
    }

    fn at_feed_files(&self, source: &Source, path: &LocalPath, row: SourceRow, store: &mut dyn Store) -> Result<Found, Stop> {
        let Scan { files, warnings: scan_warnings, .. } = scan(path, Wanted::Feeds)?;
        if files.is_empty() {
            return Err(Failure::new("missing", format!("`{}` matches no feed file", path.written)).into());
        }
        let known = store.documents(row.id)?;
        let reread = self.reread || row.fingerprint != fingerprint(source) || row.succeeded.is_none();
        let told = all_warnings(store, row.id, &row.warnings)?;
        let mut well = SourceRow { warnings: scan_warnings, ..self.well(row.clone(), source) };
        let total = files.len();
        let files: Vec<FileStat> =
            files.into_iter().filter(|file| reread || known.get(&file.path).is_none_or(|row| row.stamp != file.stamp)).collect();
        if files.is_empty() && row.failing_since.is_none() {
            store.save_source(&well)?;
            let warnings = all_warnings(store, row.id, &well.warnings)?;
            return Ok(Found { new_warnings: unseen(&warnings, &told), ..Found::unchanged(warnings) });
        }
        let mut observations = Vec::new();
        let mut first_failure = None;
        let mut failed = 0;
        for file in &files {
            let read = folder::read(file, self.plan.network.max_body)
                .map_err(|error| ParseError::new("unreadable", format!("the file cannot be read: {error}")))
                .and_then(|bytes| {
                    let document = Document { bytes, path: Some(file.path.clone()), ..Document::default() };
                    guarded(|| feed(document, source))
                });
            match read {
                Ok(read) => {
                    well.title = read.title.or(well.title);
                    observations.push(Observation {
                        document: Some((file.path.clone(), file.stamp)),
                        warnings: read.warnings.into_iter().map(|warning| warning.in_file(&file.path)).collect(),
                        gave: Gave::Items(read.items),
                    });
                }
                Err(error) => {
                    failed += 1;
                    let mut warning = Warning::new(error.class, format!("{}; its items are kept as they were", error.message));
                    (warning.line, warning.column) = (error.line, error.column);
                    observations.push(Observation {
                        document: Some((file.path.clone(), 0)),
                        warnings: vec![warning.in_file(&file.path)],
                        gave: Gave::Unreadable,
                    });
                    first_failure.get_or_insert_with(|| Failure::new(error.class, format!("`{}`: {error}", file.path)));
                }
            }
        }
        if let Some(failure) = first_failure
            && failed == total
        {
            return Err(failure.into());
        }
        let own = well.warnings.clone();
        let found = self.take_in(well, observations, store)?;
        let warnings = all_warnings(store, row.id, &own)?;
        Ok(Found { new_warnings: unseen(&warnings, &told), warnings, ..found })
    }

    fn at_feed(&self, source: &Source, settings: &FeedSource, row: SourceRow, answer: Answer, store: &mut dyn Store) -> Result<Found, Stop> {
        let FeedLocation::Url(url) = &settings.location else {
            return Err(Failure::new("internal-error", "a local feed was asked over the network").into());
        };
        let now = self.now.timestamp();
        let interval = seconds(settings.interval.as_secs());
        let scheduled = |row: SourceRow| SourceRow {
            url: Some(url.to_string()),
            requested: Some(now),
            // A cron run that comes a moment early is not early.
            due: Some(now + interval - (interval / 20).min(300)),
            ..row
        };
        match answer? {
            Response::NotModified { validators, .. } => {
                let mut row = scheduled(self.well(row, source));
                row.etag = validators.etag.or(row.etag);
                row.last_modified = validators.last_modified.or(row.last_modified);
                row.validators_url = validators.url.map(String::from).or(row.validators_url);
                store.save_source(&row)?;
                Ok(Found::unchanged(row.warnings))
            }
            Response::Document { document, validators, moved_to, .. } => {
                let hash = blake3::hash(&document.bytes).as_bytes().to_vec();
                let same = row.body_hash.as_ref() == Some(&hash) && row.fingerprint == fingerprint(source);
                let mut well = scheduled(self.well(row.clone(), source));
                well.etag = validators.etag;
                well.last_modified = validators.last_modified;
                well.validators_url = validators.url.map(String::from);
                if same {
                    store.save_source(&well)?;
                    return Ok(Found::unchanged(well.warnings));
                }
                let read = guarded(|| feed(document, source))?;
                well.body_hash = Some(hash);
                well.title = read.title.or(well.title);
                well.warnings = read.warnings;
                if let Some(moved) = moved_to {
                    let moved = crate::fetch::http::redact(&moved);
                    let warning = Warning::new("moved", format!("the feed has moved to `{moved}`; put that into the config"));
                    well.warnings.push(warning);
                }
                if well.warnings.iter().any(|warning| warning.code == "truncated") {
                    // Half a feed proves nothing: the next request asks for the whole again.
                    (well.etag, well.last_modified, well.validators_url, well.body_hash) = (None, None, None, None);
                }
                let new_warnings = unseen(&well.warnings, &row.warnings);
                let warnings = well.warnings.clone();
                let observation = Observation { document: None, warnings: Vec::new(), gave: Gave::Items(read.items) };
                let found = self.take_in(well, vec![observation], store)?;
                Ok(Found { warnings, new_warnings, ..found })
            }
        }
    }

    /// Hands entries of feeds to the state.
    fn take_in(&self, row: SourceRow, observations: Vec<Observation>, store: &mut dyn Store) -> Result<Found, Stop> {
        let changes = store.remember(Harvest {
            source: row.id,
            now: self.now,
            future: Future::Clamp,
            observations: &mut std::iter::once(observations),
            gone: Vec::new(),
            forget_bodies: false,
            row,
            terms: &|seen, published| self.membership.terms(seen, published),
        })?;
        let outcome = match changes {
            Changes { new: 0, changed: 0, gone: 0, .. } => SourceOutcome::Unchanged,
            _ => SourceOutcome::Ok,
        };
        Ok(Found { outcome, changes, warnings: Vec::new(), new_warnings: Vec::new() })
    }
}

/// Counts what articles gave while they stream by.
#[derive(Default)]
struct Tally {
    articles: usize,
    unreadable: usize,
}

impl Tally {
    fn add(&mut self, observations: &[Observation]) {
        for observation in observations {
            match observation.gave {
                Gave::Items(_) => self.articles += 1,
                Gave::Unreadable => self.unreadable += 1,
                Gave::Nothing => {}
            }
        }
    }
}

/// Changes when the source's documents would be read differently.
fn fingerprint(source: &Source) -> String {
    format!("{REVISION} {}", source.fingerprint)
}

fn request(source: &Source, feed: &FeedSource, url: &Url, row: &SourceRow) -> Request {
    // What was stored for another URL or read with other settings proves nothing about this one.
    let ours = row.url.as_deref() == Some(url.as_str()) && row.fingerprint == fingerprint(source);
    let validators = if ours {
        Validators {
            etag: row.etag.clone(),
            last_modified: row.last_modified.clone(),
            url: row.validators_url.as_deref().and_then(|url| Url::parse(url).ok()),
        }
    } else {
        Validators::default()
    };
    Request { url: url.clone(), validators, allow_private: feed.allow_private }
}

fn scan(path: &LocalPath, wanted: Wanted) -> Result<Scan, Failure> {
    folder::scan(path, wanted).map_err(|error| {
        let class = match error {
            folder::ScanError::Missing(_) => "missing",
            folder::ScanError::Unreadable { .. } => "unreadable",
        };
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        Failure::new(class, format!("{error}{cause}")).hint("relative paths start at the folder of the config file")
    })
}

/// Known files that the scan did not find.
fn gone(scan: &Scan, known: &HashMap<String, DocumentRow>) -> Vec<String> {
    let there: HashSet<&str> = scan.files.iter().map(|file| file.path.as_str()).collect();
    let mut gone: Vec<String> = known.keys().filter(|path| !there.contains(path.as_str()) && !scan.may_hide(path)).cloned().collect();
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

/// Runs code that reads foreign bytes; a panic in it is this document's failure and nobody else's.
fn guarded<T>(work: impl FnOnce() -> Result<T, ParseError>) -> Result<T, ParseError> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(ParseError::new("internal-error", "reading it failed unexpectedly; please report this document")))
}

/// An article → what the state wants to know of it. None: no article.
fn article(
    document: &Document,
    source: &Source,
    reading: &ArticleReading,
    named: bool,
    text_wanted: bool,
) -> Result<Option<(Seen, Vec<Warning>)>, ParseError> {
    let Some(parsed) = parse::article::parse(document, reading, source.timezone, named)? else { return Ok(None) };
    let mut warnings = parsed.warnings;
    let mut entry = parsed.value;
    let text = entry.content.take().map(|text| text.value).unwrap_or_default();
    let normalized = normalize::article(entry, source, reading);
    warnings.extend(normalized.warnings);
    let item = normalized.value;
    let hash = normalize::hash::reader_hash(&item, &text);
    let link_key = item.link.as_deref().map(normalize::link::canonical);
    Ok(Some((Seen { item, hash, link_key, body: None, text: text_wanted.then_some(text) }, warnings)))
}

/// A feed document as the state wants it.
struct ReadFeed {
    title: Option<String>,
    items: Vec<Seen>,
    warnings: Vec<Warning>,
}

fn feed(document: Document, source: &Source) -> Result<ReadFeed, ParseError> {
    let parsed = parse::feed::parse(&document, source.timezone)?;
    let mut warnings = parsed.warnings;
    let mut feed = parsed.value;
    let title = feed.title.as_ref().map(normalize::text::line).filter(|title| !title.is_empty());
    let mut entries = std::mem::take(&mut feed.entries);
    for entry in &mut entries {
        // What is all there is of a text is the text, not a summary of it.
        if entry.content.is_none() {
            entry.content = entry.summary.take();
        }
    }
    let bodies: Vec<_> = entries.iter_mut().map(|entry| (entry.content.take(), entry.base.clone())).collect();
    let mut items = Vec::with_capacity(entries.len());
    for entry in entries {
        let normalized = normalize::feed_entry(entry, &feed, source, document.url.as_ref());
        warnings.extend(normalized.warnings);
        items.push(normalized.value);
    }
    normalize::id::disambiguate(&mut items);
    let seen: Vec<Seen> = items
        .into_par_iter()
        .zip(bodies)
        .map(|(item, (body, base))| {
            let base = base.or_else(|| item.link.as_deref().and_then(|link| Url::parse(link).ok())).or_else(|| document.url.clone());
            let content = body.map(|body| normalize::content(&body, base.as_ref())).unwrap_or_default();
            let hash = normalize::hash::reader_hash(&item, &content.html);
            let link_key = item.link.as_deref().map(normalize::link::canonical);
            let text = Some(content.html.clone());
            Seen { item, hash, link_key, body: Some(content), text }
        })
        .collect();
    Ok(ReadFeed { title, items: seen, warnings })
}

/// The body of an article, read from its file. None when the file is no longer what it was.
pub(super) fn article_body(source: &Source, articles: &Articles, key: &str) -> Option<crate::model::Content> {
    let file = FileStat { path: key.to_owned(), absolute: folder::locate(&articles.path, key), stamp: 0, size: 0 };
    let bytes = folder::read(&file, folder::MAX_ARTICLE_BYTES).ok()?;
    let document = Document { bytes, path: Some(key.to_owned()), ..Document::default() };
    let parsed = guarded(|| parse::article::parse(&document, &articles.reading, source.timezone, true)).ok()??;
    let mut entry = parsed.value;
    let body = entry.content.take();
    let link = normalize::article(entry, source, &articles.reading).value.link;
    let base = link.as_deref().and_then(|link| Url::parse(link).ok()).unwrap_or_else(|| articles.reading.base.clone());
    Some(body.map(|body| normalize::content(&body, Some(&base))).unwrap_or_default())
}

fn seconds(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX / 4).min(i64::MAX / 4)
}

fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}
