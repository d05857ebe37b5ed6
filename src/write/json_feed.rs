//! A feed → JSON Feed 1.1, one line for each item.
//!
//! What the format has no key for stands under `_feedmill`. Strings hold the same characters as in XML, so that
//! the three formats agree; U+2028 and U+2029 are escaped, since JavaScript once took them for line ends.

use super::xml::{self, copy};
use super::{authors, body, media_type, own_language, person_name, summary, terms};
use crate::model::{Enclosure, Feed, FeedItem, Origin, OutputFormat, Person};
use std::fmt::Write;

pub(super) const VERSION: &str = "https://jsonfeed.org/version/1.1";

/// The whole file.
pub fn feed(feed: &Feed) -> String {
    let mut out = String::with_capacity(super::capacity(feed));
    let mut top = Object::open(&mut out);
    top.string("version", VERSION);
    top.string("title", super::title(feed));
    top.string("home_page_url", &xml::url_ascii(feed.home.as_str()));
    top.string("feed_url", &super::self_url(feed, OutputFormat::Json));
    if !super::is_blank(&feed.description) {
        top.string("description", &feed.description);
    }
    if let Some(icon) = &feed.icon {
        top.string("icon", &xml::url_ascii(icon));
    }
    people(&mut top, feed.author.as_slice());
    if let Some(language) = &feed.language {
        top.string("language", language);
    }
    let mut own = Object::open(top.key("_feedmill"));
    own.string("generator", super::GENERATOR);
    own.string("id", &feed.id);
    own.string("updated", &xml::rfc3339(feed.updated));
    if let Some(rights) = &feed.rights {
        own.string("rights", rights);
    }
    own.close();
    list(top.key("items"), &feed.items, "\n", |out, shown| item(out, shown, feed));
    top.close();
    out.push('\n');
    out
}

fn item(out: &mut String, shown: &FeedItem, feed: &Feed) {
    let item = &shown.item;
    let mut object = Object::open(out);
    object.string("id", &item.id);
    if let Some(link) = &item.link {
        object.string("url", &xml::url_ascii(link));
    }
    if let Some(link) = &item.external_link {
        object.string("external_url", &xml::url_ascii(link));
    }
    if !super::is_blank(&item.title) {
        object.string("title", &item.title);
    }
    let summary = summary(shown, feed.content);
    // One of the two must be there, if only empty.
    match body(shown, feed.content) {
        Some(body) => object.string("content_html", body),
        None => object.string("content_text", summary.unwrap_or_default()),
    }
    if let Some(summary) = summary {
        object.string("summary", summary);
    }
    if let Some(image) = &item.image {
        object.string("image", &xml::url_ascii(&image.url));
    }
    if let Some(published) = shown.published {
        object.string("date_published", &xml::rfc3339(published));
    }
    object.string("date_modified", &xml::rfc3339(shown.updated));
    people(&mut object, authors(shown));
    let tags = terms(shown);
    if !tags.is_empty() {
        list(object.key("tags"), &tags, "", |out, tag| string(out, tag));
    }
    if let Some(language) = own_language(shown, feed) {
        object.string("language", language);
    }
    if !item.enclosures.is_empty() {
        list(object.key("attachments"), &item.enclosures, "", attachment);
    }
    let mut own = Object::open(object.key("_feedmill"));
    own.string("source", &item.source);
    if !item.categories.is_empty() {
        list(own.key("categories"), &item.categories, "", |out, path| {
            list(out, path, "", |out, name| string(out, name));
        });
    }
    if let Some(from) = item.date_source.filter(|_| shown.published.is_some()) {
        own.string("date_source", from.as_str());
    }
    if let Some(rights) = &item.rights {
        own.string("rights", rights);
    }
    if let Some(comments) = &item.comments {
        own.string("comments", &xml::url_ascii(comments));
    }
    if !shown.also.is_empty() {
        list(own.key("also"), &shown.also, "", |out, also| {
            let mut object = Object::open(out);
            object.string("url", &xml::url_ascii(&also.url));
            object.string("title", &also.title);
            object.close();
        });
    }
    if let Some(from) = &item.origin {
        origin(own.key("origin"), from);
    }
    own.close();
    object.close();
}

fn origin(out: &mut String, origin: &Origin) {
    let mut object = Object::open(out);
    for (name, value) in [("id", &origin.id), ("title", &origin.title)] {
        if let Some(value) = value {
            object.string(name, value);
        }
    }
    for (name, url) in [("home_page_url", &origin.link), ("feed_url", &origin.self_link)] {
        if let Some(url) = url {
            object.string(name, &xml::url_ascii(url));
        }
    }
    for (name, value) in [("rights", &origin.rights), ("language", &origin.language)] {
        if let Some(value) = value {
            object.string(name, value);
        }
    }
    object.close();
}

