//! Finds out which feeds changed, has them rendered from the state alone, and publishes their files.

mod choose;
mod files;
mod fit;
mod merging;
mod render;

use super::{Options, Progress, REVISION, RunError};
use crate::aggregate::{self, rules::RuleBook};
use crate::config::Plan;
use crate::model::Axis;
use crate::report::{Report, SourceOutcome};
use crate::state::{FeedId, FeedRow, FileRow, StateError, Store};
use crate::write::manifest;
use crate::write::publish::Publisher;
use chrono::{DateTime, Utc};
use render::Job;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Feeds composed at a time: enough for every core; their bodies are what memory holds.
const BATCH: usize = 32;
/// The feed number of index and manifest.
const INDEX: FeedId = 0;

/// Publishes every feed that changed, and index and manifest when any did.
pub(super) fn changed_feeds(
    plan: &Plan,
    options: &Options,
    store: &mut dyn Store,
    now: DateTime<Utc>,
    progress: &dyn Progress,
    report: &mut Report,
) -> Result<(), RunError> {
    store.ensure_feed(Axis::All, "", now)?;
    for feed in &plan.output.feeds {
        store.ensure_feed(Axis::Feed, &feed.name, now)?;
    }
    let titles = source_titles(plan, store)?;
    let rules = RuleBook::new(plan);
    let settings = Settings::of(plan, &titles, &rules);
    let before = Settings::remembered(store)?;
    let restyled = before.as_ref().is_none_or(|before| before.render != settings.render);
    if restyled || options.full {
        store.mark_dirty(None)?;
    }
    let known: BTreeMap<String, FileRow> = store.files()?.into_iter().map(|file| (file.path.clone(), file)).collect();
    let touched = touched(plan, &known);
    store.mark_dirty(Some(&touched.iter().copied().collect::<Vec<_>>()))?;

    let mut rows = store.feeds(now)?;
    report.first = rows.iter().all(|row| !row.published);
    // Where the state was lost nobody knows what the config was; then it counts as unchanged.
    let reslugged = before.as_ref().is_some_and(|before| before.slugs != settings.slugs);
    let mut taken = settle_folders(plan, &mut rows, reslugged);
    let mut job = Job {
        plan,
        options,
        rules,
        now,
        titles,
        known,
        publisher: None,
        bodies: HashMap::new(),
        kept_bytes: 0,
        rendered: BTreeMap::new(),
        outcomes: BTreeMap::new(),
        files: Vec::new(),
        records: BTreeMap::new(),
        fresh_bodies: Vec::new(),
        strict: before.as_ref().map(|before| settings.axes_with_another_minimum(before)).unwrap_or_default(),
        sources_failed: report.sources.iter().any(|source| source.outcome == SourceOutcome::Failed),
    };
    let dirty: Vec<&FeedRow> = rows.iter().filter(|row| row.dirty).collect();
    for (index, batch) in dirty.chunks(BATCH).enumerate() {
        progress.feeds(index * BATCH, dirty.len());
        job.render(store, batch, &mut taken)?;
    }
    tracing::debug!("{} feeds rendered", dirty.len());
    let index_wanted = restyled || touched.contains(&INDEX) || !job.known.contains_key(manifest::FILE_NAME);
    let whole = job.finish(store, &rows, index_wanted, report)?;
    if whole && !options.dry_run && before.as_ref() != Some(&settings) {
        settings.remember(store)?;
    }
    Ok(())
}

/// The feeds of files that someone deleted or edited; all where the folder cannot be looked into.
fn touched(plan: &Plan, known: &BTreeMap<String, FileRow>) -> BTreeSet<FeedId> {
    let look = Publisher::look(&plan.output.dir).ok().flatten();
    let stamp = |file: &FileRow| look.as_ref().and_then(|look| look.stamp(&file.path));
    known.values().filter(|file| stamp(file) != Some(file.stamp)).map(|file| file.feed).collect()
}

/// The titles of sources as people see them.
fn source_titles(plan: &Plan, store: &dyn Store) -> Result<BTreeMap<String, String>, StateError> {
    let own: HashMap<String, Option<String>> = store.sources()?.into_iter().map(|row| (row.name, row.title)).collect();
    let title = |source: &crate::config::plan::Source| {
        let own = own.get(&source.name).cloned().flatten();
        source.title.clone().or(own).unwrap_or_else(|| source.name.clone())
    };
    Ok(plan.sources.iter().map(|source| (source.name.clone(), title(source))).collect())
}

