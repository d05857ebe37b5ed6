//! Rewrites the sanitizer's output: absolute addresses, no empty wrappers, no runs of blank lines.
//!
//! It writes only elements of the table with attributes it has checked itself, so that it is a second
//! sieve behind the first one, and it reads what a serializer wrote, so that it needs no tree.

use super::attributes::{Setting, write as write_attributes};
use super::element::{Element, PLACEHOLDER, PLACEHOLDER_NUMBER, Role, element};
use super::markup::{Token, Tokens, attributes, escape_into, escape_text_into, unescape};
use memchr::{memchr, memchr3, memmem};
use url::Url;

/// How many times as long as the body its attributes may become, and bytes on top: a long base makes each of a million
/// short addresses long. Behind that relative addresses count for nothing.
const MAX_GROWTH: usize = 8;
const MIN_ROOM: usize = 1 << 20;

/// Tidied HTML, and whether a browser reads it as the same tree that it was written from.
pub(super) struct Tidied {
    pub(super) html: String,
    pub(super) stable: bool,
}

/// `twins`: of two equal images side by side the second is dropped (a lazy one and its `<noscript>`). `formulas` is how
/// many there are to which placeholders may refer.
pub(super) fn tidy(html: &str, setting: Setting<'_>, twins: bool, formulas: usize) -> Tidied {
    let mut plan = Plan { nodes: Vec::with_capacity(html.len() / 24), formulas, ..Plan::default() };
    plan.read(html, setting);
    let mut writer = Writer { out: String::with_capacity(html.len()), twins, ..Writer::default() };
    writer.write(&plan);
    while writer.out.ends_with(['\n', ' ']) {
        writer.out.pop();
    }
    // The next parser would take a byte order mark at the start for one, and drop it.
    let start = writer.out.len() - writer.out.trim_start_matches(['\u{feff}', ' ', '\n', '\t']).len();
    if start > 0 {
        writer.out.drain(..start);
    }
    Tidied { html: writer.out, stable: !writer.unstable }
}

/// How much an element holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Holds {
    #[default]
    Nothing,
    /// White space, also the kinds a browser keeps.
    Space,
    Breaks,
    Something,
}

enum Node<'a> {
    Text(&'a str),
    /// A text of ours: range in `Plan::attributes`, escaped.
    Made(usize, usize),
    /// A formula, by its number.
    Math(usize),
    Open {
        element: &'static Element,
        /// Range in `Plan::attributes`.
        attributes: (usize, usize),
        fate: Fate,
    },
    Close {
        element: &'static Element,
        dropped: bool,
    },
}

/// What becomes of an element, known at its end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Kept,
    /// Tags dropped, inside kept.
    Unwrapped,
    /// Dropped up to the node of that index; `space` stands for it.
    Dropped {
        last: usize,
        space: bool,
    },
}

/// An element whose end has not come yet.
struct Opened {
    element: &'static Element,
    node: usize,
    attributes: bool,
    has_target: bool,
    holds: Holds,
    /// Stands where its kind has no meaning.
    misplaced: bool,
    /// Text or inline elements stand in it directly.
    inline_inside: bool,
    blocks_inside: bool,
}

#[derive(Default)]
struct Plan<'a> {
    nodes: Vec<Node<'a>>,
    attributes: String,
    open: Vec<Opened>,
    /// Open players: of what they hold only the sources matter, the rest is for browsers that cannot play.
    players: usize,
    /// Open `<pre>`: white space in it is text.
    preformatted: usize,
    formulas: usize,
}

