//! Many items → feeds: which feeds an item belongs to, and what a feed is made of. Pure; knows nothing of XML and files.

pub mod duplicates;
mod filter;
pub mod rules;

use crate::config::Plan;
use crate::config::plan::{AxisRules, CustomFeed, FeedRules, Slugs};
use crate::model::{Axis, Feed, FeedItem, Item};
use crate::normalize::{language, likeness};
use crate::state::{FeedRow, Seen};
use crate::write::slug;
use chrono::{DateTime, Utc};
use filter::CompiledFilter;
use rules::RuleBook;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// Joins a name to the one it is below; no name holds it.
pub const NESTED: char = '\u{1f}';

/// Finds the feeds of an item; made once for a run.
pub struct Membership<'a> {
    plan: &'a Plan,
    rules: RuleBook<'a>,
    filters: Vec<(&'a str, CompiledFilter<'a>)>,
    needs_text: bool,
    shape: String,
}

impl<'a> Membership<'a> {
    pub fn new(plan: &'a Plan) -> Self {
        let site = plan.site.language.as_deref();
        let filters =
            plan.output.feeds.iter().map(|feed| (feed.name.as_str(), CompiledFilter::new(&feed.filter, site)));
        let mut membership = Self {
            plan,
            rules: RuleBook::new(plan),
            filters: filters.collect(),
            needs_text: false,
            shape: shape(plan),
        };
        membership.needs_text = plan.sources.iter().any(|source| membership.needs_text_of(&source.name));
        membership
    }

    /// Some filter looks at bodies.
    pub fn needs_text(&self) -> bool {
        self.needs_text
    }

    fn needs_text_of(&self, source: &str) -> bool {
        self.filters.iter().any(|(_, filter)| filter.needs_text())
            || self.rules.of(source).is_some_and(|rules| rules.needs_text())
    }

    /// Some feed merges duplicates, so every item is measured for what it has in common with others.
    pub fn merges(&self) -> bool {
        self.plan.output.merges()
    }

    /// Changes when the bodies of a source's items must be looked at again: for a filter, or to be measured; empty where
    /// there is no reason to. The state has few bodies of articles, so whenever members are made anew the others are to be
    /// read for a filter.
    pub fn text_fingerprint(&self, source: &str) -> String {
        let mut fingerprint = String::new();
        if self.needs_text_of(source) {
            fingerprint.push_str(&blake3::hash(self.shape.as_bytes()).to_hex()[..32]);
        }
        if self.merges() {
            fingerprint.push_str(&format!(" likeness {}", likeness::REVISION));
        }
        fingerprint
    }

    /// (axis, name) of every feed the item belongs to; none where a rule leaves it out. `published` is the date readers
    /// see.
    pub fn terms(&self, seen: &Seen, published: Option<DateTime<Utc>>) -> Vec<(Axis, String)> {
        let text = seen.text.as_deref();
        match self.rules.of(&seen.item.source) {
            Some(rules) if !rules.takes(&seen.item, text) => Vec::new(),
            Some(rules) if !rules.rewrites_nothing() => {
                let mut item = seen.item.clone();
                rules.rewrite(&mut item);
                self.terms_of(&item, text, published)
            }
            _ => self.terms_of(&seen.item, text, published),
        }
    }

    fn terms_of(&self, item: &Item, text: Option<&str>, published: Option<DateTime<Utc>>) -> Vec<(Axis, String)> {
        let mut terms = vec![(Axis::All, String::new())];
        for axis in &self.plan.output.by {
            match axis {
                Axis::Category => terms.extend(category_names(item).map(|name| (Axis::Category, name))),
                Axis::Tag => terms.extend(item.tags.iter().map(|tag| (Axis::Tag, tag.clone()))),
                Axis::Author => {
                    let names = item.authors.iter().filter_map(|author| author.name.clone());
                    terms.extend(names.map(|name| (Axis::Author, name)));
                }
                Axis::Source => terms.push((Axis::Source, item.source.clone())),
                Axis::Language => {
                    let site = self.plan.site.language.as_deref();
                    let language = language::of_within(item, site).or_else(|| site.map(str::to_owned));
                    terms.extend(language.map(|language| (Axis::Language, language)));
                }
                Axis::Year => {
                    let year =
                        published.map(|date| date.with_timezone(&self.plan.site.timezone).format("%Y").to_string());
                    terms.extend(year.map(|year| (Axis::Year, year)));
                }
                Axis::All | Axis::Feed => {}
            }
        }
        for (name, filter) in &self.filters {
            if filter.matches(item, text, false) {
                terms.push((Axis::Feed, (*name).to_owned()));
            }
        }
        terms
    }

    /// Changes when an item's feeds would be others: then all members are made anew.
    pub fn fingerprint(&self) -> String {
        self.shape.clone()
    }
}

fn shape(plan: &Plan) -> String {
    let output = &plan.output;
    let custom: Vec<_> = output.feeds.iter().map(|feed| (&feed.name, &feed.filter.fingerprint)).collect();
    let mut shape = format!("{:?} {custom:?} {:?} {:?}", output.by, plan.site.language, plan.site.timezone);
    let rules = plan.sources.iter().map(|source| (&source.name, source.rules.membership_fingerprint()));
    let rules: BTreeMap<_, _> = rules.filter(|(_, rules)| !rules.is_empty()).collect();
    if !rules.is_empty() {
        shape.push(' ');
        shape.push_str(&blake3::hash(format!("{rules:?}").as_bytes()).to_hex());
    }
    shape
}

