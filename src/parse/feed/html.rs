//! A web page where a feed was expected: the feeds it names.

use super::text;
use crate::model::ParseError;
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

/// Why a page is no feed, with its title and the feeds it links to.
pub(super) fn instead_of_a_feed(page: &str, url: Option<&Url>) -> ParseError {
    let head = head(page);
    let title = title(head).map(|title| format!(" (`{title}`)")).unwrap_or_default();
    let feeds = linked_feeds(head, url);
    let message = format!("found a web page{title}, expected a feed");
    match feeds.as_slice() {
        [] => ParseError::new("not-a-feed", format!("{message}; it links to none")),
        [feed] => ParseError::new("not-a-feed", format!("{message}; it links to `{feed}`"))
            .hint(format!("put that into the config: `url = \"{feed}\"`")),
        feeds => ParseError::new("not-a-feed", format!("{message}; it links to `{}`", feeds.join("`, `")))
            .hint("put one of these into the config as the `url` of the source"),
    }
}

fn head(page: &str) -> &str {
    let mut end = page.len().min(HEAD_BYTES);
    while !page.is_char_boundary(end) {
        end -= 1;
    }
    &page[..end]
}

/// The text of `<title>`, cut: what a login or a challenge says of itself.
fn title(head: &str) -> Option<String> {
    const MAX_CHARS: usize = 80;
    let at = memchr::memmem::find_iter(head.as_bytes(), b"<").find(|at| {
        head.get(at + 1..at + 6).is_some_and(|name| name.eq_ignore_ascii_case("title"))
            && head[at + 6..].starts_with(|c: char| c == '>' || is_space(c))
    })?;
    let (_, rest) = head[at..].split_once('>')?;
    let (text, _) = rest.split_once('<')?;
    let text = text::unescape(text);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "'");
    let cut: String = words.chars().take(MAX_CHARS).collect();
    (!cut.is_empty()).then_some(cut)
}

/// `<link rel="alternate" type="…+xml">` and its like (RSS Autodiscovery), absolute where a base is known. The first
/// three: they are the site's own as a rule, those of comments and single pages come after.
fn linked_feeds(head: &str, url: Option<&Url>) -> Vec<String> {
    const MAX_FEEDS: usize = 3;
    let mut base = None;
    let mut feeds: Vec<String> = Vec::new();
    for (name, tag) in tags(head) {
        let value = |name: &str| attribute(tag, name);
        if name.eq_ignore_ascii_case("base") {
            // HTML, "The base element": the first counts.
            base = base.or_else(|| {
                let href = value("href")?;
                let href = text::unescape(href.trim());
                url.map_or_else(|| Url::parse(&href), |url| url.join(&href)).ok()
            });
            continue;
        }
        let is_alternate = value("rel")
            .is_some_and(|rel| rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("alternate")));
        let address = value("href").and_then(|href| text::absolute(base.as_ref().or(url), &text::unescape(href)));
        if let Some(address) = address.filter(|_| is_alternate)
            && is_feed(value("type").unwrap_or_default(), &address)
            && !feeds.contains(&address)
            && feeds.len() < MAX_FEEDS
        {
            feeds.push(address);
        }
    }
    feeds
}

fn is_feed(media_type: &str, address: &str) -> bool {
    match media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "application/rss+xml" | "application/atom+xml" | "application/feed+json" | "application/rdf+xml" => true,
        // What JSON Feed 1.0 recommended; APIs use it too.
        "application/json" => address.contains("feed"),
        _ => false,
    }
}

/// Every `<link …>` and `<base …>`, and what stands in it.
fn tags(head: &str) -> impl Iterator<Item = (&str, &str)> {
    const MAX_TAG_BYTES: usize = 4096;
    memchr::memchr_iter(b'<', head.as_bytes()).filter_map(move |at| {
        let name = head.get(at + 1..at + 5)?;
        let rest = &head[at + 5..];
        let is_wanted = name.eq_ignore_ascii_case("link") || name.eq_ignore_ascii_case("base");
        if !is_wanted || !rest.starts_with(is_space) {
            return None;
        }
        // A tag that goes on and on is none; looking for its end each time would cost too much.
        let end = rest.bytes().take(MAX_TAG_BYTES).position(|byte| byte == b'>')?;
        Some((name, &rest[..end]))
    })
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
        assert_eq!(linked_feeds(page, None), ["/feed.xml?a=1&b=2", "feed.json"]);
        let based = format!("<base href='//cdn.example.org/x/'>{page}");
        assert_eq!(linked_feeds(&based, Some(&url))[1], "https://cdn.example.org/x/feed.json");
        let many: String = (0..9)
            .map(|n| format!("<link rel=alternate type='application/rss+xml; charset=utf-8' href=/{n}>"))
            .collect();
        assert_eq!(linked_feeds(&many, None), ["/0", "/1", "/2"]);
        let other =
            "<link rel=alternate type=application/json href=/wp-json/1><link rel=alternate type=text/html href=/feed>";
        assert!(linked_feeds(other, None).is_empty());
    }

    #[test]
    fn pages_say_what_they_are() {
        let check = |page: &str, expect: &str, hint: Option<&str>| {
            let error = instead_of_a_feed(page, None);
            assert_eq!((error.message.as_str(), error.hint.as_deref()), (expect, hint), "{page}");
        };
        check("<html>", "found a web page, expected a feed; it links to none", None);
        check(
            "<html><TITLE>\n Just a&nbsp;moment… </TITLE>",
            "found a web page (`Just a moment…`), expected a feed; it links to none",
            None,
        );
        check(
            "<title></title><link rel=alternate type=application/atom+xml href=https://a.example/atom>",
            "found a web page, expected a feed; it links to `https://a.example/atom`",
            Some("put that into the config: `url = \"https://a.example/atom\"`"),
        );
    }

    #[test]
    fn feeds_are_no_pages() {
        assert!(!is_page("<?xml version='1.0'?><rss/>"));
        assert!(!is_page("<feed/>"));
        assert!(is_page("<?xml version='1.0'?>\n<html xmlns='x'>"));
    }
}
