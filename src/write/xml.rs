//! Text in, XML out: the one place where a foreign string becomes character data, an attribute or CDATA.
//!
//! Characters outside XML 1.0 `Char` (§2.2) are dropped and line ends become `\n` (§2.11 would do so at the
//! reader), here and for JSON, so that the formats agree to the byte. Runs without anything special are copied.

use chrono::{DateTime, Datelike, Timelike, Utc};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use std::borrow::Cow;
use std::fmt::Write;
use url::Url;

/// Where the first byte of `bytes` at or after `from` stands that may need attention: below 0x20, the first byte of
/// U+FFFE and U+FFFF, or one of `wanted`; the length if there is none.
///
/// Looks at eight bytes at once: `x - 0x01…01 & !x & 0x80…80` has its lowest bit in the lowest byte of `x` that is
/// zero, and likewise for smaller than n.
#[inline(always)]
fn candidate<const N: usize>(bytes: &[u8], from: usize, wanted: [u8; N]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let spread = |byte: u8| ONES.wrapping_mul(byte.into());
    let below = |word: u64, limit: u64| word.wrapping_sub(limit) & !word & HIGH;
    let mut at = from;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let mut hits = below(word, spread(0x20)) | below(word ^ spread(FIRST_OF_FFFE), ONES);
        for byte in wanted {
            hits |= below(word ^ spread(byte), ONES);
        }
        if hits != 0 {
            return at + hits.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let found = rest.iter().position(|byte| *byte < 0x20 || *byte == FIRST_OF_FFFE || wanted.contains(byte));
    at + found.unwrap_or(rest.len())
}

/// U+FFFE and U+FFFF are `EF BF BE` and `EF BF BF`, the only characters beside controls that XML forbids and a `str`
/// can hold.
const FIRST_OF_FFFE: u8 = 0xEF;

/// Copies `value`; before each byte of `wanted` asks `replace`, which gets the output and what comes from that byte
/// on, and gives how many bytes it dealt with: 0 leaves the character as it is. What XML forbids is dropped and a
/// carriage return becomes `line_end`, alone or before `\n`.
#[inline(always)]
pub(super) fn copy<const N: usize>(
    out: &mut String,
    value: &str,
    line_end: &str,
    wanted: [u8; N],
    mut replace: impl FnMut(&mut String, &str) -> usize,
) {
    let bytes = value.as_bytes();
    let (mut copied, mut at) = (0, candidate(bytes, 0, wanted));
    while let Some(byte) = bytes.get(at) {
        let tail = &bytes[at..];
        let plain = match byte {
            _ if wanted.contains(byte) => false,
            b'\t' | b'\n' => true,
            0..0x20 => false,
            _ => !matches!(tail, [FIRST_OF_FFFE, 0xBF, 0xBE | 0xBF, ..]),
        };
        if !plain {
            // Both ends are at characters: every candidate is the first byte of one.
            out.push_str(&value[copied..at]);
            copied = at;
            let taken = match tail {
                [b'\r', b'\n', ..] => {
                    out.push_str(line_end);
                    2
                }
                [b'\r', ..] => {
                    out.push_str(line_end);
                    1
                }
                [FIRST_OF_FFFE, ..] => 3,
                _ if wanted.contains(byte) => replace(out, &value[at..]),
                _ => 1,
            };
            copied += taken;
            at += taken.saturating_sub(1);
        }
        at = candidate(bytes, at + 1, wanted);
    }
    out.push_str(&value[copied..]);
}

/// The text as every format carries it: legal characters only, lines ended by `\n`.
pub fn clean(value: &str) -> Cow<'_, str> {
    let bytes = value.as_bytes();
    let mut at = candidate(bytes, 0, []);
    while matches!(bytes[at..], [b'\t' | b'\n', ..] | [FIRST_OF_FFFE, 0..0xBF, ..] | [FIRST_OF_FFFE, 0xBF, 0..0xBE, ..])
    {
        at = candidate(bytes, at + 1, []);
    }
    if at == bytes.len() {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len());
    copy(&mut out, value, "\n", [], |_, _| 0);
    Cow::Owned(out)
}

