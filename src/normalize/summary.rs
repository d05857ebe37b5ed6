//! Clean HTML → text, and text → a summary that ends where a reader expects it to.

use super::html::markup::{Token, Tokens, unescape};
use std::borrow::Cow;
use unicode_segmentation::UnicodeSegmentation;

/// Columns of a summary cut from a body; a Han character takes two.
const MAX_COLUMNS: usize = 200;
/// Bytes that one column may take before marks without width are too many of them.
const MAX_BYTES_PER_COLUMN: usize = 16;
/// Characters of a summary its author wrote.
const MAX_WRITTEN: usize = 1_000;

/// The text of clean HTML on one line: blocks and breaks become spaces. Stops soon after `enough` columns.
pub fn text(html: &str, enough: usize) -> String {
    let mut out = String::new();
    let mut columns = 0;
    let mut space = false;
    let mut pictured = false;
    let mut skipped = 0_usize;
    for token in Tokens::new(html) {
        match token {
            Token::Text(text) if skipped == 0 => {
                for c in unescape(text).chars() {
                    // Chinese paragraphs start with two wide spaces, which mean nothing within a line.
                    if matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{0C}' | '\u{3000}') {
                        space = true;
                        continue;
                    }
                    // Where a picture stood at the end of a sentence, its full stop would stand alone.
                    let hangs = std::mem::take(&mut pictured) && matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | ')');
                    if std::mem::take(&mut space) && !out.is_empty() && !hangs {
                        out.push(' ');
                        columns += 1;
                    }
                    out.push(c);
                    columns += width(c);
                    if columns > enough || out.len() > enough.saturating_mul(MAX_BYTES_PER_COLUMN) {
                        return out;
                    }
                }
            }
            Token::Text(_) => {}
            // The reading of a ruby text would stand twice.
            Token::Open { name: "rt" | "rp" | "script" | "style" | "iframe", .. } => skipped += 1,
            Token::Close { name: "rt" | "rp" | "script" | "style" | "iframe" } => skipped = skipped.saturating_sub(1),
            Token::Open { name: "img", .. } => pictured = true,
            Token::Open { name, .. } | Token::Close { name } => space |= !is_inline(name),
        }
    }
    out
}

pub(super) fn is_inline(name: &str) -> bool {
    matches!(
        name,
        "a" | "abbr"
            | "b"
            | "bdi"
            | "bdo"
            | "cite"
            | "code"
            | "del"
            | "dfn"
            | "em"
            | "i"
            | "ins"
            | "kbd"
            | "mark"
            | "q"
            | "ruby"
            | "s"
            | "samp"
            | "small"
            | "span"
            | "strong"
            | "sub"
            | "sup"
            | "time"
            | "u"
            | "var"
            | "wbr"
    )
}

/// A summary of clean HTML: at most `MAX_COLUMNS` wide, cut behind a sentence or a word, with `…` where cut in a sentence.
pub(super) fn of_html(html: &str) -> String {
    let html = without_footnotes(html);
    // Twice as much shows whether something follows, and where the last sentence ends.
    let text = super::text::tidy_line(&text(&html, MAX_COLUMNS * 2));
    cut(&text, MAX_COLUMNS, width)
}

/// The arrow by which every generator of footnotes leads back from a note.
const BACK: char = '↩';