/// Each category, and each one above it.
fn category_names(item: &Item) -> impl Iterator<Item = String> {
    let mut names: Vec<String> = Vec::new();
    for path in &item.categories {
        for depth in 1..=path.len() {
            names.push(path[..depth].join("\u{1f}"));
        }
    }
    names.into_iter()
}

/// What the config says about a feed; none when it asks for no such feed.
pub enum Asked<'a> {
    All(&'a FeedRules),
    Axis(&'a AxisRules),
    Custom(&'a CustomFeed),
}

impl Asked<'_> {
    pub fn rules(&self) -> &FeedRules {
        match self {
            Asked::All(rules) => rules,
            Asked::Axis(axis) => &axis.rules,
            Asked::Custom(feed) => &feed.rules,
        }
    }

    /// Fewer members make no feed.
    pub fn min_items(&self) -> usize {
        match self {
            Asked::Axis(axis) => axis.min_items.max(1),
            Asked::All(_) | Asked::Custom(_) => 0,
        }
    }
}

/// What the config asks of the feed `row`.
pub fn asked<'a>(plan: &'a Plan, row: &FeedRow) -> Option<Asked<'a>> {
    match row.axis {
        Axis::All => Some(Asked::All(&plan.output.all)),
        Axis::Feed => {
            let named = |feed: &&CustomFeed| crate::normalize::term::fold(&feed.name) == row.term;
            plan.output.feeds.iter().find(named).map(Asked::Custom)
        }
        axis if plan.output.by.contains(&axis) => plan.output.axes.get(&axis).map(Asked::Axis),
        _ => None,
    }
}

/// The name as people read it: nested names joined by `/`.
pub fn display(name: &str) -> String {
    name.replace(NESTED, "/")
}

/// The names of a nested name, outermost first; empty for a name that is below no other.
pub fn levels(name: &str) -> Vec<String> {
    if name.contains(NESTED) { name.split(NESTED).map(str::to_owned).collect() } else { Vec::new() }
}

/// The feed's name in manifest and report.
pub fn key(row: &FeedRow) -> String {
    match row.axis {
        Axis::All => "all".to_owned(),
        axis => format!("{}/{}", axis.as_str(), display(&row.name)),
    }
}

/// The folder a feed gets from its name, with a short hash where another feed has that one, or the config names it for one.
pub fn folder(plan: &Plan, row: &FeedRow, taken: &HashSet<String>) -> String {
    let path = match row.axis {
        Axis::All => return String::new(),
        Axis::Feed => return format!("feed/{}", row.name),
        _ => slug_path(&row.name, plan.output.slugs),
    };
    let reserved = plan.output.axes.get(&row.axis).is_some_and(|rules| rules.slug.values().any(|slug| *slug == path));
    let folder = format!("{}/{path}", row.axis.as_str());
    if !taken.contains(&folder) && !reserved {
        return folder;
    }
    format!("{folder}-{}", slug::short_hash(&row.term))
}

/// The slug that the config gives a term, if any.
pub fn configured_slug(slugs: &BTreeMap<String, String>, term: &str) -> Option<String> {
    let wanted = |name: &str| {
        let nested: Vec<_> = name.split('/').map(crate::normalize::term::fold).collect();
        nested.join("\u{1f}") == term || crate::normalize::term::fold(name) == term
    };
    slugs.iter().find(|(name, _)| wanted(name)).map(|(_, slug)| slug.clone())
}

fn slug_path(name: &str, slugs: Slugs) -> String {
    name.split(NESTED).map(|part| slug::slug(part, slugs)).collect::<Vec<_>>().join("/")
}

/// The feed as it is to be written. `shown_name` is what stands for the term in the title (a source's title).
#[derive(Debug)]
pub struct Composition<'a> {
    pub row: &'a FeedRow,
    pub shown_name: String,
    pub folder: String,
    pub atom_id: String,
    pub items: Vec<Arc<FeedItem>>,
}

/// Puts a feed together: the publisher's facts, the feed's title, its items as given.
pub fn compose(plan: &Plan, asked: &Asked<'_>, composition: Composition<'_>) -> Feed {
    let Composition { row, shown_name, folder, atom_id, items } = composition;
    let site = &plan.site;
    let rules = asked.rules();
    let newest = items.iter().map(|item| item.updated).max();
    let stored = DateTime::from_timestamp(row.updated, 0).unwrap_or_default();
    // A feed that was never published has only its items' word.
    let updated = match newest {
        Some(newest) if row.atom_id.is_none() => newest,
        Some(newest) => newest.max(stored),
        None => stored,
    };
    let (title, description) = match asked {
        Asked::All(_) => (site.title.clone(), site.description.clone()),
        Asked::Custom(feed) => (feed.title.clone(), feed.description.clone().unwrap_or_else(|| feed.title.clone())),
        Asked::Axis(axis) => {
            let title = axis.title.replace("{site.title}", &site.title).replace("{term}", &shown_name);
            (title.clone(), title)
        }
    };
    Feed {
        key: key(row),
        axis: row.axis,
        term: if row.axis == Axis::All { String::new() } else { display(&row.name) },
        folder,
        title,
        description,
        publisher: site.title.clone(),
        id: atom_id,
        home: site.url.clone(),
        feeds_url: site.feeds_url.clone(),
        language: site.language.clone(),
        author: site.author.clone(),
        rights: site.rights.clone(),
        icon: site.icon.clone(),
        updated,
        formats: rules.formats.clone(),
        content: rules.content,
        items,
    }
}
