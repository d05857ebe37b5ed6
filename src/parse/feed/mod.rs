//! RSS, Atom and JSON Feed → their entries, told apart by content.
//!
//! ```text
//! bytes ─► charset ─► xml (events, repairs) ─► rss | atom (+ extensions) ─► draft ─► FeedDocument
//!                  └► json ──────────────────────────────────────────────────────┘
//! ```
//!
//! A well-formed feed is read in one pass. Faults are repaired where they are met, each kind with a warning.

mod atom;
mod details;
mod draft;
mod extensions;
mod html;
mod json;
mod media;
mod namespace;
mod newest;
mod person;
mod repair;
mod rss;
mod text;
mod xml;

use crate::model::{Document, FeedDocument, Format, ParseError, Parsed};
use crate::parse::charset::{self, Declared};
use chrono_tz::Tz;
use draft::Draft;
use namespace::Ns;
use newest::Entries;
use repair::Repairs;
use std::borrow::Cow;
use url::Url;
use xml::{Element, Event, Reader, Stop};

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

/// Entries of one document that are kept.
const MAX_ENTRIES: usize = 2_000;

/// Reads a feed document. Dates without a zone, and ambiguous zone names, are read in `zone`.
///
/// Errors: `empty`, `encoding`, `not-a-feed`, `dtd`, `limit:…` and `parse`, the last with its place.
pub fn parse(document: &Document, zone: Tz) -> Result<Parsed<FeedDocument>, ParseError> {
    let mut parsed = parse_newest(document, zone, MAX_ENTRIES)?;
    settle(&mut parsed.value);
    Ok(parsed)
}

/// The same of a file that we published ourselves, with all of its entries.
pub fn parse_published(document: &Document) -> Result<Parsed<FeedDocument>, ParseError> {
    let mut parsed = parse_newest(document, Tz::UTC, crate::config::plan::MAX_LIMIT)?;
    settle(&mut parsed.value);
    Ok(parsed)
}

/// The same without guesses: what is relative is resolved only where the format says against what.
pub fn parse_as_written(document: &Document, zone: Tz) -> Result<Parsed<FeedDocument>, ParseError> {
    parse_newest(document, zone, MAX_ENTRIES)
}

