//! The gate in front of publishing: a file is read again by the format's own crate and compared with what was
//! meant. A file that does not say the same is never published; the old one stays.

use super::{authors, body, path, self_url, summary, title, xml};
use crate::model::{Feed, FeedItem, OutputFormat};
use chrono::{DateTime, FixedOffset, Utc};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::HashSet;

/// Why a file may not be published. Names the file, the item and the field.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    #[error("`{file}` cannot be read back: {message}")]
    Unreadable { file: String, message: String },
    #[error("`{file}` reads back with {found} items, {expected} were written")]
    Count { file: String, found: usize, expected: usize },
    #[error("`{file}` would show two items with the id `{id}`")]
    Twice { file: String, id: String },
    #[error("`{file}` reads back with {field} `{found}`, `{expected}` was written")]
    Feed { file: String, field: &'static str, found: String, expected: String },
    #[error("item `{id}` of `{file}` reads back with {field} `{found}`, `{expected}` was written")]
    Item { file: String, id: String, field: &'static str, found: String, expected: String },
}

/// Reads `bytes` again and finds them equal to `feed`, or says where they are not.
pub fn check(format: OutputFormat, bytes: &[u8], feed: &Feed) -> Result<(), GateError> {
    let gate = Gate { feed, format };
    match format {
        OutputFormat::Rss => gate.rss(bytes),
        OutputFormat::Atom => gate.atom(bytes),
        OutputFormat::Json => gate.json(bytes),
    }
}

struct Gate<'a> {
    feed: &'a Feed,
    format: OutputFormat,
}

/// One item as it was read back; `None` for what the file does not have.
#[derive(Default)]
struct Seen<'a> {
    id: &'a str,
    title: Option<&'a str>,
    link: Option<&'a str>,
    published: Option<DateTime<FixedOffset>>,
    updated: Option<DateTime<FixedOffset>>,
    body: Option<&'a str>,
    summary: Option<&'a str>,
    first_author: Option<&'a str>,
    enclosures: usize,
}

