//! Renders the feeds that changed, from the state alone, and publishes their files.

use super::{Options, Progress, REVISION, RunError, harvest};
use crate::aggregate::{self, Asked, Composition};
use crate::config::Plan;
use crate::config::plan::SourceKind;
use crate::model::{Axis, Content, Feed, FeedItem, Item, OutputFormat};
use crate::normalize;
use crate::report::{FeedOutcome, FeedReport, Report};
use crate::state::{FeedId, FeedRow, FileRow, ItemId, Member, Published, StateError, Store};
use crate::write::manifest::{self, FeedRecord, Manifest};
use crate::write::publish::{Publisher, Staged};
use crate::write::{self, gate, html, opml};
use chrono::{DateTime, Utc};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// Feeds composed at a time: enough for every core; their bodies are what memory holds.
const BATCH: usize = 32;
/// Bodies kept for the next batches, in bytes.
const KEPT_BODIES: usize = 48 << 20;
/// The feed number of index and manifest.
const INDEX: FeedId = 0;
/// A file whose stamp is not known yet.
const NO_STAMP: i64 = 0;

/// Publishes every feed that changed, and index and manifest when any did.
pub(super) fn changed_feeds(
    plan: &Plan,
    options: &Options,
    store: &mut dyn Store,
    now: DateTime<Utc>,
    reshaped: bool,
    progress: &dyn Progress,
    report: &mut Report,
) -> Result<(), RunError> {
    store.ensure_feed(Axis::All, "", now)?;
    for feed in &plan.output.feeds {
        store.ensure_feed(Axis::Feed, &feed.name, now)?;
    }
    let titles = source_titles(plan, store)?;
    let settings = settings(plan, &titles);
    let rendered_with = store.fact("settings")?;
    let restyled = rendered_with.as_deref() != Some(&settings);
    if restyled || options.full {
        store.mark_dirty(None)?;
    }
    let known: HashMap<String, FileRow> = store.files()?.into_iter().map(|file| (file.path.clone(), file)).collect();
    let look = Publisher::look(&plan.output.dir)?;
    let mut touched: Vec<FeedId> = known
        .values()
        .filter(|file| look.as_ref().and_then(|look| look.stamp(&file.path)) != Some(file.stamp))
        .map(|file| file.feed)
        .collect();
    drop(look);
    touched.sort_unstable();
    touched.dedup();
    store.mark_dirty(Some(&touched))?;

    let mut rows = store.feeds(now)?;
    let reslugged = store.fact("slugs")?.is_some_and(|before| before != slug_settings(plan));
    let mut taken: HashSet<String> = HashSet::new();
    for row in &mut rows {
        let configured =
            row.axis != Axis::Feed && configured_folder(plan, row).is_some_and(|folder| Some(folder) != row.folder);
        if reslugged || configured {
            row.folder = None;
        }
        taken.extend(row.folder.clone());
    }
    let mut job = Job {
        plan,
        options,
        now,
        titles,
        known,
        publisher: None,
        bodies: BTreeMap::new(),
        kept_bytes: 0,
        done: Vec::new(),
        outcomes: BTreeMap::new(),
        files: Vec::new(),
        records: HashMap::new(),
        fresh_bodies: Vec::new(),
        // Fewer members than the config asks for end a feed only when the config changed; otherwise it stays, also
        // where the state was lost and nobody knows what the config was.
        strict: reshaped || (restyled && rendered_with.is_some()),
    };
    let dirty: Vec<usize> = (0..rows.len()).filter(|index| rows[*index].dirty).collect();
    for (index, batch) in dirty.chunks(BATCH).enumerate() {
        progress.feeds(index * BATCH, dirty.len());
        let batch: Vec<&FeedRow> = batch.iter().map(|index| &rows[*index]).collect();
        job.render(store, &batch, &mut taken)?;
    }
    tracing::debug!("{} feeds rendered", dirty.len());
    let index_touched = touched.first() == Some(&INDEX) || !job.known.contains_key(manifest::FILE_NAME);
    job.finish(store, &rows, index_touched || restyled, report)?;
    if !options.dry_run && report.feeds.iter().all(|feed| feed.outcome != FeedOutcome::Failed) {
        store.set_fact("settings", &settings)?;
        store.set_fact("slugs", &slug_settings(plan))?;
    }
    Ok(())
}

