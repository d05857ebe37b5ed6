//! A lost state: ids, items and dates are taken back from the published feeds before anything is written.

use crate::aggregate::NESTED;
use crate::aggregate::rules::SourceRules;
use crate::config::Plan;
use crate::config::plan::{FeedLocation, FeedSource, Source, SourceKind};
use crate::fetch::http::without_secrets;
use crate::model::{DateSource, Document, Entry, FeedDocument, Item, Markup, Origin, OutputFormat};
use crate::normalize;
use crate::state::{RecoveredFeed, RecoveredItem, Store};
use crate::write::manifest::{self, FeedRecord, Manifest};
use crate::write::publish::Publisher;
use chrono::{DateTime, Utc};
use std::collections::{HashMap, HashSet};

use super::{RunError, harvest};

/// A published file is not larger than this, in bytes.
const MAX_FILE: u64 = 256 << 20;

/// Fills an empty state from the output folder, if there is anything in it.
pub(super) fn if_lost(plan: &Plan, store: &mut dyn Store, now: DateTime<Utc>) -> Result<(), RunError> {
    if !store.is_empty()? {
        return Ok(());
    }
    let folder = match Publisher::look(&plan.output.dir) {
        Ok(Some(folder)) => folder,
        Ok(None) => return Ok(()),
        Err(error) => {
            tracing::warn!("{}; published ids and dates cannot be taken back", crate::report::chain(&error));
            return Ok(());
        }
    };
    let bytes = match folder.read(manifest::FILE_NAME, MAX_FILE) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(()),
        Err(error) => {
            tracing::warn!("{}; published ids and dates cannot be taken back", crate::report::chain(&error));
            return Ok(());
        }
    };
    let manifest = match Manifest::read(&bytes) {
        Ok(manifest) => manifest,
        Err(error) => {
            tracing::warn!("{}; published ids and dates cannot be taken back from it", crate::report::chain(&error));
            return Ok(());
        }
    };
    let mut items: Vec<RecoveredItem> = Vec::new();
    let mut index_of: HashMap<String, usize> = HashMap::new();
    let mut feeds = Vec::new();
    for record in &manifest.feeds {
        let mut members = Vec::new();
        for item in read_feed(plan, &folder, record) {
            match index_of.get(&item.item.id) {
                Some(index) => {
                    members.push(*index);
                    // One feed shows summaries, another whole bodies.
                    let length = |item: &RecoveredItem| item.body.as_ref().map_or(0, |body| body.html.len());
                    if length(&item) > length(&items[*index]) {
                        items[*index] = item;
                    }
                }
                None => {
                    index_of.insert(item.item.id.clone(), items.len());
                    members.push(items.len());
                    items.push(item);
                }
            }
        }
        let name = name(record);
        feeds.push(RecoveredFeed {
            axis: record.axis,
            name,
            folder: record.folder.clone(),
            atom_id: record.id.clone(),
            updated: record.updated.timestamp(),
            members,
            files: files_of(record),
        });
    }
    let count = items.len();
    store.recover(&super::names_and_kinds(plan), feeds, items, now)?;
    tracing::info!("no state was found; {count} items were taken back from `{}`", plan.output.dir.display());
    Ok(())
}

/// Path and sha256 of a feed's files.
fn files_of(record: &FeedRecord) -> Vec<(String, String)> {
    let digest = |format| record.sha256.get(format).cloned().unwrap_or_default();
    record.files.iter().map(|(format, path)| (path.clone(), digest(format))).collect()
}

/// The term's name as the state has it.
fn name(record: &FeedRecord) -> String {
    if record.path.is_empty() { record.term.clone() } else { record.path.join(&NESTED.to_string()) }
}

