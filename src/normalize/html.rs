//! Foreign HTML → safe HTML with absolute addresses and without rubbish; plain text → HTML.
//!
//! Everything goes survey (is it safe to parse?) → sanitizer (allow-list, one parse) → tidy (a second
//! sieve, absolute addresses, no empty wrappers). The result is a fragment that a browser reads as the same
//! tree again; cleaning it again changes nothing.

mod attributes;
mod element;
mod gutter;
pub(super) mod markup;
mod math;
mod pieces;
mod plain;
mod references;
mod survey;
mod tidy;
pub(super) mod tracking;

pub use attributes::Setting;

use super::text::xml_chars;
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
        let read = element.attributes.iter().chain(element.read_attributes());
        attributes.insert(name, read.copied().collect());
    }
    let mut builder = ammonia::Builder::empty();
    builder
        .tags(tags)
        .tag_attributes(attributes)
        .generic_attributes(element::GENERIC.iter().copied().collect())
        .clean_content_tags(element::DROPPED.iter().copied().collect())
        .url_schemes(["http", "https", "mailto", "tel"].into())
        .url_relative(ammonia::UrlRelative::PassThrough)
        .link_rel(None)
        .strip_comments(true);
    builder
});

/// Sanitized HTML: allow-listed elements and attributes, http(s), mailto and tel addresses only, all absolute.
///
/// A `<base href>` inside wins over the base of `setting`. Without either, relative addresses are dropped: an image
/// goes with its address, a link keeps its text. HTML too deep to parse in linear time becomes its text.
pub(super) fn clean(html: &str, setting: Setting<'_>) -> String {
    let html = xml_chars(html);
    let html = gutter::without(&html);
    if let Some(plain) = plain::sanitized(&html) {
        return settle(tidy::tidy(&plain, setting, false, 0), setting, 0);
    }
    clean_slowly(&html, setting)
}

/// `clean` for any HTML, by a parser that builds the tree a browser builds.
fn clean_slowly(html: &str, setting: Setting<'_>) -> String {
    let mut html = html;
    let mut seen = survey::survey(html);
    let mut formulas = Vec::new();
    let (prepared, without_formulas);
    if seen.needs_preparing {
        prepared = survey::prepare(html);
        (without_formulas, formulas) = math::take_out(&prepared);
        html = &without_formulas;
        seen = survey::Survey { needs_preparing: true, ..survey::survey(html) };
    }
    let own = seen.base.as_deref().and_then(|href| base_within(href, setting.base));
    let setting = Setting { base: own.as_ref().or(setting.base), page: setting.page.or(setting.base), ..setting };
    let clean = if !seen.fits {
        let text = lines_as_paragraphs(&survey::bare_text(html));
        sanitize(&survey::split_long_texts(&text), setting, false, formulas.len())
    } else if seen.has_long_text {
        sanitize(&survey::split_long_texts(html), setting, seen.needs_preparing, formulas.len())
    } else {
        sanitize(html, setting, seen.needs_preparing, formulas.len())
    };
    math::put_back(clean, &formulas)
}

/// The address of a `<base>`, which may itself be relative (§4.2.3).
fn base_within(href: &str, base: Option<&Url>) -> Option<Url> {
    let url = match base {
        Some(base) => base.join(href.trim()),
        None => Url::parse(href.trim()),
    };
    url.ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

fn sanitize(html: &str, setting: Setting<'_>, twins: bool, formulas: usize) -> String {
    settle(tidy_once(html, setting, twins, formulas), setting, formulas)
}

/// Sanitizes what was tidied again, until a browser would read the same tree out of it.
fn settle(mut clean: tidy::Tidied, setting: Setting<'_>, formulas: usize) -> String {
    for _ in 1..MAX_PASSES {
        if clean.stable {
            break;
        }
        clean = tidy_once(&survey::split_long_texts(&clean.html), setting, false, formulas);
    }
    clean.html
}

fn tidy_once(html: &str, setting: Setting<'_>, twins: bool, formulas: usize) -> tidy::Tidied {
    let clean = SANITIZER.clean(html).to_string();
    // Character references may have brought back what `clean` took out.
    tidy::tidy(&xml_chars(&clean), setting, twins, formulas)
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
