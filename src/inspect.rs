//! What was read or normalized → the JSON Feed 1.1 documents of `inspect --format json`.
//!
//! Standard keys where JSON Feed has one; everything else stands under `_feedmill`, as JSON Feed 1.1
//! ("Extensions") provides. Pure: the caller prints.

use crate::model::{
    Content, DateSource, Document, Enclosure, Entry, FeedDocument, Format, Image, Item, Markup, Origin, Parsed, Person,
    Text, Warning,
};
use crate::parse::feed;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

const VERSION: &str = "https://jsonfeed.org/version/1.1";

type Object = Map<String, Value>;

/// A feed as it was parsed, with its entries in document order.
pub fn raw_feed(document: &Document, parsed: &Parsed<FeedDocument>) -> Value {
    let feed = &parsed.value;
    let path = document.path.as_deref();
    let mut out = Object::new();
    put(&mut out, "version", Some(VERSION));
    // JSON Feed 1.1 wants a title, if only an empty one.
    put(&mut out, "title", Some(feed.title.clone().map(feed::plain).unwrap_or_default()));
    put(&mut out, "home_page_url", feed.link.as_deref());
    put(&mut out, "feed_url", feed.self_link.as_deref());
    put(&mut out, "description", feed.description.as_ref().map(|text| text.value.as_str()));
    put(&mut out, "icon", feed.image.as_ref().map(|image| image.url.as_str()));
    put(&mut out, "favicon", feed.icon.as_deref());
    put(&mut out, "language", feed.language.as_deref());
    put(&mut out, "authors", authors(&feed.authors));
    put(&mut out, "hubs", feed.hub.as_ref().map(|hub| json!([{ "type": "WebSub", "url": hub }])));
    // RFC 4287 §4.2.1 and JSON Feed 1.1 ("Items"): an entry without authors has those of the feed. RSS says nothing.
    let inherited = match feed.format {
        Format::Atom03 | Format::Atom10 | Format::JsonFeed10 | Format::JsonFeed11 => feed.authors.as_slice(),
        _ => &[],
    };
    let shown = feed.entries.iter().map(|entry| match entry.authors.is_empty() {
        true => raw_entry(&Entry { authors: inherited.to_vec(), ..entry.clone() }, path),
        false => raw_entry(entry, path),
    });
    put(&mut out, "items", Some(shown.collect::<Vec<_>>()));
    let mut own = Object::new();
    put(&mut own, "format", Some(json!(feed.format)));
    put(&mut own, "id", feed.id.as_deref());
    put(&mut own, "published", feed.published.map(instant));
    put(&mut own, "updated", feed.updated.map(instant));
    put(&mut own, "author_emails", emails(&feed.authors));
    put(&mut own, "tags", list(&feed.categories));
    put(&mut own, "rights", feed.rights.as_deref());
    put(&mut own, "generator", feed.generator.as_deref());
    put(&mut own, "ttl", feed.ttl);
    put(&mut own, "warnings", Some(json!(parsed.warnings)));
    put(&mut out, "_feedmill", Some(own));
    Value::Object(out)
}