impl<'a> Plan<'a> {
    fn read(&mut self, html: &'a str, setting: Setting<'_>) {
        let mut tokens = Tokens::new(html);
        let mut setting = setting;
        let room = html.len().saturating_mul(MAX_GROWTH).saturating_add(MIN_ROOM);
        while let Some(token) = tokens.next() {
            if self.attributes.len() > room {
                setting = Setting { base: None, page: None, ..setting };
            }
            match token {
                Token::Text(text) => self.text(text),
                Token::Open { name, attributes } => {
                    let Some(element) = element(name) else { continue };
                    if element.role == Role::Math {
                        self.math(attributes);
                        continue;
                    }
                    if element.role == Role::Frame {
                        // Its inside is raw text for browsers without frames.
                        tokens.skip_past_end_of("iframe");
                    }
                    self.start(element, attributes, setting);
                }
                Token::Close { name } => {
                    let Some(element) = element(name) else { continue };
                    // Two names may be written as one element, so the names themselves need not be equal.
                    if let Some(at) = self.open.iter().rposition(|open| open.element.name == element.name) {
                        while self.open.len() > at {
                            self.end();
                        }
                    }
                }
            }
        }
        while !self.open.is_empty() {
            self.end();
        }
    }

    fn text(&mut self, text: &'a str) {
        if self.players > 0 || self.open.last().is_some_and(|open| open.element.role == Role::Picture) {
            return;
        }
        if let Some(open) = self.open.last_mut() {
            if is_blank(text) {
                open.holds = open.holds.max(Holds::Space);
            } else {
                open.holds = Holds::Something;
                open.inline_inside = true;
            }
        }
        self.nodes.push(Node::Text(text));
    }

    fn math(&mut self, raw: &str) {
        let number = attributes(raw).find(|(name, _)| *name == PLACEHOLDER_NUMBER).and_then(|(_, n)| n.parse().ok());
        let Some(number) = number.filter(|number| *number < self.formulas) else { return };
        if self.players > 0 || self.open.last().is_some_and(|open| open.element.role == Role::Picture) {
            return;
        }
        if let Some(open) = self.open.last_mut() {
            open.holds = Holds::Something;
            open.inline_inside = true;
        }
        self.nodes.push(Node::Math(number));
    }

    /// A link to what may not be framed, named by the frame's title, else by its address.
    fn link_to(&mut self, url: &Url, raw: &str) {
        let parent = self.open.last().map(|open| open.element.role);
        let linked = self.open.iter().any(|open| open.element.role == Role::Anchor);
        let Some(anchor) = element("a").filter(|_| !linked && self.players == 0 && parent != Some(Role::Picture))
        else {
            return;
        };
        let title = attributes(raw).find(|(name, _)| *name == "title").map(|(_, title)| unescape(title));
        let title = title.as_deref().map(str::trim).filter(|title| !title.is_empty() && !is_blank(title));
        let from = self.attributes.len();
        self.attributes.push_str(" href=\"");
        escape_into(&mut self.attributes, url.as_str());
        self.attributes.push('"');
        let middle = self.attributes.len();
        escape_text_into(&mut self.attributes, title.unwrap_or(url.as_str()));
        let to = self.attributes.len();
        self.nodes.push(Node::Open { element: anchor, attributes: (from, middle), fate: Fate::Kept });
        self.nodes.push(Node::Made(middle, to));
        self.nodes.push(Node::Close { element: anchor, dropped: false });
        if let Some(open) = self.open.last_mut() {
            open.holds = Holds::Something;
            open.inline_inside = true;
        }
    }

