//! Bytes as a feed → items with safe bodies → our own feeds, which pass the gate and read back as what they were.

use super::html::body;
use super::render::{FORMATS, feed_of};
use super::{assert_in_range, assert_item, assert_refused, assert_told, lines_of, there};
use chrono::{DateTime, Utc};
use feedmill::model::{ContentMode, Document, Entry, Feed, FeedDocument, FeedItem, Item, OutputFormat, Text};
use feedmill::write::{gate, render};
use feedmill::{normalize, parse};
use std::collections::HashSet;
use std::sync::Arc;

/// Entries that are looked at one by one; a fuzzer's time is better spent on other documents.
const LOOKED_AT: usize = 40;

pub fn feed(bytes: &[u8]) {
    if !is_json(bytes) {
        check(bytes);
    }
}

pub fn json_feed(bytes: &[u8]) {
    if is_json(bytes) {
        check(bytes);
    }
}

fn is_json(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    text.starts_with(b"{") || text.starts_with(b"[")
}

fn document(bytes: &[u8]) -> Document {
    Document { bytes: bytes.to_vec(), url: Some(there().1), ..Document::default() }
}

fn check(bytes: &[u8]) {
    let (source, url) = there();
    let lines = lines_of(bytes);
    let read = || parse::feed::parse(&document(bytes), source.timezone);
    let parsed = match read() {
        Ok(parsed) => parsed,
        Err(error) => return assert_refused(&error, &["empty", "encoding", "not-a-feed", "dtd", "parse"], lines),
    };
    if bytes.len() < 2_048 {
        assert_eq!(format!("{parsed:?}"), format!("{:?}", read().unwrap()), "the same each time");
    }
    assert_told(&parsed.warnings, lines);
    let mut feed = parsed.value;
    assert_within_limits(&feed);
    let mut entries = std::mem::take(&mut feed.entries);
    entries.truncate(LOOKED_AT);
    let mut items = Vec::new();
    let mut bodies = Vec::new();
    for mut entry in entries {
        let base = entry.base.clone().unwrap_or_else(|| url.clone());
        let content = entry.content.take().or_else(|| entry.summary.take());
        bodies.push(content.map(|text| body(&text.value, text.markup, Some(&base))));
        let item = normalize::feed_entry(entry, &feed, source, Some(&url));
        assert_told(&item.warnings, lines);
        items.push(item.value);
    }
    normalize::id::disambiguate(&mut items);
    let mut keys = HashSet::new();
    let mut shown = Vec::new();
    for (item, content) in items.into_iter().zip(bodies) {
        assert_item(&item);
        normalize::hash::reader_hash(&item, content.as_deref().unwrap_or_default());
        // Equal entries are one item, as in the ledger.
        if keys.insert(item.key.clone()) && keys.insert(item.id.clone()) {
            shown.push(Arc::new(with_dates(item, content)));
        }
    }
    round_trip(&shown);
}

fn assert_within_limits(feed: &FeedDocument) {
    assert!(feed.entries.len() <= 2_000, "{} entries", feed.entries.len());
    for date in [feed.published, feed.updated].into_iter().flatten() {
        assert_in_range(date);
    }
    for entry in &feed.entries {
        let Entry { authors, categories, tags, terms, enclosures, .. } = entry;
        let longest = [authors.len(), categories.len(), tags.len(), terms.len(), enclosures.len()].into_iter().max();
        assert!(longest <= Some(1_000), "{longest:?} of a kind");
        for date in [entry.published, entry.updated, entry.expires].into_iter().flatten() {
            assert_in_range(date);
        }
    }
}

/// Every item of a feed is shown with a date.
fn with_dates(item: Item, content: Option<String>) -> FeedItem {
    let first_seen = DateTime::from_timestamp(1_700_000_000, 0).unwrap_or_default();
    let published = item.published.or(item.updated).unwrap_or(first_seen);
    let updated = item.updated.unwrap_or(published).max(published);
    let summary = item.summary.clone();
    let content = content.filter(|html| !html.is_empty());
    FeedItem { published: Some(published), updated, content, summary, also: Vec::new(), item }
}

/// Our writers' files pass the gate, and our reader makes the same items of them.
fn round_trip(shown: &[Arc<FeedItem>]) {
    let feed = Feed { items: shown.to_vec(), content: ContentMode::Full, ..feed_of() };
    for format in FORMATS {
        let bytes = render(&feed, format);
        if let Err(error) = gate::check(format, &bytes, &feed) {
            panic!("{error}\n{}", String::from_utf8_lossy(&bytes));
        }
        let told = || format!("{format:?}\n{}", String::from_utf8_lossy(&bytes));
        let (source, url) = there();
        let read = parse::feed::parse(&document(&bytes), source.timezone)
            .unwrap_or_else(|error| panic!("{error}: {}", told()));
        assert!(read.warnings.is_empty(), "{:?}: {}", read.warnings, told());
        let mut document = read.value;
        let entries = std::mem::take(&mut document.entries);
        assert_eq!(entries.len(), shown.len(), "{}", told());
        for (entry, meant) in entries.into_iter().zip(shown) {
            let content = entry.content.clone();
            let item = normalize::feed_entry(entry, &document, source, Some(&url)).value;
            let (mut read, mut meant) = (seen(&item, content.as_ref()), seen_of(meant));
            if format == OutputFormat::Rss && meant.title.contains(['<', '&']) {
                // RSS cannot say whether a title is text or HTML; a reader has to guess.
                (read.title, meant.title) = Default::default();
            }
            if format != OutputFormat::Atom && meant.content.is_none() {
                // A `description` alone may be a text or its summary; JSON Feed asks for a text, if only the summary.
                read.content = None;
            }
            assert_eq!(read, meant, "read back: {}", told());
        }
    }
}

/// What a reader of a feed can tell two items apart by.
#[derive(Debug, PartialEq)]
struct Seen {
    id: String,
    link: Option<String>,
    title: String,
    published: Option<DateTime<Utc>>,
    content: Option<String>,
}

fn seen(item: &Item, content: Option<&Text>) -> Seen {
    let content = content.map(|text| text.value.trim().to_owned()).filter(|text| !text.is_empty());
    let Item { id, link, title, published, .. } = item.clone();
    Seen { id, link, title, published, content }
}

fn seen_of(shown: &FeedItem) -> Seen {
    let content = shown.content.as_deref().map(Text::html);
    Seen { published: shown.published, ..seen(&shown.item, content.as_ref()) }
}