/// The items a feed shows, from the fullest of its files that can be read; the others tell what that one has no word for.
fn read_feed(plan: &Plan, folder: &Publisher, record: &FeedRecord) -> Vec<RecoveredItem> {
    let mut found: Option<(FeedDocument, HashSet<String>)> = None;
    let mut own: HashMap<String, OwnFacts> = HashMap::new();
    for format in [OutputFormat::Json, OutputFormat::Atom, OutputFormat::Rss] {
        let Some(path) = record.files.get(&format) else { continue };
        let bytes = match folder.read(path, MAX_FILE) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => continue,
            Err(error) => {
                tracing::warn!("{}; what only it tells is lost", crate::report::chain(&error));
                continue;
            }
        };
        let document = Document { bytes, path: Some(path.clone()), ..Document::default() };
        let mut feed = match harvest::guarded(|| crate::parse::feed::parse_published(&document)) {
            Ok(parsed) => parsed.value,
            Err(error) => {
                tracing::warn!("`{path}` cannot be read back: {error}");
                continue;
            }
        };
        match &mut found {
            Some((fullest, _)) => {
                let mut others: HashMap<String, Entry> =
                    feed.entries.into_iter().filter_map(|entry| Some((entry.id.clone()?, entry))).collect();
                for entry in &mut fullest.entries {
                    if let Some(other) = entry.id.as_ref().and_then(|id| others.remove(id)) {
                        fill(entry, other);
                    }
                }
            }
            None => {
                if format == OutputFormat::Json {
                    own = own_facts(&document.bytes);
                    for entry in &mut feed.entries {
                        if let Some(facts) = entry.id.as_ref().and_then(|id| own.get_mut(id)) {
                            entry.source = facts.origin.take();
                            entry.rights = facts.rights.take();
                            entry.comments = facts.comments.take();
                        }
                    }
                }
                without_also(&mut feed.entries, &also_links(&document.bytes, format));
                found = Some((feed, dated(&document.bytes, format)));
            }
        }
    }
    let Some((mut feed, dated)) = found else { return Vec::new() };
    let entries = std::mem::take(&mut feed.entries);
    // An item without authors is not the publisher's own.
    feed.authors.clear();
    entries.into_iter().map(|entry| recovered(plan, entry, &feed, &own, &dated)).collect()
}

/// What `other` says of the same item beyond what `entry` does.
fn fill(entry: &mut Entry, other: Entry) {
    entry.rights = entry.rights.take().or(other.rights);
    entry.comments = entry.comments.take().or(other.comments);
    entry.source = match (entry.source.take(), other.source) {
        (Some(origin), Some(other)) => Some(Origin {
            updated: origin.updated.or(other.updated),
            rights: origin.rights.or(other.rights),
            language: origin.language.or(other.language),
            authors: if origin.authors.is_empty() { other.authors } else { origin.authors },
            ..origin
        }),
        (origin, other) => origin.or(other),
    };
    if let (Some(image), Some(other)) = (&mut entry.image, other.image)
        && image.url == other.url
    {
        (image.width, image.height) = (image.width.or(other.width), image.height.or(other.height));
    }
    for enclosure in &mut entry.enclosures {
        if let Some(other) = other.enclosures.iter().find(|other| other.url == enclosure.url) {
            enclosure.duration = enclosure.duration.or(other.duration);
        }
    }
}

/// Duplicates that are links of an item are found again; taken for the page that a link post is about, they would stay.
fn without_also(entries: &mut [Entry], also: &HashMap<String, HashSet<String>>) {
    for entry in entries {
        let links = entry.id.as_ref().and_then(|id| also.get(id));
        entry.external_link = entry.external_link.take().filter(|link| links.is_none_or(|links| !links.contains(link)));
    }
}