    /// The frame is empty: what stands in it is for browsers that know none.
    fn start(&mut self, element: &'static Element, raw: &str, setting: Setting<'_>) {
        let from = self.attributes.len();
        let written = write_attributes(element, raw, setting, &mut self.attributes);
        if let Some(url) = &written.elsewhere {
            self.attributes.truncate(from);
            self.link_to(url, raw);
            return;
        }
        let attributes = (from, self.attributes.len());
        let parent = self.open.last().map(|open| open.element.role);
        let misplaced = match element.role {
            Role::Resource => !matches!(parent, Some(Role::Media | Role::Picture)) || !written.has_target,
            Role::Image => !written.has_target || self.players > 0,
            _ => self.players > 0 || parent == Some(Role::Picture),
        };
        if element.is_void() {
            if misplaced {
                return;
            }
            if let Some(open) = self.open.last_mut() {
                let holds = match element.role {
                    Role::Break => Holds::Breaks,
                    // A picture is its image, whatever sources it has.
                    Role::Resource if open.element.role == Role::Picture => Holds::Nothing,
                    Role::Fixed => Holds::Nothing,
                    _ => Holds::Something,
                };
                open.holds = open.holds.max(holds);
                open.inline_inside |= !element.is_block();
                open.blocks_inside |= element.is_block();
            }
            self.nodes.push(Node::Open { element, attributes, fate: Fate::Kept });
            return;
        }
        let holds = match element.role {
            Role::Media | Role::Frame if written.has_target => Holds::Something,
            _ => Holds::Nothing,
        };
        self.players += usize::from(element.role == Role::Media);
        self.preformatted += usize::from(element.role == Role::Preformatted);
        self.open.push(Opened {
            element,
            node: self.nodes.len(),
            attributes: written.any,
            has_target: written.has_target,
            holds,
            misplaced,
            inline_inside: false,
            blocks_inside: false,
        });
        self.nodes.push(Node::Open { element, attributes, fate: Fate::Kept });
        if element.role == Role::Frame {
            self.end();
        }
    }

    fn end(&mut self) {
        let Some(ended) = self.open.pop() else { return };
        let element = ended.element;
        self.players -= usize::from(element.role == Role::Media);
        self.preformatted -= usize::from(element.role == Role::Preformatted);
        let empty = match element.role {
            Role::Block | Role::Division | Role::Preformatted => ended.holds < Holds::Something,
            Role::Inline | Role::Span | Role::Anchor if self.preformatted > 0 => ended.holds == Holds::Nothing,
            Role::Inline | Role::Span | Role::Anchor => ended.holds < Holds::Breaks,
            Role::Media | Role::Frame | Role::Picture => ended.holds < Holds::Something,
            _ => false,
        };
        let unwrapped = match element.role {
            Role::Span => !ended.attributes,
            Role::Anchor => !ended.has_target,
            Role::Division => !ended.attributes && ended.blocks_inside && !ended.inline_inside,
            _ => false,
        };
        let last = self.nodes.len();
        let fate = if empty || ended.misplaced {
            Fate::Dropped { last, space: !ended.misplaced && (ended.holds >= Holds::Space || element.is_block()) }
        } else if unwrapped {
            Fate::Unwrapped
        } else {
            Fate::Kept
        };
        if let Some(Node::Open { fate: slot, .. }) = self.nodes.get_mut(ended.node) {
            *slot = fate;
        }
        self.nodes.push(Node::Close { element, dropped: fate != Fate::Kept });
        let Some(parent) = self.open.last_mut().filter(|_| !ended.misplaced) else { return };
        match fate {
            // Where white space is text nothing is put in the place of what went.
            Fate::Dropped { .. } if self.preformatted > 0 => {}
            Fate::Dropped { .. } => parent.holds = parent.holds.max(ended.holds.min(Holds::Space)),
            Fate::Unwrapped => {
                parent.holds = parent.holds.max(ended.holds);
                parent.inline_inside |= ended.inline_inside;
                parent.blocks_inside |= ended.blocks_inside;
            }
            Fate::Kept => {
                parent.holds = parent.holds.max(ended.holds);
                parent.inline_inside |= !element.is_block();
                parent.blocks_inside |= element.is_block();
            }
        }
    }
}

/// Holds nothing a reader sees.
fn is_blank(text: &str) -> bool {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| {
            c.is_whitespace() || matches!(c, '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}')
        });
        match rest.strip_prefix("&nbsp;") {
            Some(after) => rest = after,
            None => return rest.is_empty(),
        }
    }
}

/// White space that has not been written yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Gap {
    #[default]
    None,
    Space,
    Line,
}

