//! The types of the flow, in its order: `Document`, `Entry`, `Item`, `Feed`. Plain data, no I/O.
//!
//! All instants are UTC; a time zone is applied where text is read, never later.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;
use url::Url;

/// A blemish that did not stop the work: what was seen, where, and what was done instead.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Warning {
    /// A short word for programs, for example `date` or `front-matter`.
    pub code: Cow<'static, str>,
    /// For a person: lower case, no full stop, says what was kept or dropped.
    pub message: String,
    /// File or URL.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub path: Option<String>,
    /// Counted from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u32>,
    /// Counted from 1, in characters.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub column: Option<u32>,
}

impl Warning {
    /// A warning without a place; `at` and `in_file` add one.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code: Cow::Borrowed(code), message: one_line(message.into()), path: None, line: None, column: None }
    }

    /// Adds line and column, both counted from 1.
    pub fn at(mut self, line: u32, column: u32) -> Self {
        (self.line, self.column) = (Some(line), Some(column));
        self
    }

    /// Adds the file or URL.
    pub fn in_file(mut self, path: &str) -> Self {
        self.path = Some(path.to_owned());
        self
    }
}

/// Characters of a message.
const MAX_MESSAGE: usize = 500;

/// A message quotes what strangers wrote, and must neither look like several messages for it nor be one without end.
fn one_line(message: String) -> String {
    if !message.contains(['\n', '\r']) && message.len() <= MAX_MESSAGE {
        return message;
    }
    let line = message.split(['\n', '\r']).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_MESSAGE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// A value, and what was wrong with what it was read from.
#[derive(Debug, Clone)]
pub struct Parsed<T> {
    pub value: T,
    pub warnings: Vec<Warning>,
}

/// Why a document could not be read at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// A failure class of the report: `not-a-feed`, `parse`, `empty`, `encoding`, `limit:depth`, …
    pub class: &'static str,
    /// What was found and what was expected.
    pub message: String,
    pub line: Option<u32>,
    pub column: Option<u32>,
    /// What a person can do about it.
    pub hint: Option<String>,
}

impl ParseError {
    pub fn new(class: &'static str, message: impl Into<String>) -> Self {
        Self { class, message: one_line(message.into()), line: None, column: None, hint: None }
    }

    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    pub fn at(mut self, line: u32, column: u32) -> Self {
        (self.line, self.column) = (Some(line), Some(column));
        self
    }
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.line, self.column) {
            (Some(line), Some(column)) => write!(f, "{line}:{column}: {}", self.message),
            (Some(line), None) => write!(f, "{line}: {}", self.message),
            _ => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for ParseError {}

/// Bytes as they were fetched, and where from.
#[derive(Debug, Clone, Default)]
pub struct Document {
    pub bytes: Vec<u8>,
    /// Path below the root of its source, with `/` on every system; or the path as given.
    pub path: Option<String>,
    /// The URL the bytes came from, after redirects; relative references are resolved against it.
    pub url: Option<Url>,
    /// `Content-Type` without parameters, lower case.
    pub media_type: Option<String>,
    /// `charset` of `Content-Type`.
    pub charset: Option<String>,
}

/// How a text is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Markup {
    Text,
    Html,
    Markdown,
}

/// A text with its markup, as its author wrote it (decoded once, not sanitized).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub markup: Markup,
    pub value: String,
}

impl Text {
    pub fn plain(value: impl Into<String>) -> Self {
        Self { markup: Markup::Text, value: value.into() }
    }
    pub fn html(value: impl Into<String>) -> Self {
        Self { markup: Markup::Html, value: value.into() }
    }
}

/// An author or contributor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Person {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub url: Option<String>,
}

/// Where an item's date came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateSource {
    /// Front matter.
    FrontMatter,
    /// Jekyll's `2024-01-02-title.md`, or a dated folder.
    FileName,
    /// An element of the feed.
    Feed,
    /// The feed tells only when the entry last changed.
    Updated,
    /// The run that saw the item first: it has no date, or one that was ahead.
    FirstSeen,
}

impl DateSource {
    /// The word in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            DateSource::FrontMatter => "front-matter",
            DateSource::FileName => "file-name",
            DateSource::Feed => "feed",
            DateSource::Updated => "updated",
            DateSource::FirstSeen => "first-seen",
        }
    }

    /// The source that a word names.
    pub fn of_word(word: &str) -> Option<Self> {
        let all = [Self::FrontMatter, Self::FileName, Self::Feed, Self::Updated, Self::FirstSeen];
        all.into_iter().find(|source| source.as_str() == word)
    }
}