/// Character data of a plain-text element. `&` and `<` as hexadecimal references: what most readers take for
/// text and not for markup (RSS Best Practices Profile, Character Data).
pub fn text(out: &mut String, value: &str) {
    copy(out, value, "\n", *b"&<>", reference);
}

/// The value of an attribute in double quotes. Tabs and line ends are references, else a reader makes them spaces
/// (XML 1.0 §3.3.3).
pub fn attr(out: &mut String, value: &str) {
    copy(out, value, "&#xA;", *b"&<>\"'\n\t", reference);
}

/// The first character as a reference.
fn reference(out: &mut String, tail: &str) -> usize {
    out.push_str(match tail.as_bytes() {
        [b'&', ..] => "&#x26;",
        [b'<', ..] => "&#x3C;",
        [b'>', ..] => "&#x3E;",
        [b'"', ..] => "&#x22;",
        [b'\'', ..] => "&#x27;",
        [b'\n', ..] => "&#xA;",
        [b'\t', ..] => "&#x9;",
        _ => return 0,
    });
    1
}

/// One CDATA section, or several where the text holds `]]>`; nothing for an empty text.
pub fn cdata(out: &mut String, value: &str) {
    if value.is_empty() {
        return;
    }
    out.push_str("<![CDATA[");
    let start = out.len();
    copy(out, value, "\n", *b">", |out, _| {
        // Looks at what was written, so that a dropped character cannot bring `]]` and `>` together.
        if out.as_bytes()[start..].ends_with(b"]]") {
            out.push_str("]]><![CDATA[");
        }
        0
    });
    out.push_str("]]>");
}

/// Plain text as HTML: what goes into elements that readers take for HTML.
pub fn html_text(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    copy(&mut out, value, "\n", *b"&<>", |out, tail| {
        out.push_str(match tail.as_bytes() {
            [b'&', ..] => "&amp;",
            [b'<', ..] => "&lt;",
            [b'>', ..] => "&gt;",
            _ => return 0,
        });
        1
    });
    out
}

/// `<name>text</name>`.
pub fn element(out: &mut String, name: &str, value: &str) {
    open(out, name);
    text(out, value);
    close(out, name);
}

/// `<name><![CDATA[text]]></name>`.
pub fn cdata_element(out: &mut String, name: &str, value: &str) {
    open(out, name);
    cdata(out, value);
    close(out, name);
}

/// `<name>`.
pub fn open(out: &mut String, name: &str) {
    out.push('<');
    out.push_str(name);
    out.push('>');
}

/// `</name>` and a line end.
pub fn close(out: &mut String, name: &str) {
    out.push_str("</");
    out.push_str(name);
    out.push_str(">\n");
}

/// ` name="value"`.
pub fn push_attr(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    attr(out, value);
    out.push('"');
}

/// ` name="number"`.
pub fn push_number(out: &mut String, name: &str, value: u64) {
    // Writing into a string does not fail.
    let _ = write!(out, " {name}=\"{value}\"");
}

/// What RFC 3986 allows in no part of a URI.
const NOT_IN_URI: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

/// What stays as it is in one segment of a path (RFC 3986 §3.3, unreserved).
const IN_SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// An IRI as a URI: ASCII only, spaces and the like percent-encoded, host names in Punycode. What is a URI already
/// stays to the byte, whatever a URL parser would make of it; but a user name and password are never published.
pub fn url_ascii(iri: &str) -> Cow<'_, str> {
    let legal = |byte: u8| {
        byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
    };
    if iri.bytes().all(legal) {
        return without_user(iri);
    }
    let whole = match Url::parse(iri) {
        Ok(url) => String::from(url),
        Err(_) => iri.trim().to_owned(),
    };
    let encoded = utf8_percent_encode(&whole, NOT_IN_URI).to_string();
    Cow::Owned(without_user(&encoded).into_owned())
}