/// An entry as it was parsed. `path`: the file it stands in, where the entry itself names none.
pub fn raw_entry(entry: &Entry, path: Option<&str>) -> Value {
    let mut out = Object::new();
    put(&mut out, "id", entry.id.as_deref().or(entry.link.as_deref()).or(entry.path.as_deref()));
    put(&mut out, "url", entry.link.as_deref());
    put(&mut out, "external_url", entry.external_link.as_deref());
    put(&mut out, "title", entry.title.clone().map(feed::plain));
    body(&mut out, entry.content.as_ref());
    put(&mut out, "summary", entry.summary.as_ref().map(|text| text.value.as_str()));
    common(&mut out, entry.image.as_ref(), entry.published, entry.updated, &entry.authors);
    put(&mut out, "tags", list(&entry.terms));
    put(&mut out, "language", entry.language.as_deref());
    put(&mut out, "attachments", attachments(&entry.enclosures));
    let mut own = Object::new();
    put(&mut own, "path", entry.path.as_deref().or(path));
    put(&mut own, "categories", Some(&entry.categories).filter(|paths| !paths.is_empty()).map(|paths| json!(paths)));
    put(&mut own, "tags", list(&entry.tags));
    put(&mut own, "author_emails", emails(&entry.authors));
    put(&mut own, "date_source", entry.date_source.map(date_source));
    put(&mut own, "unpublished", entry.unpublished.as_deref());
    put(&mut own, "comments", entry.comments.as_deref());
    put(&mut own, "rights", entry.rights.as_deref());
    put(&mut own, "source", entry.source.as_ref().map(origin));
    put(&mut own, "base", entry.base.as_ref().map(url::Url::as_str));
    put(&mut own, "expires", entry.expires.map(instant));
    put(&mut own, "extra", Some(&entry.extra).filter(|extra| !extra.is_empty()).map(|extra| json!(extra)));
    put(&mut out, "_feedmill", Some(own));
    Value::Object(out)
}

/// An item as it is after normalization. `terms`: all names of its entry, in the order of the source;
/// `path`: where it was read from; `content`: its body, where it has one.
pub fn item(item: &Item, terms: &[String], path: Option<&str>, content: Option<&Content>) -> Value {
    let mut out = Object::new();
    put(&mut out, "id", Some(item.id.as_str()));
    put(&mut out, "url", item.link.as_deref());
    put(&mut out, "external_url", item.external_link.as_deref());
    put(&mut out, "title", Some(item.title.as_str()).filter(|title| !title.is_empty()));
    // JSON Feed 1.1 wants one of the two bodies, if only an empty one.
    put(&mut out, "content_html", Some(content.map_or("", |content| content.html.as_str())));
    let summary = item.summary.as_deref().or(content.map(|content| content.summary.as_str()));
    put(&mut out, "summary", summary.filter(|summary| !summary.is_empty()));
    common(&mut out, item.image.as_ref(), item.published, item.updated, &item.authors);
    put(&mut out, "tags", list(terms));
    put(&mut out, "language", item.language.as_deref());
    put(&mut out, "attachments", attachments(&item.enclosures));
    let mut own = Object::new();
    put(&mut own, "path", path);
    put(&mut own, "categories", Some(&item.categories).filter(|paths| !paths.is_empty()).map(|paths| json!(paths)));
    put(&mut own, "tags", list(&item.tags));
    put(&mut own, "author_emails", emails(&item.authors));
    put(&mut own, "date_source", item.date_source.map(date_source));
    put(&mut own, "unpublished", item.unpublished.as_deref());
    put(&mut own, "comments", item.comments.as_deref());
    put(&mut own, "rights", item.rights.as_deref());
    put(&mut own, "source", item.origin.as_ref().filter(|origin| **origin != Origin::default()).map(origin));
    put(&mut own, "expires", item.expires.map(instant));
    put(&mut out, "_feedmill", Some(own));
    Value::Object(out)
}

/// A document around items made by `raw_entry` or `item`: an article, a folder, a page.
pub fn document(format: Format, title: &str, items: Vec<Value>, warnings: &[Warning]) -> Value {
    json!({
        "version": VERSION,
        "title": title,
        "items": items,
        "_feedmill": { "format": format, "warnings": warnings },
    })
}

/// What stands in the place of an input that cannot be read. `hint`: what to do about it, where that is known.
pub fn error(class: &str, message: &str, hint: Option<&str>, source: &str) -> Value {
    let mut error = Object::new();
    put(&mut error, "class", Some(class));
    put(&mut error, "message", Some(message));
    put(&mut error, "hint", hint);
    put(&mut error, "source", Some(source));
    json!({ "_feedmill": { "error": error } })
}

fn put(object: &mut Object, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        object.insert(key.to_owned(), value.into());
    }
}

fn body(out: &mut Object, content: Option<&Text>) {
    match content {
        Some(Text { markup: Markup::Html, value }) => put(out, "content_html", Some(value.as_str())),
        // Markdown as its author wrote it is text to a reader of JSON.
        Some(Text { value, .. }) => put(out, "content_text", Some(value.as_str())),
        None => put(out, "content_text", Some("")),
    }
}

