//! Feeds → files that are staged beside their targets.

use super::super::{Options, RunError, harvest};
use super::{fit, merging};
use crate::aggregate::duplicates::{self, Merged};
use crate::aggregate::rules::RuleBook;
use crate::aggregate::{self, Asked, Composition};
use crate::config::Plan;
use crate::config::plan::{Duplicates, FeedRules, SourceKind};
use crate::model::{Axis, Content, Feed, FeedItem, OutputFormat};
use crate::normalize;
use crate::report::{FeedOutcome, FeedReport, chain};
use crate::state::{FeedId, FeedRow, FileRow, ItemId, Member, Published, StateError, Store};
use crate::write::manifest::{self, FeedRecord};
use crate::write::publish::{Publisher, Staged};
use crate::write::{self, gate};
use chrono::{DateTime, Utc};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Bodies kept for the next batches, in bytes.
const KEPT_BODIES: usize = 48 << 20;

/// The rendering of one run, and what came of it.
pub(super) struct Job<'a> {
    pub(super) plan: &'a Plan,
    pub(super) options: &'a Options,
    /// Of sources.
    pub(super) rules: RuleBook<'a>,
    pub(super) now: DateTime<Utc>,
    /// Of sources, by name.
    pub(super) titles: BTreeMap<String, String>,
    /// Published files, by path.
    pub(super) known: BTreeMap<String, FileRow>,
    /// Opened when the first file is to be written.
    pub(super) publisher: Option<Publisher>,
    /// Items that the next feeds are likely to show as well.
    pub(super) bodies: HashMap<ItemId, Arc<FeedItem>>,
    pub(super) kept_bytes: usize,
    /// Feeds whose files are staged, and feeds that have no files any more.
    pub(super) rendered: BTreeMap<FeedId, Published>,
    pub(super) outcomes: BTreeMap<FeedId, FeedReport>,
    /// Files that are staged or stand as they should: feed, path, sha256.
    pub(super) files: Vec<(FeedId, String, String)>,
    pub(super) records: BTreeMap<FeedId, FeedRecord>,
    pub(super) fresh_bodies: Vec<(ItemId, Content)>,
    /// Of these axes feeds with too few items go. Otherwise they stay: someone has subscribed to them.
    pub(super) strict: BTreeSet<Axis>,
    pub(super) sources_failed: bool,
}

/// A feed between its state and its files.
struct Composed {
    feed: FeedId,
    whole: Feed,
    /// The levels of its name, for the manifest.
    path: Vec<String>,
    due: Option<i64>,
    /// No file is longer, in bytes.
    max_bytes: Option<u64>,
    /// What the files before said of the last change.
    updated_before: Option<DateTime<Utc>>,
}

/// The files of a feed that are staged, and why the others are not.
struct Produced {
    files: Vec<(OutputFormat, String, String, Staged)>,
    failure: Option<String>,
    /// The feed as it is in the files, where not all of it had room.
    shortened: Option<Feed>,
}