/// Reads the newest `most` entries.
fn parse_newest(document: &Document, zone: Tz, most: usize) -> Result<Parsed<FeedDocument>, ParseError> {
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
        true => json::read(&text, url, zone, most, &mut repairs)?,
        false => read_xml(&text, url, zone, most, &mut repairs)?,
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

fn read_xml(
    text: &str,
    url: Option<&Url>,
    zone: Tz,
    most: usize,
    repairs: &mut Repairs,
) -> Result<FeedDocument, ParseError> {
    let Some(start) = text.find('<') else {
        return Err(ParseError::new("not-a-feed", "found plain text, expected RSS, Atom or JSON Feed").at(1, 1));
    };
    if !text::is_blank(&text[..start]) {
        repairs.note("junk-before", "", 0);
    } else if start > 0 && text[start..].starts_with("<?xml") {
        repairs.note("junk-before", "space", 0);
    }
    let before = repairs.len();
    let error = match read_from(text, start, url, (zone, most), repairs) {
        Ok(feed) => return Ok(feed),
        Err(error) => error,
    };
    if html::is_page(text) {
        return Err(html::instead_of_a_feed(text, url));
    }
    // Messages of PHP and the like, with tags, stand before many a feed.
    match feed_after(text, start + 1).filter(|_| error.class == "not-a-feed") {
        Some(at) => {
            repairs.forget_after(before);
            repairs.note("junk-before", "", 0);
            read_from(text, at, url, (zone, most), repairs).map_err(|_| error)
        }
        None => Err(error),
    }
}

/// Where a feed begins after other markup.
fn feed_after(text: &str, from: usize) -> Option<usize> {
    const MAX_JUNK_BYTES: usize = 64 * 1024;
    let head = &text.as_bytes()[from..text.len().min(from + MAX_JUNK_BYTES)];
    let at = |start: &str| memchr::memmem::find(head, start.as_bytes());
    ["<?xml", "<rss", "<feed", "<rdf:RDF"].into_iter().filter_map(at).min().map(|at| from + at)
}

fn read_from(
    text: &str,
    start: usize,
    url: Option<&Url>,
    (zone, most): (Tz, usize),
    repairs: &mut Repairs,
) -> Result<FeedDocument, ParseError> {
    let mut reader = Reader::new(text, url, std::mem::take(repairs));
    reader.begin(start);
    let outcome = read_root(&mut reader, zone, most);
    *repairs = std::mem::take(&mut reader.repairs);
    outcome.map_err(|stop| match stop {
        Stop::Failed(error) => error,
        Stop::Cut => {
            let (line, column) = repair::place(text, text.trim_end().len());
            ParseError::new("parse", "the document ends before a feed begins").at(line, column)
        }
    })
}

/// Finds out what the document is by its root, and reads it.
fn read_root(reader: &mut Reader<'_>, zone: Tz, most: usize) -> Result<FeedDocument, Stop> {
    let root = loop {
        match reader.next()? {
            Event::Start(element) => break element,
            Event::Eof => return Err(Stop::Cut),
            _ => {}
        }
    };
    let mut draft = Draft::default();
    let mut entries = Entries::at_most(most);
    let local = root.raw_name.rsplit(':').next().unwrap_or_default();
    let is_misspelt = match &*root.name {
        "rss" | "feed" => local != &*root.name,
        "rdf" => local != "RDF",
        _ => false,
    };
    if is_misspelt {
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
    if root.name == "rdf" && !found && entries.is_empty() {
        return Err(reader.fail("not-a-feed", "found RDF without channel and items, expected a feed", root.at));
    }
    Ok(draft.into_feed(format, entries.newest(&mut reader.repairs)))
}

fn format_of(reader: &mut Reader<'_>, root: &Element<'_>) -> Result<Format, Stop> {
    let version =
        reader.attribute("version").map_or(Cow::Borrowed(""), |version| Cow::Owned(version.trim().to_owned()));
    match (&*root.name, root.ns) {
        ("rss", ns) => {
            if !matches!(
                &*version,
                "0.90" | "0.91" | "0.92" | "0.93" | "0.94" | "2.0" | "2.0.1" | "2.00" | "2.01" | "2.1"
            ) {
                reader.repairs.note("root-version", &version, root.at);
            }
            if ns != Ns::Rss {
                let uri = reader.default_declared().unwrap_or_default();
                reader.repairs.note("root-namespace", uri, root.at);
            }
            Ok(if version.starts_with("0.9") { Format::Rss09 } else { Format::Rss20 })
        }
        ("rdf", _) => Ok(match reader.declares("netscape.com/rdf/simple/0.9") {
            true => Format::Rss09,
            false => Format::Rss10,
        }),
        ("feed", Ns::Atom03) => Ok(Format::Atom03),
        ("feed" | "entry", Ns::Atom) => Ok(Format::Atom10),
        ("feed", _) => {
            let uri = reader.default_declared().unwrap_or_default();
            reader.repairs.note("root-namespace", uri, root.at);
            Ok(if version == "0.3" { Format::Atom03 } else { Format::Atom10 })
        }
        ("channel", Ns::Rss) => {
            reader.repairs.note("root", "channel", root.at);
            Ok(Format::Rss20)
        }
        (name, _) => {
            let found = match name {
                "opml" => "an OPML list of feeds",
                "urlset" | "sitemapindex" => "a sitemap",
                "html" => "a web page",
                _ => "",
            };
            let message = match found {
                "" => {
                    let name: String = root.raw_name.chars().take(60).collect();
                    format!("found root element `{name}`, expected `rss`, `feed` or `rdf:RDF`")
                }
                found => format!("found {found}, expected a feed"),
            };
            Err(reader.fail("not-a-feed", message, root.at))
        }
    }
}

/// What no format says but readers do: what is still relative is resolved against the feed's home page, and a link
/// through a counter gives way to the original that stands beside it.
fn settle(feed: &mut FeedDocument) {
    for entry in &mut feed.entries {
        if let Some(original) = entry.extra.get("original_link").and_then(serde_json::Value::as_str) {
            entry.link = Some(original.to_owned());
        }
    }
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
