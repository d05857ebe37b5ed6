//! Pieces of foreign text: references, addresses, and whether a text is meant as HTML.

use crate::model::{Markup, Text};
use quick_xml::escape::resolve_html5_entity;
use std::borrow::Cow;
use url::Url;

/// What a reference like `&amp;` stands for.
pub(super) enum Reference {
    Char(char),
    Named(&'static str),
    /// A number that stands for no character XML allows.
    Illegal,
    Unknown,
}

/// Resolves the name between `&` and `;`: a number, or one of the HTML names (the five of XML among them).
pub(super) fn resolve(name: &str) -> Reference {
    // Nearly all there are; the long table is searched one by one.
    match name {
        "lt" => return Reference::Named("<"),
        "gt" => return Reference::Named(">"),
        "amp" => return Reference::Named("&"),
        "quot" => return Reference::Named("\""),
        "apos" => return Reference::Named("'"),
        "nbsp" => return Reference::Named("\u{a0}"),
        _ => {}
    }
    match name.strip_prefix('#') {
        Some(number) => resolve_number(number),
        None if name.len() <= 32 => resolve_html5_entity(name).map_or(Reference::Unknown, Reference::Named),
        None => Reference::Unknown,
    }
}

fn resolve_number(number: &str) -> Reference {
    let parsed = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse::<u32>(),
    };
    if number.starts_with('+') || number.len() > 12 {
        return Reference::Unknown;
    }
    match parsed {
        // Numbers of the C1 controls are meant as windows-1252 (HTML, "numeric character reference end state").
        Ok(code @ 0x80..=0x9f) => encoding_rs::WINDOWS_1252
            .decode_without_bom_handling(&[code as u8])
            .0
            .chars()
            .next()
            .map_or(Reference::Illegal, Reference::Char),
        Ok(code) => match char::from_u32(code) {
            Some('\t' | '\n' | '\r') => char::from_u32(code).map_or(Reference::Illegal, Reference::Char),
            Some(c) if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => Reference::Illegal,
            Some(c) => Reference::Char(c),
            None => Reference::Illegal,
        },
        Err(_) => Reference::Unknown,
    }
}

/// Resolves every reference of a text once; what is none stays as it is written.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    let Some(first) = memchr::memchr(b'&', text.as_bytes()) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = &text[first..];
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let end = after.bytes().take(34).position(|byte| byte == b';');
        let resolved = end.map(|end| (end, resolve(&after[..end])));
        rest = match resolved {
            Some((end, Reference::Char(c))) => {
                out.push(c);
                &after[end + 1..]
            }
            Some((end, Reference::Named(value))) => {
                out.push_str(value);
                &after[end + 1..]
            }
            Some((end, Reference::Illegal)) => &after[end + 1..],
            Some((_, Reference::Unknown)) | None => {
                out.push('&');
                after
            }
        };
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Appends text as HTML.
pub(super) fn push_escaped(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = memchr::memchr3(b'&', b'<', b'>', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        out.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            _ => "&gt;",
        });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

/// Whether there is nothing but white space.
pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_whitespace())
}

/// Whether a decoded text holds HTML: a tag, a comment, or a reference that still wants decoding.
pub(super) fn looks_like_html(text: &str) -> bool {
    let bytes = text.as_bytes();
    let last_end = memchr::memrchr(b'>', bytes).unwrap_or(0);
    let mut from = 0;
    while let Some(at) = memchr::memchr2(b'<', b'&', &bytes[from..]).map(|at| at + from) {
        from = at + 1;
        if bytes[at] == b'&' {
            let end = bytes[from..].iter().take(34).position(|&byte| byte == b';');
            if end.is_some_and(|end| !matches!(resolve(&text[from..from + end]), Reference::Unknown)) {
                return true;
            }
            continue;
        }
        let name = text[from..].strip_prefix('/').unwrap_or(&text[from..]);
        if name.starts_with("!--") {
            return true;
        }
        let letters = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let after = name.as_bytes().get(letters);
        // A tag ends somewhere: `a <b and c` is text; and its name is one of HTML's: `Vec<T>` is text too.
        if at < last_end
            && matches!(after, Some(b'>' | b'/' | b' ' | b'\n' | b'\t' | b'\r'))
            && is_html_name(&name[..letters])
        {
            return true;
        }
    }
    false
}