impl Job<'_> {
    pub(super) fn render(
        &mut self,
        store: &mut dyn Store,
        batch: &[&FeedRow],
        taken: &mut HashSet<String>,
    ) -> Result<(), RunError> {
        let mut composed: Vec<Composed> = Vec::new();
        for row in batch {
            let Some(asked) = aggregate::asked(self.plan, row) else { continue };
            composed.extend(self.composed(store, row, &asked, taken)?);
        }
        self.open_publisher(&composed);
        let fresh_bodies = std::mem::take(&mut self.fresh_bodies);
        let job = &*self;
        let (produced, kept) = std::thread::scope(|scope| {
            // Files are made while the state takes in the bodies that are new.
            let made = scope.spawn(|| composed.par_iter().map(|composed| job.produce(composed)).collect());
            let kept = store.keep_bodies(&fresh_bodies);
            (made.join(), kept)
        });
        kept?;
        let produced: Vec<Produced> = produced.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        for (composed, produced) in composed.into_iter().zip(produced) {
            self.note(composed, produced);
        }
        if self.kept_bytes > KEPT_BODIES {
            self.bodies.clear();
            self.kept_bytes = 0;
        }
        Ok(())
    }

    /// None: the feed gets no files.
    fn composed(
        &mut self,
        store: &dyn Store,
        row: &FeedRow,
        asked: &Asked<'_>,
        taken: &mut HashSet<String>,
    ) -> Result<Option<Composed>, RunError> {
        let rules = asked.rules();
        let age = rules.max_age.and_then(|age| i64::try_from(age.as_secs()).ok());
        let oldest = age.map(|age| self.now.timestamp().saturating_sub(age));
        let wanted = rules.limit.max(asked.min_items());
        let Merged { members, mut also, expires } =
            self.chosen(row, wanted, |limit, left_out| self.members(store, row, rules, limit, oldest, left_out))?;
        let mut due = self.next_change(store, row, age, &members)?.into_iter().chain(expires).min();
        let too_few = members.len() < asked.min_items() && (!row.published || self.strict.contains(&row.axis));
        // A first run in which sources failed says nothing about an empty feed.
        let premature = members.is_empty() && !row.published && self.sources_failed;
        if premature {
            return Ok(None);
        }
        if too_few {
            self.rendered.insert(row.id, Published { due, ..without_files(row) });
            return Ok(None);
        }
        let members = &members[..members.len().min(rules.limit)];
        let (mut items, again) = self.items(store, members)?;
        for item in &mut items {
            if let Some(also) = also.remove(&item.item.id) {
                *item = Arc::new(FeedItem { also, ..(**item).clone() });
            }
        }
        if again {
            due = Some(self.now.timestamp());
        }
        let folder = row.folder.clone().unwrap_or_else(|| aggregate::folder(self.plan, row, taken));
        taken.insert(folder.clone());
        let whole = self.compose(row, asked, folder, items);
        Ok(Some(Composed {
            feed: row.id,
            whole,
            path: aggregate::levels(&row.name),
            due,
            max_bytes: rules.max_bytes,
            updated_before: row.atom_id.as_ref().and_then(|_| DateTime::from_timestamp(row.updated, 0)),
        }))
    }

    /// The newest members of a feed; where it merges duplicates, of each story one.
    fn members(
        &self,
        store: &dyn Store,
        row: &FeedRow,
        rules: &FeedRules,
        limit: usize,
        oldest: Option<i64>,
        left_out: &HashSet<ItemId>,
    ) -> Result<Merged, StateError> {
        match rules.duplicates {
            Duplicates::Keep => {
                let members = store.members(row.id, self.now, limit, oldest, left_out)?;
                Ok(Merged { members, ..Merged::default() })
            }
            Duplicates::Merge => {
                let members = merging::MembersOf { store, feed: row.id, now: self.now, oldest };
                duplicates::merge(
                    &members,
                    &merging::Sources { plan: self.plan, titles: &self.titles },
                    left_out,
                    limit,
                )
            }
        }
    }

    pub(super) fn compose(&self, row: &FeedRow, asked: &Asked<'_>, folder: String, items: Vec<Arc<FeedItem>>) -> Feed {
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

    /// When time alone changes the feed next: an item appears, expires or grows too old, with `age` seconds or with those
    /// that the rules of its source have.
    fn next_change(
        &self,
        store: &dyn Store,
        row: &FeedRow,
        age: Option<i64>,
        members: &[Member],
    ) -> Result<Option<i64>, StateError> {
        let appears = store.next_future(row.id, self.now)?;
        let expires = members.iter().filter_map(|member| member.expires).min();
        let leaves = |member: &Member| {
            let age = [age, self.rules.max_age(&member.item.source)].into_iter().flatten().min()?;
            Some(member.published?.saturating_add(age).saturating_add(1))
        };
        let ages = members.iter().filter_map(leaves).min();
        Ok([appears, expires, ages].into_iter().flatten().min())
    }

    /// The items of a feed with their bodies; bodies of articles that are not at hand are read from their files. One
    /// whose file cannot be read is left out. Whether to try again in the next run: not where the source has told that
    /// the file is broken, and will tell when it is mended.
    fn items(&mut self, store: &dyn Store, members: &[Member]) -> Result<(Vec<Arc<FeedItem>>, bool), StateError> {
        let mut again = false;
        let wanted: Vec<&Member> = members.iter().filter(|member| !self.bodies.contains_key(&member.id)).collect();
        let ids: Vec<ItemId> = wanted.iter().map(|member| member.id).collect();
        let mut stored = store.bodies(&ids)?;
        let missing: Vec<&Member> = wanted.iter().copied().filter(|member| !stored.contains_key(&member.id)).collect();
        let plan = self.plan;
        let read: Vec<Option<Content>> = missing.par_iter().map(|member| read_body(plan, member)).collect();
        for (member, body) in missing.iter().zip(read) {
            match body {
                Some(body) => {
                    self.fresh_bodies.push((member.id, body.clone()));
                    stored.insert(member.id, body);
                }
                // Told when it broke, and told when it is mended; or of a source that the config has no more.
                None if store.is_unreadable(&member.item.source, &member.item.key)? || !self.has_source(member) => {}
                None => {
                    again = true;
                    let (source, key) = (&member.item.source, &member.item.key);
                    tracing::warn!("{source}: {key}: the body cannot be read at the moment; feeds leave the item out");
                }
            }
        }
        let site = self.plan.site.language.as_deref();
        let whole: Vec<(&Member, Content)> =
            wanted.into_iter().filter_map(|member| Some((member, stored.remove(&member.id)?))).collect();
        self.kept_bytes += whole.iter().map(|(_, body)| body.html.len() + body.summary.len()).sum::<usize>();
        // Guessing languages is worth every core.
        let (rules, titles) = (&self.rules, &self.titles);
        let items: Vec<(ItemId, Arc<FeedItem>)> = whole
            .into_par_iter()
            .map(|(member, body)| (member.id, Arc::new(feed_item(member, body, site, rules, titles))))
            .collect();
        self.bodies.extend(items);
        Ok((members.iter().filter_map(|member| self.bodies.get(&member.id).cloned()).collect(), again))
    }

    fn has_source(&self, member: &Member) -> bool {
        self.plan.sources.iter().any(|source| source.name == member.item.source)
    }

    /// Opens the output folder for writing when there is something to write. What cannot be opened fails each file.
    fn open_publisher(&mut self, composed: &[Composed]) {
        if self.publisher.is_some() || composed.is_empty() || self.options.dry_run {
            return;
        }
        match Publisher::open(&self.plan.output.dir) {
            Ok(publisher) => {
                for warning in publisher.warnings() {
                    tracing::warn!("{}: {}", self.plan.output.dir.display(), warning.message);
                }
                self.publisher = Some(publisher);
            }
            Err(error) => tracing::error!("{}", chain(&error)),
        }
    }

    /// Renders a feed's files, has each read by another program's reader, and stages them once all have passed.
    fn produce(&self, composed: &Composed) -> Produced {
        let mut produced = Produced { files: Vec::new(), failure: None, shortened: None };
        let mut passed = fit::files(&composed.whole);
        if let Some(most) = composed.max_bytes
            && let Some((feed, files)) = fit::shortened(&composed.whole, &passed, most, composed.updated_before)
        {
            (produced.shortened, passed) = (Some(feed), files);
        }
        if let Some(longest) = composed.max_bytes.and_then(|most| fit::longer_than(&passed, most)) {
            let key = &composed.whole.key;
            tracing::warn!("feed `{key}`: one item alone makes a file of {longest} bytes, more than its `max_bytes`");
        }
        let feed = produced.shortened.as_ref().unwrap_or(&composed.whole);
        for (format, bytes) in &passed {
            if let Err(error) = gate::check(*format, bytes, feed) {
                produced.failure = Some(chain(&error));
                return produced;
            }
        }
        for (format, bytes) in passed {
            let path = write::path(&composed.whole, format);
            match self.stage(&path, &bytes) {
                Ok(staged) => produced.files.push((format, path, manifest::sha256(&bytes), staged)),
                Err(failure) => {
                    produced.failure.get_or_insert(failure);
                }
            }
        }
        produced
    }

    /// Stages a file; in a dry run only tells whether it would change.
    pub(super) fn stage(&self, path: &str, bytes: &[u8]) -> Result<Staged, String> {
        match &self.publisher {
            Some(publisher) => publisher.stage(path, bytes).map_err(|error| chain(&error)),
            None if self.options.dry_run => {
                let look = Publisher::look(&self.plan.output.dir).map_err(|error| chain(&error))?;
                let same = look.is_some_and(|look| look.matches(path, bytes));
                Ok(if same { Staged::Unchanged } else { Staged::Changed })
            }
            None => Err("the output folder cannot be opened".into()),
        }
    }

    fn note(&mut self, composed: Composed, produced: Produced) {
        let feed = produced.shortened.as_ref().unwrap_or(&composed.whole);
        let changed = produced.files.iter().any(|(.., staged)| *staged == Staged::Changed);
        let outcome = match (&produced.failure, changed) {
            (Some(_), _) => FeedOutcome::Failed,
            (None, true) => FeedOutcome::Written,
            (None, false) => FeedOutcome::Unchanged,
        };
        let report = FeedReport {
            key: feed.key.clone(),
            outcome,
            items: feed.items.len(),
            files: feed.formats.iter().map(|format| write::path(feed, *format)).collect(),
            message: produced.failure,
        };
        self.outcomes.insert(composed.feed, report);
        let digests = produced.files.iter().map(|(format, _, sha256, _)| (*format, sha256.clone())).collect();
        self.files.extend(produced.files.into_iter().map(|(_, path, sha256, _)| (composed.feed, path, sha256)));
        if outcome == FeedOutcome::Failed {
            return;
        }
        self.records.insert(composed.feed, FeedRecord { path: composed.path, ..FeedRecord::new(feed, digests) });
        self.rendered.insert(
            composed.feed,
            Published {
                feed: composed.feed,
                published: true,
                folder: Some(feed.folder.clone()),
                atom_id: Some(feed.id.clone()),
                updated: feed.updated.timestamp(),
                shown: i64::try_from(feed.items.len()).unwrap_or(i64::MAX),
                due: composed.due,
            },
        );
    }
}