fn attachment(out: &mut String, enclosure: &Enclosure) {
    let mut object = Object::open(out);
    object.string("url", &xml::url_ascii(&enclosure.url));
    object.string("mime_type", media_type(enclosure.media_type.as_deref()));
    if let Some(title) = &enclosure.title {
        object.string("title", title);
    }
    if let Some(length) = enclosure.length {
        object.number("size_in_bytes", length);
    }
    if let Some(duration) = enclosure.duration {
        object.number("duration_in_seconds", duration.into());
    }
    object.close();
}

/// `authors`, of those who have a name or an address on the web; e-mail addresses are not published.
fn people(object: &mut Object<'_>, people: &[Person]) {
    let named: Vec<&Person> = people.iter().filter(|person| person_name(person).is_some()).collect();
    if named.is_empty() {
        return;
    }
    list(object.key("authors"), &named, "", |out, person| {
        let mut object = Object::open(out);
        if let Some(name) = person.name.as_deref().filter(|name| !super::is_blank(name)) {
            object.string("name", name);
        }
        if let Some(url) = person.url.as_deref().filter(|url| !super::is_blank(url)) {
            object.string("url", &xml::url_ascii(url));
        }
        object.close();
    });
}

/// An object that is being written.
struct Object<'a> {
    out: &'a mut String,
    empty: bool,
}

impl<'a> Object<'a> {
    fn open(out: &'a mut String) -> Self {
        out.push('{');
        Self { out, empty: true }
    }

    /// Writes a key; its value is to follow.
    fn key(&mut self, name: &str) -> &mut String {
        if !self.empty {
            self.out.push(',');
        }
        self.empty = false;
        self.out.push('"');
        self.out.push_str(name);
        self.out.push_str("\":");
        self.out
    }

    fn string(&mut self, name: &str, value: &str) {
        string(self.key(name), value);
    }

    fn number(&mut self, name: &str, value: u64) {
        // Writing into a string does not fail.
        let _ = write!(self.key(name), "{value}");
    }

    fn close(self) {
        self.out.push('}');
    }
}

fn list<T>(out: &mut String, values: &[T], before_each: &str, mut write: impl FnMut(&mut String, &T)) {
    out.push('[');
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(before_each);
        write(out, value);
    }
    if !values.is_empty() {
        out.push_str(before_each);
    }
    out.push(']');
}

/// A string in quotes.
fn string(out: &mut String, value: &str) {
    out.push('"');
    copy(out, value, "\\n", *b"\"\\\n\t\xE2", |out, tail| {
        let (escape, taken) = match tail.as_bytes() {
            [b'"', ..] => ("\\\"", 1),
            [b'\\', ..] => ("\\\\", 1),
            [b'\n', ..] => ("\\n", 1),
            [b'\t', ..] => ("\\t", 1),
            [0xE2, 0x80, 0xA8, ..] => ("\\u2028", 3),
            [0xE2, 0x80, 0xA9, ..] => ("\\u2029", 3),
            _ => return 0,
        };
        out.push_str(escape);
        taken
    });
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ContentMode;
    use crate::write::samples;

    #[test]
    fn a_rich_feed() {
        insta::assert_snapshot!(feed(&samples::rich()));
    }

    #[test]
    fn an_empty_feed_has_a_list() {
        insta::assert_snapshot!(feed(&samples::empty()));
    }

    #[test]
    fn summaries_only() {
        insta::assert_snapshot!(feed(&Feed { content: ContentMode::Summary, ..samples::rich() }));
    }

    #[test]
    fn every_code_point_reads_back_as_the_text_it_stands_for() {
        for c in '\0'..=char::MAX {
            let value = format!("a{c}b");
            let mut json = String::new();
            string(&mut json, &value);
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), xml::clean(&value), "U+{:04X}", c as u32);
            assert!(!json.contains(['\u{2028}', '\u{2029}']));
        }
    }

    #[test]
    fn quotes_backslashes_and_line_ends_are_escaped() {
        let check = |value: &str, expect: &str| {
            let mut json = String::new();
            string(&mut json, value);
            assert_eq!(json, expect);
        };
        check("", r#""""#);
        check(r#"a "b" \c"#, r#""a \"b\" \\c""#);
        check("a\r\nb\rc\td", r#""a\nb\nc\td""#);
        check("a\u{2028}b\u{2029}c\u{2027}“d”", "\"a\\u2028b\\u2029c\u{2027}“d”\"");
        check("\u{0}\u{8}x\u{ffff}", r#""x""#);
    }
}