impl Gate<'_> {
    fn rss(&self, bytes: &[u8]) -> Result<(), GateError> {
        let channel = ::rss::Channel::read_from(bytes).map_err(|error| self.unreadable(error))?;
        self.count(channel.items.len())?;
        self.facts("title", Some(channel.title.as_str()), title(self.feed))?;
        self.facts("link", Some(channel.link.as_str()), &xml::url_ascii(self.feed.home.as_str()))?;
        let links = channel.atom_ext.as_ref().map_or(&[][..], |atom| &atom.links);
        let own = links.iter().find(|link| link.rel == "self").map(|link| link.href.as_str());
        self.facts("self link", own, &self_url(self.feed, self.format))?;
        self.facts("lastBuildDate", channel.last_build_date.as_deref(), &xml::rfc2822(self.feed.updated))?;
        for (read, shown) in channel.items.iter().zip(&self.feed.items) {
            // Without a summary the body stands in `description`.
            let has_both = body(shown, self.feed.content).is_some() && summary(shown, self.feed.content).is_some();
            let has_body = body(shown, self.feed.content).is_some();
            let (body, html_summary) = match (has_both, has_body) {
                (true, _) => (read.content.as_deref(), read.description.as_deref()),
                (false, true) => (read.description.as_deref(), None),
                (false, false) => (None, read.description.as_deref()),
            };
            let updated = read.extensions.get("dcterms").and_then(|terms| terms.get("modified"));
            let updated = updated.and_then(|values| values.first()).and_then(|value| value.value.as_deref());
            self.item(
                shown,
                Seen {
                    id: read.guid.as_ref().map_or("", |guid| guid.value.as_str()),
                    title: read.title.as_deref(),
                    link: read.link.as_deref(),
                    published: read.pub_date.as_deref().and_then(|date| DateTime::parse_from_rfc2822(date).ok()),
                    updated: updated.and_then(|date| DateTime::parse_from_rfc3339(date).ok()),
                    body,
                    summary: html_summary,
                    first_author: read.dublin_core_ext.as_ref().and_then(|dc| dc.creators.first()).map(String::as_str),
                    enclosures: usize::from(read.enclosure.is_some()),
                },
            )?;
        }
        Ok(())
    }

    fn atom(&self, bytes: &[u8]) -> Result<(), GateError> {
        let read = atom_syndication::Feed::read_from(bytes).map_err(|error| self.unreadable(error))?;
        self.count(read.entries.len())?;
        self.facts("id", Some(read.id.as_str()), &self.feed.id)?;
        self.facts("title", Some(read.title.value.as_str()), title(self.feed))?;
        let own = read.links.iter().find(|link| link.rel == "self").map(|link| link.href.as_str());
        self.facts("self link", own, &self_url(self.feed, self.format))?;
        self.facts("updated", Some(&xml::rfc3339(read.updated.to_utc())), &xml::rfc3339(self.feed.updated))?;
        for (read, shown) in read.entries.iter().zip(&self.feed.items) {
            let link = |rel: &str| read.links.iter().filter(|link| link.rel == rel).collect::<Vec<_>>();
            self.item(
                shown,
                Seen {
                    id: &read.id,
                    title: Some(read.title.value.as_str()),
                    link: link("alternate").first().map(|link| link.href.as_str()),
                    published: read.published,
                    updated: Some(read.updated),
                    body: read.content.as_ref().and_then(|content| content.value.as_deref()),
                    summary: read.summary.as_ref().map(|summary| summary.value.as_str()),
                    first_author: read.authors.first().map(|author| author.name.as_str()),
                    enclosures: link("enclosure").len(),
                },
            )?;
        }
        Ok(())
    }

    fn json(&self, bytes: &[u8]) -> Result<(), GateError> {
        let read: JsonFeed<'_> = serde_json::from_slice(bytes).map_err(|error| self.unreadable(error))?;
        self.count(read.items.len())?;
        self.facts("version", Some(&read.version), super::json_feed::VERSION)?;
        self.facts("title", Some(&read.title), title(self.feed))?;
        self.facts("feed_url", Some(&read.feed_url), &self_url(self.feed, self.format))?;
        for (read, shown) in read.items.iter().zip(&self.feed.items) {
            let date =
                |text: &Option<Cow<'_, str>>| text.as_deref().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
            if read.content_html.is_none() && read.content_text.is_none() {
                return Err(self.differs(shown, "content_text", "", "a text, if only empty"));
            }
            self.item(
                shown,
                Seen {
                    id: &read.id,
                    title: read.title.as_deref(),
                    link: read.url.as_deref(),
                    published: date(&read.date_published),
                    updated: date(&read.date_modified),
                    body: read.content_html.as_deref(),
                    summary: read.summary.as_deref(),
                    first_author: read
                        .authors
                        .first()
                        .and_then(|author| author.name.as_deref().or(author.url.as_deref())),
                    enclosures: read.attachments.len(),
                },
            )?;
        }
        Ok(())
    }

    /// Compares one item, whatever the format.
    fn item(&self, shown: &FeedItem, seen: Seen<'_>) -> Result<(), GateError> {
        let rss = self.format == OutputFormat::Rss;
        let equal = |field: &'static str, found: Option<&str>, expected: &str| {
            let (found, expected) = (found.unwrap_or_default(), xml::clean(expected));
            if same_text(found, &expected) { Ok(()) } else { Err(self.differs(shown, field, found, &expected)) }
        };
        equal("id", Some(seen.id), &shown.item.id)?;
        let title = Some(shown.item.title.as_str()).filter(|title| !super::is_blank(title));
        equal("title", seen.title.filter(|title| !super::is_blank(title)), title.unwrap_or_default())?;
        let link = shown.item.link.as_deref().map(xml::url_ascii);
        equal("link", seen.link, link.as_deref().unwrap_or_default())?;
        self.date(shown, "published", seen.published, shown.published)?;
        self.date(shown, "updated", seen.updated, Some(shown.updated))?;
        equal("body", seen.body, body(shown, self.feed.content).unwrap_or_default())?;
        let text = summary(shown, self.feed.content).unwrap_or_default();
        match rss {
            // Without a body the summary is all `description` can hold; with one only it can be missing.
            true => equal("summary", seen.summary, &xml::html_text(text))?,
            false => equal("summary", seen.summary, text)?,
        }
        if let Some(name) = authors(shown).iter().find_map(super::person_name) {
            // A person without a name is written by address: as text, and as the URL it is in JSON Feed.
            let (expected, found) = (xml::clean(name), seen.first_author.unwrap_or_default());
            if !same_text(found, &expected) && found != xml::url_ascii(name) {
                return Err(self.differs(shown, "author", found, &expected));
            }
        }
        let enclosures = if rss { shown.item.enclosures.len().min(1) } else { shown.item.enclosures.len() };
        if seen.enclosures != enclosures {
            let (found, expected) = (seen.enclosures.to_string(), enclosures.to_string());
            return Err(self.differs(shown, "number of enclosures", &found, &expected));
        }
        Ok(())
    }

    fn date(
        &self,
        shown: &FeedItem,
        field: &'static str,
        found: Option<DateTime<FixedOffset>>,
        expected: Option<DateTime<Utc>>,
    ) -> Result<(), GateError> {
        let found = found.map(|date| xml::rfc3339(date.to_utc())).unwrap_or_default();
        let expected = expected.map(xml::rfc3339).unwrap_or_default();
        if found == expected { Ok(()) } else { Err(self.differs(shown, field, &found, &expected)) }
    }

    /// As many items as were written, each with an id of its own.
    fn count(&self, found: usize) -> Result<(), GateError> {
        let expected = self.feed.items.len();
        if found != expected {
            return Err(GateError::Count { file: self.file(), found, expected });
        }
        let mut ids = HashSet::with_capacity(expected);
        match self.feed.items.iter().find(|shown| !ids.insert(shown.item.id.as_str())) {
            Some(twice) => Err(GateError::Twice { file: self.file(), id: twice.item.id.clone() }),
            None => Ok(()),
        }
    }

    fn facts(&self, field: &'static str, found: Option<&str>, expected: &str) -> Result<(), GateError> {
        let (found, expected) = (found.unwrap_or_default(), xml::clean(expected));
        if same_text(found, &expected) {
            return Ok(());
        }
        let (found, expected) = excerpts(found, &expected);
        Err(GateError::Feed { file: self.file(), field, found, expected })
    }

    fn differs(&self, shown: &FeedItem, field: &'static str, found: &str, expected: &str) -> GateError {
        let (found, expected) = excerpts(found, expected);
        GateError::Item { file: self.file(), id: shown.item.id.clone(), field, found, expected }
    }

    fn unreadable(&self, error: impl std::error::Error) -> GateError {
        GateError::Unreadable { file: self.file(), message: error.to_string() }
    }

    fn file(&self) -> String {
        path(self.feed, self.format)
    }
}