#[derive(Default)]
struct Writer {
    out: String,
    stack: Vec<&'static Element>,
    preformatted: usize,
    gap: Gap,
    /// The last thing written was the start of a block, or nothing was written yet.
    at_block_start: bool,
    /// The last thing written was the end of a block.
    after_block: bool,
    /// Right behind `<pre>`: a browser drops a line end there.
    pre_started: bool,
    twins: bool,
    last_image: Option<(usize, usize)>,
    unstable: bool,
}

impl Writer {
    fn write(&mut self, plan: &Plan<'_>) {
        self.at_block_start = true;
        let mut at = 0;
        while let Some(node) = plan.nodes.get(at) {
            at += 1;
            match node {
                Node::Text(text) => self.text(text),
                Node::Made(from, to) => self.text(&plan.attributes[*from..*to]),
                Node::Math(number) => self.math(*number),
                Node::Open { fate: Fate::Dropped { last, space }, .. } => {
                    if *space {
                        self.gap = self.gap.max(Gap::Space);
                    }
                    at = last + 1;
                }
                Node::Open { fate: Fate::Unwrapped, .. } | Node::Close { dropped: true, .. } => {}
                Node::Open { element, attributes, .. } => {
                    self.open(element, &plan.attributes[attributes.0..attributes.1])
                }
                Node::Close { element, .. } => self.close(element),
            }
        }
    }

    /// Writes the white space that stands before something of a line (`block`: before the edge of a block).
    fn flush(&mut self, block: bool) {
        let gap = std::mem::take(&mut self.gap);
        if self.preformatted > 0 || gap == Gap::None || self.at_block_start {
            return;
        }
        self.out.push(if block || self.after_block || gap == Gap::Line { '\n' } else { ' ' });
    }

    fn text(&mut self, text: &str) {
        if self.preformatted > 0 {
            if std::mem::take(&mut self.pre_started) && text.starts_with('\n') {
                self.out.push('\n');
            }
            push_text(&mut self.out, text);
            self.wrote(false);
            return;
        }
        let is_space = |c: char| matches!(c, ' ' | '\t' | '\n');
        let mut rest = text;
        while !rest.is_empty() {
            let word = rest.trim_start_matches(is_space);
            let space = &rest[..rest.len() - word.len()];
            if !space.is_empty() {
                self.gap = self.gap.max(if space.contains('\n') { Gap::Line } else { Gap::Space });
            }
            if word.is_empty() {
                return;
            }
            self.flush(false);
            // One space between two words is written as it stands; a word ends at anything else.
            let bytes = word.as_bytes();
            let mut end = 0;
            loop {
                end += memchr3(b' ', b'\t', b'\n', &bytes[end..]).unwrap_or(bytes.len() - end);
                let single =
                    bytes.get(end) == Some(&b' ') && bytes.get(end + 1).is_some_and(|next| !is_space(*next as char));
                if !single {
                    break;
                }
                end += 1;
            }
            push_text(&mut self.out, &word[..end]);
            self.unstable |= self.stack.last().is_some_and(|parent| is_bare(parent.name));
            self.wrote(false);
            rest = &word[end..];
        }
    }

    fn math(&mut self, number: usize) {
        self.flush(false);
        self.out.push_str(&format!("<{PLACEHOLDER} {PLACEHOLDER_NUMBER}=\"{number}\"></{PLACEHOLDER}>"));
        self.unstable |= self.stack.last().is_some_and(|parent| is_bare(parent.name));
        self.wrote(false);
    }

    fn open(&mut self, element: &'static Element, attributes: &str) {
        if element.role == Role::Image && self.twins && self.is_twin(attributes) {
            return;
        }
        self.check_place(element);
        let block = element.is_block();
        self.flush(block);
        self.out.push('<');
        self.out.push_str(element.name);
        let from = self.out.len();
        self.out.push_str(attributes);
        let image = (element.role == Role::Image).then_some((from, self.out.len()));
        self.out.push('>');
        self.wrote(block);
        self.last_image = image;
        if element.is_void() {
            (self.at_block_start, self.after_block) = (false, block);
            return;
        }
        if element.role == Role::Preformatted {
            self.preformatted += 1;
            self.pre_started = true;
        }
        self.stack.push(element);
    }