/// The titles of sources as people see them.
fn source_titles(plan: &Plan, store: &dyn Store) -> Result<HashMap<String, String>, StateError> {
    let own: HashMap<String, Option<String>> = store.sources()?.into_iter().map(|row| (row.name, row.title)).collect();
    let title = |source: &crate::config::plan::Source| {
        let own = own.get(&source.name).cloned().flatten();
        source.title.clone().or(own).unwrap_or_else(|| source.name.clone())
    };
    Ok(plan.sources.iter().map(|source| (source.name.clone(), title(source))).collect())
}

/// Changes when files would be rendered differently from the same items.
fn settings(plan: &Plan, titles: &HashMap<String, String>) -> String {
    let titles: BTreeMap<_, _> =
        if plan.output.by.contains(&Axis::Source) { titles.iter().collect() } else { BTreeMap::new() };
    let custom: Vec<_> =
        plan.output.feeds.iter().map(|feed| (&feed.name, &feed.title, &feed.description, &feed.rules)).collect();
    let all = format!(
        "{REVISION} {} {:?} {:?} {:?} {custom:?} {titles:?} {}",
        env!("CARGO_PKG_VERSION"),
        plan.site,
        plan.output.all,
        plan.output.axes,
        slug_settings(plan),
    );
    blake3::hash(all.as_bytes()).to_hex().to_string()
}

fn slug_settings(plan: &Plan) -> String {
    format!("{:?}", plan.output.slugs)
}

/// The folder that the config itself names for a feed.
fn configured_folder(plan: &Plan, row: &FeedRow) -> Option<String> {
    let rules = plan.output.axes.get(&row.axis)?;
    Some(format!("{}/{}", row.axis.as_str(), aggregate::configured_slug(&rules.slug, &row.term)?))
}

struct Job<'a> {
    plan: &'a Plan,
    options: &'a Options,
    now: DateTime<Utc>,
    titles: HashMap<String, String>,
    known: HashMap<String, FileRow>,
    /// Opened when the first file is to be written.
    publisher: Option<Publisher>,
    bodies: BTreeMap<ItemId, Arc<FeedItem>>,
    kept_bytes: usize,
    done: Vec<Published>,
    outcomes: BTreeMap<FeedId, FeedReport>,
    files: Vec<(FeedId, String, String)>,
    records: HashMap<FeedId, FeedRecord>,
    fresh_bodies: Vec<(ItemId, Content)>,
    strict: bool,
}

/// A feed between its state and its files.
struct Composed {
    feed: FeedId,
    path: Vec<String>,
    whole: Feed,
    due: Option<i64>,
}

/// One file: its path, its bytes' hash, and whether it changed; or why it could not be made.
type FileResult = Result<(OutputFormat, String, String, bool), String>;

