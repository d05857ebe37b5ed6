//! An entry → an item: identity, link, dates, categories, safe HTML. Pure: time comes in as a value.

pub mod hash;
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
use crate::model::{Content, Entry, FeedDocument, Item, Markup, Origin, Parsed, Text};
use url::Url;

/// An article's entry → its item. `id` is the candidate of the ladder; the ledger has the last word.
pub fn article(entry: Entry, source: &Source, reading: &ArticleReading) -> Parsed<Item> {
    let link = entry.link.as_deref().and_then(|l| reading.base.join(l).ok()).filter(|u| u.scheme().starts_with("http")).map(String::from)
        .or_else(|| permalink(&entry, source, reading));
    let key = entry.path.clone().unwrap_or_default();
    let id = entry.id.clone().filter(|id| Url::parse(id).is_ok()).or_else(|| link.clone()).unwrap_or_else(|| id::derived(&source.name, &key));
    let image = entry.image.clone().and_then(|mut i| { i.url = reading.base.join(&i.url).ok()?.into(); Some(i) });
    let value = Item { id, key, link, image, ..common(entry, source) };
    Parsed { value, warnings: Vec::new() }
}
fn permalink(entry: &Entry, source: &Source, reading: &ArticleReading) -> Option<String> {
    let pattern = reading.permalink.as_deref()?;
    let d = entry.published.map(|d| d.with_timezone(&source.timezone));
    let path = entry.path.clone().unwrap_or_default();
    let stem = path.rsplit_once('.').map_or(path.as_str(), |p| p.0).to_owned();
    let slug = entry.slug.clone().unwrap_or_else(|| stem.rsplit('/').next().unwrap_or_default().to_owned());
    let mut p = pattern.replace(":slug", &slug).replace(":title", &stem);
    if let Some(d) = d { p = p.replace(":year", &d.format("%Y").to_string()).replace(":month", &d.format("%m").to_string()).replace(":day", &d.format("%d").to_string()); }
    reading.base.join(p.trim_start_matches('/')).ok().map(String::from)
}
fn common(entry: Entry, source: &Source) -> Item {
    let authors = if entry.authors.is_empty() { source.author.iter().cloned().collect() } else { entry.authors };
    let mut categories = entry.categories; categories.extend(source.add_categories.iter().cloned());
    let mut tags = entry.tags; tags.extend(source.add_tags.iter().cloned());
    Item {
        source: source.name.clone(), title: entry.title.as_ref().map(text::line).unwrap_or_default(), authors, published: entry.published, updated: entry.updated,
        date_source: entry.date_source, categories, tags, language: entry.language.or_else(|| source.language.clone()),
        summary: entry.summary.as_ref().map(text::line), enclosures: entry.enclosures, comments: entry.comments, rights: entry.rights, expires: entry.expires, unpublished: entry.unpublished, ..Item::default()
    }
}

/// One entry of a feed → its item. `feed` gives what entries inherit (title, language, link, rights).
/// `document_url` is where the feed came from.
pub fn feed_entry(entry: Entry, feed: &FeedDocument, source: &Source, document_url: Option<&Url>) -> Parsed<Item> {
    let link = entry.link.clone();
    let key = entry.id.clone().or_else(|| link.clone()).unwrap_or_else(|| entry.title.as_ref().map(text::line).unwrap_or_default());
    let id = entry.id.clone().filter(|id| Url::parse(id).is_ok()).or_else(|| link.clone()).unwrap_or_else(|| id::derived(&source.name, &key));
    let origin = entry.source.clone().or_else(|| Some(Origin { id: feed.id.clone(), title: feed.title.as_ref().map(text::line), link: feed.link.clone(), self_link: document_url.map(|u| u.to_string()).or_else(|| feed.self_link.clone()), updated: feed.updated, authors: feed.authors.clone(), ..Origin::default() }));
    let image = entry.image.clone();
    let value = Item { id, key, link, image, origin, ..common(entry, source) };
    Parsed { value, warnings: Vec::new() }
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
