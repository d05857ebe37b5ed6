//! RSS, Atom and JSON Feed → their entries, told apart by content.
//!
//! ```text
//! bytes ─► charset ─► xml (events, repairs) ─► rss | atom (+ extensions) ─► draft ─► FeedDocument
//!                  └► json ──────────────────────────────────────────────────────┘
//! ```
//!
//! A well-formed feed is read in one pass. Faults are repaired where they are met, each kind with a warning.

mod atom;
mod draft;
mod extensions;
mod html;
mod json;
mod namespace;
mod person;
mod repair;
mod rss;
mod text;
mod xml;

use crate::model::{Document, Entry, FeedDocument, Format, ParseError, Parsed};
use crate::parse::charset::{self, Declared};
use chrono_tz::Tz;
use draft::Draft;
use namespace::Ns;
use repair::Repairs;
use std::borrow::Cow;
use url::Url;
use xml::{Element, Event, Reader, Stop};

/// Entries of one document that are read.
const MAX_ENTRIES: usize = 2_000;

/// What was read of the entries.
#[derive(Debug, Default)]
struct Entries {
    list: Vec<Entry>,
    /// There is one more than are read.
    more: bool,
}

impl Entries {
    fn push(&mut self, entry: Entry) {
        match self.list.len() < MAX_ENTRIES {
            true => self.list.push(entry),
            false => self.more = true,
        }
    }

    fn is_full(&self) -> bool {
        self.more
    }
}

/// A short text without its markup.
pub(crate) fn plain(text: crate::model::Text) -> String {
    draft::plain(text)
}

/// How an entry came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Closed,
    /// The start of the next entry was read instead.
    ByTheNext,
}

/// Reads a feed document. Dates without a zone, and ambiguous zone names, are read in `zone`.
///
/// Errors: `empty`, `encoding`, `not-a-feed`, `dtd`, `limit:…` and `parse`, the last with its place.
pub fn parse(document: &Document, zone: Tz) -> Result<Parsed<FeedDocument>, ParseError> {
    let mut parsed = parse_as_written(document, zone)?;
    settle(&mut parsed.value);
    Ok(parsed)
}

/// The same without guesses: what is relative is resolved only where the format says against what.
pub fn parse_as_written(document: &Document, zone: Tz) -> Result<Parsed<FeedDocument>, ParseError> {
    let declared = document.charset.as_deref().map_or(Declared::Unknown, Declared::Http);
    let (decoded, mut warnings) = charset::decode(&document.bytes, declared)?;
    if decoded.trim().is_empty() {
        return Err(ParseError::new("empty", "the document is empty, expected a feed"));
    }
    let mut repairs = Repairs::default();
    let text = repair::without_controls(decoded, &mut repairs);
    let url = document.url.as_ref();
    let is_json = text.trim_start().starts_with(['{', '[']);
    let mut feed = match is_json {
        true => json::read(&text, url, zone, &mut repairs)?,
        false => read_xml(&text, url, zone, &mut repairs)?,
    };
    if url.is_none() {
        write_normally(&mut feed);
    }
    warnings.extend(repairs.into_warnings(&text));
    if let Some(path) = document.path.as_deref().or(document.url.as_ref().map(Url::as_str)) {
        for warning in &mut warnings {
            warning.path.get_or_insert_with(|| path.to_owned());
        }
    }
    Ok(Parsed { value: feed, warnings })
}

fn read_xml(text: &str, url: Option<&Url>, zone: Tz, repairs: &mut Repairs) -> Result<FeedDocument, ParseError> {
    let Some(start) = text.find('<') else {
        return Err(ParseError::new("not-a-feed", "found plain text, expected RSS, Atom or JSON Feed").at(1, 1));
    };
    if !text::is_blank(&text[..start]) {
        repairs.note("junk-before", "", 0);
    }
    let mut reader = Reader::new(text, url, std::mem::take(repairs));
    reader.begin(start);
    let outcome = read_root(&mut reader, zone);
    *repairs = std::mem::take(&mut reader.repairs);
    match outcome {
        Ok(feed) => Ok(feed),
        Err(Stop::Failed(error)) => Err(not_a_feed(text, url).unwrap_or(error)),
        Err(Stop::Cut) => Err(not_a_feed(text, url).unwrap_or_else(|| {
            let (line, column) = repair::place(text, text.trim_end().len());
            ParseError::new("parse", "the document ends before a feed begins").at(line, column)
        })),
    }
}

/// A web page, which is worth saying, with the feeds it links to.
fn not_a_feed(text: &str, url: Option<&Url>) -> Option<ParseError> {
    if !html::is_page(text) {
        return None;
    }
    let feeds = html::linked_feeds(text, url);
    let message = match feeds.is_empty() {
        true => "found a web page, expected a feed".to_owned(),
        false => format!("found a web page, expected a feed; it links to `{}`", feeds.join("`, `")),
    };
    Some(ParseError::new("not-a-feed", message))
}

