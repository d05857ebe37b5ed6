//! An entry → an item: identity, link, dates, categories, safe HTML. Pure: time comes in as a value.

pub mod html;
pub mod id;
pub mod language;
pub mod link;
pub mod markdown;
pub mod media;
pub mod summary;
mod template_tags;
pub mod term;
pub mod text;

use crate::config::plan::{ArticleReading, Source};
use crate::model::{Content, Entry, FeedDocument, Item, Markup, Parsed, Text};
use url::Url;

/// An article's entry → its item. `id` is the candidate of the ladder; the ledger has the last word.
pub fn article(entry: Entry, source: &Source, reading: &ArticleReading) -> Parsed<Item> {
    let _ = (entry, source, reading);
    Parsed { value: Item::default(), warnings: Vec::new() }
}

/// One entry of a feed → its item. `feed` gives what entries inherit (title, language, link, rights).
/// `document_url` is where the feed came from.
pub fn feed_entry(entry: Entry, feed: &FeedDocument, source: &Source, document_url: Option<&Url>) -> Parsed<Item> {
    let _ = (entry, feed, source, document_url);
    Parsed { value: Item::default(), warnings: Vec::new() }
}

/// A body → safe HTML with absolute URLs and a text cut from it. `base` is what relative references stand on.
pub fn content(body: &Text, base: Option<&Url>) -> Content {
    let html = match body.markup {
        Markup::Text => html::clean(&html::from_text(&body.value), base),
        Markup::Html if body.value.contains("{%") => html::clean(&template_tags::strip(&body.value, Markup::Html), base),
        Markup::Html => html::clean(&body.value, base),
        Markup::Markdown => html::clean(&markdown::to_html(&template_tags::strip(&body.value, Markup::Markdown)), base),
    };
    let summary = summary::of_html(&html);
    Content { html, summary }
}