/// Id of an item → its links to duplicates. Ours have titles, which the link of a link post has not.
fn also_links(bytes: &[u8], format: OutputFormat) -> HashMap<String, HashSet<String>> {
    let titled = |links: &[(&str, bool, &str)]| -> HashSet<String> {
        let titled = links.iter().filter(|(rel, has_title, _)| *rel == "related" && *has_title);
        titled.map(|(.., href)| (*href).to_owned()).collect()
    };
    match format {
        OutputFormat::Json => HashMap::new(),
        OutputFormat::Atom => {
            let entries = atom_syndication::Feed::read_from(bytes).map(|feed| feed.entries).unwrap_or_default();
            let links = |entry: &atom_syndication::Entry| {
                let links =
                    entry.links.iter().map(|link| (link.rel.as_str(), link.title.is_some(), link.href.as_str()));
                titled(&links.collect::<Vec<_>>())
            };
            entries.iter().map(|entry| (entry.id.clone(), links(entry))).collect()
        }
        OutputFormat::Rss => {
            let items = rss::Channel::read_from(bytes).map(|channel| channel.items).unwrap_or_default();
            let links = |item: &rss::Item| {
                let links = item.atom_ext.iter().flat_map(|atom| &atom.links);
                let links = links.map(|link| (link.rel.as_str(), link.title.is_some(), link.href.as_str()));
                titled(&links.collect::<Vec<_>>())
            };
            items.iter().filter_map(|item| Some((item.guid.as_ref()?.value.clone(), links(item)))).collect()
        }
    }
}

/// The ids of the items that say when they were published. A reader of foreign feeds takes the date of the last change
/// where that is missing; here an undated article must come back undated.
fn dated(bytes: &[u8], format: OutputFormat) -> HashSet<String> {
    match format {
        OutputFormat::Json => {
            let feed: serde_json::Value = serde_json::from_slice(bytes).unwrap_or_default();
            let items = feed["items"].as_array().into_iter().flatten();
            let dated = items.filter(|item| item["date_published"].is_string());
            dated.filter_map(|item| item["id"].as_str().map(str::to_owned)).collect()
        }
        OutputFormat::Atom => {
            let entries = atom_syndication::Feed::read_from(bytes).map(|feed| feed.entries).unwrap_or_default();
            entries.into_iter().filter(|entry| entry.published.is_some()).map(|entry| entry.id).collect()
        }
        OutputFormat::Rss => {
            let items = rss::Channel::read_from(bytes).map(|channel| channel.items).unwrap_or_default();
            let dated = items.into_iter().filter(|item| item.pub_date.is_some());
            dated.filter_map(|item| item.guid.map(|guid| guid.value)).collect()
        }
    }
}

/// What our JSON Feed says of an item beyond the format.
struct OwnFacts {
    source: String,
    categories: Vec<Vec<String>>,
    origin: Option<Origin>,
    rights: Option<String>,
    comments: Option<String>,
    date_source: Option<DateSource>,
}

/// The facts of each item, by id.
fn own_facts(bytes: &[u8]) -> HashMap<String, OwnFacts> {
    let mut facts = HashMap::new();
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(bytes) else { return facts };
    for item in value["items"].as_array().into_iter().flatten() {
        let own = &item["_feedmill"];
        if let (Some(id), Some(source)) = (item["id"].as_str(), own["source"].as_str()) {
            let categories = serde_json::from_value(own["categories"].clone()).unwrap_or_default();
            let text = |name: &str| own["origin"][name].as_str().map(str::to_owned);
            let origin = own["origin"].is_object().then(|| Origin {
                id: text("id"),
                title: text("title"),
                link: text("home_page_url"),
                self_link: text("feed_url"),
                rights: text("rights"),
                language: text("language"),
                ..Origin::default()
            });
            let [rights, comments] = ["rights", "comments"].map(|name| own[name].as_str().map(str::to_owned));
            let date_source = own["date_source"].as_str().and_then(DateSource::of_word);
            let source = source.to_owned();
            facts.insert(id.to_owned(), OwnFacts { source, categories, origin, rights, comments, date_source });
        }
    }
    facts
}