/// Drops `user:password@` from the authority (RFC 3986 §3.2.1).
fn without_user(uri: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = uri.split_once("://").filter(|(scheme, _)| !scheme.contains(['/', '?', '#'])) else {
        return Cow::Borrowed(uri);
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    match authority.rfind('@') {
        Some(at) => Cow::Owned(format!("{scheme}://{}", &rest[at + 1..])),
        None => Cow::Borrowed(uri),
    }
}

/// A path below the output folder as the part of a URL: each segment percent-encoded.
pub fn path_ascii(path: &str) -> String {
    let mut out = String::with_capacity(path.len() * 2);
    for (index, segment) in path.split('/').enumerate() {
        if index > 0 {
            out.push('/');
        }
        out.extend(utf8_percent_encode(segment, IN_SEGMENT));
    }
    out
}

/// Holds an instant to the years that RFC 2822 and RFC 3339 can write.
fn in_range(instant: DateTime<Utc>) -> DateTime<Utc> {
    match instant.year() {
        1..=9999 => instant,
        year => instant.with_year(year.clamp(1, 9999)).unwrap_or(DateTime::UNIX_EPOCH),
    }
}

/// `Tue, 02 Jan 2024 03:04:05 GMT`: RFC 2822 as RSS wants it.
pub fn rfc2822(instant: DateTime<Utc>) -> String {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let t = in_range(instant);
    format!(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
        DAYS[t.weekday().num_days_from_monday() as usize],
        t.day(),
        MONTHS[t.month0() as usize],
        t.year(),
        t.hour(),
        t.minute(),
        t.second()
    )
}

/// `2024-01-02T03:04:05Z`: RFC 3339 in UTC, to the second.
pub fn rfc3339(instant: DateTime<Utc>) -> String {
    let t = in_range(instant);
    format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", t.year(), t.month(), t.day(), t.hour(), t.minute(), t.second())
}

#[cfg(test)]
mod tests {
    use super::*;
    use quick_xml::events::Event;
    use quick_xml::reader::Reader;

    fn written(write: fn(&mut String, &str), value: &str) -> String {
        let mut out = String::new();
        write(&mut out, value);
        out
    }

    /// Reads character data back with the events of a strict parser.
    fn read_back(xml: &str) -> String {
        let document = format!("<a>{xml}</a>");
        let mut reader = Reader::from_str(&document);
        let mut out = String::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Text(text) => out.push_str(&text.xml10_content()),
                Event::CData(text) => out.push_str(&text.xml10_content()),
                Event::GeneralRef(reference) => out.push(reference.resolve_char_ref().unwrap().unwrap()),
                Event::Eof => return out,
                _ => {}
            }
        }
    }

    fn is_legal(c: char) -> bool {
        matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
    }

    #[test]
    fn every_code_point_comes_out_legal_or_not_at_all() {
        for write in [text, attr, cdata] {
            for c in '\0'..=char::MAX {
                let xml = written(write, &format!("a{c}b"));
                assert!(xml.chars().all(is_legal), "U+{:04X} as {xml:?}", c as u32);
                let kept = match c {
                    '\r' => "a\nb".to_owned(),
                    c if is_legal(c) => format!("a{c}b"),
                    _ => "ab".to_owned(),
                };
                // Parsing all of Unicode three times is slow; the ranges where something can happen are enough.
                if (c as u32) < 0x300 || (0xFF00..0x10010).contains(&(c as u32)) {
                    assert_eq!(read_back(&xml), kept, "U+{:04X}", c as u32);
                }
                assert_eq!(clean(&format!("a{c}b")), kept);
            }
        }
    }

    #[test]
    fn plain_text_is_written_for_the_widest_reader_support() {
        let check = |value: &str, expect: &str| assert_eq!(written(text, value), expect);
        check("AT&T", "AT&#x26;T");
        check("A < B", "A &#x3C; B");
        check("I <3 x", "I &#x3C;3 x");
        check("the &amp; entity", "the &#x26;amp; entity");
        check("\"quoted\" 'twice'", "\"quoted\" 'twice'");
        check("a\r\nb\rc\n\td", "a\nb\nc\n\td");
        check("\u{8}\u{b}\u{0}gone\u{ffff}", "gone");
        check("\u{ff0c}\u{fffd}\u{e000}😀", "\u{ff0c}\u{fffd}\u{e000}😀");
        check("", "");
    }

    #[test]
    fn attributes_keep_line_ends_and_quotes() {
        assert_eq!(written(attr, "a?x=1&y=\"2\"\n\t'\r\n"), "a?x=1&#x26;y=&#x22;2&#x22;&#xA;&#x9;&#x27;&#xA;");
    }

    #[test]
    fn cdata_never_ends_early() {
        let check = |value: &str, expect: &str| {
            assert_eq!(written(cdata, value), expect);
            assert_eq!(read_back(expect), clean(value));
        };
        check("", "");
        check("<p>x</p>", "<![CDATA[<p>x</p>]]>");
        check("a]]>b", "<![CDATA[a]]]]><![CDATA[>b]]>");
        check("]]]>", "<![CDATA[]]]]]><![CDATA[>]]>");
        check("]]", "<![CDATA[]]]]>");
        check("]]\u{0}>", "<![CDATA[]]]]><![CDATA[>]]>");
        check("]\u{ffff}]\u{1}>", "<![CDATA[]]]]><![CDATA[>]]>");
        check("<pre>a\n\tb</pre>", "<![CDATA[<pre>a\n\tb</pre>]]>");
    }

    #[test]
    fn special_characters_are_found_at_every_offset() {
        for length in 0..70 {
            let value = format!("{}&\u{ffff}{}", "x".repeat(length), "y".repeat(70 - length));
            assert_eq!(read_back(&written(text, &value)), value.replace('\u{ffff}', ""));
        }
    }

    #[test]
    fn iris_become_uris_and_uris_stay() {
        let check = |iri: &str, expect: &str| assert_eq!(url_ascii(iri), expect);
        check("http://Example.org:80", "http://Example.org:80");
        check("https://example.org/a%20b?x=1&y=2#z", "https://example.org/a%20b?x=1&y=2#z");
        check("https://example.org/金融/a b", "https://example.org/%E9%87%91%E8%9E%8D/a%20b");
        check("https://例え.jp/", "https://xn--r8jz45g.jp/");
        check("https://example.org/?q=a|b^c", "https://example.org/?q=a%7Cb%5Ec");
        check("urn:uuid:0f", "urn:uuid:0f");
        check("no scheme", "no%20scheme");
        check("https://user:secret@example.org/@x?a@b", "https://example.org/@x?a@b");
        check("https://us er:secret@例え.jp/", "https://xn--r8jz45g.jp/");
        check("https://example.org/?u=http://a@b/", "https://example.org/?u=http://a@b/");
        check("mailto:jo@example.org", "mailto:jo@example.org");
        check("", "");
    }

    #[test]
    fn paths_are_percent_encoded_by_segment() {
        assert_eq!(path_ascii("category/金融/rss.xml"), "category/%E9%87%91%E8%9E%8D/rss.xml");
        assert_eq!(path_ascii("tag/c++/a&b'"), "tag/c%2B%2B/a%26b%27");
        assert_eq!(path_ascii(""), "");
    }

    #[test]
    fn dates_have_one_form_in_every_locale_and_year() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(rfc2822(at("2024-01-02T03:04:05.999Z")), "Tue, 02 Jan 2024 03:04:05 GMT");
        assert_eq!(rfc3339(at("2024-01-02T03:04:05.999+08:00")), "2024-01-01T19:04:05Z");
        assert_eq!(rfc3339(DateTime::<Utc>::MAX_UTC), "9999-12-31T23:59:59Z");
        assert_eq!(rfc3339(DateTime::<Utc>::MIN_UTC), "0001-01-01T00:00:00Z");
        assert_eq!(rfc2822(at("0800-01-01T00:00:00Z")), "Sat, 01 Jan 0800 00:00:00 GMT");
    }
}
