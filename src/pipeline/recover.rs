//! A lost state: ids, items and dates are taken back from the published feeds before anything is written.

use crate::aggregate::NESTED;
use crate::config::Plan;
use crate::config::plan::{FeedLocation, FeedSource, SourceKind};
use crate::fetch::http::without_secrets;
use crate::model::{Axis, Content, Document, Format, Item, OutputFormat};
use crate::normalize;
use crate::state::{FileRow, RecoveredFeed, RecoveredItem, StateError, Store};
use crate::write::manifest::{self, FeedRecord, Manifest};
use crate::write::publish::Publisher;
use chrono::{DateTime, Utc};
use std::collections::HashMap;

use super::RunError;

/// A published file is not larger than this, in bytes.
const MAX_FILE: u64 = 256 << 20;

/// Fills an empty state from the output folder, if there is anything in it.
pub(super) fn if_lost(plan: &Plan, store: &mut dyn Store, now: DateTime<Utc>) -> Result<(), RunError> {
    if !store.is_empty()? {
        return Ok(());
    }
    let Some(folder) = Publisher::look(&plan.output.dir)? else { return Ok(()) };
    let Some(bytes) = folder.read(manifest::FILE_NAME, MAX_FILE)? else { return Ok(()) };
    let manifest = match Manifest::read(&bytes) {
        Ok(manifest) => manifest,
        Err(error) => {
            tracing::warn!("{}; published ids and dates cannot be taken back from it", crate::report::chain(&error));
            return Ok(());
        }
    };
    for source in &plan.sources {
        store.source(&source.name, source.kind.as_str(), "")?;
    }
    let mut items: Vec<RecoveredItem> = Vec::new();
    let mut index_of: HashMap<String, usize> = HashMap::new();
    let mut feeds = Vec::new();
    for record in &manifest.feeds {
        let mut members = Vec::new();
        for item in read_feed(plan, &folder, record)? {
            let index = *index_of.entry(item.item.id.clone()).or_insert_with(|| {
                items.push(item);
                items.len() - 1
            });
            members.push(index);
        }
        let name = name(record);
        feeds.push(RecoveredFeed {
            axis: record.axis,
            name,
            folder: record.folder.clone(),
            atom_id: record.id.clone(),
            updated: record.updated.timestamp(),
            members,
        });
    }
    let count = items.len();
    store.recover(feeds, items, now)?;
    note_files(store, &manifest, now)?;
    tracing::info!("no state was found; {count} items were taken back from `{}`", plan.output.dir.display());
    Ok(())
}

/// The files stand as they are; that their stamps are unknown makes every feed be rendered and compared once.
fn note_files(store: &mut dyn Store, manifest: &Manifest, now: DateTime<Utc>) -> Result<(), StateError> {
    let rows = store.feeds(now)?;
    let mut files = Vec::new();
    for record in &manifest.feeds {
        let Some(row) = rows.iter().find(|row| row.axis == record.axis && row.folder.as_ref() == Some(&record.folder)) else {
            continue;
        };
        for (format, path) in &record.files {
            let sha256 = record.sha256.get(format).cloned().unwrap_or_default();
            files.push(FileRow { path: path.clone(), feed: row.id, sha256, stamp: 0 });
        }
    }
    store.note_published(&[], &files, &[])
}

/// The term's name with its levels told apart as the folder tells them.
fn name(record: &FeedRecord) -> String {
    let levels = record.folder.matches('/').count();
    if record.axis == Axis::Category && levels > 1 && record.term.matches('/').count() + 1 == levels {
        return record.term.replace('/', &NESTED.to_string());
    }
    record.term.clone()
}

