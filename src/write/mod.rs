//! A feed → bytes → published files. The only room that touches the output folder.
//!
//! Nothing rendered is kept between feeds: bodies are already safe HTML and go out as they are, at the speed of
//! memory, so a cache of rendered items would cost more than it saves.

pub mod atom;
pub mod gate;
pub mod html;
pub mod json_feed;
pub mod manifest;
pub mod opml;
pub mod publish;
pub mod rss;
pub mod slug;
pub mod xml;

#[cfg(test)]
mod defects;
#[cfg(test)]
mod samples;

use crate::model::{Also, ContentMode, Feed, FeedItem, OutputFormat, Person};
use std::borrow::Cow;
use std::collections::HashSet;
use url::Url;

/// `generator` of every format. A new version changes bytes, never dates.
pub(crate) const GENERATOR: &str = concat!("feedmill ", env!("CARGO_PKG_VERSION"));

/// The whole file of one format, UTF-8 without a byte order mark.
pub fn render(feed: &Feed, format: OutputFormat) -> Vec<u8> {
    match format {
        OutputFormat::Rss => rss::feed(feed),
        OutputFormat::Atom => atom::feed(feed),
        OutputFormat::Json => json_feed::feed(feed),
    }
    .into_bytes()
}

/// Where a feed's file stands below the output folder, with `/`, not percent-encoded: `category/金融/rss.xml`.
pub fn path(feed: &Feed, format: OutputFormat) -> String {
    path_in(&feed.folder, format.file_name())
}

/// A file of a folder below the output folder; the empty folder is the output folder itself.
pub(crate) fn path_in(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The absolute URL at which a feed's file is published: its self link.
pub fn self_url(feed: &Feed, format: OutputFormat) -> String {
    public_url(&feed.feeds_url, &path(feed, format))
}

/// `[site].feeds_url` and a path below the output folder, percent-encoded.
pub(crate) fn public_url(feeds_url: &Url, path: &str) -> String {
    let base = feeds_url.as_str();
    let slash = if base.ends_with('/') { "" } else { "/" };
    format!("{base}{slash}{}", xml::path_ascii(path))
}

/// A feed's title; RSS and JSON Feed demand one, so a feed without has its home page's host.
fn title(feed: &Feed) -> &str {
    let host = feed.home.host_str().unwrap_or_default();
    [feed.title.as_str(), host].into_iter().find(|title| !is_blank(title)).unwrap_or("feed")
}

/// Who publishes: the name Atom falls back to where an entry has no author. The same in every feed of a site.
fn publisher(feed: &Feed) -> &str {
    let author = feed.author.as_ref().and_then(person_name);
    let site = [feed.publisher.trim()].into_iter().find(|site| !site.is_empty());
    author.or(site).unwrap_or_else(|| title(feed))
}

/// What a person is called; an e-mail address is not a name, and is published only for the configured author.
fn person_name(person: &Person) -> Option<&str> {
    [&person.name, &person.url].into_iter().flatten().map(String::as_str).find(|value| !is_blank(value))
}

/// An item's authors, else those of the feed it came from (RFC 4287 §4.2.1).
fn authors(item: &FeedItem) -> &[Person] {
    let inherited = item.item.origin.as_ref().map_or(&[][..], |origin| &origin.authors);
    if item.item.authors.is_empty() { inherited } else { &item.item.authors }
}

/// The body a feed shows of an item.
fn body(item: &FeedItem, content: ContentMode) -> Option<&str> {
    item.content.as_deref().filter(|body| content == ContentMode::Full && !body.is_empty())
}

/// The summary a feed shows of an item.
fn summary(item: &FeedItem, content: ContentMode) -> Option<&str> {
    item.summary.as_deref().filter(|summary| content != ContentMode::None && !is_blank(summary))
}

/// Whether a reader would see nothing.
fn is_blank(value: &str) -> bool {
    xml::clean(value).trim().is_empty()
}

/// An item's language where it is not the feed's.
fn own_language<'a>(item: &'a FeedItem, feed: &Feed) -> Option<&'a str> {
    item.item.language.as_deref().filter(|language| feed.language.as_deref() != Some(language))
}

/// Category paths, written `A/B`, then tags; each term once.
fn terms(item: &FeedItem) -> Vec<Cow<'_, str>> {
    let paths = item.item.categories.iter().map(|path| match &path[..] {
        [name] => Cow::Borrowed(name.as_str()),
        names => Cow::Owned(names.join("/")),
    });
    let mut seen = HashSet::new();
    paths
        .chain(item.item.tags.iter().map(|tag| Cow::Borrowed(tag.as_str())))
        .filter(|term| !is_blank(term) && seen.insert(term.clone()))
        .collect()
}

/// Another place of an item's story as an Atom link (RFC 4287 §4.2.7), under the name that it has in the format. Its title
/// tells it from the link of a link post.
fn related(out: &mut String, name: &str, also: &Also) {
    out.push('<');
    out.push_str(name);
    xml::push_attr(out, "rel", "related");
    xml::push_attr(out, "title", &also.title);
    xml::push_attr(out, "href", &xml::url_ascii(&also.url));
    out.push_str("/>\n");
}

/// The type of an enclosure; RSS and JSON Feed demand one.
fn media_type(declared: Option<&str>) -> &str {
    declared.filter(|media_type| media_type.contains('/')).unwrap_or("application/octet-stream")
}

/// Room for a whole file, so that it is not moved while it grows.
fn capacity(feed: &Feed) -> usize {
    let item = |item: &FeedItem| {
        let body = body(item, feed.content).map_or(0, str::len);
        body.saturating_add(body / 8).saturating_add(item.summary.as_deref().map_or(0, str::len)).saturating_add(2048)
    };
    feed.items.iter().fold(4096usize, |sum, shown| sum.saturating_add(item(shown)))
}