/// What becomes of an item dated after the run that sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Future {
    /// Not shown before its date: an embargo.
    Hold,
    /// Shown at once, dated with the run that saw it first: a remote clock that is ahead.
    Clamp,
    /// Shown at once under its date: a calendar.
    Keep,
}

/// A picture that stands for the item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Image {
    /// Absolute in an `Item`; as written in an `Entry`.
    pub url: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub media_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub alt: Option<String>,
}

/// A media file that belongs to the item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Enclosure {
    /// Absolute in an `Item`; as written in an `Entry`.
    pub url: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub media_type: Option<String>,
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub length: Option<u64>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub duration: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub title: Option<String>,
}

/// The feed an item came from, as `atom:source` and RSS `source` name it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Origin {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub title: Option<String>,
    /// Home page.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub link: Option<String>,
    /// The feed itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub self_link: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub updated: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rights: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub language: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub authors: Vec<Person>,
}

/// What a reader understood of one article or one feed entry, before anything was decided about it.
///
/// Relative references of a feed are already resolved against `xml:base` and the document's URL
/// where the format says so (links, ids, enclosures); those inside bodies are not.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// guid, `atom:id`, JSON `id`; front matter `id` or `guid`.
    pub id: Option<String>,
    pub link: Option<String>,
    /// JSON Feed `external_url`; the `related` link of a link post.
    pub external_link: Option<String>,
    pub title: Option<Text>,
    pub authors: Vec<Person>,
    pub published: Option<DateTime<Utc>>,
    pub updated: Option<DateTime<Utc>>,
    /// Where `published` came from.
    pub date_source: Option<DateSource>,
    /// Each a path of names; feeds give paths of one name.
    pub categories: Vec<Vec<String>>,
    pub tags: Vec<String>,
    /// All category and tag names in the order of the source (`inspect`'s `tags`).
    pub terms: Vec<String>,
    pub language: Option<String>,
    pub summary: Option<Text>,
    pub content: Option<Text>,
    pub image: Option<Image>,
    pub enclosures: Vec<Enclosure>,
    pub comments: Option<String>,
    pub rights: Option<String>,
    /// The feed this entry was taken from by the feed we read.
    pub source: Option<Origin>,
    /// `xml:base` in force for the body.
    pub base: Option<Url>,
    /// Articles: path below the root of the source.
    pub path: Option<String>,
    /// Articles: the line of the file on which the body begins, counted from 1.
    pub body_line: Option<u32>,
    /// Articles: front matter `slug`, else Jekyll's or Hugo's from the file name.
    pub slug: Option<String>,
    /// Why a run leaves it out: `draft`, `published: false`, `private`, `password`, …
    pub unpublished: Option<String>,
    pub expires: Option<DateTime<Utc>>,
    /// Front matter that no built-in name took, in the order of the file; what a feed says beyond these fields.
    pub extra: serde_json::Map<String, serde_json::Value>,
}

/// What a document turned out to be; the names of `inspect`'s `format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Format {
    #[serde(rename = "front-matter")]
    FrontMatter,
    #[serde(rename = "rss-0.9")]
    Rss09,
    #[serde(rename = "rss-1.0")]
    Rss10,
    #[serde(rename = "rss-2.0")]
    Rss20,
    #[serde(rename = "atom-0.3")]
    Atom03,
    #[serde(rename = "atom-1.0")]
    Atom10,
    #[serde(rename = "json-feed-1.0")]
    JsonFeed10,
    #[serde(rename = "json-feed-1.1")]
    JsonFeed11,
}

/// A feed as it was read: its own facts and its entries in document order.
#[derive(Debug, Clone)]
pub struct FeedDocument {
    pub format: Format,
    pub id: Option<String>,
    pub title: Option<Text>,
    pub description: Option<Text>,
    /// Home page.
    pub link: Option<String>,
    pub self_link: Option<String>,
    pub language: Option<String>,
    pub authors: Vec<Person>,
    pub rights: Option<String>,
    pub generator: Option<String>,
    pub icon: Option<String>,
    pub image: Option<Image>,
    pub published: Option<DateTime<Utc>>,
    pub updated: Option<DateTime<Utc>>,
    pub categories: Vec<String>,
    /// `ttl`, `sy:updatePeriod`/`updateFrequency`: how long the publisher asks to wait, in seconds.
    pub ttl: Option<u64>,
    pub hub: Option<String>,
    pub entries: Vec<Entry>,
}