/// Equal but for white space at the ends, which the RSS reader trims.
fn same_text(found: &str, expected: &str) -> bool {
    found == expected || found.trim() == expected.trim()
}

/// Both texts from shortly before where they part, short enough for a message.
fn excerpts(found: &str, expected: &str) -> (String, String) {
    const BEFORE: usize = 10;
    const SHOWN: usize = 40;
    let same = found.chars().zip(expected.chars()).take_while(|(a, b)| a == b).count();
    let cut = |text: &str| text.chars().skip(same.saturating_sub(BEFORE)).take(SHOWN).collect();
    (cut(found), cut(expected))
}

#[derive(Deserialize)]
struct JsonFeed<'a> {
    #[serde(borrow)]
    version: Cow<'a, str>,
    #[serde(borrow)]
    title: Cow<'a, str>,
    #[serde(borrow)]
    feed_url: Cow<'a, str>,
    #[serde(borrow)]
    items: Vec<JsonItem<'a>>,
}

#[derive(Deserialize)]
struct JsonItem<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    url: Option<Cow<'a, str>>,
    #[serde(borrow)]
    title: Option<Cow<'a, str>>,
    #[serde(borrow)]
    content_html: Option<Cow<'a, str>>,
    #[serde(borrow)]
    content_text: Option<Cow<'a, str>>,
    #[serde(borrow)]
    summary: Option<Cow<'a, str>>,
    #[serde(borrow)]
    date_published: Option<Cow<'a, str>>,
    #[serde(borrow)]
    date_modified: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    authors: Vec<JsonAuthor<'a>>,
    #[serde(default)]
    attachments: Vec<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct JsonAuthor<'a> {
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    url: Option<Cow<'a, str>>,
}