/// Finds out what the document is by its root, and reads it.
fn read_root(reader: &mut Reader<'_>, zone: Tz) -> Result<FeedDocument, Stop> {
    let root = loop {
        match reader.next()? {
            Event::Start(element) => break element,
            Event::Eof => return Err(Stop::Cut),
            _ => {}
        }
    };
    let mut draft = Draft::default();
    let mut entries = Entries::default();
    if root.raw_name != &*root.name && matches!(&*root.name, "rss" | "feed") && !root.raw_name.contains(':') {
        reader.repairs.note("root", root.raw_name, root.at);
    }
    let format = format_of(reader, &root)?;
    let read = match (format, &*root.name) {
        (Format::Atom03 | Format::Atom10, "entry") => {
            let ended = atom::entry(reader, &draft, &mut entries, zone);
            ended.map(|_| ())
        }
        (Format::Atom03 | Format::Atom10, _) => {
            // A feed that names no namespace, or a wrong one, is Atom by its root.
            if !root.raw_name.contains(':') {
                reader.set_default(if format == Format::Atom03 { Ns::Atom03 } else { Ns::Atom });
            }
            atom::feed(reader, &mut draft, &mut entries, zone)
        }
        (_, name) => {
            let rdf = name == "rdf";
            if !rdf && !root.raw_name.contains(':') {
                reader.set_default(Ns::Rss);
            }
            rss::feed(reader, &mut draft, &mut entries, rdf, zone)
        }
    };
    match read {
        Ok(()) => {}
        Err(Stop::Cut) => {
            let at = reader.end();
            reader.repairs.note("truncated", "", at);
        }
        Err(failed) => return Err(failed),
    }
    if let Some(at) = reader.junk_after() {
        reader.repairs.note("junk-after", "", at);
    }
    let found = draft.title.get().is_some() || draft.link.get().is_some() || draft.description.get().is_some();
    if root.name == "rdf" && !found && entries.list.is_empty() {
        return Err(reader.fail("not-a-feed", "found RDF without channel and items, expected a feed", root.at));
    }
    if entries.more {
        reader.repairs.note("limit:items", &MAX_ENTRIES.to_string(), None);
    }
    Ok(draft.into_feed(format, entries.list))
}

fn format_of(reader: &mut Reader<'_>, root: &Element<'_>) -> Result<Format, Stop> {
    let version =
        reader.attribute("version").map_or(Cow::Borrowed(""), |version| Cow::Owned(version.trim().to_owned()));
    match (&*root.name, root.ns) {
        ("rss", _) if version.starts_with("0.9") => Ok(Format::Rss09),
        ("rss", _) => Ok(Format::Rss20),
        ("rdf", _) => Ok(match reader.declares("netscape.com/rdf/simple/0.9") {
            true => Format::Rss09,
            false => Format::Rss10,
        }),
        ("feed", Ns::Atom03) => Ok(Format::Atom03),
        ("feed", _) if version == "0.3" => Ok(Format::Atom03),
        ("feed" | "entry", Ns::Atom) => Ok(Format::Atom10),
        ("feed", _) => Ok(Format::Atom10),
        ("channel", Ns::Rss) => {
            reader.repairs.note("root", "channel", root.at);
            Ok(Format::Rss20)
        }
        _ => {
            let message = format!("found root element `{}`, expected `rss`, `feed` or `rdf:RDF`", root.raw_name);
            Err(reader.fail("not-a-feed", message, root.at))
        }
    }
}

/// Resolves what is still relative against the feed's home page, where that is absolute. No format says so; readers do.
fn settle(feed: &mut FeedDocument) {
    let Some(home) = home(feed) else { return };
    for entry in &mut feed.entries {
        entry.base.get_or_insert_with(|| home.clone());
        // A guid that is a path was a permalink.
        if let Some(id) = entry.id.as_mut().filter(|id| id.starts_with('/'))
            && let Ok(joined) = home.join(id)
        {
            *id = joined.into();
        }
    }
    for address in addresses(feed).filter(|address| !text::is_absolute(address)) {
        if let Ok(joined) = home.join(address) {
            *address = joined.into();
        }
    }
}

/// Writes the absolute addresses of a document that has none of its own as `text::absolute` does for others.
/// They rest on the home page; one that nothing rests on stays as it is written.
fn write_normally(feed: &mut FeedDocument) {
    let Some(home) = home(feed) else { return };
    for address in addresses(feed) {
        if let Cow::Owned(normal) = text::normal(address) {
            *address = normal;
        }
    }
    if !feed.entries.is_empty() && matches!(home.scheme(), "http" | "https") {
        feed.link = Some(home.into());
    }
}

fn home(feed: &FeedDocument) -> Option<Url> {
    feed.link.as_deref().and_then(|link| Url::parse(link).ok())
}

/// Every address of a feed but its home page and ids.
fn addresses(feed: &mut FeedDocument) -> impl Iterator<Item = &mut String> {
    let of_feed = [&mut feed.self_link, &mut feed.icon, &mut feed.hub].into_iter().flatten();
    let of_entries = feed.entries.iter_mut().flat_map(|entry| {
        let links = [&mut entry.link, &mut entry.external_link, &mut entry.comments].into_iter().flatten();
        let image = entry.image.iter_mut().map(|image| &mut image.url);
        links.chain(image).chain(entry.enclosures.iter_mut().map(|enclosure| &mut enclosure.url))
    });
    of_feed.chain(feed.image.iter_mut().map(|image| &mut image.url)).chain(of_entries)
}

#[cfg(test)]
mod tests;
