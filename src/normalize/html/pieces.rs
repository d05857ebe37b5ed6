//! Splits foreign HTML into tags and text the way a tokenizer of the HTML standard does (§13.2.5), without a tree.

/// A token of HTML as a tokenizer sees it (§13.2.5).
pub(super) enum Piece<'a> {
    Text(&'a str),
    Open {
        name: &'a str,
        attributes: &'a str,
        count: usize,
    },
    Close {
        name: &'a str,
        count: usize,
    },
    /// The inside of an element that holds text only.
    Raw {
        name: &'a str,
        text: &'a str,
    },
    Cdata,
}

/// The pieces of an HTML text in order.
pub(super) struct Pieces<'a> {
    html: &'a str,
    /// Where the next piece starts.
    pub(super) at: usize,
    /// The element whose raw text comes next.
    raw: Option<&'a str>,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(html: &'a str) -> Self {
        Self { html, at: 0, raw: None }
    }

    fn raw_text(&mut self, name: &'a str) -> Piece<'a> {
        let start = self.at;
        if name.eq_ignore_ascii_case("plaintext") {
            self.at = self.html.len();
            return Piece::Raw { name, text: &self.html[start..] };
        }
        let mut from = start;
        loop {
            let Some(found) = self.html[from..].find("</") else {
                self.at = self.html.len();
                return Piece::Raw { name, text: &self.html[start..] };
            };
            let candidate = from + found;
            let end_of_name = candidate + 2 + name.len();
            let named = self.html.get(candidate + 2..end_of_name).is_some_and(|seen| seen.eq_ignore_ascii_case(name));
            let ends = !matches!(self.html.as_bytes().get(end_of_name), Some(byte) if !is_tag_break(*byte));
            if named && ends {
                self.at = candidate;
                return Piece::Raw { name, text: &self.html[start..candidate] };
            }
            from = candidate + 2;
        }
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if let Some(name) = self.raw.take() {
            return Some(self.raw_text(name));
        }
        let html = self.html;
        let bytes = html.as_bytes();
        loop {
            let start = self.at;
            if start >= bytes.len() {
                return None;
            }
            if bytes[start] != b'<'
                || !matches!(bytes.get(start + 1), Some(b'/' | b'!' | b'?' | b'a'..=b'z' | b'A'..=b'Z'))
            {
                let mut next = start + 1;
                while next < bytes.len() && !html.is_char_boundary(next) {
                    next += 1;
                }
                self.at = html[next..].find('<').map_or(bytes.len(), |found| next + found);
                return Some(Piece::Text(&html[start..self.at]));
            }
            match bytes[start + 1] {
                b'!' if html[start..].starts_with("<!--") => self.at = comment_end(html, start + 4),
                b'!' | b'?' => {
                    let cdata = html[start..].starts_with("<![CDATA[");
                    self.at = after_gt(html, start + 2);
                    if cdata {
                        return Some(Piece::Cdata);
                    }
                }
                b'/' if !matches!(bytes.get(start + 2), Some(byte) if byte.is_ascii_alphabetic()) => {
                    self.at = if bytes.get(start + 2).is_none() { bytes.len() } else { after_gt(html, start + 2) };
                }
                b'/' => {
                    let name_end = name_end(html, start + 2);
                    let (end, count) = tag_end(html, name_end);
                    self.at = end;
                    return Some(Piece::Close { name: &html[start + 2..name_end], count });
                }
                _ => {
                    let name_end = name_end(html, start + 1);
                    let (end, count) = tag_end(html, name_end);
                    self.at = end;
                    let name = &html[start + 1..name_end];
                    if is_one_of(name, RAW_TEXT) {
                        self.raw = Some(name);
                    }
                    return Some(Piece::Open { name, attributes: &html[name_end..end], count });
                }
            }
        }
    }
}

const RAW_TEXT: &[&str] =
    &["script", "style", "xmp", "iframe", "noembed", "noframes", "noscript", "textarea", "title", "plaintext"];
pub(super) fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|candidate| candidate.eq_ignore_ascii_case(name))
}

fn is_tag_break(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\x0c' | b'\r' | b'/' | b'>')
}

