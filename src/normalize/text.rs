//! Text fields: any markup in, one clean line out. Titles, author names, terms and alternative texts go through here.

use super::{html, summary};
use crate::model::{Markup, Text};
use memchr::memmem;
use std::borrow::Cow;
use unicode_segmentation::UnicodeSegmentation;

/// Bytes of a title, a name or another line of text.
pub const MAX_LINE: usize = 1_000;

/// A text field as one line of plain text, at most `MAX_LINE` bytes.
///
/// Plain text stays as it is written (`AT&T`, `A < B`, `the &amp; entity`); HTML loses its tags and is decoded once.
pub fn line(text: &Text) -> String {
    cut_bytes(&tidy_line(&unmarked(text)), MAX_LINE)
}

/// A plain text as one line, at most `MAX_LINE` bytes.
pub fn plain_line(text: &str) -> String {
    cut_bytes(&tidy_line(text), MAX_LINE)
}

/// Where only the text of HTML is wanted.
const BARE: html::Setting<'static> = html::Setting { base: None, page: None, rules: None };

/// The text without its markup, not yet tidied.
pub(super) fn unmarked(text: &Text) -> Cow<'_, str> {
    match text.markup {
        Markup::Html if text.value.contains(['<', '&']) => {
            Cow::Owned(summary::text(&html::clean(&text.value, BARE), usize::MAX))
        }
        Markup::Html | Markup::Text => Cow::Borrowed(&text.value),
        Markup::Markdown => {
            Cow::Owned(summary::text(&html::clean(&super::markdown::to_html(&text.value), BARE), usize::MAX))
        }
    }
}

/// White space to single spaces, no characters XML 1.0 forbids, no stray direction marks, nothing invisible at the ends.
pub fn tidy_line(text: &str) -> String {
    if is_tidy(text) { text.to_owned() } else { tidied(text) }
}

/// Most lines need nothing: letters that are plain for certain, single spaces between them.
fn is_tidy(text: &str) -> bool {
    let mut space = true;
    let plain = text.chars().all(|c| {
        let was_space = std::mem::replace(&mut space, c == ' ');
        match c {
            ' ' => !was_space,
            '!'..='~' | '\u{a1}'..='\u{ac}' | '\u{c0}'..='\u{24f}' => true,
            '\u{2013}'..='\u{2014}' | '\u{2018}'..='\u{201d}' | '\u{2026}' => true,
            '\u{3001}'..='\u{3029}' | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}' => true,
            '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{ff01}'..='\u{ff5e}' => true,
            _ => false,
        }
    });
    plain && (!space || text.is_empty())
}

fn tidied(text: &str) -> String {
    let text = xml_chars(text);
    let text = balance_bidi(&text);
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    for c in text.chars() {
        if is_line_space(c) {
            space = true;
            continue;
        }
        if c.is_control() {
            continue;
        }
        if space && !out.is_empty() {
            out.push(' ');
        }
        space = false;
        out.push(c);
    }
    out.trim_matches(|c: char| is_invisible(c) || c.is_whitespace()).to_owned()
}

/// White space that a line may hold as one space; U+3000 and U+00A0 are wanted where they stand between words.
fn is_line_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{0B}' | '\u{0C}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Characters without width; inside words joiners matter (ZWJ emoji, Persian), at the ends nothing of it does.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' | '\u{00AD}' | '\u{180E}')
}

/// Drops direction controls that are not closed on the same line (UAX #9 §3.3.2), so that none reaches the text around.
fn balance_bidi(text: &str) -> Cow<'_, str> {
    let is_control = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    if !text.contains(is_control) {
        return Cow::Borrowed(text);
    }
    let mut open: Vec<(usize, bool)> = Vec::new();
    let mut kept = std::collections::BTreeSet::new();
    for (at, c) in text.char_indices() {
        match c {
            '\u{202A}' | '\u{202B}' | '\u{202D}' | '\u{202E}' => open.push((at, false)),
            '\u{2066}'..='\u{2068}' => open.push((at, true)),
            '\u{202C}' | '\u{2069}' => {
                if let Some((start, isolate)) = open.last().copied()
                    && isolate == (c == '\u{2069}')
                {
                    open.pop();
                    kept.extend([start, at]);
                }
            }
            _ => {}
        }
    }
    Cow::Owned(text.char_indices().filter(|(at, c)| !is_control(*c) || kept.contains(at)).map(|(_, c)| c).collect())
}

