//! Text → events with namespaces, languages and bases, whatever the state of the XML.
//!
//! The tokens are quick-xml's, but for text and CDATA, which `content` takes as they stand. What is well-formed passes through untouched; a fault is repaired where it is
//! met, and noted. So a good feed pays nothing and a broken one is read in the same single pass.

use super::namespace::Ns;
use super::repair::{Repairs, place};
use super::text;
use crate::model::ParseError;
use quick_xml::errors::{Error, SyntaxError};
use quick_xml::events::Event as Token;
use std::borrow::Cow;
use std::cell::Cell;
use url::Url;

mod attributes;
mod content;
mod names;

pub(super) use content::{Content, Inner, trimmed};

/// Nested elements.
const MAX_DEPTH: usize = 256;
/// Attributes of one tag.
const MAX_ATTRIBUTES: usize = 256;
/// Namespace declarations of one tag.
const MAX_DECLARATIONS: usize = 64;
/// Bytes of one tag.
const MAX_TAG_BYTES: usize = 256 * 1024;
/// Tags without an end that are read as text; each costs a scan to the end of the document.
const MAX_RESTARTS: u32 = 16;

/// Bytes of an `xml:base` as resolved: every entry keeps the one in force.
const MAX_BASE_BYTES: usize = 8_192;
/// Bytes by which bases may make the addresses of a document longer; behind that they stay as they are written.
const MAX_GROWTH: usize = 64 << 20;

/// Why reading stopped before the end.
#[derive(Debug)]
pub(super) enum Stop {
    /// The document ends inside an element.
    Cut,
    Failed(ParseError),
}