/// The one normalized record, without its body.
///
/// `id` is what readers see and never changes; `key` is how its source knows it (path below the
/// root, guid, or what stands in for one).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Item {
    pub id: String,
    pub source: String,
    pub key: String,
    /// Absolute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_link: Option<String>,
    /// Plain text; empty where the author gave none.
    pub title: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<Person>,
    /// What the author said, if anything; the date readers see is decided by the ledger.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_source: Option<DateSource>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<Vec<String>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// BCP 47.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The author's own summary, as text. Where there is none it is cut from the body at render.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub enclosures: Vec<Enclosure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rights: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<DateTime<Utc>>,
    /// Why a run leaves it out; such items are shown by `inspect` and never stored.
    #[serde(skip)]
    pub unpublished: Option<String>,
}

/// A body made safe: sanitized HTML with absolute URLs, and a text cut from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    pub html: String,
    /// Plain text for items whose author wrote no summary; empty where the body has no text.
    pub summary: String,
}

/// What feeds are made by. The order is the order of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Axis {
    All,
    Category,
    Tag,
    Author,
    Source,
    Language,
    Year,
    /// `[[output.feed]]`.
    Feed,
}

impl Axis {
    /// The word in config, keys and folder names.
    pub fn as_str(self) -> &'static str {
        match self {
            Axis::All => "all",
            Axis::Category => "category",
            Axis::Tag => "tag",
            Axis::Author => "author",
            Axis::Source => "source",
            Axis::Language => "language",
            Axis::Year => "year",
            Axis::Feed => "feed",
        }
    }
}

/// A format feedmill writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputFormat {
    Rss,
    Atom,
    Json,
}

impl OutputFormat {
    /// The file's name inside the feed's folder.
    pub fn file_name(self) -> &'static str {
        match self {
            OutputFormat::Rss => "rss.xml",
            OutputFormat::Atom => "atom.xml",
            OutputFormat::Json => "feed.json",
        }
    }
    pub fn media_type(self) -> &'static str {
        match self {
            OutputFormat::Rss => "application/rss+xml",
            OutputFormat::Atom => "application/atom+xml",
            OutputFormat::Json => "application/feed+json",
        }
    }
    /// The word in config and manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            OutputFormat::Rss => "rss",
            OutputFormat::Atom => "atom",
            OutputFormat::Json => "json",
        }
    }
}

/// How much of an item a feed shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContentMode {
    Full,
    Summary,
    None,
}

/// An item ready for the writers: all dates decided, body at hand. Shared by every feed that shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedItem {
    pub item: Item,
    /// What readers see as the date of publication; none for articles that never had one.
    pub published: Option<DateTime<Utc>>,
    /// The last change a reader could see; never before `published`, but where that was still to come at first sight.
    pub updated: DateTime<Utc>,
    /// Safe HTML; none where the item has no body.
    pub content: Option<String>,
    /// The author's summary, else the one cut from the body.
    pub summary: Option<String>,
    /// Where else the same story stands: duplicates that are not shown for it, in order.
    pub also: Vec<Also>,
}

/// A duplicate of an item, as a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Also {
    /// Absolute.
    pub url: String,
    /// Of the source it comes from, as people see it; never empty.
    pub title: String,
}

/// A feed as it is to be written: facts and items in order, newest first.
#[derive(Debug, Clone)]
pub struct Feed {
    /// `all`, `category/金融`, `feed/finance`: the name in manifest and report.
    pub key: String,
    pub axis: Axis,
    /// The term as shown; for `[[output.feed]]` its name; empty for `all`.
    pub term: String,
    /// Folder below the output folder, with `/`, not percent-encoded; empty for `all`.
    pub folder: String,
    pub title: String,
    pub description: String,
    /// `[site].title`: who publishes, where no author is configured.
    pub publisher: String,
    /// Permanent: the first self URL this feed had.
    pub id: String,
    /// The publisher's home page.
    pub home: Url,
    /// `[site].feeds_url`; a file's own URL is this, the folder and the file name, percent-encoded.
    pub feeds_url: Url,
    pub language: Option<String>,
    pub author: Option<Person>,
    pub rights: Option<String>,
    pub icon: Option<String>,
    /// The newest `updated` of what it ever showed; never goes back.
    pub updated: DateTime<Utc>,
    pub formats: Vec<OutputFormat>,
    pub content: ContentMode,
    pub items: Vec<Arc<FeedItem>>,
}