/// Elements that are met in the titles, summaries and bodies of feeds.
fn is_html_name(name: &str) -> bool {
    const NAMES: [&str; 72] = [
        "a",
        "abbr",
        "acronym",
        "address",
        "article",
        "aside",
        "audio",
        "b",
        "bdi",
        "bdo",
        "big",
        "blockquote",
        "body",
        "br",
        "button",
        "center",
        "cite",
        "code",
        "dd",
        "del",
        "details",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "embed",
        "figcaption",
        "figure",
        "font",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "i",
        "iframe",
        "img",
        "input",
        "ins",
        "kbd",
        "li",
        "mark",
        "object",
        "ol",
        "p",
        "picture",
        "pre",
        "q",
        "ruby",
        "s",
        "samp",
        "script",
        "section",
        "small",
        "span",
        "strike",
        "strong",
        "style",
        "sub",
        "sup",
        "svg",
        "table",
        "tt",
        "u",
        "ul",
    ];
    const MORE: [&str; 12] =
        ["blink", "caption", "link", "math", "meta", "nobr", "rp", "rt", "td", "time", "var", "video"];
    NAMES.iter().chain(&MORE).any(|known| known.eq_ignore_ascii_case(name))
}

/// A title or the like: HTML where it reads as HTML, text otherwise. RSS says neither (RSS Advisory Board
/// profile, "title"), so the author's spelling decides.
pub(super) fn guess(text: &str) -> Option<Text> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let markup = if looks_like_html(text) { Markup::Html } else { Markup::Text };
    Some(Text { markup, value: text.to_owned() })
}

/// Whether an address names its scheme.
pub(super) fn is_absolute(address: &str) -> bool {
    let Some((scheme, rest)) = address.split_once(':') else { return false };
    !rest.is_empty()
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// An address against a base (RFC 3986 §5), in the form a URL parser writes. Where nothing is known to resolve
/// it against, it stays as it is written.
pub(super) fn absolute(base: Option<&Url>, address: &str) -> Option<String> {
    let address = address.trim();
    if address.is_empty() {
        return None;
    }
    // Pretty printers break long addresses: URL parsers drop line ends and tabs inside (WHATWG URL).
    let address: Cow<'_, str> = match address.contains(['\n', '\r', '\t']) {
        true => Cow::Owned(address.split(['\n', '\r', '\t']).map(str::trim).collect()),
        false => Cow::Borrowed(address),
    };
    let Some(base) = base else { return Some(address.into_owned()) };
    if is_absolute(&address) {
        return Some(normal(&address).into_owned());
    }
    Some(base.join(&address).map_or_else(|_| address.into_owned(), String::from))
}

/// An absolute http(s) address as a URL parser writes it: scheme and host in lower case, `/` for an empty path,
/// no default port (RFC 3986 §6.2.2, §6.2.3). Every other one as it is.
pub(super) fn normal(address: &str) -> Cow<'_, str> {
    let is_web = |scheme: &str| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    if is_plain(address) || !(is_web("http:") || is_web("https:")) {
        return Cow::Borrowed(address);
    }
    Url::parse(address).map_or(Cow::Borrowed(address), |url| Cow::Owned(url.into()))
}

/// Whether an address is evidently in its normal form, as nearly all are: asking the parser costs ten times as much.
fn is_plain(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://")) else { return false };
    let Some((host, path)) = rest.split_once('/') else { return false };
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~/?=&%+:@,;#".contains(byte);
    host.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-'))
        // Numbers are addresses in disguise, `xn--` names may be wrong.
        && host.ends_with(|c: char| c.is_ascii_lowercase())
        && !host.contains("xn--")
        && path.as_bytes().iter().all(plain)
        // Steps like `..`, which may be written `%2e%2e`.
        && !path.starts_with(['.', '%'])
        && !path.contains("/.")
        && !path.contains("/%2")
}