/// Clean HTML without its footnotes and the marks that refer to them. Classes and ids do not outlast cleaning, so they
/// are told by their shape: a list whose items lead back into the text, and raised numbers that are links or belong
/// to such a list.
fn without_footnotes(html: &str) -> Cow<'_, str> {
    let list = html.find(BACK).and_then(|arrow| {
        let start = html[..arrow].rfind("<ol")?;
        (!html[start..arrow].contains("</ol>")).then_some(start)
    });
    let body = &html[..list.unwrap_or(html.len())];
    if !body.contains("<sup") {
        return Cow::Borrowed(body);
    }
    let (mut out, mut rest) = (String::with_capacity(body.len()), body);
    while let Some(start) = rest.find("<sup")
        && let Some(length) = rest[start..].find("</sup>")
    {
        let end = start + length + "</sup>".len();
        out.push_str(&rest[..if is_reference(&rest[start..end], list.is_some()) { start } else { end }]);
        rest = &rest[end..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// `<sup>1</sup>`, `<sup><a href="…">[2]</a></sup>`; without a list of notes only what is a link: `10<sup>3</sup>`.
fn is_reference(sup: &str, noted: bool) -> bool {
    let linked = noted || Tokens::new(sup).any(|token| matches!(token, Token::Open { name: "a", .. }));
    let mark = text(sup, 16);
    let mark = mark.trim_matches(['[', ']', '(', ')']);
    linked && (1..=3).contains(&mark.len()) && mark.bytes().all(|byte| byte.is_ascii_digit())
}

/// A summary its author wrote, already without markup: one line, capped.
pub(super) fn written(text: &str) -> String {
    cut(&super::text::tidy_line(text), MAX_WRITTEN, |_| 1)
}

/// At most `max` units of text, where `unit` measures a character. Never cuts inside a grapheme.
fn cut(text: &str, max: usize, unit: fn(char) -> usize) -> String {
    let mut used = 0;
    let mut end = text.len();
    for (at, grapheme) in text.grapheme_indices(true) {
        used += measure(grapheme, unit);
        if used > max {
            end = at;
            break;
        }
    }
    if end == text.len() {
        return text.to_owned();
    }
    let head = &text[..end];
    // A sentence that ends in the last two fifths is worth more than a few words behind it.
    let floor = head.char_indices().map(|(at, _)| at).nth(head.chars().count() * 3 / 5).unwrap_or(0);
    if let Some(stop) = last_sentence_end(text, end).filter(|stop| *stop > floor) {
        return text[..stop].trim_end().to_owned();
    }
    // One unit is for the ellipsis.
    let mut room = 0;
    let mut used = 1;
    for (at, grapheme) in head.grapheme_indices(true) {
        used += measure(grapheme, unit);
        if used > max {
            break;
        }
        room = at + grapheme.len();
    }
    let word = head.split_word_bound_indices().map(|(at, _)| at).take_while(|at| *at <= room).last().unwrap_or(0);
    let stop = if word > floor { word } else { room };
    let kept = text[..stop].trim_end_matches(|c: char| {
        c.is_whitespace() || matches!(c, ',' | ';' | ':' | '，' | '、' | '；' | '：' | '-' | '–' | '—')
    });
    format!("{kept}…")
}

fn measure(text: &str, unit: fn(char) -> usize) -> usize {
    text.chars().map(unit).sum()
}

/// The end of the last sentence that ends at or before `end`.
fn last_sentence_end(text: &str, end: usize) -> Option<usize> {
    let mut last = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if at >= end {
            break;
        }
        let wide = matches!(c, '。' | '！' | '？' | '…' | '｡');
        if !wide && !matches!(c, '.' | '!' | '?') {
            continue;
        }
        let mut stop = at + c.len_utf8();
        while let Some((next, closing)) = chars.peek().copied()
            && matches!(
                closing,
                '”' | '’' | '」' | '』' | '）' | ')' | '"' | '\'' | '》' | '。' | '！' | '？' | '.' | '!' | '?'
            )
        {
            stop = next + closing.len_utf8();
            chars.next();
        }
        // In scripts with spaces a sentence ends before one: `1.5` and `example.org` do not end.
        let ends = wide || chars.peek().is_none_or(|(_, next)| next.is_whitespace());
        if ends && stop <= end {
            last = Some(stop);
        }
    }
    last
}

/// Columns of a text on a terminal, roughly: wide characters take two.
pub fn columns(text: &str) -> usize {
    measure(text, width)
}

/// Columns of a character on a terminal, roughly (UAX #11 wide and fullwidth are two, joined and combining none).
fn width(c: char) -> usize {
    match u32::from(c) {
        0x0300..=0x036F | 0x200B..=0x200F | 0x2060..=0x2064 | 0xFE00..=0xFE0F | 0xFEFF => 0,
        0x1100..=0x115F
        | 0x2E80..=0xA4CF
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F
        | 0xFF00..=0xFF60
        | 0xFFE0..=0xFFE6
        | 0x1F300..=0x1F64F
        | 0x1F680..=0x1F6FF
        | 0x1F900..=0x1FAFF
        | 0x20000..=0x3FFFD => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_of_html() {
        for (html, expect) in [
            ("<p>a</p><p>b</p>", "a b"),
            ("a<br>b<b>c</b>d", "a bcd"),
            ("<p>x &amp; y &lt;z&gt;</p>\n<pre>f(\n\t1)</pre>", "x & y <z> f( 1)"),
            ("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp>字</ruby>", "漢字"),
            ("<ul><li>a</li><li>b</li></ul>", "a b"),
            ("<p>　　浦东</p><p>　　静安</p>", "浦东 静安"),
            ("<img alt=\"x\" src=\"y\">", ""),
            ("<p>see <img src=\"y\">. And <img src=\"y\"> , so</p>", "see. And, so"),
            ("<p>a <img src=\"y\"> b</p>", "a b"),
        ] {
            assert_eq!(text(html, usize::MAX), expect);
        }
    }

    #[test]
    fn short_ones_stay() {
        assert_eq!(of_html("<p>今天天气很好</p>"), "今天天气很好");
        assert_eq!(of_html(""), "");
    }

    #[test]
    fn footnotes_are_left_out() {
        for (html, expect) in [
            ("<p>Hi<sup>1</sup> you.<sup>2</sup></p>\n<ol><li><p>note ↩</p></li><li><p>two ↩</p></li></ol>", "Hi you."),
            ("<p>Hi<sup><a href=\"https://a.example/#fn\">[12]</a></sup> you.</p>", "Hi you."),
            ("<p>10<sup>3</sup> mills</p>", "103 mills"),
            ("<p>1<sup>st</sup><sup>1</sup></p><ol><li>x ↩</li></ol>", "1st"),
            ("<ol><li>a</li></ol><p>back ↩ there</p>", "a back ↩ there"),
            ("<p>open <sup>1</p>", "open 1"),
        ] {
            assert_eq!(of_html(html), expect, "{html}");
        }
    }

    #[test]
    fn cuts() {
        let chinese = of_html(&format!("<p>{}</p>", "浦东新区静安区怎么做好疫情管控和相关筛查，".repeat(20)));
        assert!(columns(&chinese) <= MAX_COLUMNS && chinese.ends_with('…') && !chinese.ends_with("，…"), "{chinese}");
        let sentences = of_html(&"浦东新区、静安区怎么做好疫情管控和相关筛查？".repeat(20));
        assert!(sentences.ends_with('？') && columns(&sentences) > 120, "{sentences}");
        let english = of_html(&"lorem ipsum dolor sit amet ".repeat(30));
        assert!(english.ends_with("…") && columns(&english) <= MAX_COLUMNS);
        assert!(
            english.trim_end_matches('…').split(' ').all(|word| "lorem ipsum dolor sit amet".contains(word)),
            "{english}"
        );
        let versions = of_html(&"see example.org 1.5 and so on ".repeat(30));
        assert!(versions.ends_with('…'), "{versions}");
        let family = "👨\u{200d}👩\u{200d}👧\u{200d}👦";
        let emoji = of_html(&family.repeat(100));
        assert!(emoji.trim_end_matches('…').graphemes(true).all(|grapheme| grapheme == family), "{emoji}");
        let flags = of_html(&"🇨🇳".repeat(300));
        assert_eq!(flags.trim_end_matches('…').chars().count() % 2, 0);
        let long = written(&"word ".repeat(1000));
        assert!(long.chars().count() <= MAX_WRITTEN);
    }

    proptest! {
        #[test]
        fn never_too_wide(body in "(中文|。|a|\\. | |é|👨\u{200d}👩|\u{301}|“|”){0,300}") {
            prop_assert!(columns(&of_html(&body)) <= MAX_COLUMNS);
        }
    }
}