impl Job<'_> {
    fn render(
        &mut self,
        store: &mut dyn Store,
        batch: &[&FeedRow],
        taken: &mut HashSet<String>,
    ) -> Result<(), RunError> {
        let mut composed: Vec<Composed> = Vec::new();
        for row in batch {
            let Some(asked) = aggregate::asked(self.plan, row) else {
                self.done.push(unpublished(row, None));
                continue;
            };
            let rules = asked.rules();
            let oldest =
                rules.max_age.and_then(|age| i64::try_from(age.as_secs()).ok()).map(|age| self.now.timestamp() - age);
            let members = store.members(row.id, self.now, rules.limit.max(asked.min_items()), oldest)?;
            let due = self.next_change(store, row, &asked, &members)?;
            if members.len() < asked.min_items() && (row.folder.is_none() || self.strict) {
                self.done.push(unpublished(row, due));
                continue;
            }
            let members = &members[..members.len().min(rules.limit)];
            let items = match self.items(store, members)? {
                Ok(items) => items,
                Err(missing) => {
                    let message = format!("the body of `{missing}` cannot be read at the moment");
                    self.outcomes.insert(row.id, self.outcome(row, FeedOutcome::Held, Some(message)));
                    continue;
                }
            };
            let folder = row.folder.clone().unwrap_or_else(|| aggregate::folder(self.plan, row, taken));
            taken.insert(folder.clone());
            composed.push(Composed {
                feed: row.id,
                path: aggregate::levels(&row.name),
                whole: self.compose(row, &asked, folder, items),
                due,
            });
        }
        self.open_publisher(&composed);
        store.keep_bodies(&std::mem::take(&mut self.fresh_bodies))?;
        let results: Vec<Vec<FileResult>> = composed
            .par_iter()
            .map(|composed| {
                let formats = composed.whole.formats.iter();
                formats
                    .map(|format| file(self.publisher.as_ref(), self.options, self.plan, &composed.whole, *format))
                    .collect()
            })
            .collect();
        for (composed, results) in composed.into_iter().zip(results) {
            self.note(composed, results);
        }
        if self.kept_bytes > KEPT_BODIES {
            self.bodies.clear();
            self.kept_bytes = 0;
        }
        Ok(())
    }

    fn compose(&self, row: &FeedRow, asked: &Asked<'_>, folder: String, items: Vec<Arc<FeedItem>>) -> Feed {
        let name = aggregate::display(&row.name);
        let shown_name = if row.axis == Axis::Source { self.titles.get(&name).cloned().unwrap_or(name) } else { name };
        let pinned = row.atom_id.clone();
        let composition = Composition { row, shown_name, folder, atom_id: pinned.clone().unwrap_or_default(), items };
        let mut feed = aggregate::compose(self.plan, asked, composition);
        if pinned.is_none() {
            feed.id = write::self_url(&feed, OutputFormat::Atom);
        }
        feed
    }

    /// When time alone changes the feed next: an item appears, expires or grows too old.
    fn next_change(
        &self,
        store: &dyn Store,
        row: &FeedRow,
        asked: &Asked<'_>,
        members: &[Member],
    ) -> Result<Option<i64>, StateError> {
        let appears = store.next_future(row.id, self.now)?;
        let expires = members.iter().filter_map(|member| member.expires).min();
        let ages = asked.rules().max_age.and_then(|age| {
            let age = i64::try_from(age.as_secs()).ok()?;
            members
                .iter()
                .filter_map(|member| member.published)
                .min()
                .map(|oldest| oldest.saturating_add(age).saturating_add(1))
        });
        Ok([appears, expires, ages].into_iter().flatten().min())
    }

    /// The items of a feed with their bodies; bodies of articles that are not at hand are read from their files.
    /// Else the key of one whose body cannot be had.
    fn items(
        &mut self,
        store: &dyn Store,
        members: &[Member],
    ) -> Result<Result<Vec<Arc<FeedItem>>, String>, StateError> {
        let wanted: Vec<&Member> = members.iter().filter(|member| !self.bodies.contains_key(&member.id)).collect();
        let ids: Vec<ItemId> = wanted.iter().map(|member| member.id).collect();
        let mut stored = store.bodies(&ids)?;
        let missing: Vec<&Member> = wanted.iter().copied().filter(|member| !stored.contains_key(&member.id)).collect();
        let plan = self.plan;
        let read: Vec<(ItemId, Option<Content>)> =
            missing.par_iter().map(|member| (member.id, read_body(plan, member))).collect();
        for (member, (id, body)) in missing.iter().zip(read) {
            match body {
                Some(body) => {
                    self.fresh_bodies.push((id, body.clone()));
                    stored.insert(id, body);
                }
                // Told when it broke; until it is mended the feed does without, rather than stand still.
                None if is_unreadable(store, member)? => {}
                None => return Ok(Err(member.item.key.clone())),
            }
        }
        for member in wanted {
            let Some(body) = stored.remove(&member.id) else { continue };
            self.kept_bytes += body.html.len() + body.summary.len();
            self.bodies.insert(member.id, Arc::new(feed_item(member, body)));
        }
        Ok(Ok(members.iter().filter_map(|member| self.bodies.get(&member.id).cloned()).collect()))
    }

    /// Opens the output folder for writing when there is something to write. What cannot be opened fails each file.
    fn open_publisher(&mut self, composed: &[Composed]) {
        if self.publisher.is_some() || composed.is_empty() || self.options.dry_run {
            return;
        }
        match Publisher::open(&self.plan.output.dir) {
            Ok(publisher) => {
                for warning in publisher.warnings() {
                    tracing::warn!("{}", warning.message);
                }
                self.publisher = Some(publisher);
            }
            Err(error) => tracing::error!("{}", crate::report::chain(&error)),
        }
    }

    fn outcome(&self, row: &FeedRow, outcome: FeedOutcome, message: Option<String>) -> FeedReport {
        let files = self.known.values().filter(|file| file.feed == row.id).map(|file| file.path.clone());
        let mut files: Vec<String> = files.collect();
        files.sort();
        FeedReport { key: aggregate::key(row), outcome, items: usize::try_from(row.shown).unwrap_or(0), files, message }
    }

    fn note(&mut self, composed: Composed, results: Vec<FileResult>) {
        let feed = &composed.whole;
        let mut report = FeedReport {
            key: feed.key.clone(),
            outcome: FeedOutcome::Unchanged,
            items: feed.items.len(),
            files: feed.formats.iter().map(|format| write::path(feed, *format)).collect(),
            message: None,
        };
        let mut digests = BTreeMap::new();
        for result in results {
            match result {
                Ok((format, path, sha256, changed)) => {
                    if changed && report.outcome == FeedOutcome::Unchanged {
                        report.outcome = FeedOutcome::Written;
                    }
                    digests.insert(format, sha256.clone());
                    self.files.push((composed.feed, path, sha256));
                }
                Err(message) => {
                    report.outcome = FeedOutcome::Failed;
                    report.message.get_or_insert(message);
                }
            }
        }
        if report.outcome != FeedOutcome::Failed {
            self.records.insert(composed.feed, FeedRecord { path: composed.path, ..FeedRecord::new(feed, digests) });
            self.done.push(Published {
                feed: composed.feed,
                folder: Some(feed.folder.clone()),
                atom_id: Some(feed.id.clone()),
                updated: feed.updated.timestamp(),
                shown: i64::try_from(feed.items.len()).unwrap_or(i64::MAX),
                due: composed.due,
            });
        }
        self.outcomes.insert(composed.feed, report);
    }

    /// Puts index and manifest beside the feeds, publishes everything at once and writes down what was published.
    fn finish(
        mut self,
        store: &mut dyn Store,
        rows: &[FeedRow],
        index_wanted: bool,
        report: &mut Report,
    ) -> Result<(), RunError> {
        let asked_for: HashSet<FeedId> = rows.iter().filter(|row| self.is_published(row)).map(|row| row.id).collect();
        let mut current: HashMap<&str, FeedId> = HashMap::new();
        for row in rows.iter().filter(|row| asked_for.contains(&row.id)) {
            if !self.records.contains_key(&row.id)
                && let Some(record) = self.record_from_state(row)
            {
                self.records.insert(row.id, record);
            }
        }
        for (feed, record) in &self.records {
            current.extend(record.files.values().map(|path| (path.as_str(), *feed)));
        }
        let mut removed: Vec<String> = self
            .known
            .values()
            .filter(|file| file.feed != INDEX && !current.contains_key(file.path.as_str()) && !self.failed(file.feed))
            .map(|file| file.path.clone())
            .collect();
        removed.sort();
        drop(current);
        if self.options.dry_run {
            report.feeds = self.outcomes.into_values().collect();
            return Ok(());
        }
        if self.done.is_empty() && self.outcomes.is_empty() && removed.is_empty() && !index_wanted {
            return Ok(());
        }
        if self.publisher.is_none() {
            self.publisher = Some(Publisher::open(&self.plan.output.dir)?);
        }
        let manifest = Manifest::new(self.records.values().cloned().collect());
        let index: [(&str, Result<Vec<u8>, String>); 3] = [
            (manifest::FILE_NAME, manifest.write().map_err(|error| error.to_string())),
            (opml::FILE_NAME, Ok(opml::index(&self.plan.site, &manifest).into_bytes())),
            (html::FILE_NAME, Ok(html::index(&self.plan.site, &manifest).into_bytes())),
        ];
        let Some(publisher) = &self.publisher else { return Ok(()) };
        let mut index_report = FeedReport {
            key: "index".into(),
            outcome: FeedOutcome::Unchanged,
            items: 0,
            files: index.iter().map(|(name, _)| (*name).to_owned()).collect(),
            message: None,
        };
        for (name, bytes) in index {
            let staged = bytes.and_then(|bytes| {
                let staged = publisher.stage(name, &bytes).map_err(|error| crate::report::chain(&error))?;
                Ok((staged, manifest::sha256(&bytes)))
            });
            match staged {
                Ok((staged, sha256)) => {
                    if staged == Staged::Changed && index_report.outcome == FeedOutcome::Unchanged {
                        index_report.outcome = FeedOutcome::Written;
                    }
                    self.files.push((INDEX, name.to_owned(), sha256));
                }
                Err(message) => {
                    index_report.outcome = FeedOutcome::Failed;
                    index_report.message = Some(message);
                }
            }
        }
        let commit = publisher.commit();
        tracing::debug!("{} files put in place", commit.published.len());
        let mut broken: HashMap<String, String> = HashMap::new();
        for error in commit.failed {
            broken.insert(error.path().to_owned(), crate::report::chain(&error));
        }
        let mut withdrawn = Vec::new();
        for path in removed {
            match publisher.remove(&path) {
                Ok(_) => withdrawn.push(path),
                Err(error) => tracing::error!("{}", crate::report::chain(&error)),
            }
        }
        let mut stamps: HashMap<String, i64> = HashMap::new();
        for file in commit.published {
            stamps.extend(file.stamp.map(|stamp| (file.path, stamp)));
        }
        for outcome in self.outcomes.values_mut().chain(std::iter::once(&mut index_report)) {
            if let Some(message) = outcome.files.iter().find_map(|path| broken.get(path)) {
                outcome.outcome = FeedOutcome::Failed;
                outcome.message.get_or_insert(message.clone());
            }
        }
        let outcomes = &self.outcomes;
        let failed = |feed: &FeedId| outcomes.get(feed).is_some_and(|report| report.outcome == FeedOutcome::Failed);
        let files: Vec<FileRow> = self
            .files
            .into_iter()
            .filter(|(_, path, _)| !broken.contains_key(path))
            .map(|(feed, path, sha256)| {
                let stamp = stamps.get(&path).copied().or_else(|| publisher.stamp(&path)).unwrap_or(NO_STAMP);
                FileRow { path, feed, sha256, stamp }
            })
            .collect();
        let done: Vec<Published> = self.done.into_iter().filter(|done| !failed(&done.feed)).collect();
        store.note_published(&done, &files, &withdrawn)?;
        report.feeds = self.outcomes.into_values().collect();
        if index_report.outcome == FeedOutcome::Written || index_report.outcome == FeedOutcome::Failed {
            report.feeds.push(index_report);
        }
        Ok(())
    }

    /// The feed has files after this run.
    fn is_published(&self, row: &FeedRow) -> bool {
        match self.done.iter().find(|done| done.feed == row.id) {
            Some(done) => done.folder.is_some(),
            None => row.folder.is_some() && aggregate::asked(self.plan, row).is_some(),
        }
    }

    fn failed(&self, feed: FeedId) -> bool {
        self.outcomes.get(&feed).is_some_and(|report| matches!(report.outcome, FeedOutcome::Failed | FeedOutcome::Held))
    }

    /// What the manifest says of a feed that this run left as it was.
    fn record_from_state(&self, row: &FeedRow) -> Option<FeedRecord> {
        let asked = aggregate::asked(self.plan, row)?;
        let folder = row.folder.clone()?;
        let feed = self.compose(row, &asked, folder, Vec::new());
        let digests: BTreeMap<OutputFormat, String> = feed
            .formats
            .iter()
            .filter_map(|format| Some((*format, self.known.get(&write::path(&feed, *format))?.sha256.clone())))
            .collect();
        if digests.is_empty() {
            return None;
        }
        let mut record = FeedRecord::new(&feed, digests);
        record.path = aggregate::levels(&row.name);
        record.items = usize::try_from(row.shown).unwrap_or(0);
        record.files.retain(|format, _| record.sha256.contains_key(format));
        Some(record)
    }
}