#[derive(Debug)]
pub(super) enum Event<'a> {
    Start(Element<'a>),
    /// The end of the innermost open element, with its name as written.
    End(&'a str),
    /// Not decoded.
    Text(&'a str),
    /// Already what it says.
    Cdata(&'a str),
    /// What stands between `&` and `;`.
    Reference(&'a str),
    /// The root element is closed, or nothing more comes.
    Eof,
}

/// A start tag; its attributes are asked of the reader, until the next event.
#[derive(Debug)]
pub(super) struct Element<'a> {
    pub(super) ns: Ns,
    /// Without prefix, in lower case.
    pub(super) name: Cow<'a, str>,
    pub(super) raw_name: &'a str,
    pub(super) at: usize,
}

#[derive(Debug)]
struct Open<'a> {
    name: &'a str,
    /// Prefix bindings before this element.
    bindings: usize,
    default: Ns,
}

pub(super) struct Reader<'a> {
    text: &'a str,
    tokens: quick_xml::Reader<&'a [u8]>,
    /// Where `tokens` began.
    offset: usize,
    has_cr: bool,
    open: Vec<Open<'a>>,
    bindings: Vec<(&'a str, Ns)>,
    bases: Vec<(usize, Url)>,
    languages: Vec<(usize, String)>,
    document_url: Option<Url>,
    /// By how many bytes addresses became longer.
    grown: Cell<usize>,
    attributes: Vec<(&'a str, &'a str)>,
    /// Elements that are closed already but whose `End` was not told yet.
    closing: usize,
    /// An element was opened and closed: the document is over.
    rooted: bool,
    restarts: u32,
    root_declarations: Vec<&'a str>,
    root_default: Option<&'a str>,
    /// The input ended inside an element.
    pub(super) cut: bool,
    pub(super) repairs: Repairs,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, document_url: Option<&Url>, repairs: Repairs) -> Self {
        Self {
            text,
            tokens: tokens(text),
            offset: 0,
            has_cr: memchr::memchr(b'\r', text.as_bytes()).is_some(),
            open: Vec::with_capacity(16),
            bindings: Vec::with_capacity(16),
            bases: Vec::new(),
            languages: Vec::new(),
            document_url: document_url.cloned(),
            grown: Cell::new(0),
            attributes: Vec::with_capacity(8),
            closing: 0,
            rooted: false,
            restarts: 0,
            root_declarations: Vec::new(),
            root_default: None,
            cut: false,
            repairs,
        }
    }

    /// Where the text ends, but for white space.
    pub(super) fn end(&self) -> usize {
        self.text.trim_end().len()
    }

    /// Where something stands after the root element that is neither white space nor a comment.
    pub(super) fn junk_after(&self) -> Option<usize> {
        if !self.open.is_empty() || self.cut {
            return None;
        }
        let at = self.position();
        let rest = self.text.get(at..).unwrap_or_default();
        let junk = rest.trim_start();
        (!junk.is_empty() && !junk.starts_with("<!--") && !junk.starts_with("<?")).then(|| at + rest.len() - junk.len())
    }

    /// Starts at a byte of the text.
    pub(super) fn begin(&mut self, at: usize) {
        self.restart(at);
    }

    /// Whether an attribute of the root declares a namespace with this in its URI.
    pub(super) fn declares(&self, uri: &str) -> bool {
        self.root_declarations.iter().any(|declared| declared.contains(uri))
    }

    /// The namespace that the root declares for names without prefix, as written.
    pub(super) fn default_declared(&self) -> Option<&'a str> {
        self.root_default
    }

    /// How many elements are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// `xml:base` in force, else the document's own address.
    pub(super) fn base(&self) -> Option<&Url> {
        self.bases.last().map(|(_, base)| base).or(self.document_url.as_ref())
    }

    /// `xml:lang` in force.
    pub(super) fn language(&self) -> Option<&str> {
        self.languages.last().map(|(_, language)| language.as_str()).filter(|language| !language.is_empty())
    }

    /// An address against the base in force.
    pub(super) fn resolve(&self, address: &str) -> Option<String> {
        let grown = self.grown.get();
        let resolved = text::absolute(self.base().filter(|_| grown < MAX_GROWTH), address)?;
        self.grown.set(grown.saturating_add(resolved.len().saturating_sub(address.len())));
        Some(resolved)
    }

    /// An attribute of the element just started, by its name without prefix, decoded.
    pub(super) fn attribute(&self, name: &str) -> Option<Cow<'a, str>> {
        self.attributes
            .iter()
            .find(|(key, _)| key.rsplit(':').next().is_some_and(|local| local.eq_ignore_ascii_case(name)))
            .map(|(_, value)| text::unescape(value))
    }

    /// The elements of the root's own namespace are read as `ns` from here on.
    pub(super) fn set_default(&mut self, ns: Ns) {
        if let Some(root) = self.open.last_mut() {
            root.default = ns;
        }
    }

    pub(super) fn fail(&self, class: &'static str, message: impl Into<String>, at: usize) -> Stop {
        let (line, column) = place(self.text, at);
        Stop::Failed(ParseError::new(class, message).at(line, column))
    }

    /// Where the next event begins.
    pub(super) fn position(&self) -> usize {
        let read = usize::try_from(self.tokens.buffer_position()).unwrap_or(usize::MAX);
        self.offset.saturating_add(read).min(self.text.len())
    }

    fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }

    fn restart(&mut self, at: usize) {
        // The tokenizer drops a byte order mark where it begins, and does not count it.
        let rest = self.slice(at, self.text.len());
        let at = at + rest.len() - rest.trim_start_matches('\u{feff}').len();
        self.offset = at;
        self.tokens = tokens(self.text.get(at..).unwrap_or_default());
    }

    fn end_of_input(&mut self) -> Event<'a> {
        self.cut |= !self.open.is_empty();
        self.restart(self.text.len());
        Event::Eof
    }

    /// The next event. After the root's end it is always `Eof`.
    pub(super) fn next(&mut self) -> Result<Event<'a>, Stop> {
        loop {
            if self.closing > 0 {
                self.closing -= 1;
                return Ok(Event::End(self.pop()));
            }
            if self.rooted && self.open.is_empty() {
                return Ok(Event::Eof);
            }
            let at = self.position();
            if self.is_bare_less_than(at) {
                self.repairs.note("bare-less-than", "", at);
                self.restart(at + 1);
                return Ok(Event::Text(self.slice(at, at + 1)));
            }
            let token = self.tokens.read_event();
            let end = self.position();
            match token {
                Ok(Token::Text(_)) => {
                    let text = self.slice(at, end);
                    if text.starts_with('&') {
                        self.repairs.note("bare-ampersand", "", at);
                    }
                    return Ok(Event::Text(text));
                }
                Ok(Token::Start(tag)) => {
                    let name = tag.name().as_ref().len();
                    return self.start(self.slice(at + 1, end.saturating_sub(1)), name, at, false);
                }
                Ok(Token::Empty(tag)) => {
                    let name = tag.name().as_ref().len();
                    return self.start(self.slice(at + 1, end.saturating_sub(2)), name, at, true);
                }
                Ok(Token::End(_)) => {
                    let name = self.slice(at + 2, end.saturating_sub(1));
                    let name = name.split(|c: char| c.is_ascii_whitespace()).find(|name| !name.is_empty());
                    if let Some(name) = self.close(name.unwrap_or_default(), at) {
                        return Ok(Event::End(name));
                    }
                }
                Ok(Token::CData(_)) => return Ok(Event::Cdata(self.slice(at + 9, end.saturating_sub(3)))),
                Ok(Token::GeneralRef(_)) => return Ok(Event::Reference(self.slice(at + 1, end.saturating_sub(1)))),
                Ok(Token::DocType(_)) => self.doctype(self.slice(at, end), at)?,
                Ok(Token::Comment(_) | Token::PI(_) | Token::Decl(_)) => {}
                Ok(Token::Eof) => return Ok(self.end_of_input()),
                Err(Error::IllFormed(_)) if end > at => {}
                Err(Error::Syntax(
                    SyntaxError::UnclosedTag
                    | SyntaxError::InvalidBangMarkup
                    | SyntaxError::UnclosedSingleQuotedAttributeValue
                    | SyntaxError::UnclosedDoubleQuotedAttributeValue,
                )) if self.restarts < MAX_RESTARTS && !self.open.is_empty() => {
                    self.restarts += 1;
                    self.restart(at + 1);
                    return Ok(Event::Text(self.slice(at, at + 1)));
                }
                // What began here has no end: nothing after it can be told from it.
                Err(_) => {
                    self.cut = true;
                    return Ok(self.end_of_input());
                }
            }
        }
    }

    /// `<` that is followed by nothing a tag, comment or instruction begins with. It must not reach the
    /// tokenizer, which would look for its `>` as far as the document goes.
    fn is_bare_less_than(&self, at: usize) -> bool {
        let bytes = self.text.as_bytes();
        bytes.get(at) == Some(&b'<')
            && bytes.get(at + 1).is_some_and(|&next| {
                !(next.is_ascii_alphabetic() || next >= 0x80 || matches!(next, b'/' | b'!' | b'?' | b'_' | b':'))
            })
    }

    fn start(&mut self, tag: &'a str, name: usize, at: usize, empty: bool) -> Result<Event<'a>, Stop> {
        if tag.len() > MAX_TAG_BYTES {
            return Err(self.fail(
                "limit:tag",
                format!("a tag of {} bytes, at most {MAX_TAG_BYTES} are read", tag.len()),
                at,
            ));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(self.fail("limit:depth", format!("elements nested deeper than {MAX_DEPTH}"), at));
        }
        let raw_name = tag.get(..name).unwrap_or_default();
        let default = self.open.last().map_or(Ns::Rss, |open| open.default);
        self.open.push(Open { name: raw_name, bindings: self.bindings.len(), default });
        self.rooted = true;
        self.attributes.clear();
        if tag.len() > name {
            self.read_attributes(tag, name, at)?;
        }
        if empty {
            self.closing = 1;
        }
        let (ns, local) = match raw_name.split_once(':') {
            Some((prefix, local)) => (self.namespace(prefix, at), local),
            None => (self.open.last().map_or(Ns::Rss, |open| open.default), raw_name),
        };
        let name = names::lower(local);
        // Capitals that are none of ours: names are told apart by case (XML 1.0 §3.1).
        if matches!(name, Cow::Owned(_)) && matches!(ns, Ns::Rss | Ns::Atom) && names::is_common(&name) {
            self.repairs.note("name-case", raw_name, at);
        }
        Ok(Event::Start(Element { ns, name, raw_name, at }))
    }

    fn namespace(&mut self, prefix: &str, at: usize) -> Ns {
        if let Some((_, ns)) = self.bindings.iter().rev().find(|(bound, _)| *bound == prefix) {
            return *ns;
        }
        if prefix != "xml" {
            self.repairs.note("undeclared-prefix", prefix, at);
        }
        Ns::from_prefix(&prefix.to_ascii_lowercase())
    }

    /// Closes the element of this name and what was left open inside it. None where it closes nothing.
    fn close(&mut self, name: &str, at: usize) -> Option<&'a str> {
        if self.open.last().is_none_or(|open| open.name != name) {
            let exact = self.open.iter().rposition(|open| open.name == name);
            let found = exact.or_else(|| self.open.iter().rposition(|open| open.name.eq_ignore_ascii_case(name)));
            let Some(found) = found else {
                self.repairs.note("unmatched-end-tag", name, at);
                return None;
            };
            if exact.is_none() {
                self.repairs.note("tag-case", name, at);
            }
            self.closing = self.open.len() - found - 1;
            for open in &self.open[found + 1..] {
                self.repairs.note("unclosed-tag", open.name, at);
            }
        }
        Some(self.pop())
    }

    /// Closes what is open above `depth`, but for the element just started, which comes to stand there.
    pub(super) fn close_around(&mut self, depth: usize, started: &Element<'a>) {
        self.repairs.note("unclosed-tag", started.raw_name, started.at);
        let last = self.open.len().saturating_sub(1);
        if depth < last {
            let bindings = self.open[depth].bindings;
            self.open.drain(depth..last);
            self.open[depth].bindings = bindings;
            let marks = self.bases.iter_mut().map(|(at, _)| at).chain(self.languages.iter_mut().map(|(at, _)| at));
            for at in marks {
                *at = (*at).min(depth + 1);
            }
        }
    }

    fn pop(&mut self) -> &'a str {
        let Some(open) = self.open.pop() else { return "" };
        self.bindings.truncate(open.bindings);
        let depth = self.open.len();
        while self.bases.last().is_some_and(|(at, _)| *at > depth) {
            self.bases.pop();
        }
        while self.languages.last().is_some_and(|(at, _)| *at > depth) {
            self.languages.pop();
        }
        open.name
    }

    /// A name is fine and never looked up. Entities of a document's own are refused: nobody needs them in a
    /// feed but those who attack its readers. The one exception was recommended by RSS 1.0 and is ignored.
    fn doctype(&mut self, declaration: &str, at: usize) -> Result<(), Stop> {
        let Some((_, subset)) = declaration.split_once('[') else { return Ok(()) };
        let upper = subset.to_ascii_uppercase();
        let harmless = upper.split("<!ENTITY").skip(1).all(|entity| {
            let mut words = entity.split_ascii_whitespace();
            words.next() == Some("%") && words.nth(1) == Some("PUBLIC") && entity.contains("\"-//W3C//ENTITIES")
        });
        if !harmless {
            let stop = self.fail("dtd", "the DOCTYPE declares entities, which feeds must not do", at);
            let hint = "its publisher has to take the `<!ENTITY …>` lines out; they are how readers are attacked, and never read";
            return Err(match stop {
                Stop::Failed(error) => Stop::Failed(error.hint(hint)),
                other => other,
            });
        }
        self.repairs.note("dtd", "", at);
        Ok(())
    }
}

fn tokens(text: &str) -> quick_xml::Reader<&[u8]> {
    let mut tokens = quick_xml::Reader::from_str(text);
    let config = tokens.config_mut();
    // Names are matched here, so that a wrong one can be mended.
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    tokens
}
