//! What a reader sees of an item, as one number: two equal hashes are no edit.
//!
//! Over title, authors, summary, image, enclosures and body. Not over links, categories and dates: moving an article
//! or filing it elsewhere is no edit of it.

mod counters;

use super::html::markup::{Token, Tokens, attributes, unescape};
use crate::model::Item;
use counters::without_counters;

/// The hash of a local article, exact: its author edits by hand, and files are hashed by the ten thousand. `body` is as
/// written.
pub fn reader_hash(item: &Item, body: &str) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    let mut field = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    field(&item.title);
    for author in &item.authors {
        field(author.name.as_deref().unwrap_or_default());
    }
    field(item.summary.as_deref().unwrap_or_default());
    field(item.image.as_ref().map(|image| image.url.as_str()).unwrap_or_default());
    for enclosure in &item.enclosures {
        field(&enclosure.url);
    }
    // Whole bodies first: many blocks at once go several times faster than a stream of pieces.
    hasher.update(blake3::hash(body.as_bytes()).as_bytes());
    short(&hasher)
}

/// The hash of a feed's entry, which a program writes anew for each answer: over what stands there to be read, not over
/// how it is marked up, nor over numbers that count readers, nor over the age of the page. `html` is clean.
pub fn shown_hash(item: &Item, html: &str) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    let mut field = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    field(&without_counters(&item.title));
    for author in &item.authors {
        field(author.name.as_deref().unwrap_or_default());
    }
    field(&without_counters(item.summary.as_deref().unwrap_or_default()));
    field(item.image.as_ref().map(|image| without_query(&image.url)).unwrap_or_default());
    for enclosure in &item.enclosures {
        field(without_query(&enclosure.url));
    }
    let (text, addresses) = shown(html);
    field(&without_counters(&text));
    hasher.update(blake3::hash(addresses.as_bytes()).as_bytes());
    short(&hasher)
}

fn short(hasher: &blake3::Hasher) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    short
}

/// The text of clean HTML, and where its links and pictures lead, one a line.
fn shown(html: &str) -> (String, String) {
    let (mut text, mut addresses) = (String::with_capacity(html.len()), String::new());
    for token in Tokens::new(html) {
        match token {
            Token::Text(piece) => push_collapsed(&mut text, &unescape(piece)),
            Token::Open { name: "a", attributes: raw } => {
                for (_, value) in attributes(raw).filter(|(name, _)| *name == "href") {
                    addresses.push_str(&unescape(value));
                    addresses.push('\n');
                }
            }
            Token::Open {
                name: name @ ("img" | "source" | "video" | "audio" | "iframe" | "track"),
                attributes: raw,
            } => {
                // Caches are busted, and sessions told apart, by the query.
                for (_, value) in attributes(raw).filter(|(name, _)| *name == "src") {
                    addresses.push_str(name);
                    addresses.push(' ');
                    addresses.push_str(without_query(value));
                    addresses.push('\n');
                }
            }
            Token::Open { name, .. } | Token::Close { name } => {
                if !super::summary::is_inline(name) {
                    push_collapsed(&mut text, " ");
                }
            }
        }
    }
    (text, addresses)
}

/// Runs of white space count as one space, none at the start.
fn push_collapsed(out: &mut String, text: &str) {
    let mut rest = text;
    while !rest.is_empty() {
        let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
        out.push_str(&rest[..word]);
        rest = &rest[word..];
        let after = rest.trim_start();
        if after.len() < rest.len() && !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
        rest = after;
    }
}

fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_change_it_and_moves_do_not() {
        let item = Item { title: "A".into(), ..Item::default() };
        for hash in [reader_hash, shown_hash] {
            let first = hash(&item, "body");
            assert_ne!(first, hash(&item, "body, edited"));
            assert_ne!(first, hash(&Item { title: "B".into(), ..item.clone() }, "body"));
            let link = Some("https://example.org/b".into());
            assert_eq!(first, hash(&Item { link, tags: vec!["t".into()], ..item.clone() }, "body"));
        }
    }

    #[test]
    fn what_nobody_sees_is_no_edit() {
        let hash = |html: &str| shown_hash(&Item::default(), html);
        let same = |a: &str, b: &str| assert_eq!(hash(a), hash(b), "{a} {b}");
        let differ = |a: &str, b: &str| assert_ne!(hash(a), hash(b), "{a} {b}");
        same("<p>a b</p>", "<div><p>a\n  b</p></div>");
        same("<p title=\"x\" lang=\"en\">a</p>", "<p lang=\"en\">a</p>");
        same("<img src=\"https://a.example/x.png?v=1\">", "<img src=\"https://a.example/x.png?v=2\" alt=\"\">");
        same("<p>1,234 views</p>", "<p>1,240 views</p>");
        differ("<p>a</p><p>b</p>", "<p>ab</p>");
        differ("<p>3 dead</p>", "<p>5 dead</p>");
        differ("<img src=\"https://a.example/x.png\">", "<img src=\"https://a.example/y.png\">");
        differ("<a href=\"https://a.example/?p=1\">x</a>", "<a href=\"https://a.example/?p=2\">x</a>");
        differ("<p>a</p>", "<p>a</p><img src=\"https://a.example/x.png\">");
        let titled = |title: &str| shown_hash(&Item { title: title.into(), ..Item::default() }, "");
        assert_eq!(titled("Talk (3 comments)"), titled("Talk (12 comments)"));
        assert_ne!(titled("Part 3"), titled("Part 4"));
    }
}
