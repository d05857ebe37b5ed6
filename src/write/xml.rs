//! Text in, XML out: the one place where a foreign string becomes character data, an attribute or CDATA.
//!
//! Characters outside XML 1.0 `Char` (§2.2) are dropped and line ends become `\n` (§2.11 would do so at the
//! reader), here and for JSON, so that the formats agree to the byte. Runs without anything special are copied.

use chrono::{DateTime, Datelike, Timelike, Utc};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use std::borrow::Cow;
use std::fmt::Write;
use url::Url;

/// Bytes looked at in one step; small enough that a hit costs little, wide enough for vector registers.
const STEP: usize = 16;

/// How many bytes at the start of `bytes` hold no character for which `special` is true; `special` gets a byte
/// and the two after it (0 past the end).
#[inline(always)]
pub(super) fn plain_run(bytes: &[u8], special: impl Fn(u8, u8, u8) -> bool) -> usize {
    let mut at = 0;
    // Without a branch inside a window, so that the compiler turns it into vector instructions.
    for window in bytes.windows(STEP + 2).step_by(STEP) {
        let mut hit = false;
        for index in 0..STEP {
            hit |= special(window[index], window[index + 1], window[index + 2]);
        }
        if hit {
            break;
        }
        at += STEP;
    }
    let byte = |index: usize| bytes.get(index).copied().unwrap_or(0);
    while at < bytes.len() && !special(bytes[at], byte(at + 1), byte(at + 2)) {
        at += 1;
    }
    at
}

/// A byte that starts a character XML 1.0 forbids, or a carriage return. `EF BF BE` and `EF BF BF` are
/// U+FFFE and U+FFFF; a `&str` holds no surrogates.
#[inline(always)]
pub(super) fn is_unclean(byte: u8, next: u8, after: u8) -> bool {
    ((byte < 0x20) & (byte != b'\t') & (byte != b'\n')) | ((byte == 0xEF) & (next == 0xBF) & (after >= 0xBE))
}

/// Copies `value`, giving each special character and what stands behind it to `replace`, which returns how many
/// bytes it took (at least one whole character).
#[inline(always)]
pub(super) fn copy(
    out: &mut String,
    value: &str,
    special: impl Fn(u8, u8, u8) -> bool,
    mut replace: impl FnMut(&mut String, &str) -> usize,
) {
    let mut rest = value;
    loop {
        let (run, tail) = rest.split_at(plain_run(rest.as_bytes(), &special));
        out.push_str(run);
        if tail.is_empty() {
            return;
        }
        let taken = replace(out, tail);
        rest = &tail[taken..];
    }
}

/// What to do with the unclean character at the start of `tail`: `\r\n` and `\r` become `line_end`, others nothing.
/// Returns the bytes taken.
pub(super) fn replace_unclean(out: &mut String, tail: &str, line_end: &str) -> usize {
    if tail.starts_with('\r') {
        out.push_str(line_end);
        return if tail.starts_with("\r\n") { 2 } else { 1 };
    }
    tail.chars().next().map_or(1, char::len_utf8)
}

/// The text as every format carries it: legal characters only, lines ended by `\n`.
pub fn clean(value: &str) -> Cow<'_, str> {
    if plain_run(value.as_bytes(), is_unclean) == value.len() {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len());
    copy(&mut out, value, is_unclean, |out, tail| replace_unclean(out, tail, "\n"));
    Cow::Owned(out)
}

/// Character data of a plain-text element. `&` and `<` as hexadecimal references: what most readers take for
/// text and not for markup (RSS Best Practices Profile, Character Data).
pub fn text(out: &mut String, value: &str) {
    copy(
        out,
        value,
        |b, n, a| is_unclean(b, n, a) | (b == b'&') | (b == b'<') | (b == b'>'),
        |out, tail| {
            match tail.as_bytes()[0] {
                b'&' => out.push_str("&#x26;"),
                b'<' => out.push_str("&#x3C;"),
                b'>' => out.push_str("&#x3E;"),
                _ => return replace_unclean(out, tail, "\n"),
            }
            1
        },
    );
}

/// The value of an attribute in double quotes. Tabs and line ends are references, else a reader makes them spaces
/// (XML 1.0 §3.3.3).
pub fn attr(out: &mut String, value: &str) {
    copy(
        out,
        value,
        |b, n, a| {
            is_unclean(b, n, a)
                | (b == b'&')
                | (b == b'<')
                | (b == b'>')
                | (b == b'"')
                | (b == b'\'')
                | (b == b'\n')
                | (b == b'\t')
        },
        |out, tail| {
            match tail.as_bytes()[0] {
                b'&' => out.push_str("&#x26;"),
                b'<' => out.push_str("&#x3C;"),
                b'>' => out.push_str("&#x3E;"),
                b'"' => out.push_str("&#x22;"),
                b'\'' => out.push_str("&#x27;"),
                b'\n' => out.push_str("&#xA;"),
                b'\t' => out.push_str("&#x9;"),
                _ => return replace_unclean(out, tail, "&#xA;"),
            }
            1
        },
    );
}

/// One CDATA section, or several where the text holds `]]>`; nothing for an empty text.
pub fn cdata(out: &mut String, value: &str) {
    if value.is_empty() {
        return;
    }
    out.push_str("<![CDATA[");
    let start = out.len();
    copy(
        out,
        value,
        |b, n, a| is_unclean(b, n, a) | (b == b'>'),
        |out, tail| {
            if !tail.starts_with('>') {
                return replace_unclean(out, tail, "\n");
            }
            // Looks at what was written, so that a dropped character cannot bring `]]` and `>` together.
            if out[start..].ends_with("]]") {
                out.push_str("]]><![CDATA[");
            }
            out.push('>');
            1
        },
    );
    out.push_str("]]>");
}

/// Plain text as HTML: what goes into elements that readers take for HTML.
pub fn html_text(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    copy(
        &mut out,
        value,
        |b, n, a| is_unclean(b, n, a) | (b == b'&') | (b == b'<') | (b == b'>'),
        |out, tail| {
            match tail.as_bytes()[0] {
                b'&' => out.push_str("&amp;"),
                b'<' => out.push_str("&lt;"),
                b'>' => out.push_str("&gt;"),
                _ => return replace_unclean(out, tail, "\n"),
            }
            1
        },
    );
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
/// stays to the byte, whatever a URL parser would make of it.
pub fn url_ascii(iri: &str) -> Cow<'_, str> {
    let legal = |byte: u8| {
        byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
    };
    if iri.bytes().all(legal) {
        return Cow::Borrowed(iri);
    }
    let whole = match Url::parse(iri) {
        Ok(url) => String::from(url),
        Err(_) => iri.trim().to_owned(),
    };
    Cow::Owned(utf8_percent_encode(&whole, NOT_IN_URI).to_string())
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