/// A feed without files, as it is remembered: folder and id stay its own.
pub(super) fn without_files(row: &FeedRow) -> Published {
    Published {
        feed: row.id,
        published: false,
        folder: row.folder.clone(),
        atom_id: row.atom_id.clone(),
        updated: row.updated,
        shown: 0,
        due: None,
    }
}

fn read_body(plan: &Plan, member: &Member) -> Option<Content> {
    let source = plan.sources.iter().find(|source| source.name == member.item.source)?;
    match &source.kind {
        SourceKind::Articles(articles) => harvest::article_body(source, articles, &member.item),
        // An entry without a body was stored with an empty one.
        SourceKind::Feed(_) => Some(Content::default()),
    }
}

/// The item as feeds show it: what the rules of its source make of what its author wrote.
fn feed_item(
    member: &Member,
    body: Content,
    site_language: Option<&str>,
    rules: &RuleBook<'_>,
    titles: &BTreeMap<String, String>,
) -> FeedItem {
    let instant = |seconds| DateTime::from_timestamp(seconds, 0);
    let filled = |text: String| (!text.is_empty()).then_some(text);
    let rules = rules.of(&member.item.source);
    let mut item = member.item.clone();
    if let Some(rules) = rules {
        rules.rewrite(&mut item);
    }
    item.language = normalize::language::of_within(&item, site_language);
    let (content, summary) = match rules {
        Some(rules) => {
            if let Some(title) = rules.title(&item, titles.get(&item.source).map_or("", String::as_str)) {
                item.title = title;
            }
            rules.excerpt(body, item.summary.clone())
        }
        None => (filled(body.html), item.summary.clone().or_else(|| filled(body.summary))),
    };
    FeedItem {
        published: member.published.and_then(instant),
        updated: instant(member.updated).unwrap_or_default(),
        summary,
        content,
        item,
        also: Vec::new(),
    }
}