/// The items a feed shows, from the fullest of its files that can be read.
fn read_feed(plan: &Plan, folder: &Publisher, record: &FeedRecord) -> Result<Vec<RecoveredItem>, RunError> {
    for format in [OutputFormat::Json, OutputFormat::Atom, OutputFormat::Rss] {
        let Some(path) = record.files.get(&format) else { continue };
        let Some(bytes) = folder.read(path, MAX_FILE)? else { continue };
        let document = Document { bytes, path: Some(path.clone()), ..Document::default() };
        match crate::parse::feed::parse(&document, chrono_tz::UTC) {
            Ok(parsed) => {
                let own = own_facts(&document.bytes, parsed.value.format);
                let feed = parsed.value;
                return Ok(feed.entries.iter().map(|entry| recovered(plan, entry.clone(), &feed, &own)).collect());
            }
            Err(error) => tracing::warn!("`{path}` cannot be read back: {error}"),
        }
    }
    Ok(Vec::new())
}

/// What our JSON Feed says of an item beyond the format: id → (source, categories).
fn own_facts(bytes: &[u8], format: Format) -> HashMap<String, (String, Vec<Vec<String>>)> {
    let mut facts = HashMap::new();
    if !matches!(format, Format::JsonFeed10 | Format::JsonFeed11) {
        return facts;
    }
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(bytes) else { return facts };
    for item in value["items"].as_array().into_iter().flatten() {
        let own = &item["_feedmill"];
        if let (Some(id), Some(source)) = (item["id"].as_str(), own["source"].as_str()) {
            let categories = serde_json::from_value(own["categories"].clone()).unwrap_or_default();
            facts.insert(id.to_owned(), (source.to_owned(), categories));
        }
    }
    facts
}

fn recovered(
    plan: &Plan,
    entry: crate::model::Entry,
    feed: &crate::model::FeedDocument,
    own: &HashMap<String, (String, Vec<Vec<String>>)>,
) -> RecoveredItem {
    let published = entry.published.map(|date| date.timestamp());
    let updated = entry.updated.or(entry.published).map(|date| date.timestamp());
    let id = entry.id.clone().unwrap_or_default();
    let origin = entry.source.clone();
    let facts = own.get(&id);
    let source = match facts {
        Some((source, _)) => Some(source.clone()),
        None => origin.as_ref().and_then(|origin| source_of(plan, origin.self_link.as_deref()?)),
    };
    let body = entry.content.clone().or_else(|| entry.summary.clone());
    // What was published is safe already; reading it as foreign keeps it so whoever touched the file.
    let content = body.map(|body| normalize::content(&body, None));
    let stand_in = plan.sources.first();
    let mut item = match stand_in {
        Some(stand_in) => {
            let neutral = crate::config::plan::Source { add_categories: Vec::new(), add_tags: Vec::new(), author: None, language: None, ..stand_in.clone() };
            normalize::feed_entry(entry, feed, &neutral, None).value
        }
        None => Item::default(),
    };
    item.id = id.clone();
    item.key = id;
    item.source = source.clone().unwrap_or_default();
    item.origin = origin;
    if let Some((_, categories)) = facts {
        let names: Vec<String> = categories.iter().map(|path| path.join("/")).collect();
        let all: Vec<String> = std::mem::take(&mut item.categories).into_iter().map(|path| path.join("/")).chain(std::mem::take(&mut item.tags)).collect();
        item.tags = all.into_iter().filter(|tag| !names.contains(tag)).collect();
        item.categories = categories.clone();
    }
    let link_key = item.link.as_deref().map(normalize::link::canonical);
    RecoveredItem { link_key, source: source.filter(|name| is_feed(plan, name)), published, updated: updated.unwrap_or(0), body: content.map(|content| Content { ..content }), item }
}

/// The configured source whose feed this is; what is published of its URL holds no secrets.
fn source_of(plan: &Plan, url: &str) -> Option<String> {
    let wanted = normalize::link::canonical(url);
    let found = plan.sources.iter().find(|source| match &source.kind {
        SourceKind::Feed(FeedSource { location: FeedLocation::Url(url), .. }) => normalize::link::canonical(without_secrets(url).as_str()) == wanted,
        _ => false,
    });
    found.map(|source| source.name.clone())
}

/// Items of articles wait unclaimed until their files are read; those of feeds belong to them at once.
fn is_feed(plan: &Plan, name: &str) -> bool {
    plan.sources.iter().any(|source| source.name == name && matches!(source.kind, SourceKind::Feed(_)))
}
