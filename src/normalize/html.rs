//! Foreign HTML → safe HTML with absolute addresses and without rubbish; plain text → HTML.
//!
//! Everything goes survey (is it safe to parse?) → sanitizer (allow-list, one parse) → tidy (a second
//! sieve, absolute addresses, no empty wrappers). The result is a fragment that a browser reads as the same
//! tree again; cleaning it again changes nothing.

mod attributes;
mod element;
pub(super) mod markup;
mod pieces;
mod survey;
mod tidy;

use super::text::xml_chars;
use attributes::Base;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;
use url::Url;

/// How often a result is sanitized again because a browser would read another tree out of it.
const MAX_PASSES: usize = 4;

static SANITIZER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let mut tags = HashSet::new();
    let mut attributes: HashMap<&str, HashSet<&str>> = HashMap::new();
    for (name, element) in element::ELEMENTS {
        tags.insert(*name);
        attributes.insert(name, element.attributes.iter().copied().collect());
    }
    attributes.entry("img").or_default().extend(element::LAZY_SRC.iter().chain(element::LAZY_SRCSET));
    let mut builder = ammonia::Builder::empty();
    builder
        .tags(tags)
        .tag_attributes(attributes)
        .generic_attributes(["title", "lang", "dir"].into())
        .clean_content_tags(element::DROPPED.iter().copied().collect())
        .url_schemes(["http", "https", "mailto", "tel"].into())
        .url_relative(ammonia::UrlRelative::PassThrough)
        .link_rel(None)
        .strip_comments(true);
    builder
});

/// Sanitized HTML: allow-listed elements and attributes, http(s), mailto and tel addresses only, all absolute.
///
/// An absolute `<base href>` inside wins over `base`. Without either, relative addresses are dropped: an image
/// goes with its address, a link keeps its text. HTML too deep to parse in linear time becomes its text.
pub(super) fn clean(html: &str, base: Option<&Url>) -> String {
    let html = xml_chars(html);
    let mut html = html.as_ref();
    let mut seen = survey::survey(html);
    let prepared;
    if seen.needs_preparing {
        prepared = survey::prepare(html);
        html = &prepared;
        seen = survey::Survey { needs_preparing: true, ..survey::survey(html) };
    }
    let own =
        seen.base.and_then(|href| Url::parse(href.trim()).ok()).filter(|url| matches!(url.scheme(), "http" | "https"));
    let base = Base(own.as_ref().or(base));
    if !seen.fits {
        let text = lines_as_paragraphs(&survey::bare_text(html));
        return sanitize(&survey::split_long_texts(&text), base, false);
    }
    if seen.has_long_text {
        return sanitize(&survey::split_long_texts(html), base, seen.needs_preparing);
    }
    sanitize(html, base, seen.needs_preparing)
}

fn sanitize(html: &str, base: Base<'_>, twins: bool) -> String {
    let mut clean = tidy_once(html, base, twins);
    for _ in 1..MAX_PASSES {
        if clean.stable {
            break;
        }
        clean = tidy_once(&survey::split_long_texts(&clean.html), base, false);
    }
    clean.html
}

fn tidy_once(html: &str, base: Base<'_>, twins: bool) -> tidy::Tidied {
    let clean = SANITIZER.clean(html).to_string();
    // Character references may have brought back what `clean` took out.
    tidy::tidy(&xml_chars(&clean), base, twins)
}

/// Text between tags, entities as they stand, one paragraph for each line.
fn lines_as_paragraphs(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    for line in text.lines() {
        out.push_str("<p>");
        out.push_str(&line.replace('<', "&lt;"));
        out.push_str("</p>\n");
    }
    out
}

/// Plain text as HTML: paragraphs at blank lines, line breaks kept, addresses as links.
pub(super) fn from_text(text: &str) -> String {
    let text = xml_chars(text);
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut open = false;
    for line in text.lines() {
        if line.trim().is_empty() {
            if std::mem::take(&mut open) {
                out.push_str("</p>\n");
            }
            continue;
        }
        out.push_str(if open { "<br>\n" } else { "<p>" });
        open = true;
        link_into(&mut out, line.trim_end());
    }
    if open {
        out.push_str("</p>");
    }
    out
}

/// Writes a line of text; `http://…` and `https://…` become links to themselves.
fn link_into(out: &mut String, line: &str) {
    let mut rest = line;
    while let Some(at) = ["http://", "https://"].iter().filter_map(|scheme| rest.find(scheme)).min() {
        let tail = &rest[at..];
        let end = tail.find(|c: char| c.is_whitespace() || is_wide_punctuation(c) || "<>\"`{}|\\^".contains(c));
        let address = tail[..end.unwrap_or(tail.len())].trim_end_matches(['.', ',', ';', ':', '!', '?', '\'']);
        let address = match address.strip_suffix(')') {
            Some(inner) if !inner.contains('(') => inner,
            _ => address,
        };
        markup::escape_into(out, &rest[..at]);
        if Url::parse(address).is_ok() {
            out.push_str("<a href=\"");
            markup::escape_into(out, address);
            out.push_str("\">");
            markup::escape_into(out, address);
            out.push_str("</a>");
        } else {
            markup::escape_into(out, address);
        }
        rest = &tail[address.len()..];
    }
    markup::escape_into(out, rest);
}

/// Ends an address in Chinese and Japanese text, which puts no space behind it.
fn is_wide_punctuation(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{303F}' | '\u{FF00}'..='\u{FF0F}' | '\u{FF1A}'..='\u{FF1F}' | '\u{2018}'..='\u{201D}')
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod attacks;
