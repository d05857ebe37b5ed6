//! A feed → RSS 2.0, after the RSS Advisory Board's Best Practices Profile.
//!
//! Elements of other vocabularies stand in their namespaces, which the root always declares. `pubDate` is the
//! date of publication; the last change is `dcterms:modified`, since RSS has no element for it and some
//! readers would take `atom:updated` for the date of publication.

use super::{authors, body, media_type, own_language, person_name, summary, terms, xml};
use crate::model::{ContentMode, Enclosure, Feed, FeedItem, Image, OutputFormat};

const ROOT: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\" \
xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
xmlns:dcterms=\"http://purl.org/dc/terms/\" xmlns:media=\"http://search.yahoo.com/mrss/\">\n<channel>\n";

/// The whole file.
pub fn feed(feed: &Feed) -> String {
    let mut out = String::with_capacity(super::capacity(feed));
    out.push_str(ROOT);
    channel(&mut out, feed);
    for shown in &feed.items {
        item(&mut out, shown, feed);
    }
    out.push_str("</channel>\n</rss>\n");
    out
}

fn channel(out: &mut String, feed: &Feed) {
    let title = super::title(feed);
    let home = xml::url_ascii(feed.home.as_str());
    xml::element(out, "title", title);
    xml::element(out, "link", &home);
    // Must be there and is plain text, unlike that of an item.
    let description = if super::is_blank(&feed.description) { title } else { &feed.description };
    xml::element(out, "description", description);
    if let Some(language) = &feed.language {
        xml::element(out, "language", language);
    }
    if let Some(rights) = &feed.rights {
        xml::element(out, "copyright", rights);
    }
    if let Some(editor) = managing_editor(feed) {
        xml::element(out, "managingEditor", &editor);
    }
    xml::element(out, "lastBuildDate", &xml::rfc2822(feed.updated));
    xml::element(out, "generator", super::GENERATOR);
    xml::element(out, "docs", "https://www.rssboard.org/rss-specification");
    if let Some(icon) = feed.icon.as_deref().filter(|icon| is_image_of_rss(icon)) {
        out.push_str("<image>\n");
        xml::element(out, "url", &xml::url_ascii(icon));
        xml::element(out, "title", title);
        xml::element(out, "link", &home);
        out.push_str("</image>\n");
    }
    out.push_str("<atom:link");
    xml::push_attr(out, "href", &super::self_url(feed, OutputFormat::Rss));
    xml::push_attr(out, "rel", "self");
    xml::push_attr(out, "type", OutputFormat::Rss.media_type());
    out.push_str("/>\n");
}

/// `mail@example.org (Name)`; with one of the two missing the element is not valid and left out.
fn managing_editor(feed: &Feed) -> Option<String> {
    let author = feed.author.as_ref()?;
    let (name, email) = (author.name.as_deref()?.trim(), author.email.as_deref()?.trim());
    (!name.is_empty() && email.contains('@')).then(|| format!("{email} ({name})"))
}

/// RSS knows GIF, JPEG and PNG.
fn is_image_of_rss(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let extension = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    matches!(extension.as_str(), "png" | "gif" | "jpg" | "jpeg")
}

fn item(out: &mut String, shown: &FeedItem, feed: &Feed) {
    let item = &shown.item;
    out.push_str("<item>\n");
    if !super::is_blank(&item.title) {
        xml::element(out, "title", &item.title);
    }
    let link = item.link.as_deref().map(xml::url_ascii);
    if let Some(link) = &link {
        xml::element(out, "link", link);
    }
    let permalink = link.as_deref() == Some(&item.id) && is_web(&item.id);
    out.push_str(if permalink { "<guid isPermaLink=\"true\">" } else { "<guid isPermaLink=\"false\">" });
    xml::text(out, &item.id);
    xml::close(out, "guid");
    if let Some(published) = shown.published {
        xml::element(out, "pubDate", &xml::rfc2822(published));
    }
    for name in authors(shown).iter().filter_map(person_name) {
        xml::element(out, "dc:creator", name);
    }
    for term in terms(shown) {
        xml::element(out, "category", &term);
    }
    text(out, shown, feed.content);
    media(out, shown);
    if let Some((url, title)) = source(shown) {
        out.push_str("<source");
        xml::push_attr(out, "url", &xml::url_ascii(url));
        out.push('>');
        xml::text(out, title);
        xml::close(out, "source");
    }
    for also in &shown.also {
        super::related(out, "atom:link", also);
    }
    if let Some(comments) = &item.comments {
        xml::element(out, "comments", &xml::url_ascii(comments));
    }
    if let Some(language) = own_language(shown, feed) {
        xml::element(out, "dc:language", language);
    }
    if let Some(rights) = &item.rights {
        xml::element(out, "dc:rights", rights);
    }
    xml::element(out, "dcterms:modified", &xml::rfc3339(shown.updated));
    out.push_str("</item>\n");
}

/// With a summary: `description` is the summary and stands before the full text in `content:encoded`; without one
/// `description` is the full text (Profile, content:encoded). Both are HTML.
fn text(out: &mut String, shown: &FeedItem, content: ContentMode) {
    match (summary(shown, content), body(shown, content)) {
        (Some(summary), Some(body)) => {
            xml::cdata_element(out, "description", &xml::html_text(summary));
            xml::cdata_element(out, "content:encoded", body);
        }
        (Some(summary), None) => xml::cdata_element(out, "description", &xml::html_text(summary)),
        (None, Some(body)) => xml::cdata_element(out, "description", body),
        // An item needs a title or a description.
        (None, None) if super::is_blank(&shown.item.title) => xml::element(out, "description", ""),
        (None, None) => {}
    }
}