/// A published entry → the item it was.
fn recovered(
    plan: &Plan,
    mut entry: Entry,
    feed: &FeedDocument,
    own: &HashMap<String, OwnFacts>,
    dated: &HashSet<String>,
) -> RecoveredItem {
    let id = entry.id.clone().unwrap_or_default();
    let published = entry.published.filter(|_| dated.contains(&id)).map(|date| date.timestamp());
    let updated = entry.updated.or(entry.published).map(|date| date.timestamp());
    let origin = entry.source.clone();
    let facts = own.get(&id);
    let source = match facts {
        Some(facts) => Some(facts.source.clone()),
        None => origin.as_ref().and_then(|origin| source_of(plan, origin.self_link.as_deref()?)),
    };
    if let Some(title) = &mut entry.title {
        // Ours are plain text, also in RSS, where those of others may be HTML.
        title.markup = Markup::Text;
    }
    let body = entry.content.clone().or_else(|| entry.summary.clone());
    // What was published is safe already; reading it as foreign keeps it so whoever touched the file.
    let setting = normalize::html::Setting { base: None, page: None, rules: Some(&plan.bodies) };
    let body = body.map(|body| normalize::content_in(&body, setting)).unwrap_or_default();
    let mut item = match plan.sources.first() {
        Some(stand_in) => {
            let neutral = Source {
                add_categories: Vec::new(),
                add_tags: Vec::new(),
                author: None,
                language: None,
                ..stand_in.clone()
            };
            normalize::feed_entry(entry, feed, &neutral, None).value
        }
        None => Item::default(),
    };
    item.id = id.clone();
    item.key = id;
    item.source = source.clone().unwrap_or_default();
    item.origin = origin;
    item.date_source = facts.and_then(|facts| facts.date_source);
    if let Some(facts) = facts {
        let names: Vec<String> = facts.categories.iter().map(|path| path.join("/")).collect();
        let categories = std::mem::take(&mut item.categories).into_iter().map(|path| path.join("/"));
        let all: Vec<String> = categories.chain(std::mem::take(&mut item.tags)).collect();
        item.tags = all.into_iter().filter(|tag| !names.contains(tag)).collect();
        item.categories.clone_from(&facts.categories);
    }
    take_back_title(plan, &mut item);
    let source = source.filter(|name| is_feed(plan, name));
    RecoveredItem { item, source, published, updated: updated.unwrap_or(0), body: Some(body) }
}

/// The author's title, where the rules of the source made another of it for its feeds.
fn take_back_title(plan: &Plan, item: &mut Item) {
    let Some(source) = plan.sources.iter().find(|source| source.name == item.source && source.rules.title.is_some())
    else {
        return;
    };
    // A title that the feed gives itself is not known before it is read again; its items say it.
    let own = item.origin.as_ref().and_then(|origin| origin.title.clone());
    let source_title = source.title.clone().or(own).unwrap_or_else(|| source.name.clone());
    if let Some(title) = SourceRules::new(source, plan.site.language.as_deref()).title_before(item, &source_title) {
        item.title = title;
    }
}

/// The configured source whose feed this is: the one with its URL (what is published of it holds no secrets), else the
/// only one that reads feed files.
fn source_of(plan: &Plan, url: &str) -> Option<String> {
    let wanted = normalize::link::canonical(url);
    let found = plan.sources.iter().find(|source| match &source.kind {
        SourceKind::Feed(FeedSource { location: FeedLocation::Url(url), .. }) => {
            normalize::link::canonical(without_secrets(url).as_str()) == wanted
        }
        _ => false,
    });
    let is_local =
        |source: &&Source| matches!(&source.kind, SourceKind::Feed(FeedSource { location: FeedLocation::Path(_), .. }));
    let mut local = plan.sources.iter().filter(is_local);
    let only = local.next().filter(|_| local.next().is_none());
    found.or(only).map(|source| source.name.clone())
}

/// Items of articles wait unclaimed until their files are read; those of feeds belong to them at once.
fn is_feed(plan: &Plan, name: &str) -> bool {
    plan.sources.iter().any(|source| source.name == name && matches!(source.kind, SourceKind::Feed(_)))
}
