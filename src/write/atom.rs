//! A feed → Atom 1.0 (RFC 4287).
//!
//! Every entry names an author, since readers do not inherit the feed's; dates are UTC with `Z`, since readers
//! drop offsets; bodies are `type="html"` in CDATA, the same bytes as in RSS.

use super::{authors, body, own_language, person_name, summary, terms, xml};
use crate::model::{Feed, FeedItem, Origin, OutputFormat, Person};
use std::borrow::Cow;

/// The whole file.
pub fn feed(feed: &Feed) -> String {
    let mut out = String::with_capacity(super::capacity(feed));
    out.push_str(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:media=\"http://search.yahoo.com/mrss/\"",
    );
    if let Some(language) = &feed.language {
        xml::push_attr(&mut out, "xml:lang", language);
    }
    out.push_str(">\n");
    head(&mut out, feed);
    for shown in &feed.items {
        entry(&mut out, shown, feed);
    }
    out.push_str("</feed>\n");
    out
}

fn head(out: &mut String, feed: &Feed) {
    xml::element(out, "id", &feed.id);
    text(out, "title", super::title(feed));
    if !super::is_blank(&feed.description) {
        text(out, "subtitle", &feed.description);
    }
    xml::element(out, "updated", &xml::rfc3339(feed.updated));
    link(out, "self", &super::self_url(feed, OutputFormat::Atom), Some(OutputFormat::Atom.media_type()));
    link(out, "alternate", feed.home.as_str(), Some("text/html"));
    let configured = feed.author.as_ref();
    let email = configured.and_then(|author| author.email.as_deref()).filter(|email| email.contains('@'));
    let url = configured.and_then(|author| author.url.as_deref());
    author(out, super::publisher(feed), url, email);
    if let Some(rights) = &feed.rights {
        text(out, "rights", rights);
    }
    if let Some(icon) = &feed.icon {
        xml::element(out, "icon", &xml::url_ascii(icon));
    }
    xml::element(out, "generator", super::GENERATOR);
}

fn entry(out: &mut String, shown: &FeedItem, feed: &Feed) {
    let item = &shown.item;
    out.push_str("<entry");
    if let Some(language) = own_language(shown, feed) {
        xml::push_attr(out, "xml:lang", language);
    }
    out.push_str(">\n");
    xml::element(out, "id", &item.id);
    text(out, "title", &item.title);
    xml::element(out, "updated", &xml::rfc3339(shown.updated));
    if let Some(published) = shown.published {
        xml::element(out, "published", &xml::rfc3339(published));
    }
    if let Some(url) = &item.link {
        link(out, "alternate", url, Some("text/html"));
    }
    if let Some(url) = &item.external_link {
        link(out, "related", url, None);
    }
    for also in &shown.also {
        super::related(out, "link", also);
    }
    if let Some(url) = &item.comments {
        link(out, "replies", url, Some("text/html"));
    }
    entry_authors(out, shown, feed);
    for term in terms(shown) {
        out.push_str("<category");
        xml::push_attr(out, "term", &term);
        out.push_str("/>\n");
    }
    for enclosure in &item.enclosures {
        out.push_str("<link rel=\"enclosure\"");
        xml::push_attr(out, "href", &xml::url_ascii(&enclosure.url));
        xml::push_attr(out, "type", super::media_type(enclosure.media_type.as_deref()));
        if let Some(length) = enclosure.length {
            xml::push_number(out, "length", length);
        }
        if let Some(title) = &enclosure.title {
            xml::push_attr(out, "title", title);
        }
        out.push_str("/>\n");
    }
    if let Some(summary) = summary(shown, feed.content) {
        text(out, "summary", summary);
    }
    match body(shown, feed.content) {
        Some(body) => {
            out.push_str("<content type=\"html\">");
            xml::cdata(out, body);
            xml::close(out, "content");
        }
        // Without a link there must be content (RFC 4287 §4.1.2).
        None if item.link.is_none() => out.push_str("<content type=\"text\"></content>\n"),
        None => {}
    }
    if let Some(image) = &item.image {
        super::rss::thumbnail(out, image);
    }
    if let Some(rights) = &item.rights {
        text(out, "rights", rights);
    }
    if let Some(origin) = &item.origin {
        source(out, origin, shown);
    }
    out.push_str("</entry>\n");
}