/// What of the config shows in files, as the state remembers it.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
struct Settings {
    /// Changes when files would be rendered differently from the same items.
    render: String,
    slugs: String,
    min_items: BTreeMap<Axis, usize>,
}

impl Settings {
    const FACT: &'static str = "settings";

    fn of(plan: &Plan, titles: &BTreeMap<String, String>, rules: &RuleBook<'_>) -> Self {
        // Of duplicates the links are shown by the titles of their sources, in the order of priority.
        let merges = plan.output.merges();
        let shows_titles = merges || plan.output.by.contains(&Axis::Source) || rules.needs_source_titles();
        let titles = shows_titles.then_some(titles);
        let ranks: Option<BTreeMap<&str, i32>> =
            merges.then(|| plan.sources.iter().map(|source| (source.name.as_str(), source.priority)).collect());
        let custom: Vec<_> =
            plan.output.feeds.iter().map(|feed| (&feed.name, &feed.title, &feed.description, &feed.rules)).collect();
        let slugs = format!("{:?}", plan.output.slugs);
        let mut all = format!(
            "{REVISION} {} {:?} {:?} {:?} {custom:?} {titles:?} {slugs} {ranks:?}",
            env!("CARGO_PKG_VERSION"),
            plan.site,
            plan.output.all,
            plan.output.axes,
        );
        let ruled: BTreeMap<_, _> =
            plan.sources.iter().map(|source| (&source.name, source.rules.fingerprint())).collect();
        for (name, rules) in ruled.into_iter().filter(|(_, rules)| !rules.is_empty()) {
            all.push_str(&format!(" {name} {rules}"));
        }
        let min_items = plan.output.axes.iter().map(|(axis, rules)| (*axis, rules.min_items)).collect();
        Self { render: blake3::hash(all.as_bytes()).to_hex().to_string(), slugs, min_items }
    }

    /// None: nothing was ever published from this state.
    fn remembered(store: &dyn Store) -> Result<Option<Self>, StateError> {
        Ok(store.fact(Self::FACT)?.and_then(|fact| serde_json::from_str(&fact).ok()))
    }

    fn remember(&self, store: &mut dyn Store) -> Result<(), StateError> {
        store.set_fact(Self::FACT, &serde_json::to_string(self)?)
    }

    fn axes_with_another_minimum(&self, before: &Self) -> BTreeSet<Axis> {
        let other = |(axis, now): (&Axis, &usize)| {
            before.min_items.get(axis).is_some_and(|before| before != now).then_some(*axis)
        };
        self.min_items.iter().filter_map(other).collect()
    }
}

/// Gives feeds the folders that the config names, then those they have had before; a feed that had one and must move is
/// to be rendered. Gives all folders that are spoken for, also those of feeds that have no files at the moment: what
/// readers subscribed to never becomes another feed.
fn settle_folders(plan: &Plan, rows: &mut [FeedRow], reslugged: bool) -> HashSet<String> {
    let mut configured: Vec<Option<String>> = rows.iter().map(|row| configured_folder(plan, row)).collect();
    let mut taken = HashSet::new();
    for folder in &mut configured {
        // One written name may mean a category and one below another; the first gets the folder.
        *folder = folder.take().filter(|folder| taken.insert(folder.clone()));
    }
    for (row, configured) in rows.iter_mut().zip(configured) {
        let before = row.folder.clone();
        let by_slug = !matches!(row.axis, Axis::All | Axis::Feed);
        let pinned = || row.folder.clone().filter(|folder| !(reslugged && by_slug) && taken.insert(folder.clone()));
        row.folder = configured.or_else(pinned);
        row.dirty |= row.published && row.folder != before;
    }
    taken
}

/// The folder that the config itself names for a feed.
fn configured_folder(plan: &Plan, row: &FeedRow) -> Option<String> {
    let rules = plan.output.axes.get(&row.axis)?;
    Some(format!("{}/{}", row.axis.as_str(), aggregate::configured_slug(&rules.slug, &row.term)?))
}