/// One `enclosure` at most; further ones and the picture as Media RSS.
fn media(out: &mut String, shown: &FeedItem) {
    let mut enclosures = shown.item.enclosures.iter();
    if let Some(first) = enclosures.next() {
        out.push_str("<enclosure");
        xml::push_attr(out, "url", &xml::url_ascii(&first.url));
        // 0 stands for an unknown length.
        xml::push_number(out, "length", first.length.unwrap_or(0));
        xml::push_attr(out, "type", media_type(first.media_type.as_deref()));
        out.push_str("/>\n");
    }
    for further in enclosures {
        media_content(out, further);
    }
    if let Some(image) = &shown.item.image {
        out.push_str("<media:content");
        xml::push_attr(out, "url", &xml::url_ascii(&image.url));
        if let Some(declared) = &image.media_type {
            xml::push_attr(out, "type", declared);
        }
        xml::push_attr(out, "medium", "image");
        size(out, image);
        out.push_str("/>\n");
        thumbnail(out, image);
    }
}

fn media_content(out: &mut String, enclosure: &Enclosure) {
    out.push_str("<media:content");
    xml::push_attr(out, "url", &xml::url_ascii(&enclosure.url));
    if let Some(length) = enclosure.length {
        xml::push_number(out, "fileSize", length);
    }
    let media_type = media_type(enclosure.media_type.as_deref());
    xml::push_attr(out, "type", media_type);
    let medium = media_type.split('/').next().filter(|kind| matches!(*kind, "image" | "audio" | "video"));
    xml::push_attr(out, "medium", medium.unwrap_or("document"));
    if let Some(duration) = enclosure.duration {
        xml::push_number(out, "duration", duration.into());
    }
    out.push_str("/>\n");
}

/// `media:thumbnail`, which Atom shares.
pub(super) fn thumbnail(out: &mut String, image: &Image) {
    out.push_str("<media:thumbnail");
    xml::push_attr(out, "url", &xml::url_ascii(&image.url));
    size(out, image);
    out.push_str("/>\n");
}

fn size(out: &mut String, image: &Image) {
    for (name, pixels) in [("width", image.width), ("height", image.height)] {
        if let Some(pixels) = pixels {
            xml::push_number(out, name, pixels.into());
        }
    }
}

/// URL and title of the feed an item came from; RSS demands the URL.
fn source(shown: &FeedItem) -> Option<(&str, &str)> {
    let origin = shown.item.origin.as_ref()?;
    let url = origin.self_link.as_deref()?;
    let title = origin.title.as_deref().filter(|title| !super::is_blank(title));
    Some((url, title.unwrap_or(url)))
}

/// A guid that claims to be a permalink must be a web address.
fn is_web(id: &str) -> bool {
    id.starts_with("https://") || id.starts_with("http://")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::samples;

    #[test]
    fn a_rich_feed() {
        insta::assert_snapshot!(feed(&samples::rich()));
    }

    #[test]
    fn an_empty_feed_is_whole() {
        insta::assert_snapshot!(feed(&samples::empty()));
    }

    #[test]
    fn summaries_only() {
        insta::assert_snapshot!(feed(&Feed { content: ContentMode::Summary, ..samples::rich() }));
    }

    #[test]
    fn the_picture_is_one_rss_knows() {
        let check = |url: &str, expect: bool| assert_eq!(is_image_of_rss(url), expect, "{url}");
        check("https://e.org/a.png", true);
        check("https://e.org/a.JPG?v=1", true);
        check("https://e.org/a.svg", false);
        check("https://e.org/favicon.ico#.png", false);
        check("https://e.org/", false);
    }

    #[test]
    fn an_editor_has_an_address_and_a_name() {
        let check = |name: Option<&str>, email: Option<&str>, expect: Option<&str>| {
            let person = crate::model::Person { name: name.map(Into::into), email: email.map(Into::into), url: None };
            let feed = Feed { author: Some(person), ..samples::empty() };
            assert_eq!(managing_editor(&feed).as_deref(), expect);
        };
        check(Some("Jo"), Some("jo@e.org"), Some("jo@e.org (Jo)"));
        check(Some("Jo"), None, None);
        check(None, Some("jo@e.org"), None);
        check(Some(" "), Some("jo@e.org"), None);
        check(Some("Jo"), Some("not an address"), None);
    }

    #[test]
    fn a_guid_is_a_permalink_only_where_it_is_the_link() {
        let check = |id: &str, link: Option<&str>, expect: &str| {
            let mut shown = (*samples::rich().items[2]).clone();
            (shown.item.id, shown.item.link) = (id.into(), link.map(Into::into));
            let mut out = String::new();
            item(&mut out, &shown, &samples::empty());
            assert!(out.contains(&format!("<guid isPermaLink=\"{expect}\">")), "{out}");
        };
        check("https://e.org/1", Some("https://e.org/1"), "true");
        check("https://e.org/1", Some("https://e.org/2"), "false");
        check("https://e.org/1", None, "false");
        check("https://e.org/金", Some("https://e.org/金"), "false");
        check("urn:x:1", Some("urn:x:1"), "false");
        check("42", None, "false");
    }
}