    fn close(&mut self, element: &'static Element) {
        let block = element.is_block();
        if block {
            if self.preformatted == 0 {
                self.gap = Gap::None;
            }
        } else {
            self.flush(false);
        }
        self.out.push_str("</");
        self.out.push_str(element.name);
        self.out.push('>');
        (self.at_block_start, self.after_block, self.pre_started, self.last_image) = (false, block, false, None);
        if element.role == Role::Preformatted {
            self.preformatted -= 1;
        }
        self.stack.pop();
    }

    fn wrote(&mut self, block_start: bool) {
        (self.at_block_start, self.after_block, self.pre_started, self.last_image) = (block_start, false, false, None);
    }

    fn is_twin(&self, attributes: &str) -> bool {
        let src = |text: &str| text.split_once("src=\"").and_then(|(_, rest)| Some(rest.split_once('"')?.0.to_owned()));
        self.last_image.is_some_and(|(from, to)| src(&self.out[from..to]) == src(attributes))
    }

    /// Notices where a browser would build another tree (§13.2.6), as happens when a wrapper went that held
    /// two elements apart; then the whole is sanitized again.
    fn check_place(&mut self, element: &Element) {
        let name = element.name;
        let parent = self.stack.last().map_or("", |parent| parent.name);
        let is_scope = |name: &str| matches!(name, "td" | "th" | "caption" | "table");
        let mut above = self.stack.iter().rev().map(|open| open.name).take_while(|name| !is_scope(name));
        let closes_paragraph = (element.is_block() && !is_table_part(name)) || name == "table";
        let right = match name {
            "tbody" | "thead" | "tfoot" | "caption" | "colgroup" => parent == "table",
            "tr" => matches!(parent, "tbody" | "thead" | "tfoot"),
            "td" | "th" => parent == "tr",
            "col" => parent == "colgroup",
            _ if is_bare(parent) => false,
            _ if closes_paragraph && above.clone().any(|open| open == "p") => false,
            "a" => !above.any(|open| open == "a"),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => !matches!(parent, "h1" | "h2" | "h3" | "h4" | "h5" | "h6"),
            "li" => {
                !above.take_while(|open| !stops_items(open) && !matches!(*open, "dd" | "dt")).any(|open| open == "li")
            }
            "dd" | "dt" => {
                !above.take_while(|open| !stops_items(open) && *open != "li").any(|open| matches!(open, "dd" | "dt"))
            }
            "rt" | "rp" => !matches!(parent, "rt" | "rp" | "p" | "li" | "dd" | "dt"),
            _ => true,
        };
        self.unstable |= !right;
    }
}

/// Parts of a table that hold only parts of a table; what else stands there is moved before the table.
fn is_bare(name: &str) -> bool {
    matches!(name, "table" | "tbody" | "thead" | "tfoot" | "tr" | "colgroup")
}

fn is_table_part(name: &str) -> bool {
    matches!(name, "tbody" | "thead" | "tfoot" | "tr" | "td" | "th" | "caption" | "colgroup" | "col")
}

/// Special elements that end the search for an open list item.
fn stops_items(name: &str) -> bool {
    matches!(
        name,
        "ul" | "ol"
            | "dl"
            | "blockquote"
            | "figure"
            | "figcaption"
            | "details"
            | "summary"
            | "pre"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
    )
}

/// Copies escaped text; a no-break space is written as itself, for XML knows no entity of that name.
fn push_text(out: &mut String, text: &str) {
    let mut rest = text;
    if memchr(b'&', rest.as_bytes()).is_none() {
        out.push_str(rest);
        return;
    }
    while let Some(at) = memmem::find(rest.as_bytes(), b"&nbsp;") {
        out.push_str(&rest[..at]);
        out.push('\u{a0}');
        rest = &rest[at + "&nbsp;".len()..];
    }
    out.push_str(rest);
}
