//! A web page where a feed was expected: the feeds it names.

use super::text;
use url::Url;

/// Bytes from the start in which a page says what it is and which feeds it has.
const HEAD_BYTES: usize = 256 * 1024;

/// Whether a text is HTML by its first tag.
pub(super) fn is_page(text: &str) -> bool {
    let mut rest = text.trim_start();
    loop {
        if let Some(after) = rest.strip_prefix("<!--") {
            rest = after.split_once("-->").map_or("", |(_, after)| after).trim_start();
        } else if let Some(after) = rest.strip_prefix("<?") {
            rest = after.split_once('>').map_or("", |(_, after)| after).trim_start();
        } else {
            break;
        }
    }
    ["<!doctype html", "<html", "<head", "<body", "<title", "<div", "<p>", "<script", "<meta", "<table", "<h1"]
        .iter()
        .any(|start| rest.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)))
}

/// `<link rel="alternate" type="…+xml">` and its like (RSS Autodiscovery), absolute where a base is known.
pub(super) fn linked_feeds(page: &str, url: Option<&Url>) -> Vec<String> {
    const MAX_FEEDS: usize = 10;
    const MAX_TAG_BYTES: usize = 4096;
    let mut end = page.len().min(HEAD_BYTES);
    while !page.is_char_boundary(end) {
        end -= 1;
    }
    let mut feeds = Vec::new();
    let mut rest = &page[..end];
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if !(rest.get(..4).is_some_and(|name| name.eq_ignore_ascii_case("link")) && rest[4..].starts_with(is_space)) {
            continue;
        }
        // A tag that goes on and on is none; looking for its end each time would cost too much.
        let Some(end) = rest.bytes().take(MAX_TAG_BYTES).position(|byte| byte == b'>') else { continue };
        let tag = &rest[..end];
        let value = |name: &str| attribute(tag, name);
        let is_alternate = value("rel")
            .is_some_and(|rel| rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("alternate")));
        let is_feed = value("type").is_some_and(|kind| {
            let kind = kind.trim().to_ascii_lowercase();
            matches!(
                kind.as_str(),
                "application/rss+xml" | "application/atom+xml" | "application/feed+json" | "application/rdf+xml"
            )
        });
        if is_alternate
            && is_feed
            && let Some(address) = value("href").and_then(|href| text::absolute(url, &text::unescape(href)))
            && !feeds.contains(&address)
            && feeds.len() < MAX_FEEDS
        {
            feeds.push(address);
        }
    }
    feeds
}

fn is_space(c: char) -> bool {
    c.is_ascii_whitespace()
}

/// The value of an attribute in the text of a tag, quoted or not.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = tag;
    while let Some((before, after)) = rest.split_once('=') {
        let key = before.trim_end().rsplit(|c: char| is_space(c) || c == '/').next().unwrap_or_default();
        let after = after.trim_start();
        let (value, next) = match after.chars().next() {
            Some(quote @ ('"' | '\'')) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
            _ => after.split_once(is_space).unwrap_or((after, "")),
        };
        if key.eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feeds_of_a_page() {
        let page = r#"<!-- x --><!DOCTYPE html><HTML><head>
            <link rel="stylesheet" href="/s.css">
            <link href='/feed.xml?a=1&amp;b=2' type="application/rss+xml" rel="alternate home" />
            <link rel=alternate type=application/feed+json href=feed.json>
            <link rel="alternate" hreflang="de" href="/de/"></head></<金 <金 <link金 <link"#;
        assert!(is_page(page));
        let url = Url::parse("https://example.org/blog/").unwrap();
        assert_eq!(
            linked_feeds(page, Some(&url)),
            ["https://example.org/feed.xml?a=1&b=2", "https://example.org/blog/feed.json"]
        );
    }

    #[test]
    fn feeds_are_no_pages() {
        assert!(!is_page("<?xml version='1.0'?><rss/>"));
        assert!(!is_page("<feed/>"));
        assert!(is_page("<?xml version='1.0'?>\n<html xmlns='x'>"));
    }
}
