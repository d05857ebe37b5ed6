//! The print of a text: 64 bits of which hardly any differ where the texts hardly differ (SimHash, Charikar 2002).
//!
//! A story is Markdown in one source and HTML in another, so only what both show counts: words, without markup,
//! addresses and punctuation. One pass, over the start of very long texts.

use crate::normalize::summary::is_inline;
use quick_xml::escape::resolve_html5_entity;

/// Bytes of a body that are looked at, and of its text.
const MAX_SOURCE: usize = 1 << 20;
const MAX_TEXT: usize = 256 << 10;
/// Letters and digits that a text must have for its print to say anything; the second where most are Chinese, Japanese
/// or Korean.
const LEAST: u32 = 200;
const LEAST_WIDE: u32 = 80;
/// Bits that may differ. Of four bands at least one is equal then.
const NEAR: u32 = 3;
/// Of texts with nothing in common half of the bits differ, and hardly ever as few as these.
const FAR: u32 = 22;
/// Elements whose inside is no text, or stands there a second time.
const SKIPPED: [&str; 7] = ["script", "style", "iframe", "noscript", "template", "rt", "rp"];

/// The print of a text that is long enough to have one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Print {
    pub bits: u64,
    /// Letters and digits.
    pub length: u32,
    /// Most of it is Chinese, Japanese or Korean.
    pub wide: bool,
}

impl Print {
    /// Four numbers of which near texts have one in common, each at its place.
    pub(super) fn bands(&self) -> [u16; 4] {
        [0, 16, 32, 48].map(|shift| (self.bits >> shift & 0xffff) as u16)
    }

    /// The texts are the same but for a few words.
    pub fn is_near(&self, other: &Print) -> bool {
        let (short, long) = (self.length.min(other.length), self.length.max(other.length));
        self.distance(other) <= NEAR && u64::from(short) * 4 >= u64::from(long) * 3
    }

    /// The texts have nothing in common, though neither is just a piece of the other.
    pub fn is_far(&self, other: &Print) -> bool {
        let (short, long) = (self.length.min(other.length), self.length.max(other.length));
        self.wide != other.wide || (self.distance(other) >= FAR && u64::from(short) * 2 >= u64::from(long))
    }

    fn distance(&self, other: &Print) -> u32 {
        (self.bits ^ other.bits).count_ones()
    }
}

/// The print of a body, HTML or Markdown. None for a short text.
pub(super) fn print(body: &str) -> Option<Print> {
    let mut reader = Reader::new(clip(body));
    reader.read();
    let Words { tally, length, wide, .. } = reader.words;
    let wide = u64::from(wide) * 2 >= u64::from(length);
    if length < if wide { LEAST_WIDE } else { LEAST } {
        return None;
    }
    let bits = tally.majority();
    Some(Print { bits, length, wide })
}