fn common(
    out: &mut Object,
    image: Option<&Image>,
    published: Option<DateTime<Utc>>,
    updated: Option<DateTime<Utc>>,
    people: &[Person],
) {
    put(out, "image", image.map(|image| image.url.as_str()));
    put(out, "date_published", published.map(instant));
    put(out, "date_modified", updated.map(instant));
    put(out, "authors", authors(people));
}

fn instant(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn date_source(source: DateSource) -> Value {
    json!(source)
}

fn list(names: &[String]) -> Option<Value> {
    (!names.is_empty()).then(|| json!(names))
}

fn authors(people: &[Person]) -> Option<Vec<Value>> {
    let author = |person: &Person| {
        let mut author = Object::new();
        put(&mut author, "name", person.name.as_deref());
        put(&mut author, "url", person.url.as_deref());
        Value::Object(author)
    };
    (!people.is_empty()).then(|| people.iter().map(author).collect())
}

/// One for each author, null where there is none.
fn emails(people: &[Person]) -> Option<Value> {
    let any = people.iter().any(|person| person.email.is_some());
    any.then(|| people.iter().map(|person| json!(person.email)).collect())
}

fn attachments(enclosures: &[Enclosure]) -> Option<Vec<Value>> {
    let attachment = |enclosure: &Enclosure| {
        let mut attachment = Object::new();
        put(&mut attachment, "url", Some(enclosure.url.as_str()));
        put(&mut attachment, "mime_type", enclosure.media_type.as_deref());
        put(&mut attachment, "title", enclosure.title.as_deref());
        put(&mut attachment, "size_in_bytes", enclosure.length);
        put(&mut attachment, "duration_in_seconds", enclosure.duration);
        Value::Object(attachment)
    };
    (!enclosures.is_empty()).then(|| enclosures.iter().map(attachment).collect())
}

fn origin(origin: &Origin) -> Value {
    json!(origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_under_standard_keys() {
        let entry = Entry {
            id: Some("1".into()),
            title: Some(Text::html("a &amp; <b>b</b>")),
            content: Some(Text::html("<p>x</p>")),
            authors: vec![
                Person { name: Some("Ann".into()), ..Person::default() },
                Person { email: Some("b@c.example".into()), ..Person::default() },
            ],
            categories: vec![vec!["A".into()]],
            tags: vec!["t".into()],
            terms: vec!["t".into(), "A".into()],
            published: DateTime::from_timestamp(0, 0),
            date_source: Some(DateSource::Feed),
            enclosures: vec![Enclosure {
                url: "https://e.example/a.mp3".into(),
                length: Some(5),
                ..Enclosure::default()
            }],
            ..Entry::default()
        };
        let expect = json!({
            "id": "1", "title": "a & b", "content_html": "<p>x</p>", "date_published": "1970-01-01T00:00:00Z",
            "authors": [{ "name": "Ann" }, {}], "tags": ["t", "A"],
            "attachments": [{ "url": "https://e.example/a.mp3", "size_in_bytes": 5 }],
            "_feedmill": {
                "path": "a.xml", "categories": [["A"]], "tags": ["t"], "author_emails": [null, "b@c.example"],
                "date_source": "feed",
            },
        });
        assert_eq!(raw_entry(&entry, Some("a.xml")), expect);
    }

    #[test]
    fn documents_and_errors() {
        let warning = Warning::new("date", "cannot read it").at(2, 3);
        let value = document(Format::FrontMatter, "posts", Vec::new(), &[warning]);
        assert_eq!(value["version"], VERSION);
        assert_eq!(value["_feedmill"]["format"], "front-matter");
        assert_eq!(value["_feedmill"]["warnings"][0]["line"], 2);
        let error = error("empty", "nothing there", None, "a.xml");
        assert_eq!(
            error["_feedmill"]["error"],
            json!({ "class": "empty", "message": "nothing there", "source": "a.xml" })
        );
    }
}
