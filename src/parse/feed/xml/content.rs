//! What an element holds → one text, with the markup inside it kept as HTML.

use super::{Element, Event, Reader, Stop};
use crate::parse::feed::text::{self, Reference};
use std::borrow::Cow;

/// The text of an element.
#[derive(Debug)]
pub(in crate::parse::feed) struct Content<'a> {
    pub(in crate::parse::feed) value: Cow<'a, str>,
    /// Child elements were met; they stand in `value` as HTML.
    pub(in crate::parse::feed) markup: bool,
}

/// How the text around child elements is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::parse::feed) enum Inner {
    /// Decoded once; children as they stand. For texts.
    Decoded,
    /// The same for HTML written as text: names that XML does not know are left to HTML.
    Html,
    /// As HTML, without the one `div` around it (RFC 4287 §3.1.1.3).
    Xhtml,
}

impl<'a> Reader<'a> {
    /// Skips what is left of the element just started.
    pub(in crate::parse::feed) fn skip(&mut self) -> Result<(), Stop> {
        let outer = self.open.len().saturating_sub(1);
        loop {
            match self.next()? {
                Event::End(_) if self.open.len() <= outer => return Ok(()),
                Event::Eof => return Err(Stop::Cut),
                _ => {}
            }
        }
    }

    /// The decoded text of the element just started, up to its end, trimmed.
    pub(in crate::parse::feed) fn text(&mut self) -> Result<Cow<'a, str>, Stop> {
        Ok(trimmed(self.content(Inner::Decoded)?.value))
    }

    /// Everything in the element just started, up to its end.
    pub(in crate::parse::feed) fn content(&mut self, inner: Inner) -> Result<Content<'a>, Stop> {
        let outer = self.open.len().saturating_sub(1);
        let mut value: Cow<'a, str> = Cow::Borrowed("");
        let mut markup = false;
        let mut wrapper = false;
        loop {
            if self.closing == 0 && self.take_text(&mut value, inner, outer) {
                return Ok(Content { value, markup });
            }
            match self.next()? {
                Event::Text(text) => self.append_text(&mut value, text, self.position(), inner),
                Event::Cdata(text) => append(&mut value, Cow::Borrowed(text), inner),
                Event::Reference(name) => self.append_reference(&mut value, name, self.position(), inner),
                Event::Start(element) => {
                    // Looked at once: white space may be long, and children many.
                    let first =
                        !std::mem::replace(&mut markup, true) && self.open.len() == outer + 2 && text::is_blank(&value);
                    if first && inner == Inner::Xhtml && element.name == "div" {
                        wrapper = true;
                        continue;
                    }
                    if self.ends_the_last(&element, outer) {
                        let out = value.to_mut();
                        out.push_str("</");
                        out.push_str(html_name(element.raw_name));
                        out.push('>');
                    }
                    self.write_tag(value.to_mut(), &element);
                    if is_void(html_name(element.raw_name)) {
                        self.close_void(&element);
                    }
                }
                Event::End(name) => {
                    if self.open.len() <= outer {
                        return Ok(Content { value, markup });
                    }
                    if wrapper && self.open.len() == outer + 1 && local(name).eq_ignore_ascii_case("div") {
                        continue;
                    }
                    let name = html_name(name);
                    if !is_void(name) {
                        let out = value.to_mut();
                        out.push_str("</");
                        out.push_str(name);
                        out.push('>');
                    }
                }
                Event::Eof => return Err(Stop::Cut),
            }
        }
    }

    /// `<p>one<p>two`: HTML ends a paragraph or list item where the next one begins.
    fn ends_the_last(&mut self, element: &Element<'a>, outer: usize) -> bool {
        let ends = matches!(&*element.name, "p" | "li")
            && self.open.len() > outer + 2
            && self.open[self.open.len() - 2].name.eq_ignore_ascii_case(element.raw_name);
        if ends {
            self.close_around(self.open.len() - 2, element);
        }
        ends
    }

    /// `<br>` has no end in HTML; in XML it may have one, right after.
    fn close_void(&mut self, element: &Element<'_>) {
        let rest = self.text.get(self.position()..).unwrap_or_default();
        let is_closed =
            self.closing > 0 || rest.strip_prefix("</").is_some_and(|rest| rest.starts_with(element.raw_name));
        if !is_closed {
            self.closing = 1;
            self.repairs.note("unclosed-tag", element.raw_name, element.at);
        }
    }

    /// Takes text and CDATA up to the next tag, without the tokenizer: most bytes of a feed are such. True where
    /// the next tag is the end of the element whose parent has the depth `outer`; it is read then.
    fn take_text(&mut self, value: &mut Cow<'a, str>, inner: Inner, outer: usize) -> bool {
        const CDATA: &str = "<![CDATA[";
        let start = self.position();
        let mut at = start;
        loop {
            let rest = self.slice(at, self.text.len());
            match rest.as_bytes().first() {
                Some(b'<') => match rest.strip_prefix(CDATA) {
                    Some(data) => {
                        let Some(end) = memchr::memmem::find(data.as_bytes(), b"]]>") else { break };
                        append(value, Cow::Borrowed(&data[..end]), inner);
                        at += CDATA.len() + end + 3;
                    }
                    None => break,
                },
                Some(_) => {
                    let Some(end) = memchr::memchr(b'<', rest.as_bytes()) else { break };
                    self.append_text(value, &rest[..end], at, inner);
                    at += end;
                }
                None => break,
            }
        }
        let ends = self.open.len() == outer + 1
            && self.open.last().is_some_and(|open| {
                let tag = self.slice(at, self.text.len());
                tag.strip_prefix("</")
                    .and_then(|tag| tag.strip_prefix(open.name))
                    .is_some_and(|tag| tag.starts_with('>'))
            });
        if ends {
            at += "</>".len() + self.pop().len();
        }
        if at > start {
            self.restart(at);
        }
        ends
    }

    /// Adds text as it stands between tags, from `position` on.
    fn append_text(&mut self, value: &mut Cow<'a, str>, text: &'a str, position: usize, inner: Inner) {
        let text: Cow<'a, str> = match self.has_cr && text.contains('\r') {
            true => Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")),
            false => Cow::Borrowed(text),
        };
        let Some(first) = memchr::memchr(b'&', text.as_bytes()) else { return append(value, text, inner) };
        if matches!(value, Cow::Borrowed(before) if text::is_blank(before)) {
            *value = Cow::Owned(String::with_capacity(text.len()));
        }
        let mut at = first;
        push(value, &text[..first], inner);
        while let Some(after) = text.get(at + 1..) {
            let end = after.bytes().take(34).position(|byte| !(byte.is_ascii_alphanumeric() || byte == b'#'));
            match end.filter(|&end| after.as_bytes()[end] == b';') {
                Some(end) => {
                    self.append_reference(value, &after[..end], position + at, inner);
                    at += end + 2;
                }
                None => {
                    self.repairs.note("bare-ampersand", "", position + at);
                    push(value, "&", inner);
                    at += 1;
                }
            }
            let rest = &text[at..];
            let next = memchr::memchr(b'&', rest.as_bytes());
            push(value, &rest[..next.unwrap_or(rest.len())], inner);
            match next {
                Some(next) => at += next,
                None => break,
            }
        }
    }

    fn append_reference(&mut self, value: &mut Cow<'a, str>, name: &str, at: usize, inner: Inner) {
        let plain = match name {
            "lt" => "<",
            "gt" => ">",
            "amp" => "&",
            "quot" => "\"",
            "apos" => "'",
            _ => "",
        };
        if !plain.is_empty() {
            return push(value, plain, inner);
        }
        let written = |value: &mut Cow<'a, str>, and: &str| {
            let out = value.to_mut();
            out.push_str(and);
            out.push_str(name);
            out.push(';');
        };
        match text::resolve(name) {
            Reference::Char(c) => push(value, c.encode_utf8(&mut [0; 4]), inner),
            Reference::Named(_) if inner == Inner::Html => written(value, "&"),
            Reference::Named(text) => push(value, text, inner),
            Reference::Illegal => {}
            Reference::Unknown if inner == Inner::Xhtml => written(value, "&amp;"),
            Reference::Unknown => written(value, "&"),
        }
        self.check_reference(name, at);
    }

    fn write_tag(&self, out: &mut String, element: &Element<'_>) {
        out.push('<');
        out.push_str(html_name(element.raw_name));
        for (key, value) in &self.attributes {
            if key.starts_with("xml:") {
                continue;
            }
            out.push(' ');
            out.push_str(key);
            if !value.is_empty() {
                let quote = if value.contains('"') { '\'' } else { '"' };
                out.push('=');
                out.push(quote);
                out.push_str(value);
                out.push(quote);
            }
        }
        out.push('>');
    }
}