/// Whether the scheme of a category says that it is a tag: Hexo's `…/tags/NAME/`, Movable Type's `…types#tag`.
pub(super) fn names_tags(scheme: &str) -> bool {
    scheme.split(['/', '#']).any(|part| part.eq_ignore_ascii_case("tag") || part.eq_ignore_ascii_case("tags"))
}

/// Decodes base64 with white space in it; none when it is something else.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_once() {
        let check = |input: &str, expect: &str| assert_eq!(unescape(input), expect, "{input}");
        check("a &amp; b", "a & b");
        check("&amp;lt;", "&lt;");
        check("&nbsp;x&hellip;", "\u{a0}x…");
        check("&#147;q&#x94;", "“q”");
        check("&#0;&#8;&#xFFFE;x", "x");
        check("AT&T &unknown; & &#xZZ; &", "AT&T &unknown; & &#xZZ; &");
        check("&#99999999999;", "&#99999999999;");
        check("?a=1&copy=2", "?a=1&copy=2");
        check("&金;", "&金;");
    }

    #[test]
    fn html_is_told_from_text() {
        let check = |input: &str, expect: bool| assert_eq!(looks_like_html(input), expect, "{input}");
        check("plain", false);
        check("a < b > c", false);
        check("I <3 you", false);
        check("AT&T", false);
        check("AT&amp;T", true);
        check("<b>bold</b>", true);
        check("a<br/>b", true);
        check("x <img src=a>", true);
        check("Vec<T> and <金>", false);
        check("x <IMG SRC=a> <", true);
        check("i <b and c", false);
        check("5 &lt; 6", true);
    }

    #[test]
    fn addresses_are_resolved_or_left() {
        let base = Url::parse("https://example.org/a/b").unwrap();
        let check = |input: &str, expect: &str| {
            assert_eq!(absolute(Some(&base), input).as_deref(), Some(expect), "{input}");
        };
        check("http://Example.org", "http://example.org/");
        check("HTTPS://example.org:443/a/../%7Eb?q#F", "https://example.org/%7Eb?q#F");
        check("https://example.org/金", "https://example.org/%E9%87%91");
        check("http://example.org:x/", "http://example.org:x/");
        check("mailto:Ann@B.example", "mailto:Ann@B.example");
        check(" /x ", "https://example.org/x");
        check("y", "https://example.org/a/y");
        check("//cdn.example.org/z", "https://cdn.example.org/z");
        check("urn:uuid:1", "urn:uuid:1");
        check("https://example.org/lo\n  ng", "https://example.org/long");
        assert_eq!(absolute(None, "/x").as_deref(), Some("/x"));
        assert_eq!(absolute(None, "http://Example.org").as_deref(), Some("http://Example.org"));
        assert_eq!(absolute(Some(&base), " "), None);
    }

    proptest::proptest! {
        #[test]
        fn what_is_plain_the_parser_leaves_alone(rest in "[a-z0-9.-]{1,12}/[!-~]{0,24}") {
            let address = format!("https://{rest}");
            if is_plain(&address) {
                proptest::prop_assert_eq!(Url::parse(&address).map(String::from), Ok(address));
            }
        }
    }

    #[test]
    fn tags_are_told_from_categories() {
        let check = |scheme: &str, expect: bool| assert_eq!(names_tags(scheme), expect, "{scheme}");
        check("https://a.example/tags/x/", true);
        check("http://www.sixapart.com/ns/types#tag", true);
        check("http://www.sixapart.com/ns/types#category", false);
        check("https://a.example/categories/x/", false);
        check("https://stag.example/", false);
    }

    #[test]
    fn base64_is_decoded() {
        assert_eq!(base64("SGVs\n bG8=").as_deref(), Some(&b"Hello"[..]));
        assert_eq!(base64("SGVsbG8").as_deref(), Some(&b"Hello"[..]));
        assert_eq!(base64("<p>"), None);
    }
}