/// The item's authors; without one the name of the feed it came from, else the publisher.
fn entry_authors(out: &mut String, shown: &FeedItem, feed: &Feed) {
    let named: Vec<(&str, &Person)> =
        authors(shown).iter().filter_map(|person| Some((person_name(person)?, person))).collect();
    for (name, person) in &named {
        author(out, name, person.url.as_deref(), None);
    }
    if named.is_empty() {
        let origin = shown.item.origin.as_ref().and_then(|origin| origin.title.as_deref());
        let name = origin.filter(|title| !super::is_blank(title)).unwrap_or_else(|| super::publisher(feed));
        author(out, name, None, None);
    }
}

fn author(out: &mut String, name: &str, url: Option<&str>, email: Option<&str>) {
    out.push_str("<author>");
    xml::open(out, "name");
    xml::text(out, name);
    out.push_str("</name>");
    if let Some(url) = url.filter(|url| !super::is_blank(url)) {
        out.push_str("<uri>");
        xml::text(out, &xml::url_ascii(url));
        out.push_str("</uri>");
    }
    if let Some(email) = email {
        out.push_str("<email>");
        xml::text(out, email.trim());
        out.push_str("</email>");
    }
    out.push_str("</author>\n");
}

/// The feed an entry came from (RFC 4287 §4.2.11): its id, title and `updated`, which should stand there.
fn source(out: &mut String, origin: &Origin, shown: &FeedItem) {
    let Some(id) = origin.id.as_deref().filter(|id| !super::is_blank(id)).or(origin.self_link.as_deref()) else {
        return;
    };
    out.push_str("<source");
    if let Some(language) = &origin.language {
        xml::push_attr(out, "xml:lang", language);
    }
    out.push_str(">\n");
    xml::element(out, "id", id);
    text(out, "title", origin.title.as_deref().unwrap_or_default());
    // A feed is at least as new as what it holds.
    xml::element(out, "updated", &xml::rfc3339(origin.updated.unwrap_or(shown.updated)));
    if let Some(url) = &origin.self_link {
        link(out, "self", url, None);
    }
    if let Some(url) = &origin.link {
        link(out, "alternate", url, Some("text/html"));
    }
    for person in &origin.authors {
        if let Some(name) = person_name(person) {
            author(out, name, person.url.as_deref(), None);
        }
    }
    if let Some(rights) = &origin.rights {
        text(out, "rights", rights);
    }
    out.push_str("</source>\n");
}

/// A text construct of plain text (RFC 4287 §3.1.1.1).
fn text(out: &mut String, name: &str, value: &str) {
    out.push('<');
    out.push_str(name);
    out.push_str(" type=\"text\">");
    xml::text(out, value);
    xml::close(out, name);
}

fn link(out: &mut String, rel: &str, url: &str, media_type: Option<&str>) {
    let url: Cow<'_, str> = xml::url_ascii(url);
    out.push_str("<link");
    xml::push_attr(out, "rel", rel);
    if let Some(media_type) = media_type {
        xml::push_attr(out, "type", media_type);
    }
    xml::push_attr(out, "href", &url);
    out.push_str("/>\n");
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
    fn an_empty_feed_has_its_date_and_author() {
        insta::assert_snapshot!(feed(&samples::empty()));
    }

    #[test]
    fn titles_only() {
        insta::assert_snapshot!(feed(&Feed { content: ContentMode::None, ..samples::rich() }));
    }

    #[test]
    fn an_author_is_never_empty() {
        let check = |author: Option<Person>, publisher: &str, expect: &str| {
            let publisher = publisher.to_owned();
            let feed = feed(&Feed { author, publisher, items: samples::rich().items, ..samples::empty() });
            assert!(feed.contains(&format!("<author><name>{expect}</name>")), "{feed}");
            assert!(!feed.contains("<name></name>") && !feed.contains("secret@"), "{feed}");
        };
        let named = |name: &str| Some(Person { name: Some(name.into()), ..Person::default() });
        check(named("Jo"), "The Mill", "Jo");
        check(named(" "), "The Mill", "The Mill");
        check(None, "The Mill", "The Mill");
        check(None, " ", "Example Mill");
    }
}