fn name_end(html: &str, from: usize) -> usize {
    html.as_bytes()[from..].iter().position(|byte| is_tag_break(*byte)).map_or(html.len(), |found| from + found)
}

fn after_gt(html: &str, from: usize) -> usize {
    html.get(from..).and_then(|rest| rest.find('>')).map_or(html.len(), |found| from + found + 1)
}

fn comment_end(html: &str, from: usize) -> usize {
    let rest = &html[from..];
    if rest.starts_with('>') {
        return from + 1;
    }
    if rest.starts_with("->") {
        return from + 2;
    }
    let mut at = 0;
    while let Some(found) = rest[at..].find("--") {
        let after = &rest[at + found + 2..];
        if after.starts_with('>') {
            return from + at + found + 3;
        }
        if after.starts_with("!>") {
            return from + at + found + 4;
        }
        at += found + 1;
    }
    html.len()
}

/// The index behind the `>` of a tag whose name ends at `from`, and the number of its attributes.
pub(super) fn tag_end(html: &str, from: usize) -> (usize, usize) {
    let mut attributes = Attributes { html, at: from };
    let count = attributes.by_ref().count();
    (attributes.at, count)
}

/// The value of an attribute of a tag, entities decoded only where `&amp;` stands.
pub(super) fn attribute(attributes: &str, name: &str) -> Option<String> {
    let mut all = Attributes { html: attributes, at: 0 };
    all.find(|(seen, _)| seen.eq_ignore_ascii_case(name)).map(|(_, value)| value.replace("&amp;", "&"))
}

/// The attributes of a tag in order; stops behind its `>`.
struct Attributes<'a> {
    html: &'a str,
    at: usize,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.html.as_bytes();
        let skip = |at: usize, wanted: fn(u8) -> bool| {
            bytes.get(at..).and_then(|rest| rest.iter().position(|byte| !wanted(*byte))).map_or(bytes.len(), |n| at + n)
        };
        if self.at > 0 && bytes.get(self.at - 1) == Some(&b'>') && self.at == bytes.len() {
            return None;
        }
        self.at = skip(self.at, |byte| byte.is_ascii_whitespace() || byte == b'/');
        match bytes.get(self.at) {
            None => return None,
            Some(b'>') => {
                self.at += 1;
                // The tag is over; a second call must not read on.
                self.html = &self.html[..self.at];
                return None;
            }
            Some(_) => {}
        }
        let name_start = self.at;
        // A first `=` belongs to the name (§13.2.5.32).
        self.at = skip(self.at + 1, |byte| !is_tag_break(byte) && byte != b'=');
        let name = self.html.get(name_start..self.at).unwrap_or_default();
        let after = skip(self.at, |byte| byte.is_ascii_whitespace());
        if bytes.get(after) != Some(&b'=') {
            self.at = after;
            return Some((name, ""));
        }
        let value_start = skip(after + 1, |byte| byte.is_ascii_whitespace());
        match bytes.get(value_start) {
            Some(quote @ (b'"' | b'\'')) => {
                let rest = &self.html[value_start + 1..];
                let end = rest.find(*quote as char).map_or(self.html.len(), |found| value_start + 1 + found);
                self.at = (end + 1).min(self.html.len());
                Some((name, &self.html[value_start + 1..end]))
            }
            Some(b'>') | None => {
                self.at = value_start;
                Some((name, ""))
            }
            Some(_) => {
                self.at = skip(value_start, |byte| !byte.is_ascii_whitespace() && byte != b'>');
                Some((name, &self.html[value_start..self.at]))
            }
        }
    }
}

/// Where an ASCII `needle` that starts with a special character stands at or behind `from`.
pub(super) fn find_ignoring_case(text: &str, needle: &str, from: usize) -> Option<usize> {
    let first = needle.chars().next()?;
    let mut at = from;
    loop {
        let found = at + text.get(at..)?.find(first)?;
        if text.get(found..found + needle.len()).is_some_and(|seen| seen.eq_ignore_ascii_case(needle)) {
            return Some(found);
        }
        at = found + first.len_utf8();
    }
}