/// A feed that has no files: not asked for, or too few items.
fn unpublished(row: &FeedRow, due: Option<i64>) -> Published {
    Published { feed: row.id, folder: None, atom_id: row.atom_id.clone(), updated: row.updated, shown: 0, due }
}

/// The article was found broken before any feed had shown it.
fn is_unreadable(store: &dyn Store, member: &Member) -> Result<bool, StateError> {
    let Some(source) = store.sources()?.into_iter().find(|source| source.name == member.item.source) else {
        return Ok(false);
    };
    Ok(store.documents(source.id)?.get(&member.item.key).is_some_and(|document| document.unreadable))
}

fn read_body(plan: &Plan, member: &Member) -> Option<Content> {
    let source = plan.sources.iter().find(|source| source.name == member.item.source)?;
    match &source.kind {
        SourceKind::Articles(articles) => harvest::article_body(source, articles, &member.item),
        // An entry without a body was stored with an empty one.
        SourceKind::Feed(_) => Some(Content::default()),
    }
}

fn feed_item(member: &Member, body: Content) -> FeedItem {
    let instant = |seconds| DateTime::from_timestamp(seconds, 0);
    let filled = |text: String| (!text.is_empty()).then_some(text);
    FeedItem {
        published: member.published.and_then(instant),
        updated: instant(member.updated).unwrap_or_default(),
        summary: member.item.summary.clone().or_else(|| filled(body.summary)),
        content: filled(body.html),
        item: Item { language: normalize::language::of(&member.item), ..member.item.clone() },
    }
}

/// Renders one file, re-reads it with another program's reader, and stages it.
fn file(
    publisher: Option<&Publisher>,
    options: &Options,
    plan: &Plan,
    feed: &Feed,
    format: OutputFormat,
) -> FileResult {
    let path = write::path(feed, format);
    let bytes = write::render(feed, format);
    gate::check(format, &bytes, feed)
        .map_err(|error| format!("`{path}` was not published: {}", crate::report::chain(&error)))?;
    let sha256 = manifest::sha256(&bytes);
    let changed = match publisher {
        Some(publisher) => {
            publisher.stage(&path, &bytes).map_err(|error| crate::report::chain(&error))? == Staged::Changed
        }
        None if options.dry_run => {
            let look = Publisher::look(&plan.output.dir).map_err(|error| crate::report::chain(&error))?;
            !look.is_some_and(|look| look.matches(&path, &bytes))
        }
        None => return Err("the output folder cannot be opened".into()),
    };
    Ok((format, path, sha256, changed))
}