fn clip(text: &str) -> &str {
    let mut end = text.len().min(MAX_SOURCE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Han, kana, hangul: a character says as much as half a word elsewhere.
pub(super) fn is_wide(c: char) -> bool {
    is_han_or_kana(c) || matches!(c, '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7a3}')
}

/// Most of a Chinese text.
fn is_common_ideograph(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

fn is_han_or_kana(c: char) -> bool {
    is_common_ideograph(c)
        || matches!(c, '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3fffd}')
}

/// Scripts without spaces between words: there each character counts as one.
fn stands_alone(c: char) -> bool {
    is_han_or_kana(c) || matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
}

/// Characters that are within a word and not of it.
fn is_ignored(c: char) -> bool {
    matches!(c, '*' | '_' | '`' | '~' | '\\' | '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// Counts for each of 64 bits in how many of the numbers it is set, eight bits at a time.
struct Tally {
    /// A count in each byte, not yet in `ones`.
    lanes: [u64; 8],
    waiting: u8,
    ones: [u32; 64],
    total: u32,
}

/// A byte → eight bytes, each of them one of its bits.
const SPREAD: [u64; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut bit = 0;
        while bit < 8 {
            table[byte] |= ((byte as u64 >> bit) & 1) << (8 * bit);
            bit += 1;
        }
        byte += 1;
    }
    table
};

impl Tally {
    fn add(&mut self, number: u64) {
        for (lane, byte) in self.lanes.iter_mut().zip(number.to_le_bytes()) {
            *lane = lane.wrapping_add(SPREAD[usize::from(byte)]);
        }
        self.waiting += 1;
        if self.waiting == u8::MAX {
            self.settle();
        }
    }

    fn settle(&mut self) {
        let counts = self.lanes.iter().flat_map(|lane| lane.to_le_bytes());
        for (ones, count) in self.ones.iter_mut().zip(counts) {
            *ones += u32::from(count);
        }
        self.total += u32::from(self.waiting);
        (self.lanes, self.waiting) = ([0; 8], 0);
    }

    /// The bits that are set more often than not.
    fn majority(mut self) -> u64 {
        self.settle();
        let set = self.ones.iter().enumerate().filter(|(_, ones)| **ones * 2 > self.total);
        set.fold(0, |bits, (bit, _)| bits | 1 << bit)
    }
}

/// Takes words in and counts the bits of shingles of three of them.
struct Words {
    tally: Tally,
    /// The last two words.
    before: [Option<u64>; 2],
    length: u32,
    wide: u32,
    /// The word being read: hash and characters.
    open: (u64, u32),
}

/// FNV-1a, which no version of a library changes: prints are kept.
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// Spreads every bit over all (the finalizer of SplitMix64).
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

impl Words {
    fn new() -> Self {
        let tally = Tally { lanes: [0; 8], waiting: 0, ones: [0; 64], total: 0 };
        Self { tally, before: [None; 2], length: 0, wide: 0, open: (OFFSET, 0) }
    }

    fn letter(&mut self, c: char) {
        if c.is_ascii() {
            self.put(c.to_ascii_lowercase());
        } else if stands_alone(c) {
            self.end();
            self.put(c);
            self.end();
        } else {
            c.to_lowercase().for_each(|lower| self.put(lower));
        }
        self.wide += u32::from(!c.is_ascii() && is_wide(c));
    }

    fn put(&mut self, c: char) {
        self.open = ((self.open.0 ^ u64::from(c)).wrapping_mul(PRIME), self.open.1 + 1);
    }

    fn end(&mut self) {
        let (word, length) = std::mem::replace(&mut self.open, (OFFSET, 0));
        if length == 0 {
            return;
        }
        self.length += length;
        if let [Some(first), Some(second)] = self.before {
            let shingle = mix(mix(mix(first).wrapping_add(second)).wrapping_add(word));
            self.tally.add(shingle);
        }
        self.before = [self.before[1], Some(word)];
    }
}

/// Where a text next has something, found once however often it is asked for.
struct Ahead {
    what: &'static str,
    found: Option<usize>,
    none: bool,
}

impl Ahead {
    fn new(what: &'static str) -> Self {
        Self { what, found: None, none: false }
    }

    /// At or behind `from`, which never goes back.
    fn find(&mut self, text: &str, from: usize) -> Option<usize> {
        if self.none {
            return None;
        }
        if self.found.is_none_or(|found| found < from) {
            self.found = text.get(from..).and_then(|rest| rest.find(self.what)).map(|found| from + found);
            self.none = self.found.is_none();
        }
        self.found
    }
}

/// Reads a body and hands on what is visible of it.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// Only signs of Markdown stand before `at` in its line.
    line_start: bool,
    words: Words,
    tag_end: Ahead,
    comment_end: Ahead,
    bracket: Ahead,
    address: Ahead,
    parenthesis: Ahead,
    line_end: Ahead,
    block_end: Ahead,
    value_end: Ahead,
    element_ends: [Ahead; SKIPPED.len()],
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        const ENDS: [&str; SKIPPED.len()] =
            ["</script", "</style", "</iframe", "</noscript", "</template", "</rt", "</rp"];
        Self {
            text,
            at: 0,
            line_start: true,
            words: Words::new(),
            tag_end: Ahead::new(">"),
            comment_end: Ahead::new("-->"),
            bracket: Ahead::new("]"),
            address: Ahead::new("]("),
            parenthesis: Ahead::new(")"),
            line_end: Ahead::new("\n"),
            block_end: Ahead::new("%}"),
            value_end: Ahead::new("}}"),
            element_ends: ENDS.map(Ahead::new),
        }
    }

    fn read(&mut self) {
        let mut taken = 0;
        while let Some(c) = self.rest().chars().next() {
            if taken > MAX_TEXT {
                break;
            }
            let end = if is_common_ideograph(c) { None } else { self.markup(c) };
            if let Some(end) = end {
                self.at = end.max(self.at + c.len_utf8());
                continue;
            }
            self.at += c.len_utf8();
            if is_common_ideograph(c) || c.is_alphanumeric() {
                self.words.letter(c);
                taken += c.len_utf8() + self.rest_of_word();
            } else if !is_ignored(c) {
                self.words.end();
            }
            self.line_start = c == '\n' || (self.line_start && (c.is_whitespace() || c == '>'));
        }
        self.words.end();
    }

    /// Takes the plain letters that follow one, which begin no markup. How many.
    fn rest_of_word(&mut self) -> usize {
        let start = self.at;
        let letters = self.text.as_bytes().iter().skip(start).take_while(|byte| byte.is_ascii_alphabetic());
        if self.words.open.1 == 0 {
            return 0;
        }
        for letter in letters {
            self.words.put(char::from(letter.to_ascii_lowercase()));
            self.at += 1;
        }
        self.at - start
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Where the markup ends that begins here with `c`, if any does. What it means for words is done.
    fn markup(&mut self, c: char) -> Option<usize> {
        let (rest, at) = (self.rest(), self.at);
        match c {
            '<' => self.tag(rest),
            '&' => self.reference(rest),
            '`' | '~' if self.line_start && (rest.starts_with("```") || rest.starts_with("~~~")) => {
                // What a fence says behind it is no text.
                Some(self.line_end.find(self.text, at).unwrap_or(self.text.len()))
            }
            '!' if rest.starts_with("![") => {
                let address = self.address.find(self.text, at)?;
                self.words.end();
                self.in_line(at, Some(address)).and_then(|address| self.behind_address(address))
            }
            ']' if rest.starts_with("](") => self.behind_address(at),
            '[' if self.line_start && !rest.starts_with("[^") => {
                let close = self.bracket.find(self.text, at);
                let close = self.in_line(at, close).filter(|close| self.text[*close..].starts_with("]:"));
                close.map(|_| self.line_end.find(self.text, at).unwrap_or(self.text.len()))
            }
            '{' if rest.starts_with("{%") => self.block_end.find(self.text, at).map(|end| end + 2),
            '{' if rest.starts_with("{{") => self.value_end.find(self.text, at).map(|end| end + 2),
            '0'..='9' if self.line_start => {
                let digits = rest.bytes().take(10).take_while(u8::is_ascii_digit).count();
                let mark = &rest[digits..];
                (digits < 10 && (mark.starts_with(". ") || mark.starts_with(") "))).then_some(at + digits + 1)
            }
            'h' if self.words.open.1 == 0 && (rest.starts_with("http://") || rest.starts_with("https://")) => {
                let is_end = |c: char| c.is_whitespace() || !c.is_ascii() || matches!(c, '<' | '>' | ')' | '"' | ']');
                self.line_start = false;
                Some(at + rest.find(is_end).unwrap_or(rest.len()))
            }
            _ => None,
        }
    }

    /// A place in the line of `from`, or none.
    fn in_line(&mut self, from: usize, place: Option<usize>) -> Option<usize> {
        let end = self.line_end.find(self.text, from).unwrap_or(self.text.len());
        place.filter(|place| *place < end)
    }

    /// Behind `](address)`, which begins at `at`.
    fn behind_address(&mut self, at: usize) -> Option<usize> {
        let close = self.parenthesis.find(self.text, at);
        self.in_line(at, close).map(|close| close + 1)
    }

    fn tag(&mut self, rest: &str) -> Option<usize> {
        if rest.starts_with("<!--") {
            return Some(self.comment_end.find(self.text, self.at).map_or(self.text.len(), |end| end + 3));
        }
        let inside = rest.get(1..)?;
        if !inside.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
            return None;
        }
        let end = self.tag_end.find(self.text, self.at)? + 1;
        let name = inside.trim_start_matches('/');
        let name = &name[..name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len())];
        if !is_inline(name) {
            self.words.end();
        }
        let skipped = SKIPPED.iter().position(|skipped| *skipped == name && !inside.starts_with('/'));
        let inner_end = skipped.and_then(|index| self.element_ends[index].find(self.text, end));
        Some(inner_end.unwrap_or(end))
    }

    fn reference(&mut self, rest: &str) -> Option<usize> {
        // The longest name has 31 letters; `;` is one byte.
        let length = rest.bytes().take(34).position(|byte| byte == b';')?;
        let name = rest.get(1..length)?;
        let text: String = match name.strip_prefix('#') {
            Some(number) => {
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => number.parse(),
                };
                char::from_u32(code.ok()?)?.into()
            }
            None => resolve_html5_entity(name)?.into(),
        };
        for c in text.chars() {
            if c.is_alphanumeric() {
                self.words.letter(c);
            } else if !is_ignored(c) {
                self.words.end();
            }
        }
        self.line_start = false;
        Some(self.at + length + 1)
    }
}

#[cfg(test)]
mod tests;