/// Adds a piece of text. The first one is borrowed, and so is one that comes after white space alone, which
/// is trimmed in the end anyway.
fn append<'a>(value: &mut Cow<'a, str>, text: Cow<'a, str>, inner: Inner) {
    match inner {
        Inner::Decoded | Inner::Html if matches!(value, Cow::Borrowed(before) if text::is_blank(before)) => {
            *value = text
        }
        _ => push(value, &text, inner),
    }
}

fn push(value: &mut Cow<'_, str>, text: &str, inner: Inner) {
    match inner {
        Inner::Decoded | Inner::Html => value.to_mut().push_str(text),
        Inner::Xhtml => text::push_escaped(value.to_mut(), text),
    }
}

/// HTML knows no prefixes: XHTML's own is dropped.
fn html_name(name: &str) -> &str {
    local(name)
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// Elements that have no end tag (HTML, "void elements").
fn is_void(name: &str) -> bool {
    const VOID: [&str; 13] =
        ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];
    VOID.iter().any(|void| name.eq_ignore_ascii_case(void))
}

pub(in crate::parse::feed) fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(mut text) => {
            text.truncate(text.trim_end().len());
            let blank = text.len() - text.trim_start().len();
            text.drain(..blank);
            Cow::Owned(text)
        }
    }
}