/// Only characters that XML 1.0 §2.2 allows; CR LF and a lone CR become LF, a form feed a space.
pub fn xml_chars(text: &str) -> Cow<'_, str> {
    // Without a way out of the loop the compiler makes it look at many bytes at once.
    let look = |seen: (bool, bool), byte: &u8| {
        (seen.0 | (*byte < 0x20 && *byte != b'\t' && *byte != b'\n'), seen.1 | (*byte == 0xEF))
    };
    let (controls, wide) = text.as_bytes().iter().fold((false, false), look);
    let forbidden = |c: &str| memmem::find(text.as_bytes(), c.as_bytes()).is_some();
    if !controls && !(wide && (forbidden("\u{FFFE}") || forbidden("\u{FFFF}"))) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                if chars.peek() != Some(&'\n') {
                    out.push('\n');
                }
            }
            '\u{0C}' => out.push(' '),
            '\t' | '\n' => out.push(c),
            '\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => {}
            _ => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// At most `max` bytes, cut between graphemes, with `…` where something was cut.
pub fn cut_bytes(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let room = max.saturating_sub('…'.len_utf8());
    let mut end = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        if at + grapheme.len() > room {
            break;
        }
        end = at + grapheme.len();
    }
    format!("{}…", text[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_counts_as_tidy_is() {
        for c in (0..=0x0010_ffff).filter_map(char::from_u32) {
            for text in [format!("a{c}b"), format!("{c}金"), format!("b {c}")] {
                if is_tidy(&text) {
                    assert_eq!(text, tidied(&text), "{c:?}");
                }
            }
        }
        for (text, tidy) in [("", true), ("a b", true), (" a", false), ("a  b", false), ("a ", false), (" ", false)] {
            assert_eq!(is_tidy(text), tidy, "{text:?}");
            assert_eq!(tidy_line(text), tidied(text));
        }
    }

    #[test]
    fn lines() {
        let html = |value: &str| line(&Text::html(value));
        let plain = |value: &str| line(&Text::plain(value));
        for (got, expect) in [
            (plain("A < B"), "A < B"),
            (plain("AT&T"), "AT&T"),
            (plain("I <3 x"), "I <3 x"),
            (plain("the &amp; entity"), "the &amp; entity"),
            (plain("Vec<String> and <b>"), "Vec<String> and <b>"),
            (html("A &lt; B"), "A < B"),
            (html("A < B"), "A < B"),
            (html("AT&T"), "AT&T"),
            (html("AT&amp;T"), "AT&T"),
            (html("I <3 x"), "I <3 x"),
            (html("the &amp;amp; entity"), "the &amp; entity"),
            (html("a <b>bold</b>&nbsp;title<br>x"), "a bold\u{a0}title x"),
            (html("x<script>alert(1)</script>y"), "xy"),
            (html("&lt;script&gt;"), "<script>"),
            (html("&rsquo;&eacute;&#x4E2D;"), "’é中"),
            (plain(" a\r\n\tb\u{2028}c "), "a b c"),
            (plain("a\u{0}\u{8}\u{1b}[2Jb"), "a[2Jb"),
            (plain("\u{202e}evil"), "evil"),
            (plain("a \u{202b}x\u{202c} b"), "a \u{202b}x\u{202c} b"),
            (plain("\u{2067}x"), "x"),
            (plain("\u{200b}\u{feff}x\u{200b}"), "x"),
            (plain("👨\u{200d}👩\u{200d}👧"), "👨\u{200d}👩\u{200d}👧"),
            (plain("　　全角"), "全角"),
            (plain("\u{fffe}x\u{ffff}"), "x"),
        ] {
            assert_eq!(got, expect);
        }
    }

    #[test]
    fn long_lines_are_cut_between_graphemes() {
        let long = line(&Text::plain("👨\u{200d}👩\u{200d}👧".repeat(100)));
        assert!(long.len() <= MAX_LINE);
        assert!(long.ends_with("👧…"));
    }

    #[test]
    fn line_ends() {
        assert_eq!(xml_chars("a\r\nb\rc\n\rd"), "a\nb\nc\n\nd");
        assert!(matches!(xml_chars("a\tb\nc"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn any_text_becomes_one_legal_line(value in "\\PC{0,40}|[\\x00-\\x{FFFF}]{0,40}", html: bool) {
            let text = if html { Text::html(value) } else { Text::plain(value) };
            let out = line(&text);
            let legal = !out.contains(['\n', '\r', '\t', '\u{0}', '\u{FFFE}']);
            prop_assert!(legal);
            prop_assert_eq!(tidy_line(&out), out);
        }
    }
}
